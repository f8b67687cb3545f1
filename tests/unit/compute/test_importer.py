"""Importing disk files: every format from qemu-img's own hand, and files that lie."""

import bz2
import gzip
import hashlib
import lzma
import os
import struct
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import zstandard

from amiable.compute import importer, process
from amiable.compute.importer import DiskFile
from amiable.core.errors import AmiableError, Corrupt, InvalidInput, LimitExceeded, NotFound
from tests.helpers.machines import MIB, UID

SIZE = 12 * MIB
FORMATS = {
    "plain.qcow2": ["-O", "qcow2"],
    "old.qcow2": ["-O", "qcow2", "-o", "compat=0.10"],
    "small.qcow2": ["-c", "-O", "qcow2"],
    "zstd.qcow2": ["-c", "-O", "qcow2", "-o", "compression_type=zstd"],
    "sparse.vmdk": ["-O", "vmdk"],
    "stream.vmdk": ["-O", "vmdk", "-o", "subformat=streamOptimized"],
    "dynamic.vhd": ["-O", "vpc", "-o", "force_size=on"],
    "fixed.vhd": ["-O", "vpc", "-o", "subformat=fixed,force_size=on"],
    "disk.vhdx": ["-O", "vhdx"],
    "disk.img": ["-O", "raw"],
}
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": partial(lzma.compress, preset=0),
    "zst": zstandard.compress,
    "bz2": bz2.compress,
}


def disk_content() -> bytes:
    """A disk with a boot sector, one partition up to its end, data here and there, and zeros."""
    content = bytearray(SIZE)
    content[446:462] = struct.pack("<B3xB3xII", 0x80, 0x83, 2048, SIZE // 512 - 2048)
    content[510:512] = b"\x55\xaa"
    noise = hashlib.shake_256(b"amiable").digest(MIB // 4)
    for at in (MIB, 5 * MIB + 4096, SIZE - len(noise)):
        content[at : at + len(noise)] = noise
    return bytes(content)


CONTENT = disk_content()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk in every format."""
    folder = tmp_path_factory.mktemp("import")
    (folder / "source").write_bytes(CONTENT)
    for name, words in FORMATS.items():
        command = ["qemu-img", "convert", "-f", "raw", *words, folder / "source", folder / name]
        subprocess.run(command, check=True)
    return folder


class Desk:
    """Where an import happens; knows when something was left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.work = folder, folder / "out" / "disk.raw", folder / "work"
        self.out.parent.mkdir()
        self.said: list[tuple[str, float]] = []

    def convert(self, path: Path, checksum: str | None = None) -> DiskFile:
        def progress(what: str, fraction: float) -> None:
            self.said.append((what, fraction))

        return importer.convert(path, self.out, self.work, UID, progress, checksum=checksum)

    def is_clean(self) -> bool:
        left = list(self.work.iterdir()) if self.work.exists() else []
        return [*left, *self.out.parent.iterdir()] == [] and process.find(self.work / "server") is None


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_disk(files: Path, desk: Desk, name: str) -> None:
    found = desk.convert(files / name)
    assert found.virtual_size == SIZE
    assert found.compression is None
    assert desk.out.read_bytes() == CONTENT
    assert desk.out.stat().st_blocks * 512 < 2 * MIB  # zeros are holes
    assert (desk.out.stat().st_uid, desk.out.stat().st_mode & 0o777) == (0, 0o600)
    assert list(desk.work.iterdir()) == []
    assert desk.said[-1] == ("Copying", 1.0)
    assert all(0 <= fraction <= 1 for _, fraction in desk.said)


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_every_compression_is_unpacked(files: Path, desk: Desk, suffix: str) -> None:
    path = desk.folder / f"plain.qcow2.{suffix}"
    path.write_bytes(COMPRESSORS[suffix]((files / "plain.qcow2").read_bytes()))
    found = desk.convert(path)
    assert found.format == "qcow2"
    assert found.compression is not None
    assert desk.out.read_bytes() == CONTENT
    assert list(desk.work.iterdir()) == []


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_streams_that_follow_each_other_are_one(files: Path, desk: Desk, suffix: str) -> None:
    whole = (files / "disk.img").read_bytes()
    path = desk.folder / f"disk.img.{suffix}"
    path.write_bytes(COMPRESSORS[suffix](whole[: 3 * MIB]) + COMPRESSORS[suffix](whole[3 * MIB :]))
    desk.convert(path)
    assert desk.out.read_bytes() == CONTENT


def test_inspecting_tells_without_converting(files: Path, desk: Desk) -> None:
    assert importer.inspect(files / "stream.vmdk", desk.work, UID) == DiskFile("vmdk", SIZE, None)
    assert desk.is_clean()


@pytest.mark.parametrize("kind", ["sha256", "sha512"])
def test_a_right_checksum(files: Path, desk: Desk, kind: str) -> None:
    digest = hashlib.new(kind, (files / "small.qcow2").read_bytes()).hexdigest()
    desk.convert(files / "small.qcow2", f"{kind}:{digest.upper()}")
    assert desk.out.exists()


def test_a_wrong_checksum(files: Path, desk: Desk) -> None:
    with pytest.raises(Corrupt, match="sha256"):
        desk.convert(files / "small.qcow2", "sha256:" + "0" * 64)
    assert desk.is_clean()


@pytest.mark.parametrize("text", ["", "sha256:", "md5:" + "0" * 32, "sha256:" + "x" * 64, "0" * 64])
def test_what_is_no_checksum(files: Path, desk: Desk, text: str) -> None:
    with pytest.raises(InvalidInput, match="checksum"):
        desk.convert(files / "small.qcow2", text)


# The last tenth of the VHDX lies behind the end of the disk: it allocates 8 MiB at a time.
@pytest.mark.parametrize(
    ("name", "share"),
    [(name, share) for name in FORMATS for share in (0.0, 0.3, 0.9) if (name, share) != ("disk.vhdx", 0.9)],
)
def test_a_truncated_file_is_no_disk(files: Path, desk: Desk, name: str, share: float) -> None:
    whole = (files / name).read_bytes()
    path = desk.folder / name
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises((Corrupt, InvalidInput)):
        desk.convert(path)
    assert desk.is_clean()


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "disk.vhdx"])
@pytest.mark.parametrize("missing", [1, 512, 40_000])
def test_not_even_the_last_bytes_may_be_missing(files: Path, desk: Desk, name: str, missing: int) -> None:
    """Within the last cluster neither QEMU nor its check notice, and pad with zeros."""
    path = desk.folder / name
    path.write_bytes((files / name).read_bytes()[:-missing])
    try:
        desk.convert(path)
    except Corrupt:
        assert desk.is_clean()
    else:
        assert (name, missing) == ("stream.vmdk", 1)  # this one is padding
        assert desk.out.read_bytes() == CONTENT


