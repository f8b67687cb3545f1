"""DHCP by a real client, DNS, and the taps that machines get, in real namespaces."""

import os
import select
import signal
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from amiable.compute.net.inside import run_inside
from amiable.compute.net.tap import open_tap
from amiable.core import proc
from amiable.core.errors import Conflict, NotFound
from tests.helpers.netlab import (
    INTERNET,
    WEB,
    Lab,
    ask,
    groups,
    interface,
    ip,
    lab,
    network,
    public_pair,
)


@pytest.fixture
def stage() -> Iterator[Lab]:
    with lab() as made:
        yield made


def lease(stage: Lab, namespace: str) -> dict[str, str]:
    """What a real DHCP client (busybox udhcpc) is given; empty if nothing."""
    answer = stage.folder.parent / f"{namespace}.lease"
    script = stage.folder.parent / "udhcpc.sh"
    script.write_text(f'#!/bin/sh\n[ "$1" = bound ] && env > {answer}\nexit 0\n')
    script.chmod(0o755)
    answer.unlink(missing_ok=True)
    asked = [word for option in ("121", "26", "12", "15") for word in ("-O", option)]
    command = [
        "busybox",
        "udhcpc",
        "-i",
        "eth0",
        "-n",
        "-q",
        "-f",
        "-t",
        "3",
        "-T",
        "1",
        "-s",
        script,
        *asked,
    ]
    run_inside(namespace, lambda: proc.run(command, check=False))
    if not answer.exists():
        return {}
    return dict(line.split("=", 1) for line in answer.read_text().splitlines() if "=" in line)


def test_dhcp_tells_known_machines_all_they_need(stage: Lab) -> None:
    vpc = network(interface(1, WEB), groups=groups(), region="eu-test-1")
    stage.stand_up(vpc, static=False)
    guest = stage.guest(vpc.interfaces[0])
    given = lease(stage, guest)
    assert given["ip"] == "10.0.0.11"
    assert given["mask"] == "24"
    assert given["router"] == "10.0.0.1"
    assert given["dns"] == "10.0.0.2"
    assert given["domain"] == "eu-test-1.compute.internal"
    assert given["hostname"] == "ip-10-0-0-11"
    assert given["mtu"] == "1500"
    assert given["staticroutes"] == "0.0.0.0/0 10.0.0.1 169.254.169.254/32 10.0.0.1"


def test_dhcp_gives_strangers_nothing_and_a_passed_on_address_to_its_new_owner(stage: Lab) -> None:
    first, second = interface(1, WEB), interface(2, WEB)
    vpc = network(first, second, groups=groups())
    stage.stand_up(vpc, static=False)
    old, new = stage.guest(first), stage.guest(second)
    assert lease(stage, old)["ip"] == "10.0.0.11"
    assert lease(stage, new)["ip"] == "10.0.0.12"
    ip(old, "link set eth0 address 02:00:00:00:00:99")
    assert lease(stage, old) == {}
    stage.ensure(replace(vpc, interfaces=(replace(second, private_ip="10.0.0.11", hostname="ip-10-0-0-11"),)))
    assert lease(stage, new)["ip"] == "10.0.0.11"


def offered(namespace: str, hardware: str) -> bool:
    """Whether a discovery in the name of a hardware address is answered with an offer (RFC 2131)."""

    def work() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            udp.bind(("", 68))
            udp.settimeout(1)
            head = struct.pack("!BBBBIHH", 1, 1, 6, 0, 7, 0, 0x8000) + bytes(16)
            message = head + bytes.fromhex(hardware.replace(":", "")) + bytes(10 + 192)
            for _ in range(3):
                udp.sendto(message + b"\x63\x82\x53\x63\x35\x01\x01\xff", ("255.255.255.255", 67))
                try:
                    return udp.recv(1000)[0] == 2
                except TimeoutError:
                    continue
            return False

    return run_inside(namespace, work)


def test_nobody_asks_for_an_address_in_the_name_of_another(stage: Lab) -> None:
    vpc = network(interface(1, WEB), interface(2, WEB), groups=groups())
    stage.stand_up(vpc)
    first, second = vpc.interfaces
    assert offered(stage.guest(first), first.mac)
    assert not offered(stage.guest(second), first.mac)
    assert offered(stage.guest(second), second.mac)


def test_dns_knows_private_names_and_asks_outside_for_the_rest() -> None:
    with lab(resolvers=f"nameserver {INTERNET}\n") as stage:
        _, web, app = public_pair(stage)
        pid = stage.folder.parent / "outside.pid"
        outside = ["dnsmasq", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", f"--pid-file={pid}"]
        outside += [
            "--address=/example.org/203.0.113.80",
            f"--listen-address={INTERNET}",
            "--bind-interfaces",
        ]
        run_inside(stage.internet, lambda: proc.run(outside))
        try:
            for guest in (web, app):
                for server in ("10.0.0.2", "169.254.169.253"):
                    assert ask(guest, server, "ip-10-0-0-12.ec2.internal") == ["10.0.0.12"]
                assert ask(guest, "10.0.0.2", "instance-data.ec2.internal") == ["169.254.169.254"]
                assert ask(guest, "10.0.0.2", "www.example.org") == ["203.0.113.80"]
            assert ask(web, "10.0.0.2", "ip-10-0-0-99.ec2.internal") == []
        finally:
            os.kill(int(pid.read_text()), signal.SIGTERM)


def test_a_tap_is_handed_over_once(stage: Lab) -> None:
    vpc = network(interface(1, WEB), groups=groups())
    stage.ensure(vpc)
    one, inside = vpc.interfaces[0], stage.inside(vpc)
    with pytest.raises(NotFound):
        open_tap(inside, "t77")
    with pytest.raises(NotFound):
        open_tap("amnone", one.tap)
    descriptor = open_tap(inside, one.tap)
    try:
        with pytest.raises(Conflict):
            open_tap(inside, one.tap)
        mac = bytes.fromhex(one.mac.replace(":", ""))
        question = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + socket.inet_aton(one.private_ip)
        frame = b"\xff" * 6 + mac + b"\x08\x06" + question + bytes(6) + socket.inet_aton("10.0.0.1")
        answer = b""
        while not (answer[12:14] == b"\x08\x06" and answer[20:22] == b"\0\2"):
            # 10 bytes of virtio header come first; a port that has just got its carrier drops some frames
            if not select.select([descriptor], [], [], 0.2)[0]:
                os.write(descriptor, bytes(10) + frame)
                continue
            answer = os.read(descriptor, 2000)[10:]
        assert answer[28:32] == socket.inet_aton("10.0.0.1")
    finally:
        os.close(descriptor)
    os.close(open_tap(inside, one.tap))
