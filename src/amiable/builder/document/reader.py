"""Reads a document's nodes: each reader notes what is wrong and goes on, so that one run tells everything."""

from collections.abc import Iterable
from typing import Any

from amiable.builder.document import expression
from amiable.builder.document.modules import MODULES
from amiable.builder.document.source import Node, Problem


class Reader:
    """The problems so far, and what expressions may name at this place of the document."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.names: set[str] = set()
        """Parameters and constants."""
        self.earlier: dict[tuple[str, str], str] = {}
        """The action of each (phase, step) before this place."""

    def wrong(self, node: Node, message: str) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(node.line, node.column, message))

    def mapping(
        self, node: Node, what: str, required: Iterable[str], optional: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The members of a mapping; unknown and missing keys are noted."""
        if not isinstance(node.value, dict):
            self.wrong(node, f"{what} must be a mapping")
            return {}
        required, known = tuple(required), {*required, *optional}
        for key, place in node.keys.items():
            if key not in known:
                listed = ", ".join(sorted(known))
                self.problems.append(Problem(*place, f"{what} has no {key}; it has: {listed}"))
        for key in required:
            if key not in node.value:
                self.wrong(node, f"{what} needs {key}")
        return dict(node.value)

    def mapping_of(self, node: Node | None, what: str) -> dict[str, Node]:
        """The members of a mapping whose keys may be any."""
        if node is None or isinstance(node.value, dict):
            return {} if node is None else dict(node.value)
        self.wrong(node, f"{what} must be a mapping")
        return {}

    def items(self, node: Node | None, what: str) -> list[Node]:
        """The items of a list that has some."""
        if node is None:
            return []
        if not isinstance(node.value, list) or not node.value:
            self.wrong(node, f"{what} must be a list with at least one item")
            return []
        return list(node.value)

    def text(self, node: Node | None, what: str) -> str | None:
        """A text; numbers and booleans are taken as they are written."""
        if node is None:
            return None
        if node.written is not None and node.value is not None:
            return node.written
        self.wrong(node, f"{what} must be a text")
        return None

    def whole(self, node: Node | None, what: str, default: int) -> int:
        """A whole number."""
        if node is None:
            return default
        if isinstance(node.value, bool) or not isinstance(node.value, int):
            self.wrong(node, f"{what} must be a whole number")
            return default
        return node.value

    def choice(self, node: Node | None, what: str, choices: tuple[str, ...], default: str) -> Any:
        """One of some words."""
        if node is None:
            return default
        if node.value not in choices:
            self.wrong(node, f"{what} must be one of: {', '.join(choices)}")
            return default
        return node.value

    def expressions(self, node: Node) -> None:
        """Check what the expressions of a text name."""
        for written, found in expression.found_in(node.value):
            match found:
                case None:
                    self.wrong(node, f"{written} is not an expression")
                case expression.Name(name=name) if name not in self.names:
                    self.wrong(node, f"{written}: there is no parameter or constant {name}")
                case expression.StepPart(phase=phase, step=step) if (phase, step) not in self.earlier:
                    self.wrong(node, f"{written}: no step {step} of phase {phase} comes before this one")
                case expression.StepPart(phase=phase, step=step) if trouble := _unknown(
                    found, self.earlier[phase, step]
                ):
                    self.wrong(node, f"{written}: {trouble}")


def _unknown(part: expression.StepPart, action: str) -> str | None:
    """What is wrong with what an expression names of an action; nothing of one that there is not."""
    module = MODULES.get(action)
    if module is None:
        return None
    if part.side == "outputs" and part.member not in (None, module.output):
        return f"{action} brings {module.output or 'nothing'}, not {part.member}"
    if (
        part.side == "inputs"
        and module.inputs
        and part.member not in (None, *(i.name for i in module.inputs))
    ):
        return f"{action} has no input {part.member}"
    return None
