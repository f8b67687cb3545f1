"""launch, instance and key, against a real API whose stories the test plays."""

import base64
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.model.database import Database
from amiable.model.instance import Instance
from tests.unit.cli.desk import Desk, set_image, set_instance


@pytest.fixture
def image(server: Database, desk: Desk, tmp_path: Path) -> str:
    """An image that can be launched."""
    (tmp_path / "base.raw").write_bytes(b"disk")
    (made,) = desk.json("image", "import", tmp_path / "base.raw", "--no-wait")
    set_image(server, made["ImageId"], "available")
    return str(made["ImageId"])


@contextmanager
def played(database: Database, *states: str, message: str = "") -> Iterator[None]:
    """Plays the story of every instance that is `pending`, as soon as there is one."""

    def play() -> None:
        found: list[str] = []
        while not found:
            clock.sleep(0.02)
            with database.read() as session:
                found = list(session.scalars(select(Instance.id).where(Instance.state == "pending")))
        for state in states:
            for instance_id in found:
                set_instance(database, instance_id, state, message)

    player = threading.Thread(target=play)
    player.start()
    yield
    player.join()


def launched(desk: Desk, image: str, *words: str | Path) -> str:
    (instance,) = desk.json("launch", image, "--no-wait", *words)
    return str(instance["InstanceId"])


def test_launch_with_everything(server: Database, desk: Desk, image: str, tmp_path: Path) -> None:
    desk.ok("key", "create", "me", "--out", tmp_path / "me.pem")
    (tmp_path / "data.sh").write_bytes(b"#!/bin/sh\n\xff")
    words = [
        "--type",
        "t3.small",
        "--key",
        "me",
        "--group",
        "default",
        "--name",
        "web",
        "--tag",
        "stage=test",
    ]
    more = ["--user-data", tmp_path / "data.sh", "--volume-size", "20"]
    with played(server, "running"):
        (instance,) = desk.json("launch", "base", *words, *more)
    assert (instance["State"]["Name"], instance["InstanceType"]) == ("running", "t3.small")
    assert instance["KeyName"] == "me"
    assert [group["GroupName"] for group in instance["SecurityGroups"]] == ["default"]
    assert {tag["Key"]: tag["Value"] for tag in instance["Tags"]} == {"Name": "web", "stage": "test"}
    with server.read() as session:
        row = session.get_one(Instance, instance["InstanceId"])
        assert row.user_data == b"#!/bin/sh\n\xff"
        assert [attachment.volume.size for attachment in row.attachments] == [20]


def test_launch_of_several_by_group_id(server: Database, desk: Desk, image: str) -> None:
    (first,) = desk.json("launch", image, "--no-wait")
    group = first["SecurityGroups"][0]["GroupId"]
    made = desk.json("launch", image, "--count", "3", "--group", group, "--no-wait")
    assert [instance["SecurityGroups"][0]["GroupId"] for instance in made] == [group] * 3


def test_a_launch_that_fails_says_why(server: Database, desk: Desk, image: str) -> None:
    with played(server, "terminated", message="QEMU did not start"):
        said = desk.refused("launch", image)
    assert said.endswith(" is terminated: QEMU did not start")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "There is no image 'nothing'. See: amiable image list"),
        (["base", "--key", "none"], "Make one: amiable key create NAME --out FILE"),
        (["base", "--type", "t3.huge"], "InvalidParameterValue"),
    ],
)
def test_launches_that_are_refused(
    server: Database, desk: Desk, image: str, words: list[str], said: str
) -> None:
    assert said in desk.refused("launch", *words)
    assert desk.json("instance", "list") == []


