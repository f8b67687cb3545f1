"""Every action module but the downloads, on this machine as the guest."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from tests.unit.builder.test_run import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def did(bench: Bench, action: str, inputs: str) -> str:
    """Run one step; "" when it went well, else the reason."""
    bench.saved = None
    outcome = bench.run(f"{{name: s, action: {action}, inputs: {inputs}}}")
    return outcome.failure.message if outcome.failure else ""


def output(bench: Bench, name: str) -> str:
    return str(bench.entry("s")["outputs"][name])


def test_files_are_created_appended_and_read(bench: Bench) -> None:
    file = bench.folder / "f"
    assert (
        did(bench, "CreateFile", "[{path: DIR/f, content: 'grüß', permissions: 0640, group: daemon}]") == ""
    )
    assert file.read_text() == "grüß"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_gid == 1
    assert "there already" in did(bench, "CreateFile", "[{path: DIR/f, content: x, overwrite: false}]")
    assert did(bench, "AppendFile", "[{path: DIR/f, content: ' dich'}]") == ""
    assert did(bench, "ReadFile", "[{path: DIR/f}]") == ""
    assert output(bench, "content") == "grüß dich"
    assert bench.lines == [bench.lines[0]]  # the refusal; the content only with printFileContent
    did(bench, "ReadFile", "[{path: DIR/f, printFileContent: true}]")
    assert bench.lines[-1] == "grüß dich"
    assert "no file" in did(bench, "AppendFile", "[{path: DIR/none, content: x}]")
    assert "cannot be" in did(bench, "CreateFile", "[{path: DIR/no/f, content: x}]")


def test_encodings(bench: Bench) -> None:
    file = bench.folder / "f"
    assert did(bench, "CreateFile", "[{path: DIR/f, content: ü, encoding: utf-16}]") == ""
    assert file.read_bytes() == "ü".encode("utf-16")
    assert did(bench, "SetFileEncoding", "[{path: DIR/f, encoding: utf-8}]") == ""
    assert file.read_bytes() == "ü".encode()
    assert "no encoding latin9" in did(bench, "ReadFile", "[{path: DIR/f, encoding: latin9}]")
    file.write_bytes(b"\xff\xfe\xfd")
    assert "is not" in did(bench, "ReadFile", "[{path: DIR/f}]")


def test_folders_links_and_lists(bench: Bench) -> None:
    assert did(bench, "CreateFolder", "[{path: DIR/a/b, permissions: 0700}]") == ""
    assert stat.S_IMODE((bench.folder / "a/b").stat().st_mode) == 0o700
    assert "there already" in did(bench, "CreateFolder", "[{path: DIR/a, overwrite: false}]")
    (bench.folder / "a/x.txt").touch()
    (bench.folder / "a/b/-y.txt").touch()
    assert did(bench, "ListFiles", "[{path: DIR/a, fileNamePattern: '*.txt', recursive: true}]") == ""
    assert output(bench, "files").split() == [f"{bench.folder}/a/b/-y.txt", f"{bench.folder}/a/x.txt"]
    did(bench, "ListFiles", "[{path: DIR/a}]")
    assert output(bench, "files").split() == [f"{bench.folder}/a/x.txt"]
    assert did(bench, "CreateSymlink", "[{path: DIR/l, target: DIR/a}]") == ""
    assert did(bench, "CreateSymlink", "[{path: DIR/l, target: DIR/b}]") != ""
    assert did(bench, "CreateSymlink", "[{path: DIR/l, target: DIR/b, force: true}]") == ""
    assert os.readlink(bench.folder / "l") == f"{bench.folder}/b"


def test_copies_and_moves(bench: Bench) -> None:
    for name in ("one 1.txt", "two.txt"):
        (bench.folder / name).write_text(name)
    assert did(bench, "CopyFile", "[{source: 'DIR/*.txt', destination: DIR/to/}]") == ""
    assert sorted(path.name for path in (bench.folder / "to").iterdir()) == ["one 1.txt", "two.txt"]
    assert "overwrite is false" in did(
        bench, "CopyFile", "[{source: DIR/two.txt, destination: DIR/to/two.txt, overwrite: false}]"
    )
    assert "no file" in did(bench, "CopyFile", "[{source: 'DIR/*.no', destination: DIR/to/}]")
    assert "is a folder" in did(bench, "CopyFile", "[{source: DIR/two.txt, destination: DIR/to}]")
    assert did(bench, "MoveFile", "[{source: DIR/two.txt, destination: DIR/moved}]") == ""
    assert (bench.read("moved"), (bench.folder / "two.txt").exists()) == ("two.txt", False)
    assert did(bench, "CopyFolder", "[{source: DIR/to, destination: DIR/again}]") == ""
    assert bench.read("again/two.txt") == "two.txt"
    assert did(bench, "MoveFolder", "[{source: DIR/again, destination: DIR/last}]") == ""
    assert not (bench.folder / "again").exists()
    assert bench.read("last/two.txt") == "two.txt"


def test_deletion(bench: Bench) -> None:
    (bench.folder / "full").mkdir()
    (bench.folder / "full/f").touch()
    assert did(bench, "DeleteFolder", "[{path: DIR/full}]") != ""
    assert did(bench, "DeleteFolder", "[{path: DIR/full, force: true}]") == ""
    (bench.folder / "a.log").touch()
    (bench.folder / "b.log").touch()
    assert did(bench, "DeleteFile", "[{path: 'DIR/*.log'}]") == ""
    assert "no file" in did(bench, "DeleteFile", "[{path: DIR/a.log}]")
    assert list(bench.folder.iterdir()) == []


def test_owners_and_permissions(bench: Bench) -> None:
    (bench.folder / "d").mkdir()
    file = bench.folder / "d/f"
    file.touch()
    assert did(bench, "SetFolderOwner", "[{path: DIR/d, owner: nobody, group: daemon}]") == ""
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 1)
    assert did(bench, "SetFilePermissions", "[{path: DIR/d/f, permissions: 0604}]") == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert did(bench, "SetFolderPermissions", "[{path: DIR/d, permissions: 0711, recursive: false}]") == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert "octal" in did(bench, "SetFilePermissions", "[{path: DIR/d/f, permissions: u+x}]")


def test_binaries_and_assertions(bench: Bench) -> None:
    assert did(bench, "ExecuteBinary", "{path: /bin/echo, arguments: ['a b', '$HOME']}") == ""
    assert output(bench, "stdout") == "a b $HOME"
    (bench.folder / "f").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest().upper()
    assert did(bench, "Assert", f"{{fileSHA256Equals: {digest}, path: DIR/f}}") == ""
    assert "assertion is false" in did(bench, "Assert", "{fileSHA256Equals: abc, path: DIR/none}")
    assert "not a number" in did(bench, "Assert", "{numberEquals: 1, value: one}")


def test_what_this_server_has_not_is_said(bench: Bench) -> None:
    assert "no S3 endpoint" in did(bench, "S3Download", "[{source: s3://b/k, destination: /d}]")
    assert "HTTP" in did(bench, "WebDownload", "[{source: file:///etc/passwd, destination: DIR/p}]")
    assert "not the name of a package" in did(bench, "UpdateOS", "{include: ['a; reboot']}")
