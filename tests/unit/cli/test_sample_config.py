"""The sample configuration is fresh and says the truth; the unit lets machines live."""

import configparser
import re
from pathlib import Path

import pytest

from amiable.core.settings import load
from tests.unit.cli.desk import Desk

SHARE = Path(__file__).parents[3] / "share"
SAMPLE = SHARE / "amiable.toml"


def test_the_sample_is_what_the_command_prints(desk: Desk) -> None:
    assert SAMPLE.read_text() == desk.ok("config"), "run: amiable config > share/amiable.toml"


def test_the_sample_as_it_is_changes_nothing() -> None:
    assert load({"AMIABLE_CONFIG": str(SAMPLE)}) == load({"AMIABLE_CONFIG": "/dev/null"})


def test_every_default_in_the_sample_is_the_default(tmp_path: Path) -> None:
    file = tmp_path / "all.toml"
    file.write_text(re.sub(r"^#(?=[a-z])", "", SAMPLE.read_text(), flags=re.MULTILINE))
    assert load(config=file, environment={}) == load({"AMIABLE_CONFIG": "/dev/null"})


def test_the_examples_in_the_sample_are_valid(tmp_path: Path) -> None:
    file = tmp_path / "examples.toml"
    file.write_text(re.sub(r"^# example: ", "", SAMPLE.read_text(), flags=re.MULTILINE))
    assert load(config=file, environment={}).stores == {"us-west-2": "s3://bucket/prefix"}


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SHARE / "amiable.service")
    return parser


def test_machines_survive_the_service(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert (service["KillMode"], service["SendSIGKILL"], service["Restart"]) == (
        "process",
        "no",
        "on-failure",
    )


def test_the_service_has_no_mount_namespace_of_its_own(unit: configparser.ConfigParser) -> None:
    """What systemd.exec(5) says implies one; named network namespaces would be lost in it."""
    given = set(unit["Service"])
    assert not [name for name in given if name.startswith(("Protect", "Private", "ReadOnly", "ReadWrite"))]
    assert not given & {
        "RootDirectory",
        "BindPaths",
        "TemporaryFileSystem",
        "InaccessiblePaths",
        "MountFlags",
    }
    assert "MemoryDenyWriteExecute" not in given
