"""A real machine with a real guest: the tiny image, booted once for all tests here.

Started, watched from inside, caught in points in time while it writes, stopped, broken.
"""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from amiable.compute import agent, console, folder, machine, point_in_time, point_record, process, qmp
from amiable.compute.net.tap import open_tap
from amiable.compute.point_in_time import Marks, PointInTime
from amiable.compute.source import VolumeSource
from amiable.compute.spec import Disk, MachineSpec, Nic
from amiable.core.errors import Conflict, InvalidInput
from tests.helpers.machines import MIB, UID, Place, place, shell, wait_for
from tests.helpers.tiny import tiny_image

READY = b"amiable-tiny ready"


@dataclass
class Guest:
    """A booted tiny machine: its root volume, and a blank one with a file system at /data."""

    spec: MachineSpec
    root: Disk
    data: Disk

    def run(self, command: str) -> str:
        return shell(self.spec.directory, command)

    def open(self, name: str, since: str | None = None) -> PointInTime:
        marks = {item.volume_id: Marks(name, since) for item in (self.root, self.data)}
        return point_in_time.open_live(self.spec.directory, name, marks)

    def close(self, name: str) -> None:
        point_in_time.close_live(self.spec.directory, name)


@pytest.fixture(scope="module")
def where() -> Iterator[Place]:
    with place() as made:
        yield made


@pytest.fixture(scope="module")
def guest(where: Place) -> Guest:
    root = where.volume(256 * MIB, tiny_image(), boot_index=0)
    data = where.volume(64 * MIB)
    spec = where.spec(root, data)
    machine.start(spec, {}).close()
    wait_for(spec, READY)
    made = Guest(spec, root, data)
    made.run("mkdir -p /data && mke2fs -q /dev/vdb && mount -o discard /dev/vdb /data")
    return made


def test_the_guest_knows_that_it_is_on_ec2(guest: Guest) -> None:
    told = guest.run(
        "cd /sys/class/dmi/id; cat product_uuid product_serial sys_vendor product_name board_asset_tag"
    )
    assert told.lower().split("\n")[:5] == [
        guest.spec.smbios_uuid,
        guest.spec.smbios_uuid,
        "amazon ec2",
        "t3.nano",
        guest.spec.id,
    ]
    assert told.startswith("ec2")


def test_the_guest_sees_its_volumes_by_serial_and_size(guest: Guest) -> None:
    for name, item, size in (("vda", guest.root, 256), ("vdb", guest.data, 64)):
        assert guest.run(f"cat /sys/block/{name}/serial") == item.serial
        assert int(guest.run(f"cat /sys/block/{name}/size")) * 512 == size * MIB


def test_it_runs_as_its_own_user_without_powers(guest: Guest) -> None:
    running = process.find(guest.spec.directory)
    assert running is not None
    with running:
        facts = Path(f"/proc/{running.pid}/status").read_text()
    for line in (
        f"Uid:\t{UID}\t{UID}\t{UID}\t{UID}",
        "CapEff:\t0000000000000000",
        "Seccomp:\t2",
        "NoNewPrivs:\t1",
    ):
        assert line + "\n" in facts


def test_starting_it_again_gives_the_same_machine(guest: Guest) -> None:
    with machine.start(guest.spec, {}) as again, process.find(guest.spec.directory) or again as found:
        assert again.pid == found.pid
    assert machine.status(guest.spec.directory) == "running"


def test_a_second_machine_cannot_have_its_disks(where: Place, guest: Guest) -> None:
    thief = where.spec(guest.root)
    with pytest.raises(Conflict, match="in use"):
        machine.start(thief, {})
    assert machine.status(thief.directory) == "absent"


def test_the_console_is_kept(guest: Guest) -> None:
    assert b"Linux version" in console.tail(guest.spec.directory, 1 << 20)
    assert READY in console.tail(guest.spec.directory)


def test_the_guest_agent_answers(guest: Guest) -> None:
    assert agent.ping(guest.spec.directory)
    with agent.Agent(guest.spec.directory, 30) as conversation:
        with conversation.frozen() as count:
            assert count >= 2
            assert conversation.execute("guest-fsfreeze-status") == "frozen"
        assert conversation.execute("guest-fsfreeze-status") == "thawed"


