"""From a workflow document's text to a checked `Workflow`, or to every problem that it has."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Invalid, Node, read
from amiable.builder.workflow.actions import ACTIONS, NOT_HERE

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
PARAMETER_TYPES = ("string", "integer", "boolean", "stringList")


@dataclass(frozen=True)
class WorkflowParameter:
    """A value that whoever uses the workflow may give."""

    name: str
    type: str
    default: Any
    description: str


@dataclass(frozen=True)
class WorkflowStep:
    """One step. `inputs` as written: a key that ends in `.$` is a path. `condition` is a plain mapping."""

    name: str
    action: str
    inputs: dict[str, Any]
    description: str | None = None
    on_failure: Literal["Abort", "Continue"] = "Abort"
    rollback: bool = False
    timeout: int | None = None
    condition: dict[str, Any] | None = None


@dataclass(frozen=True)
class Workflow:
    """A checked workflow document. `outputs` are paths by name."""

    name: str
    description: str | None
    parameters: tuple[WorkflowParameter, ...]
    steps: tuple[WorkflowStep, ...]
    outputs: dict[str, str]


def parse(text: str, stage: str) -> Workflow:
    """The workflow that a text is, for a stage: BUILD, TEST or DISTRIBUTION. Raises Invalid."""
    root = read(text)
    reader = Reader()
    optional = ("description", "parameters", "outputs")
    members = reader.mapping(root, "the workflow", ("name", "schemaVersion", "steps"), optional)
    version = members.get("schemaVersion")
    if version is not None and str(version.value) not in ("1", "1.0"):
        reader.wrong(version, "schemaVersion must be 1.0")
    steps: list[WorkflowStep] = []
    for node in reader.items(members.get("steps"), "steps"):
        step = _step(reader, node, stage, [known.name for known in steps])
        if step is not None:
            steps.append(step)
    workflow = Workflow(
        name=reader.text(members.get("name"), "name") or "",
        description=reader.text(members.get("description"), "description"),
        parameters=tuple(_parameter(reader, node) for node in _items(reader, members, "parameters")),
        steps=tuple(steps),
        outputs=dict(_output(reader, node) for node in _items(reader, members, "outputs")),
    )
    if reader.problems:
        raise Invalid(sorted(reader.problems))
    return workflow


def _items(reader: Reader, members: dict[str, Node], name: str) -> list[Node]:
    return reader.items(members[name], name) if name in members else []


def _parameter(reader: Reader, node: Node) -> WorkflowParameter:
    members = reader.mapping(node, "a parameter", ("name", "type"), ("default", "description"))
    default = members["default"].typed() if "default" in members else None
    return WorkflowParameter(
        reader.text(members.get("name"), "name") or "",
        reader.choice(members.get("type"), "type", PARAMETER_TYPES, "string"),
        default,
        reader.text(members.get("description"), "description") or "",
    )


def _output(reader: Reader, node: Node) -> tuple[str, str]:
    members = reader.mapping(node, "an output", ("name", "value"))
    return reader.text(members.get("name"), "name") or "", reader.text(members.get("value"), "value") or ""


def _step(reader: Reader, node: Node, stage: str, earlier: list[str]) -> WorkflowStep | None:
    optional = ("description", "onFailure", "rollback", "timeoutSeconds", "if", "inputs")
    members = reader.mapping(node, "a step", ("name", "action"), optional)
    name = reader.text(members.get("name"), "a step's name")
    action = reader.text(members.get("action"), "action")
    if name is None or action is None:
        return None
    if not _NAME.fullmatch(name):
        reader.wrong(members["name"], "a step's name has letters, digits, - and _")
    if name in earlier:
        reader.wrong(node, f"the step {name} is there already")
    inputs = members["inputs"].typed() if "inputs" in members else {}
    if not isinstance(inputs, dict):
        reader.wrong(members["inputs"], "inputs must be a mapping")
        inputs = {}
    timeout = reader.whole(members.get("timeoutSeconds"), "timeoutSeconds", 0) or None
    _check_action(reader, node, action, stage, inputs, timeout)
    condition = members["if"].typed() if "if" in members else None
    if condition is not None and not isinstance(condition, dict):
        reader.wrong(members["if"], "if must be a mapping with one operator")
        condition = None
    rollback = members["rollback"].value if "rollback" in members else False
    return WorkflowStep(
        name=name,
        action=action,
        inputs=inputs,
        description=reader.text(members.get("description"), "description"),
        on_failure=reader.choice(members.get("onFailure"), "onFailure", ("Abort", "Continue"), "Abort"),
        rollback=bool(rollback),
        timeout=timeout,
        condition=condition,
    )


def _check_action(
    reader: Reader, node: Node, action: str, stage: str, inputs: dict[str, Any], timeout: int | None
) -> None:
    if action in NOT_HERE:
        reader.wrong(node, f"{action} is not supported: {NOT_HERE[action]}")
        return
    row = ACTIONS.get(action)
    if row is None:
        reader.wrong(node, f"there is no step action {action}; there are: {', '.join(sorted(ACTIONS))}")
        return
    if stage not in row.stages:
        reader.wrong(node, f"{action} has no place in a workflow of the type {stage}")
    given = {key.removesuffix(".$") for key in inputs}
    for key in sorted(given - {*row.required, *row.optional}):
        known = ", ".join((*row.required, *row.optional)) or "nothing"
        reader.wrong(node, f"{action} has no input {key}; it takes: {known}")
    for key in row.required:
        if key not in given:
            reader.wrong(node, f"{action} needs the input {key}")
    if timeout is not None and not 0 < timeout <= row.longest:
        reader.wrong(node, f"timeoutSeconds of {action} is 1 to {row.longest}")
