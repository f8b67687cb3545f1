"""The command line of a machine, as text."""

import json
from typing import Any

from amiable.compute import argv
from amiable.compute.argv import Descriptors
from tests.unit.compute.test_spec import machine

GIVEN = Descriptors(
    overlays={"vol-0123456789abcdef0": 10, "vol-0123456789abcdef1": 11},
    bases={"vol-0123456789abcdef0": 12},
    taps={"eni-0123456789abcdef0": 13},
    variables=14,
)


def words(paused: bool = False, host_cores: int = 8, **changes: Any) -> list[str]:
    return argv.command(machine(**changes), GIVEN, host_cores=host_cores, paused=paused)


def values(line: list[str], option: str) -> list[str]:
    return [line[index + 1] for index, word in enumerate(line) if word == option]


def nodes(line: list[str]) -> dict[str, Any]:
    return {node["node-name"]: node for node in map(json.loads, values(line, "-blockdev"))}


def test_qemu_gives_up_its_powers() -> None:
    assert values(words(), "-sandbox") == [
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
    ]
    assert {"-nodefaults", "-no-user-config"} <= set(words())


def test_disks_arrive_by_descriptor_and_never_by_path() -> None:
    line = words()
    first, second = "vol-0123456789abcdef0", "vol-0123456789abcdef1"
    assert values(line, "-add-fd") == [
        f"fd=10,set=10,opaque={first}",
        f"fd=12,set=12,opaque={first}-base",
        f"fd=11,set=11,opaque={second}",
    ]
    found = nodes(line)
    assert found["vol-0123456789abcdef0"]["file"]["filename"] == "/dev/fdset/10"
    assert found["vol-0123456789abcdef0"]["backing"] == "vol-0123456789abcdef0-base"
    assert found["vol-0123456789abcdef0-base"]["file"]["filename"] == "/dev/fdset/12"
    assert found["vol-0123456789abcdef0-base"]["read-only"] is True
    assert not any(word.startswith(("/v/", "/c/")) for word in line)


def test_a_blank_volume_has_nothing_below_it() -> None:
    found = nodes(words())
    assert found["vol-0123456789abcdef1"]["backing"] is None
    assert "vol-0123456789abcdef1-base" not in found


def test_discarded_space_is_given_back() -> None:
    node = nodes(words())["vol-0123456789abcdef0"]
    assert node["discard"] == node["file"]["discard"] == "unmap"


def test_the_boot_disk_and_its_serial() -> None:
    devices = [row for row in values(words(), "-device") if row.startswith("virtio-blk")]
    assert "serial=vol0123456789abcdef0,addr=0xc,bootindex=0" in devices[0]
    assert "addr=0xd" in devices[1]
    assert "bootindex" not in devices[1]


def test_an_interface_uses_the_tap_that_was_handed_over() -> None:
    line = words()
    assert values(line, "-netdev") == ["tap,id=net-eni-0123456789abcdef0,fd=13"]
    assert any("mac=02:00:00:00:00:01,romfile=,addr=0x4" in row for row in values(line, "-device"))


def test_without_kvm_no_more_cpus_than_cores() -> None:
    line = words(vcpus=16, host_cores=2)
    assert values(line, "-smp") == ["cpus=2"]
    assert values(line, "-cpu") == ["qemu64"]
    assert values(line, "-accel") == ["tcg,thread=multi"]


def test_with_kvm_all_cpus_and_the_hosts_model() -> None:
    line = words(vcpus=16, host_cores=2, accelerator="kvm")
    assert values(line, "-smp") == ["cpus=16"]
    assert values(line, "-cpu") == ["host"]
    assert values(line, "-accel") == ["kvm"]


def test_ec2_is_recognised_by_firmware_tables() -> None:
    spec = machine()
    rows = values(words(), "-smbios")
    assert (
        f"type=1,manufacturer=Amazon EC2,product=t3.micro,serial={spec.smbios_uuid},uuid={spec.smbios_uuid}"
        in rows
    )
    assert "type=2,manufacturer=Amazon EC2,asset=i-0123456789abcdef0" in rows
    assert "type=3,manufacturer=Amazon EC2,asset=Amazon EC2" in rows


def test_uefi_has_firmware_and_variables_of_its_own() -> None:
    line = words(boot_mode="uefi")
    assert values(line, "-machine") == ["q35,vmport=off,pflash0=firmware,pflash1=variables"]
    found = nodes(line)
    assert found["firmware"]["read-only"] is True
    assert found["variables"]["filename"] == "/dev/fdset/14"
    assert not {"firmware", "variables"} & set(nodes(words()))


def test_two_control_sockets_and_a_console_that_is_kept() -> None:
    line = words()
    assert values(line, "-mon") == ["chardev=qmp,mode=control", "chardev=qmp-tools,mode=control"]
    assert any("logfile=console.log" in row for row in values(line, "-chardev"))
    assert all("/" not in row for row in values(line, "-chardev"))  # relative: run/ is the working directory


def test_ports_for_later_hot_plug() -> None:
    ports = [row for row in values(words(), "-device") if row.startswith("pcie-root-port")]
    assert len(ports) == argv.HOT_PLUG_PORTS
    assert len({row.split("addr=")[1].split(",")[0] for row in ports}) == len(ports)


def test_paused_only_when_asked() -> None:
    assert "-S" in words(paused=True)
    assert "-S" not in words()
