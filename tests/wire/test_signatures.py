"""Signatures made by botocore are accepted; after any tampering they are refused."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from amiable.core import clock
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request
from amiable.protocol.route import route
from amiable.protocol.signed import Signed, parse_credentials
from amiable.protocol.sigv4 import verify
from tests.wire import botocore_side
from tests.wire.botocore_side import ACCESS_KEY, REGION, SECRET

WINDOW = 900.0
AWKWARD = {"Description": "a b+c/%~é&=", "InstanceId": "i-1", "Name": "name"}
REQUESTS = [
    ("ec2", "CreateImage", AWKWARD),
    ("sts", "GetCallerIdentity", {}),
    ("ssm", "GetParameter", {"Name": "/a/é b"}),
    ("amiable", "ImportDisk", {"Source": "a.qcow2", "Name": "abc"}),
    ("imagebuilder", "TagResource", {"resourceArn": "arn:aws:x:y/z é~", "tags": {"a": "b"}}),
    ("imagebuilder", "GetImage", {"imageBuildVersionArn": "arn:aws:imagebuilder:x/y z/1.0.0"}),
    ("imagebuilder", "UntagResource", {"resourceArn": "arn:1", "tagKeys": ["b", "a", "a&b", "é"]}),
    (
        "ebs",
        "PutSnapshotBlock",
        {
            "SnapshotId": "snap-1",
            "BlockIndex": 3,
            "BlockData": b"\0\xff",
            "DataLength": 2,
            "Checksum": "YQ==",
            "ChecksumAlgorithm": "SHA256",
        },
    ),
]


def check(request: Request, *, secret: str = SECRET, later: float = 0, unsigned: bool = False) -> Signed:
    signed = parse_credentials(request)
    now = clock.now() + timedelta(seconds=later)
    verify(request, signed, secret, now=now, window=WINDOW, unsigned_payload=unsigned)
    return signed


def refused(request: Request, **options: object) -> Fault:
    with pytest.raises(Fault) as caught:
        check(request, **options)  # type: ignore[arg-type]
    return caught.value


def with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers={**request.headers, name: (value,)})


@pytest.mark.parametrize(("service", "operation", "parameters"), REQUESTS)
@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_botocore_header_signature(service: str, operation: str, parameters: dict, token: str | None) -> None:
    request = botocore_side.signed(service, operation, parameters, token=token)
    signed = check(request)
    assert (signed.access_key, signed.region, signed.service) == (ACCESS_KEY, REGION, service)
    assert signed.token == token
    assert not signed.presigned


@pytest.mark.parametrize(("service", "operation", "parameters"), REQUESTS[:2] + REQUESTS[5:6])
@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_botocore_presigned_url(service: str, operation: str, parameters: dict, token: str | None) -> None:
    request = botocore_side.signed(service, operation, parameters, presign=True, token=token)
    signed = check(request)
    assert signed.presigned
    assert (signed.expires, signed.token) == (600, token)


def authorization(request: Request, old: str, new: str) -> Request:
    value = request.header("authorization") or ""
    assert old in value
    return with_header(request, "authorization", value.replace(old, new))


TAMPERINGS: dict[str, Callable[[Request], Request]] = {
    "body": lambda r: replace(r, body=r.body + b"&DryRun=true"),
    "empty body": lambda r: replace(r, body=b""),
    "method": lambda r: replace(r, method="PUT"),
    "path": lambda r: replace(r, path="/other"),
    "query": lambda r: replace(r, query="DryRun=true"),
    "host": lambda r: with_header(r, "host", "evil.example"),
    "second host": lambda r: replace(r, headers={**r.headers, "host": (*r.headers["host"], "evil.example")}),
    "content type": lambda r: with_header(r, "content-type", "text/plain"),
    "new x-amz header": lambda r: with_header(r, "x-amz-target", "AmazonSSM.DeleteParameter"),
    "token": lambda r: with_header(r, "x-amz-security-token", "other"),
    "date header": lambda r: with_header(r, "x-amz-date", "20200101T000000Z"),
    "signature": lambda r: authorization(r, "Signature=", "Signature=0"),
    "non-ASCII signature": lambda r: authorization(r, "Signature=", "Signature=é"),
    "region": lambda r: authorization(r, "/us-east-1/", "/us-west-2/"),
    "service": lambda r: authorization(r, "/ec2/", "/sts/"),
    "date of the scope": lambda r: authorization(r, f"{ACCESS_KEY}/20", f"{ACCESS_KEY}/19"),
    "unsigned parameter": lambda r: replace(r, query="X-Amz-Signature=0"),
    "host not signed": lambda r: authorization(r, ";host", ""),
    "date not signed": lambda r: authorization(r, ";x-amz-date", ""),
    "content hash": lambda r: with_header(r, "x-amz-content-sha256", hashlib.sha256(b"").hexdigest()),
    "unsigned payload": lambda r: with_header(r, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    "streaming payload": lambda r: with_header(
        r, "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
@pytest.mark.parametrize("token", [None, "token"])
def test_tampered_header_request_is_refused(tampering: str, token: str | None) -> None:
    request = botocore_side.signed("ec2", "CreateImage", AWKWARD, token=token)
    check(request)
    fault = refused(TAMPERINGS[tampering](request))
    assert fault.code in ("AuthFailure", "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Action=CreateImage", "Action=DeregisterImage"),
        ("InstanceId=i-1", "InstanceId=i-2"),
        ("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        ("X-Amz-Security-Token=token", "X-Amz-Security-Token=other"),
        ("us-east-1", "us-west-2"),
        ("Action=", "DryRun=true&Action="),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ],
)
def test_tampered_presigned_url_is_refused(old: str, new: str) -> None:
    request = botocore_side.signed("ec2", "CreateImage", AWKWARD, presign=True, token="token")
    assert old in request.query
    assert refused(replace(request, query=request.query.replace(old, new))).code == "AuthFailure"


def test_presigned_url_does_not_cover_another_body_or_method() -> None:
    request = botocore_side.signed("ec2", "CreateImage", AWKWARD, presign=True)
    other_body = replace(request, body=b"DryRun=true")
    other_method = replace(request, method="GET" if request.method == "POST" else "POST")
    assert refused(other_body).code == "AuthFailure"
    assert refused(other_method).code == "AuthFailure"


class HostLeftOut(SigV4Auth):  # type: ignore[misc]
    """A correct signature that does not cover the host."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = super().headers_to_sign(request)
        del headers["host"]
        return headers


