"""Every operation of every service, both ways, against botocore: what goes in must come out unchanged."""

from typing import Any

import pytest

from amiable.protocol import models
from amiable.protocol.parse import parse
from amiable.protocol.render import render
from amiable.protocol.route import Route, route
from amiable.web.gateway import METHODS
from tests.wire import botocore_side
from tests.wire.samples import operations, sample

EVERY = operations(*models.SERVICES)


@pytest.mark.parametrize(("service", "operation"), EVERY)
def test_request_comes_back_unchanged(service: str, operation: str) -> None:
    shape = models.operation_model(service, operation).input_shape
    wanted = sample(shape)
    assert set(wanted) == set(shape.members if shape else ())
    request = botocore_side.unsigned(service, operation, wanted)
    found = route(request)
    assert (found.service, found.name) == (service, operation)
    assert parse(request, found) == wanted


@pytest.mark.parametrize(("service", "operation"), EVERY)
def test_response_comes_back_unchanged(service: str, operation: str) -> None:
    model = models.operation_model(service, operation)
    result = sample(model.output_shape)
    response = render(Route(service, model), result, "req-1")
    parsed = botocore_side.parsed(models.protocol_of(service), response, model.output_shape)
    metadata = parsed.pop("ResponseMetadata")
    assert parsed == result
    assert metadata["RequestId"] == "req-1"
    assert metadata["HTTPStatusCode"] == model.http.get("responseCode", 200)


@pytest.mark.parametrize(("service", "operation"), EVERY)
def test_absent_members_stay_absent(service: str, operation: str) -> None:
    model = models.operation_model(service, operation)
    nothing: dict[str, Any] = dict.fromkeys(model.output_shape.members if model.output_shape else (), None)
    response = render(Route(service, model), nothing, "req-1")
    parsed = botocore_side.parsed(models.protocol_of(service), response, model.output_shape)
    streamed = model.output_shape.serialization.get("payload") if model.output_shape else None
    assert set(parsed) == {"ResponseMetadata"} | ({streamed} if streamed else set())


@pytest.mark.parametrize(("service", "operation"), EVERY)
def test_the_gateway_lets_the_method_in(service: str, operation: str) -> None:
    assert models.operation_model(service, operation).http["method"] in METHODS
