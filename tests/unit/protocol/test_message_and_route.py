"""Requests as values; which service and operation they are for."""

from dataclasses import replace

import pytest

from amiable.protocol import models
from amiable.protocol.faults import Fault
from amiable.protocol.message import Request, normal_path, request_of
from amiable.protocol.route import route, service_of


def test_request_keeps_every_byte_and_every_header() -> None:
    headers = [(b"X-A", b"1"), (b"x-a", b"2"), (b"Host", b"\xff")]
    request = request_of("post", b"/a%2Fb", b"x=%ff&y", headers, b"body")
    assert request.method == "POST"
    assert request.headers == {"x-a": ("1", "2"), "host": ("\udcff",)}
    assert request.header("x-a") == "1,2"
    assert request.header("absent") is None
    assert request.query_pairs == [("x", "\udcff"), ("y", "")]
    assert request_of("GET", b"", b"", [], b"").path == "/"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a/b", "/a/b"),
        ("/a//b/", "/a/b/"),
        ("/a/./b/../c", "/a/c"),
        ("/../../a", "/a"),
        ("/a/..", "/"),
        ("/%2e%2e/a", "/%2e%2e/a"),
    ],
)
def test_normal_path(path: str, wanted: str) -> None:
    assert normal_path(path) == wanted


def scope(service: str) -> tuple[str, ...]:
    return (
        f"AWS4-HMAC-SHA256 Credential=AK/20261123/r/{service}/aws4_request, SignedHeaders=host, Signature=0",
    )


ACTION = "Action=GetCallerIdentity&Version=2011-06-15"


@pytest.mark.parametrize(
    ("request_", "service"),
    [
        (Request("POST", "/", ACTION, {"authorization": scope("ec2")}), "ec2"),
        (Request("GET", "/", "X-Amz-Credential=AK%2F20261123%2Fr%2Febs%2Faws4_request&" + ACTION), "ebs"),
        (Request("GET", "/", "X-Amz-Credential=AK/ebs&" + ACTION), "sts"),
        (Request("POST", "/", ACTION, {"x-amz-target": ("Amiable.ImportDisk",)}), "amiable"),
        (Request("POST", "/", ACTION, {"host": ("ec2.us-east-1.amazonaws.com",)}), "sts"),
        (Request("POST", "/", "", {}, ACTION.encode()), "sts"),
        (Request("POST", "/", "Action=X&Version=2016-11-15"), "ec2"),
        (Request("POST", "/", "", {"host": ("imagebuilder.us-east-1.amazonaws.com:443",)}), "imagebuilder"),
        (Request("POST", "/", "", {"host": ("localhost:8773",)}), None),
        (Request("POST", "/", ACTION, {"authorization": scope("s3")}), None),
    ],
)
def test_service_of(request_: Request, service: str | None) -> None:
    assert service_of(request_) == service


@pytest.mark.parametrize(
    ("service", "query", "code", "message"),
    [
        (
            "ec2",
            "Action=Nope&Version=2016-11-15",
            "InvalidAction",
            "The action Nope is not valid for this web service.",
        ),
        ("ec2", "Action=RunInstances&Version=2014-01-01", "NoSuchVersion", "2014-01-01"),
        ("ec2", "Action=RunInstances", "MissingParameter", "The request must contain the parameter Version"),
        ("ec2", "Version=2016-11-15", "MissingAction", "action"),
        (
            "sts",
            "Action=Nope&Version=2011-06-15",
            "InvalidAction",
            "Could not find operation Nope for",
        ),
        (
            "sts",
            "Action=GetCallerIdentity&Version=1",
            "NoSuchVersion",
            "version ( 1 ) is not valid.",
        ),
        ("s3", "", "InvalidAction", "does not serve the service s3"),
    ],
)
def test_route_refuses(service: str, query: str, code: str, message: str) -> None:
    with pytest.raises(Fault) as caught:
        route(Request("POST", "/", query, {"authorization": scope(service)}))
    assert caught.value.code == code
    assert message in caught.value.message


def test_rest_routes() -> None:
    base = Request("PUT", "/snapshots/snap-1/blocks/7", "", {"authorization": scope("ebs")})
    found = route(base)
    assert (found.name, found.labels) == ("PutSnapshotBlock", {"snapshotId": "snap-1", "blockIndex": "7"})
    assert route(replace(base, method="POST", path="/snapshots/completion/a%2Fb")).labels == {
        "snapshotId": "a/b"
    }
    assert route(replace(base, path="/x/../snapshots//snap-1/blocks/7")).name == "PutSnapshotBlock"
    for wrong in (replace(base, method="DELETE"), replace(base, path="/nothing"), replace(base, path="/")):
        with pytest.raises(Fault) as caught:
            route(wrong)
        assert (caught.value.code, caught.value.status) == ("UnknownOperationException", 404)


def test_every_served_service_speaks_a_protocol_we_have() -> None:
    assert {models.protocol_of(name) for name in models.SERVICES} == {"ec2", "query", "json", "rest-json"}
    assert models.protocol_of("s3") == models.protocol_of(None) == "query"


def test_users_own_models_do_not_reach_the_server() -> None:
    assert not [path for path in models.loader().search_paths if ".aws" in path]


def test_patterns_that_python_cannot_use_or_should_not() -> None:
    assert models.pattern_of(r"[\p{L}]*") is None
    assert models.pattern_of(r"(a+)+b") is None
    assert models.pattern_of(r"(a*)*") is None
    assert models.pattern_of(r"ami-[0-9a-f]+") is not None
