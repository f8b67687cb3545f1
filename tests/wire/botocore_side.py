"""The client's half, by botocore itself: inputs to requests, responses to outputs, signing."""

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import (
    AWSPreparedRequest,
    AWSRequest,
    HeadersDict,
    create_request_object,
    prepare_request_dict,
)
from botocore.credentials import Credentials
from botocore.model import Shape
from botocore.parsers import create_parser
from botocore.response import StreamingBody
from botocore.serialize import create_serializer

from amiable.protocol import models
from amiable.protocol.message import Request, Response, request_of

ENDPOINT = "http://127.0.0.1:8773"
ACCESS_KEY, SECRET, REGION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"


def aws_request(service: str, operation: str, parameters: dict[str, Any]) -> AWSRequest:
    """What botocore would send, before it is signed."""
    model = models.operation_model(service, operation)
    serialized = create_serializer(models.protocol_of(service)).serialize_to_request(parameters, model)
    serialized.pop("host_prefix", None)  # a label before the host, as in `sts.…`; we have one root endpoint
    prepare_request_dict(serialized, ENDPOINT)
    return create_request_object(serialized)


def received(prepared: AWSPreparedRequest) -> Request:
    """A prepared request as the server gets it."""
    url = urlsplit(prepared.url)
    headers = [(name.encode(), _bytes(value)) for name, value in prepared.headers.items()]
    if "host" not in {name.lower() for name, _ in headers}:
        headers.append((b"Host", url.netloc.encode()))
    path, query = url.path.encode(), url.query.encode()
    return request_of(prepared.method, path, query, headers, _bytes(prepared.body or b""))


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def unsigned(service: str, operation: str, parameters: dict[str, Any]) -> Request:
    """A request with a credential scope (the service is told by it) and no valid signature."""
    request = aws_request(service, operation, parameters)
    scope = f"{ACCESS_KEY}/20261123/{REGION}/{models.service_model(service).signing_name}/aws4_request"
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return received(request.prepare())


def signed(
    service: str,
    operation: str,
    parameters: dict[str, Any],
    *,
    presign: bool = False,
    token: str | None = None,
) -> Request:
    """A request signed by botocore."""
    request = aws_request(service, operation, parameters)
    name = models.service_model(service).signing_name
    credentials = Credentials(ACCESS_KEY, SECRET, token)
    if presign:
        SigV4QueryAuth(credentials, name, REGION, expires=600).add_auth(request)
    else:
        SigV4Auth(credentials, name, REGION).add_auth(request)
    return received(request.prepare())


def parsed(protocol: str, response: Response, shape: Shape | None) -> dict[str, Any]:
    """What a botocore client makes of a response."""
    body: Any = response.body
    streams = shape is not None and any(m.serialization.get("streaming") for m in shape.members.values())
    if streams and response.status < 300:
        body = StreamingBody(BytesIO(response.body), len(response.body))
    answer = {"body": body, "headers": HeadersDict(response.headers), "status_code": response.status}
    result: dict[str, Any] = create_parser(protocol).parse(answer, shape)
    if streams and response.status < 300:
        payload = shape.serialization["payload"]
        result[payload] = result[payload].read()
    return result
