"""From a workflow document's text to a checked `Workflow`, or to every problem that it has."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Invalid, Node, read
from amiable.builder.workflow.actions import ACTIONS, NOT_HERE, Input, not_here
from amiable.builder.workflow.check import Names, check_condition, check_inputs, check_paths, check_value
from amiable.builder.workflow.parameters import PARAMETER_TYPES, WorkflowParameter, is_of

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class WorkflowStep:
    """One step. `inputs` as written: a key that ends in `.$` is a path. `condition` is a plain mapping."""

    name: str
    action: str
    inputs: dict[str, Any]
    description: str | None = None
    on_failure: Literal["Abort", "Continue"] = "Abort"
    timeout: int | None = None
    condition: dict[str, Any] | None = None


@dataclass(frozen=True)
class Workflow:
    """A checked workflow document. `outputs` are paths or texts by name."""

    name: str
    description: str | None
    parameters: tuple[WorkflowParameter, ...]
    steps: tuple[WorkflowStep, ...]
    outputs: dict[str, str]


def parse(text: str, stage: str) -> Workflow:
    """The workflow that a text is, for a stage: BUILD, TEST or DISTRIBUTION. Raises Invalid."""
    root = read(text)
    reader = Reader()
    optional = ("name", "description", "parameters", "outputs")
    members = reader.mapping(root, "the workflow", ("schemaVersion", "steps"), optional)
    version = members.get("schemaVersion")
    if version is not None and str(version.value) not in ("1", "1.0"):
        reader.wrong(version, "schemaVersion must be 1.0")
    parameters = tuple(_parameter(reader, node) for node in _items(reader, members, "parameters"))
    names = Names(frozenset(one.name for one in parameters))
    steps: list[WorkflowStep] = []
    for node in reader.items(members.get("steps"), "steps"):
        step = _step(reader, node, stage, names)
        if step is not None:
            steps.append(step)
            names.steps.add(step.name)
    workflow = Workflow(
        name=reader.text(members.get("name"), "name") or "",
        description=reader.text(members.get("description"), "description"),
        parameters=parameters,
        steps=tuple(steps),
        outputs=dict(_output(reader, node, names) for node in _items(reader, members, "outputs")),
    )
    if reader.problems:
        raise Invalid(sorted(reader.problems))
    return workflow


def _items(reader: Reader, members: dict[str, Node], name: str) -> list[Node]:
    return reader.items(members[name], name) if name in members else []


def _parameter(reader: Reader, node: Node) -> WorkflowParameter:
    members = reader.mapping(node, "a parameter", ("name",), ("type", "default", "description"))
    kind = reader.choice(members.get("type"), "type", PARAMETER_TYPES, "string")
    default = members["default"].typed() if "default" in members else None
    if default is not None and not is_of(default, kind):
        reader.wrong(members["default"], f"the default must be of the type {kind}")
    return WorkflowParameter(
        reader.text(members.get("name"), "name") or "",
        kind,
        default,
        reader.text(members.get("description"), "description") or "",
    )


def _output(reader: Reader, node: Node, names: Names) -> tuple[str, str]:
    members = reader.mapping(node, "an output", ("name", "value"))
    if (value := members.get("value")) is not None:
        check_paths(reader, value, names, whole=True)
    return reader.text(members.get("name"), "name") or "", reader.text(members.get("value"), "value") or ""


def _step(reader: Reader, node: Node, stage: str, names: Names) -> WorkflowStep | None:
    optional = ("description", "onFailure", "rollbackEnabled", "timeoutSeconds", "if", "inputs")
    members = reader.mapping(node, "a step", ("name", "action"), optional)
    name = reader.text(members.get("name"), "a step's name")
    action = reader.text(members.get("action"), "action")
    if name is None or action is None:
        return None
    if not _NAME.fullmatch(name):
        reader.wrong(members["name"], "a step's name has letters, digits, - and _")
    if name in names.steps:
        reader.wrong(node, f"the step {name} is there already")
    inputs = reader.mapping_of(members.get("inputs"), "inputs")
    seconds = members.get("timeoutSeconds")
    timeout = None if seconds is None else reader.whole(seconds, "timeoutSeconds", 1)
    _check_action(reader, node, action, stage, timeout, conditional="if" in members)
    check_inputs(reader, node, action, inputs, names)
    condition = members.get("if")
    if condition is not None:
        check_condition(reader, condition, names)
    if "rollbackEnabled" in members:
        check_value(reader, members["rollbackEnabled"], "rollbackEnabled", Input("boolean"), names)
    return WorkflowStep(
        name=name,
        action=action,
        inputs={key: value.typed() for key, value in inputs.items()},
        description=reader.text(members.get("description"), "description"),
        on_failure=reader.choice(members.get("onFailure"), "onFailure", ("Abort", "Continue"), "Abort"),
        timeout=timeout,
        condition=condition.typed() if condition is not None else None,
    )


def _check_action(
    reader: Reader, node: Node, action: str, stage: str, timeout: int | None, *, conditional: bool
) -> None:
    if action in NOT_HERE:
        if not conditional:
            reader.wrong(node, not_here(action))
        return
    row = ACTIONS.get(action)
    if row is None:
        reader.wrong(node, f"there is no step action {action}; there are: {', '.join(sorted(ACTIONS))}")
        return
    if stage not in row.stages:
        reader.wrong(node, f"{action} has no place in a workflow of the type {stage}")
    if timeout is not None and not 0 < timeout <= row.longest:
        reader.wrong(node, f"timeoutSeconds of {action} is 1 to {row.longest}")
