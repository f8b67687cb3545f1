"""Start, stop, reboot and terminate: which states allow what, and the stories that follow."""

import pytest
from sqlalchemy import select

from amiable.model.flow import Flow
from amiable.model.instance import Instance
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image

VERBS = {
    "StartInstances": "start",
    "StopInstances": "stop",
    "RebootInstances": "reboot",
    "TerminateInstances": "terminate",
}


def made(api: Api, state: str, name: str = "base", **request: object) -> str:
    """An instance of a new image of that name, as if it were in that state."""
    image = add_image(api, name)
    answer = api("RunInstances", ImageId=image.id, MinCount=1, MaxCount=1, **request)
    instance_id = str(answer["Instances"][0]["InstanceId"])
    with api.database.write() as session:
        session.get_one(Instance, instance_id).state = state
    return instance_id


def now(api: Api, instance_id: str) -> tuple[str, list[str]]:
    """The state of an instance, and the kinds of its stories after the launch."""
    with api.database.read() as session:
        kinds = session.scalars(select(Flow.kind).where(Flow.subject == instance_id).order_by(Flow.number))
        return session.get_one(Instance, instance_id).state, list(kinds)[1:]


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        ("StartInstances", "stopped", "pending"),
        ("StopInstances", "running", "stopping"),
        ("RebootInstances", "running", "running"),
        ("TerminateInstances", "running", "shutting-down"),
        ("TerminateInstances", "pending", "shutting-down"),
        ("TerminateInstances", "stopped", "shutting-down"),
    ],
)
def test_what_changes(api: Api, operation: str, before: str, after: str) -> None:
    instance_id = made(api, before)
    answer = api(operation, InstanceIds=[instance_id])
    assert now(api, instance_id) == (after, [VERBS[operation]])
    for (change,) in answer.values():
        assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == (before, after)


@pytest.mark.parametrize(
    ("operation", "state"),
    [("StartInstances", "running"), ("StopInstances", "stopped"), ("TerminateInstances", "terminated")],
)
def test_what_is_so_already_stays(api: Api, operation: str, state: str) -> None:
    instance_id = made(api, state)
    api(operation, InstanceIds=[instance_id])
    assert now(api, instance_id) == (state, [])


@pytest.mark.parametrize(
    ("operation", "state"),
    [
        ("StartInstances", "stopping"),
        ("StopInstances", "pending"),
        ("RebootInstances", "stopped"),
        ("StartInstances", "terminated"),
    ],
)
def test_a_state_that_does_not_allow_it_keeps_all_of_them(api: Api, operation: str, state: str) -> None:
    fit = made(api, "stopped" if operation == "StartInstances" else "running")
    unfit = made(api, state, name="unfit")
    before = now(api, fit)
    with refused("IncorrectInstanceState", unfit):
        api(operation, InstanceIds=[fit, unfit])
    assert now(api, fit) == before


def test_force_follows_a_stop_that_hangs(api: Api) -> None:
    instance_id = made(api, "stopping")
    api("StopInstances", InstanceIds=[instance_id])
    assert now(api, instance_id) == ("stopping", [])
    api("StopInstances", InstanceIds=[instance_id], Force=True)
    assert now(api, instance_id) == ("stopping", ["stop"])
    with refused("UnsupportedOperation", "Hibernate"):
        api("StopInstances", InstanceIds=[instance_id], Hibernate=True)


def test_termination_protection(api: Api) -> None:
    instance_id = made(api, "running", DisableApiTermination=True)
    with refused("OperationNotPermitted", "may not be terminated"):
        api("TerminateInstances", InstanceIds=[instance_id])
    with refused("InvalidInstanceID.NotFound"):
        api.other_account()("TerminateInstances", InstanceIds=[instance_id])
