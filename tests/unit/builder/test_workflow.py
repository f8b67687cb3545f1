"""Workflow documents: what is read of them, what is wrong with them, what their paths name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from amiable.builder.document.source import Invalid
from amiable.builder.execution.names import filled, image_name
from amiable.builder.workflow.managed import managed
from amiable.builder.workflow.parse import parse
from amiable.builder.workflow.resolve import holds, look_up, resolved
from amiable.core.errors import InvalidInput

CONTEXT: dict[str, Any] = {
    "stepOutputs": {"Launch": {"instanceId": "i-1", "list": ["a", "b"]}},
    "parameters": {"count": 3, "on": True},
}


@pytest.mark.parametrize("stage", ["BUILD", "TEST", "DISTRIBUTION"])
def test_the_managed_workflows_are_valid(stage: str) -> None:
    assert parse(managed(stage), stage).steps


def text(*steps: str) -> str:
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"name: w\nschemaVersion: 1.0\nsteps:\n{lines}"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{name: s, action: Sing}", "no step action Sing"),
        ("{name: s, action: RunSysPrep}", "for Windows"),
        ("{name: s, action: ExecuteStateMachine}", "no Step Functions"),
        ("{name: s, action: DistributeImage}", "no place in a workflow of the type BUILD"),
        ("{name: s, action: CreateImage}", "needs the input instanceId"),
        ("{name: s, action: CreateImage, inputs: {instanceId: i, size: 1}}", "no input size"),
        (
            "{name: s, action: CreateImage, inputs: {instanceId: i}, timeoutSeconds: 9999999}",
            "timeoutSeconds",
        ),
        ("{name: s, action: WaitForAction, onFailure: Ignore}", "Abort, Continue"),
        ("{name: 'a b', action: WaitForAction}", "letters, digits"),
    ],
)
def test_what_is_wrong_with_a_step(step: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        parse(text("{name: first, action: WaitForAction}", step), "BUILD")
    assert caught.value.problems[0].line == 5


def test_paths_are_looked_up() -> None:
    inputs = {"id.$": "$.stepOutputs.Launch.instanceId", "texts": ["n {{ $.parameters.count }}"], "plain": 1}
    assert resolved(inputs, CONTEXT) == {"id": "i-1", "texts": ["n 3"], "plain": 1}
    assert look_up("$.stepOutputs.Launch.list[1]", CONTEXT) == "b"
    for path in ("$.stepOutputs.Other.id", "$.stepOutputs.Launch.list[7]", "stepOutputs", "$..a"):
        with pytest.raises(InvalidInput):
            look_up(path, CONTEXT)


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ({"booleanEquals": True, "value": "$.parameters.on"}, True),
        ({"numberGreaterThan": 2, "value": "$.parameters.count"}, True),
        ({"numberLessThanEquals": 2, "value": "$.parameters.count"}, False),
        ({"stringEquals": "i-1", "value": "$.stepOutputs.Launch.instanceId"}, True),
        ({"not": {"stringEquals": "a", "value": "b"}}, True),
        ({"and": [{"stringEquals": "a", "value": "a"}, {"stringEquals": "a", "value": "b"}]}, False),
        ({"or": [{"stringEquals": "a", "value": "b"}, {"numberEquals": 1, "value": "1.0"}]}, True),
    ],
)
def test_conditions(condition: dict[str, Any], true: bool) -> None:
    assert holds(condition, CONTEXT) is true


@pytest.mark.parametrize(
    "condition", [{}, {"maybe": 1}, {"and": []}, {"numberEquals": 1, "value": "one"}, {"and": 1, "or": 2}]
)
def test_what_is_no_condition(condition: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        holds(condition, CONTEXT)


def test_names_have_dates() -> None:
    moment = datetime(2026, 11, 26, 5, 30, 7, 123000, tzinfo=UTC)
    assert filled("a {{ imagebuilder:buildDate }}", moment, 1) == "a 2026-11-26T05-30-07.123Z"
    assert (
        filled("{{imagebuilder:buildDate:yyyyMMHHss}}/{{imagebuilder:buildVersion}}", moment, 4)
        == "2026110507/4"
    )
    assert image_name(None, "web", moment, 1) == "web 2026-11-26T05-30-07.123Z"
