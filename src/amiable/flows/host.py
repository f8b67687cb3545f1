"""What this host offers to the steps of stories: settings, stores, cache, network; and where things lie."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amiable.blocks.cache import BaseCache
from amiable.blocks.store import PruneStore
from amiable.compute.net.metadata import MetadataServer
from amiable.compute.net.names import runtime_folder
from amiable.compute.net.wanted import HostNetwork
from amiable.core.settings import Settings


class Locks:
    """One lock a name, made at first use: whoever reads a VPC's rows and applies them holds its lock."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def of(self, name: str) -> threading.Lock:
        """The lock of that name."""
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())


@dataclass(frozen=True)
class Host:
    """One host's engines. Stories get it as `work.host`."""

    settings: Settings
    accelerator: str
    stores: Mapping[str, PruneStore]
    cache: BaseCache
    network: HostNetwork
    metadata: MetadataServer
    locks: Locks = field(default_factory=Locks)

    @property
    def name(self) -> str:
        """This host's name in the state database."""
        return self.settings.host_name

    @property
    def networks_folder(self) -> Path:
        """Where dnsmasq's files lie."""
        return runtime_folder(self.network.token)

    def volume_path(self, volume_id: str) -> Path:
        """The overlay file of a volume."""
        return self.settings.data_dir / "volumes" / volume_id / "disk.qcow2"

    def machine_directory(self, instance_id: str) -> Path:
        """The folder of an instance's machine."""
        return self.settings.machine_directory(instance_id)

    def work_directory(self, flow_number: int) -> Path:
        """A folder for one flow's temporary files."""
        return self.settings.data_dir / "work" / str(flow_number)
