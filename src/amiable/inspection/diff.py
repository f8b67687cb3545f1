"""What differs between two images: packages, accounts, services, files, lines of configuration.

The caller says which bytes of the disks differ (from the manifests). What does not differ is never read
twice, and a file whose metadata, place and blocks are the same is not read at all. Both trees are walked
side by side, a folder at a time.

    same inode data, same extents   what lies in changed blocks is compared, often nothing
    anything else                   the content is compared, a MiB at a time
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from amiable.core.errors import Corrupt
from amiable.inspection import accounts, system
from amiable.inspection.filesystem import PIECE, FileSystem, Node
from amiable.inspection.hunks import Hunks
from amiable.inspection.noise import noise
from amiable.inspection.packages import Package, packages
from amiable.inspection.tree import MOST_DEPTH, Tree, tree
from amiable.inspection.window import Disk

MOST_FILES = 20_000
"""Changed files that are listed; all are counted."""
_KINDS = ("added", "removed", "content", "metadata", "kind")
Ranges = Sequence[tuple[int, int]]
Pair = tuple[Node | None, Node | None]


class Twin:
    """The second disk of a pair: what does not differ is read from the first, which has it at hand."""

    def __init__(self, first: Disk, second: Disk, changed: Ranges) -> None:
        """`changed`: (offset, length), ascending."""
        self._first = first
        self._second = second
        self.size = second.size
        self._changes = Changes(changed)

    def read_at(self, offset: int, length: int) -> bytes:
        """See Disk."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        same = offset + length <= self._first.size and not self._changes.touch(offset, length)
        return (self._first if same else self._second).read_at(offset, length)


class Changes:
    """Ranges of a disk that differ."""

    def __init__(self, ranges: Ranges) -> None:
        self._starts = [start for start, _ in ranges]
        self._ends = [start + length for start, length in ranges]

    def touch(self, offset: int, length: int) -> bool:
        """Whether any of these bytes differ."""
        index = bisect_left(self._ends, offset + 1)
        return index < len(self._starts) and self._starts[index] < offset + length

    def within(self, offset: int, length: int, origin: int) -> Iterator[tuple[int, int]]:
        """The (start, end) of what differs of these bytes, counted from `origin`."""
        end = offset + length
        for index in range(bisect_left(self._ends, offset + 1), len(self._starts)):
            if self._starts[index] >= end:
                return
            yield max(offset, self._starts[index]) - origin, min(end, self._ends[index]) - origin


