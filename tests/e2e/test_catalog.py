"""The catalog on a real server: fetched from a web server at the first launch, in every region, and anew."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.catalogs import distributing, write_catalog
from tests.helpers.guest import launch
from tests.helpers.server import Server, eventually, prepared

PARAMETER = "/aws/service/tiny/latest/amd64"


@pytest.fixture(scope="module")
def server(tiny_disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with distributing(tiny_disk, tmp_path_factory.mktemp("served")) as offer, prepared() as server:
        write_catalog(
            Path(server.settings["catalog_dir"]),
            {"name": "tiny-web", **offer, "parameter": PARAMETER, "size": 2},
            {"name": "forged", "url": offer["url"], "checksum": "sha256:" + "0" * 64},
        )
        server.start()
        yield server


def named(ec2: Any, name: str) -> dict[str, Any]:
    (image,) = ec2.describe_images(Filters=[{"Name": "name", "Values": [name]}])["Images"]
    return dict(image)


def amiable(server: Server, *words: str) -> str:
    """The command, as root on the server's machine."""
    done = subprocess.run(
        ["amiable", *words],
        env={**os.environ, **server.account("acme").environment(), **server.environment()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_launch_imports_it_into_every_region(server: Server) -> None:
    account = server.account("acme")
    ec2, elsewhere = account.client("ec2"), account.client("ec2", "us-west-2")
    listed = named(ec2, "tiny-web")
    assert (listed["State"], listed["StateReason"]["Code"]) == ("pending", "Client.NotImported")
    guest = launch(account, listed["ImageId"], 22).until_ssh()
    assert guest.ssh("echo up") == "up"
    for client in (ec2, elsewhere):
        image = named(client, "tiny-web")
        assert (image["State"], image["Public"]) == ("available", True)
        assert (image["ImageOwnerAlias"], image["PublicSsmParameterName"]) == ("amazon", PARAMETER)
    assert named(ec2, "tiny-web")["ImageId"] == listed["ImageId"]
    assert "tiny-web" in amiable(server, "catalog")
    guest.terminate()


def test_a_refresh_leaves_the_former_image_its_id(server: Server) -> None:
    ec2 = server.account("acme").client("ec2", "us-west-2")
    former = named(ec2, "tiny-web")["ImageId"]
    assert amiable(server, "image", "pull", "tiny-web", "--refresh").split()[-1] == "available"
    image = named(ec2, "tiny-web")
    assert image["ImageId"] != former
    assert image["PublicSsmParameterName"] == PARAMETER
    (old,) = ec2.describe_images(ImageIds=[former], IncludeDeprecated=True)["Images"]
    assert (old["State"], old["PublicSsmParameterName"]) == ("available", PARAMETER)
    named_by = server.account("acme").client("ssm", "us-west-2").get_parameter(Name=PARAMETER)["Parameter"]
    assert named_by["Value"] == image["ImageId"]


def test_what_is_not_as_published_ends_the_launch_with_the_reason(server: Server) -> None:
    ec2 = server.account("acme").client("ec2")
    image = named(ec2, "forged")["ImageId"]
    run = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.nano")
    (instance,) = run["Instances"]

    def end() -> dict[str, Any] | None:
        (group,) = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
        return dict(group["Instances"][0]) if group["Instances"][0]["State"]["Name"] == "terminated" else None

    ended = eventually(end, within=90, what="the launch to fail")
    assert "as published" in ended["StateReason"]["Message"]
    assert named(ec2, "forged")["State"] == "pending"
    assert ec2.describe_volumes()["Volumes"] == []
