"""What must be different on every instance: ids, seeds, names, and cloud-init, which makes them."""

import re
from collections.abc import Iterator

from amiable.inspection.checks import Check, Found
from amiable.inspection.image import Image

_SANITISE = "EC2 Image Builder: required clean-up after builds"
_MACHINE_ID = "machine-id(5); kubernetes-sigs/image-builder#2164"
_PLAIN_NAMES = {"", "localhost", "localhost.localdomain", "debian", "ubuntu", "alpine", "fedora", "rocky"}


def _machine_id(image: Image) -> Iterator[Found]:
    path = "/etc/machine-id"
    if image.file(path) and image.tree.text(path).strip() != "uninitialized":
        yield Found("It is set: every instance would have the same.", path)
    elif path not in image.entries and any(service.unit.endswith(".service") for service in image.services):
        yield Found("It is missing: with a read-only /etc systemd does not boot. It must be empty.", path)
    if image.file("/var/lib/dbus/machine-id"):
        yield Found("D-Bus has its own: make it a link to /etc/machine-id.", "/var/lib/dbus/machine-id")


def _cloud_state(image: Image) -> Iterator[Found]:
    for path in ("/var/lib/cloud/instance", "/var/lib/cloud/data/instance-id"):
        if path in image.entries:
            yield Found("cloud-init remembers the builder's instance.", path)
    for entry in image.entries.values():
        if re.fullmatch(r"/var/lib/cloud/instances/[^/]+", entry.path):
            yield Found("cloud-init remembers the builder's instance.", entry.path)


def _cloud_missing(image: Image) -> Iterator[Found]:
    known = (
        "/usr/bin/cloud-init",
        "/usr/sbin/tiny-cloud",
        "/sbin/tiny-cloud",
        "/usr/bin/afterburn",
        "/usr/bin/ignition",
    )
    if image.release and not any(image.tree.get(path) for path in known):
        yield Found("No cloud-init or the like: nothing puts the key pair of the launch in place.")


def _cloud_pinned(image: Image) -> Iterator[Found]:
    if "/etc/cloud" not in image.entries:
        return
    for node in (
        "/etc/cloud/cloud.cfg",
        *(f"/etc/cloud/cloud.cfg.d/{each.name}" for each in image.tree.folder("/etc/cloud/cloud.cfg.d")),
    ):
        for line, text in image.tree.lines(node):
            match = re.match(r"datasource_list:\s*\[(.*)\]", text)
            if match and "ec2" not in match.group(1).lower():
                yield Found(f"cloud-init looks for {match.group(1).strip()} only, not for Ec2.", node, line)


def _seeds(image: Image) -> Iterator[Found]:
    for path in (
        "/var/lib/systemd/random-seed",
        "/var/lib/urandom/random-seed",
        "/var/lib/seedrng/seed.credit",
    ):
        if image.file(path):
            yield Found("Instances would begin with the same random numbers.", path)
    for entry in image.entries.values():
        if entry.path.endswith("/loader/random-seed"):
            yield Found("Instances would begin with the same random numbers.", entry.path)
    if image.file("/var/lib/systemd/credential.secret"):
        yield Found(
            "The key of systemd's credentials.", "/var/lib/systemd/credential.secret", severity="high"
        )


def _host_name(image: Image) -> Iterator[Found]:
    name = image.tree.text("/etc/hostname").strip()
    if name.lower() not in _PLAIN_NAMES and name != image.release.get("ID"):
        yield Found(f"The host is called {name[:64]!r}.", "/etc/hostname", 1)


def _network(image: Image) -> Iterator[Found]:
    resolver = image.file("/etc/resolv.conf")  # a link is made anew at boot
    for line, text in image.tree.lines("/etc/resolv.conf") if resolver else ():
        words = text.split()
        if words[0] in ("nameserver", "search", "domain") and not words[-1].startswith(("127.", "::1")):
            yield Found(f"{words[0]} {' '.join(words[1:])[:64]} is written down.", "/etc/resolv.conf", line)
    for line, text in image.tree.lines("/etc/hosts"):
        if not text.startswith(("127.", "::1", "fe00::", "ff00::", "ff02::")):
            yield Found("A name of the builder's network.", "/etc/hosts", line)


def _hardware(image: Image) -> Iterator[Found]:
    rows = {
        "/etc/hostid": "The builder's host id.",
        "/etc/lvm/devices/system.devices": "LVM would use the builder's disks only.",
        "/etc/udev/rules.d/70-persistent-net.rules": "Names of network cards by the builder's MAC addresses.",
    }
    for path, detail in rows.items():
        if image.file(path):
            yield Found(detail, path)
    for line, text in image.tree.lines("/etc/iscsi/initiatorname.iscsi"):
        if text.startswith("InitiatorName=") and "GenerateName" not in text:
            yield Found("Instances would have the same iSCSI name.", "/etc/iscsi/initiatorname.iscsi", line)
    for entry in image.below("/etc/NetworkManager/system-connections"):
        for line, text in image.tree.lines(entry.path):
            if re.match(r"(mac-address|psk|password|wep-key\d|secret)\s*=\s*\S", text):
                yield Found(f"It has {text.partition('=')[0].strip()}.", entry.path, line)


ROWS = (
    Check(
        "machine-id",
        "medium",
        "The machine id is not an empty file",
        "Instances with the same id get the same DHCP leases and journals.",
        "truncate -s 0 /etc/machine-id (never delete it)",
        _MACHINE_ID,
        _machine_id,
    ),
    Check(
        "cloud-init-state",
        "low",
        "State of cloud-init",
        "cloud-init compares instance ids and starts anew, but user data of the builder stays readable.",
        "cloud-init clean --logs",
        _SANITISE,
        _cloud_state,
    ),
    Check(
        "cloud-init-missing",
        "low",
        "Nothing sets instances up",
        "The key pair, the host name and user data come through cloud-init or the like.",
        "Install cloud-init.",
        "AWS Marketplace: AMI-based product requirements",
        _cloud_missing,
    ),
    Check(
        "cloud-init-pinned",
        "medium",
        "cloud-init is tied to another cloud",
        "It will not find the metadata of EC2.",
        "Name Ec2 in datasource_list, or remove the line.",
        "cloud-init: datasources",
        _cloud_pinned,
    ),
    Check(
        "random-seed",
        "medium",
        "Secrets that must be made on each machine",
        "What is alike on all instances is no secret.",
        "Delete them: they are made at first boot.",
        _SANITISE,
        _seeds,
    ),
    Check(
        "host-name",
        "low",
        "The builder's host name",
        "It shows up in logs and certificates of every instance.",
        "Empty /etc/hostname, or localhost.",
        _SANITISE,
        _host_name,
    ),
    Check(
        "builder-network",
        "low",
        "Names and resolvers of the builder's network",
        "They do not answer elsewhere, or somebody else does.",
        "Empty /etc/resolv.conf, and leave only localhost in /etc/hosts.",
        _SANITISE,
        _network,
    ),
    Check(
        "hardware",
        "medium",
        "Identities of the builder's hardware",
        "Instances have other disks and network cards.",
        "Delete the files.",
        _SANITISE,
        _hardware,
    ),
)
