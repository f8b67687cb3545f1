"""The search of all blocks for secrets, whoever they belong to: files, free space, the journal, nobody.

Blocks of zeros are not stored and not searched. A hit is told apart by where it lies: in a file that
distributions ship it is none; in a file whose text search has named it, it is known; else it is a finding.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice
from typing import Any

from amiable.core.errors import Corrupt
from amiable.inspection import secrets
from amiable.inspection.checks import Found, finding
from amiable.inspection.hygiene.credentials import DELETED, IN_FILE, SHIPPED
from amiable.inspection.image import Image
from amiable.inspection.window import Disk

Owner = tuple[int, int, str, int]
"""Start and end on the disk, path, offset in the file."""


def deleted_secrets(
    image: Image, disks: Sequence[Disk], ranges: Sequence[Sequence[tuple[int, int]]]
) -> list[dict[str, Any]]:
    """Findings in the (offset, length) `ranges` of each disk that hold something."""
    found = []
    for number, (disk, parts) in enumerate(zip(disks, ranges, strict=True)):
        hits = list(islice(secrets.in_blocks(disk, parts), secrets.MOST))
        if not hits:
            continue
        owners, complete = _owners(image, number)
        starts = [owner[0] for owner in owners]
        named = {path for path, _ in image.hits}
        for hit in hits:
            index = bisect_right(starts, hit.offset) - 1
            owner = owners[index] if index >= 0 and hit.offset < owners[index][1] else None
            where = f"disk {number}" if number else "the disk"
            if owner is None and complete:
                detail = f"Looks like: {hit.kind}, in free space, the journal or metadata of {where}."
                found.append(finding(DELETED, Found(detail, offset=hit.offset)))
            elif owner is None:
                detail = f"Looks like: {hit.kind}; on {where}, in a volume whose files cannot be told."
                found.append(finding(IN_FILE, Found(detail, offset=hit.offset)))
            elif owner[2] not in named and not owner[2].startswith(SHIPPED):
                _, _, path, within = owner
                beyond = within + hit.offset - owner[0] >= image.entries[path].size
                check = DELETED if beyond else IN_FILE
                after = " after its end (in the rest of its last block)" if beyond else ""
                found.append(
                    finding(check, Found(f"Looks like: {hit.kind}{after}.", path, offset=hit.offset))
                )
    return found


def _owners(image: Image, number: int) -> tuple[list[Owner], bool]:
    """The extents of every file on a disk, by place; whether all its volumes could be told."""
    found: list[Owner] = []
    for path, node in image.tree.walk():
        volume = node.system.volume
        if node.kind not in ("file", "directory") or volume.disk != number or volume.offset is None:
            continue
        try:
            for within, offset, length in node.extents():
                start = volume.offset + offset
                found.append((start, start + length, path, within))
        except Corrupt as broken:
            image.tree.note(f"{broken}.")
    complete = not any(
        volume.disk == number and (volume.kind in ("lvm2", "raid", "unknown") or volume.note)
        for volume in image.tree.volumes
    )
    return sorted(found), complete
