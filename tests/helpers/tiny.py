"""The tiny image, built once for each version of its sources and shared by all test processes."""

import fcntl
import hashlib
import tempfile
from pathlib import Path

from amiable.compute import base
from amiable.compute.base import tiny

FOLDER = Path(tempfile.gettempdir()) / "amiable-test-images"


def version() -> str:
    """What the image depends on: every source file that makes it."""
    folder = Path(base.__file__).parent
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            state.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return state.hexdigest()[:16]


def tiny_image() -> Path:
    """The image as a raw file; its kernel and initrd lie beside it (`.vmlinuz`, `.initrd`)."""
    FOLDER.mkdir(mode=0o755, exist_ok=True)
    image = FOLDER / f"tiny-{version()}.raw"
    complete = image.with_suffix(".complete")
    with (FOLDER / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            with tempfile.TemporaryDirectory(prefix="amiable-tiny-") as work:
                tiny.build_tiny(image, Path(work), lambda _text, _fraction: None)
            complete.touch()
    return image
