"""The kernel and tools of the cleaning machine, built once for each version of what makes them."""

import fcntl
import hashlib
import shutil
from pathlib import Path

from amiable.compute.cleaner import cpio, kit
from tests.helpers.server import Server
from tests.helpers.tiny import FOLDER, forget


def cleaner_kit() -> kit.Kit:
    """The kit, in the folder of test images."""
    FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    state = hashlib.sha256(Path(kit.__file__).read_bytes() + Path(cpio.__file__).read_bytes())
    stem = FOLDER / f"cleaner-{state.hexdigest()[:16]}"
    built = kit.Kit(stem.with_suffix(".vmlinuz"), stem.with_suffix(".initrd"))
    with (FOLDER / "cleaner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.kernel.exists():
            forget("cleaner")
            kit.build_kit(built, FOLDER / "packages", lambda _text, _fraction: None)
    return built


def give_cleaner(server: Server) -> None:
    """Put the kit where `amiable image build cleaner` puts it."""
    wanted, built = kit.kit_in(server.loaded().data_dir), cleaner_kit()
    wanted.kernel.parent.mkdir(exist_ok=True)
    shutil.copy(built.kernel, wanted.kernel)
    shutil.copy(built.initrd, wanted.initrd)
