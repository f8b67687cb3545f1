"""Idempotence, repair of all damage, removal without a trace."""

import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

import pytest

from amiable.compute.net import addresses, dnsmasq, links, names
from amiable.compute.net import vpc as real
from amiable.compute.net.inside import NAMESPACES, exists, run_inside
from amiable.compute.net.wanted import HostNetwork, Vpc
from amiable.core import proc
from tests.helpers.netlab import (
    APP,
    INTERNET,
    PUBLIC,
    WEB,
    Lab,
    accept,
    ask,
    blocked,
    groups,
    interface,
    ip,
    lab,
    listen,
    network,
    public_pair,
    seen_from,
    snapshot,
)


@pytest.fixture
def stage() -> Iterator[Lab]:
    with lab() as made:
        yield made


def test_nothing_is_written_when_nothing_changed(stage: Lab) -> None:
    vpc, _, _ = public_pair(stage)
    home = stage.folder / vpc.id
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    pid = dnsmasq.running(home, stage.inside(vpc))
    handle = proc.run(["nft", "-a", "list", "table", "inet", names.host_table(stage.host.token)]).text
    rules = run_inside(stage.inside(vpc), lambda: proc.run(["nft", "-a", "list", "ruleset"]).text)
    stage.ensure(vpc)
    assert {path: path.stat().st_mtime_ns for path in home.iterdir()} == before
    assert dnsmasq.running(home, stage.inside(vpc)) == pid is not None
    assert proc.run(["nft", "-a", "list", "table", "inet", names.host_table(stage.host.token)]).text == handle
    assert run_inside(stage.inside(vpc), lambda: proc.run(["nft", "-a", "list", "ruleset"]).text) == rules


def test_threads_take_turns(stage: Lab) -> None:
    every = [
        network(interface(number, WEB, public=f"198.18.1.{number}"), groups=groups(), number=number)
        for number in (1, 2, 3)
    ]
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(stage.ensure, vpc) for vpc in every * 3]:
            done.result()
    before = [standing(stage, vpc) for vpc in every]
    for vpc in every:
        stage.ensure(vpc)
    assert [standing(stage, vpc) for vpc in every] == before
    assert before[0] != before[1]


DAMAGE = {
    "a rule flushed": (True, "nft flush chain inet amiable to_eni_00000000000000001"),
    "all rules gone": (True, "nft flush ruleset"),
    "an element gone": (True, "nft delete element inet amiable receivers {{ 10.0.0.11 }}"),
    "default route gone": (True, "ip route del default"),
    "bridge down": (True, "ip link set br0 down"),
    "bridge gone": (True, "ip link del br0"),
    "port out of its bridge": (True, "ip link set t1 nomaster"),
    "no isolation": (True, "bridge link set dev t1 isolated off"),
    "service address gone": (True, "ip address del 10.0.0.2/32 dev lo"),
    "forwarding off": (True, "sysctl -qw net.ipv4.ip_forward=0"),
    "host's table gone": (False, "nft delete table inet {table}"),
    "host's link gone": (False, "ip link del {link}"),
    "host's link down": (False, "ip link set {link} down"),
    "public route gone": (False, "ip route del 198.18.0.5"),
    "blackhole gone": (False, "ip route del blackhole 198.19.0.0/16"),
}


def standing(stage: Lab, vpc: Vpc) -> list[object]:
    """Links (without MACs, which new ones draw), routes and rules of the host and of the VPC."""

    def work() -> list[object]:
        state = links.state()
        return [
            {name: replace(link, mac="") for name, link in state.links.items()},
            {route for route in state.routes if route.protocol != "kernel"},
            proc.run(["nft", "-s", "list", "ruleset"]).text.splitlines(),
        ]

    return [*work(), *run_inside(stage.inside(vpc), work)]


def test_damage_by_hand_is_mended(stage: Lab) -> None:
    vpc, web, app = public_pair(stage)
    inside, listener = stage.inside(vpc), listen(web, 8000)
    whole = standing(stage, vpc)
    table = names.host_table(stage.host.token)
    for what, (within, command) in DAMAGE.items():
        words = command.format(table=table, link=inside).split()
        run_inside(inside if within else stage.here, partial(proc.run, words))
        assert standing(stage, vpc) != whole or "forwarding" in what, f"{what}: no damage done"
        real.reconcile([vpc], stage.host, stage.folder)
        assert standing(stage, vpc) == whole, what
        assert seen_from(listener, stage.internet, PUBLIC) == INTERNET, what
        assert seen_from(listener, app, "10.0.0.11") == "10.0.0.12", what


def test_a_killed_dnsmasq_and_a_lost_pid_file_are_mended(stage: Lab) -> None:
    vpc, web, _ = public_pair(stage)
    home = stage.folder / vpc.id
    first = dnsmasq.running(home, stage.inside(vpc))
    assert first is not None
    os.kill(first, signal.SIGKILL)
    stage.ensure(vpc)
    second = dnsmasq.running(home, stage.inside(vpc))
    assert second not in (None, first)
    (home / "dnsmasq.pid").unlink()
    stage.ensure(vpc)
    assert dnsmasq.running(home, stage.inside(vpc)) not in (None, second)
    assert ask(web, "10.0.0.2", "ip-10-0-0-12.ec2.internal") == ["10.0.0.12"]


