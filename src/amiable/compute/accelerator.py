"""Does KVM work here? Only a real guest kernel that boots with it is believed.

A /dev/kvm that opens, a virtual CPU that runs a few instructions, even SeaBIOS all proved nothing
on a host whose kernel imitates KVM (kvm_pvm): a Linux guest hung there. So, until one says no:

    cpuinfo has vmx or svm → kvm_intel or kvm_amd is loaded → /dev/kvm opens read-write
    → a 64-bit Linux kernel, started with it, gets to the end of its boot within a deadline

The last one is the canary: it takes seconds, so its answer is kept in a file for as long as the host is up.
"""

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from amiable.compute import argv, kvm_device
from amiable.compute.spec import Accelerator as Name
from amiable.core import proc
from amiable.core.errors import MissingPrerequisite, ProgramFailed

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LINUX = b"Linux version "
# With our own initrd the kernel gets as far as a program; without one, as far as missing its root.
_REACHED = (b"amiable-canary ok", b"Unable to mount root fs", b"Kernel panic - not syncing: VFS")


@dataclass(frozen=True)
class Accelerator:
    """What machines run with, and why."""

    name: Name
    reason: str


def choose(
    wanted: str, cache: Path, kernel: Path | None = None, initrd: Path | None = None, deadline: float = 15
) -> Accelerator:
    """What to run machines with. `wanted`: auto, kvm or tcg (the setting); only auto looks at the host.

    `kernel` (and `initrd`): what the canary boots; default: the newest /boot/vmlinuz-*. `cache`: where the
    canary's answer is kept until the host reboots.
    """
    if wanted == "tcg":
        return Accelerator("tcg", "The setting accelerator says tcg.")
    if wanted == "kvm":
        return Accelerator("kvm", "The setting accelerator says kvm.")
    if (missing := missing_for_kvm()) is not None:
        return Accelerator("tcg", missing)
    if (kept := _kept(cache)) is not None:
        return kept
    kernel = kernel or newest_kernel()
    if kernel is None:
        return Accelerator("tcg", "There is no Linux kernel on this host yet to try KVM with.")
    works, how = boots(kernel, initrd, "kvm", deadline)
    answer = (
        Accelerator("kvm", f"{how} with KVM.") if works else Accelerator("tcg", f"KVM is there, but {how}.")
    )
    _keep(cache, answer)
    return answer


def missing_for_kvm() -> str | None:
    """The first thing that KVM lacks on this host, as a sentence; None when it deserves a try."""
    flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    if not {"vmx", "svm"} & set(flags.group(1).split() if flags else ()):
        return "The processor offers no virtualization here (neither vmx nor svm)."
    if not any(Path("/sys/module", module).exists() for module in ("kvm_intel", "kvm_amd")):
        return "Neither kvm_intel nor kvm_amd is loaded."
    try:
        os.close(os.open(kvm_device.DEVICE, os.O_RDWR | os.O_CLOEXEC))
        kvm_device.groups()
    except OSError as failed:
        return f"{kvm_device.DEVICE} does not open: {failed.strerror}."
    except MissingPrerequisite as lacking:
        return str(lacking)
    return None


def newest_kernel(folder: Path = Path("/boot")) -> Path | None:
    """The host's newest kernel image, or None."""
    found = sorted(folder.glob("vmlinuz-*"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def boots(kernel: Path, initrd: Path | None, accelerator: Name, deadline: float) -> tuple[bool, str]:
    """Whether the kernel boots to its end within `deadline` seconds; what happened, as half a sentence."""
    with tempfile.TemporaryDirectory(prefix="amiable-canary-") as folder:
        console = Path(folder, "console")
        try:
            proc.run(_canary(kernel, initrd, accelerator, console), timeout=deadline)
        except ProgramFailed as failed:
            if failed.status is not None:
                return False, f"QEMU failed ({failed})"
        said = console.read_bytes() if console.exists() else b""
    if _LINUX not in said:
        return False, f"{kernel.name} did not start within {deadline:.0f} s"
    if not any(word in said for word in _REACHED):
        return False, f"{kernel.name} hung during its boot (deadline {deadline:.0f} s)"
    return True, f"{kernel.name} boots"


def _canary(kernel: Path, initrd: Path | None, accelerator: Name, console: Path) -> list[str]:
    """A machine of a kernel and a serial line; it ends by itself, as a panic reboots and a reboot ends it."""
    return [
        argv.PROGRAM,
        *("-machine", "q35", "-m", "size=256M", "-accel", accelerator),
        *("-cpu", "host" if accelerator == "kvm" else "qemu64"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-sandbox", argv.SANDBOX),
        *("-serial", f"file:{console}", "-kernel", str(kernel)),
        *(("-initrd", str(initrd)) if initrd is not None else ()),
        *("-append", "console=ttyS0 panic=-1 amiable.canary"),
    ]


def _kept(cache: Path) -> Accelerator | None:
    try:
        values = json.loads(cache.read_text())
        if values.pop("boot_id") == _BOOT_ID.read_text():
            return Accelerator(**values)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return None


def _keep(cache: Path, answer: Accelerator) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    temporary = cache.with_suffix(".new")
    temporary.write_text(json.dumps({"boot_id": _BOOT_ID.read_text(), **asdict(answer)}))
    temporary.replace(cache)
