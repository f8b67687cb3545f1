"""A hostile machine with root and ordinary programs, beside another tenant's: nothing it tries succeeds.

Both tenants' default VPCs have the same range, and both machines the same private address. Frames byte by
byte are in test_hostile_frames.py.
"""

import json
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from tests.helpers.guest import Guest, launch
from tests.helpers.server import Server, eventually

SECRET = "the-neighbours-secret"
METADATA = "169.254.169.254"


@pytest.fixture(scope="module")
def neighbour(server: Server, tiny_ami: str) -> Iterator[Guest]:
    guest = launch(server.account("alice"), tiny_ami, 22, UserData=f"#!/bin/sh\n: {SECRET}\n")
    yield guest
    guest.terminate()


@pytest.fixture(scope="module")
def hostile(server: Server, neighbour: Guest, tiny_ami: str) -> Iterator[Guest]:
    options = {"HttpTokens": "required", "HttpEndpoint": "enabled"}
    guest = launch(server.account("mallory"), tiny_ami, 22, MetadataOptions=options)
    neighbour.until_ssh()
    yield guest.until_ssh()
    guest.terminate()


def raw(guest: Guest, request: str) -> str:
    """The metadata service's answer to a request written by hand."""
    # nc must not see the end of its input before the answer has come
    return guest.ssh(f"(printf '{request}'; sleep 2) | timeout 6 nc -w 3 {METADATA} 80 2>&1 || true")


def test_metadata_only_with_a_token_of_its_own(hostile: Guest, neighbour: Guest) -> None:
    assert hostile.facts["PrivateIpAddress"] == neighbour.facts["PrivateIpAddress"]
    plain = "GET /latest/meta-data/instance-id HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
    assert " 401 " in raw(hostile, plain).splitlines()[0]
    assert neighbour.id in raw(neighbour, plain), "the neighbour's needs none"
    assert hostile.ssh("/usr/lib/amiable/imds meta-data/instance-id") == hostile.id
    ask = "PUT /latest/api/token HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n"
    lifetime = "X-aws-ec2-metadata-token-ttl-seconds: 60\\r\\n"
    assert " 200 " in raw(hostile, f"{ask}{lifetime}\\r\\n").splitlines()[0]
    assert " 403 " in raw(hostile, f"{ask}{lifetime}X-Forwarded-For: 172.31.0.4\\r\\n\\r\\n").splitlines()[0]
    # a token of the neighbour's is worth nothing here
    token = raw(neighbour, f"{ask}{lifetime}\\r\\n").splitlines()[-1]
    assert len(token) > 20
    head = "GET /latest/user-data HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n"
    answer = raw(hostile, f"{head}X-aws-ec2-metadata-token: {token}\\r\\n\\r\\n")
    assert " 401 " in answer.splitlines()[0]
    assert SECRET not in answer
    assert SECRET in neighbour.ssh("/usr/lib/amiable/imds user-data")


def test_borrowed_addresses_get_no_answer(hostile: Guest) -> None:
    get = "GET /latest/meta-data/instance-id HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
    assert " 401 " in raw(hostile, get), "by its own address it is heard"
    way = f"ip route replace {METADATA}/32 via 172.31.0.1 dev eth0"
    for borrowed in ("172.31.0.5", "172.31.16.4", "10.0.0.4", "169.254.169.250"):
        hostile.ssh(f"ip addr add {borrowed}/32 dev lo; {way} src {borrowed}")
        assert "HTTP" not in raw(hostile, get), borrowed
        hostile.ssh(f"{way}; ip addr del {borrowed}/32 dev lo")
    assert " 401 " in raw(hostile, get)


