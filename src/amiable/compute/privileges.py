"""Prefixes of a command line that take power away from the program behind them.

They stand in this order: `limits` (prlimit), `isolated` (unshare), `as_user` (setpriv). Each replaces
itself with what follows, so the process id stays the same to the end.
"""


def limits(*, memory: int, cpu_seconds: int, file_size: int | None = None) -> list[str]:
    """Bound address space (bytes), CPU time (s) and the size of files written (bytes); no core dumps."""
    words = ["prlimit", f"--as={memory}", f"--cpu={cpu_seconds}", "--nofile=256", "--core=0"]
    if file_size is not None:
        words.append(f"--fsize={file_size}")
    return words


def isolated() -> list[str]:
    """A network namespace with nothing in it, and IPC of its own."""
    return ["unshare", "--net", "--ipc", "--"]


def as_user(uid: int, groups: tuple[int, ...] = ()) -> list[str]:
    """Run as `uid` (and the group of the same number), without a capability and without a way to gain one."""
    membership = f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"
    return [
        "setpriv",
        f"--reuid={uid}",
        f"--regid={uid}",
        membership,
        "--no-new-privs",
        "--bounding-set=-all",
        "--inh-caps=-all",
        "--",
    ]
