"""A machine's specification: its round trip through JSON, and what it refuses."""

import uuid
from pathlib import Path

import pytest

from amiable.compute import spec as specs
from amiable.compute.spec import Disk, MachineSpec, Nic
from amiable.core.errors import Corrupt, InvalidInput, LimitExceeded, NotFound


def machine(folder: Path = Path("/m"), **changes: object) -> MachineSpec:
    values = {
        "id": "i-0123456789abcdef0",
        "directory": folder,
        "uid": 720001,
        "vcpus": 2,
        "memory_mib": 512,
        "instance_type": "t3.micro",
        "disks": (
            Disk("vol-0123456789abcdef0", Path("/v/a"), Path("/c/b.raw"), 0),
            Disk("vol-0123456789abcdef1", Path("/v/b")),
        ),
        "nics": (Nic("eni-0123456789abcdef0", "02:00:00:00:00:01", "vpc-1", "tap0"),),
    }
    return MachineSpec(**{**values, **changes})  # type: ignore[arg-type]


def test_a_saved_machine_is_the_same_when_loaded(tmp_path: Path) -> None:
    saved = machine(tmp_path, boot_mode="uefi", accelerator="kvm")
    specs.save(saved)
    assert specs.load(tmp_path) == saved


def test_an_empty_folder_holds_no_machine(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        specs.load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"disks": [], "nics": []}', '{"disks": 5}'])
def test_a_damaged_description_is_named_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / specs.FILE).write_text(text)
    with pytest.raises(Corrupt, match=r"machine\.json"):
        specs.load(tmp_path)


def test_a_description_cannot_smuggle_a_root_process(tmp_path: Path) -> None:
    specs.save(machine(tmp_path))
    file = tmp_path / specs.FILE
    file.write_text(file.read_text().replace("720001", "0"))
    with pytest.raises(Corrupt):
        specs.load(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "i-1,if=none"},
        {"instance_type": "t3.micro,serial=x"},
        {"uid": 0},
        {"vcpus": 0},
        {"memory_mib": 1},
    ],
)
def test_values_that_are_no_machine_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        machine(**changes)


def test_ids_that_would_be_qemu_options_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Disk("vol-1,readonly=on", Path("/v"))
    with pytest.raises(InvalidInput):
        Nic("eni-1", "02:00:00:00:00:01,romfile=x", "n", "t")


def test_more_disks_than_slots_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        machine(disks=tuple(Disk(f"vol-{n}", Path("/v")) for n in range(13)))


def test_the_uuid_tells_ec2_and_is_the_machines_own() -> None:
    first, second = machine(), machine(id="i-0123456789abcdef1")
    assert first.smbios_uuid.startswith("ec2")
    assert str(uuid.UUID(first.smbios_uuid)) == first.smbios_uuid
    assert uuid.UUID(first.smbios_uuid).version == 4
    assert first.smbios_uuid == machine().smbios_uuid != second.smbios_uuid


def test_a_serial_number_is_the_volume_id_as_on_ec2() -> None:
    assert machine().disks[0].serial == "vol0123456789abcdef0"
