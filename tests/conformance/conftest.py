"""Servers that conformance tests run against, one of each for the whole run."""

from collections.abc import Iterator

import pytest

from tests.helpers import seaweedfs


@pytest.fixture(scope="session")
def seaweedfs_server() -> Iterator[seaweedfs.Server]:
    with seaweedfs.running() as server:
        yield server
