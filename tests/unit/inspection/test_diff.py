"""Differences of two disks: exactly what was changed, and next to nothing read."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from amiable.inspection.diff import diff
from tests.helpers import file_systems as made
from tests.helpers.file_systems import MIB, FileDisk
from tests.unit.inspection.test_hygiene import CLEAN, GITHUB

BLOCK = 512 << 10
DPKG = "Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n\n"
FILES: dict[str, str | bytes] = {
    **CLEAN,
    "var/lib/dpkg/status": DPKG.format("bash", "1") + DPKG.format("old", "1"),
    "etc/app.d/app.conf": "port = 80\nname = x\n",
    "etc/shadow": "root:*:1::::::\n",
    "usr/bin/tool": b"\x7fELF" + bytes(range(256)) * 16384,  # 4 MiB
    "usr/share/data": b"same" * (4 * MIB),
    "usr/share/twin": b"aaaa" * 1000,
    "opt/gone": "x",
}


def _changed(a: Path, b: Path) -> list[tuple[int, int]]:
    """The blocks that differ, as the manifests would say."""
    one, other = a.read_bytes(), b.read_bytes()
    return [
        (at, BLOCK) for at in range(0, len(other), BLOCK) if one[at : at + BLOCK] != other[at : at + BLOCK]
    ]


def edit(disk: Path, tmp_path: Path, files: dict[str, str | bytes], *commands: str) -> None:
    """Change files of an ext4 file system in place, as a running system does."""
    words = []
    for number, (path, content) in enumerate(files.items()):
        source = tmp_path / f"new-{number}"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        words += [f"rm {path}", f"write {source} {path}"]
    script = tmp_path / "script"
    script.write_text("\n".join([*words, *commands]) + "\n")
    subprocess.run(["debugfs", "-w", "-f", script, disk], check=True, capture_output=True)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    before = made.ext(tmp_path / "before", made.write(tmp_path / "root", FILES), size=64 * MIB)
    after = tmp_path / "after"
    shutil.copy(before, after)
    return before, after


def _diff(before: Path, after: Path) -> tuple[dict[str, Any], FileDisk, FileDisk]:
    a, b = FileDisk(before), FileDisk(after)
    return diff([a], [b], [_changed(before, after)]), a, b


def test_nothing_changed(pair: tuple[Path, Path]) -> None:
    found, _, second = _diff(*pair)
    assert found["files"] == found["packages"] == found["hunks"] == found["trouble"] == []
    assert found["bytes_compared"] == 0
    assert second.read == 0


def test_what_was_changed(pair: tuple[Path, Path], tmp_path: Path) -> None:
    tool = bytearray(FILES["usr/bin/tool"])  # type: ignore[arg-type]
    tool[3 * MIB] ^= 1
    edit(
        pair[1],
        tmp_path,
        {
            "etc/app.d/app.conf": f"port = 443\nname = x\ntoken = {GITHUB}\n",
            "etc/shadow": "root:$6$abc$def:1::::::\n",
            "etc/passwd": f"{CLEAN['etc/passwd']}eve:x:1000:1000::/home/eve:/bin/bash\n",
            "usr/bin/tool": bytes(tool),
            "usr/share/twin": FILES["usr/share/twin"],
            "var/lib/dpkg/status": DPKG.format("bash", "2") + DPKG.format("new", "1"),
            "opt/gone": "x",
        },
        "rm opt/gone",
        "set_inode_field etc/hostname mode 0100666",
        "symlink etc/systemd/system/multi-user.target.wants/x.service /dev/null",
    )
    found, first, second = _diff(*pair)
    rows = {(row["path"], row["change"]): row for row in found["files"]}
    assert set(rows) == {
        ("/etc/app.d/app.conf", "content"),
        ("/etc/shadow", "content"),
        ("/etc/passwd", "content"),
        ("/etc/hostname", "metadata"),
        ("/etc/systemd/system/multi-user.target.wants/x.service", "added"),
        ("/usr/bin/tool", "content"),
        ("/var/lib/dpkg/status", "content"),
        ("/opt/gone", "removed"),
    }
    assert found["packages"] == [
        {"name": "deb:old:amd64", "change": "removed", "before": "1"},
        {"name": "deb:new:amd64", "change": "added", "after": "1"},
        {"name": "deb:bash:amd64", "change": "changed", "before": "1", "after": "2"},
    ]
    assert [(row["name"], row["change"]) for row in found["users"]] == [("eve", "added"), ("root", "changed")]
    assert [row["name"] for row in found["services"]] == ["x.service (multi-user.target)"]
    hunks = {row["path"]: row["text"] for row in found["hunks"]}
    assert set(hunks) == {"/etc/app.d/app.conf", "/etc/passwd"}
    assert "-port = 80\n+port = 443\n" in hunks["/etc/app.d/app.conf"]
    assert GITHUB not in str(found)
    assert "$6$" not in str(found)
    # The 16 MiB that did not change were not read; the tool was, up to its change.
    assert first.read < 10 * MIB
    assert second.read < 6 * MIB


def test_another_disk_altogether(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Nothing in common but content: files are compared, equal ones are no difference."""
    other = made.ext(tmp_path / "other", tmp_path / "root", size=64 * MIB, kind="ext2")
    found, _, _ = _diff(pair[0], other)
    assert found["files"] == []
    assert found["bytes_compared"] > 0


def test_noise_is_marked(pair: tuple[Path, Path], tmp_path: Path) -> None:
    edit(pair[1], tmp_path, {"etc/machine-id": "0" * 32, "etc/mine": "x"})
    found, _, _ = _diff(*pair)
    assert {row["path"]: row.get("noise") for row in found["files"]} == {
        "/etc/machine-id": "identity",
        "/etc/mine": None,
    }
    assert found["counts"]["noise"] == 1


def test_volumes_that_no_fstab_names(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Attached and mounted by hand: changed on one side, or only there on the other."""
    data = made.ext(tmp_path / "data", made.write(tmp_path / "files", {"db/rows": "1\n"}), label="data")
    later = tmp_path / "later"
    shutil.copy(data, later)
    edit(later, tmp_path, {"db/rows": "2\n"})
    before, after = [FileDisk(pair[0]), FileDisk(data)], [FileDisk(pair[1]), FileDisk(later)]
    found = diff(before, after, [[], _changed(data, later)])
    assert [(row["path"], row["change"]) for row in found["files"]] == [("/[1:disk]/db/rows", "content")]
    added = diff(before[:1], after, [[]])
    assert ("/[1:disk]/db/rows", "added") in {(row["path"], row["change"]) for row in added["files"]}
    assert not [row for row in added["files"] if not row["path"].startswith("/[1:disk]/")]
    gone = diff(before, after[:1], [[]])
    assert ("/[1:disk]/db/rows", "removed") in {(row["path"], row["change"]) for row in gone["files"]}