def test_a_signature_that_leaves_the_host_open_is_refused() -> None:
    request = botocore_side.aws_request("sts", "GetCallerIdentity", {})
    HostLeftOut(Credentials(ACCESS_KEY, SECRET), "sts", REGION).add_auth(request)
    fault = refused(botocore_side.received(request.prepare()))
    assert fault.message == "'host' must be a 'SignedHeader' in the AWS Signature."


def test_the_service_routed_to_must_be_the_one_signed_for() -> None:
    request = botocore_side.signed("sts", "GetCallerIdentity", {})
    other = "AWS4-HMAC-SHA256 XCredential=a/b/c/ec2/d, Credential="
    fault = refused(authorization(request, "AWS4-HMAC-SHA256 Credential=", other))
    assert fault.message == "Credential should be scoped to correct service."


@pytest.mark.parametrize("key", ["%00", "a%20b", "%C3%A9", "%ff", "", "a" * 129])
def test_access_keys_are_words(key: str) -> None:
    """What names a row in the database must be plain text before anybody looks it up."""
    request = botocore_side.signed("sts", "GetCallerIdentity", {}, presign=True)
    query = request.query.replace(ACCESS_KEY, key)
    assert query != request.query
    assert refused(replace(request, query=query)).code == "IncompleteSignature"


@pytest.mark.parametrize("names", ["host%0A", "ho st", "host;", "", "h%C3%A9"])
def test_signed_headers_are_names(names: str) -> None:
    request = botocore_side.signed("sts", "GetCallerIdentity", {}, presign=True)
    query = request.query.replace("X-Amz-SignedHeaders=host", f"X-Amz-SignedHeaders={names}")
    assert query != request.query
    assert refused(replace(request, query=query)).code == "IncompleteSignature"


def test_wrong_secret() -> None:
    assert refused(botocore_side.signed("ec2", "CreateImage", AWKWARD), secret="other").code == "AuthFailure"
    fault = refused(botocore_side.signed("sts", "GetCallerIdentity", {}), secret="other")
    assert fault.code == "SignatureDoesNotMatch"
    fault = refused(botocore_side.signed("ssm", "GetParameter", {"Name": "a"}), secret="other")
    assert fault.code == "InvalidSignatureException"


@pytest.mark.parametrize("later", [WINDOW + 60, -WINDOW - 60])
def test_outside_the_clock_window(later: float) -> None:
    codes = {}
    for service, operation, parameters in REQUESTS[:3]:
        codes[service] = refused(botocore_side.signed(service, operation, parameters), later=later).code
    assert codes == {
        "ec2": "RequestExpired",
        "sts": "SignatureDoesNotMatch",
        "ssm": "InvalidSignatureException",
    }


@pytest.mark.parametrize("later", [WINDOW - 60, -WINDOW + 60])
def test_inside_the_clock_window(later: float) -> None:
    check(botocore_side.signed("ec2", "CreateImage", AWKWARD), later=later)


def test_presigned_url_lives_as_long_as_it_says() -> None:
    request = botocore_side.signed("ec2", "CreateImage", AWKWARD, presign=True)
    check(request, later=540)
    assert refused(request, later=660).code == "RequestExpired"
    assert refused(request, later=-WINDOW - 60).code == "RequestExpired"


def test_unsigned_payload_only_where_the_model_allows_it() -> None:
    request = botocore_side.signed(*REQUESTS[-1])
    assert route(request).unsigned_payload
    assert not route(botocore_side.signed(*REQUESTS[0])).unsigned_payload
    unsigned = botocore_side.aws_request(*REQUESTS[-1])
    unsigned.context["payload_signing_enabled"] = False
    unsigned.url = unsigned.url.replace("http:", "https:")  # over plain HTTP botocore always signs the body
    SigV4Auth(Credentials(ACCESS_KEY, SECRET), "ebs", REGION).add_auth(unsigned)
    request = botocore_side.received(unsigned.prepare())
    assert request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD"
    check(request, unsigned=True)
    check(replace(request, body=b"another"), unsigned=True)
    assert refused(request).code == "InvalidSignatureException"