def test_the_last_bytes_of_a_vhdx_may_only_be_missing_behind_the_disk(files: Path, desk: Desk) -> None:
    whole = (files / "disk.vhdx").read_bytes()
    end = whole.rindex(CONTENT[-4096:]) + 4096
    path = desk.folder / "disk.vhdx"
    path.write_bytes(whole[:end])
    desk.convert(path)
    assert desk.out.read_bytes() == CONTENT
    desk.out.unlink()
    path.write_bytes(whole[: end - 1])
    refused(desk, path)


@pytest.mark.parametrize("suffix", COMPRESSORS)
@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_truncated_stream_is_corrupt(files: Path, desk: Desk, suffix: str, share: float) -> None:
    whole = COMPRESSORS[suffix]((files / "plain.qcow2").read_bytes())
    path = desk.folder / f"plain.qcow2.{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(Corrupt, match="truncated"):
        desk.convert(path)
    assert desk.is_clean()


def refused(desk: Desk, path: Path) -> str:
    """The sentence with which a file is refused; nothing is left behind."""
    with pytest.raises(AmiableError) as caught:
        desk.convert(path)
    assert isinstance(caught.value, InvalidInput | Corrupt | LimitExceeded | NotFound)
    assert desk.is_clean()
    return str(caught.value)


def qemu_img(*words: object) -> None:
    subprocess.run(["qemu-img", *map(str, words)], check=True, capture_output=True)


