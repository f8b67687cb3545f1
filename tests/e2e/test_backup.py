"""The backup that docs/operating.md describes: taken while machines run, restored where nothing is left."""

import shutil
import subprocess
import sys
from pathlib import Path

from amiable.app import teardown
from tests.helpers.server import Server, eventually, import_disk, prepared

LEFT_OUT = ("volumes", "cache", "instances", "work")


def test_a_server_is_restored_from_its_backup(tiny_disk: Path, tmp_path: Path) -> None:
    with prepared() as server:
        server.start()
        image_id = import_disk(server, tiny_disk, "tiny")
        ec2 = server.account("acme").client("ec2")
        lost = _launched(server, image_id)
        made = ec2.create_image(InstanceId=lost, Name="kept", NoReboot=True)["ImageId"]
        ec2.get_waiter("image_available").wait(ImageIds=[made], WaiterConfig={"Delay": 1})

        server.stop()
        data, backup = server.loaded().data_dir, tmp_path / "backup.tar"
        words = [f"--exclude=./{folder}" for folder in LEFT_OUT]
        subprocess.run(["tar", "-C", data, "-cf", backup, *words, "."], check=True)
        teardown(server.loaded())
        shutil.rmtree(data)

        data.mkdir(mode=0o700)
        subprocess.run(["tar", "-C", data, "-xf", backup], check=True)
        server.start()
        verified = subprocess.run(
            [sys.executable, "-m", "amiable", "verify"],
            env={**server.account("acme").environment(), **server.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (verified.returncode, verified.stdout) == (0, ""), verified
        eventually(
            lambda: _state(server, lost) == "stopped",
            within=30,
            what="the machine that is lost to be stopped",
        )
        ec2.start_instances(InstanceIds=[lost])
        eventually(
            lambda: _state(server, lost) == "stopped", within=30, what="a start without a volume to fail"
        )
        again = _launched(server, made)
        ec2.terminate_instances(InstanceIds=[lost, again])
        for one in (lost, again):
            eventually(lambda one=one: _state(server, one) == "terminated", within=60, what=f"{one} to end")


def _launched(server: Server, image_id: str) -> str:
    ec2 = server.account("acme").client("ec2")
    answer = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.nano")
    instance_id = str(answer["Instances"][0]["InstanceId"])
    eventually(lambda: _state(server, instance_id) == "running", within=60, what=f"{instance_id} to run")
    return instance_id


def _state(server: Server, instance_id: str) -> str:
    ec2 = server.account("acme").client("ec2")
    (reservation,) = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    return str(reservation["Instances"][0]["State"]["Name"])
