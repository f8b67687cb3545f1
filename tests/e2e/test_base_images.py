"""The tiny image in plain QEMU, without any of our own machinery: it boots by itself, and stops cleanly."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from amiable.compute.base import disk

MIB = 1 << 20
OVMF = Path("/usr/share/OVMF")
UEFI = [
    *("-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF / 'OVMF_CODE_4M.fd'}"),
    *("-drive", f"if=pflash,format=raw,unit=1,snapshot=on,file={OVMF / 'OVMF_VARS_4M.fd'}"),
]


@dataclass
class Guest:
    """A running QEMU: its console file and its QMP socket."""

    process: "subprocess.Popen[bytes]"
    console: Path
    socket: Path

    def said(self, marker: str, within: float = 180) -> str:
        """The console line with `marker`, as soon as it is there."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            for line in (
                self.console.read_text(errors="replace").splitlines() if self.console.exists() else []
            ):
                if marker in line:
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"no {marker!r}: {self.console.read_text(errors='replace')[-2000:]}")

    def press_power_button(self) -> None:
        with socket.socket(socket.AF_UNIX) as qmp:
            qmp.connect(str(self.socket))
            lines = qmp.makefile("rw")
            lines.readline()
            for command in ("qmp_capabilities", "system_powerdown"):
                lines.write(json.dumps({"execute": command}) + "\n")
                lines.flush()
                while "return" not in (line := lines.readline()):
                    assert "event" in line, line


@contextmanager
def boot(folder: Path, *options: str) -> Iterator[Guest]:
    console, control = folder / "console", folder / "qmp"
    console.unlink(missing_ok=True)
    machine = "-machine q35 -cpu qemu64 -accel tcg -smp 2 -m 256 -nodefaults -no-user-config -display none"
    doors = ["-serial", f"file:{console}", "-qmp", f"unix:{control},server=on,wait=off"]
    process = subprocess.Popen(["qemu-system-x86_64", *machine.split(), *doors, *options])
    try:
        yield Guest(process, console, control)
    finally:
        process.kill()
        process.wait()


def attached(image: Path) -> list[str]:
    return ["-drive", f"if=virtio,format=raw,file={image}"]


def asset(instance: str) -> list[str]:
    return ["-smbios", f"type=2,asset={instance}"]


@pytest.fixture
def own(tiny_disk: Path, tmp_path: Path) -> Path:
    """A copy of the image to write to."""
    return Path(shutil.copy(tiny_disk, tmp_path / "own.raw"))


def in_root(image: Path, path: str) -> bytes:
    """What a file of the root file system contains."""
    part = disk.layout(128)[2]
    root = image.with_name("root.img")
    with image.open("rb") as file:
        file.seek(part.start * MIB)
        root.write_bytes(file.read(part.size * MIB))
    checked = subprocess.run(["e2fsck", "-fn", root], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    return subprocess.run(["debugfs", "-R", f"cat {path}", root], capture_output=True, check=True).stdout


@pytest.mark.parametrize("firmware", [[], UEFI], ids=["bios", "uefi"])
def test_it_boots_by_itself_and_obeys_the_power_button(
    own: Path, tmp_path: Path, firmware: list[str]
) -> None:
    with boot(tmp_path, *firmware, *attached(own), *asset("i-0123456789abcdef0")) as guest:
        assert "Linux version" in guest.said("Linux version")
        assert guest.said("amiable-tiny ready").split()[2] == "i-0123456789abcdef0"
        guest.press_power_button()
        guest.said("amiable-tiny stopped")
        assert guest.process.wait(timeout=60) == 0
    assert in_root(own, "/var/lib/amiable/instance-id") == b"i-0123456789abcdef0\n"


def test_another_instance_on_the_same_disk_gets_its_own_identity(own: Path, tmp_path: Path) -> None:
    identities = []
    for instance in ("i-0aaaaaaaaaaaaaaa1", "i-0bbbbbbbbbbbbbbb2", "i-0bbbbbbbbbbbbbbb2"):
        with boot(tmp_path, *attached(own), *asset(instance)) as guest:
            assert instance in guest.said("amiable-tiny ready")
            guest.press_power_button()
            assert guest.process.wait(timeout=60) == 0
        identities.append(
            (in_root(own, "/etc/machine-id"), in_root(own, "/etc/dropbear/dropbear_ed25519_host_key"))
        )
    first, second, again = identities
    assert all(first)
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert again == second


def test_of_two_disks_with_its_label_it_uses_the_one_it_was_booted_from(
    own: Path, tiny_disk: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copy(tiny_disk, tmp_path / "other.raw"))
    with boot(tmp_path, *attached(own), *attached(other), *asset("i-0aaaaaaaaaaaaaaa1")) as guest:
        guest.said("amiable-tiny ready")
        guest.press_power_button()
        assert guest.process.wait(timeout=60) == 0
    assert in_root(own, "/var/lib/amiable/instance-id") == b"i-0aaaaaaaaaaaaaaa1\n"
    assert in_root(other, "/var/lib/amiable/instance-id") == b""


def test_kernel_and_initrd_alone_prove_that_a_machine_runs(tiny_disk: Path, tmp_path: Path) -> None:
    kernel = ["-kernel", str(tiny_disk.with_suffix(".vmlinuz"))]
    initrd = ["-initrd", str(tiny_disk.with_suffix(".initrd"))]
    with boot(tmp_path, *kernel, *initrd, "-append", "console=ttyS0 amiable.canary") as guest:
        guest.said("amiable-canary ok")
        assert guest.process.wait(timeout=60) == 0


def test_without_its_root_partition_the_initrd_says_so(tiny_disk: Path, tmp_path: Path) -> None:
    kernel = ["-kernel", str(tiny_disk.with_suffix(".vmlinuz"))]
    initrd = ["-initrd", str(tiny_disk.with_suffix(".initrd"))]
    with boot(tmp_path, *kernel, *initrd, "-append", "console=ttyS0 root=PARTLABEL=absent") as guest:
        assert "'absent'" in guest.said("no partition is called")
