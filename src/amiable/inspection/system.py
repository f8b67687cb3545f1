"""What an image is and does, as its configuration says: release, kernels, services, ports, network, jobs."""

import re
from dataclasses import dataclass
from typing import Any

from amiable.inspection.accounts import sshd
from amiable.inspection.tree import Tree

_ETC_UNITS = "/etc/systemd/system"
_UNITS = (_ETC_UNITS, "/usr/lib/systemd/system", "/lib/systemd/system")
_LISTEN = re.compile(r"^\s*listen\s+(?:\S*:)?(\d+)\b", re.IGNORECASE)
_FIREWALLS = {
    "/etc/nftables.conf": "nftables",
    "/etc/iptables/rules.v4": "iptables",
    "/etc/sysconfig/iptables": "iptables",
    "/etc/ufw/ufw.conf": "ufw",
    "/etc/firewalld/firewalld.conf": "firewalld",
}
_NETWORKS = (
    "/etc/network/interfaces",
    "/etc/network/interfaces.d",
    "/etc/netplan",
    "/etc/systemd/network",
    "/etc/NetworkManager/system-connections",
    "/etc/sysconfig/network-scripts",
)
_CRON = ("/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly")
_SPOOLS = ("/var/spool/cron/crontabs", "/var/spool/cron")


def os_release(tree: Tree) -> dict[str, str]:
    """The pairs of os-release; empty when there is none."""
    text = tree.text("/etc/os-release") or tree.text("/usr/lib/os-release")
    rows = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().strip("\"'") for key, _, value in rows}


def kernels(tree: Tree) -> list[str]:
    """Versions with modules, or with a file in /boot."""
    modules = {node.name for node in tree.folder("/usr/lib/modules") or tree.folder("/lib/modules")}
    boot = {node.name.partition("-")[2] for node in tree.folder("/boot") if node.name.startswith("vmlinuz-")}
    return sorted(modules | boot)


@dataclass(frozen=True, order=True)
class Service:
    """A unit that starts by itself, and what wants it. `own`: its file was written by hand, in /etc."""

    unit: str
    wanted_by: str
    own: bool = False


def services(tree: Tree) -> list[Service]:
    """Units that are enabled by links in /etc, OpenRC's runlevels, or System V's start links."""
    found = set()
    for folder in tree.folder(_ETC_UNITS):
        wanting, dot, kind = folder.name.rpartition(".")
        if dot and kind in ("wants", "requires"):
            for link in tree.folder(f"{_ETC_UNITS}/{folder.name}"):
                unit = tree.get(f"{_ETC_UNITS}/{link.name}", follow=False)
                found.add(Service(link.name, wanting, unit is not None and unit.kind == "file"))
    for runlevel in tree.folder("/etc/runlevels"):
        below = tree.folder(f"/etc/runlevels/{runlevel.name}")
        found |= {Service(node.name, runlevel.name) for node in below}
    systemd = any(tree.get(f"{at}/systemd/systemd") for at in ("/usr/lib", "/lib"))
    for level in () if systemd else ("2", "3", "5"):
        for node in tree.folder(f"/etc/rc{level}.d"):
            if re.match(r"S\d\d", node.name):
                found.add(Service(node.name[3:], "init"))
    return sorted(found)


def ports(tree: Tree) -> list[dict[str, Any]]:
    """Ports that configuration names: SSH, enabled sockets, nginx, Apache. Not what programs choose."""
    found = []
    server = sshd(tree)
    if server.present:
        port = server.get("port")
        found.append((port.value, "sshd", port.file))
    for service in services(tree):
        if service.unit.endswith(".socket"):
            file = next((f"{at}/{service.unit}" for at in _UNITS if tree.get(f"{at}/{service.unit}")), None)
            for _, line in tree.lines(file) if file else ():
                key, _, value = line.partition("=")
                if key.strip() in ("ListenStream", "ListenDatagram"):
                    found.append((value.strip(), service.unit, str(file)))
    for folder, program in (
        ("/etc/nginx/sites-enabled", "nginx"),
        ("/etc/nginx/conf.d", "nginx"),
        ("/etc/apache2", "apache2"),
    ):
        for node in tree.folder(folder):
            config = f"{folder}/{node.name}"
            for _, line in tree.lines(config):
                if match := _LISTEN.match(line.rstrip(";")):
                    found.append((match.group(1), program, config))
    return [{"port": port, "program": program, "file": file} for port, program, file in sorted(set(found))]


def network(tree: Tree) -> dict[str, Any]:
    """Host name, resolvers, files that configure interfaces, and firewalls."""
    resolvers = [line.split() for _, line in tree.lines("/etc/resolv.conf")]
    files = []
    for path in _NETWORKS:
        node = tree.get(path)
        if node is not None:
            files += [path] if node.kind == "file" else [f"{path}/{each.name}" for each in tree.folder(path)]
    return {
        "host_name": tree.text("/etc/hostname").strip(),
        "dns": [words[1] for words in resolvers if words[:1] == ["nameserver"] and len(words) > 1],
        "search": [name for words in resolvers if words[:1] == ["search"] for name in words[1:]],
        "files": files,
        "firewalls": [f"{name} ({path})" for path, name in _FIREWALLS.items() if tree.get(path)],
    }


def jobs(tree: Tree) -> list[dict[str, str]]:
    """What runs by the clock: crontabs and enabled timers. A line is shown up to 200 characters."""
    found = [
        {"where": path, "what": text[:200]}
        for path in (
            "/etc/crontab",
            *(f"{folder}/{node.name}" for folder in _CRON[:1] for node in tree.folder(folder)),
        )
        for _, text in tree.lines(path)
        if re.match(r"[\d*@]", text)
    ]
    found += [
        {"where": f"{folder}/{node.name}", "what": node.name}
        for folder in _CRON[1:]
        for node in tree.folder(folder)
        if node.name != ".placeholder"
    ]
    for folder in _SPOOLS:
        for node in tree.folder(folder):
            if node.kind == "file":
                rows = tree.lines(f"{folder}/{node.name}")
                found += [{"where": f"{folder}/{node.name}", "what": text[:200]} for _, text in rows]
    found += [
        {"where": "systemd", "what": each.unit} for each in services(tree) if each.unit.endswith(".timer")
    ]
    return found


def environment(tree: Tree) -> list[dict[str, str]]:
    """Names of variables that are set for everybody; never values, which may be secrets."""
    found: dict[tuple[str, str], None] = {}
    for path in (
        "/etc/environment",
        *(f"/etc/profile.d/{node.name}" for node in tree.folder("/etc/profile.d")),
    ):
        for _, line in tree.lines(path):
            if match := re.match(r"(?:export\s+)?([A-Za-z_]\w*)=", line):
                found[match.group(1), path] = None
    return [{"name": name, "file": path} for name, path in found]
