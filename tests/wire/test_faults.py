"""Faults of every protocol, as botocore's parser and its modelled exceptions understand them."""

import pytest

from amiable.protocol import models
from amiable.protocol.faults import Fault
from amiable.protocol.render_fault import render_fault
from tests.wire import botocore_side

MESSAGE = "Value <b> & \"c\" 'é'\r\nis wrong"


@pytest.mark.parametrize("service", models.SERVICES)
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("InvalidThing.Malformed", MESSAGE), 400),
        (Fault("DryRunOperation", MESSAGE), 412),
        (Fault("UnauthorizedOperation", MESSAGE), 403),
        (Fault("AuthFailure", MESSAGE), 401),
        (Fault("SignatureDoesNotMatch", MESSAGE), 403),
        (Fault("InvalidClientTokenId", MESSAGE), 403),
        (Fault("RequestExpired", MESSAGE), 400),
        (Fault("InternalError", MESSAGE), 500),
        (Fault("Unavailable", MESSAGE), 503),
        (Fault("AnyCode", MESSAGE, 418), 418),
    ],
    ids=lambda value: value.code if isinstance(value, Fault) else None,
)
def test_code_message_status_and_request_id(service: str, fault: Fault, status: int) -> None:
    response = render_fault(fault, service, "req-7")
    parsed = botocore_side.parsed(models.protocol_of(service), response, None)
    assert parsed["Error"]["Code"] == fault.code
    assert parsed["Error"]["Message"] == MESSAGE
    assert parsed["ResponseMetadata"]["RequestId"] == "req-7"
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == response.status == status


MODELLED = [
    (service, shape.name)
    for service in models.SERVICES
    if models.protocol_of(service) in ("json", "rest-json")
    for shape in models.service_model(service).error_shapes
]


@pytest.mark.parametrize(("service", "name"), MODELLED)
def test_modelled_errors_bring_status_and_message(service: str, name: str) -> None:
    shape = models.service_model(service).shape_for(name)
    response = render_fault(Fault(name, MESSAGE), service, "req-7")
    assert response.status == shape.metadata.get("error", {}).get("httpStatusCode", response.status)
    parsed = botocore_side.parsed(models.protocol_of(service), response, shape)
    spelled = next((member for member in shape.members if member.lower() == "message"), None)
    assert parsed == ({spelled: MESSAGE} if spelled else {})


def test_members_of_a_modelled_error() -> None:
    fault = Fault("ValidationException", "no such block", members={"Reason": "INVALID_BLOCK"})
    response = render_fault(fault, "ebs", "req-7")
    shape = models.service_model("ebs").shape_for("ValidationException")
    parsed = botocore_side.parsed("rest-json", response, shape)
    assert parsed == {"Message": "no such block", "Reason": "INVALID_BLOCK"}
    assert response.headers["x-amzn-ErrorType"] == "ValidationException"


def test_a_request_for_no_service_gets_a_readable_fault() -> None:
    response = render_fault(Fault("InvalidAction", "what?"), None, "req-7")
    parsed = botocore_side.parsed("query", response, None)
    assert parsed["Error"]["Code"] == "InvalidAction"


def test_query_says_whose_fault_it_is() -> None:
    assert b"<Type>Sender</Type>" in render_fault(Fault("ValidationError", ""), "sts", "r").body
    assert b"<Type>Receiver</Type>" in render_fault(Fault("InternalFailure", ""), "sts", "r").body


def test_ec2_envelope_to_the_letter() -> None:
    response = render_fault(
        Fault("InvalidAMIID.NotFound", "The image id '[ami-1]' does not exist"), "ec2", "r"
    )
    assert response.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidAMIID.NotFound</Code>'
        "<Message>The image id '[ami-1]' does not exist</Message></Error></Errors>"
        "<RequestID>r</RequestID></Response>"
    )
    assert response.headers["Content-Type"] == "text/xml;charset=UTF-8"
