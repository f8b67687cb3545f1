"""Accounts and `env`, on a data directory of their own; the shell understands what `env` prints."""

import stat

import pytest

from amiable.app import add_account, open_state
from amiable.core import clock, proc
from amiable.core.settings import Settings
from amiable.model.account import AMAZON, create_account
from amiable.model.database import Database
from amiable.model.sign_in_link import redeem
from tests.unit.cli.desk import Desk

NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL")


def sourced(text: str, inherited: dict[str, str]) -> dict[str, str]:
    """The environment of a shell that has evaluated the text."""
    script = 'eval "$1"; env -0'
    said = proc.run(["sh", "-c", script, "sh", text], env={"PATH": "/usr/bin:/bin", **inherited}).text
    return dict(line.split("=", 1) for line in said.split("\0") if line)


def test_a_new_account_and_its_environment(desk: Desk) -> None:
    (made,) = desk.json("account", "create", "me")
    assert stat.S_IMODE((desk.folder / "data" / "secret.key").stat().st_mode) == 0o600
    text = desk.ok("env")
    shell = sourced(text, {"AWS_SESSION_TOKEN": "stale"})
    assert "AWS_SESSION_TOKEN" not in shell
    assert [shell[name] for name in NAMES] == [
        made["AccessKeyId"],
        made["SecretAccessKey"],
        "us-east-1",
        "http://127.0.0.1:9",
    ]
    left = sourced(desk.ok("env", "--unset"), shell)
    assert not [name for name in left if name.startswith("AWS_")]


def test_what_create_shows_a_person(desk: Desk) -> None:
    shown = desk.ok("account", "create", "me")
    assert 'eval "$(amiable env --account me)"' in shown
    text = desk.ok("env")
    key = next(line.split()[-1] for line in shown.splitlines() if line.startswith("Access key"))
    secret = next(line.split()[-1] for line in shown.splitlines() if line.startswith("Secret"))
    assert f"export AWS_ACCESS_KEY_ID={key}\n" in text
    assert f"export AWS_SECRET_ACCESS_KEY={secret}\n" in text


def test_which_account_must_be_said_among_several(desk: Desk) -> None:
    desk.ok("account", "create", "one")
    (two,) = desk.json("account", "create", "two")
    assert desk.refused("env") == "There are several accounts (one, two): say which with --account NAME."
    for name in ("two", two["AccountId"]):
        assert two["AccessKeyId"] in desk.ok("env", "--account", name)


def test_the_built_in_account_is_not_the_only_one(desk: Desk) -> None:
    with open_state(desk.settings) as state:
        add_account(state, AMAZON, alias=AMAZON)
    assert desk.refused("env").startswith("There is no account yet. Make one: amiable account create NAME")
    desk.ok("account", "create", "me")
    assert [(item["Name"], item["BuiltIn"], item["ActiveKeys"]) for item in desk.json("account", "list")] == [
        ("amazon", True, 0),
        ("me", False, 1),
    ]


def test_units_of_the_organization(desk: Desk) -> None:
    unit = "ou-ab12-cdefgh34"
    assert desk.refused("account", "create", "me", "--unit", unit).startswith("There is no organization")
    desk.environment["AMIABLE_ORGANIZATION"] = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
    assert desk.refused("account", "create", "me", "--unit", "sales").startswith("Unit 'sales'")
    desk.ok("account", "create", "me", "--unit", unit)
    assert [item.get("Unit") for item in desk.json("account", "list")] == [unit]
    assert unit in desk.ok("account", "list")


def test_an_account_without_a_key_gets_one_and_keeps_it(desk: Desk) -> None:
    with open_state(desk.settings) as state, state.database.write() as session:
        create_account(session, "bare")
    first = desk.ok("env")
    assert first.count("export AWS_ACCESS_KEY_ID=AKIA") == 1
    assert desk.ok("env") == first


def test_another_region(desk: Desk) -> None:
    desk.ok("account", "create", "me")
    assert "export AWS_DEFAULT_REGION=us-west-2\n" in desk.ok("env", "--region", "us-west-2")
    assert desk.refused("env", "--region", "mars-1").startswith("The region mars-1 is not configured here.")


@pytest.mark.parametrize("name", ["", "a b", "x" * 65])
def test_bad_names(desk: Desk, name: str) -> None:
    assert desk.refused("account", "create", name).startswith(f"Account name {name!r}: use 1 to 64")
    assert desk.json("account", "list") == []


def test_a_taken_name(desk: Desk) -> None:
    desk.ok("account", "create", "me")
    assert desk.refused("account", "create", "me") == "There is an account named 'me' already."


def test_an_unknown_account(desk: Desk) -> None:
    desk.ok("account", "create", "me")
    assert desk.refused("env", "--account", "you").startswith("There is no account 'you'.")


@pytest.mark.parametrize("words", [["env"], ["account", "list"]])
def test_no_state_is_made_by_looking(desk: Desk, words: list[str]) -> None:
    assert desk.refused(*words).startswith(f"There is no state of a server in {desk.folder}/data")
    assert not (desk.folder / "data").exists()


def test_a_key_file_that_others_can_read_is_refused(desk: Desk) -> None:
    desk.ok("account", "create", "me")
    key = desk.folder / "data" / "secret.key"
    key.chmod(0o644)
    assert desk.refused("env").endswith(f"Run: chmod 600 {key}")


def test_clients_without_credentials_are_the_local_account(server: Database, desk: Desk) -> None:
    desk.environment |= {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    assert desk.json("instance", "list") == []


def test_credentials_of_another_server_are_refused_with_the_way_out(server: Database, desk: Desk) -> None:
    desk.environment["AWS_SECRET_ACCESS_KEY"] = "wrong"
    assert desk.refused("image", "list").endswith('Run as root: eval "$(amiable env)"')


def test_the_endpoint_of_the_settings_counts_when_none_is_given(server: Database, desk: Desk) -> None:
    url = desk.environment["AWS_ENDPOINT_URL"]
    assert url is not None
    desk.environment |= {"AWS_ENDPOINT_URL": None, "AMIABLE_ENDPOINT": url}
    assert Settings(endpoint=url).url == url
    assert desk.json("image", "list") == []


def test_a_link_to_the_console_signs_in_once(desk: Desk) -> None:
    (made,) = desk.json("account", "create", "me")
    (link,) = desk.json("console")
    url, _, token = link["Url"].partition("#token=")
    assert url == "http://127.0.0.1:9/console/"
    assert token.startswith(made["AccountId"] + ".")
    with open_state(desk.settings) as state, state.database.write() as session:
        assert redeem(session, token, clock.now()) == made["AccountId"]
        assert redeem(session, token, clock.now()) is None
