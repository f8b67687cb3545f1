"""The base image debian-12, built once for each version of its sources and shared by all test processes."""

import fcntl
from pathlib import Path

from amiable.compute.base import debian
from tests.helpers.tiny import FOLDER, forget, version


def debian_image() -> Path:
    """The image as a raw file."""
    FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    image = FOLDER / f"debian-{version()}.raw"
    complete = image.with_suffix(".complete")
    with (FOLDER / "debian.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            forget("debian")
            debian.build_debian(image, FOLDER / "packages", progress=lambda _text, _fraction: None)
            complete.touch()
    return image
