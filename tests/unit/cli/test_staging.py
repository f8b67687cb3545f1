"""Disk files get into the import folder whole or not at all, shared or copied, holes kept."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.cli.image.staging import final, staged, take
from amiable.core.errors import NotFound

MIB = 1024**2


def tell(text: str, fraction: float | None) -> None:
    assert fraction is None or 0 <= fraction <= 1


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on a file system of its own, where nothing can be linked from."""
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="amiable-test-") as folder:
        yield Path(folder)


def sparse(path: Path) -> bytes:
    """A file of 64 MiB with data at two places."""
    with path.open("wb") as file:
        file.write(b"head")
        file.seek(40 * MIB)
        file.write(b"tail" * 1000)
        file.truncate(64 * MIB)
    return path.read_bytes()


def test_a_file_of_the_same_file_system_is_shared(tmp_path: Path) -> None:
    source = tmp_path / "disk.raw"
    source.write_bytes(os.urandom(MIB))
    taken = take(source, tmp_path / "import", tell)
    assert taken.parent == tmp_path / "import"
    assert taken.name.endswith("-disk.raw")
    assert taken.read_bytes() == source.read_bytes()
    assert list((tmp_path / "import").iterdir()) == [taken]
    taken.unlink()
    assert source.exists()


def test_a_file_of_another_file_system_is_copied_with_its_holes(tmp_path: Path, elsewhere: Path) -> None:
    source = elsewhere / "disk.raw"
    content = sparse(source)
    assert elsewhere.stat().st_dev != tmp_path.stat().st_dev
    taken = take(source, tmp_path / "import", tell)
    assert taken.read_bytes() == content
    assert taken.stat().st_blocks * 512 < 2 * MIB
    assert list((tmp_path / "import").iterdir()) == [taken]


def test_a_file_of_holes_only(tmp_path: Path, elsewhere: Path) -> None:
    with (elsewhere / "blank").open("wb") as file:
        file.truncate(8 * MIB)
    taken = take(elsewhere / "blank", tmp_path, tell)
    assert (taken.stat().st_size, taken.stat().st_blocks) == (8 * MIB, 0)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.raw").write_bytes(b"disk")
    (tmp_path / "link.raw").symlink_to("real.raw")
    taken = take(tmp_path / "link.raw", tmp_path / "import", tell)
    assert not taken.is_symlink()
    assert taken.name.endswith("-real.raw")


@pytest.mark.parametrize("name", ["Mein Bild (2).raw", "ünï.img", "a" * 250, "-rf"])
def test_names_are_what_import_disk_takes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"disk")
    taken = take(tmp_path / name, tmp_path / "import", tell)
    assert set(taken.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")
    assert len(taken.name) <= 200


@pytest.mark.parametrize("what", ["missing", "."])
def test_what_is_no_file(tmp_path: Path, what: str) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        take(tmp_path / what, tmp_path / "import", tell)
    assert not (tmp_path / "import").exists()


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with staged(tmp_path / "import", "disk") as part:
            part.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((tmp_path / "import").iterdir()) == []


def test_it_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with staged(tmp_path, "disk") as part:
        part.write_bytes(b"whole")
        assert not final(part).exists()
    assert final(part).read_bytes() == b"whole"
    assert not part.exists()
