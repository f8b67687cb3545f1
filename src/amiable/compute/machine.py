"""A machine: start it, ask for its state, press its buttons, stop it. States and orders: docs/machine.md.

    absent ── start ──► running ◄── cont ── paused | blocked
       ▲                   │
       └── the process ended: power button, quit, kill, the guest powered off, crash

The process is the only owner of the state; nothing is remembered here.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from amiable.compute import argv, disk, kvm_device, process, qmp
from amiable.compute import folder as layout
from amiable.compute import spec as specs
from amiable.compute.process import Running
from amiable.compute.spec import MachineSpec
from amiable.core import clock
from amiable.core.errors import Conflict, InvalidInput, MissingPrerequisite, Unavailable

State = Literal["absent", "paused", "running", "blocked", "shutdown", "failed"]

# QEMU's run states (https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#qapidoc-RunState)
_STATES: dict[str, State] = {
    "prelaunch": "paused",
    "paused": "paused",
    "suspended": "paused",
    "running": "running",
    "debug": "running",
    "io-error": "blocked",
    "shutdown": "shutdown",
}
LEGAL: dict[str, frozenset[State]] = {
    "cont": frozenset({"paused", "blocked", "running"}),
    "power_button": frozenset({"running"}),
    "reset": frozenset({"running"}),
    "plug": frozenset({"running", "paused", "blocked"}),
    "open_live": frozenset({"running", "paused", "blocked"}),
}
_PRESS_AGAIN = 10.0
_QUIT = 10.0


def start(spec: MachineSpec, tap_fds: Mapping[str, int], *, paused: bool = False) -> Running:
    """Start the machine, or return the one that runs. `tap_fds`: an open tap for each interface id.

    A machine that runs holds its taps, so they cannot be opened again: then `tap_fds` may be empty.
    The caller closes its taps and the result. Raises Conflict (a disk is in use), NotFound (a disk is
    missing), InvalidInput (a tap is missing), DiskFull, MissingPrerequisite, ProgramFailed with QEMU's
    last words, Unavailable.
    """
    if (running := process.find_answering(spec.directory)) is not None:
        return running
    if missing := {nic.interface_id for nic in spec.nics} - set(tap_fds):
        raise InvalidInput(f"{spec.id} needs a tap for {', '.join(sorted(missing))}.")
    layout.prepare(spec.directory, spec.uid)
    specs.save(spec)
    with _opened(spec, tap_fds) as given:
        groups = kvm_device.groups() if spec.accelerator == "kvm" else ()
        words = argv.command(spec, given, host_cores=os.cpu_count() or 1, paused=paused)
        variables = [] if given.variables is None else [given.variables]
        numbers = [*given.overlays.values(), *given.bases.values(), *given.taps.values(), *variables]
        return process.launch(spec.directory, spec.uid, words, numbers, groups=groups)


@contextmanager
def _opened(spec: MachineSpec, tap_fds: Mapping[str, int]) -> Iterator[argv.Descriptors]:
    """Everything that QEMU gets by descriptor, closed again here: QEMU has its own copies then."""
    opened: list[int] = []

    def grab(path: Path, flags: int) -> int:
        opened.append(disk.descriptor(path, flags))
        return opened[-1]

    try:
        yield argv.Descriptors(
            overlays={item.volume_id: grab(item.path, os.O_RDWR) for item in spec.disks},
            bases={item.volume_id: grab(item.base, os.O_RDONLY) for item in spec.disks if item.base},
            taps={nic.interface_id: tap_fds[nic.interface_id] for nic in spec.nics},
            variables=grab(_variables(spec.directory), os.O_RDWR) if spec.boot_mode == "uefi" else None,
        )
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _variables(directory: Path) -> Path:
    """The machine's own UEFI variables, a copy of the empty ones at first."""
    path = directory / "vars.fd"
    if not path.exists():
        temporary = directory / "vars.new"
        try:
            temporary.write_bytes(Path(argv.UEFI_VARIABLES).read_bytes())
        except FileNotFoundError as missing:
            raise MissingPrerequisite(
                "UEFI firmware is not installed.", "Run: apt-get install ovmf"
            ) from missing
        temporary.replace(path)
    return path


