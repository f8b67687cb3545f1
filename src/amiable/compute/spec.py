"""What a machine is, as frozen values; written to `machine.json` so that it can be found again.

Ids are the resource ids that the callers use (`i-…`, `vol-…`, `eni-…`); they name QEMU's parts too.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from amiable.core.errors import Corrupt, InvalidInput, LimitExceeded, NotFound

FILE = "machine.json"
MAX_NICS = 8
MAX_DISKS = 12
_ID = re.compile(r"^[a-z][a-z0-9-]{1,25}$")  # a QEMU node name has at most 31 characters, ours add a suffix
_MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")
_TYPE = re.compile(r"^[a-z0-9.-]{1,40}$")

BootMode = Literal["legacy-bios", "uefi"]
Accelerator = Literal["kvm", "tcg"]


def _check(what: str, pattern: re.Pattern[str], text: str) -> None:
    if not pattern.match(text):
        raise InvalidInput(f"{text!r} is not valid as {what}.")


@dataclass(frozen=True)
class Disk:
    """A volume of the machine: a qcow2 overlay at `path` on the raw file `base` (None: on nothing)."""

    volume_id: str
    path: Path
    base: Path | None = None
    boot_index: int | None = None

    def __post_init__(self) -> None:
        _check("a volume id", _ID, self.volume_id)

    @property
    def node(self) -> str:
        """The name of the overlay inside QEMU."""
        return self.volume_id

    @property
    def base_node(self) -> str:
        """The name of the base image inside QEMU."""
        return f"{self.volume_id}-base"

    @property
    def device(self) -> str:
        """The name of the guest's device inside QEMU."""
        return f"disk-{self.volume_id}"

    @property
    def serial(self) -> str:
        """What the guest reads as serial number, as on EC2: the id without its dash (at most 20 bytes)."""
        return self.volume_id.replace("-", "")[:20]


@dataclass(frozen=True)
class Nic:
    """A network interface: the tap that its packets leave through, and the namespace the tap is in."""

    interface_id: str
    mac: str
    namespace: str
    tap: str

    def __post_init__(self) -> None:
        _check("an interface id", _ID, self.interface_id)
        _check("a MAC address", _MAC, self.mac)


@dataclass(frozen=True)
class MachineSpec:
    """A whole machine. `directory` is its folder, `uid` the user that its QEMU runs as."""

    id: str
    directory: Path
    uid: int
    vcpus: int
    memory_mib: int
    instance_type: str
    disks: tuple[Disk, ...]
    nics: tuple[Nic, ...] = ()
    boot_mode: BootMode = "legacy-bios"
    accelerator: Accelerator = "tcg"

    def __post_init__(self) -> None:
        _check("an instance id", _ID, self.id)
        _check("an instance type", _TYPE, self.instance_type)
        if self.uid <= 0:
            raise InvalidInput(f"A machine cannot run as uid {self.uid}.")
        if self.vcpus < 1 or self.memory_mib < 16:
            raise InvalidInput(f"{self.vcpus} CPUs and {self.memory_mib} MiB are not a machine.")
        if len(self.disks) > MAX_DISKS or len(self.nics) > MAX_NICS:
            raise LimitExceeded(f"A machine starts with at most {MAX_DISKS} disks and {MAX_NICS} interfaces.")

    @property
    def smbios_uuid(self) -> str:
        """The UUID by which guests recognise EC2: it starts with `ec2`, the rest is derived from the id.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html
        """
        digits = "ec2" + hashlib.sha256(self.id.encode()).hexdigest()[:29]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def to_json(spec: MachineSpec) -> str:
    """The specification as JSON text."""
    return json.dumps(asdict(spec), indent=1, default=str)


def from_json(text: str) -> MachineSpec:
    """The specification that `to_json` wrote. Raises Corrupt."""
    try:
        values: dict[str, Any] = json.loads(text)
        disks = tuple(
            Disk(**{**disk, "path": Path(disk["path"]), "base": Path(disk["base"]) if disk["base"] else None})
            for disk in values.pop("disks")
        )
        nics = tuple(Nic(**nic) for nic in values.pop("nics"))
        return MachineSpec(**{**values, "directory": Path(values["directory"]), "disks": disks, "nics": nics})
    except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as wrong:
        raise Corrupt(FILE, f"it is not a machine's description ({wrong})") from wrong


def save(spec: MachineSpec) -> None:
    """Write `machine.json` into the machine's folder, which must exist, in one step."""
    path = spec.directory / FILE
    temporary = path.with_suffix(".new")
    with temporary.open("w") as file:
        file.write(to_json(spec))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(directory: Path) -> MachineSpec:
    """The machine whose folder this is. Raises NotFound, Corrupt."""
    try:
        return from_json((directory / FILE).read_text())
    except FileNotFoundError as missing:
        raise NotFound(f"{directory} holds no machine.") from missing
