"""The command as a whole: help, version, wrong words, errors."""

import importlib.metadata

import pytest

from amiable.cli.group import VERBS
from amiable.core.errors import InvalidInput
from tests.unit.cli.desk import Desk


def test_help_lists_every_verb_by_section(desk: Desk) -> None:
    help = desk.ok("--help")
    for section, verbs in VERBS.items():
        assert f"\n{section}:\n" in help
        for verb in verbs:
            assert f"\n  {verb} " in help


@pytest.mark.parametrize("verb", [verb for verbs in VERBS.values() for verb in verbs])
def test_every_verb_has_help_that_needs_no_server(desk: Desk, verb: str) -> None:
    assert desk.ok(verb, "--help").startswith(f"Usage: amiable {verb}")


def test_version(desk: Desk) -> None:
    assert desk.ok("--version") == f"amiable {importlib.metadata.version('amiable')}\n"


@pytest.mark.parametrize("words", [["frobnicate"], ["image", "list", "--owner", "me"], ["launch"]])
def test_wrong_words(desk: Desk, words: list[str]) -> None:
    result = desk.run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: amiable" in result.stderr


def test_a_wrong_setting_is_named(desk: Desk) -> None:
    desk.environment["AMIABLE_ACCELERATOR"] = "warp"
    assert desk.refused("image", "list") == "Setting accelerator: 'warp' is none of auto, kvm, tcg."


def test_a_configuration_file_that_is_not_there(desk: Desk) -> None:
    said = desk.refused("--config", desk.folder / "none.toml", "image", "list")
    assert said == f"The configuration file {desk.folder}/none.toml does not exist."


def test_debug_shows_where_an_error_comes_from(desk: Desk) -> None:
    desk.environment["AMIABLE_ACCELERATOR"] = "warp"
    assert isinstance(desk.run("--debug", "image", "list").exception, InvalidInput)


def test_no_credentials(desk: Desk) -> None:
    assert desk.refused("image", "list").startswith("There are no credentials. Set AWS_ACCESS_KEY_ID")


def test_no_server(desk: Desk) -> None:
    desk.environment |= {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x"}
    assert desk.refused("image", "list") == "No server answers at http://127.0.0.1:9. Start it: amiable serve"
