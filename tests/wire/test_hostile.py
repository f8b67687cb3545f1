"""Hostile bytes: whatever comes in, what comes out is an answer or a Fault, never another exception."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiable.core import clock
from amiable.protocol import models
from amiable.protocol.faults import Fault
from amiable.protocol.message import MOST_PARAMETERS, Request, request_of
from amiable.protocol.parse import parse
from amiable.protocol.render_fault import render_fault
from amiable.protocol.route import route, service_of
from amiable.protocol.signed import parse_credentials
from amiable.protocol.sigv4 import verify
from amiable.protocol.validate import validate
from tests.wire import botocore_side
from tests.wire.samples import sample

MANY = settings(max_examples=150, deadline=None, database=None)


def answer(request: Request) -> dict[str, Any] | Fault:
    """All that happens to a request before an operation runs, signature last so that parsers see it all."""
    try:
        found = route(request)
        parameters = parse(request, found)
        validate(parameters, found)
        signed = parse_credentials(request)
        verify(request, signed, "secret", now=clock.now(), window=900)
    except Fault as fault:
        response = render_fault(fault, service_of(request), "req-1")
        protocol = models.protocol_of(service_of(request))
        parsed = botocore_side.parsed(protocol, response, None)
        if parsed["Error"]["Code"] != fault.code or len(fault.message) > 10_000:
            pytest.fail(f"{fault!r} was rendered as {parsed}")
        return fault
    return parameters


def form(service: str, body: str | bytes, query: str = "") -> Request:
    """A form request with a scope for the service."""
    scope = f"Credential=AKIA/20261123/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    headers = [
        (b"Host", b"localhost"),
        (b"Authorization", f"AWS4-HMAC-SHA256 {scope}".encode()),
        (b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8"),
    ]
    raw = body.encode() if isinstance(body, str) else body
    return request_of("POST", b"/", query.encode(), headers, raw)


def images(parameters: str) -> dict[str, Any] | Fault:
    request = form("ec2", f"Action=DescribeImages&Version=2016-11-15&{parameters}")
    try:
        return parse(request, route(request))
    except Fault as fault:
        return fault


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ("Bogus=1", "UnknownParameter"),
        ("Filter.1.Bogus=1", "UnknownParameter"),
        ("Filter.x.Name=1", "UnknownParameter"),
        ("Filter.-1.Name=1", "UnknownParameter"),
        ("Filter.1=x", "UnknownParameter"),
        ("Filter=x", "UnknownParameter"),
        ("Filter.٣.Name=x", "UnknownParameter"),
        ("Filter." + "9" * 5000 + ".Name=x", "UnknownParameter"),
        ("MaxResults.1=5", "UnknownParameter"),
        ("." * 100_000 + "=1", "UnknownParameter"),
        ("Filter" + ".1" * 100_000 + "=1", "UnknownParameter"),
        ("MaxResults=many", "InvalidParameterValue"),
        ("MaxResults=", "InvalidParameterValue"),
        ("MaxResults=1e3", "InvalidParameterValue"),
        ("MaxResults=1_0", "InvalidParameterValue"),
        ("MaxResults=٣", "InvalidParameterValue"),
        ("MaxResults=" + "9" * 5000, "InvalidParameterValue"),
        ("MaxResults=2147483648", "InvalidParameterValue"),
        ("DryRun=perhaps", "InvalidParameterValue"),
        ("Owner.1=%00", "InvalidParameterValue"),
        ("Owner.1=%ff", "InvalidParameterValue"),
        ("Owner.1=%ed%a0%80", "InvalidParameterValue"),
        ("MaxResults=5&MaxResults=6", "MalformedQueryString"),
        ("Owner.1=a&Owner.1.x=b", "MalformedQueryString"),
        ("Owner.1.x=a&Owner.1=b", "MalformedQueryString"),
        ("%ff=1", "UnknownParameter"),
    ],
)
def test_ec2_refuses(parameters: str, code: str) -> None:
    fault = images(parameters)
    assert isinstance(fault, Fault)
    assert fault.code == code
    assert len(fault.message) < 500
    assert render_fault(fault, "ec2", "r").body


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("ImageId.0=ami-0&ImageId.1=ami-1", {"ImageIds": ["ami-0", "ami-1"]}),
        ("ImageId.7=b&ImageId.3=a&ImageId.900=c", {"ImageIds": ["a", "b", "c"]}),
        ("ImageId.2=b&ImageId.10=c&ImageId.1=a", {"ImageIds": ["a", "b", "c"]}),
        ("MaxResults=5&MaxResults=5", {"MaxResults": 5}),
        ("DryRun=True", {"DryRun": True}),
        ("Owner=", {"Owners": []}),
        ("Filter=&Filter.1.Name=n", {"Filters": [{"Name": "n"}]}),
        ("Filter.1.Name=n&Filter=", {"Filters": [{"Name": "n"}]}),
        ("Filter.1.Name=a+b%2B", {"Filters": [{"Name": "a b+"}]}),
        ("X-Amz-Algorithm=x&&=&", {}),
    ],
)
def test_ec2_tolerates(parameters: str, wanted: dict[str, Any]) -> None:
    assert images(parameters) == wanted


def test_everything_in_the_query_string_of_a_get() -> None:
    request = replace(
        form("ec2", b""), method="GET", query="Action=DescribeTags&Version=2016-11-15&Filter.0.Name=key"
    )
    assert parse(request, route(request)) == {"Filters": [{"Name": "key"}]}


def test_packers_empty_profile_and_both_spellings_of_users() -> None:
    request = form(
        "ec2", "Action=RunInstances&Version=2016-11-15&IamInstanceProfile.Name=&MinCount=1&MaxCount=1"
    )
    assert parse(request, route(request))["IamInstanceProfile"] == {"Name": ""}
    body = "Action=ModifyImageAttribute&Version=2016-11-15&ImageId=ami-1"
    request = form("ec2", f"{body}&LaunchPermission.Add.1.UserId=1&UserId.1=1&OperationType=add")
    assert parse(request, route(request)) == {
        "ImageId": "ami-1",
        "LaunchPermission": {"Add": [{"UserId": "1"}]},
        "UserIds": ["1"],
        "OperationType": "add",
    }


def test_query_lists_and_maps() -> None:
    head = "Action=AssumeRole&Version=2011-06-15&RoleArn=r&RoleSessionName=s"
    request = form("sts", f"{head}&TransitiveTagKeys.member.3=b&TransitiveTagKeys.member.0=a&Tags=")
    assert parse(request, route(request))["TransitiveTagKeys"] == ["a", "b"]
    for wrong in (
        "TransitiveTagKeys.1=a",
        "TransitiveTagKeys.member.x=1",
        "TransitiveTagKeys.member=x",
        "Nope=1",
    ):
        fault = answer(form("sts", f"{head}&{wrong}"))
        assert isinstance(fault, Fault)
        assert fault.code == "UnknownParameter", wrong


def json_request(body: bytes, target: str = "AmazonSSM.GetParameter", service: str = "ssm") -> Request:
    plain = form(service, body)
    headers = {**plain.headers, "x-amz-target": (target,), "content-type": ("application/x-amz-json-1.1",)}
    return replace(plain, headers=headers)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b'{"Name": "a', "SerializationException"),
        (b"\xff\xfe", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'"text"', "SerializationException"),
        (b"null", "SerializationException"),
        (b'{"Name": 5}', "SerializationException"),
        (b'{"Name": NaN}', "SerializationException"),
        (b'{"Name": {"a": "b"}}', "SerializationException"),
        (b'{"Name": "\\ud800"}', "SerializationException"),
        (b'{"Name": "\\u0000"}', "SerializationException"),
        (b'{"WithDecryption": "true", "Name": "a"}', "SerializationException"),
        (b'{"WithDecryption": 1, "Name": "a"}', "SerializationException"),
        (b'{"Name": "a", "Bogus": 1}', "ValidationException"),
        (b'{"\\ud800": 1}', "ValidationException"),
        (b"{}", "ValidationException"),
        (b"", "ValidationException"),
        (b'{"Name": null}', "ValidationException"),
        (b'{"Name": ' + b"9" * 5000 + b"}", "SerializationException"),
        (b'{"Name": ' + b"[" * 100_000, "SerializationException"),
        (b'{"Name": ' + b"[" * 600 + b"]" * 600 + b"}", "SerializationException"),
    ],
)
def test_json_refuses(body: bytes, code: str) -> None:
    fault = answer(json_request(body))
    assert isinstance(fault, Fault)
    assert fault.code == code


@pytest.mark.parametrize("depth", [10, 100, 300, 900])
def test_recursive_shapes_driven_deep(depth: int) -> None:
    body = b'{"Aggregators":[' * depth + b"{}" + b"]}" * depth
    request = json_request(body, "AmazonSSM.GetInventory")
    fault = answer(request)
    assert isinstance(fault, Fault)
    # Shallow enough, it passes the parser and is refused for its signature.
    assert fault.code == ("IncompleteSignatureException" if depth == 10 else "SerializationException")


@pytest.mark.parametrize(
    "target", ["", "GetParameter", "AmazonSSM.", "AmazonSSM.Nope", "Amiable.ImportDisk", "é.é", "."]
)
def test_unknown_targets(target: str) -> None:
    fault = answer(json_request(b"{}", target))
    assert isinstance(fault, Fault)
    assert fault.code == "UnknownOperationException"


def test_rest_query_strings() -> None:
    def listed(query: str) -> dict[str, Any] | Fault:
        request = replace(form("ebs", b"", query), method="GET", path="/snapshots/snap-1/blocks")
        try:
            return parse(request, route(request))
        except Fault as fault:
            return fault

    assert listed("maxResults=5&x-id=ListSnapshotBlocks") == {"SnapshotId": "snap-1", "MaxResults": 5}
    refused = {"maxResults=5&maxResults=5": "SerializationException", "bogus=1": "ValidationException"}
    for query, code in refused.items():
        fault = listed(query)
        assert isinstance(fault, Fault)
        assert fault.code == code


def test_too_many_parameters_are_refused_before_they_are_read() -> None:
    head = "Action=DescribeImages&Version=2016-11-15"
    most = form("ec2", head + "&" * (MOST_PARAMETERS - 2))
    assert route(most).name == "DescribeImages"
    for request in (
        form("ec2", head + "&a=b" * MOST_PARAMETERS),
        form("ec2", head, "&" * MOST_PARAMETERS),
        form("ec2", "&" * MOST_PARAMETERS + head),
        request_of("POST", b"/", b"", [], b"a&" * MOST_PARAMETERS),
    ):
        fault = answer(request)
        assert isinstance(fault, Fault)
        assert (fault.code, "parameters" in fault.message) == ("MalformedQueryString", True)
        assert len(request.form_pairs) <= MOST_PARAMETERS


def test_a_block_of_bytes_is_no_form() -> None:
    request = botocore_side.signed(
        "ebs",
        "PutSnapshotBlock",
        {
            "SnapshotId": "snap-1",
            "BlockIndex": 0,
            "BlockData": b"&" * 524_288,
            "DataLength": 524_288,
            "Checksum": "YQ==",
            "ChecksumAlgorithm": "SHA256",
        },
    )
    assert parse(request, route(request))["BlockData"] == b"&" * 524_288


def test_long_names_are_not_echoed_whole() -> None:
    long = "x" * 100_000
    for request in (
        form("ec2", f"Action={long}&Version=2016-11-15"),
        form("ec2", f"Action=DescribeImages&Version={long}"),
        form("ec2", f"Action=DescribeImages&Version=2016-11-15&{long}=1"),
        form("ec2", f"Action=DescribeImages&Version=2016-11-15&MaxResults={long}"),
        form("sts", f"Action=AssumeRole&Version=2011-06-15&RoleArn={long}"),
        form(long, ""),
        replace(form("ebs", ""), path=f"/{long}"),
        json_request(b"{}", long),
        json_request(b'{"%s": 1}' % long.encode()),
        json_request(b'{"Name": "%s"}' % long.encode()),
    ):
        assert isinstance(answer(request), Fault)


WRONG_TYPES = ["application/json", "multipart/form-data; boundary=x", "text/xml", "é", "application"]


@pytest.mark.parametrize("kind", WRONG_TYPES)
def test_wrong_content_type_of_a_form(kind: str) -> None:
    request = form("ec2", "ImageId.1=a", "Action=DescribeImages&Version=2016-11-15")
    request = replace(request, headers={**request.headers, "content-type": (kind,)})
    fault = answer(request)
    assert isinstance(fault, Fault)
    assert fault.code == "MalformedQueryString"


TEMPLATES = [
    ("ec2", "RunInstances"),
    ("ec2", "DescribeImages"),
    ("sts", "AssumeRole"),
    ("iam", "SimulateCustomPolicy"),
    ("ssm", "SendCommand"),
    ("imagebuilder", "CreateImageRecipe"),
    ("ebs", "PutSnapshotBlock"),
    ("amiable", "ImportDisk"),
]
VALID = {
    (service, name): botocore_side.unsigned(
        service, name, sample(models.operation_model(service, name).input_shape)
    )
    for service, name in TEMPLATES
}


def cut(data: st.DataObject, text: bytes) -> bytes:
    """The text with a piece of it replaced."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    middle = data.draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b"&", b"=", b".", b"%", b'"', b"}", b"{"]))
    )
    return text[:start] + middle + text[end:]