def test_list_and_show(server: Database, desk: Desk, image: str) -> None:
    web = launched(desk, image, "--name", "web")
    other = launched(desk, image)
    set_instance(server, web, "running")
    lines = desk.ok("instance", "list").splitlines()
    assert lines[0].split() == ["INSTANCE", "NAME", "STATE", "TYPE", "PUBLIC", "PRIVATE", "IMAGE", "LAUNCHED"]
    assert [line.split()[:4] for line in lines[1:]] == [
        [web, "web", "running", "t3.micro"],
        [other, "-", "pending", "t3.micro"],
    ]
    running = desk.json("instance", "list", "--filter", "instance-state-name=running")
    assert [instance["InstanceId"] for instance in running] == [web]
    (shown,) = desk.json("instance", "show", "web")
    details = desk.ok("instance", "show", web).splitlines()
    assert details[0].split() == ["Instance", web]
    assert any(line.split() == ["Private", "address", shown["PrivateIpAddress"]] for line in details)
    assert shown["LaunchTime"].endswith("Z")


def test_a_name_that_two_have_is_refused(server: Database, desk: Desk, image: str) -> None:
    found = [launched(desk, image, "--name", "twin") for _ in range(2)]
    said = desk.refused("instance", "show", "twin")
    assert said.startswith("Several instances are named 'twin'; give an id: ")
    assert all(instance_id in said for instance_id in found)


def test_a_name_of_the_terminated_is_free(server: Database, desk: Desk, image: str) -> None:
    old, new = (launched(desk, image, "--name", "web") for _ in range(2))
    set_instance(server, old, "terminated")
    assert [instance["InstanceId"] for instance in desk.json("instance", "show", "web")] == [new]


def test_changes_of_state(server: Database, desk: Desk, image: str) -> None:
    web = launched(desk, image, "--name", "web")
    set_instance(server, web, "running")
    assert desk.ok("instance", "reboot", "web") == f"Rebooting {web}\n"
    assert desk.ok("instance", "stop", "web").split() == ["INSTANCE", "WAS", "IS", web, "running", "stopping"]
    set_instance(server, web, "stopped")
    with played(server, "running"):
        (change,) = desk.json("instance", "start", "web", "--wait")
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "running")
    assert "shutting-down" in desk.ok("instance", "terminate", web)
    assert desk.refused("instance", "start", web).startswith("IncorrectInstanceState: ")


def test_console(server: Database, desk: Desk, image: str) -> None:
    web = launched(desk, image)
    folder = desk.settings.machine_directory(web) / "run"
    folder.mkdir(parents=True)
    (folder / "console.log").write_bytes(b"\x1b[2JLinux\r\nlogin: ")
    assert desk.ok("instance", "console", web) == "Linux\nlogin: "
    assert desk.json("instance", "console", web)[0]["Output"] == "\x1b[2JLinux\r\nlogin: "
    set_instance(server, web, "terminated")
    assert desk.ok("instance", "console", web, "--follow") == "Linux\nlogin: "


def test_a_key_in_a_file(server: Database, desk: Desk, tmp_path: Path) -> None:
    line = desk.ok("key", "create", "me", "--out", tmp_path / "me.pem")
    assert line.split()[1:] == ["me", str(tmp_path / "me.pem")]
    assert stat.S_IMODE((tmp_path / "me.pem").stat().st_mode) == 0o600
    assert (tmp_path / "me.pem").read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")


def test_a_key_on_standard_output(server: Database, desk: Desk) -> None:
    text = desk.ok("key", "create", "me", "--type", "rsa")
    assert text.startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert base64.b64decode("".join(text.splitlines()[1:-1]))


def test_a_file_is_never_overwritten_by_a_key(server: Database, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "me.pem").write_text("precious")
    assert desk.refused("key", "create", "me", "--out", tmp_path / "me.pem").endswith("me.pem: File exists.")
    assert (tmp_path / "me.pem").read_text() == "precious"
    desk.ok("key", "create", "me")


def test_a_refused_key_leaves_no_file(server: Database, desk: Desk, tmp_path: Path) -> None:
    desk.ok("key", "create", "me")
    said = desk.refused("key", "create", "me", "--out", tmp_path / "me.pem")
    assert said.startswith("InvalidKeyPair.Duplicate: ")
    assert not (tmp_path / "me.pem").exists()
