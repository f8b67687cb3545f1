"""Cloud Custodian's `ami` policies, unchanged: image-age, unused, set-deprecation, deregister."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.guest import launch
from tests.helpers.server import Account, Server, eventually

CUSTODIAN = Path(__file__).parents[2] / ".cache" / "custodian" / "bin" / "custodian"


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("custodian")


def own_image(server: Server, account: Account, disk: Path, name: str) -> str:
    """A private image of the account, of a disk in the import folder."""
    copy = server.loaded().import_folder / f"{name}.raw"
    copy.write_bytes(disk.read_bytes())
    image_id = account.client("amiable").import_disk(Source=f"file:{copy.name}", Name=name)["ImageId"]
    account.client("ec2").get_waiter("image_available").wait(
        ImageIds=[image_id], WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    return str(image_id)


def run(account: Account, folder: Path, **policy: Any) -> list[dict[str, Any]]:
    """Run one policy; the resources that it took."""
    folder.mkdir()
    written = folder / "policy.json"
    written.write_text(json.dumps({"policies": [{"name": "p", "resource": "aws.ami", **policy}]}))
    done = subprocess.run(
        [str(CUSTODIAN), "run", "--cache-period=0", f"--output-dir={folder}/out", str(written)],
        env={**os.environ, **account.environment()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads((folder / "out" / "p" / "resources.json").read_text()))


def test_policies_on_images(server: Server, account: Account, tiny_disk: Path, tmp_path: Path) -> None:
    used = own_image(server, account, tiny_disk, "used")
    unused = own_image(server, account, tiny_disk, "unused")
    guest = launch(account, used, 22)
    ec2 = account.client("ec2")
    try:
        age = {"type": "image-age", "op": "ge", "days": 0}
        actions = [{"type": "set-deprecation", "days": 30}]
        assert {
            image["ImageId"] for image in run(account, tmp_path / "1", filters=[age], actions=actions)
        } == {
            used,
            unused,
        }
        images = ec2.describe_images(Owners=["self"])["Images"]
        assert all(image["DeprecationTime"] for image in images)

        young = {"type": "image-age", "op": "ge", "days": 1}
        assert run(account, tmp_path / "2", filters=[young], actions=["deregister"]) == []

        removal = [{"type": "deregister", "delete-snapshots": True}]
        taken = run(account, tmp_path / "3", filters=["unused"], actions=removal)
        assert [image["ImageId"] for image in taken] == [unused]
        assert [image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]] == [used]
        eventually(
            lambda: len(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 1,
            within=30,
            what="the snapshot of the image that went",
        )
    finally:
        guest.terminate()
