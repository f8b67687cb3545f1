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
    assert did(bench, "CreateFile", "[{path: new/f, content: x}]") == ""
    assert (bench.read("new/f"), stat.S_IMODE((bench.folder / "new/f").stat().st_mode)) == ("x", 0o644)
    assert "cannot be" in did(bench, "CreateFile", "[{path: f/f, content: x}]")
    assert did(bench, "CreateFile", "[{path: f, content: x}]") == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o640, "no permissions given: what was there keeps its own"


def test_encodings(bench: Bench) -> None:
    file = bench.folder / "f"
    assert did(bench, "CreateFile", "[{path: DIR/f, content: ü, encoding: utf-16}]") == ""
    assert file.read_bytes() == "ü".encode("utf-16")
    assert did(bench, "SetFileEncoding", "[{path: DIR/f, encoding: utf-8}]") == ""
    assert file.read_bytes() == "ü".encode()
    for name, codec in (("UTF-32", "utf-32"), ("utf16-be", "utf-16-be"), ("utf-32-LE", "utf-32-le")):
        assert did(bench, "CreateFile", f"[{{path: f, content: ü, encoding: {name}}}]") == ""
        assert did(bench, "AppendFile", f"[{{path: f, content: ß, encoding: {name}}}]") == ""
        assert file.read_bytes() == "üß".encode(codec)
        assert did(bench, "ReadFile", f"[{{path: f, encoding: {name}}}]") == ""
        assert output(bench, "content") == "üß"
    did(bench, "CreateFile", "[{path: f, content: ü, encoding: utf32}]")
    assert did(bench, "SetFileEncoding", "[{path: f, encoding: UTF8}]") == ""
    assert file.read_bytes() == "ü".encode()
    file.write_bytes(b"\xff\xfe\xfd")
    assert "is not" in did(bench, "ReadFile", "[{path: DIR/f}]")


def test_folders_links_and_lists(bench: Bench) -> None:
    assert did(bench, "CreateFolder", "[{path: DIR/a/b, permissions: 0700}]") == ""
    assert stat.S_IMODE((bench.folder / "a/b").stat().st_mode) == 0o700
    assert "there already" in did(bench, "CreateFolder", "[{path: DIR/a, overwrite: false}]")
    (bench.folder / "a/x.txt").touch()
    (bench.folder / "a/b/-y.txt").touch()
    assert did(bench, "ListFiles", "[{path: DIR/a, fileNamePattern: '*.txt', recursive: true}]") == ""
    assert output(bench, "files") == f"{bench.folder}/a/b/-y.txt,{bench.folder}/a/x.txt"
    did(bench, "ListFiles", "[{path: DIR/a}]")
    assert output(bench, "files") == f"{bench.folder}/a/x.txt"
    assert did(bench, "CreateSymlink", "[{path: DIR/new/l, target: ../a}]") == ""
    link = bench.folder / "new/l"
    assert did(bench, "CreateSymlink", "[{path: new/l, target: DIR/a/b}]") != ""
    assert did(bench, "CreateSymlink", "[{path: new/l, target: DIR/a/b, force: true}]") == ""
    assert os.readlink(link) == f"{bench.folder}/a/b"
    assert "lead to nothing" in did(bench, "CreateSymlink", "[{path: DIR/l, target: DIR/none}]")
    assert "is no link" in did(bench, "CreateSymlink", "[{path: a/x.txt, target: DIR/a, force: true}]")
    assert "is no link" in did(bench, "CreateSymlink", "[{path: DIR/a, target: DIR/a, force: true}]")
    did(bench, "ListFiles", "[{path: new/l}]")
    assert output(bench, "files") == f"{link}/-y.txt"


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
    assert did(bench, "CopyFile", "[{source: moved, destination: deep/er/copy}]") == ""
    assert did(bench, "MoveFolder", "[{source: deep/, destination: other/place}]") == ""
    assert bench.read("other/place/er/copy") == "two.txt"
    (bench.folder / "other/moved").mkdir()
    assert "moved is a folder" in did(bench, "CopyFile", "[{source: moved, destination: other/}]")


