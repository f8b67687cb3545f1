"""The file systems of an image as the one tree that the running system would see.

The root is the file system with an os-release; its fstab mounts the others. What it does not name (a volume
that was attached and mounted by hand) stands beside the root, as /[DISK:PARTITION]. Links are resolved inside
the tree, 40 at most, as Linux does; `..` ends at the root.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from amiable.core.errors import Corrupt
from amiable.inspection.filesystem import FileSystem, Node, opened
from amiable.inspection.volumes import Volume, volumes
from amiable.inspection.window import Disk

MOST_LINKS = 40
MOST_DEPTH = 100
MOST_ENTRIES = 1_000_000
MOST_TROUBLE = 50
TEXT = 1 << 20
"""Bytes of a configuration file that are read."""
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass
class Tree:
    """`mounts` by path; `/` is among them unless nothing could be read. `trouble`: sentences.

    `beside`: file systems that are mounted nowhere, by a path that no running system has; in `mounts` too.
    """

    volumes: list[Volume]
    mounts: dict[str, FileSystem] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    beside: dict[str, FileSystem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._found: dict[str, Node | None] = {}

    @property
    def unclean(self) -> list[str]:
        """Sentences about file systems that were in use: what is seen may be a moment old."""
        return [
            f"{volume.name} was not unmounted: what is only in its journal is not seen."
            for volume in self.volumes
            if volume.unclean
        ]

    def note(self, sentence: str) -> None:
        """Remember a sentence about what is broken."""
        if len(self.trouble) < MOST_TROUBLE and sentence not in self.trouble:
            self.trouble.append(sentence)

    def get(self, path: str, *, follow: bool = True) -> Node | None:
        """What lies at an absolute path; None when nothing does or it cannot be read."""
        found = self._resolve(path, follow)
        return found[1] if found else None

    def real(self, path: str) -> str | None:
        """The path with every link resolved, if something is there."""
        found = self._resolve(path, True)
        return found[0] if found else None

    def _resolve(self, path: str, follow: bool) -> tuple[str, Node] | None:
        if "/" not in self.mounts:
            return None
        left = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        at, links = "", 0
        node: Node | None = self.mounts["/"].root
        while left:
            part = left.pop()
            if part == "..":
                at = at.rpartition("/")[0]
                node = self._at(at or "/")
                continue
            below = f"{at}/{part}"
            node = self._at(below) if below.count("/") <= MOST_DEPTH else None
            if node is None:
                return None
            if node.kind == "link" and (left or follow):
                links += 1
                try:
                    target = node.target()
                except Corrupt as broken:
                    self.note(f"{broken}.")
                    return None
                if links > MOST_LINKS or len(target) > 4096:
                    self.note(f"The links at {path} do not end.")
                    return None
                left += [part for part in reversed(target.split("/")) if part not in ("", ".")]
                if target.startswith("/"):
                    at = ""
                continue
            at = below
        return (at or "/", node) if node else None

    def _at(self, path: str) -> Node | None:
        """The node at a path without links in its folders."""
        if path in self.mounts:
            return self.mounts[path].root
        if path not in self._found:
            if len(self._found) > 8192:
                self._found.clear()
            place = path
            while place not in self.mounts:
                place = place.rpartition("/")[0] or "/"
            try:
                node = self.mounts[place].get(path if place == "/" else path[len(place) :])
            except Corrupt as broken:
                self.note(f"{broken}.")
                node = None
            self._found[path] = node
        return self._found[path]

    def folder(self, path: str) -> list[Node]:
        """The entries of a folder by name; none when it is not there."""
        node = self.get(path)
        if node is None or node.kind != "directory":
            return []
        return self.entries(node)

    def entries(self, node: Node) -> list[Node]:
        """The entries of a folder by name; what cannot be read is noted."""
        found = []
        try:
            for child in node.children():
                if isinstance(child, Corrupt):
                    self.note(f"{child}.")
                else:
                    found.append(child)
                if len(found) > MOST_ENTRIES:
                    raise Corrupt(node.name, f"it has more than {MOST_ENTRIES} entries")
        except Corrupt as broken:
            self.note(f"{broken}.")
        return sorted(found, key=lambda each: each.name)

    def read(self, path: str, limit: int = TEXT) -> bytes | None:
        """At most `limit` bytes of a file's content, links followed; None when there is no such file."""
        node = self.get(path)
        if node is None or node.kind != "file":
            return None
        try:
            return node.read(limit)
        except Corrupt as broken:
            self.note(f"{broken}.")
            return None

    def text(self, path: str, limit: int = TEXT) -> str:
        """A text file's content; empty when there is none."""
        return (self.read(path, limit) or b"").decode(errors="replace")

    def lines(self, path: str) -> list[tuple[int, str]]:
        """(number, stripped line) of a configuration file, without blank lines and # comments."""
        rows = enumerate(self.text(path).splitlines(), 1)
        return [(number, line.strip()) for number, line in rows if line.strip() and line.strip()[0] != "#"]

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Every entry below the root, and of what stands beside it, with its path.

        Links are not followed, mounts are entered.
        """
        if "/" not in self.mounts:
            return
        seen: set[tuple[str, int]] = set()
        entries = 0
        pending = [(path, system.root, 0) for path, system in reversed(self.beside.items())]
        pending.append(("", self.mounts["/"].root, 0))
        while pending:
            path, folder, depth = pending.pop()
            place = (folder.system.volume.name, folder.inode)
            if place in seen:
                self.note(f"The folder {path} is also elsewhere: it was not entered again.")
                continue
            seen.add(place)
            if depth > MOST_DEPTH:
                self.note(f"The folders at {path[:200]} are more than {MOST_DEPTH} deep.")
                continue
            below = []
            for child in self.entries(folder):
                entries += 1
                if entries > MOST_ENTRIES:
                    self.note(f"It has more than {MOST_ENTRIES} files: the rest was not looked at.")
                    return
                where = f"{path}/{child.name}"
                yield where, child
                if child.kind == "directory":
                    mounted = self.mounts.get(where)
                    below.append((where, mounted.root if mounted else child, depth + 1))
            pending += reversed(below)


def tree(disks: Sequence[Disk]) -> Tree:
    """The tree of an image's disks, the first one being its root device."""
    found, trouble = volumes(disks)
    made = Tree(found, trouble=trouble)
    systems = [system for volume in found if (system := opened(volume))]
    for marks in (("/etc/os-release", "/usr/lib/os-release"), ("/etc/fstab",), ("/etc/passwd",)):
        for system in systems:
            alone = Tree([], {"/": system})
            if any(alone.get(mark) for mark in marks):
                _mount(made, system, systems)
                _put_beside(made, systems)
                return made
    if systems:
        made.mounts["/"] = systems[0]
        made.note("No file system holds an operating system: the first one is shown as its root.")
        _put_beside(made, systems)
    return made


