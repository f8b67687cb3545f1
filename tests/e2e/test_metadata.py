"""The metadata service from inside guests: real sockets in real namespaces."""

import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from amiable.compute.net import imds, imds_http, metadata
from amiable.compute.net import vpc as real
from amiable.compute.net.inside import run_inside
from amiable.compute.net.metadata import MetadataServer
from amiable.compute.net.tree import InstanceMetadata, InterfaceMetadata
from amiable.compute.net.wanted import Group, Interface, Vpc
from amiable.core import proc
from amiable.core.errors import NotFound
from tests.helpers.netlab import OPEN_OUT, Lab, connect, interface, ip, lab, network

SERVICE = "169.254.169.254"


def instance(vpc: Vpc, one: Interface, **options: object) -> InstanceMetadata:
    """What the instance behind a test interface is told."""
    shown = InterfaceMetadata(
        one.id, one.mac, 0, one.private_ip, one.subnet_id, "10.0.0.0/24", vpc.id, vpc.cidr, one.hostname
    )
    made = InstanceMetadata(
        instance_id=f"i-{vpc.link_index:08x}{one.id[-9:]}",
        image_id="ami-0123456789abcdef0",
        instance_type="t3.micro",
        account_id="123456789012",
        region=vpc.region,
        zone=vpc.region + "a",
        zone_id="use1-az1",
        hostname=one.hostname + ".ec2.internal",
        interfaces=(shown,),
        reservation_id="r-0123456789abcdef0",
        pending_time=datetime(2026, 11, 23, tzinfo=UTC),
    )
    return replace(made, **options)  # type: ignore[arg-type]


class Stage:
    """A lab with two guests and a service that knows what `known` says."""

    def __init__(self, made: Lab) -> None:
        self.lab = made
        self.vpc = network(
            interface(1, "sg-0a"), interface(2, "sg-0a"), groups=(Group("sg-0a", (), OPEN_OUT),)
        )
        made.stand_up(self.vpc)
        self.guests = [made.guest(one) for one in self.vpc.interfaces]
        first = self.vpc.interfaces[0]
        self.known = {(self.vpc.id, first.private_ip): instance(self.vpc, first)}
        self.server = MetadataServer(lambda vpc_id, source: self.known.get((vpc_id, source)), b"k" * 32)
        self.server.serve(self.vpc.id, made.inside(self.vpc))

    def change(self, **options: object) -> None:
        key = (self.vpc.id, self.vpc.interfaces[0].private_ip)
        self.known[key] = replace(self.known[key], **options)  # type: ignore[arg-type]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with lab() as made:
        ready = Stage(made)
        try:
            yield ready
        finally:
            ready.server.close()


def speak(guest: str, text: bytes) -> bytes:
    """All that the service says to these bytes until it closes."""
    with connect(guest, SERVICE, 80) as connection:
        connection.settimeout(15)
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def curl(guest: str, path: str, *options: str) -> tuple[int, str]:
    """Status and body, by a real client."""
    words = ["curl", "-s", "-m", "5", "-w", "\n%{http_code}", *options, f"http://{SERVICE}{path}"]
    body, _, status = run_inside(guest, lambda: proc.run(words)).text.rpartition("\n")
    return int(status), body


def test_each_guest_is_told_about_itself_and_strangers_nothing(stage: Stage) -> None:
    first, second = stage.guests
    assert curl(first, "/latest/meta-data/local-ipv4") == (200, "10.0.0.11")
    assert curl(second, "/latest/meta-data/local-ipv4")[0] == 404
    stage.known[stage.vpc.id, "10.0.0.12"] = instance(stage.vpc, stage.vpc.interfaces[1])
    assert curl(second, "/latest/meta-data/local-ipv4") == (200, "10.0.0.12")


def test_the_same_address_in_two_vpcs_is_two_instances(stage: Stage) -> None:
    one = replace(interface(1, "sg-0a"), tap="t9")
    twin = network(one, groups=stage.vpc.groups, number=1)
    stage.lab.stand_up(twin)
    stage.known[twin.id, "10.0.0.11"] = instance(twin, one)
    stage.server.serve(twin.id, stage.lab.inside(twin))
    ids = [curl(guest, "/latest/meta-data/instance-id") for guest in (stage.guests[0], stage.lab.guest(one))]
    assert ids[0] != ids[1]
    assert {status for status, _ in ids} == {200}


