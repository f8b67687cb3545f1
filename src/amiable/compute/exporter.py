"""A raw disk of ours becomes a file for other machines: VMDK or VHD.

The disk's content is a tenant's, but as raw it is copied and never parsed: the format is given, not probed.
"""

from pathlib import Path

from amiable.compute import privileges
from amiable.core import proc
from amiable.core.errors import DiskFull, ProgramFailed

FORMATS: dict[str, tuple[str, ...]] = {
    "VMDK": ("-O", "vmdk", "-o", "subformat=streamOptimized"),
    "VHD": ("-O", "vpc", "-o", "subformat=dynamic,force_size=on"),
}
"""EC2's name of a format → qemu-img's words; RAW needs none."""
_MEMORY = 4 << 30
_SECONDS = 24 * 3600


def convert(raw: Path, out: Path, form: str) -> None:
    """Write the disk `raw` to `out` as VMDK or VHD. Raises DiskFull, ProgramFailed."""
    lowered = [*privileges.limits(memory=_MEMORY, cpu_seconds=_SECONDS), *privileges.isolated()]
    words = ["qemu-img", "convert", "-f", "raw", *FORMATS[form], raw.name, out.name]
    try:
        proc.run([*lowered, *words], cwd=raw.parent, timeout=_SECONDS)
    except ProgramFailed as failed:
        if "No space left" in failed.stderr:
            raise DiskFull(f"No room to write {out.name}.") from failed
        raise
