"""Changed lines of configuration, as unified diffs without secrets."""

import difflib
import re

from amiable.inspection.filesystem import Node
from amiable.inspection.secrets import KEY, in_text, redacted

_CONFIGURATION = re.compile(
    r"/etc/.*|/boot/(grub|loader)/.*\.(cfg|conf)|/usr/local/etc/.*|/opt/[^/]+/etc/.*|.*/\.(bashrc|profile)"
)
_NEVER = re.compile(r"/etc/(g?shadow-?|.*\.(key|pem|p12|jks)|ssh/ssh_host_.*|ssl/private/.*|ld\.so\.cache)")
"""Files that hold secrets themselves, or no text."""
_LARGEST, _MOST_LINES, _MOST = 256 << 10, 400, 1 << 20


class Hunks:
    """The diffs so far: a row a file, `text` of at most 400 lines; 1 MiB in all."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self._size = 0

    def add(self, path: str, a: Node | None, b: Node | None) -> None:
        """Compare two versions of a file, if it is configuration. Raises Corrupt."""
        sides = [node for node in (a, b) if node is not None]
        if (
            not _CONFIGURATION.fullmatch(path)
            or _NEVER.fullmatch(path)
            or any(node.kind != "file" or node.size > _LARGEST for node in sides)
            or self._size > _MOST
        ):
            return
        texts = [node.read(_LARGEST) if node else b"" for node in (a, b)]
        if any(b"\0" in text for text in texts):
            return
        if any(hit.kind == KEY for text in texts for hit in in_text(text)):
            self.rows.append({"path": path, "text": "(not shown: it holds a private key)"})
            return
        before, after = (redacted(text.decode(errors="replace")).splitlines() for text in texts)
        names = (path if a else "/dev/null", path if b else "/dev/null")
        lines = list(difflib.unified_diff(before, after, *names, lineterm=""))
        if len(lines) > _MOST_LINES:
            lines = [*lines[:_MOST_LINES], f"… {len(lines) - _MOST_LINES} more lines"]
        if lines:
            text = "\n".join(lines)
            self._size += len(text)
            self.rows.append({"path": path, "text": text})
