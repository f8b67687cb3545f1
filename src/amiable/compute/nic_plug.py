"""A network interface plugged into a running machine, and pulled again.

    plug:    tap's descriptor → QEMU (SCM_RIGHTS, getfd) ──► netdev_add ──► device_add on a free port
    unplug:  device_del ──► the guest lets go ──► netdev_del      force: netdev_del first, it cuts the wire

The device is what counts: while it is there, the interface is plugged; a netdev without it is the rest of a
plug that was killed.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from amiable.compute import qmp
from amiable.compute.hot_ports import devices, free_port
from amiable.compute.spec import Nic
from amiable.core import clock
from amiable.core.errors import Conflict, NotFound

_ASK_AGAIN = 5.0
_LOOK_SECONDS = 0.2


def plug(directory: Path, nic: Nic, open_descriptor: Callable[[], int], close: Callable[[int], None]) -> None:
    """Let the machine in `directory` have the interface; nothing to do if it has it.

    Raises LimitExceeded (no free port), Conflict (QEMU refuses, or the guest holds a dead device of it),
    Unavailable, NotFound (no machine).
    """
    netdev = f"net-{nic.interface_id}"
    with qmp.connect(directory) as monitor:
        if nic.interface_id in devices(monitor):
            _require_wire(monitor, nic, netdev)
            return
        _drop(monitor, netdev)
        descriptor = open_descriptor()
        try:
            monitor.name_descriptor(descriptor, netdev)
        finally:
            close(descriptor)
        monitor.execute("netdev_add", type="tap", id=netdev, fd=netdev)
        try:
            _add_device(monitor, nic, netdev)
        except Exception:
            _drop(monitor, netdev)
            raise


def _require_wire(monitor: qmp.Monitor, nic: Nic, netdev: str) -> None:
    """A device whose netdev was taken away by force is dead, and its id is taken while the guest holds it."""
    try:
        monitor.execute("set_link", name=netdev, up=True)
    except NotFound as gone:
        raise Conflict(
            f"The guest still holds the former device of {nic.interface_id}; reboot it first."
        ) from gone


def _add_device(monitor: qmp.Monitor, nic: Nic, netdev: str) -> None:
    place = {"id": nic.interface_id, "bus": free_port(monitor)}
    monitor.execute("device_add", driver="virtio-net-pci", **place, netdev=netdev, mac=nic.mac, romfile="")


def unplug(directory: Path, interface_id: str, *, force: bool, within: float) -> None:
    """Take the interface away, within `within` seconds.

    Raises Conflict when the guest does not let go of it in time; with `force` nothing passes by then.
    """
    netdev = f"net-{interface_id}"
    deadline, ask = clock.monotonic() + within, 0.0
    if force:
        with qmp.connect(directory) as monitor:
            _drop(monitor, netdev)
    while True:
        with qmp.connect(directory) as monitor:
            if interface_id not in devices(monitor):
                _drop(monitor, netdev)
                return
            if clock.monotonic() >= ask:
                with suppress(Conflict, NotFound):  # already being unplugged; gone meanwhile
                    monitor.execute("device_del", id=interface_id)
                ask = clock.monotonic() + _ASK_AGAIN
        if clock.monotonic() > deadline:
            raise Conflict(f"The guest does not let go of {interface_id}.")
        clock.sleep(_LOOK_SECONDS)


def _drop(monitor: qmp.Monitor, netdev: str) -> None:
    """Remove a netdev, with QEMU's descriptor of the tap, if it is there."""
    with suppress(Conflict, NotFound):  # QEMU's only reason to refuse is that there is none
        monitor.execute("netdev_del", id=netdev)
