"""Outside programs enter here, always by argument list, never through a shell.

`run` waits for a short program; `spawn` starts one that outlives the call (QEMU, dnsmasq); `attached` lends
it the terminal. All raise MissingPrerequisite when the program is not installed, naming the Debian package.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amiable.core.errors import MissingPrerequisite, ProgramFailed

# Where a program that we call comes from on Debian 12, for the remedy in the error.
DEBIAN_PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "qemu-storage-daemon": "qemu-system-common",
    "nft": "nftables",
    "ip": "iproute2",
    "bridge": "iproute2",
    "dnsmasq": "dnsmasq-base",
    "conntrack": "conntrack",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "grub-mkimage": "grub-common",
    "mformat": "mtools",
    "mcopy": "mtools",
    "mmd": "mtools",
    "cpio": "cpio",
    "setpriv": "util-linux",
    "prlimit": "util-linux",
    "unshare": "util-linux",
    "fallocate": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}


@dataclass(frozen=True)
class Result:
    """What a finished program said."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode(errors="replace")


def find(program: str) -> str:
    """The path of an installed program. Raises MissingPrerequisite."""
    path = shutil.which(program, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    path = path or shutil.which(program)
    if path is None:
        package = DEBIAN_PACKAGES.get(program, program)
        raise MissingPrerequisite(f"{program} is not installed.", f"Run: apt-get install {package}")
    return path


def run(
    argv: Sequence[str | Path],
    *,
    input: bytes | None = None,
    timeout: float | None = 60,
    check: bool = True,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    umask: int = -1,
) -> Result:
    """Run a program to its end. Raises ProgramFailed when `check` and the status is not 0."""
    words = [str(word) for word in argv]
    command = [find(words[0]), *words[1:]]
    try:
        done = subprocess.run(
            command,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            timeout=timeout,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            umask=umask,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise ProgramFailed(words, None, (late.stderr or b"").decode(errors="replace")) from late
    stderr = done.stderr.decode(errors="replace")
    if check and done.returncode != 0:
        raise ProgramFailed(words, done.returncode, stderr)
    return Result(done.returncode, done.stdout, stderr)


def attached(argv: Sequence[str | Path]) -> int:
    """Run a program that has the terminal of this one, to its end; its exit status."""
    words = [str(word) for word in argv]
    return subprocess.run([find(words[0]), *words[1:]], check=False).returncode


def spawn(
    argv: Sequence[str | Path],
    *,
    output: Path,
    pass_fds: Sequence[int] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, so that it survives this process.

    Standard output and error are appended to `output`.
    """
    words = [str(word) for word in argv]
    command = [find(words[0]), *words[1:]]
    with output.open("ab") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            pass_fds=tuple(pass_fds),
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
        )
