"""The tiny image, built once for each version of its sources and shared by all test processes.

Images and the packages they are made of are kept in the checkout, in .cache/, which git ignores.
"""

import fcntl
import hashlib
import time
from pathlib import Path

from amiable.compute import base
from amiable.compute.base import tiny

FOLDER = Path(__file__).parents[2] / ".cache/test-images"
DAY = 24 * 3600


def version() -> str:
    """What the image depends on: every source file that makes it."""
    folder = Path(base.__file__).parent
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            state.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return state.hexdigest()[:16]


def forget(kind: str) -> None:
    """Remove the images of that kind that earlier sources made, once no other run can be using them."""
    for old in FOLDER.glob(f"{kind}-*"):
        if time.time() - old.stat().st_mtime > DAY:
            old.unlink()


def tiny_image() -> Path:
    """The image as a raw file; its kernel and initrd lie beside it (`.vmlinuz`, `.initrd`)."""
    FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    image = FOLDER / f"tiny-{version()}.raw"
    complete = image.with_suffix(".complete")
    with (FOLDER / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            forget("tiny")
            tiny.build_tiny(image, FOLDER / "packages", lambda _text, _fraction: None)
            complete.touch()
    return image
