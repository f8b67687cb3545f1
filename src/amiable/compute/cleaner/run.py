"""The cleaning machine: kernel and tools of the kit, the image's disks, two serial ports, and nothing else.

It has no network, no agent and no firmware of the image's; it runs as an unprivileged user like every
machine, under limits of memory and time. What it says is a stranger's text: the ports are rings of 64 KiB in
QEMU's memory, read once at the end, and only lines of the forms below count.

    removed NAME FILES KIB     an operation is over
    left DEVICE WHY            a partition that was not touched
    failed REASON              nothing more happens
    done                       everything happened
"""

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from amiable.compute import argv, disk, kvm_device, machine, privileges, process, qmp
from amiable.compute.cleaner.kit import Kit
from amiable.compute.cleaner.operations import NAMES
from amiable.compute.cleaner.script import added
from amiable.compute.spec import Accelerator, Disk
from amiable.core import clock
from amiable.core.errors import Conflict, Unavailable
from amiable.core.log import logger

log = logger(__name__)
SERVICES = "services"
_MEMORY = 4 << 30
_GUEST_MIB = 512
_CPU_SECONDS = 3600
_DEADLINE = 1800.0
_RING = 1 << 16
_POLL = 0.2
_REMOVED = re.compile(r"removed ([a-z-]{1,32}) (\d{1,12}) (\d{1,15})")
_LEFT = re.compile(r"left (vd[a-z]\d{0,3}) ([\x20-\x7e]{1,100})")
_FAILED = re.compile(r"failed ([\x20-\x7e]{1,300})")


@dataclass(frozen=True)
class Removed:
    """What one operation removed: how many files, and bytes (of `free-space`: overwritten)."""

    operation: str
    files: int
    bytes: int


@dataclass(frozen=True)
class Cleaned:
    """What a clean-up did. `left`: partitions that were not touched, and why."""

    removed: tuple[Removed, ...]
    left: tuple[str, ...]


def clean(
    folder: Path,
    kit: Kit,
    disks: Sequence[Disk],
    *,
    uid: int,
    accelerator: Accelerator,
    keep: Sequence[str],
    disable: Sequence[str],
) -> Cleaned:
    """Clean the disks of an image, its root first, which belong to `uid`. `folder` is the machine's own.

    A machine that runs there is ended first: the disks must be fresh. Raises Conflict when the image cannot
    be cleaned, with the reason; NotFound, DiskFull, MissingPrerequisite, ProgramFailed, Unavailable.
    """
    stop(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    initrd = folder / "initrd"
    initrd.write_bytes(_aligned(kit.initrd.read_bytes()) + added(keep, disable))
    initrd.chmod(0o644)
    zero = "" if "free-space" in keep else " zero"
    options = f"console=ttyS0 quiet panic=-1 disks={len(disks)}{zero}"
    with ExitStack() as opened:

        def grab(path: Path, flags: int) -> int:
            number = disk.descriptor(path, flags)
            opened.callback(os.close, number)
            return number

        kernel, ramdisk = grab(kit.kernel, os.O_RDONLY), grab(initrd, os.O_RDONLY)
        numbers, words = [kernel, ramdisk], []
        for item in disks:
            overlay = grab(item.path, os.O_RDWR)
            base = grab(item.base, os.O_RDONLY) if item.base else None
            numbers += [overlay] if base is None else [overlay, base]
            words += argv.overlay(item, overlay, base, read_only=False)
            words += ["-device", f"virtio-blk-pci,drive={item.node}"]
        command = [
            *_machine(accelerator),
            *("-kernel", f"/dev/fd/{kernel}", "-initrd", f"/dev/fd/{ramdisk}", "-append", options),
            *words,
        ]
        bounds = privileges.limits(memory=_MEMORY, cpu_seconds=_CPU_SECONDS)
        groups = kvm_device.groups() if accelerator == "kvm" else ()
        running = process.launch(folder, uid, command, numbers, groups=groups, prefix=bounds)
    try:
        with running:
            said, console = _wait(folder, running)
    finally:
        stop(folder)
    return read_report(said, console, complete={*NAMES} - {*keep})


def stop(folder: Path) -> None:
    """End the machine of that folder; harmless when none runs."""
    machine.kill(folder)


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def _machine(accelerator: Accelerator) -> list[str]:
    return [
        argv.PROGRAM,
        *("-nodefaults", "-no-user-config", "-display", "none", "-sandbox", argv.SANDBOX),
        *("-machine", "q35", "-m", f"size={_GUEST_MIB}M", "-smp", "1"),
        *("-accel", accelerator if accelerator == "kvm" else "tcg,thread=multi"),
        *("-cpu", "host" if accelerator == "kvm" else "qemu64"),
        *("-action", "reboot=shutdown,shutdown=pause"),
        *("-chardev", "socket,id=qmp,path=qmp,server=on,wait=off", "-mon", "chardev=qmp,mode=control"),
        *("-chardev", f"ringbuf,id=console,size={_RING}", "-serial", "chardev:console"),
        *("-chardev", f"ringbuf,id=report,size={_RING}", "-serial", "chardev:report"),
    ]


def _wait(folder: Path, running: process.Running) -> tuple[str, str]:
    """(what the machine reported, its console), once it has powered off."""
    deadline = clock.monotonic() + _DEADLINE
    while clock.monotonic() < deadline:
        if process.wait_exit(running, _POLL):
            raise Unavailable("The cleaning machine ended by itself: see qemu.log in its folder.")
        with qmp.connect(folder) as monitor:
            state = machine.state(monitor)
            if state == "blocked":
                raise Unavailable("The cleaning machine has no room for its disks: make room on the host.")
            if state in ("shutdown", "failed", "paused"):
                read = [
                    monitor.execute("ringbuf-read", device=name, size=_RING) for name in ("report", "console")
                ]
                return str(read[0]), str(read[1])
    raise Conflict(f"The cleaning machine was not done after {_DEADLINE:.0f} s.")


def read_report(said: str, console: str, complete: set[str]) -> Cleaned:
    """What the machine reported, of which nothing is believed but its form. Raises Conflict.

    `complete`: the operations that must be in it.
    """
    removed: dict[str, Removed] = {}
    left = []
    ended = False
    for line in said.splitlines()[:1000]:
        if (found := _FAILED.fullmatch(line.strip())) is not None:
            raise Conflict(f"The image cannot be cleaned: {found[1]}.")
        if (found := _REMOVED.fullmatch(line.strip())) is not None and found[1] in {*NAMES, SERVICES}:
            removed[found[1]] = Removed(found[1], int(found[2]), int(found[3]) * 1024)
        elif (found := _LEFT.fullmatch(line.strip())) is not None:
            left.append(f"{found[1]}: {found[2]}")
        ended = ended or line.strip() == "done"
    if not ended or complete - set(removed):
        last = " / ".join(re.sub(r"[^\x20-\x7e\n]", "", console).strip().splitlines()[-3:])
        log.warning("the cleaning machine stopped half-way; its console ends with: %s", last[-1000:])
        raise Conflict(f"The image cannot be cleaned: the cleaning machine stopped half-way ({last[-300:]}).")
    return Cleaned(tuple(removed.values()), tuple(left[:50]))
