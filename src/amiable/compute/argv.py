"""A machine's specification as QEMU's command line. Pure: no file is touched, no descriptor opened.

What the guest sees is placed at fixed PCI addresses, so that its names for disks and interfaces do not
depend on what else the machine has:

    00:02  entropy          00:04 … 00:0b  interfaces       00:18, 00:19  empty ports for later hot plug
    00:03  agent channel    00:0c … 00:17  disks            00:1f         the chipset

QEMU's working directory is the folder's `run/`; sockets are named relative to it. Disks, base images and
firmware variables arrive as descriptors (`/dev/fdset/N`), taps as plain descriptor numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amiable.compute import folder
from amiable.compute.spec import Disk, MachineSpec, Nic

PROGRAM = "qemu-system-x86_64"
UEFI_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
UEFI_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
HOT_PLUG_PORTS = 16
_FIRST_NIC, _FIRST_DISK, _PORTS = 0x4, 0xC, 0x18


@dataclass(frozen=True)
class Descriptors:
    """Numbers of the open files that QEMU inherits, by volume id and interface id."""

    overlays: Mapping[str, int]
    bases: Mapping[str, int]
    taps: Mapping[str, int]
    variables: int | None = None


def command(spec: MachineSpec, given: Descriptors, *, host_cores: int, paused: bool = False) -> list[str]:
    """The command line of the machine. `host_cores` bounds the CPUs under TCG, where more only cost."""
    return [
        PROGRAM,
        *("-name", f"guest={spec.id},process={spec.id},debug-threads=on"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-sandbox", SANDBOX),
        *(["-S"] if paused else []),
        *_processor(spec, host_cores),
        *("-rtc", "base=utc,driftfix=slew"),
        *_control(),
        *_smbios(spec),
        *_firmware(spec, given),
        *("-object", "rng-random,id=entropy,filename=/dev/urandom"),
        *("-device", "virtio-rng-pci,rng=entropy,addr=0x2"),
        *_agent(),
        *(word for index, nic in enumerate(spec.nics) for word in _nic(index, nic, given)),
        *(word for index, disk in enumerate(spec.disks) for word in _disk(index, disk, given)),
        *(word for index in range(HOT_PLUG_PORTS) for word in _port(index)),
    ]


def _processor(spec: MachineSpec, host_cores: int) -> list[str]:
    firmware = ",pflash0=firmware,pflash1=variables" if spec.boot_mode == "uefi" else ""
    if spec.accelerator == "kvm":
        accelerator, model, cpus = "kvm", "host", spec.vcpus
    else:
        # qemu64, not max: 20 % less to translate; more virtual CPUs than cores only wait for each other
        accelerator, model, cpus = "tcg,thread=multi", "qemu64", min(spec.vcpus, host_cores)
    return [
        *("-machine", f"q35,vmport=off{firmware}"),
        *("-accel", accelerator, "-cpu", model),
        *("-smp", f"cpus={cpus}", "-m", f"size={spec.memory_mib}M"),
    ]


def _listen(name: str, path: str, more: str = "") -> list[str]:
    return ["-chardev", f"socket,id={name},path={path},server=on,wait=off{more}"]


def _control() -> list[str]:
    return [
        *_listen("qmp", folder.QMP),
        *("-mon", "chardev=qmp,mode=control"),
        *_listen("qmp-tools", folder.QMP_TOOLS),
        *("-mon", "chardev=qmp-tools,mode=control"),
        *_listen("console", folder.CONSOLE, f",logfile={folder.CONSOLE_LOG},logappend=off"),
        *("-serial", "chardev:console"),
    ]


def _agent() -> list[str]:
    return [
        *("-device", "virtio-serial-pci,id=serial,addr=0x3"),
        *_listen("agent", folder.AGENT),
        *("-device", "virtserialport,chardev=agent,id=agent-port,name=org.qemu.guest_agent.0"),
    ]


def _smbios(spec: MachineSpec) -> list[str]:
    """What cloud-init and others look at to recognise EC2, and to read the instance's id without network."""
    unique = f"serial={spec.smbios_uuid},uuid={spec.smbios_uuid}"
    return [
        *("-smbios", "type=0,vendor=Amazon EC2,version=1.0"),
        *("-smbios", f"type=1,manufacturer=Amazon EC2,product={spec.instance_type},{unique}"),
        *("-smbios", f"type=2,manufacturer=Amazon EC2,asset={spec.id}"),
        *("-smbios", "type=3,manufacturer=Amazon EC2,asset=Amazon EC2"),
    ]