@dataclass
class Files:
    """Changed files and what they add up to."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_KINDS, 0))
    noise: int = 0
    bytes_compared: int = 0

    def add(self, path: str, change: str, before: Node | None, after: Node | None, **more: Any) -> None:
        """One changed entry."""
        kind = noise(path)
        self.noise += bool(kind)
        self.counts[change] += 1
        if len(self.rows) < MOST_FILES:
            row = {"path": path, "change": change, "before": _described(before), "after": _described(after)}
            self.rows.append(row | ({"noise": kind} if kind else {}) | more)


def _described(node: Node | None) -> dict[str, Any] | None:
    if node is None:
        return None
    return {
        "kind": node.kind,
        "size": node.size,
        "mode": f"{node.permissions:04o}",
        "uid": node.uid,
        "gid": node.gid,
    }


def diff(before: Sequence[Disk], after: Sequence[Disk], changed: Sequence[Ranges]) -> dict[str, Any]:
    """The difference, as docs/inspection.md has it. `changed`: a list of ranges for each pair of disks."""
    pairs = min(len(before), len(after), len(changed))
    twins: list[Disk] = [Twin(before[index], after[index], changed[index]) for index in range(pairs)]
    old, new = tree(before), tree([*twins, *after[pairs:]])
    walk = _Walk(old, new, [Changes(ranges) for ranges in changed[:pairs]])
    walk.run()
    files = walk.files
    return {
        "packages": _packages(packages(old), packages(new)),
        "users": _sets({user.name: _user(user) for user in accounts.users(old)}, _users(new)),
        "groups": _sets(_groups(old), _groups(new)),
        "services": _sets(_services(old), _services(new)),
        "release": [system.os_release(each).get("PRETTY_NAME", "") for each in (old, new)],
        "kernels": _sets(dict.fromkeys(system.kernels(old), ""), dict.fromkeys(system.kernels(new), "")),
        "files": files.rows,
        "counts": files.counts | {"noise": files.noise, "listed": len(files.rows)},
        "hunks": walk.hunks.rows,
        "bytes_compared": files.bytes_compared,
        "trouble": list(dict.fromkeys([*old.trouble, *new.trouble, *old.unclean, *new.unclean])),
    }


def _user(user: accounts.User) -> str:
    return f"uid {user.uid}, gid {user.gid}, {user.home}, {user.shell}, password {user.password}"


def _users(made: Tree) -> dict[str, str]:
    return {user.name: _user(user) for user in accounts.users(made)}


def _groups(made: Tree) -> dict[str, str]:
    return {each.name: f"gid {each.gid}: {','.join(each.members)}" for each in accounts.groups(made)}


def _services(made: Tree) -> dict[str, str]:
    return {f"{each.unit} ({each.wanted_by})": "" for each in system.services(made)}


def _sets(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    """What came, went and changed of named things."""
    rows = [
        {"name": name, "change": "removed", "before": before[name]} for name in sorted(before.keys() - after)
    ]
    rows += [
        {"name": name, "change": "added", "after": after[name]} for name in sorted(after.keys() - before)
    ]
    rows += [
        {"name": name, "change": "changed", "before": before[name], "after": after[name]}
        for name in sorted(before.keys() & after)
        if before[name] != after[name]
    ]
    return rows


def _packages(before: list[Package], after: list[Package]) -> list[dict[str, str]]:
    """As `_sets`, by type, name and architecture; several versions of one package are one value."""

    def by_name(rows: list[Package]) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in rows:
            name = f"{row.type}:{row.name}" + (f":{row.architecture}" if row.architecture else "")
            found[name] = f"{found[name]}, {row.version}" if name in found else row.version
        return found

    return _sets(by_name(before), by_name(after))


class _Walk:
    """Both trees, side by side."""

    def __init__(self, old: Tree, new: Tree, changes: Sequence[Changes]) -> None:
        self.old, self.new = old, new
        self.files = Files()
        self.hunks = Hunks()
        self._changes = changes

    def run(self) -> None:
        """Compare everything below the roots, and beside them."""
        roots = [made.mounts["/"].root if "/" in made.mounts else None for made in (self.old, self.new)]
        pending: list[tuple[str, Pair, int]] = [("", (roots[0], roots[1]), 0)]
        for path in sorted({*self.old.beside, *self.new.beside}):
            a, b = (made.beside[path].root if path in made.beside else None for made in (self.old, self.new))
            pending.append((path, (a, b), 0))
        seen: set[tuple[object, ...]] = set()
        while pending:
            path, (a, b), depth = pending.pop()
            place = tuple((node.system.volume.name, node.inode) if node else None for node in (a, b))
            if place in seen or depth > MOST_DEPTH:
                self.new.note(f"The folder {path[:200]} was not entered: it is too deep, or also elsewhere.")
                continue
            seen.add(place)
            below = []
            for where, pair in self._children(path, a, b):
                self._compare(where, *pair)
                folders = tuple(node if node and node.kind == "directory" else None for node in pair)
                if any(folders):
                    below.append((where, (folders[0], folders[1]), depth + 1))
            pending += reversed(below)

    def _children(self, path: str, a: Node | None, b: Node | None) -> Iterator[tuple[str, Pair]]:
        """The entries of two folders, by name, mounts in place of what they cover."""
        first = {node.name: node for node in self.old.entries(a)} if a else {}
        second = {node.name: node for node in self.new.entries(b)} if b else {}
        for name in sorted({*first, *second}):
            where = f"{path}/{name}"
            yield (
                where,
                (
                    _mounted(self.old.mounts, where, first.get(name)),
                    _mounted(self.new.mounts, where, second.get(name)),
                ),
            )

    def _compare(self, path: str, a: Node | None, b: Node | None) -> None:
        if a is None or b is None:
            self.files.add(path, "removed" if b is None else "added", a, b)
            self._text(path, a, b)
            return
        if a.kind != b.kind:
            self.files.add(path, "kind", a, b)
            return
        try:
            differs = self._content(a, b)
        except Corrupt as broken:
            self.new.note(f"{broken}.")
            differs = True
        if differs:
            self.files.add(path, "content", a, b)
            self._text(path, a, b)
        elif (a.permissions, a.uid, a.gid) != (b.permissions, b.uid, b.gid):
            self.files.add(path, "metadata", a, b)

    def _content(self, a: Node, b: Node) -> bool:
        """Whether what is in two files or links differs."""
        if a.kind == "link":
            return a.target() != b.target()
        if a.kind != "file":
            return False
        if a.size != b.size:
            return True
        for start, end in self._suspects(a, b):
            for offset in range(start, end, PIECE):
                length = min(PIECE, end - offset)
                self.files.bytes_compared += 2 * length
                if a.read(length, offset) != b.read(length, offset):
                    return True
        return False

    def _suspects(self, a: Node, b: Node) -> Ranges:
        """The (start, end) of two files of one size that may differ: what lies in changed blocks, or all."""
        everything = [(0, a.size)]
        one, other = a.system.volume, b.system.volume
        if (
            (a.inode, a.changed, a.modified) != (b.inode, b.changed, b.modified)
            or one.offset is None
            or (one.disk, one.offset, one.uuid) != (other.disk, other.offset, other.uuid)
            or one.disk >= len(self._changes)
        ):
            return everything
        extents = a.extents()
        if not extents or extents != b.extents():
            return everything
        changes, start = self._changes[one.disk], one.offset
        return [
            (within + first - offset, min(a.size, within + last - offset))
            for within, offset, length in extents
            for first, last in changes.within(start + offset, length, start)
        ]

    def _text(self, path: str, a: Node | None, b: Node | None) -> None:
        try:
            self.hunks.add(path, a, b)
        except Corrupt as broken:
            self.new.note(f"{broken}.")


def _mounted(mounts: dict[str, FileSystem], path: str, node: Node | None) -> Node | None:
    system = mounts.get(path)
    return system.root if system and node else node
