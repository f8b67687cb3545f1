"""Whether the image can run and be read elsewhere: file systems, fstab, support, services, jobs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from amiable.inspection import system
from amiable.inspection.checks import Check, Found
from amiable.inspection.image import Image

_MARKETPLACE = "AWS Marketplace: AMI-based product requirements"
_VENDORS = "the distributions' own release pages (2026-11)"
# The day that free security updates end: distribution → start of VERSION_ID → day.
_ENDS = {
    "debian": {
        "8": "2020-06-30", "9": "2022-06-30", "10": "2024-06-30", "11": "2026-08-31", "12": "2028-06-30",
        "13": "2030-06-30",
    },
    "ubuntu": {
        "16.04": "2021-04-30", "18.04": "2023-05-31", "20.04": "2025-05-31", "22.04": "2027-06-01",
        "24.04": "2029-05-31",
    },
    "alpine": {
        "3.16": "2024-05-23", "3.17": "2024-11-22", "3.18": "2025-05-09", "3.19": "2025-11-01",
        "3.20": "2026-04-01", "3.21": "2026-11-01", "3.22": "2027-05-01",
    },
    "centos": {"6": "2020-11-30", "7": "2024-06-30", "8": "2024-05-31", "9": "2027-05-31"},
    "rocky": {"8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"},
    "almalinux": {"8": "2029-03-01", "9": "2032-05-31", "10": "2035-05-31"},
    "amzn": {"2018": "2023-12-31", "2023": "2029-06-30", "2": "2026-06-30"},
    "fedora": {
        "38": "2024-05-21", "39": "2024-11-26", "40": "2025-05-13", "41": "2025-12-15", "42": "2026-05-13",
    },
}  # fmt: skip


def _end(release: dict[str, str]) -> tuple[str, str] | None:
    """(name, last day) of a release that is known."""
    version = release.get("VERSION_ID", "")
    for start, day in _ENDS.get(release.get("ID", ""), {}).items():
        if version == start or version.startswith(f"{start}."):
            return release.get("PRETTY_NAME") or f"{release['ID']} {version}", day
    return None


def _support(image: Image) -> Iterator[Found]:
    known = _end(image.release)
    if known is None:
        return
    name, day = known
    left = (datetime.fromisoformat(day).replace(tzinfo=UTC) - image.now).days
    if left < 0:
        yield Found(f"Security updates of {name} ended on {day}.", "/etc/os-release")
    elif left < 180:
        yield Found(f"Security updates of {name} end on {day}.", "/etc/os-release", severity="low")


def _unreadable(image: Image) -> Iterator[Found]:
    for volume in image.tree.volumes:
        if volume.kind == "luks":
            yield Found(f"{volume.name}: {volume.note}", offset=volume.offset)
        elif volume.note:
            yield Found(f"{volume.name}: {volume.note}", offset=volume.offset, severity="medium")
    if "/" not in image.tree.mounts:
        yield Found("No file system that can be read was found.", severity="high")


def _broken(image: Image) -> Iterator[Found]:
    for sentence in image.tree.trouble:
        yield Found(sentence)


def _unclean(image: Image) -> Iterator[Found]:
    for sentence in image.tree.unclean:
        yield Found(sentence)


def _fstab(image: Image) -> Iterator[Found]:
    for line, text in image.tree.lines("/etc/fstab"):
        if re.match(r"/dev/(sd|vd|xvd|hd|nvme)", text):
            yield Found(f"{text.split()[0]} is named as a device.", "/etc/fstab", line)


def _own_services(image: Image) -> Iterator[Found]:
    for service in image.services:
        if service.own:
            yield Found(
                f"{service.unit} starts at boot (wanted by {service.wanted_by}).",
                f"/etc/systemd/system/{service.unit}",
            )


def _jobs(image: Image) -> Iterator[Found]:
    for job in system.jobs(image.tree):
        if job["where"].startswith("/var/spool/cron"):
            yield Found("A person's job runs by the clock.", job["where"])


def _world_writable(image: Image) -> Iterator[Found]:
    for entry in image.below("/etc", "/usr", "/boot", "/opt"):
        if entry.permissions & 0o002:
            yield Found("Anybody on the machine may change it.", entry.path)


ROWS = (
    Check(
        "unreadable",
        "high",
        "A volume cannot be read",
        "What cannot be read cannot be checked, here or by a marketplace.",
        "Make the image without encryption.",
        _MARKETPLACE,
        _unreadable,
    ),
    Check(
        "damaged",
        "medium",
        "Damaged structures",
        "A part of the image could not be read, so this report may miss something.",
        "Run fsck on the machine, and make the image again.",
        "amiable",
        _broken,
    ),
    Check(
        "unclean",
        "low",
        "The file system was in use",
        "It was imaged while it ran: it starts with a recovery, and this report is of a moment before.",
        "Make the image with a reboot, or install qemu-guest-agent.",
        "amiable",
        _unclean,
    ),
    Check(
        "end-of-support",
        "high",
        "The distribution is out of support",
        "Its holes are published and stay open.",
        "Build the image on a supported release.",
        f"{_MARKETPLACE}; {_VENDORS}",
        _support,
    ),
    Check(
        "fstab-device",
        "medium",
        "fstab names devices",
        "Other instance types call their disks otherwise.",
        "Write UUID= or LABEL= instead.",
        _MARKETPLACE,
        _fstab,
    ),
    Check(
        "world-writable",
        "medium",
        "System files that anybody may write",
        "Every user of an instance can become root, or break it.",
        "chmod o-w FILE",
        _MARKETPLACE,
        _world_writable,
    ),
    Check(
        "own-service",
        "info",
        "Services of your own",
        "They start on every instance.",
        "systemctl disable UNIT, for those that should not.",
        _MARKETPLACE,
        _own_services,
    ),
    Check(
        "personal-job",
        "low",
        "Jobs of people",
        "They run on every instance.",
        "crontab -r -u USER",
        _MARKETPLACE,
        _jobs,
    ),
)
