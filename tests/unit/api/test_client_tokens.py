"""A client token that comes again with other parameters, at every operation that knows tokens."""

from amiable.protocol.models import operation_model
from tests.helpers.api import Api
from tests.unit.api.examples import examples

MISMATCH = {
    "ebs": "ConflictException",
    "imagebuilder": "IdempotentParameterMismatchException",
    "meteringmarketplace": "IdempotencyConflictException",
}
"""By service; EC2's name for it elsewhere."""


def test_each_service_has_a_name_for_other_parameters(api: Api) -> None:
    refusals: dict[str, str] = {}
    for (service, name), request in examples(api).items():
        shape = operation_model(service, name).input_shape
        member = next((one for one in shape.members if one.lower() == "clienttoken"), None) if shape else None
        if member is None:
            continue
        given = {**request, member: f"token-{name}"}
        if api.tried(name, service, **given).fault is not None:
            continue  # an example before has changed what this one names
        api(name, service, **given)
        again = api.tried(name, service, **given, other="parameters").fault
        if again is not None and "used before with other parameters" in again.message:
            refusals[f"{service} {name}"] = again.code
    assert refusals == {
        known: MISMATCH.get(known.split()[0], "IdempotentParameterMismatch") for known in refusals
    }
    assert {"ec2 CreateVolume", "imagebuilder CreateImage", "meteringmarketplace MeterUsage"} <= set(refusals)
    assert len([known for known in refusals if known.startswith("imagebuilder")]) > 12
