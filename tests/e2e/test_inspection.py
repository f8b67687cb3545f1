"""A box that somebody worked on: what its image gives away, and what differs from the image it came from."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server
from tests.unit.inspection.test_hygiene import KEY_ID, pem


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("inspector")


@pytest.fixture(scope="module")
def guest(account: Account, tiny_ami: str) -> Iterator[Guest]:
    """Where a key was deleted, credentials were left, and a file was added."""
    guest = launch(account, tiny_ami, 22)
    guest.until_ssh()
    key = pem("OPENSSH PRIVATE KEY")  # many times: what is written next may take a block that became free
    guest.ssh(f"for n in $(seq 20); do printf '%s' '{key}' > /root/id$n; done; sync; rm /root/id*; sync")
    guest.ssh(f"mkdir -p /root/.aws && echo 'aws_access_key_id = {KEY_ID}' > /root/.aws/credentials")
    guest.ssh("echo 'answer = 42' > /etc/app.conf && chmod 666 /etc/app.conf && sync")
    yield guest
    guest.terminate()


def amiable(account: Account, *words: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        ["amiable", *words],
        env=account.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr
    return done


def looked(account: Account, *words: str) -> list[dict[str, Any]]:
    """What a verb prints with --json."""
    found = json.loads(amiable(account, *words, "--json").stdout)
    assert isinstance(found, list)
    return found


def test_an_image_gives_away_what_was_deleted(account: Account, guest: Guest, tiny_ami: str) -> None:
    image = guest.image("worked-on")
    scan = amiable(account, "scan", image, "--json")
    assert scan.returncode == 3
    found = {(row["check"], row.get("file")) for row in json.loads(scan.stdout)}
    assert {
        ("deleted-secret", None),
        ("token", "/root/.aws/credentials"),
        ("credential-file", "/root/.aws/credentials"),
        ("world-writable", "/etc/app.conf"),
        ("authorized-keys", "/root/.ssh/authorized_keys"),
    } <= found
    assert KEY_ID not in scan.stdout
    base = {row["check"] for row in looked(account, "scan", tiny_ami)}
    assert not base & {"deleted-secret", "token", "authorized-keys"}
    (diff,) = looked(account, "diff", tiny_ami, image)
    assert {"/etc/app.conf", "/root/.aws/credentials"} <= {row["path"] for row in diff["files"]}
    assert any("+answer = 42" in row["text"] for row in diff["hunks"])
    assert diff["blocks"]["changed"] < diff["blocks"]["used"]


def test_drift_of_a_running_instance(account: Account, guest: Guest) -> None:
    (drift,) = looked(account, "drift", guest.id)
    paths = {row["path"]: row for row in drift["files"]}
    assert paths["/etc/app.conf"]["change"] == "added"
    assert not any(row.get("noise") for row in drift["files"])
    assert any("+answer = 42" in row["text"] for row in drift["hunks"])
    images = {row["ImageId"] for row in guest.ec2.describe_images(Owners=["self"])["Images"]}
    snapshots = guest.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert images == {row["Description"].split()[-1] for row in snapshots}, "the temporary one is gone"
