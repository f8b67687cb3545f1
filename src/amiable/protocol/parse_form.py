"""Flat parameters to nested dicts: the ec2 and query protocols.

`Filter.1.Name=state` is split at its dots into a tree, then the tree is read along the input shape:

- ec2: a list is numbered right after its name (`ImageId.1`); names are the shape's queryName, else its
  locationName with a capital.
- query: a list has `member` (or its locationName) between name and number, a map has `entry`, number,
  `key` and `value`.

Numbers only order the elements: they may start at 0 (Libcloud does) and have gaps. An empty parameter in
the place of a list or structure means an empty one. Everything else that the shape lacks is refused.
"""

import re
from functools import cache
from typing import Any

from botocore.model import Shape

from amiable.protocol import faults, models
from amiable.protocol.message import Request
from amiable.protocol.parse_scalar import Reader, text_reader

# Not parameters of the operation. X-Amz-… are those of a presigned URL.
_ENVELOPE = ("Action", "Version")
# More dots than any parameter of any model has; each costs a level of the tree.
_DEEPEST = 50
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)

Tree = dict[str, Any]  # names to strings or further trees


def parse_form(request: Request, service: str, operation: str) -> dict[str, Any]:
    """The input of an ec2 or query operation, from query string and form body together."""
    protocol = models.protocol_of(service)
    content_type = request.header("content-type")
    if request.body and not request.form_pairs:
        raise faults.malformed(protocol, f"The body is not a form: its content type is {content_type!r}.")
    tree = _tree(protocol, request.query_pairs + request.form_pairs)
    reader = _input_reader(service, operation)
    parsed: dict[str, Any] = reader(tree, "")
    return parsed


@cache
def _input_reader(service: str, operation: str) -> Reader:
    shape = models.operation_model(service, operation).input_shape
    protocol = models.protocol_of(service)
    return _structure(protocol, {}) if shape is None else _reader(protocol, shape, {})


def _tree(protocol: str, pairs: list[tuple[str, str]]) -> Tree:
    root: Tree = {}
    for name, value in pairs:
        if name in _ENVELOPE or name[:6].lower() == "x-amz-" or not name:
            continue
        if name.count(".") > _DEEPEST:
            raise faults.unknown_parameter(protocol, name[:200])
        *branches, leaf = name.split(".")
        node = root
        for branch in branches:
            child = node.get(branch)
            if not isinstance(child, dict):
                if child:
                    raise faults.malformed(protocol, f"The parameter {branch} is both a value and a group.")
                child = node[branch] = {}
            node = child
        present = node.get(leaf)
        if isinstance(present, dict) and not value:
            continue
        if present is not None and present != value:
            raise faults.malformed(protocol, f"The parameter {name[:200]} occurs twice.")
        node[leaf] = value
    return root


def _reader(protocol: str, shape: Shape, known: dict[tuple[str, str], Reader]) -> Reader:
    """The reader of a shape; `known` ties the knots of recursive shapes (a knot has a structure in it)."""
    key = models.shape_key(shape)
    if key in known:
        return known[key]
    if shape.type_name == "structure":
        table: dict[str, tuple[str, Reader]] = {}
        known[key] = _structure(protocol, table)
        for member, inner in shape.members.items():
            table[wire_name(protocol, inner, member)] = (member, _reader(protocol, inner, known))
    elif shape.type_name == "list":
        element = _reader(protocol, shape.member, known)
        between = "" if protocol == "ec2" else shape.member.serialization.get("name", "member")
        known[key] = _list(protocol, element, between)
    elif shape.type_name == "map":
        known[key] = _map(
            protocol, _reader(protocol, shape.key, known), _reader(protocol, shape.value, known)
        )
    else:
        known[key] = text_reader(protocol, shape)
    return known[key]


def wire_name(protocol: str, shape: Shape, member: str) -> str:
    """What a member is called in a request."""
    wire = shape.serialization
    name = str(wire.get("name", member))
    if protocol == "ec2":
        return str(wire.get("queryName", name[0].upper() + name[1:]))
    return name


def _structure(protocol: str, table: dict[str, tuple[str, Reader]]) -> Reader:
    def read(node: Any, path: str) -> dict[str, Any]:
        result = {}
        for name, child in _branches(protocol, node, path).items():
            below = f"{path}.{name}" if path else name
            if name not in table:
                raise faults.unknown_parameter(protocol, _first_leaf(below, child))
            member, reader = table[name]
            result[member] = reader(child, below)
        return result

    return read


def _list(protocol: str, element: Reader, between: str) -> Reader:
    def read(node: Any, path: str) -> list[Any]:
        branches, below = _branches(protocol, node, path), path
        if between and branches:
            below = f"{path}.{between}"
            if set(branches) != {between}:
                raise faults.unknown_parameter(protocol, _first_leaf(path, branches))
            branches = _branches(protocol, branches[between], below)
        return [element(child, f"{below}.{index}") for index, child in _numbered(protocol, branches, below)]

    return read


def _map(protocol: str, key: Reader, value: Reader) -> Reader:
    def read(node: Any, path: str) -> dict[str, Any]:
        result, below = {}, f"{path}.entry"
        branches = _branches(protocol, node, path)
        if branches and set(branches) != {"entry"}:
            raise faults.unknown_parameter(protocol, _first_leaf(path, branches))
        for index, entry in _numbered(protocol, _branches(protocol, branches.get("entry", ""), below), below):
            at = f"{below}.{index}"
            parts = _branches(protocol, entry, at)
            if set(parts) != {"key", "value"}:
                raise faults.malformed(protocol, f"The parameter {at} must have a key and a value.")
            result[key(parts["key"], f"{at}.key")] = value(parts["value"], f"{at}.value")
        return result

    return read


def _branches(protocol: str, node: Any, path: str) -> Tree:
    """The parts of a group; an empty value stands for an empty group."""
    if isinstance(node, dict):
        return node
    if node:
        raise faults.unknown_parameter(protocol, path)
    return {}


def _numbered(protocol: str, branches: Tree, path: str) -> list[tuple[str, Any]]:
    for name, child in branches.items():
        if not _INDEX.fullmatch(name):
            raise faults.unknown_parameter(protocol, _first_leaf(f"{path}.{name}", child))
    return sorted(branches.items(), key=lambda item: int(item[0]))


def _first_leaf(path: str, node: Any) -> str:
    """The name, as sent, of the first parameter in a group; for messages."""
    while isinstance(node, dict) and node:
        name, node = next(iter(node.items()))
        path = f"{path}.{name}"
        if len(path) > 200:
            break
    return path[:200]
