"""The identity script, run on trees as its initrd runs it, with firmware tables given as a folder."""

import subprocess
from pathlib import Path

import pytest

from amiable.compute.base import tree

SCRIPT = tree.FILES / "common/usr/lib/amiable/identity"
OLD, NEW = "i-0aaaaaaaaaaaaaaa1", "i-0bbbbbbbbbbbbbbb2"
OWN = [
    "etc/ssh/ssh_host_ed25519_key",
    "etc/ssh/ssh_host_ed25519_key.pub",
    "var/lib/dbus/machine-id",
    "var/lib/systemd/random-seed",
    "var/lib/cloud/instance",
]
SHARED = ["etc/ssh/sshd_config", "home/debian/.ssh/authorized_keys", "etc/hostname"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system that last ran as OLD."""
    root = tmp_path / "root"
    for name in [*OWN, *SHARED, "etc/machine-id"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("of the old instance\n")
    remember(root, OLD)
    return root


def remember(root: Path, instance: str) -> None:
    (root / "var/lib/amiable").mkdir(parents=True, exist_ok=True)
    (root / "var/lib/amiable/instance-id").write_text(f"{instance}\n")


def wake(root: Path, **tables: str) -> None:
    """Run the script with the firmware saying `tables`."""
    dmi = root.parent / "dmi"
    dmi.mkdir()
    for name, text in tables.items():
        (dmi / name).write_text(f"{text}\n")
    subprocess.run(["sh", SCRIPT, root, "rw"], env={"DMI": str(dmi), "PATH": "/usr/bin:/bin"}, check=True)


def state(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_another_instance_gets_its_own_identity_and_keeps_the_rest(root: Path) -> None:
    wake(root, board_asset_tag=NEW)
    after = state(root)
    assert after["etc/machine-id"] == ""
    assert not set(OWN) & set(after)
    assert all(after[name] == "of the old instance\n" for name in SHARED)
    assert after["var/lib/amiable/instance-id"] == f"{NEW}\n"


def test_a_reboot_changes_nothing(root: Path) -> None:
    before = state(root)
    wake(root, board_asset_tag=OLD, product_uuid="ec2aaaaa-0000-4000-8000-000000000001")
    assert state(root) == before


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"board_asset_tag": ""},
        {"board_asset_tag": "Not Specified", "product_uuid": "4c4c4544-0000-4000-8000-000000000001"},
    ],
    ids=["no tables", "empty", "another make of machine"],
)
def test_where_the_firmware_tells_no_instance_nothing_changes(root: Path, tables: dict[str, str]) -> None:
    before = state(root)
    wake(root, **tables)
    assert state(root) == before


def test_without_an_asset_tag_the_product_uuid_tells(root: Path) -> None:
    wake(root, product_uuid="EC2BBBBB-0000-4000-8000-000000000001")
    after = state(root)
    assert after["var/lib/amiable/instance-id"] == "EC2BBBBB-0000-4000-8000-000000000001\n"
    assert after["etc/machine-id"] == ""


def test_the_first_start_of_all_is_remembered(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    wake(root, board_asset_tag=NEW)
    assert (root / "var/lib/amiable/instance-id").read_text() == f"{NEW}\n"
