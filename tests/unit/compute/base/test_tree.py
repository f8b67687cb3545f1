"""Recipes, the command they become, and the overlay of our own files."""

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from amiable.compute.base import debian, tiny, tree
from amiable.core.errors import InvalidInput, ProgramFailed

RECIPE = tree.Recipe("small", "bookworm", "minbase", ("curl", "sudo"), ("/usr/share/man/*",))


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, packages=("curl",)),
        replace(RECIPE, release="trixie"),
        replace(RECIPE, variant="extract"),
        replace(RECIPE, omit=()),
    ],
)
def test_a_changed_recipe_is_another_tree(other: tree.Recipe) -> None:
    assert other.key(tree.ARCHIVE) != RECIPE.key(tree.ARCHIVE)
    assert replace(other, **RECIPE.__dict__).key(tree.ARCHIVE) == RECIPE.key(tree.ARCHIVE)


def test_another_mirror_is_another_tree() -> None:
    assert RECIPE.key("http://mirror.example") != RECIPE.key(tree.ARCHIVE)


def test_the_command_asks_for_signed_packages_with_security_updates() -> None:
    command = tree.mmdebstrap_command(RECIPE, Path("/out.tar"), "http://mirror.example")
    assert "--include=curl,sudo" in command
    assert "--dpkgopt=path-exclude=/usr/share/man/*" in command
    lines = [word for word in command if word.startswith("deb ")]
    assert len(lines) == 3
    assert all(f"signed-by={tree.KEYRING}" in line for line in lines)
    assert any("http://mirror.example/debian-security bookworm-security main" in line for line in lines)


def test_packages_that_cannot_be_had_leave_nothing(tmp_path: Path) -> None:
    empty = f"file://{tmp_path}/no-archive"
    work = tmp_path / "work"
    with tree.workshop(work), pytest.raises(ProgramFailed):
        tree.fetch(RECIPE, work, empty)
    assert [path.name for path in work.iterdir()] == ["lock"]


def test_kept_packages_serve_for_a_day(tmp_path: Path) -> None:
    """An older tree is not used: with an archive that does not exist, that shows as a failure."""
    empty = f"file://{tmp_path}/no-archive"
    kept = tmp_path / f"{RECIPE.key(empty)}.tar"
    kept.write_bytes(b"")
    assert tree.fetch(RECIPE, tmp_path, empty) == kept
    yesterday = time.time() - tree.MAX_AGE - 60
    os.utime(kept, (yesterday, yesterday))
    with pytest.raises(ProgramFailed):
        tree.fetch(RECIPE, tmp_path, empty)
    assert kept.exists()


def test_a_killed_builds_leftovers_are_removed_and_kept_trees_stay(tmp_path: Path) -> None:
    for name in ("fetch-abc", "tree-abc/root", "disk-abc"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "small-0123.tar").touch()
    with tree.workshop(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "small-0123.tar"]


def test_a_tree_comes_out_of_its_tar_and_goes_away(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "su").write_bytes(b"program")
    (source / "su").chmod(0o4755)
    tar = tmp_path / "tree.tar"
    subprocess.run(["tar", "-C", source, "--owner=7", "--group=8", "-cf", tar, "."], check=True)
    with tree.unpacked(tar, tmp_path) as root:
        told = (root / "su").stat()
        assert (told.st_mode & 0o7777, told.st_uid, told.st_gid) == (0o4755, 7, 8)
    assert not root.exists()


@pytest.mark.parametrize("name", ["common", "tiny", "debian"])
def test_the_overlay_makes_scripts_executable_and_nothing_else(tmp_path: Path, name: str) -> None:
    tree.overlay(name, tmp_path)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert made
    for path in made:
        is_script = path.read_bytes().startswith(b"#!")
        assert path.stat().st_mode & 0o777 == (0o755 if is_script else 0o644), path
        if is_script:
            checked = subprocess.run(["sh", "-n", path], capture_output=True, check=False)
            assert checked.returncode == 0, checked.stderr


def test_the_units_that_are_switched_on_are_ours_or_debians() -> None:
    ours = {path.name for path in (tree.FILES / "debian/etc/systemd/system").glob("*.service")}
    assert ours <= set(debian.ENABLED)
    assert not set(debian.ENABLED) & set(debian.MASKED)


def test_installed_packages_are_read_from_dpkg(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(
        "Package: sudo\nStatus: install ok installed\n\nPackage: curl\nDescription: x\n Package: no\n"
    )
    assert tree.installed(tmp_path) == ("curl", "sudo")


def test_a_debian_disk_must_have_room(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="2 GiB"):
        debian.build_debian(tmp_path / "out.raw", tmp_path, size_gib=1, progress=lambda _text, _done: None)
    assert list(tmp_path.iterdir()) == []


def test_links_are_followed_inside_the_tree(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/real.so.1").write_text("library")
    (tmp_path / "usr/lib/relative.so").symlink_to("real.so.1")
    (tmp_path / "usr/lib/absolute.so").symlink_to("/usr/lib/relative.so")
    assert tiny.inside(tmp_path, "usr/lib/absolute.so") == tmp_path / "usr/lib/real.so.1"
