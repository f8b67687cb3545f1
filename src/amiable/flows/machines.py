"""From an instance's rows to its real machine: specification and boot."""

import os

from sqlalchemy.orm import Session

from amiable.compute import machine, process
from amiable.compute.net.names import tap, vpc_name
from amiable.compute.net.tap import open_tap
from amiable.compute.spec import Disk, MachineSpec, Nic
from amiable.core.errors import Conflict, NotFound
from amiable.flows.host import Host
from amiable.model.instance import Instance
from amiable.model.instance_type import instance_type
from amiable.model.volume import Attachment, Volume

TERMINATE_GRACE = 15.0
"""Seconds that a guest may at most take to shut down when it will never start again."""


def instance_of(session: Session, instance_id: str) -> Instance:
    """The row. Raises NotFound."""
    instance = session.get(Instance, instance_id)
    if instance is None:
        raise NotFound(f"There is no instance {instance_id}.")
    return instance


def disk_of(host: Host, volume: Volume, boot_index: int | None = None) -> Disk:
    """A volume as a disk of a machine."""
    base = host.cache.path(volume.snapshot_id) if volume.snapshot_id else None
    return Disk(volume.id, host.volume_path(volume.id), base, boot_index)


def started_with(instance: Instance) -> list[Attachment]:
    """What the machine has when it starts: the root volume, then the others as they were attached.

    So a guest's names for its disks do not change when it starts anew. What is being attached or detached
    is not there: its own story deals with it.
    """
    return sorted(
        (row for row in instance.attachments if row.state == "attached"),
        key=lambda row: (row.device != instance.root_device_name, row.attached_at, row.device),
    )


def specification(host: Host, instance: Instance) -> MachineSpec:
    """The machine that an instance's rows describe."""
    kind = instance_type(instance.instance_type)
    if kind is None:
        raise Conflict(f"The instance type {instance.instance_type} is not known any more.")
    return MachineSpec(
        id=instance.id,
        directory=host.machine_directory(instance.id),
        uid=instance.uid,
        vcpus=kind.vcpus,
        memory_mib=kind.memory_mib,
        instance_type=kind.name,
        disks=tuple(disk_of(host, row.volume, at) for at, row in enumerate(started_with(instance))),
        nics=tuple(
            Nic(row.id, row.mac, vpc_name(host.network.token, row.vpc_id), tap(row.id))
            for row in instance.interfaces
        ),
        boot_mode="uefi" if instance.boot_mode == "uefi" else "legacy-bios",
        accelerator="kvm" if host.accelerator == "kvm" else "tcg",
    )


def boot(host: Host, instance: Instance, *, paused: bool = False) -> None:
    """Start an instance's machine unless it runs. Its network must stand."""
    spec = specification(host, instance)
    if (running := process.find(spec.directory)) is not None:
        running.close()
        return
    descriptors: dict[str, int] = {}
    try:
        for nic in spec.nics:
            descriptors[nic.interface_id] = open_tap(nic.namespace, nic.tap)
        machine.start(spec, descriptors, paused=paused).close()
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)
