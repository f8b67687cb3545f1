"""Users, groups and how they may log in, from passwd, group, shadow and the SSH server's configuration.

Password hashes never leave this module: only what kind of field it is.
"""

import posixpath
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from amiable.inspection.tree import Tree

_NO_LOGIN = ("nologin", "false", "sync", "halt", "shutdown")


@dataclass(frozen=True)
class User:
    """`password` is `locked`, `empty` or `set`; `hashed`: a hash is there, though it may be locked.

    `line` is that of /etc/shadow, or of passwd.
    """

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    password: str
    hashed: bool
    line: int

    @property
    def may_log_in(self) -> bool:
        """Whether the shell is one."""
        return posixpath.basename(self.shell) not in _NO_LOGIN


@dataclass(frozen=True)
class Group:
    """A group with the members that /etc/group names."""

    name: str
    gid: int
    members: tuple[str, ...]


def _rows(tree: Tree, path: str, least: int) -> list[tuple[int, list[str]]]:
    return [(line, words) for line, text in tree.lines(path) if len(words := text.split(":")) >= least]


def _number(text: str) -> int | None:
    """A user or group id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def users(tree: Tree) -> list[User]:
    """In the order of /etc/passwd."""
    shadow = {words[0]: (line, words[1]) for line, words in _rows(tree, "/etc/shadow", 2)}
    found = []
    for line, words in _rows(tree, "/etc/passwd", 7):
        uid, gid = _number(words[2]), _number(words[3])
        if uid is None or gid is None:
            continue
        at, password = line, words[1]
        if password == "x":  # noqa: S105 - it means: see /etc/shadow
            at, password = shadow.get(words[0], (line, "*"))
        found.append(User(words[0], uid, gid, words[5], words[6], _password(password), "$" in password, at))
    return found


def _password(text: str) -> str:
    if text == "":
        return "empty"
    return "set" if text.startswith("$") or (len(text) == 13 and text[0] not in "!*") else "locked"


def groups(tree: Tree) -> list[Group]:
    """In the order of /etc/group."""
    return [
        Group(words[0], gid, tuple(filter(None, words[3].split(","))))
        for _, words in _rows(tree, "/etc/group", 4)
        if (gid := _number(words[2])) is not None
    ]


@dataclass(frozen=True)
class Setting:
    """A value of sshd_config and where it stands; line 0: it is the default."""

    value: str
    file: str = "/etc/ssh/sshd_config"
    line: int = 0


_DEFAULTS = {
    "permitrootlogin": "prohibit-password",
    "passwordauthentication": "yes",
    "kbdinteractiveauthentication": "yes",
    "permitemptypasswords": "no",
    "authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
    "port": "22",
}
_OLD_NAMES = {"challengeresponseauthentication": "kbdinteractiveauthentication"}


@dataclass
class Sshd:
    """The SSH server's configuration: the first value of a key counts, but those in Match blocks."""

    present: bool
    values: dict[str, Setting] = field(default_factory=dict)
    matched: list[tuple[str, Setting]] = field(default_factory=list)

    def get(self, key: str) -> Setting:
        """The effective value outside Match blocks, in lower case."""
        return self.values.get(key, Setting(_DEFAULTS[key]))

    def every(self, key: str) -> list[Setting]:
        """The effective value and those of Match blocks."""
        return [self.get(key), *(setting for name, setting in self.matched if name == key)]


def sshd(tree: Tree) -> Sshd:
    """Read sshd_config and what it includes."""
    present = any(tree.get(path) for path in ("/usr/sbin/sshd", "/usr/bin/sshd", "/etc/ssh/sshd_config"))
    made = Sshd(present)
    _read_sshd(tree, "/etc/ssh/sshd_config", made, False, 0)
    return made


def _read_sshd(tree: Tree, path: str, made: Sshd, in_match: bool, depth: int) -> None:
    for line, text in tree.lines(path):
        key, _, value = text.replace("=", " ", 1).partition(" ")
        key, value = key.lower(), value.strip().strip('"')
        key = _OLD_NAMES.get(key, key)
        if key == "match":
            in_match = value.lower() != "all"
        elif key == "include" and depth < 4:
            for pattern in value.split():
                for included in _glob(tree, posixpath.join("/etc/ssh", pattern)):
                    _read_sshd(tree, included, made, in_match, depth + 1)
        elif key in _DEFAULTS:
            setting = Setting(value if key == "authorizedkeysfile" else value.lower(), path, line)
            if in_match:
                made.matched.append((key, setting))
            else:
                made.values.setdefault(key, setting)


def _glob(tree: Tree, pattern: str) -> list[str]:
    folder, name = posixpath.split(pattern)
    return [f"{folder}/{node.name}" for node in tree.folder(folder) if fnmatchcase(node.name, name)]


def authorized_keys(tree: Tree) -> list[tuple[str, int]]:
    """(file, how many keys) of every user's files of authorized keys that hold any."""
    found = {}
    patterns = sshd(tree).get("authorizedkeysfile").value.split()
    for user in users(tree):
        for pattern in {*patterns, ".ssh/authorized_keys", ".ssh/authorized_keys2"}:
            expanded = pattern.replace("%h", user.home).replace("%u", user.name).replace("%%", "%")
            path = posixpath.normpath(posixpath.join(user.home, expanded))
            if path.startswith("/") and (keys := len(tree.lines(path))):
                found[path] = keys
    return sorted(found.items())
