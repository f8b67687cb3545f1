"""DryRun, for every operation that takes it: the answer is DryRunOperation, and nothing changes."""

from amiable.api import table
from amiable.protocol.models import operation_model
from tests.helpers.api import Api, refused
from tests.unit.api.examples import examples

NEEDS_A_MACHINE = {
    "CreateImage",
    "DeleteSnapshot",
    "DeregisterImage",
    "GetConsoleOutput",
    "RebootInstances",
    "RunInstances",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
}
"""Operations on instances, images and snapshots have their own tests."""


def test_dry_run_does_nothing_and_says_that_it_would_have_worked(api: Api) -> None:
    for operation, request in examples(api).items():
        before = api.rows()
        with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set."):
            api(operation, **request, DryRun=True)
        assert api.rows() == before, operation


def test_the_same_requests_would_change_something(api: Api) -> None:
    """Else the test above could not fail."""
    requests = examples(api)
    for operation, request in sorted(requests.items(), key=lambda item: item[0].startswith("Delete")):
        before = api.rows()
        api(operation, **request)
        assert (api.rows() == before) == table.TABLE["ec2", operation].reads, operation


def test_no_operation_is_forgotten(api: Api) -> None:
    takes = {
        name
        for service, name in table.load()
        if service == "ec2" and "DryRun" in operation_model("ec2", name).input_shape.members
    }
    assert takes - set(examples(api)) <= NEEDS_A_MACHINE
