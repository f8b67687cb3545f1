"""Making the machine's networks equal to the wanted ones. The order, and why, is in docs/network.md.

    ensure(vpc)      one VPC: idempotent, cheap when nothing changed, mends whatever was damaged
    remove(vpc_id)   one VPC, with its process and files
    reconcile(vpcs)  ensure each, remove every other of this server: at start
    teardown()       all, and the host's part: at the end

Calls for one VPC take turns; VPCs run side by side. All need root.
"""

import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path

from amiable.compute.net import (
    dhcp,
    dnsmasq,
    flows,
    host_rules,
    links,
    nft,
    plans,
    routing,
    sysctls,
    tables,
)
from amiable.compute.net.inside import NAMESPACES, exists, run_inside
from amiable.compute.net.names import ROUTE_PROTOCOL, bridge, host_table, link_prefix, route_metric, vpc_name
from amiable.compute.net.wanted import HostNetwork, Vpc
from amiable.core import proc
from amiable.core.errors import AmiableError
from amiable.core.log import logger

log = logger(__name__)

HOST_FOLDER = "host"
"""Beside the folders of VPCs, named by their ids: the host's forwarder and the note of its table."""

# By namespace; by token for the host's part. Making a missing lock is one step under the interpreter lock.
_turns: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)


def ensure(vpc: Vpc, host: HostNetwork, folder: Path) -> None:
    """Make the real network equal to the wanted one. `folder` is the parent of all VPCs' folders.

    Raises Conflict (a public address is routed elsewhere), MissingPrerequisite, ProgramFailed.
    """
    with _turns[host.token]:
        _ensure_host(host, folder / HOST_FOLDER)
    name, home = vpc_name(host.token, vpc.id), folder / vpc.id
    with _turns[name]:
        home.mkdir(parents=True, exist_ok=True)
        if not exists(name):
            _make_namespace(name)
        run_inside(name, _set_switches)
        within, outside = run_inside(name, links.state), links.host_state(host)
        if lines := plans.host_link(vpc, host, outside, within):
            links.apply(lines)
            within, outside = run_inside(name, links.state), links.host_state(host)
        sysctls.write(sysctls.of_host(name))
        sysctls.write(sysctls.without_ipv6(name), optional=True)
        run_inside(name, partial(_ensure_inside, vpc, host, home, within))
        _ensure_dhcp(vpc, host, home, name)
        links.apply(plans.public_routes(vpc, host, outside))


def remove(vpc_id: str, host: HostNetwork, folder: Path) -> None:
    """Remove all of a VPC; harmless when there is none. Machines must have let go of their taps."""
    name = vpc_name(host.token, vpc_id)
    with _turns[name]:
        dnsmasq.stop(folder / vpc_id)
        _remove_namespace(name)
        if (folder / vpc_id).exists():
            shutil.rmtree(folder / vpc_id)


def reconcile(vpcs: Iterable[Vpc], host: HostNetwork, folder: Path) -> None:
    """Ensure every VPC and remove every other of this server (known by the token in its name).

    All are tried; then the first failure is raised.
    """
    failures: list[AmiableError] = []
    wanted = list(vpcs)
    for vpc in wanted:
        try:
            ensure(vpc, host, folder)
        except AmiableError as failure:
            log.error("network of %s: %s", vpc.id, failure)
            failures.append(failure)
    _remove_others(wanted, host, folder)
    if failures:
        raise failures[0]


def teardown(host: HostNetwork, folder: Path) -> None:
    """Remove every network of this server and its part of the host. `ip_forward` stays as it is."""
    _remove_others([], host, folder)
    with _turns[host.token]:
        home = folder / HOST_FOLDER
        dnsmasq.stop(home)
        words = ["inet", host_table(host.token)]
        # `table` first: deleting one that is not there would fail
        tables.load(f"table {' '.join(words)}\ndelete table {' '.join(words)}\n")
        metric = route_metric(host.token)
        standing = [
            one for one in links.host_state(host).routes if one.kind == "blackhole" and one.metric == metric
        ]
        links.apply(
            f"route del blackhole {one.target} proto {ROUTE_PROTOCOL} metric {metric}" for one in standing
        )
        if home.exists():
            shutil.rmtree(home)
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()


def _ensure_host(host: HostNetwork, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    sysctls.write({"ipv4/ip_forward": 1})
    script, listed, note = (
        host_rules.script(host),
        ("table", "inet", host_table(host.token)),
        home / "nft.note",
    )
    if not tables.is_loaded(script, listed, note):
        tables.load(script)
        tables.note_loaded(script, listed, note)
    links.apply(plans.blackholes(host, links.host_state(host)))
    dnsmasq.ensure(home, dhcp.forwarder(host, home), {}, None)


def _make_namespace(name: str) -> None:
    # a file that is no namespace, left by a crash or a copied /run
    (NAMESPACES / name).unlink(missing_ok=True)
    proc.run(["ip", "netns", "add", name])


def _set_switches() -> None:
    sysctls.write(sysctls.of_namespace())
    for which in ("all", "default"):
        sysctls.write(sysctls.without_ipv6(which), optional=True)
    sysctls.write(sysctls.past_bridges(), optional=True)


def _ensure_inside(vpc: Vpc, host: HostNetwork, home: Path, found: links.State) -> None:
    links.apply([*plans.bridges(vpc, host, found), *routing.lines(vpc, host, found)])
    for subnet in vpc.subnets:
        strict = all(one.source_dest_check for one in vpc.interfaces_in(subnet))
        sysctls.write(sysctls.of_bridge(bridge(subnet.index), strict=strict))
    script, note = nft.script(vpc, host), home / "nft.note"
    if not tables.is_loaded(script, tables.WHOLE, note):
        tables.load(script)
        sysctls.write(sysctls.of_tracking())
        if count := flows.cut(vpc, host):
            log.info("%s: cut %d flows that its rules no longer allow", vpc.id, count)
        tables.note_loaded(script, tables.WHOLE, note)
    sysctls.write(sysctls.of_tracking())
    links.apply(plans.ports(vpc, found))


def _ensure_dhcp(vpc: Vpc, host: HostNetwork, home: Path, name: str) -> None:
    leases = home / "leases"
    stale = leases.exists() and dhcp.stale_leases(leases.read_text(), vpc)
    files = {"hosts": dhcp.hosts(vpc), "names": dhcp.names(vpc)}
    dnsmasq.ensure(home, dhcp.config(vpc, host, home), files, name, restart=stale)


def _remove_others(wanted: list[Vpc], host: HostNetwork, folder: Path) -> None:
    ids = {vpc.id for vpc in wanted}
    for home in folder.iterdir() if folder.exists() else ():
        if home.name not in ids and home.name != HOST_FOLDER:
            remove(home.name, host, folder)
    names, prefix = {vpc_name(host.token, vpc.id) for vpc in wanted}, link_prefix(host.token)
    standing = {one.name for one in NAMESPACES.glob(f"{prefix}*")} | set(links.host_state(host).links)
    for name in sorted(standing - names):
        if name.startswith(prefix):
            with _turns[name]:
                _remove_namespace(name)


def _remove_namespace(name: str) -> None:
    # The link first: a namespace is taken down in the background, its routes would stay for a moment
    if name in links.state(f"root {IPv4Network('0.0.0.0/32')}").links:
        links.apply([f"link del dev {name}"])
    if exists(name):
        proc.run(["ip", "netns", "del", name])
    else:
        (NAMESPACES / name).unlink(missing_ok=True)
