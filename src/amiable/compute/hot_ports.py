"""What a running machine has plugged in, and where there is room for more: asked of QEMU every time."""

from amiable.compute import argv, qmp
from amiable.core.errors import LimitExceeded


def devices(monitor: qmp.Monitor) -> set[str]:
    """The ids of the machine's devices; those that the guest has not let go yet are among them."""
    return {row["name"] for row in monitor.execute("qom-list", path="/machine/peripheral")}


def free_port(monitor: qmp.Monitor) -> str:
    """A port for hot plug that holds no device. Raises LimitExceeded."""
    bridges = {
        row["qdev_id"]: row["pci_bridge"].get("devices", [])
        for bus in monitor.execute("query-pci")
        for row in bus["devices"]
        if "pci_bridge" in row
    }
    for index in range(argv.HOT_PLUG_PORTS):
        if not bridges.get(argv.port(index), [None]):
            return argv.port(index)
    raise LimitExceeded("All ports for hot plug are taken; stop and start the instance to free them.")
