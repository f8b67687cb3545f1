"""What is wrong with a step of a workflow document: its inputs, its condition, what paths name.

A build may have run for hours before it comes to a step: what can be known when the workflow is made, is told
then, with its place. What a path will be then is not known, so only where it leads is looked at.
"""

import re
from dataclasses import dataclass, field

from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Node
from amiable.builder.workflow.actions import ACTIONS, INPUTS, INPUTS_NOT_HERE, Input
from amiable.builder.workflow.resolve import COMPARISONS, INSIDE, MOST_DEPTH, PATH

ROOTS = ("parameters", "stepOutputs", "workflowOutputs", "imagebuilder")
SYSTEM = (
    "cloudWatchLogGroup",
    "cloudWatchLogStream",
    "collectImageMetadata",
    "collectImageScanFindings",
    "dateTime",
    "imageBuildNumber",
    "imageId",
    "imageName",
    "imageType",
    "imageVersionNumber",
    "instanceProfileName",
    "platform",
    "s3Logs",
    "securityGroups",
    "sourceImageARN",
    "subnetId",
    "terminateInstanceOnFailure",
    "workflowPhase",
    "workingDirectory",
)
"""`$.imagebuilder.…`"""


@dataclass
class Names:
    """What paths may name at a place of the document: parameters, and the steps before it."""

    parameters: frozenset[str]
    steps: set[str] = field(default_factory=set)


def check_inputs(reader: Reader, node: Node, action: str, inputs: dict[str, Node], names: Names) -> None:
    """Note what is wrong with the inputs of a step."""
    row = ACTIONS.get(action)
    if row is None:
        return
    given = {key.removesuffix(".$") for key in inputs}
    for key in row.required:
        if key not in given:
            reader.wrong(node, f"{action} needs the input {key}")
    known = (*row.required, *row.optional)
    for written, value in inputs.items():
        key = written.removesuffix(".$")
        if key not in known:
            takes = f"{action} has no input {key}; it takes: {', '.join(known) or 'nothing'}"
            reader.wrong(value, _not_here(key) or takes)
        elif written != key:
            check_paths(reader, value, names, whole=True)
        elif isinstance(value.value, str) and PATH.fullmatch(value.value):
            reader.wrong(value, f"a path needs the key {key}.$")
        else:
            check_value(reader, value, key, INPUTS[key], names)


def _not_here(key: str) -> str | None:
    return f"{key}: {INPUTS_NOT_HERE[key]} here" if key in INPUTS_NOT_HERE else None


def check_value(reader: Reader, node: Node, key: str, wanted: Input, names: Names) -> None:
    """Note what is wrong with a value, as far as it is known before."""
    check_paths(reader, node, names)
    value = node.value
    if isinstance(value, str) and (INSIDE.search(value) or PATH.fullmatch(value)):
        return  # it is what it will be then
    match wanted.kind:
        case "text" if node.written is None or value is None:
            reader.wrong(node, f"{key} must be a text")
        case "text" if wanted.choices and value not in wanted.choices:
            reader.wrong(node, f"{key} must be {' or '.join(wanted.choices)}")
        case "texts" if not isinstance(value, list) or any(one.written is None for one in value):
            reader.wrong(node, f"{key} must be a list of texts")
        case "boolean" if not isinstance(value, bool):
            reader.wrong(node, f"{key} must be true or false")
        case "mapping" if not isinstance(value, dict):
            reader.wrong(node, f"{key} must be a mapping")
        case "items":
            _check_items(reader, node, key, wanted)


def _check_items(reader: Reader, node: Node, key: str, wanted: Input) -> None:
    for item in reader.items(node, key):
        members = reader.mapping_of(item, f"an item of {key}")
        given = {written.removesuffix(".$"): value for written, value in members.items()}
        if "region" not in given:
            reader.wrong(item, f"an item of {key} needs region")
        for name, value in given.items():
            if name not in ("region", *wanted.members):
                has = f"an item of {key} has no {name}; it has: {', '.join(('region', *wanted.members))}"
                reader.wrong(value, _not_here(name) or has)


def check_paths(reader: Reader, node: Node, names: Names, *, whole: bool = False) -> None:
    """Note the paths that lead nowhere: those in texts, and with `whole` the value itself."""
    if whole and isinstance(node.value, str) and node.value.startswith("$"):
        _check_path(reader, node, node.value, names)
        return
    for written, value in node.value.items() if isinstance(node.value, dict) else ():
        check_paths(reader, value, names, whole=written.endswith(".$"))
    for item in node.value if isinstance(node.value, list) else ():
        check_paths(reader, item, names)
    if isinstance(node.value, str):
        for found in INSIDE.finditer(node.value):
            _check_path(reader, node, found[1], names)


def _check_path(reader: Reader, node: Node, path: str, names: Names) -> None:
    if not PATH.fullmatch(path):
        reader.wrong(node, f"{path} is not a path such as $.stepOutputs.Step.instanceId")
        return
    root, *rest = re.findall(r"[^.$\[\]]+", path)
    name = rest[0] if rest else ""
    match root:
        case "stepOutputs" if name not in names.steps:
            reader.wrong(node, f"{path}: no step {name} comes before this one")
        case "parameters" if name not in names.parameters:
            reader.wrong(node, f"{path}: the workflow has no parameter {name}")
        case "imagebuilder" if name not in SYSTEM:
            reader.wrong(node, f"{path}: there is no {name}; there are: {', '.join(SYSTEM)}")
        case _ if root not in ROOTS:
            reader.wrong(node, f"{path} begins with none of: {', '.join(ROOTS)}")


def check_condition(reader: Reader, node: Node, names: Names, depth: int = 0) -> None:
    """Note what is wrong with an `if`."""
    members = reader.mapping_of(node, "if")
    operators = [key for key in members if key != "value"]
    known = ", ".join(("and", "or", "not", *COMPARISONS))
    if len(operators) != 1 or depth > MOST_DEPTH:
        reader.wrong(node, f"a condition has one operator, of: {known}")
        return
    operator, operand = operators[0], members[operators[0]]
    if operator in ("and", "or"):
        parts = reader.items(operand, operator)
        if len(parts) > 10:
            reader.wrong(operand, f"{operator} takes 1 to 10 conditions")
        for part in parts:
            check_condition(reader, part, names, depth + 1)
    elif operator == "not":
        check_condition(reader, operand, names, depth + 1)
    elif operator not in COMPARISONS:
        reader.wrong(node, f"there is no operator {operator}; there are: {known}")
    elif "value" not in members:
        reader.wrong(node, f"{operator} needs value")
    else:
        check_paths(reader, members["value"], names, whole=True)
