"""What end-to-end tests share: the tiny image, and a server on which it is a public image."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.debian import debian_image
from tests.helpers.server import Server, eventually, running
from tests.helpers.tiny import tiny_image


@pytest.fixture(scope="session")
def tiny_disk() -> Path:
    """A raw disk that boots in a few seconds: kernel, busybox, SSH, guest agent."""
    return tiny_image()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for the tests that do not break it."""
    with running() as server:
        yield server


def imported(server: Server, disk: Path, name: str) -> str:
    """A disk as a public image of the built-in account."""
    shutil.copy(disk, server.loaded().import_folder / f"{name}.raw")
    amazon = server.account("amazon")
    answer = amazon.client("amiable").import_disk(Source=f"file:{name}.raw", Name=name, Public=True)
    images = amazon.client("ec2").describe_images
    eventually(
        lambda: images(ImageIds=[answer["ImageId"]])["Images"][0]["State"] == "available",
        within=180,
        what=name,
    )
    return str(answer["ImageId"])


@pytest.fixture(scope="session")
def tiny_ami(server: Server, tiny_disk: Path) -> str:
    """The tiny image."""
    return imported(server, tiny_disk, "tiny")


@pytest.fixture(scope="session")
def debian_ami(server: Server) -> str:
    """The base image debian-12, imported by the built-in account and public."""
    return imported(server, debian_image(), "debian-12")
