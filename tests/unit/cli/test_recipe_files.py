"""Folders in recipe files, and the recipes that are shipped in share/."""

import secrets
import subprocess
from pathlib import Path

import pytest
import yaml

from amiable.cli.image_build.file import load
from amiable.cli.image_build.written import overlay
from amiable.core.errors import InvalidInput

SHARE = Path(__file__).parents[3] / "share"


def unpacked(document: str, root: Path) -> None:
    """Run the script of a document, on another root than the guest's."""
    (phase,) = yaml.safe_load(document)["phases"]
    (step,) = phase["steps"]
    script = step["inputs"]["arguments"][1]
    assert script.count(" -C /\n") == 1
    root.mkdir()
    subprocess.run(["sh", "-ec", script.replace(" -C /\n", f" -C {root}\n")], check=True, umask=0o077)


def test_a_folder_is_laid_over_the_root(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "usr/bin").mkdir(parents=True)
    (site / "page").write_bytes(b"{{ no expression }}\x00\xff")
    (site / "usr/bin/tool").write_text("#!/bin/sh\n")
    document = overlay(site)
    unpacked(document, tmp_path / "root")
    assert (tmp_path / "root/page").read_bytes() == (site / "page").read_bytes()
    modes = [(tmp_path / "root" / name).stat().st_mode & 0o777 for name in ("page", "usr", "usr/bin/tool")]
    assert modes == [0o644, 0o755, 0o755]
    (site / "page").touch()
    assert overlay(site) == document


@pytest.mark.parametrize("kind", ["missing", "file", "link", "large"])
def test_a_folder_that_cannot_be_packed(kind: str, tmp_path: Path) -> None:
    site = tmp_path / "site"
    if kind == "file":
        site.touch()
    if kind in ("link", "large"):
        site.mkdir()
    if kind == "link":
        (site / "x").symlink_to("/etc/passwd")
    if kind == "large":
        (site / "x").write_bytes(secrets.token_bytes(13_000))
    (tmp_path / "r.yaml").write_text("name: web\nbase: debian-12\ncomponents:\n  - files: site\n")
    with pytest.raises(InvalidInput, match=r"r\.yaml:4:12: .*site"):
        load(tmp_path / "r.yaml")


def test_the_lamp_recipe_has_the_files_of_the_product(tmp_path: Path) -> None:
    recipe = load(SHARE / "lamp.yaml")
    assert [part.shipped for part in recipe.parts[:2]] == ["update-os", "lamp"]
    assert recipe.parts[2].text is not None
    unpacked(recipe.parts[2].text, tmp_path / "root")
    assert (tmp_path / "root/usr/lib/lamp/setup").stat().st_mode & 0o111 == 0o111
    assert (tmp_path / "root/var/www/html/index.php").exists()
    assert recipe.tested


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("components: [update-oss]", "3:14: no component update-oss is shipped; there are: apache,"),
        (
            "components:\n  - use: apache\n    parameters: {Port: 1}",
            "5:17: the component has no parameter Port; it has: none",
        ),
        ("components:\n  - files: " + "x" * 300, "4:12: xxx"),
        ("components:\n  - path: long.yaml", "long.yaml:1:1: a component has at most 16,000 characters"),
        (
            "components: [apache]\nvolumes: [{device: root, type: {a: b}, delete-on-termination: maybe}]",
            "4:63: delete-on-termination must be true or false",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(lines: str, told: str, tmp_path: Path) -> None:
    text = "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: s, action: Reboot}]}]\n"
    (tmp_path / "long.yaml").write_text(text + "#" * 16_000)
    (tmp_path / "r.yaml").write_text(f"name: web\nbase: debian-12\n{lines}\n")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path / "r.yaml")
    assert told in str(caught.value)
