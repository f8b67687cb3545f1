"""Whole botocore clients, as users have them, against this floor: built, signed, sent, answered.

botocore's own `before-send` event takes the request where the network would be. Sockets come in with `web/`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from amiable.core import clock
from amiable.protocol import models
from amiable.protocol.faults import Fault, unsupported_operation
from amiable.protocol.message import Response
from amiable.protocol.parse import parse
from amiable.protocol.render import render
from amiable.protocol.render_fault import render_fault
from amiable.protocol.route import route, service_of
from amiable.protocol.signed import parse_credentials
from amiable.protocol.sigv4 import verify
from amiable.protocol.validate import validate
from tests.wire.botocore_side import ACCESS_KEY, ENDPOINT, REGION, SECRET, received

Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


class Raw:
    """What botocore wants a response body to be."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.body

    def read(self, *_: Any) -> bytes:
        body, self.body = self.body, b""
        return body


def serve(prepared: AWSPreparedRequest, answer: Answer) -> Response:
    """The floor, in the order in which the gateway uses it."""
    request = received(prepared)
    try:
        found = route(request)
        signed = parse_credentials(request)
        verify(
            request,
            signed,
            SECRET,
            now=clock.now(),
            window=900,
            unsigned_payload=found.unsigned_payload,
        )
        parameters = parse(request, found)
        validate(parameters, found)
        return render(found, answer(found.name, parameters), "req-1")
    except Fault as fault:
        return render_fault(fault, service_of(request), "req-1")


def client(service: str, answer: Answer, secret: str = SECRET) -> BaseClient:
    session = botocore.session.Session()
    session.register_component("data_loader", models.loader())
    made = session.create_client(
        service,
        REGION,
        endpoint_url=ENDPOINT,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 0}, inject_host_prefix=False),
    )

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        response = serve(request, answer)
        return AWSResponse(request.url, response.status, response.headers, Raw(response.body))

    made.meta.events.register("before-send", send)
    return made


def test_ec2() -> None:
    created = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    asked: list[dict[str, Any]] = []

    def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        assert name == "DescribeVolumes"
        return {"Volumes": [{"VolumeId": "vol-1", "CreateTime": created, "SnapshotId": "", "Tags": []}]}

    ec2 = client("ec2", answer)
    volumes = ec2.describe_volumes(Filters=[{"Name": "tag:a", "Values": ["é&<b>"]}], DryRun=False)["Volumes"]
    assert volumes == [{"VolumeId": "vol-1", "CreateTime": created, "SnapshotId": "", "Tags": []}]
    assert asked == [{"Filters": [{"Name": "tag:a", "Values": ["é&<b>"]}], "DryRun": False}]


def test_our_own_service() -> None:
    def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        assert name == "ImportDisk"
        assert parameters["Checksum"].startswith("sha256:")
        return {"ImageId": "ami-1", "SnapshotId": None}

    ours = client("amiable", answer)
    answered = ours.import_disk(Source="a.qcow2", Name="abc", Checksum="sha256:" + "0" * 64)
    assert answered["ImageId"] == "ami-1"
    assert "SnapshotId" not in answered
    with pytest.raises(ClientError, match="failed to satisfy constraint") as caught:
        ours.import_disk(Source="a.qcow2", Name="abc", Checksum="md5:0")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_blocks_of_a_snapshot_are_raw_bytes() -> None:
    def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if name == "PutSnapshotBlock":
            assert parameters["BlockData"] == b"\0\xff\r\n"
            return {"Checksum": parameters["Checksum"], "ChecksumAlgorithm": "SHA256"}
        return {"DataLength": 4, "BlockData": b"\0\xff\r\n"}

    ebs = client("ebs", answer)
    put = ebs.put_snapshot_block(
        SnapshotId="snap-1",
        BlockIndex=3,
        BlockData=b"\0\xff\r\n",
        DataLength=4,
        Checksum="0" * 43 + "=",
        ChecksumAlgorithm="SHA256",
    )
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 201
    got = ebs.get_snapshot_block(SnapshotId="snap-1", BlockIndex=3, BlockToken="token")
    assert got["BlockData"].read() == b"\0\xff\r\n"
    assert got["DataLength"] == 4


def test_modelled_exception_classes() -> None:
    def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        raise Fault("ResourceNotFoundException", "no such snapshot", members={"Reason": "SNAPSHOT_NOT_FOUND"})

    ebs = client("ebs", answer)
    with pytest.raises(ebs.exceptions.ResourceNotFoundException) as caught:
        ebs.list_snapshot_blocks(SnapshotId="snap-1")
    assert caught.value.response["Reason"] == "SNAPSHOT_NOT_FOUND"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ec2", "describe_images", "AuthFailure", 401),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch", 403),
        ("ssm", "describe_parameters", "InvalidSignatureException", 403),
        ("imagebuilder", "list_images", "InvalidSignatureException", 403),
    ],
)
def test_wrong_secret(service: str, operation: str, code: str, status: int) -> None:
    wrong = client(service, lambda name, parameters: {}, secret="wrong")
    with pytest.raises(ClientError) as caught:
        getattr(wrong, operation)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_an_operation_that_is_not_built() -> None:
    def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        raise unsupported_operation(name)

    with pytest.raises(ClientError, match="The operation DescribeFleets is not supported") as caught:
        client("ec2", answer).describe_fleets()
    assert caught.value.response["Error"]["Code"] == "UnsupportedOperation"
