"""The report of an image: what it is, what is in it, and what should not be."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from amiable.inspection import accounts, checks, system
from amiable.inspection.blocks import deleted_secrets
from amiable.inspection.hygiene import CHECKS
from amiable.inspection.image import Image
from amiable.inspection.secrets import redacted
from amiable.inspection.severities import SEVERITIES
from amiable.inspection.tree import Tree, tree
from amiable.inspection.version import VERSION
from amiable.inspection.window import Disk


def report(
    disks: Sequence[Disk], now: datetime, ranges: Sequence[Sequence[tuple[int, int]]] | None
) -> dict[str, Any]:
    """All that docs/inspection.md names. `ranges`: what of each disk holds data, if it is to be searched."""
    image = Image(tree(disks), now)
    facts = described(image)
    findings = checks.run(CHECKS, image)
    if ranges is not None:
        findings += deleted_secrets(image, disks, ranges)
    findings.sort(key=lambda row: -SEVERITIES.index(row["severity"]))
    return {
        "version": VERSION,
        "searched_blocks": ranges is not None,
        **facts,
        "findings": findings,
        "checks": [check.shape() for check in CHECKS],
        "trouble": image.tree.trouble,
    }


def described(image: Image) -> dict[str, Any]:
    """What the image is and has, without judgement."""
    kinds = Counter(entry.kind for entry in image.entries.values())
    return {
        "os": {
            "id": image.release.get("ID", ""),
            "version": image.release.get("VERSION_ID", ""),
            "name": image.release.get("PRETTY_NAME", ""),
        },
        "volumes": volumes(image.tree),
        "kernels": system.kernels(image.tree),
        "packages": [package.shape() for package in image.packages],
        "users": [asdict(user) for user in image.users],
        "groups": [asdict(group) for group in accounts.groups(image.tree)],
        "services": [asdict(service) for service in image.services],
        "ports": system.ports(image.tree),
        "network": system.network(image.tree),
        "jobs": [{**job, "what": redacted(job["what"])} for job in system.jobs(image.tree)],
        "environment": system.environment(image.tree),
        "authorized_keys": [
            {"file": path, "keys": keys} for path, keys in accounts.authorized_keys(image.tree)
        ],
        "files": {
            "files": kinds["file"],
            "directories": kinds["directory"],
            "links": kinds["link"],
            "bytes": sum(entry.size for entry in image.entries.values() if entry.kind == "file"),
        },
    }


def volumes(made: Tree) -> list[dict[str, Any]]:
    """Every volume, and where it is mounted."""
    places = {
        system.volume.name: path for path, system in reversed(made.mounts.items()) if path not in made.beside
    }
    names = ("name", "disk", "offset", "size", "kind", "uuid", "label", "note")
    return [
        {name: getattr(volume, name) for name in names} | {"mounted": places.get(volume.name, "")}
        for volume in made.volumes
    ]