@pytest.mark.parametrize("action", ["CopyFolder", "MoveFolder"])
def test_a_folder_is_not_lost_in_itself(action: str, bench: Bench) -> None:
    (bench.folder / "a/b").mkdir(parents=True)
    (bench.folder / "a/b/f").write_text("kept")
    for inputs in (
        "source: a, destination: DIR/",
        "source: a/b, destination: a",
        "source: a, destination: a/b",
    ):
        assert "the same, or one is in the other" in did(bench, action, f"[{{{inputs}}}]"), inputs
        assert bench.read("a/b/f") == "kept"
    (bench.folder / "file").touch()
    assert "is no folder" in did(bench, action, "[{source: a, destination: file}]")


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
    (bench.folder / "sub").mkdir()
    (bench.folder / "x").touch()
    (bench.folder / "gone").symlink_to("nowhere")
    (bench.folder / "link").symlink_to("sub")
    assert "DeleteFolder" in did(bench, "DeleteFile", "[{path: sub}]")
    assert did(bench, "DeleteFile", "[{path: gone}]") == ""
    assert did(bench, "DeleteFile", "[{path: DIR/*}]") == ""
    assert [path.name for path in bench.folder.iterdir()] == ["sub"]
    assert "no file" in did(bench, "DeleteFile", "[{path: DIR/*}]")


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
    assert did(bench, "SetFileOwner", "[{path: DIR/d/f, owner: root}]") == ""
    assert (file.stat().st_uid, file.stat().st_gid) == (0, 0), "the group is the owner's"
    assert did(bench, "SetFileOwner", "[{path: DIR/d/f, owner: 4321, group: 1}]") == ""
    assert did(bench, "SetFileOwner", "[{path: DIR/d/f, owner: 1234}]") == ""
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 1), "a number that no account has"
    for action, more in (("Owner", "owner: root"), ("Permissions", "permissions: 700")):
        assert "is no file" in did(bench, f"SetFile{action}", f"[{{path: DIR/d, {more}}}]")
        assert "is no file" in did(bench, f"SetFile{action}", f"[{{path: DIR/none, {more}}}]")
        assert "is no folder" in did(bench, f"SetFolder{action}", f"[{{path: DIR/d/f, {more}}}]")


def test_binaries_and_assertions(bench: Bench) -> None:
    assert did(bench, "ExecuteBinary", "{path: /bin/echo, arguments: ['a b', '$HOME']}") == ""
    assert output(bench, "stdout") == "a b $HOME"
    (bench.folder / "f").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest().upper()
    assert did(bench, "Assert", f"{{fileSHA256Equals: {digest}, path: DIR/f}}") == ""
    assert "assertion is false" in did(bench, "Assert", "{fileSHA256Equals: abc, path: DIR/none}")
    assert did(bench, "Assert", "{not: [{numberEquals: 1, value: one}]}") == ""
    assert did(bench, "Assert", "{and: [{fileExists: f}, {folderExists: .}, {not: {fileExists: ''}}]}") == ""


def test_what_this_server_has_not_is_said(bench: Bench) -> None:
    assert "no buckets" in did(bench, "S3Download", "[{source: s3://b/k, destination: /d}]")
    assert "HTTP" in did(bench, "WebDownload", "[{source: file:///etc/passwd, destination: DIR/p}]")
    assert "not the name of a package" in did(bench, "UpdateOS", "{include: ['a; reboot']}")
    assert did(bench, "UpdateOS", "{include: [base-files], exclude: [base-files]}") == "", "nothing is left"


def test_a_disk_that_takes_nothing_fails_the_step_alone(bench: Bench) -> None:
    outcome = bench.run(
        "{name: s, action: AppendFile, inputs: [{path: /proc/version, content: x}], onFailure: Continue}",
        "{name: t, action: CreateFile, inputs: [{path: /dev/full, content: x}], onFailure: Continue}",
        "{name: u, action: ReadFile, inputs: [{path: /dev/zero}], onFailure: Continue}",
        "{name: v, action: ExecuteDocument, inputs: {document: /dev/zero}, onFailure: Continue}",
        "{name: w, action: CreateFile, inputs: [{path: after}]}",
    )
    assert (outcome.executed, outcome.failed) == (5, 4)
    assert "larger than" in bench.entry("u")["message"]
    assert "larger than" in bench.entry("v")["message"]


def test_what_a_condition_asks_ends_with_the_step(bench: Bench) -> None:
    os.mkfifo(bench.folder / "f")
    asks = "{fileMD5Equals: abc, path: f}"
    outcome = bench.run(
        f"{{name: s, action: Assert, timeoutSeconds: 1, onFailure: Continue, inputs: {asks}}}",
        f"{{name: t, action: Reboot, timeoutSeconds: 1, if: {asks}}}",
    )
    assert outcome.failed == 2
    assert all("within the step's timeout" in bench.entry(name)["message"] for name in "st")
