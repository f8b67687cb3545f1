"""DryRun, for every operation that takes it: the answer is DryRunOperation, and nothing changes."""

from amiable.api import table
from amiable.protocol.models import operation_model
from tests.helpers.api import Api, refused
from tests.unit.api.examples import ELSEWHERE, examples


def takes_dry_run(service: str, name: str) -> bool:
    shape = operation_model(service, name).input_shape
    return service == "ec2" and shape is not None and "DryRun" in shape.members


def test_dry_run_does_nothing_and_says_that_it_would_have_worked(api: Api) -> None:
    requests = examples(api)
    before = api.rows()
    for (service, name), request in requests.items():
        if takes_dry_run(service, name):
            with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set."):
                api(name, service, **request, DryRun=True)
            assert api.rows() == before, name


def test_the_same_requests_would_change_something(api: Api) -> None:
    """Else the test above could not fail."""
    for (service, name), request in examples(api).items():
        tried = api.tried(name, service, **request)
        assert tried.fault is None, (name, tried.fault)
        assert tried.changed != table.TABLE[service, name].reads, name


def test_no_operation_is_forgotten(api: Api) -> None:
    known = set(examples(api)) | set(ELSEWHERE)
    assert set(table.load()) == known, "add a request to tests/unit/api/examples/, or a reason to ELSEWHERE"
