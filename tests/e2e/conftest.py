"""What end-to-end tests share: the tiny image, built once a run."""

from pathlib import Path

import pytest

from amiable.compute.base.tiny import build_tiny


@pytest.fixture(scope="session")
def tiny_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw disk that boots in a few seconds: kernel, busybox, SSH, guest agent."""
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder / "tiny.raw", folder / "work", lambda step, fraction: None)
    return folder / "tiny.raw"
