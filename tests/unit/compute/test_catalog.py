"""The catalog's files: those that are shipped, and what a wrong one is told."""

from pathlib import Path
from typing import Any

import pytest

from amiable.compute.catalog import SHIPPED, load
from amiable.core.errors import InvalidInput
from tests.helpers.catalogs import write_catalog


def test_what_is_shipped() -> None:
    entries = load(SHIPPED)
    assert {entry.distribution for entry in entries.values()} == {
        "AlmaLinux",
        "Alpine Linux",
        "Debian",
        "Fedora",
        "Rocky Linux",
        "Ubuntu",
    }
    assert entries["debian-12"].recipe == "debian-12"
    assert entries["debian-12"].parameter == "/aws/service/debian/release/12/latest/amd64"
    assert entries["lamp-debian-12"].product is not None
    named = [entry.parameter for entry in entries.values() if entry.parameter]
    assert len(named) == len(set(named))
    for entry in entries.values():
        assert entry.recipe or str(entry.url).startswith("https://")


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ({"name": "x" * 33, "recipe": "tiny"}, "3 to 32 letters"),
        ({"name": "both", "recipe": "tiny", "url": "https://h/x"}, "a recipe or a url"),
        ({"name": "neither"}, "a recipe or a url"),
        ({"name": "odd", "recipe": "gentoo"}, "recipes are"),
        ({"name": "open", "url": "https://h/x"}, "needs checksum or checksums"),
        ({"name": "plain", "url": "https://h/x", "checksums": "http://h/SUMS"}, "https URL"),
        ({"name": "arm", "recipe": "tiny", "architecture": "arm64"}, "only x86_64"),
        ({"name": "typo", "recipe": "tiny", "colour": "red"}, "colour is not known"),
        ({"name": "sold", "recipe": "tiny", "product": {"name": "sold"}}, "is missing"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, image: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        load(write_catalog(tmp_path, image))
    assert str(tmp_path / "test.toml") in str(caught.value)
    assert image["name"] in str(caught.value)
