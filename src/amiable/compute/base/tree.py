"""From package lists to a root file system: mmdebstrap, and the overlay of our own files.

mmdebstrap runs in its `unshare` mode: mounts live in a mount namespace that ends with it, so an
interrupted build leaves none on the host. The result is a tar file kept in the work folder under the hash
of its recipe; for a day, making a disk of it again does not download anything.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from amiable.core import clock, proc

ARCHIVE = "http://deb.debian.org"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FILES = Path(__file__).parent / "files"
MAX_AGE = 24 * 3600  # seconds that packages are kept before newer ones are asked for
SCRATCH = ("fetch-", "tree-", "disk-")  # folders that a build makes in its work folder and removes again


@dataclass(frozen=True)
class Recipe:
    """What mmdebstrap is asked for: everything that decides the bytes of the tree."""

    name: str
    release: str
    variant: str  # mmdebstrap's: `minbase` installs, `extract` only unpacks
    packages: tuple[str, ...]
    omit: tuple[str, ...] = ()  # path globs that dpkg leaves out

    def key(self, archive: str) -> str:
        """The name under which the tree is kept."""
        text = json.dumps([asdict(self), archive], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def sources(release: str, archive: str) -> list[str]:
    """apt's lines for a release below an archive's base URL: main, security and updates."""
    signed = f"[signed-by={KEYRING}]"
    return [
        f"deb {signed} {archive}/debian {release} main",
        f"deb {signed} {archive}/debian {release}-updates main",
        f"deb {signed} {archive}/debian-security {release}-security main",
    ]


def mmdebstrap_command(recipe: Recipe, target: Path, archive: str) -> list[str]:
    """The command that makes the recipe's tar file."""
    return [
        "mmdebstrap",
        "--quiet",
        "--mode=unshare",
        "--format=tar",
        f"--variant={recipe.variant}",
        f"--include={','.join(recipe.packages)}",
        '--aptopt=APT::Install-Recommends "0"',
        *(f"--dpkgopt=path-exclude={glob}" for glob in recipe.omit),
        recipe.release,
        str(target),
        *sources(recipe.release, archive),
    ]


@contextmanager
def workshop(work: Path) -> Iterator[None]:
    """Have the work folder alone until the block ends; what a killed build left there is removed first.

    Waits for another build in the same folder.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for prefix in SCRATCH:
            for leftover in work.glob(f"{prefix}*"):
                shutil.rmtree(leftover)
        yield


def fetch(recipe: Recipe, work: Path, mirror: str | None = None) -> Path:
    """The recipe's root file system as a tar file in `work`; made unless there is one of the last day.

    Raises MissingPrerequisite without mmdebstrap, ProgramFailed when packages cannot be had.
    """
    archive = (mirror or ARCHIVE).rstrip("/")
    kept = work / f"{recipe.key(archive)}.tar"
    if kept.exists() and clock.now().timestamp() - kept.stat().st_mtime < MAX_AGE:
        return kept
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=work) as scratch:
        # The root of the tree is made in TMPDIR, and must be reachable by apt's own user.
        Path(scratch).chmod(0o755)
        fresh = Path(scratch) / "tree.tar"
        command = mmdebstrap_command(recipe, fresh, archive)
        proc.run(["env", f"TMPDIR={scratch}", "LC_ALL=C.UTF-8", *command], timeout=3600)
        for old in work.glob(f"{recipe.name}-*.tar"):
            old.unlink()
        os.replace(fresh, kept)
    return kept


@contextmanager
def unpacked(tar: Path, work: Path) -> Iterator[Path]:
    """The tree of a tar file in a folder below `work`, owners and all, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="tree-", dir=work) as scratch:
        tree = Path(scratch) / "root"
        tree.mkdir()
        proc.run(
            ["tar", "--extract", "--file", tar, "--directory", tree, "--numeric-owner", "--xattrs"],
            timeout=600,
        )
        yield tree


def overlay(name: str, tree: Path) -> None:
    """Copy `files/<name>` into the tree; what starts with `#!` becomes executable."""
    source = FILES / name
    for path in sorted(source.rglob("*")):
        target = tree / path.relative_to(source)
        if path.is_dir():
            target.mkdir(mode=0o755, exist_ok=True)
            continue
        shutil.copyfile(path, target)
        target.chmod(0o755 if path.read_bytes().startswith(b"#!") else 0o644)


def installed(tree: Path) -> tuple[str, ...]:
    """Names of the packages that dpkg knows in the tree, sorted."""
    status = (tree / "var/lib/dpkg/status").read_text()
    return tuple(sorted(line[9:] for line in status.splitlines() if line.startswith("Package: ")))