def ensure_and_die(stage: Lab, vpc: Vpc, calls: int) -> bool:
    """Ensure in a child that is killed when it starts program number `calls + 1`; True if it ended before."""
    child = os.fork()
    if child == 0:
        started = 0

        def count(frame: FrameType, event: str, _: object) -> None:
            nonlocal started
            if event == "call" and frame.f_code is proc.run.__code__:
                started += 1
                if started > calls:
                    os.kill(os.getpid(), signal.SIGKILL)

        threading.setprofile(count)
        sys.setprofile(count)
        stage.ensure(vpc)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return status == 0


def test_a_kill_before_any_program_is_mended(stage: Lab) -> None:
    vpc = network(interface(1, WEB, public=PUBLIC), interface(2, APP), groups=groups())
    stage.ensure(vpc)
    whole = standing(stage, vpc)
    real.teardown(stage.host, stage.folder)
    calls = 0
    while not ensure_and_die(stage, vpc, calls):
        stage.ensure(vpc)
        assert standing(stage, vpc) == whole, f"killed before program {calls + 1}"
        assert dnsmasq.running(stage.folder / vpc.id, stage.inside(vpc)) is not None
        real.teardown(stage.host, stage.folder)
        calls += 1
    assert calls > 10, "that is how many programs a new VPC needs at least"


def test_reconcile_removes_what_is_not_wanted_and_leaves_others_alone(stage: Lab) -> None:
    before = snapshot()
    vpc, _, _ = public_pair(stage)
    other = HostNetwork("198.20.0.0/16", "198.21.0.0/16", "fffff")
    elsewhere = stage.folder.parent / "elsewhere"
    foreign = network(interface(7, WEB, public="198.20.0.7"), groups=groups(), number=7)
    try:
        real.ensure(foreign, other, elsewhere)
        second = network(groups=groups(), number=1)
        real.reconcile([vpc, second], stage.host, stage.folder)
        real.reconcile([second], stage.host, stage.folder)
        assert exists(stage.inside(second))
        assert not exists(stage.inside(vpc))
        assert stage.inside(vpc) not in snapshot()["links"]
        assert not (stage.folder / vpc.id).exists()
        real.teardown(stage.host, stage.folder)
        assert exists(names.vpc_name(other.token, foreign.id))
        assert "198.20.0.7" in snapshot()["routes"]
        assert names.host_table(other.token) in snapshot()["rules"]
        assert dnsmasq.running(elsewhere / foreign.id, names.vpc_name(other.token, foreign.id)) is not None
    finally:
        real.teardown(other, elsewhere)
    after = snapshot()
    assert after == before
    assert not list(NAMESPACES.glob("amfffff-*"))


def test_a_stray_namespace_without_files_is_removed(stage: Lab) -> None:
    vpc, _, _ = public_pair(stage)
    pid = dnsmasq.running(stage.folder / vpc.id, stage.inside(vpc))
    assert pid is not None
    (stage.folder / vpc.id / "dnsmasq.pid").unlink()
    real.remove(vpc.id, stage.host, stage.folder)
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()
    name = names.vpc_name(stage.host.token, "vpc-0123")
    (NAMESPACES / name).touch()
    real.reconcile([], stage.host, stage.folder)
    assert not (NAMESPACES / name).exists()
    real.remove(vpc.id, stage.host, stage.folder)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory that the user dnsmasq can enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="netlab-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_on_the_machine_itself(data_dir: Path) -> None:
    """The one test in the real host's own namespace: its own pools, its own token, nothing left."""
    token = names.token(data_dir)
    number = int(token, 16) % 250
    host = HostNetwork(f"198.18.{number}.0/24", f"198.19.{number}.0/24", token)
    folder, public = data_dir / "networks", f"198.18.{number}.5"
    vpc = network(interface(1, WEB, public=public), groups=groups())
    inside, guest = names.vpc_name(token, vpc.id), f"lab{token}-guest"
    try:
        real.ensure(replace(vpc, interfaces=()), host, folder)
        proc.run(["ip", "netns", "add", guest])
        veth = ["ip", "link", "add", "t1", "netns", inside, "type", "veth", "peer", "name", "eth0"]
        proc.run([*veth, "address", vpc.interfaces[0].mac, "netns", guest])
        ip(
            guest,
            "link set lo up",
            "link set eth0 up",
            "addr add 10.0.0.11/24 dev eth0",
            "route add default via 10.0.0.1",
        )
        real.ensure(vpc, host, folder)
        listener = listen(guest, 8000)
        with socket.create_connection((public, 8000), timeout=5):
            assert accept(listener)[1] == addresses.transit(host.transit_pool, 0).host
        ours = socket.create_server(("0.0.0.0", 0))
        assert blocked(guest, f"198.19.{number}.0", ours.getsockname()[1])
        ours.close()
    finally:
        real.teardown(host, folder)
        if exists(guest):
            proc.run(["ip", "netns", "del", guest])
    for text in snapshot().values():
        assert token not in text
        assert host.public_pool not in text
    assert not list(NAMESPACES.glob(f"am{token}-*"))
