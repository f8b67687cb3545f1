"""From a document's text to a checked `Document`, or to every problem that it has.

Each part is read by a function of its node that notes problems and goes on, so that one run tells all.
Expressions are checked too: a name must be a parameter or constant, a step must come earlier.
"""

import re
from typing import get_args

from amiable.builder.document.condition import Condition
from amiable.builder.document.inputs import check_inputs
from amiable.builder.document.model import (
    DEFAULT_TIMEOUT,
    Decision,
    Document,
    If,
    Loop,
    OnFailure,
    Parameter,
    Phase,
    Step,
)
from amiable.builder.document.modules import MODULES, WINDOWS_ONLY
from amiable.builder.document.parse_condition import condition, only
from amiable.builder.document.reader import Reader
from amiable.builder.document.source import Invalid, Node, read

NAME = re.compile(r"[A-Za-z0-9_-]{3,128}")
STEP_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
PHASES = ("build", "validate", "test", "container-host-test")
MOST_ITERATIONS = 10_000
MOST_SECONDS = 10**9


def parse(text: str) -> Document:
    """The document that a text is. Raises Invalid with all problems."""
    root = read(text)
    reader = Reader()
    document = _document(reader, root)
    if reader.problems or document is None:
        raise Invalid(sorted(reader.problems))
    return document


def _document(reader: Reader, root: Node) -> Document | None:
    """The whole."""
    optional = ("name", "description", "parameters", "constants")
    members = reader.mapping(root, "the document", ("schemaVersion", "phases"), optional)
    if not members:
        return None
    version = members.get("schemaVersion")
    if version is not None and str(version.value) not in ("1", "1.0"):
        reader.wrong(version, "schemaVersion must be 1.0")
    parameters = [_parameter(reader, node) for node in _optional(reader, members, "parameters")]
    constants = dict(_constant(reader, node) for node in _optional(reader, members, "constants"))
    phases = _phases(reader, members.get("phases"))
    return Document(
        name=reader.text(members.get("name"), "name"),
        description=reader.text(members.get("description"), "description"),
        parameters=tuple(parameter for parameter in parameters if parameter),
        constants={name: value for name, value in constants.items() if name},
        phases=tuple(phases),
    )


def _optional(reader: Reader, members: dict[str, Node], name: str) -> list[Node]:
    return reader.items(members[name], name) if name in members else []


def _named(reader: Reader, node: Node, what: str) -> tuple[str, Node] | None:
    """A mapping of one name to the rest; the name must be new."""
    if not isinstance(node.value, dict) or len(node.value) != 1:
        reader.wrong(node, f"a {what} is written as `- Name: {{type: string, …}}`")
        return None
    ((name, rest),) = node.value.items()
    if not NAME.fullmatch(name):
        reader.wrong(node, f"a {what}'s name has 3 to 128 letters, digits, - and _, not '{name}'")
    if name in reader.names:
        reader.wrong(node, f"{name} is there already")
    reader.names.add(name)
    return name, rest


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    named = _named(reader, node, "parameter")
    if named is None:
        return None
    name, rest = named
    members = reader.mapping(rest, f"parameter {name}", ("type",), ("default", "description"))
    reader.choice(members.get("type"), "type", ("string",), "string")
    default = reader.text(members.get("default"), "default")
    return Parameter(name, default, reader.text(members.get("description"), "description") or "")


def _constant(reader: Reader, node: Node) -> tuple[str, str]:
    named = _named(reader, node, "constant")
    if named is None:
        return "", ""
    name, rest = named
    members = reader.mapping(rest, f"constant {name}", ("type", "value"))
    reader.choice(members.get("type"), "type", ("string",), "string")
    return name, reader.text(members.get("value"), "value") or ""


def _phases(reader: Reader, node: Node | None) -> list[Phase]:
    phases: list[Phase] = []
    for item in reader.items(node, "phases"):
        members = reader.mapping(item, "a phase", ("name", "steps"))
        name = reader.choice(members.get("name"), "a phase's name", PHASES, "")
        if name in [phase.name for phase in phases]:
            reader.wrong(item, f"the phase {name} is there already")
        steps: list[Step] = []
        for one in reader.items(members.get("steps"), "steps"):
            step = _step(reader, one)
            if step is None:
                continue
            if step.name in [known.name for known in steps]:
                reader.wrong(one, f"the step {step.name} is there already in this phase")
            steps.append(step)
            reader.earlier[name, step.name] = step.action
        phases.append(Phase(name, tuple(steps)))
    return phases


