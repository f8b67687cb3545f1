"""The metadata service's words, without sockets."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiable.compute.net import identity, imds, imds_http, tokens
from amiable.compute.net.imds import Request, Response, answer
from amiable.compute.net.tree import InstanceMetadata, InterfaceMetadata
from amiable.core import proc
from amiable.core.errors import Corrupt, InvalidInput

KEY, NOW = b"k" * 32, 1_800_000_000.0
IDENTITY = identity.create()
NIC = InterfaceMetadata(
    "eni-0a", "02:00:00:00:00:01", 0, "10.0.0.5", "subnet-0a", "10.0.0.0/24", "vpc-0a", "10.0.0.0/16",
    "ip-10-0-0-5.ec2.internal", "198.18.0.5", (("sg-0a", "default"), ("sg-0b", "web")),
)  # fmt: skip
SECOND = replace(
    NIC, id="eni-0b", mac="02:00:00:00:00:02", device_number=1, public_ipv4=None, security_groups=()
)
FULL = InstanceMetadata(
    instance_id="i-0123456789abcdef0",
    image_id="ami-0123456789abcdef0",
    instance_type="t3.micro",
    account_id="123456789012",
    region="us-east-1",
    zone="us-east-1a",
    zone_id="use1-az1",
    hostname="ip-10-0-0-5.ec2.internal",
    interfaces=(NIC, SECOND),
    reservation_id="r-0123456789abcdef0",
    pending_time=datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
    public_keys={"my key=2": "ssh-ed25519 AAAA my key\n", "other": "ssh-rsa BBBB other"},
    user_data=b"#!/bin/sh\n\xff",
    block_devices={"ami": "/dev/sda1", "root": "/dev/sda1", "ebs1": "sdb"},
    tags={"Name": "web", "a=b": "c", "with space": "x", "a/b": "y", "..": "z", "_index": "q", "empty": ""},
    ancestor_image_ids=("ami-01", "ami-02"),
    product_codes=("abc",),
    instance_metadata_tags="enabled",
)
BARE = replace(
    FULL, interfaces=(SECOND,), public_keys={}, user_data=None, block_devices={}, tags={},
    ancestor_image_ids=(), product_codes=(), instance_metadata_tags="disabled",
)  # fmt: skip


def get(path: str, one: InstanceMetadata | None = FULL, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(one, Request("GET", path, named), KEY, IDENTITY, NOW)


def crawl(one: InstanceMetadata, base: str, signer: identity.Identity | None = IDENTITY) -> dict[str, bytes]:
    """Every leaf below a directory, found as cloud-init finds them (ec2.MetadataMaterializer)."""
    found: dict[str, bytes] = {}
    listed = answer(one, Request("GET", base), KEY, signer, NOW)
    assert listed.status == 200, base
    for entry in listed.body.decode().splitlines():
        if entry.endswith("/"):
            found |= crawl(one, base + entry, signer)
            continue
        number, equals, _ = entry.partition("=")
        resource = f"{number}/openssh-key" if equals and number.isdigit() else entry
        leaf = answer(one, Request("GET", base + resource), KEY, signer, NOW)
        assert leaf.status == 200, base + resource
        found[base + resource] = leaf.body
    return found


@pytest.mark.parametrize("one", [FULL, BARE])
@pytest.mark.parametrize("signer", [IDENTITY, None])
def test_nothing_that_is_listed_is_missing(one: InstanceMetadata, signer: identity.Identity | None) -> None:
    for version in ("latest", "2009-04-04", "2021-03-23"):
        leaves = crawl(one, f"/{version}/meta-data/", signer) | crawl(one, f"/{version}/dynamic/", signer)
        assert leaves[f"/{version}/meta-data/instance-id"] == b"i-0123456789abcdef0"
    for entry in get("/latest/", one).body.decode().splitlines():
        assert get(f"/latest/{entry}", one).status == 200


def test_the_tree_says_what_is_true() -> None:
    leaves = crawl(FULL, "/latest/meta-data/")
    head, nic = "/latest/meta-data/", "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/"
    assert leaves[head + "public-keys/0/openssh-key"] == b"ssh-ed25519 AAAA my key"
    assert leaves[head + "public-keys/1/openssh-key"] == b"ssh-rsa BBBB other"
    assert leaves[head + "security-groups"] == b"default\nweb"
    assert leaves[head + "tags/instance/a=b"] == b"c"
    assert {path for path in leaves if "/tags/" in path} == {
        head + "tags/instance/" + key for key in ("Name", "a=b", "empty")
    }
    assert leaves[nic + "local-ipv4s"] == b"10.0.0.5"
    assert leaves[nic + "ipv4-associations/198.18.0.5"] == b"10.0.0.5"
    assert leaves[nic + "security-group-ids"] == b"sg-0a\nsg-0b"
    assert get("/latest/meta-data/public-keys/").body == b"0=my key=2\n1=other"
    assert get("/latest/meta-data/public-keys/0").body == b"openssh-key"
    assert get("/latest/meta-data/network/interfaces/macs/").body == b"02:00:00:00:00:01/\n02:00:00:00:00:02/"
    assert not any("/tags/" in path for path in crawl(replace(FULL, instance_metadata_tags="disabled"), head))


def test_user_data_is_bytes_or_absent() -> None:
    assert get("/latest/user-data").body == b"#!/bin/sh\n\xff"
    assert get("/latest/").body == b"dynamic\nmeta-data\nuser-data"
    assert get("/latest/user-data", BARE).status == 404
    assert get("/latest/", BARE).body == b"dynamic\nmeta-data"


@pytest.mark.parametrize(
    "path", ["/latest/meta-data/nothing", "/1999-01-01/meta-data/", "/latest/meta-data/ami-id/deeper", "/x"]
)
def test_what_is_not_there_is_404(path: str) -> None:
    assert get(path).status == 404


def test_paths_are_taken_as_clients_write_them() -> None:
    for path in ("/latest/meta-data", "//latest//meta-data/", "/latest/meta-data/?x=1"):
        assert get(path).body == get("/latest/meta-data/").body
    assert get("/latest/meta-data/network/interfaces/macs/02%3a00%3a00%3a00%3a00%3a01/mac").status == 200
    assert get("/").body.decode().splitlines()[-1] == "latest"


def token(one: InstanceMetadata | None = FULL, path: str = "/latest/api/token", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(one, Request("PUT", path, named), KEY, None, NOW)


def ttl(text: str) -> dict[str, str]:
    return {imds.TTL_HEADER.replace("-", "_"): text}


@pytest.mark.parametrize(
    ("text", "status"),
    [("1", 200), ("21600", 200), ("0", 400), ("21601", 400), ("", 400), ("-1", 400), ("6e1", 400), ("²", 400),
     ("9" * 5000, 400)],
)  # fmt: skip
def test_a_token_lives_one_second_to_six_hours(text: str, status: int) -> None:
    made = token(**ttl(text))
    assert made.status == status
    if status == 200:
        assert len(made.body) == 56
        assert made.headers[imds.TTL_HEADER] == text
        assert made.hops == 1


def test_token_requests_that_are_refused() -> None:
    assert token().status == 400
    assert token(x_forwarded_for="10.0.0.9", **ttl("60")).status == 403
    assert token(replace(FULL, http_endpoint="disabled"), **ttl("60")).status == 403
    assert token(path="/latest/meta-data/", **ttl("60")).status == 405
    assert token(None, **ttl("60")).status == 404


def test_version_2_and_1_side_by_side() -> None:
    strict = replace(FULL, http_tokens="required")
    good = {imds.TOKEN_HEADER.replace("-", "_"): token(**ttl("60")).body.decode()}
    bad = {imds.TOKEN_HEADER.replace("-", "_"): "nonsense"}
    path = "/latest/meta-data/ami-id"
    assert get(path).status == 200
    assert get(path, **bad).status == 401, "a wrong token is refused in version 1 too"
    assert get(path, strict).status == 401
    assert get(path, strict, **bad).status == 401
    assert get(path, strict, **good).status == 200
    assert get(path, strict, **good).headers == {imds.TTL_HEADER: "60"}
    assert get(path, replace(strict, instance_id="i-0f"), **good).status == 401
    assert get(path, replace(strict, http_endpoint="disabled"), **good).status == 403
    assert get(path, None, **good).status == 404


def test_other_methods_are_refused() -> None:
    for method in ("POST", "DELETE", "PATCH", "OPTIONS", "get"):
        assert answer(FULL, Request(method, "/latest/meta-data/"), KEY, None, NOW).status == 405


@given(st.text(max_size=80), st.integers(1, 21600), st.integers(0, 30000))
def test_tokens_end_when_they_say_and_cannot_be_made_up(junk: str, seconds: int, later: int) -> None:
    made = tokens.make(KEY, "i-0a", seconds, NOW)
    left = tokens.remaining(KEY, "i-0a", made, NOW + later)
    assert left == (seconds - later if later < seconds else None)
    assert tokens.remaining(KEY, "i-0a", junk, NOW) is None
    assert tokens.remaining(b"other", "i-0a", made, NOW) is None
    assert tokens.remaining(KEY, "i-0b", made, NOW) is None


@given(st.binary(max_size=200))
def test_any_head_is_read_or_refused(head: bytes) -> None:
    try:
        request = imds_http.parse(head)
    except InvalidInput:
        return
    assert request.path.startswith("/")
    answer(FULL, request, KEY, None, NOW)


def test_heads_and_answers() -> None:
    request = imds_http.parse(b"GET /a HTTP/1.1\r\nHost: x\r\nX-Two:  a b ")
    assert request == Request("GET", "/a", {"host": "x", "x-two": "a b"}, True)
    assert not imds_http.parse(b"GET /a HTTP/1.0").keep_alive
    assert not imds_http.parse(b"GET /a HTTP/1.1\r\nConnection: Close").keep_alive
    with pytest.raises(InvalidInput):
        imds_http.parse(b"GET /a HTTP/1.1\r\nA: 1\r\na: 2")
    said = imds_http.render(Response(200, b"body"), Request("HEAD", "/"))
    assert said.endswith(b"Content-Length: 4\r\nConnection: keep-alive\r\n\r\n")
    assert b"<title>404 - Not Found</title>" in imds_http.render(Response(404), None)


def test_the_document_is_aws_shaped_and_its_signatures_verify(tmp_path: Path) -> None:
    text = get("/latest/dynamic/instance-identity/document").body
    assert json.loads(text)["pendingTime"] == "2026-11-23T07:30:00Z"
    assert text.startswith(b'{\n  "accountId" : "123456789012",\n  "architecture" : "x86_64",')
    files = {name: tmp_path / name for name in ("document", "signature", "pkcs7", "certificate", "public")}
    files["document"].write_bytes(text)
    files["certificate"].write_text(IDENTITY.certificate_pem)
    files["public"].write_bytes(
        proc.run(["openssl", "x509", "-pubkey", "-noout", "-in", files["certificate"]]).stdout
    )
    raw = proc.run(["base64", "-d"], input=get("/latest/dynamic/instance-identity/signature").body).stdout
    files["signature"].write_bytes(raw)
    verify = ["openssl", "dgst", "-sha256", "-verify", files["public"], "-signature", files["signature"]]
    assert proc.run([*verify, files["document"]]).text == "Verified OK\n"
    for kind in ("pkcs7", "rsa2048"):
        body = get(f"/latest/dynamic/instance-identity/{kind}").body
        files["pkcs7"].write_bytes(b"-----BEGIN PKCS7-----\n" + body + b"\n-----END PKCS7-----\n")
        smime = ["openssl", "smime", "-verify", "-inform", "PEM", "-in", files["pkcs7"], "-noverify"]
        assert proc.run([*smime, "-certfile", files["certificate"]]).stdout == text
    assert get("/latest/dynamic/instance-identity/", BARE).status == 200
    unsigned = answer(FULL, Request("GET", "/latest/dynamic/instance-identity/"), KEY, None, NOW)
    assert unsigned.body == b"document"


def test_an_identity_is_kept_and_a_broken_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "identity.pem"
    made = identity.load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert identity.load_or_create(path).certificate == made.certificate
    path.write_text("nonsense")
    with pytest.raises(Corrupt):
        identity.load_or_create(path)
