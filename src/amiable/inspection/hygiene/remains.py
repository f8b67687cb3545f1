"""What a life before the image left behind: histories, logs, caches, temporary files."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from amiable.inspection.checks import Check, Found
from amiable.inspection.image import Entry, Image

_GUIDE = "EC2 User Guide: Recommendations for creating shared Linux AMIs"
_SANITISE = "EC2 Image Builder: required clean-up after builds"
_HISTORIES = (
    *(".*_history", ".bash_history-*.tmp", ".lesshst", ".viminfo", ".wget-hsts"),
    *(".local/share/fish/fish_history", ".local/share/recently-used.xbel"),
)
_LOGINS = ("/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/var/run/utmp")
_CACHES = (
    *("/var/cache/apt/archives", "/var/cache/apk", "/var/cache/dnf", "/var/cache/pacman/pkg"),
    *("/var/cache/yum", "/var/cache/zypp", "/root/.cache"),
)
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - folders of the image
_LEASES = ("/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/dhcpcd", "/var/lib/NetworkManager",
           "/run/systemd/netif/leases")  # fmt: skip


def _histories(image: Image) -> Iterator[Found]:
    for home in image.homes:
        for entry in image.below(home):
            if entry.size and any(fnmatchcase(entry.path[len(home) + 1 :], one) for one in _HISTORIES):
                yield Found("A history of commands.", entry.path)


def _summed(what: str, choose: Callable[[Image], list[Entry]]) -> Callable[[Image], Iterator[Found]]:
    """One finding for a group of files: how many, how much, and the largest of them."""

    def test(image: Image) -> Iterator[Found]:
        files = [entry for entry in choose(image) if entry.size]
        if files:
            size = sum(entry.size for entry in files)
            largest = max(files, key=lambda entry: entry.size)
            yield Found(f"{len(files)} {what}, {size:,} bytes; the largest is named.", largest.path)

    return test


def _logs(image: Image) -> list[Entry]:
    return [entry for entry in image.below("/var/log") if entry.path not in _LOGINS]


def _dumps(image: Image) -> Iterator[Found]:
    for entry in image.below("/var/crash", "/var/lib/systemd/coredump", "/var/spool/abrt"):
        if entry.size:
            yield Found("A crash dump: memory of a program, with all that was in it.", entry.path)
    for home in (*image.homes, ""):
        if image.file(f"{home}/core"):
            yield Found("A crash dump: memory of a program, with all that was in it.", f"{home}/core")


def _caches(image: Image) -> list[Entry]:
    return [entry for entry in image.below(*_CACHES) if not entry.path.endswith("/lock")]


def _leases(image: Image) -> Iterator[Found]:
    for entry in image.below(*_LEASES):
        if entry.size and ("lease" in entry.path or entry.path.endswith((".duid", "secret_key"))):
            yield Found("A lease or identity of the builder's network.", entry.path)


ROWS = (
    Check(
        "history",
        "medium",
        "Histories of shells and clients",
        "People type passwords and host names where they do not belong.",
        "Delete the files.",
        f"{_GUIDE}; {_SANITISE}",
        _histories,
    ),
    Check(
        "crash-dump",
        "medium",
        "Crash dumps",
        "Memory of a program holds its secrets.",
        "Delete them.",
        _SANITISE,
        _dumps,
    ),
    Check(
        "logs",
        "low",
        "Logs",
        "They tell of the builder: addresses, names, times, now and then a token.",
        "Truncate files in /var/log; journalctl --rotate --vacuum-time=1s",
        _SANITISE,
        _summed("logs", _logs),
    ),
    Check(
        "login-records",
        "low",
        "Records of logins",
        "They name who logged in from where.",
        "Truncate wtmp, btmp and lastlog.",
        _SANITISE,
        _summed(
            "records of logins", lambda image: [image.entries[path] for path in _LOGINS if image.file(path)]
        ),
    ),
    Check(
        "temporary-files",
        "low",
        "Temporary files",
        "Left-overs of the build.",
        "Empty /tmp and /var/tmp.",
        _SANITISE,
        _summed("temporary files", lambda image: image.below(*_TEMPORARY)),
    ),
    Check(
        "package-cache",
        "low",
        "Caches of package managers",
        "They only make the image larger.",
        "apt-get clean, dnf clean all or the like.",
        _SANITISE,
        _summed("cached files", _caches),
    ),
    Check(
        "dhcp-lease",
        "low",
        "Leases of another network",
        "Instances may ask for the builder's address.",
        "Delete them.",
        _SANITISE,
        _leases,
    ),
)
