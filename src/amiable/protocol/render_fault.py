"""A Fault to response bytes.

- ec2:       `<Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>`
- query:     `<ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>`
- json:      `{"__type": code, "message": …}`
- rest-json: `x-amzn-ErrorType: code` and `{"message": …}`

Modelled errors spell `message` as their shape does and bring their HTTP status.
"""

from botocore.model import Shape

from amiable.protocol import models
from amiable.protocol.faults import STATUS, Fault
from amiable.protocol.message import Response
from amiable.protocol.render import CONTENT_TYPE
from amiable.protocol.render_json import dump, json_converter
from amiable.protocol.render_xml import namespace_of, xml_text


def render_fault(fault: Fault, service: str | None, request_id: str) -> Response:
    """The answer to a request that failed. `service` is `route.service_of(request)`."""
    protocol = models.protocol_of(service)
    shape = models.error_shape(service, fault.code) if service in models.SERVICES else None
    status = fault.status or _modelled_status(shape) or STATUS.get(fault.code, 400)
    headers = {"Content-Type": CONTENT_TYPE[protocol], "x-amzn-RequestId": request_id}
    if protocol in ("json", "rest-json"):
        if protocol == "rest-json":
            headers["x-amzn-ErrorType"] = fault.code
        return Response(status, headers, _json_body(fault, shape, protocol))
    code, message = xml_text(fault.code), xml_text(fault.message)
    if protocol == "ec2":
        inside = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        text = f"<Response>{inside}<RequestID>{request_id}</RequestID></Response>"
    else:
        space = f' xmlns="{namespace_of(service)}"' if service in models.SERVICES else ""
        kind = "Receiver" if status >= 500 else "Sender"
        error = f"<Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse{space}>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Response(status, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode())


def _json_body(fault: Fault, shape: Shape | None, protocol: str) -> bytes:
    document = {"__type": fault.code} if protocol == "json" else {}
    spelled = "Message" if shape is not None and "Message" in shape.members else "message"
    document[spelled] = fault.message
    if shape is not None:
        document.update(json_converter(shape, {})(fault.members))
    return dump(document)


def _modelled_status(shape: Shape | None) -> int | None:
    if shape is None:
        return None
    status: int | None = shape.metadata.get("error", {}).get("httpStatusCode")
    return status
