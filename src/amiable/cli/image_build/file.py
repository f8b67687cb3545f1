"""The recipe file: one readable YAML file that says everything about an image.

    name: web                            version: 1.0.x (the next number), or 1.2.3
    base: debian-12                      an image by name or id, ssm:<parameter>, the ARN of a build
    components:                          in order; each is one of
      - update-os                        a shipped one
      - path: nginx.yaml                 a document beside this file
      - arn: arn:aws:imagebuilder:…      any other component
      - name: page                       a document in this file
        document: {schemaVersion: 1.0, …}
      - name: motd                       or one script of sh
        run: echo hello >/etc/motd
      - files: site                      or a folder beside this file, laid over the guest's root
    tests:                               the same; `run` is a test then

docs/imagebuilder.md tells the rest. Every problem is told with its file, line and column.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amiable.builder.components import documents
from amiable.builder.document.model import Document
from amiable.builder.document.parse import parse
from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Invalid, Node, Problem, read
from amiable.cli.image_build.written import LONGEST, overlay, script_document
from amiable.core.errors import InvalidInput

NAME = re.compile(r"[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,80}[-_A-Za-z0-9]")
VERSION = re.compile(r"\d+\.(\d+\.(\d+|x)|x\.x)|x\.x\.x")
KINDS = ("path", "arn", "use", "document", "run", "files")
_OPTIONAL = (
    "version", "description", "components", "tests", "instance-type", "instance-profile", "subnet",
    "security-groups", "key-pair", "user-data", "working-directory", "volumes", "tags", "distribution",
)  # fmt: skip
_VOLUME = {
    "size": "volumeSize",
    "type": "volumeType",
    "iops": "iops",
    "throughput": "throughput",
    "snapshot": "snapshotId",
    "delete-on-termination": "deleteOnTermination",
}
_PERMISSION = {
    "accounts": "userIds",
    "groups": "userGroups",
    "organizations": "organizationArns",
    "units": "organizationalUnitArns",
}


@dataclass(frozen=True)
class Part:
    """One component: an ARN, the name of a shipped one, or the text of a document with a name."""

    name: str
    arn: str | None = None
    shipped: str | None = None
    text: str | None = None
    document: Document | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RecipeFile:
    """What a file says. `volumes` and `distribution` in the API's shapes; a device may be `root`."""

    name: str
    version: str
    base: str
    description: str | None
    parts: tuple[Part, ...]
    settings: dict[str, Any]
    """instance-type, instance-profile, subnet, security-groups, key-pair, user-data, working-directory."""
    volumes: tuple[dict[str, Any], ...]
    tags: dict[str, str]
    distribution: tuple[dict[str, Any], ...]

    @property
    def tested(self) -> bool:
        """Whether any component may have something to test."""
        return any(part.document is None or part.document.phase("test") for part in self.parts)


def load(path: Path) -> RecipeFile:
    """Read and check a file. Raises InvalidInput: a line a problem, `file:line:column: sentence`."""
    text = path.read_text(errors="replace")
    try:
        root = read(text)
    except Invalid as invalid:
        raise _told(path, invalid.problems) from invalid
    reader = _File(path, text)
    found = reader.recipe(root)
    if reader.problems or reader.elsewhere or found is None:
        raise _told(path, reader.problems, reader.elsewhere)
    return found


def _told(path: Path, problems: list[Problem], elsewhere: list[str] | None = None) -> InvalidInput:
    lines = [f"{path}:{one.line}:{one.column}: {one.message}" for one in sorted(problems)]
    return InvalidInput("\n".join(["The recipe cannot be built.", *lines, *(elsewhere or ())]))


