"""What end-to-end tests share: the tiny image, and a server on which it is a public image."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.debian import debian_image
from tests.helpers.server import Server, import_disk, running
from tests.helpers.tiny import tiny_image


def pytest_addoption(parser: pytest.Parser) -> None:
    """What takes minutes and is not worth them each time."""
    parser.addoption("--long", action="store_true", help="run the tests that are left out otherwise")


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> None:
    """For tests that run only with --long."""
    if not request.config.getoption("--long", default=False):
        pytest.skip("takes minutes: --long")


@pytest.fixture(scope="session")
def tiny_disk() -> Path:
    """A raw disk that boots in a few seconds: kernel, busybox, SSH, guest agent."""
    return tiny_image()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for the tests that do not break it."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def tiny_ami(server: Server, tiny_disk: Path) -> str:
    """The tiny image."""
    return import_disk(server, tiny_disk, "tiny")


@pytest.fixture(scope="session")
def debian_ami(server: Server) -> str:
    """The base image debian-12, imported by the built-in account and public."""
    return import_disk(server, debian_image(), "debian-12")