def test_the_agent_hears_only_the_answer_to_its_own_question(guest: Guest) -> None:
    """Somebody asked and went away without listening; the next conversation is not confused by that."""
    with folder.connect(guest.spec.directory, folder.AGENT, 5) as link:
        link.sendall(b'{"execute": "guest-info"}\n{"execute": "guest-ping"}\n{"execu')
    with agent.Agent(guest.spec.directory, 30) as conversation:
        assert conversation.execute("guest-fsfreeze-status") == "thawed"


def test_two_control_conversations_take_turns(guest: Guest) -> None:
    answers: list[str] = []

    def ask() -> None:
        for _ in range(5):
            with qmp.connect(guest.spec.directory) as monitor:
                answers.append(monitor.execute("query-status")["status"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["running"] * 20


def everything(source: VolumeSource) -> bytes:
    return bytes(source.read(0, source.size))


def applied(parent: bytes, source: VolumeSource) -> bytes:
    whole = bytearray(parent)
    for offset, length in source.extents():
        whole[offset : offset + length] = source.read(offset, length)
    return bytes(whole)


def test_points_in_time_of_a_writing_guest(guest: Guest) -> None:
    """Read twice while the guest writes: the same; parent and increment: the same as a full read."""
    guest.run(
        "(i=0; while [ ! -e /run/enough ]; do i=$((i+1)); "
        "dd if=/dev/urandom of=/data/f$((i % 5)) bs=64k count=12 conv=notrunc,fsync 2>/dev/null; "
        "[ $((i % 4)) = 0 ] && rm -f /data/f$((i % 3)); echo $i >/run/rounds; done) >/dev/null 2>&1 &"
    )
    try:
        assert guest.root.base is not None
        image = guest.root.base.read_bytes()
        images = {
            guest.root.volume_id: image + bytes(256 * MIB - len(image)),
            guest.data.volume_id: bytes(64 * MIB),
        }
        full, since = dict(images), None
        for name in ("first", "second", "third"):
            point = guest.open(name, since)
            assert point.consistency == "file-system"
            before = int(guest.run("cat /run/rounds 2>/dev/null || echo 0"))
            for volume, source in point.volumes.items():
                assert source.incremental is (since is not None)
                once = applied(full[volume], source)
                assert everything(source) == once
                full[volume] = once
            while int(guest.run("cat /run/rounds 2>/dev/null || echo 0")) < before + 3:
                time.sleep(0.1)
            for volume, source in point.volumes.items():
                assert everything(source) == full[volume]
            point.close()
            guest.close(name)
            since = name
    finally:
        guest.run("touch /run/enough; sleep 0.5; rm -f /run/enough")


def test_a_frozen_point_holds_a_clean_file_system(guest: Guest) -> None:
    """What the guest had written before the point is in it, without a sync of its own."""
    guest.run("echo written-just-before >/data/mark")
    point = guest.open("frozen")
    assert point.consistency == "file-system"
    assert point.pause_ms > 0
    assert b"written-just-before\n" in everything(point.volumes[guest.data.volume_id])
    guest.close("frozen")
    guest.run("echo thawed >/data/after && sync")


def test_space_that_the_guest_gave_back_reads_as_zeros(guest: Guest) -> None:
    guest.run("dd if=/dev/urandom of=/data/big bs=1M count=8 2>/dev/null; sync")
    before = everything(guest.open("before").volumes[guest.data.volume_id])
    guest.close("before")
    guest.run("rm /data/big; sync; fstrim /data 2>/dev/null; sync")
    source = guest.open("after", since="before").volumes[guest.data.volume_id]
    assert source.incremental
    after = everything(source)
    assert applied(before, source) == after
    pieces = [slice(at, at + 65536) for at in range(0, len(after), 65536)]
    emptied = sum(1 for piece in pieces if any(before[piece]) and not any(after[piece]))
    assert emptied >= 64  # half of what the file took, at least
    guest.close("after")


def test_a_guest_left_frozen_by_a_killed_process_is_thawed(guest: Guest) -> None:
    """As the record says that a freeze was asked for; the next call must not leave the guest frozen."""
    guest.open("again")
    record = point_record.load(guest.spec.directory, "again")
    assert record is not None
    point_record.save(guest.spec.directory, record, frozen_at=time.monotonic())
    with agent.Agent(guest.spec.directory, 30) as conversation:
        conversation.execute("guest-fsfreeze-freeze")
    guest.open("again")
    with agent.Agent(guest.spec.directory, 30) as conversation:
        assert conversation.execute("guest-fsfreeze-status") == "thawed"
    guest.close("again")


def test_the_last_tests_are_about_endings(where: Place, guest: Guest) -> None:
    """In one test, as each ending needs the one before: shut down, start paused, reset, power cut."""
    directory = guest.spec.directory
    guest.run("echo kept >/etc/kept")
    assert machine.stop(directory, 60) == "clean"
    assert machine.status(directory) == "absent"
    assert process.ended_in_order(directory)
    assert machine.stop(directory, 60) == "absent"
    with pytest.raises(Conflict, match="absent"):
        machine.power_button(directory)

    machine.start(guest.spec, {}, paused=True).close()
    assert machine.status(directory) == "paused"
    with pytest.raises(Conflict, match="paused"):
        machine.power_button(directory)
    with pytest.raises(Conflict, match="paused"):
        machine.reset(directory)
    machine.cont(directory)
    machine.cont(directory)  # harmless
    wait_for(guest.spec, READY)
    assert guest.run("cat /etc/kept") == "kept\n"

    running = process.find(directory)
    assert running is not None
    with running:
        machine.reset(directory)
        end = time.monotonic() + 90
        while console.tail(directory, 1 << 20).count(READY) < 2:
            assert time.monotonic() < end
            time.sleep(0.1)
        guest.run("(sleep 1; poweroff -f) >/dev/null 2>&1 &")
        assert process.wait_any([running], 60) == [running]
    assert process.ended_in_order(directory)

    machine.start(guest.spec, {}).close()  # a guest that is still in its firmware hears no button
    assert machine.stop(directory, 1) == "quit"
    machine.start(guest.spec, {}).close()
    machine.kill(directory)
    assert machine.status(directory) == "absent"
    assert not process.ended_in_order(directory)


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"amiable-test-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "delete", name], check=True)


def test_packets_leave_through_the_tap_that_was_handed_over(where: Place, namespace: str) -> None:
    """QEMU has no network of its own: it sees the tap of a namespace that it cannot enter."""
    ip = ["ip", "-n", namespace]
    subprocess.run([*ip, "tuntap", "add", "t0", "mode", "tap", "vnet_hdr"], check=True)
    subprocess.run([*ip, "link", "set", "t0", "up"], check=True)
    nic = Nic("eni-0123456789abcdef0", "02:00:00:00:00:09", namespace, "t0")
    spec = where.spec(where.volume(MIB), nics=(nic,), memory_mib=16)
    with pytest.raises(InvalidInput, match=nic.interface_id):
        machine.start(spec, {})
    descriptor = open_tap(namespace, "t0")
    machine.start(spec, {nic.interface_id: descriptor}, paused=True).close()
    os.close(descriptor)
    shown = subprocess.run([*ip, "link", "show", "t0"], check=True, capture_output=True, text=True).stdout
    machine.start(spec, {}).close()  # it runs: its tap is not asked for again
    assert "LOWER_UP" in shown  # somebody has the other end
    with qmp.connect(spec.directory) as monitor:
        (card,) = monitor.execute("query-rx-filter")
    assert (card["name"], card["main-mac"]) == (nic.interface_id, nic.mac)
    machine.kill(spec.directory)
    shown = subprocess.run([*ip, "link", "show", "t0"], check=True, capture_output=True, text=True).stdout
    assert "LOWER_UP" not in shown


def test_an_image_with_uefi_boots(where: Place) -> None:
    root = where.volume(256 * MIB, tiny_image(), boot_index=0)
    spec = where.spec(root, boot_mode="uefi", memory_mib=256)
    machine.start(spec, {}).close()
    wait_for(spec, READY)
    assert shell(spec.directory, "[ -d /sys/firmware/efi ] && echo efi") == "efi\n"
    assert (spec.directory / "vars.fd").stat().st_uid == 0
    machine.kill(spec.directory)