class _File(Reader):
    """Reads the nodes of a recipe file. `elsewhere`: problems of the documents beside it."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__()
        self.path = path
        self.lines = text.splitlines()
        self.elsewhere: list[str] = []

    def recipe(self, root: Node) -> RecipeFile | None:
        members = self.mapping(root, "the file", ("name", "base"), _OPTIONAL)
        if not members:
            return None
        name = self._matching(members.get("name"), "name", NAME, "3 to 82 letters, digits, spaces, - and _")
        version = self._matching(members.get("version"), "version", VERSION, "numbers such as 1.2.3 or 1.2.x")
        parts = [
            part
            for member in ("components", "tests")
            for node in self.items(members.get(member), member)
            if (part := self._part(node, member)) is not None
        ]
        if not parts:
            self.wrong(root, "the file needs components, or tests")
        self._unique(members, parts)
        settings: dict[str, Any] = {
            key: self.text(members.get(key), key)
            for key in (
                "instance-type",
                "instance-profile",
                "subnet",
                "key-pair",
                "user-data",
                "working-directory",
            )
        }
        settings["security-groups"] = self._texts(members.get("security-groups"), "security-groups")
        distribution = self.items(members.get("distribution"), "distribution")
        return RecipeFile(
            name=name or "",
            version=version or "1.0.x",
            base=self.text(members.get("base"), "base") or "",
            description=self.text(members.get("description"), "description"),
            parts=tuple(parts),
            settings={key: value for key, value in settings.items() if value},
            volumes=tuple(self._volume(node) for node in self.items(members.get("volumes"), "volumes")),
            tags=self._pairs(members.get("tags"), "tags"),
            distribution=tuple(self._distribution(node) for node in distribution),
        )

    def _matching(self, node: Node | None, what: str, pattern: re.Pattern[str], is_: str) -> str | None:
        text = self.text(node, what)
        if node is not None and text is not None and not pattern.fullmatch(text):
            self.wrong(node, f"{what} must be {is_}, not '{text}'")
        return text

    def _unique(self, members: dict[str, Node], parts: list[Part]) -> None:
        seen: set[str] = set()
        for part in parts:
            identity = part.arn or part.name
            if identity in seen:
                self.wrong(members.get("components") or members["tests"], f"{identity} is named twice")
            seen.add(identity)

    def _part(self, node: Node, member: str) -> Part | None:
        if isinstance(node.value, str):
            self._check_shipped(node, node, node.value, {})
            return Part(node.value, shipped=node.value)
        given = self.mapping(node, "a component", (), ("name", "parameters", *KINDS))
        kinds = [kind for kind in KINDS if kind in given]
        if len(kinds) != 1:
            self.wrong(node, f"a component has exactly one of: {', '.join(KINDS)}")
            return None
        (kind,) = kinds
        parameters = self._pairs(given.get("parameters"), "parameters")
        name = self._matching(given.get("name"), "name", NAME, "3 to 82 letters, digits, spaces, - and _")
        value = given[kind]
        if kind in ("arn", "use"):
            text = self.text(value, kind) or ""
            if kind == "use":
                self._check_shipped(value, given.get("parameters") or node, text, parameters)
            arn, shipped = (text, None) if kind == "arn" else (None, text)
            return Part(name or text, arn=arn, shipped=shipped, parameters=parameters)
        written, document, stem = self._document(kind, value, member)
        if document is None:
            return None
        name = name or document.name or stem
        if name is None or not NAME.fullmatch(name):
            self.wrong(node, "a component needs a name of 3 to 82 letters, digits, spaces, - and _")
            return None
        self._check_parameters(given.get("parameters") or node, document, parameters)
        if member == "tests" and document.phase("test") is None:
            self.wrong(value, "a component of tests needs a phase called test")
        return Part(name, text=written, document=document, parameters=parameters)

    def _document(self, kind: str, node: Node, member: str) -> tuple[str, Document | None, str | None]:
        """(text, document, the name of its file). Problems are noted."""
        if kind in ("run", "files"):
            text, stem = self._written(kind, node, member)
            if text is None:
                return "", None, None
            return text, self._parsed(text, lambda one: self.wrong(node, one.message)), stem
        if kind == "document":
            written = self._slice(node)
            if written is None:
                self.wrong(node, "write the document as a block: its first key on a line of its own")
                return "", None, None

            def inside(one: Problem) -> None:
                line, column = node.line + one.line - 1, node.column + one.column - 1
                self.problems.append(Problem(line, column, one.message))

            return written, self._parsed(written, inside), None
        relative = self.text(node, kind) or ""
        file = self.path.parent / relative
        try:
            text = file.read_text(errors="replace")
        except OSError as missing:
            self.wrong(node, f"{relative} cannot be read: {missing.strerror}")
            return "", None, None

        def there(one: Problem) -> None:
            self.elsewhere.append(f"{file}:{one.line}:{one.column}: {one.message}")

        return text, self._parsed(text, there), file.stem

    def _written(self, kind: str, node: Node, member: str) -> tuple[str | None, str | None]:
        """A document of a script or of a folder, and the folder's name; no document if there is none."""
        value = self.text(node, kind) or ""
        if kind == "run":
            return script_document(value, "test" if member == "tests" else "build"), None
        try:
            return overlay(self.path.parent / value), Path(value).name
        except InvalidInput as wrong:
            self.wrong(node, str(wrong))
        except OSError as closed:
            self.wrong(node, f"{value} cannot be read: {closed.strerror}")
        return None, None

    def _parsed(self, text: str, note: Any) -> Document | None:
        if len(text) > LONGEST:
            note(Problem(1, 1, f"a component has at most {LONGEST:,} characters, and this one {len(text):,}"))
        try:
            return parse(text)
        except Invalid as invalid:
            for one in invalid.problems:
                note(one)
            return None

    def _slice(self, node: Node) -> str | None:
        """The lines of a block mapping, moved to the left margin."""
        indent = node.column - 1
        first = self.lines[node.line - 1]
        if not isinstance(node.value, dict) or first[:indent].strip() or first[indent:].startswith("{"):
            return None
        found = []
        for line in self.lines[node.line - 1 :]:
            text = line.lstrip()
            if text and not text.startswith("#") and len(line) - len(text) < indent:
                break
            found.append(line[indent:] if line[:indent].strip() == "" else text)
        return "\n".join(found).rstrip() + "\n"

    def _check_shipped(self, node: Node, at: Node, name: str, given: dict[str, str]) -> None:
        shipped = documents()
        if name in shipped:
            self._check_parameters(at, parse(shipped[name]), given)
        else:
            self.wrong(node, f"no component {name} is shipped; there are: {', '.join(sorted(shipped))}")

    def _check_parameters(self, node: Node, document: Document, given: dict[str, str]) -> None:
        known = {one.name: one for one in document.parameters}
        for name in given:
            if name not in known:
                self.wrong(
                    node, f"the component has no parameter {name}; it has: {', '.join(known) or 'none'}"
                )
        for name, one in known.items():
            if one.default is None and name not in given:
                self.wrong(node, f"the component needs the parameter {name}")

    def _texts(self, node: Node | None, what: str) -> list[str]:
        return [text for one in self.items(node, what) if (text := self.text(one, what)) is not None]

    def _pairs(self, node: Node | None, what: str) -> dict[str, str]:
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.wrong(node, f"{what} must be a mapping")
            return {}
        return {key: self.text(value, key) or "" for key, value in node.value.items()}

    def _volume(self, node: Node) -> dict[str, Any]:
        given = self.mapping(node, "a volume", ("device",), _VOLUME)
        ebs: dict[str, Any] = {}
        for key, member in _VOLUME.items():
            value = given.get(key)
            if value is None:
                continue
            if key == "delete-on-termination":
                if not isinstance(value.value, bool):
                    self.wrong(value, f"{key} must be true or false")
                ebs[member] = value.value is True
            elif key in ("type", "snapshot"):
                ebs[member] = self.text(value, key)
            else:
                ebs[member] = self.whole(value, key, 0)
        return {"deviceName": self.text(given.get("device"), "device"), "ebs": ebs}

    def _distribution(self, node: Node) -> dict[str, Any]:
        known = ("name", "description", "accounts", "tags")
        leads = ("launch-permissions", "launch-templates", "ssm-parameters")
        given = self.mapping(node, "a distribution", ("region",), (*known, *leads))
        permission: dict[str, Any] = {}
        if "launch-permissions" in given:
            wanted = self.mapping(given["launch-permissions"], "launch-permissions", (), _PERMISSION)
            permission = {
                _PERMISSION[key]: self._texts(one, key) for key, one in wanted.items() if key in _PERMISSION
            }
        ami = {
            "name": self.text(given.get("name"), "name"),
            "description": self.text(given.get("description"), "description"),
            "targetAccountIds": self._texts(given.get("accounts"), "accounts"),
            "amiTags": self._pairs(given.get("tags"), "tags"),
            "launchPermission": permission,
        }
        ami = {key: value for key, value in ami.items() if value}
        templates = self._texts(given.get("launch-templates"), "launch-templates")
        names = self._texts(given.get("ssm-parameters"), "ssm-parameters")
        found: dict[str, Any] = {"region": self.text(given.get("region"), "region")}
        if ami:
            found["amiDistributionConfiguration"] = ami
        if templates:
            found["launchTemplateConfigurations"] = [{"launchTemplateId": one} for one in templates]
        if names:
            found["ssmParameterConfigurations"] = [{"parameterName": one} for one in names]
        return found
