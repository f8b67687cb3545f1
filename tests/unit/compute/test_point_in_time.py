"""Points in time of a real QEMU's disks, written to through the guest's own device but without a guest.

The reference is a plain bytearray that sees the same writes.
"""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiable.compute import disk, folder, machine, point_in_time, point_record, process, qmp, stopped
from amiable.compute.point_in_time import Marks, PointInTime
from amiable.compute.source import VolumeSource
from amiable.compute.spec import Disk, MachineSpec
from amiable.core.errors import Conflict, NotFound
from tests.helpers.machines import MIB, UID, Place, place, poke

SIZE = 4 * MIB
STEP = 64 * 1024
BASE = bytes((7 * (index // 512) + 1) % 251 for index in range(0, SIZE, 512) for _ in range(512))


@dataclass
class Lab:
    """A machine with one volume on a base image, and what the volume must contain."""

    where: Place
    spec: MachineSpec
    volume: Disk
    content: bytearray = field(default_factory=lambda: bytearray(BASE))

    def write(self, offset: int, length: int, value: int) -> None:
        poke(self.spec, self.volume, f"write -P {value} {offset} {length}")
        self.content[offset : offset + length] = bytes([value]) * length

    def zero(self, offset: int, length: int) -> None:
        poke(self.spec, self.volume, f"write -z {offset} {length}")
        self.content[offset : offset + length] = bytes(length)

    def discard(self, offset: int, length: int) -> None:
        """Whole clusters, so that they read as zeros afterwards."""
        poke(self.spec, self.volume, f"discard {offset} {length}")
        self.content[offset : offset + length] = bytes(length)

    def open(self, name: str, since: str | None = None) -> PointInTime:
        marks = {self.volume.volume_id: Marks(name, since)}
        return point_in_time.open_live(self.spec.directory, name, marks)

    def source(self, name: str, since: str | None = None) -> VolumeSource:
        return self.open(name, since).volumes[self.volume.volume_id]

    def close(self, name: str, keep: bool = True) -> None:
        point_in_time.close_live(self.spec.directory, name, keep=keep)

    def bitmaps(self) -> set[str]:
        with qmp.connect(self.spec.directory) as monitor:
            rows = monitor.execute("query-named-block-nodes", flat=True)
        (node,) = [row for row in rows if row["node-name"] == self.volume.node]
        return {row["name"] for row in node.get("dirty-bitmaps", []) if "name" in row}

    def restart(self) -> None:
        machine.start(self.spec, {}, paused=True).close()


def applied(parent: bytes, source: VolumeSource) -> bytes:
    """The parent with what the source says must be read."""
    whole = bytearray(parent)
    for offset, length in source.extents():
        whole[offset : offset + length] = source.read(offset, length)
    return bytes(whole)


def everything(source: VolumeSource) -> bytes:
    return bytes(source.read(0, source.size))


@pytest.fixture(scope="module")
def somewhere() -> Iterator[Place]:
    with place() as made:
        (made.root / "base.raw").write_bytes(BASE)
        yield made


@pytest.fixture
def lab(somewhere: Place) -> Iterator[Lab]:
    volume = somewhere.volume(SIZE, somewhere.root / "base.raw")
    made = Lab(somewhere, somewhere.idle(volume), volume)
    yield made
    machine.kill(made.spec.directory)


def test_the_first_point_reads_only_what_the_overlay_holds(lab: Lab) -> None:
    lab.write(STEP, STEP, 9)
    source = lab.source("one")
    assert not source.incremental
    assert source.size == SIZE
    assert list(source.extents()) == [(STEP, STEP)]
    assert applied(BASE, source) == bytes(lab.content)


def test_what_was_read_stays_the_same_under_later_writes(lab: Lab) -> None:
    lab.write(0, 3 * STEP, 9)
    then = bytes(lab.content)
    source = lab.source("one")
    extents = list(source.extents())
    lab.write(STEP // 2, 4 * STEP, 10)
    lab.zero(8 * STEP, STEP)
    lab.discard(0, STEP)
    assert everything(source) == then
    assert applied(BASE, source) == then
    assert set(extents) <= {(0, 3 * STEP)}


def test_the_next_point_reads_only_what_changed(lab: Lab) -> None:
    lab.write(0, 8 * STEP, 9)
    first = applied(BASE, lab.source("one"))
    lab.close("one")
    lab.write(4 * STEP, 100, 11)
    source = lab.source("two", since="one")
    assert source.incremental
    assert list(source.extents()) == [(4 * STEP, STEP)]
    assert applied(first, source) == bytes(lab.content)


def test_writes_while_a_point_is_open_belong_to_the_next(lab: Lab) -> None:
    first = applied(BASE, lab.source("one"))
    lab.write(0, STEP, 5)
    lab.close("one")
    source = lab.source("two", since="one")
    assert list(source.extents()) == [(0, STEP)]
    assert applied(first, source) == bytes(lab.content)


@pytest.mark.parametrize("how", ["zero", "discard"])
@pytest.mark.parametrize("known", [True, False])
def test_zeroed_and_discarded_space_is_not_taken_from_the_parent(lab: Lab, how: str, known: bool) -> None:
    lab.write(0, 2 * STEP, 9)
    first = applied(BASE, lab.source("one"))
    lab.close("one")
    getattr(lab, how)(0, STEP)  # written since the base
    getattr(lab, how)(16 * STEP, STEP)  # never written: the base image shows through
    source = lab.source("two", since="one" if known else None)
    assert source.incremental is known
    named = list(source.extents())
    assert {(0, STEP), (16 * STEP, STEP)} <= set(named) or named[0][0] == 0
    assert applied(first if known else BASE, source) == bytes(lab.content)
    assert everything(source)[16 * STEP : 17 * STEP] == bytes(STEP)


def test_opening_again_finds_the_same_point(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    first = lab.open("one")
    then = bytes(lab.content)
    lab.write(0, STEP, 2)
    again = lab.open("one")
    assert again.taken_at == first.taken_at
    assert everything(again.volumes[lab.volume.volume_id]) == then


def test_a_point_survives_the_process_that_opened_it(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    then = bytes(lab.content)
    script = f"""
        from pathlib import Path
        from amiable.compute import point_in_time
        marks = {{"{lab.volume.volume_id}": point_in_time.Marks("one")}}
        point = point_in_time.open_live(Path({str(lab.spec.directory)!r}), "one", marks)
        print(point.taken_at, flush=True)
        import time; time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as opener:
        assert opener.stdout is not None
        taken_at = opener.stdout.readline().decode().strip()
        opener.kill()
    lab.write(0, STEP, 2)
    point = lab.open("one")
    assert point.taken_at == taken_at
    assert everything(point.volumes[lab.volume.volume_id]) == then


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15])
def test_an_opener_killed_at_any_moment_can_be_followed_by_another(lab: Lab, delay: float) -> None:
    lab.write(0, STEP, 1)
    script = f"""
        from pathlib import Path
        from amiable.compute import point_in_time
        marks = {{"{lab.volume.volume_id}": point_in_time.Marks("one")}}
        print("go", flush=True)
        point_in_time.open_live(Path({str(lab.spec.directory)!r}), "one", marks)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as opener:
        assert opener.stdout is not None
        opener.stdout.readline()
        try:
            opener.wait(delay)
        except subprocess.TimeoutExpired:
            opener.kill()
    assert everything(lab.source("one")) == bytes(lab.content)
    lab.close("one")
    assert lab.bitmaps() == {"one"}
    lab.write(STEP, STEP, 3)
    assert list(lab.source("two", since="one").extents()) == [(STEP, STEP)]


def test_closing_leaves_one_bitmap_and_nothing_else(lab: Lab) -> None:
    before = set((lab.spec.directory / folder.RUN).iterdir())
    for name, since in (("one", None), ("two", "one"), ("three", "two")):
        lab.open(name, since)
        lab.close(name)
        lab.close(name)  # harmless
        assert lab.bitmaps() == {name}
    left = {path.name for path in set((lab.spec.directory / folder.RUN).iterdir()) - before}
    assert left == {folder.NBD}
    assert point_record.load_all(lab.spec.directory) == []
    with qmp.connect(lab.spec.directory) as monitor:
        assert monitor.execute("query-block-jobs") == []
        assert monitor.execute("query-block-exports") == []
        names = {row["node-name"] for row in monitor.execute("query-named-block-nodes", flat=True)}
    assert not [name for name in names if name.startswith("pt-")]


def test_a_point_that_failed_leaves_no_gap(lab: Lab) -> None:
    first = applied(BASE, lab.source("one"))
    lab.close("one")
    lab.write(0, STEP, 1)
    lab.open("two", since="one")
    lab.write(STEP, STEP, 2)
    lab.close("two", keep=False)
    assert lab.bitmaps() == {"one"}
    lab.write(2 * STEP, STEP, 3)
    source = lab.source("three", since="one")
    assert list(source.extents()) == [(0, 3 * STEP)]
    assert applied(first, source) == bytes(lab.content)


def test_two_points_at_once_do_not_disturb_each_other(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    one, then = lab.source("one"), bytes(lab.content)
    lab.write(0, STEP, 2)
    two, later = lab.source("two", since="one"), bytes(lab.content)
    lab.write(0, STEP, 3)
    assert everything(one) == then
    assert applied(then, two) == later
    lab.close("one")
    assert everything(two) == later
    assert lab.bitmaps() >= {"one", "two"}  # `two` still needs its own
    lab.close("two")
    assert lab.bitmaps() == {"two"}


def test_an_unknown_parent_means_reading_the_whole_overlay(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    lab.open("one")
    lab.close("one")
    source = lab.source("two", since="never-heard-of")
    assert not source.incremental
    assert applied(BASE, source) == bytes(lab.content)


def test_a_bitmap_survives_quit_and_start(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    first = applied(BASE, lab.source("one"))
    lab.close("one")
    lab.write(STEP, STEP, 2)
    assert machine.quit(lab.spec.directory)
    lab.restart()
    lab.write(2 * STEP, STEP, 3)
    source = lab.source("two", since="one")
    assert list(source.extents()) == [(STEP, 2 * STEP)]
    assert applied(first, source) == bytes(lab.content)


def test_a_bitmap_that_was_in_use_at_a_crash_is_not_believed(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    lab.open("one")
    lab.close("one")
    machine.quit(lab.spec.directory)  # writes the bitmap to the file
    lab.restart()
    lab.write(STEP, STEP, 2)
    poke(lab.spec, lab.volume, "flush")  # the data are on disk, what marks them is not
    machine.kill(lab.spec.directory)
    assert [(row.name, row.sound) for row in disk.info(lab.volume.path).bitmaps] == [("one", False)]
    lab.restart()
    source = lab.source("two", since="one")
    assert not source.incremental
    assert applied(BASE, source) == bytes(lab.content)
    lab.close("two")
    assert lab.bitmaps() == {"two"}


def test_a_point_whose_machine_crashed_is_taken_anew(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    first = lab.open("one")
    machine.kill(lab.spec.directory)
    with pytest.raises(Conflict, match="absent"):
        lab.open("one")
    lab.restart()
    again = lab.open("one")
    assert again.taken_at > first.taken_at
    lab.close("one")
    assert not [path for path in (lab.spec.directory / folder.RUN).iterdir() if path.name.startswith("pt-")]


def test_closing_after_a_crash_leaves_nothing(lab: Lab) -> None:
    lab.open("one")
    machine.kill(lab.spec.directory)
    lab.close("one")
    assert not [path for path in (lab.spec.directory / folder.RUN).iterdir() if path.name.startswith("pt-")]
    assert point_record.load_all(lab.spec.directory) == []


def test_a_name_in_use_for_something_else_is_refused(lab: Lab) -> None:
    lab.open("one")
    with pytest.raises(Conflict, match="one"):
        lab.open("one", since="other")


def test_a_volume_the_machine_does_not_have(lab: Lab) -> None:
    with pytest.raises(NotFound, match="vol-0"):
        point_in_time.open_live(lab.spec.directory, "one", {"vol-0": Marks("one")})
    point_in_time.close_live(lab.spec.directory, "one")
    assert point_record.load_all(lab.spec.directory) == []


def test_all_volumes_are_taken_at_the_same_instant(somewhere: Place) -> None:
    disks = [somewhere.volume(SIZE), somewhere.volume(SIZE)]
    spec = somewhere.idle(*disks)
    for item in disks:
        poke(spec, item, f"write -P 1 0 {STEP}")
    point = point_in_time.open_live(spec.directory, "one", {item.volume_id: Marks("one") for item in disks})
    for item in disks:
        poke(spec, item, f"write -P 2 0 {STEP}")
    for item in disks:
        source = point.volumes[item.volume_id]
        assert list(source.extents()) == [(0, STEP)]
        assert everything(source) == b"\1" * STEP + bytes(SIZE - STEP)
    assert point.consistency == "crash"  # nobody there to freeze
    machine.kill(spec.directory)


def test_a_stopped_volume_gives_the_same_as_a_live_one(lab: Lab) -> None:
    lab.write(0, 2 * STEP, 1)
    first = applied(BASE, lab.source("one"))
    lab.close("one")
    lab.write(STEP, STEP, 2)
    lab.discard(16 * STEP, STEP)
    machine.quit(lab.spec.directory)
    work, marks = lab.where.root / "work", {lab.volume.volume_id: Marks("two", "one")}
    try:
        for _ in range(2):  # the second time as after an interruption
            point = stopped.open_stopped(work, UID, [lab.volume], marks, clean=False)
            source = point.volumes[lab.volume.volume_id]
            assert source.incremental
            assert list(source.extents()) == [(STEP, STEP), (16 * STEP, STEP)]
            assert applied(first, source) == bytes(lab.content)
        with pytest.raises(Conflict, match="in use"):
            machine.start(lab.spec, {}, paused=True)
    finally:
        stopped.close_stopped(work, [lab.volume], marks)
    assert process.find(work) is None
    assert [(row.name, row.sound, row.recording) for row in disk.info(lab.volume.path).bitmaps] == [
        ("two", True, True)
    ]
    lab.restart()
    lab.write(3 * STEP, STEP, 3)
    assert list(lab.source("three", since="two").extents()) == [(3 * STEP, STEP)]


def test_a_stopped_volume_with_a_doubtful_bitmap_is_read_whole(lab: Lab) -> None:
    lab.write(0, STEP, 1)
    lab.open("one")
    lab.close("one")
    machine.quit(lab.spec.directory)
    lab.restart()
    machine.kill(lab.spec.directory)
    work, marks = lab.where.root / "work", {lab.volume.volume_id: Marks("two", "one")}
    point = stopped.open_stopped(work, UID, [lab.volume], marks, clean=False)
    try:
        source = point.volumes[lab.volume.volume_id]
        assert not source.incremental
        assert applied(BASE, source) == bytes(lab.content)
    finally:
        stopped.close_stopped(work, [lab.volume], marks, keep=False)
    assert "two" not in {row.name for row in disk.info(lab.volume.path).bitmaps}


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["write", "zero", "discard", "point", "failed point", "restart", "crash"]),
        st.integers(0, SIZE // STEP - 1),
        st.integers(1, 6),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_any_history_of_changes_adds_up(somewhere: Place, changes: list[tuple[str, int, int]]) -> None:
    """Each point, put together from its parent and what it read, equals the disk at that instant."""
    volume = somewhere.volume(SIZE, somewhere.root / "base.raw")
    lab = Lab(somewhere, somewhere.idle(volume), volume)
    parent, content = None, BASE
    try:
        for number, (what, at, length) in enumerate(changes):
            name = f"p{number}"
            length = min(length * STEP, SIZE - at * STEP)
            if what in ("zero", "discard"):
                getattr(lab, what)(at * STEP, length)
            elif what == "write":
                lab.write(at * STEP + 512, length - 512, number + 1)
            elif what == "restart":
                machine.quit(lab.spec.directory)
                lab.restart()
            elif what == "crash":
                poke(lab.spec, lab.volume, "flush")
                machine.kill(lab.spec.directory)
                lab.restart()
            else:
                source = lab.source(name, parent)
                then = bytes(lab.content)
                lab.write(at * STEP, length, 200)
                assert applied(content if source.incremental else BASE, source) == then
                lab.close(name, keep=what == "point")
                if what == "point":
                    parent, content = name, then
    finally:
        machine.kill(lab.spec.directory)
