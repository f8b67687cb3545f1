"""Network interfaces of a real QEMU, plugged in without a guest: the firmware answers no unplug."""

import os
import secrets
from collections.abc import Iterator

import pytest

from amiable.compute import machine, nic_plug
from amiable.compute.net.tap import open_tap
from amiable.compute.spec import Nic
from amiable.core import proc
from amiable.core.errors import Conflict
from tests.helpers.machines import Place, place


@pytest.fixture
def where() -> Iterator[Place]:
    with place() as made:
        yield made


@pytest.fixture
def namespace() -> Iterator[str]:
    """A namespace with a tap `t1`."""
    name = f"nictest-{secrets.token_hex(3)}"
    proc.run(["ip", "netns", "add", name])
    try:
        proc.run(["ip", "-n", name, "tuntap", "add", "dev", "t1", "mode", "tap", "vnet_hdr"])
        yield name
    finally:
        proc.run(["ip", "netns", "del", name])


def test_plug_is_a_step_and_force_cuts_the_wire(where: Place, namespace: str) -> None:
    spec = where.idle()
    machine.cont(spec.directory)
    nic = Nic("eni-0123456789abcdef0", "02:00:00:00:00:01", namespace, "t1")

    def plug() -> None:
        nic_plug.plug(spec.directory, nic, lambda: open_tap(namespace, "t1"), os.close)

    for _ in range(2):
        plug()
    with pytest.raises(Conflict, match="holds the tap"):
        open_tap(namespace, "t1")
    with pytest.raises(Conflict, match="does not let go"):
        nic_plug.unplug(spec.directory, nic.interface_id, force=False, within=0.5)
    plug()
    with pytest.raises(Conflict, match="does not let go"):
        nic_plug.unplug(spec.directory, nic.interface_id, force=True, within=0.5)
    os.close(open_tap(namespace, "t1"))  # QEMU has let go of the tap
    with pytest.raises(Conflict, match="reboot it first"):
        plug()
