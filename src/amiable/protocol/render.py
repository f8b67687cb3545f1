"""The dict that an operation returns to response bytes, whatever the protocol."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from amiable.protocol import models
from amiable.protocol.message import Response
from amiable.protocol.render_json import dump, json_converter, render_json, timestamp_converter
from amiable.protocol.render_xml import render_xml
from amiable.protocol.route import Route

CONTENT_TYPE = {
    "ec2": "text/xml;charset=UTF-8",
    "query": "text/xml",
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
}


def render(route: Route, result: Mapping[str, Any] | None, request_id: str) -> Response:
    """The answer to a request that went well.

    `result` has the members of the operation's output shape by their names in the model: str, int, float,
    bool, bytes, aware datetime, list, dict. None leaves a member out. Raises TypeError for a member that the
    model lacks, which is a mistake of the operation.
    """
    result = result or {}
    protocol = route.protocol
    headers = {"Content-Type": CONTENT_TYPE[protocol], "x-amzn-RequestId": request_id}
    if protocol in ("ec2", "query"):
        return Response(200, headers, render_xml(route.service, route.name, result, request_id))
    if protocol == "json":
        return Response(200, headers, render_json(route.service, route.name, result))
    headers.update(_headers(route, result))
    status = route.operation.http.get("responseCode", 200)
    body = _body(route, result, headers)
    return Response(status, headers, b"" if status == 204 else body)


def _body(route: Route, result: Mapping[str, Any], headers: dict[str, str]) -> bytes:
    shape = route.operation.output_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload is None:
        return render_json(route.service, route.name, result)
    inner, value = shape.members[payload], result.get(payload)
    if inner.type_name == "blob":
        headers["Content-Type"] = "application/octet-stream"
        return bytes(value or b"")
    return dump(json_converter(inner, {})(value or {}))


def _headers(route: Route, result: Mapping[str, Any]) -> dict[str, str]:
    places = _header_members(route.service, route.name)
    return {
        name: _header_text(kind, result[member])
        for member, (name, kind) in places.items()
        if result.get(member) is not None
    }


@cache
def _header_members(service: str, operation: str) -> dict[str, tuple[str, str]]:
    """Member to (header name, type)."""
    shape = models.operation_model(service, operation).output_shape
    members = shape.members.items() if shape is not None else ()
    return {
        member: (inner.serialization.get("name", member), inner.type_name)
        for member, inner in members
        if inner.serialization.get("location") == "header"
    }


def _header_text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return str(timestamp_converter("rfc822")(value))
    # One line of printable ASCII: a header must never end early.
    return "".join(letter if " " <= letter <= "~" else "?" for letter in str(value))