def test_a_backing_file_is_refused(desk: Desk) -> None:
    path = desk.folder / "evil.qcow2"
    qemu_img("create", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", path, "1M")
    assert "backing file" in refused(desk, path)


def test_an_external_data_file_is_refused(desk: Desk) -> None:
    path = desk.folder / "evil.qcow2"
    data = f"data_file={desk.folder}/data,data_file_raw=on"
    qemu_img("create", "-f", "qcow2", "-o", data, path, "1M")
    assert "another file" in refused(desk, path)


def test_an_encrypted_disk_is_refused(files: Path, desk: Desk) -> None:
    whole = bytearray((files / "plain.qcow2").read_bytes())
    whole[32:36] = struct.pack(">I", 2)  # LUKS
    path = desk.folder / "secret.qcow2"
    path.write_bytes(whole)
    assert "encrypted" in refused(desk, path)


def test_a_vmdk_that_names_other_files_is_refused(desk: Desk) -> None:
    path = desk.folder / "evil.vmdk"
    path.write_text(
        '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n'
        'RW 2048 FLAT "/etc/shadow" 0\n'
    )
    assert "other files" in refused(desk, path)


def test_a_vmdk_header_that_leads_to_other_files_is_refused(files: Path, desk: Desk) -> None:
    header = bytearray((files / "sparse.vmdk").read_bytes())
    header[12:20] = bytes(8)  # capacity 0: QEMU would follow the embedded descriptor
    path = desk.folder / "evil.vmdk"
    path.write_bytes(header)
    assert "other files" in refused(desk, path)


def test_a_vmdk_with_a_parent_is_refused(files: Path, desk: Desk) -> None:
    path = desk.folder / "evil.vmdk"
    whole = (files / "sparse.vmdk").read_bytes()
    assert b"parentCID=ffffffff" in whole
    path.write_bytes(whole.replace(b"parentCID=ffffffff", b"parentCID=00000001"))
    assert "parent" in refused(desk, path)


def test_a_differencing_vhd_is_refused(files: Path, desk: Desk) -> None:
    whole = bytearray((files / "dynamic.vhd").read_bytes())
    whole[-512 + 60 : -512 + 64] = struct.pack(">I", 4)
    path = desk.folder / "child.vhd"
    path.write_bytes(whole)
    assert "below it" in refused(desk, path)


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (24, struct.pack(">Q", 1 << 62)),  # virtual size
        (36, struct.pack(">I", 0xFFFFFFFF)),  # entries of the L1 table
        (40, struct.pack(">Q", 1 << 50)),  # where the L1 table is
        (56, struct.pack(">I", 0xFFFFFFFF)),  # size of the refcount table
        (20, struct.pack(">I", 40)),  # cluster bits
        (72, struct.pack(">Q", 1 << 40)),  # an unknown incompatible feature
        (4, struct.pack(">I", 9)),  # version
    ],
)
def test_absurd_qcow2_headers_are_refused(files: Path, desk: Desk, offset: int, value: bytes) -> None:
    whole = bytearray((files / "plain.qcow2").read_bytes())
    whole[offset : offset + len(value)] = value
    path = desk.folder / "absurd.qcow2"
    path.write_bytes(whole)
    refused(desk, path)


def test_a_disk_larger_than_any_volume_is_refused(desk: Desk) -> None:
    path = desk.folder / "huge.qcow2"
    qemu_img("create", "-f", "qcow2", path, "64T")
    assert "16 TiB" in refused(desk, path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no disk"),
        (b"hello\n", "no disk"),
        (os.urandom(100_000), "no disk"),
        (bytes(MIB), "no disk"),
        (b"\x7fELF" + bytes(MIB), "no disk"),
        (b"PK\x03\x04" + bytes(MIB), "zip"),
        (bytes(257) + b"ustar\0" + bytes(MIB), "tar"),
    ],
)
def test_what_is_no_disk_is_named(desk: Desk, content: bytes, says: str) -> None:
    path = desk.folder / "thing.img"
    path.write_bytes(content)
    assert says in refused(desk, path)


def test_a_file_that_is_not_what_it_is_called(files: Path, desk: Desk) -> None:
    path = desk.folder / "disk.vmdk"
    path.write_bytes(CONTENT)
    assert "no vmdk" in refused(desk, path)


def test_a_folder_a_pipe_and_nothing(desk: Desk) -> None:
    os.mkfifo(desk.folder / "pipe")
    for path in (desk.folder, desk.folder / "pipe", desk.folder / "nothing"):
        refused(desk, path)


def test_damage_inside_is_found(desk: Desk) -> None:
    """A compressed cluster overwritten: the tables are fine, the data cannot be read."""
    source, path = desk.folder / "source", desk.folder / "small.qcow2"
    source.write_bytes(CONTENT[:512] + b"".join(b"line %d\n" % number for number in range(200_000)))
    qemu_img("convert", "-f", "raw", "-c", "-O", "qcow2", source, path)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 64] = b"\xff" * 64
    path.write_bytes(whole)
    refused(desk, path)


def test_a_bomb_of_zeros_takes_no_room(desk: Desk) -> None:
    path = desk.folder / "bomb.img.zst"
    path.write_bytes(zstandard.compress(CONTENT[:512] + bytes(300 * MIB)))
    found = desk.convert(path)
    assert found.virtual_size == 300 * MIB + 512
    assert desk.out.stat().st_blocks * 512 < MIB
