"""`amiable build` on the tiny image. A file is built, and its distribution taken up again; nothing changes; a
component fails, its instance is kept, and somebody looks from a terminal at the disk as it was before.
"""

import json
import secrets
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_builder import ELSEWHERE, Builder
from tests.helpers.guest import Guest
from tests.helpers.server import REGION, Account, Server, eventually
from tests.helpers.terminal import typed

RECIPE = """\
name: NAME
base: BASE
instance-type: t3.nano
key-pair: KEY
components:
  - {name: page, run: "mkdir -p /www; echo page >/www/index.html"}
  - {name: motd, run: MOTD}
tests:
  - {name: there, run: grep page /www/index.html}
distribution:
  - {region: ELSEWHERE, name: "NAME {{imagebuilder:buildDate:yyyy}}"}
"""


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("build-command")


def taken(ec2: Any, name: str) -> str:
    """An image that has a name already; its id."""
    volume = ec2.create_volume(AvailabilityZone=f"{ELSEWHERE}a", Size=1, VolumeType="gp3")["VolumeId"]
    eventually(
        lambda: ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == "available",
        within=60, what=volume,
    )  # fmt: skip
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    eventually(
        lambda: ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed",
        within=60, what=snapshot,
    )  # fmt: skip
    ec2.delete_volume(VolumeId=volume)
    root = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}
    made = ec2.register_image(Name=name, RootDeviceName="/dev/xvda", BlockDeviceMappings=[root])
    return str(made["ImageId"])


def test_the_command_builds_a_file(account: Account, tiny_ami: str, tmp_path: Path) -> None:
    name = f"file-{secrets.token_hex(3)}"
    recipe, report = tmp_path / "web.yaml", tmp_path / "report.xml"
    ec2, elsewhere = account.client("ec2", REGION), account.client("ec2", ELSEWHERE)
    key = tmp_path / "key.pem"
    key.touch(0o600)
    key.write_text(ec2.create_key_pair(KeyName=name, KeyType="ed25519")["KeyMaterial"])
    environment = account.environment()

    def amiable(*words: object, motd: str = "echo hello >/etc/motd") -> subprocess.CompletedProcess[str]:
        given = {"NAME": name, "BASE": tiny_ami, "MOTD": motd, "KEY": name, "ELSEWHERE": ELSEWHERE}
        text = RECIPE
        for word, value in given.items():
            text = text.replace(word, value)
        recipe.write_text(text)
        return subprocess.run(
            ["amiable", "build", *map(str, words)],
            env=environment, capture_output=True, text=True, timeout=420, check=False,
        )  # fmt: skip

    # its distribution fails: the name is taken
    other = taken(elsewhere, f"{name} {time.gmtime().tm_year}")
    done = amiable(recipe, "--json", "--junit", report)
    assert done.returncode == 1, done.stderr
    (cold,) = json.loads(done.stdout)
    assert cold["FailureContext"]["imageStatus"] == "DISTRIBUTING"
    assert [part["Name"] for part in cold["Components"]] == [
        f"{name}-{one}" for one in ("page", "motd", "there")
    ]
    assert "page: runs, because nothing was built of this recipe before" in done.stderr
    assert f"The key pair {name} may log in" in done.stderr
    assert report.read_text().count("<testcase") == 4

    # it is taken up there
    elsewhere.deregister_image(ImageId=other)
    done = amiable("retry", name)
    assert done.returncode == 0, done.stderr
    assert "== DISTRIBUTION" in done.stderr
    assert "== TEST" not in done.stderr
    (copy,) = elsewhere.describe_images(Owners=["self"])["Images"]
    assert copy["ImageId"] in done.stdout

    # with nothing changed
    done = amiable(recipe, "--json")
    assert done.returncode == 0, done.stderr
    images = {one["image"] for one in json.loads(done.stdout)[0]["Images"]}
    assert images == {cold["Images"][0]["image"], copy["ImageId"]}
    assert "Made" not in done.stderr

    # a component fails: the instance is kept, and the key pair of the recipe lets one in
    done = amiable(recipe, "--keep", motd="echo because; touch /half; exit 3")
    assert done.returncode == 1
    assert f"{name}-page: reused" in done.stderr
    assert f"{name}-motd: runs, because its document changed" in done.stderr
    assert "because" in done.stdout
    (kept,) = (one for one in Builder(account).left() if one.startswith("i-"))
    assert Guest(ec2, kept, key).ssh("cat /www/index.html; ls /half") == "page\n/half"
    Guest(ec2, kept, key).terminate()
    eventually(lambda: Builder(account).left() == [name], within=60, what="its group to go after it")

    # a shell on the disk as it was before that, and nothing is left of it
    status, shown = typed(
        ["amiable", "build", "debug", name],
        {**environment, "TERM": "dumb"},
        ("# ", "cat /www/index.html; ls /half"),
        ("# ", "tty; exit 7"),
    )
    assert status == 0, shown
    assert f"the disk after {name}-page" in shown
    assert "page\r\n" in shown
    assert "/half: No such file" in shown
    assert "/dev/pts/" in shown
    assert Builder(account).left() == [name]