def _step(reader: Reader, node: Node) -> Step | None:
    optional = ("timeoutSeconds", "onFailure", "maxAttempts", "if", "loop", "inputs")
    members = reader.mapping(node, "a step", ("name", "action"), optional)
    name = reader.text(members.get("name"), "a step's name")
    action = reader.text(members.get("action"), "action")
    if name is None or action is None:
        return None
    if not STEP_NAME.fullmatch(name):
        reader.wrong(members["name"], "a step's name has letters, digits, - and _")
    timeout = reader.whole(members.get("timeoutSeconds"), "timeoutSeconds", DEFAULT_TIMEOUT)
    if timeout == 0 or not -1 <= timeout <= MOST_SECONDS:
        reader.wrong(
            members["timeoutSeconds"], f"timeoutSeconds must be 1 to {MOST_SECONDS}, or -1 for no end"
        )
    attempts = reader.whole(members.get("maxAttempts"), "maxAttempts", 1)
    if attempts < 1:
        reader.wrong(members["maxAttempts"], "maxAttempts must be 1 or more")
    loop = _loop(reader, members["loop"]) if "loop" in members else None
    if_ = _if(reader, members["if"]) if "if" in members else None
    inputs = members.get("inputs")
    assertion = _inputs(reader, node, members["action"], action, inputs)
    return Step(
        name=name,
        action=action,
        inputs=inputs.plain() if inputs else None,
        timeout=None if timeout == -1 else timeout,
        on_failure=reader.choice(members.get("onFailure"), "onFailure", get_args(OnFailure), "Abort"),
        attempts=attempts,
        condition=if_,
        loop=loop,
        assertion=assertion,
    )


def _inputs(reader: Reader, step: Node, place: Node, action: str, inputs: Node | None) -> Condition | None:
    """Check a module's inputs against its row, and the expressions in them; Assert's are a condition."""
    if action in WINDOWS_ONLY:
        reader.wrong(place, f"{action} runs on Windows only; amiable builds Linux images")
    elif action not in MODULES:
        reader.wrong(place, f"there is no action module {action}; there are: {', '.join(sorted(MODULES))}")
    elif action == "Assert":
        if inputs is None:
            reader.wrong(step, "Assert needs inputs: one comparison or logical operator")
        else:
            return condition(reader, inputs, "Assert")
    else:
        reader.problems += check_inputs(MODULES[action], step, inputs)
    for text in inputs.texts() if inputs else ():
        reader.expressions(text)
    return None


def _loop(reader: Reader, node: Node) -> Loop | None:
    members = reader.mapping(node, "loop", (), ("name", "for", "forEach"))
    name = reader.text(members.get("name"), "a loop's name")
    if ("for" in members) == ("forEach" in members):
        reader.wrong(node, "a loop has either for or forEach")
        return None
    return _for(reader, members["for"], name) if "for" in members else _each(reader, members["forEach"], name)


def _for(reader: Reader, node: Node, name: str | None) -> Loop:
    members = reader.mapping(node, "for", ("start", "end", "updateBy"))
    start, end, by = (reader.whole(members.get(key), key, 1) for key in ("start", "end", "updateBy"))
    if by == 0 or (end - start) * by < 0:
        reader.wrong(node, "for never ends: updateBy must lead from start to end")
    elif abs(end - start) // abs(by) >= MOST_ITERATIONS:
        reader.wrong(node, f"for has more than {MOST_ITERATIONS:,} iterations")
    return Loop(name, numbers=(start, end, by))


def _each(reader: Reader, node: Node, name: str | None) -> Loop:
    if isinstance(node.value, dict):
        members = reader.mapping(node, "forEach", ("list",), ("delimiter",))
        for text in node.texts():
            reader.expressions(text)
        delimiter = reader.text(members.get("delimiter"), "delimiter")
        if delimiter == "":
            reader.wrong(node, "delimiter must not be empty")
        return Loop(name, text=reader.text(members.get("list"), "list") or "", delimiter=delimiter or ",")
    items = reader.items(node, "forEach")
    for item in items:
        for text in item.texts():
            reader.expressions(text)
    return Loop(name, items=tuple(reader.text(item, "an item of forEach") or "" for item in items))


def _if(reader: Reader, node: Node) -> If | None:
    node = only(node)
    decisions: dict[str, Decision] = {"then": "Execute", "else": "Skip"}
    if isinstance(node.value, dict):
        for key, default in list(decisions.items()):
            decisions[key] = reader.choice(node.value.get(key), key, get_args(Decision), default)
    found = condition(reader, node, "if", ("then", "else"))
    return If(found, decisions["then"], decisions["else"]) if found else None