def status(directory: Path) -> State:
    """The state of the machine in that folder. Raises Unavailable when QEMU runs but does not answer."""
    running = process.find(directory)
    if running is None:
        return "absent"
    with running:
        try:
            with qmp.connect(directory) as monitor:
                return state(monitor)
        except Unavailable:
            if process.has_ended(running):
                return "absent"
            raise


def state(monitor: qmp.Monitor) -> State:
    """The state that an open control connection reports."""
    return _STATES.get(monitor.execute("query-status")["status"], "failed")


def require(monitor: qmp.Monitor, verb: str, directory: Path) -> None:
    """Raise Conflict unless `verb` is legal in the present state."""
    if (now := state(monitor)) not in LEGAL[verb]:
        raise Conflict(f"{directory.name} is {now}: {verb} needs {' or '.join(sorted(LEGAL[verb]))}.")


def _press(directory: Path, verb: str, command: str) -> None:
    running = process.find(directory)
    if running is None:
        raise Conflict(f"{directory.name} is absent: {verb} needs {' or '.join(sorted(LEGAL[verb]))}.")
    with running, qmp.connect(directory) as monitor:
        require(monitor, verb, directory)
        monitor.execute(command)


def cont(directory: Path) -> None:
    """Let a paused or blocked machine go on. Raises Conflict, Unavailable."""
    _press(directory, "cont", "cont")


def reset(directory: Path) -> None:
    """The reset button: the guest starts again at its firmware, at once. Raises Conflict, Unavailable."""
    _press(directory, "reset", "system_reset")


def power_button(directory: Path) -> None:
    """Press the power button (ACPI): asks the guest to shut down. Raises Conflict, Unavailable."""
    _press(directory, "power_button", "system_powerdown")


def quit(directory: Path, timeout: float = _QUIT) -> bool:
    """Cut the power, but flush disks and keep bitmaps; whether the process is gone within `timeout` s."""
    running = process.find(directory)
    if running is None:
        return True
    with running:
        _quit(running, timeout)
        return process.wait_exit(running, timeout)


def _quit(running: Running, timeout: float) -> None:
    try:
        with qmp.connect(running.folder, timeout=timeout) as monitor:
            monitor.execute("quit")
    except (Unavailable, Conflict):
        return  # it hung up while it quit, or it hangs: whoever waits for the exit will see


def _can_hear(running: Running) -> bool:
    """Press the power button; whether waiting for the guest makes sense."""
    try:
        with qmp.connect(running.folder) as monitor:
            if (now := state(monitor)) == "running":
                monitor.execute("system_powerdown")
            return now in ("running", "shutdown")
    except Unavailable:
        return process.has_ended(running)  # it went while we asked; if not, it hangs


def kill(directory: Path) -> None:
    """End the process at once, as a power cut does; harmless when none runs."""
    running = process.find(directory)
    if running is not None:
        with running:
            process.kill(running)


def stop(directory: Path, grace: float) -> Literal["absent", "clean", "quit", "killed"]:
    """Stop the machine: power button, after `grace` seconds quit, after 10 s more kill.

    Says how it ended (`absent`: nothing ran). `grace` 0 cuts the power at once.
    """
    running = process.find(directory)
    if running is None:
        return "absent"
    with running:
        deadline = clock.monotonic() + grace
        while (left := deadline - clock.monotonic()) > 0:
            if not _can_hear(running):
                break
            if process.wait_exit(running, min(left, _PRESS_AGAIN)):
                return "clean"
        _quit(running, _QUIT)
        if process.wait_exit(running, _QUIT):
            return "quit"
        process.kill(running)
        return "killed"
