"""One image under inspection: its tree, walked once, and what configuration says of it.

Checks (hygiene.py) are functions of this object.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from amiable.inspection import accounts, secrets, system
from amiable.inspection.filesystem import Kind
from amiable.inspection.packages import Package, language_package, packages
from amiable.inspection.tree import Tree

_PLACES = (
    *("/etc", "/home", "/opt", "/root", "/srv", "/usr/local", "/var/backups", "/var/lib/cloud"),
    *("/var/lib/jenkins", "/var/log", "/var/www", "/tmp", "/var/tmp"),  # noqa: S108 - folders of the image
)
_LARGEST, _MOST_SEARCHED = 1 << 20, 256 << 20  # bytes of a file, of all files


@dataclass(frozen=True)
class Entry:
    """What the walk keeps of a file."""

    path: str
    kind: Kind
    size: int
    permissions: int
    uid: int


@dataclass
class Image:
    """`entries` by path, in order. `now`: the day that end-of-support dates are compared with."""

    tree: Tree
    now: datetime
    entries: dict[str, Entry] = field(default_factory=dict)
    _language: list[Package] = field(default_factory=list)

    def __post_init__(self) -> None:
        described = []
        for path, node in self.tree.walk():
            self.entries[path] = Entry(path, node.kind, node.size, node.permissions, node.uid)
            if node.name in ("METADATA", "PKG-INFO", "package.json"):
                described.append(path)
        for path in described[:20000]:
            if package := language_package(self.tree, path):
                self._language.append(package)

    @cached_property
    def packages(self) -> list[Package]:
        """Of databases and of languages."""
        return sorted({*packages(self.tree), *self._language})

    @cached_property
    def users(self) -> list[accounts.User]:
        """See accounts."""
        return accounts.users(self.tree)

    @cached_property
    def sshd(self) -> accounts.Sshd:
        """See accounts."""
        return accounts.sshd(self.tree)

    @cached_property
    def release(self) -> dict[str, str]:
        """See system."""
        return system.os_release(self.tree)

    @cached_property
    def services(self) -> list[system.Service]:
        """See system."""
        return system.services(self.tree)

    @cached_property
    def hits(self) -> list[tuple[str, secrets.Hit]]:
        """(file, secret in it) of the text files in the places where people and services keep secrets."""
        found, left = [], _MOST_SEARCHED
        for entry in self.below(*_PLACES):
            if 16 <= entry.size <= _LARGEST and left > 0:
                left -= entry.size
                data = self.tree.read(entry.path, _LARGEST) or b""
                found += [(entry.path, hit) for hit in secrets.in_text(data)]
        return found

    @cached_property
    def homes(self) -> list[str]:
        """The home folders of people and root."""
        found = {user.home.rstrip("/") for user in self.users if user.uid == 0 or user.uid >= 1000}
        found |= {path for path in self.entries if path.startswith("/home/") and path.count("/") == 2}
        return sorted(home for home in found if home and home in self.entries)

    def below(self, *folders: str) -> list[Entry]:
        """The files below folders, by path."""
        starts = tuple(f"{folder}/" for folder in folders)
        return [
            each for path, each in self.entries.items() if path.startswith(starts) and each.kind == "file"
        ]

    def file(self, path: str) -> Entry | None:
        """The entry at exactly that path, if it is a file with something in it."""
        entry = self.entries.get(path)
        return entry if entry is not None and entry.kind == "file" and entry.size else None
