"""Documents of components and workflows, and GetScheduleTimes: what forms ask while one types."""

from itertools import pairwise
from typing import Any

import pytest

from amiable.core.errors import InvalidInput
from tests.helpers.api import Api
from tests.unit.api.examples.builder import DOCUMENT, WORKFLOW

BAD = """\
schemaVersion: 2.0
phases:
  - name: build
    steps:
      - name: A
        action: Dance
"""


def test_a_good_document(api: Api) -> None:
    answer = api("DescribeComponentDocument", "amiable", Data=DOCUMENT)
    assert answer["Type"] == "BUILD"
    assert answer["Parameters"] == [{"Name": "Word", "Description": "", "Default": "w"}]
    assert answer["Problems"] == []


def test_each_problem_has_its_place(api: Api) -> None:
    version, action = api("DescribeComponentDocument", "amiable", Data=BAD)["Problems"]
    assert (version["Line"], version["Column"]) == (1, 16)
    assert (action["Line"], action["Column"]) == (6, 17)
    assert "Dance" in action["Message"]
    (unread,) = api("DescribeComponentDocument", "amiable", Data="a: [")["Problems"]
    assert unread["Line"] == 1


def test_a_workflow_is_checked_for_its_type(api: Api) -> None:
    def described(stage: str, data: str = WORKFLOW) -> dict[str, Any]:
        return dict(api("DescribeWorkflowDocument", "amiable", Data=data, Type=stage))

    good = described("BUILD")
    assert [(one["Name"], one["Action"]) for one in good["Steps"]] == [("Ask", "WaitForAction")]
    assert good["Problems"] == []
    launch = WORKFLOW.replace("WaitForAction", "Dance")
    (problem,) = described("BUILD", launch)["Problems"]
    assert "Dance" in problem["Message"]
    assert launch.splitlines()[problem["Line"] - 1].strip().startswith("- ")
    wrong = described("TEST", "schemaVersion: 1.0\nsteps:\n  - {name: A, action: DistributeImage}\n")
    assert "Steps" not in wrong
    assert "DistributeImage has no place" in wrong["Problems"][0]["Message"]


def test_the_next_times_of_a_schedule(api: Api) -> None:
    def times(expression: str, zone: str = "UTC") -> list[float]:
        answer = api("GetScheduleTimes", "amiable", ScheduleExpression=expression, Timezone=zone)
        return [one.timestamp() for one in answer["Times"]]

    assert [later - first for first, later in pairwise(times("rate(2 hours)"))] == [7200, 7200]
    daily = times("cron(30 4 * * ? *)", "Asia/Tokyo")
    assert [at % 86400 for at in daily] == [19.5 * 3600] * 3
    assert times("cron(0 0 1 1 ? 1999)") == []


@pytest.mark.parametrize("expression", ["daily", "rate(1 hours)", "cron(0 0 * * * *)"])
def test_what_is_no_schedule(api: Api, expression: str) -> None:
    with pytest.raises(InvalidInput):
        api("GetScheduleTimes", "amiable", ScheduleExpression=expression)