def _given(descriptor: int, use: str) -> list[str]:
    return ["-add-fd", f"fd={descriptor},set={descriptor},opaque={use}"]


def blockdev(**options: Any) -> list[str]:
    """One `-blockdev` word pair; underscores in option names stand for dashes."""
    return ["-blockdev", json.dumps({name.replace("_", "-"): value for name, value in options.items()})]


def _firmware(spec: MachineSpec, given: Descriptors) -> list[str]:
    if spec.boot_mode != "uefi":
        return []
    assert given.variables is not None
    return [
        *_given(given.variables, "variables"),
        *blockdev(driver="file", node_name="firmware", filename=UEFI_CODE, read_only=True),
        *blockdev(driver="file", node_name="variables", filename=f"/dev/fdset/{given.variables}"),
    ]


def overlay(disk: Disk, overlay_fd: int, base_fd: int | None, *, read_only: bool) -> list[str]:
    """The block nodes of a volume: the overlay under its id, its base image below it.

    The backing file that the overlay itself names is never opened: what lies below is said here.
    """
    words = _given(overlay_fd, disk.node)
    if base_fd is not None:
        words += [*_given(base_fd, disk.base_node), *blockdev(**base_node(disk, base_fd))]
    return words + blockdev(**overlay_node(disk, overlay_fd, read_only=read_only))


def base_node(disk: Disk, fdset: int) -> dict[str, Any]:
    """Options of the block node for a volume's base image."""
    file = {"driver": "file", "filename": f"/dev/fdset/{fdset}"}
    return {"driver": "raw", "node_name": disk.base_node, "read_only": True, "file": file}


def overlay_node(disk: Disk, fdset: int, *, read_only: bool = False) -> dict[str, Any]:
    """Options of the block node for a volume's overlay."""
    return {
        "driver": "qcow2",
        "node_name": disk.node,
        "read_only": read_only,
        "discard": "unmap",
        "backing": None if disk.base is None else disk.base_node,
        "file": {"driver": "file", "filename": f"/dev/fdset/{fdset}", "discard": "unmap"},
    }


def disk_device(disk: Disk) -> dict[str, Any]:
    """Options of the device by which the guest sees a volume, but for its place."""
    return {"driver": "virtio-blk-pci", "id": disk.device, "drive": disk.node, "serial": disk.serial}


def port(index: int) -> str:
    """The name of a hot-plug port."""
    return f"port{index}"


def _disk(index: int, disk: Disk, given: Descriptors) -> list[str]:
    options = disk_device(disk)
    boot = "" if disk.boot_index is None else f",bootindex={disk.boot_index}"
    device = ",".join([options.pop("driver"), *(f"{name}={value}" for name, value in options.items())])
    return [
        *overlay(disk, given.overlays[disk.volume_id], given.bases.get(disk.volume_id), read_only=False),
        *("-device", f"{device},addr={_FIRST_DISK + index:#x}{boot}"),
    ]


def _nic(index: int, nic: Nic, given: Descriptors) -> list[str]:
    device = f"virtio-net-pci,id={nic.interface_id},netdev=net-{nic.interface_id},mac={nic.mac},romfile="
    return [
        *("-netdev", f"tap,id=net-{nic.interface_id},fd={given.taps[nic.interface_id]}"),
        *("-device", f"{device},addr={_FIRST_NIC + index:#x}"),
    ]


def _port(index: int) -> list[str]:
    # no I/O space is reserved: sixteen ports would exhaust it, and virtio does not need it
    slot, function = _PORTS + index // 8, index % 8
    place = f"chassis={index + 1},addr={slot:#x}.{function},multifunction=on,io-reserve=0"
    return ["-device", f"pcie-root-port,id={port(index)},{place}"]