@pytest.mark.parametrize("template", TEMPLATES)
@MANY
@given(data=st.data())
def test_damaged_requests(template: tuple[str, str], data: st.DataObject) -> None:
    request = VALID[template]
    body = cut(data, request.body) if request.body else b""
    path = cut(data, request.path.encode()) if data.draw(st.booleans()) else request.path.encode()
    query = cut(data, request.query.encode()) if data.draw(st.booleans()) else request.query.encode()
    headers = [(name.encode(), cut(data, values[0].encode())) for name, values in request.headers.items()]
    answer(request_of(request.method, path, query, headers, body))
    answer(replace(request, body=body))


def test_every_truncation_of_a_signature() -> None:
    request = botocore_side.signed("ec2", "DescribeImages", {})
    value = request.header("authorization") or ""
    for end in range(len(value)):
        assert isinstance(
            answer(replace(request, headers={**request.headers, "authorization": (value[:end],)})), Fault
        )


NAMES = [
    "authorization",
    "x-amz-date",
    "date",
    "x-amz-target",
    "content-type",
    "host",
    "x-amz-content-sha256",
]
QUERIES = [
    "Action",
    "Version",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Algorithm",
]
WORDS = [
    "AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/ebs/aws4_request,SignedHeaders=host,Signature=é",
    "AWS4-HMAC-SHA256",
    "AWS a:b",
    "a/20261123/us-east-1/ec2/aws4_request",
    "////",
    "20261123T000000Z",
    "Mon, 23 Nov 2026 00:00:00 -0000",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "00010101T000000Z",
    "DescribeImages",
    "2016-11-15",
    "AmazonSSM.GetParameter",
    "-1",
    "9" * 30,
]


def pieces(names: Iterable[str]) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    words = st.one_of(st.sampled_from(WORDS).map(str.encode), st.binary(max_size=12))
    return st.lists(st.tuples(st.sampled_from([name.encode() for name in names]), words), max_size=5)


@settings(MANY, max_examples=600)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "é"]),
    path=st.one_of(
        st.sampled_from([b"/", b"", b"/snapshots", b"/snapshots/a/blocks/b", b"/../tags/%2f"]), st.binary()
    ),
    query=pieces(QUERIES),
    headers=pieces(NAMES),
    body=st.binary(max_size=60),
)
def test_any_bytes(method: str, path: bytes, query: list, headers: list, body: bytes) -> None:
    raw_query = b"&".join(name + b"=" + value for name, value in query)
    assert isinstance(answer(request_of(method, path, raw_query, headers, body)), Fault)
