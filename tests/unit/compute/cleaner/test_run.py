"""What the cleaning machine says, and what it is given."""

import subprocess

import pytest

from amiable.compute.cleaner import cpio
from amiable.compute.cleaner.operations import NAMES
from amiable.compute.cleaner.run import Removed, read_report
from amiable.compute.cleaner.script import FILES, check, script
from amiable.core.errors import Conflict, InvalidInput

BOTH = {"logs", "free-space"}


def test_a_report_is_believed_by_its_form_only() -> None:
    said = (
        "left vda1 vfat\r\nremoved logs 3 17\r\nremoved elsewhere 1 1\r\nremoved free-space 0 4\r\n"
        "left vda2 \x1b[2Jvfat\r\nleft ../x y\r\ndone\r\n"
    )
    cleaned = read_report(said, "", BOTH)
    assert cleaned.removed == (Removed("logs", 3, 17 << 10), Removed("free-space", 0, 4 << 10))
    assert cleaned.left == ("vda1: vfat",)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("removed logs 1 1\nfailed vda3 holds xfs: no\ndone\n", "vda3 holds xfs: no"),
        ("removed logs 1 1\ndone\n", "half-way"),
        ("removed logs 1 1\nremoved free-space 0 4\n", "boot . panic"),
        ("removed logs 99999999999999999 1\nremoved free-space 0 4\ndone\n", "half-way"),
    ],
)
def test_anything_less_than_everything_is_a_failure(said: str, why: str) -> None:
    with pytest.raises(Conflict, match=why):
        read_report(said, "boot\npanic \x1b", BOTH)


def test_what_is_kept_is_not_in_the_program() -> None:
    whole, less = script([], []), script(["logs", "users"], ["nginx"])
    assert "begin logs" in whole
    assert "begin logs" not in less
    assert "begin users" not in less
    assert "disable nginx\n" in less
    assert len(set(NAMES)) == len(NAMES)
    for program in (whole, less, (FILES / "init").read_text()):
        subprocess.run(["sh", "-n"], input=program, text=True, check=True)


@pytest.mark.parametrize(("keep", "disable"), [(["everything"], []), ([], ["a; rm -rf /"]), ([], ["-x"])])
def test_no_stranger_words_get_into_the_program(keep: list[str], disable: list[str]) -> None:
    with pytest.raises(InvalidInput):
        check(keep, disable)


def test_an_archive_is_what_cpio_reads() -> None:
    entries = {"bin": cpio.folder(), "bin/x": cpio.file(b"text!"), "y": cpio.link("bin/x")}
    listed = subprocess.run(
        ["cpio", "-itv", "--quiet"], input=cpio.archive(entries), capture_output=True, check=True
    ).stdout.decode()
    assert [line.split()[0] for line in listed.splitlines()] == ["drwxr-xr-x", "-rwxr-xr-x", "lrwxrwxrwx"]
    assert "y -> bin/x" in listed