def test_another_mac_or_address_cuts_only_itself_off(hostile: Guest, neighbour: Guest) -> None:
    """The machine changes its identity for a few seconds, and tells afterwards what it reached."""
    mine = hostile.facts["NetworkInterfaces"][0]
    script = f"""
try() {{ ping -c 2 -W 2 172.31.0.1 >/dev/null 2>&1 && echo $1 >>/tmp/reached; }}
way() {{ ip route replace default via 172.31.0.1; }}
: >/tmp/reached
sleep 1
ip link set eth0 down; ip link set eth0 address 02:66:66:66:66:66; ip link set eth0 up; way; try mac
ip link set eth0 down; ip link set eth0 address {mine["MacAddress"]}; ip link set eth0 up; way
ip addr del {mine["PrivateIpAddress"]}/20 dev eth0; ip addr add 172.31.0.9/20 dev eth0; way; try address
ip addr del 172.31.0.9/20 dev eth0; ip addr add {mine["PrivateIpAddress"]}/20 dev eth0; way; try own
echo over >>/tmp/reached
"""
    hostile.ssh(f"cat >/tmp/script <<'X'\n{script}\nX")
    hostile.ssh("setsid sh /tmp/script >/tmp/script.log 2>&1 </dev/null &")
    words = "cat /tmp/reached"

    def over() -> bool:
        return "over" in hostile.ssh(words, check=False, timeout=20)

    eventually(over, within=60, every=1, what="its own identity")
    assert hostile.ssh(words).split() == ["own", "over"], hostile.ssh("cat /tmp/script.log")
    assert neighbour.ssh("echo in") == "in"


def own_addresses() -> list[str]:
    """This machine's own addresses, but for the loopback's."""
    text = subprocess.run(["ip", "-j", "-4", "addr"], capture_output=True, text=True, check=True).stdout
    return [
        info["local"] for link in json.loads(text) for info in link["addr_info"] if link["ifname"] != "lo"
    ]


def test_no_port_of_the_host_is_open_to_it(hostile: Guest, server: Server) -> None:
    transit = IPv4Network(server.settings["transit_pool"])
    links = [str(transit.network_address + number) for number in range(32)]
    with socket.create_server(("0.0.0.0", 0)) as listener:
        ports = [listener.getsockname()[1], int(server.settings["listen"].rpartition(":")[2]), 22, 53, 10053]
        inner = ["172.31.0.1", "172.31.0.2", "172.31.16.1", METADATA, "169.254.169.253", "127.0.0.1"]
        targets = [(one, ports[0]) for one in {*own_addresses(), *links, *inner}]
        targets += [(one, port) for one in (*inner[:3], METADATA, *links[:4]) for port in ports[1:]]
        tries = "\n".join(
            f"(nc -w 2 {address} {port} -e /bin/true >/dev/null 2>&1 && echo {address}:{port} >>/tmp/open) &"
            for address, port in targets
        )
        hostile.ssh(f": >/tmp/open; cat >/tmp/tries <<'X'\n{tries}\nwait\nX\nsh /tmp/tries")
        found = set(hostile.ssh("cat /tmp/open").split())
    # the VPC's own resolver answers, by TCP too; port 22 is the guest's own SSH
    assert found <= {"172.31.0.2:53", "127.0.0.1:22"}, found
    assert "172.31.0.2:53" in found, "the tries work"


def test_the_other_tenant_is_reached_only_by_its_rules(hostile: Guest, neighbour: Guest) -> None:
    neighbour.ssh("httpd -p 8080 -h /tmp")
    open_port = "nc -w 3 {} {} -e /bin/true >/dev/null 2>&1 && echo open || echo shut"
    assert hostile.ssh(open_port.format(neighbour.address, 8080)) == "shut"
    assert hostile.ssh(open_port.format(neighbour.address, 22)) == "open"
    assert hostile.ssh(open_port.format(neighbour.facts["PrivateIpAddress"], 8080)) == "shut", (
        "that is itself"
    )


def test_floods_from_a_machine_leave_the_neighbour_alone(hostile: Guest, neighbour: Guest) -> None:
    script = """
end=$(($(date +%s) + 6))
while [ $(date +%s) -lt $end ]; do
  for i in 1 2 3 4 5 6 7 8; do nslookup x$i.dead.example 172.31.0.2 >/dev/null 2>&1 & done
  udhcpc -i eth0 -n -q -t 1 -T 1 -s /bin/true >/dev/null 2>&1 &
  arping -c 20 -w 1 -I eth0 172.31.0.9 >/dev/null 2>&1 &
  wait
done
"""
    hostile.ssh(f"cat >/tmp/flood <<'X'\n{script}\nX\nsetsid sh /tmp/flood >/dev/null 2>&1 </dev/null &")
    for _ in range(3):
        assert neighbour.ssh("nslookup instance-data.ec2.internal 172.31.0.2 >/dev/null && echo yes") == "yes"
        assert neighbour.ssh("/usr/lib/amiable/imds meta-data/instance-id") == neighbour.id
    assert hostile.ssh("/usr/lib/amiable/imds meta-data/instance-id") == hostile.id
