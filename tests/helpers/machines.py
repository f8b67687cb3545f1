"""Real machines for tests: a place for folders, volumes and processes that is empty again afterwards.

`Place` makes specifications and volumes; machines in it are killed at its end. `poke` writes to a volume of a
running QEMU without any guest, through the device that the guest would use. `shell` runs a command in a
guest that has an agent (the tiny image).
"""

import base64
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amiable.compute import console, disk, machine, qmp
from amiable.compute.agent import Agent
from amiable.compute.spec import Disk, MachineSpec
from amiable.core import ids

MIB = 1 << 20
UID = 760000 + os.getpid() % 30000  # tests run side by side: each process has a user id of its own


class Place:
    """A folder with `volumes/` and `instances/`, as below the data directory: 0700, root's."""

    def __init__(self, root: Path) -> None:
        root.chmod(0o700)
        self.root = root
        self.folders: list[Path] = []

    def volume(self, size: int, base: Path | None = None, boot_index: int | None = None) -> Disk:
        """A fresh volume."""
        volume_id = ids.new_id("vol")
        path = self.root / "volumes" / volume_id / "disk.qcow2"
        disk.create_overlay(path, base, size, UID)
        return Disk(volume_id, path, base, boot_index)

    def spec(self, *disks: Disk, **more: object) -> MachineSpec:
        """A machine with these disks."""
        instance_id = ids.new_id("i")
        values = {"vcpus": 2, "memory_mib": 192, "instance_type": "t3.nano", **more}
        directory = self.root / "instances" / instance_id
        self.folders.append(directory)
        return MachineSpec(id=instance_id, directory=directory, uid=UID, disks=disks, **values)  # type: ignore[arg-type]

    def idle(self, *disks: Disk) -> MachineSpec:
        """A machine that has been started paused: QEMU with its disks, but no guest that writes to them."""
        spec = self.spec(*disks, memory_mib=16)
        machine.start(spec, {}, paused=True).close()
        return spec


@contextmanager
def place() -> Iterator[Place]:
    """A place; whatever still runs in it at the end is killed."""
    with tempfile.TemporaryDirectory(prefix="amiable-machines-") as folder:
        made = Place(Path(folder))
        try:
            yield made
        finally:
            for directory in made.folders:
                machine.kill(directory)


def poke(spec: MachineSpec, item: Disk, command: str) -> None:
    """A qemu-io command (`write -P 7 0 64k`, `discard 0 64k`, `write -z 0 64k`) as if the guest did it."""
    with qmp.connect(spec.directory) as monitor:
        device = f"/machine/peripheral/disk-{item.volume_id}/virtio-backend"
        said = monitor.execute("human-monitor-command", command_line=f'qemu-io -d {device} "{command}"')
    assert said == "", said  # qemu-io's own words go to QEMU's output, errors come here


def wait_for(spec: MachineSpec, words: bytes, seconds: float = 120) -> None:
    """Wait until the console says `words`."""
    end = time.monotonic() + seconds
    while words not in console.tail(spec.directory):
        assert time.monotonic() < end, console.tail(spec.directory, 2000).decode(errors="replace")
        time.sleep(0.1)


def shell(directory: Path, command: str, seconds: float = 60) -> str:
    """Run a shell command in the guest; what it printed. Fails when its status is not 0."""
    with Agent(directory, seconds) as agent:
        started = agent.execute("guest-exec", path="/bin/sh", arg=["-c", command], capture_output=True)
        while not (done := agent.execute("guest-exec-status", pid=started["pid"]))["exited"]:
            time.sleep(0.05)
    output = base64.b64decode(done.get("out-data", "")) + base64.b64decode(done.get("err-data", ""))
    assert done["exitcode"] == 0, output
    return output.decode()
