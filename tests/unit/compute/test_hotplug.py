"""Volumes of a real QEMU, plugged in and taken away without a guest: the firmware answers no unplug."""

from collections.abc import Iterator

import pytest

from amiable.compute import disk, hotplug, machine, point_in_time, qmp
from amiable.compute.point_record import Marks
from amiable.compute.spec import Disk, MachineSpec
from amiable.core.errors import Conflict, LimitExceeded
from tests.helpers.machines import MIB, Place, place, poke

SIZE = 4 * MIB


@pytest.fixture
def where() -> Iterator[Place]:
    with place() as made:
        yield made


def running(where: Place, *items: Disk) -> MachineSpec:
    """A machine that is on, with nothing to boot."""
    spec = where.idle(*items)
    machine.cont(spec.directory)
    return spec


def names(spec: MachineSpec) -> set[str]:
    """The nodes and descriptors in QEMU that belong to volumes."""
    with qmp.connect(spec.directory) as monitor:
        nodes = {row["node-name"] for row in monitor.execute("query-named-block-nodes", flat=True)}
        sets = {one.get("opaque") for row in monitor.execute("query-fdsets") for one in row["fds"]}
    return {name for name in nodes | sets if name and name.startswith("vol-")}


def test_plug_grow_and_revoke_are_steps(where: Place) -> None:
    spec = running(where)
    (base := where.root / "base.raw").write_bytes(b"\x05" * SIZE)
    item = where.volume(SIZE, base)
    for _ in range(2):
        assert hotplug.plug(spec.directory, item)
    poke(spec, item, "read -P 5 0 64k")
    with qmp.connect(spec.directory) as monitor:
        monitor.execute("block-dirty-bitmap-add", node=item.node, name="snap-1", persistent=True)
    poke(spec, item, "write -P 7 64k 64k")
    for _ in range(2):
        assert hotplug.grow(spec.directory, item, 2 * SIZE)
    poke(spec, item, f"write -P 8 {2 * SIZE - 65536} 64k")
    assert not hotplug.unplug(spec.directory, item), "the guest has not answered"
    assert names(spec) >= {item.node, item.base_node}
    for _ in range(2):
        assert hotplug.revoke(spec.directory, item)
    assert names(spec) == {item.node + "-gone"}
    with pytest.raises(Conflict, match="reboot"):
        hotplug.plug(spec.directory, item)
    about = disk.info(item.path)
    assert (about.size, [row.name for row in about.bitmaps if row.sound]) == (2 * SIZE, ["snap-1"])
    other = where.idle(item)
    poke(other, item, "read -P 7 64k 64k")
    poke(other, item, f"read -P 8 {2 * SIZE - 65536} 64k")


def test_the_snapshot_after_growing_reads_only_what_changed(where: Place) -> None:
    item = where.volume(SIZE)
    spec = running(where, item)
    folder = spec.directory

    def read(name: str, since: str | None) -> tuple[int, list[tuple[int, int]]]:
        point = point_in_time.open_live(folder, name, {item.volume_id: Marks(name, since)}, freeze_seconds=0)
        source = point.volumes[item.volume_id]
        found = source.size, list(source.extents())
        point.close()
        point_in_time.close_live(folder, name)
        return found

    poke(spec, item, "write -P 3 0 64k")
    assert read("snap-1", None) == (SIZE, [(0, 65536)])
    assert hotplug.grow(folder, item, 2 * SIZE)
    poke(spec, item, f"write -P 8 {2 * SIZE - 65536} 64k")
    assert read("snap-2", "snap-1") == (2 * SIZE, [(2 * SIZE - 65536, 65536)])


def test_a_volume_of_the_start_is_revoked_without_a_trace(where: Place) -> None:
    item = where.volume(SIZE)
    spec = running(where, item)
    assert hotplug.revoke(spec.directory, item)
    assert names(spec) == {item.node + "-gone"}
    machine.kill(spec.directory)
    assert hotplug.unplug(spec.directory, item)
    assert not hotplug.plug(spec.directory, item)


def test_a_paused_machine_holds_the_file_until_it_runs(where: Place) -> None:
    item = where.volume(SIZE)
    spec = where.idle(item)
    assert not hotplug.revoke(spec.directory, item)
    assert not hotplug.unplug(spec.directory, item)
    machine.cont(spec.directory)
    assert hotplug.unplug(spec.directory, item)
    assert names(spec) == {item.node + "-gone"}


def test_what_is_in_use_elsewhere_is_not_plugged_and_leaves_nothing(where: Place) -> None:
    item = where.volume(SIZE)
    where.idle(item)
    spec = running(where)
    with pytest.raises(Conflict, match="lock"):
        hotplug.plug(spec.directory, item)
    assert names(spec) == set()


def test_ports_run_out_with_words(where: Place) -> None:
    spec = running(where)
    items: list[Disk] = [where.volume(MIB) for _ in range(17)]
    for item in items[:16]:
        assert hotplug.plug(spec.directory, item)
    with pytest.raises(LimitExceeded, match="hot plug"):
        hotplug.plug(spec.directory, items[16])
    assert items[16].node not in names(spec)


def test_a_volume_grows_without_a_machine_despite_a_broken_bitmap(where: Place) -> None:
    item = where.volume(SIZE)
    spec = where.idle(item)
    with qmp.connect(spec.directory) as monitor:
        monitor.execute("block-dirty-bitmap-add", node=item.node, name="snap-1", persistent=True)
    machine.quit(spec.directory)
    spec = where.idle(item)
    machine.kill(spec.directory)  # the bitmap stays marked as in use
    assert not hotplug.grow(spec.directory, item, 2 * SIZE)
    disk.grow(item.path, 2 * SIZE)
    assert disk.info(item.path).size == 2 * SIZE