def _mount(made: Tree, root: FileSystem, systems: Sequence[FileSystem]) -> None:
    """Put the file systems where the root's fstab wants them, outer ones first."""
    made.mounts["/"] = root
    by_name = {name: system for system in reversed(systems) for name in system.volume.names}
    wanted = []
    for _, line in made.lines("/etc/fstab"):
        words = line.split()
        if len(words) >= 2 and words[1].startswith("/") and words[1] != "/":
            where = _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), words[1]).rstrip("/")
            wanted.append((where, _device(words[0])))
    for where, name in sorted(wanted):
        system = by_name.get(name)
        if system is not None and system is not root and where not in made.mounts:
            made.mounts[where] = system


def _put_beside(made: Tree, systems: Sequence[FileSystem]) -> None:
    """Show what is mounted nowhere."""
    mounted = {system.volume.name for system in made.mounts.values()}
    for system in systems:
        if system.volume.name not in mounted:
            made.beside[f"/[{system.volume.name.replace('/', '-')}]"] = system
    made.mounts |= made.beside


def _device(name: str) -> str:
    """An fstab's first word as volumes.py writes it."""
    key, sign, value = name.partition("=")
    if not sign:
        return name
    value = value.strip('"')
    return f"{key.upper()}={value if key.upper() == 'LABEL' else value.lower()}"