def test_version_2_by_a_real_client(stage: Stage) -> None:
    stage.change(http_tokens="required")
    guest = stage.guests[0]
    assert curl(guest, "/latest/meta-data/instance-id")[0] == 401
    ask = ("-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60")
    status, token = curl(guest, "/latest/api/token", *ask)
    assert status == 200
    assert curl(guest, "/latest/meta-data/ami-id", "-H", f"X-aws-ec2-metadata-token: {token}")[0] == 200
    stage.known[stage.vpc.id, "10.0.0.12"] = replace(
        instance(stage.vpc, stage.vpc.interfaces[1]), http_tokens="required"
    )
    stolen = curl(stage.guests[1], "/latest/meta-data/ami-id", "-H", f"X-aws-ec2-metadata-token: {token}")
    assert stolen[0] == 401, "a token is good for its own instance only"
    assert curl(guest, "/latest/api/token", *ask, "-H", "X-Forwarded-For: 10.0.0.1")[0] == 403


def lives(guest: str, text: bytes) -> set[int]:
    """The IP time to live of the packets that carry an answer."""

    def sniffer() -> socket.socket:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        raw.settimeout(1)
        return raw

    with run_inside(guest, sniffer) as raw:
        speak(guest, text)
        found = set()
        try:
            while True:
                packet = raw.recv(65536)
                head, length = (packet[0] & 15) * 4, struct.unpack("!H", packet[2:4])[0]
                data = packet[head + (packet[head + 12] >> 4) * 4 : length]
                if packet[12:16] == ipaddress.ip_address(SERVICE).packed and data.startswith(b"HTTP/1.1"):
                    found.add(packet[8])
        except TimeoutError:
            return found


def test_only_the_token_has_the_hop_limit(stage: Stage) -> None:
    stage.change(hop_limit=2)
    end = b" HTTP/1.1\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\nConnection: close\r\n\r\n"
    put, get = b"PUT /latest/api/token" + end, b"GET /" + end
    assert lives(stage.guests[0], put) == {2}
    assert lives(stage.guests[0], get) == {64}


def test_one_connection_carries_many_requests(stage: Stage) -> None:
    get = b"GET /latest/meta-data/mac HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /latest/meta-data/mac HTTP/1.1\r\nConnection: close\r\n\r\n"
    said = speak(stage.guests[0], get + get + last)
    assert said.count(b"200 OK") == 3
    assert said.count(stage.vpc.interfaces[0].mac.encode()) == 3


@pytest.mark.parametrize(
    "text",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nnonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"PUT /latest/api/token HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nX: " + b"a" * imds_http.LONGEST_HEAD + b"\r\n\r\n",
    ],
)
def test_nonsense_is_refused_and_the_connection_ended(stage: Stage, text: bytes) -> None:
    assert speak(stage.guests[0], text).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert curl(stage.guests[0], "/latest/meta-data/mac")[0] == 200


def test_one_guest_cannot_take_all_connections(stage: Stage) -> None:
    stage.known[stage.vpc.id, "10.0.0.12"] = instance(stage.vpc, stage.vpc.interfaces[1])
    greedy, other = stage.guests
    held = [connect(greedy, SERVICE, 80) for _ in range(metadata.MOST_PER_SOURCE)]
    for one in held:  # each has been admitted once it has an answer
        one.settimeout(5)
        one.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert one.recv(10) == b"HTTP/1.1 2"
    with connect(greedy, SERVICE, 80) as refused:
        refused.settimeout(5)
        assert refused.recv(10) == b""
    assert curl(other, "/latest/meta-data/local-ipv4") == (200, "10.0.0.12")
    for one in held:
        one.close()


def test_serving_follows_the_namespace(stage: Stage) -> None:
    inside = stage.lab.inside(stage.vpc)
    stage.server.serve(stage.vpc.id, inside)
    assert curl(stage.guests[0], "/")[1].splitlines() == list(imds.VERSIONS)
    real.remove(stage.vpc.id, stage.lab.host, stage.lab.folder)
    with pytest.raises(NotFound):
        stage.server.serve(stage.vpc.id, inside)
    again = replace(interface(3, "sg-0a"))
    vpc = replace(stage.vpc, interfaces=(again,))
    stage.lab.stand_up(vpc)
    stage.known[vpc.id, again.private_ip] = instance(vpc, again)
    stage.server.serve(vpc.id, inside)
    assert curl(stage.lab.guest(again), "/latest/meta-data/mac") == (200, again.mac)
    stage.server.stop(vpc.id)
    with pytest.raises(OSError, match="refused"):
        connect(stage.lab.guest(again), SERVICE, 80)


def test_a_borrowed_address_gets_no_answer(stage: Stage) -> None:
    second = stage.guests[1]
    ip(second, "addr add 10.0.0.11/32 dev eth0")
    with pytest.raises(TimeoutError):
        connect(second, SERVICE, 80, source="10.0.0.11", seconds=1.2)
    assert connect(stage.guests[0], SERVICE, 80, source="10.0.0.11") is not None
