"""Any value, not only the sample: hypothesis makes inputs and outputs of the richest shapes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiable.protocol import models
from amiable.protocol.parse import parse
from amiable.protocol.render import render
from amiable.protocol.route import Route, route
from tests.wire import botocore_side
from tests.wire.samples import values

SELECTION = [
    ("ec2", "RunInstances"),
    ("ec2", "CreateImage"),
    ("ec2", "DescribeImages"),
    ("ec2", "AuthorizeSecurityGroupIngress"),
    ("ec2", "ImportKeyPair"),
    ("sts", "AssumeRole"),
    ("iam", "SimulateCustomPolicy"),
    ("autoscaling", "CreateAutoScalingGroup"),
    ("ssm", "SendCommand"),
    ("ssm", "PutInventory"),
    ("ssm", "GetInventory"),
    ("imagebuilder", "CreateImageRecipe"),
    ("imagebuilder", "ListImages"),
    ("imagebuilder", "TagResource"),
    ("ebs", "StartSnapshot"),
    ("ebs", "PutSnapshotBlock"),
    ("ebs", "ListChangedBlocks"),
    ("amiable", "ImportDisk"),
]
QUICKLY = settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize(("service", "operation"), SELECTION)
@QUICKLY
@given(data=st.data())
def test_request(service: str, operation: str, data: st.DataObject) -> None:
    shape = models.operation_model(service, operation).input_shape
    wanted = data.draw(values(shape, models.protocol_of(service)))
    request = botocore_side.unsigned(service, operation, wanted)
    assert parse(request, route(request)) == wanted


@pytest.mark.parametrize(("service", "operation"), SELECTION)
@QUICKLY
@given(data=st.data())
def test_response(service: str, operation: str, data: st.DataObject) -> None:
    model = models.operation_model(service, operation)
    protocol = models.protocol_of(service)
    # An answer can have empty lists; in a JSON one, too, anything goes that a request may carry.
    result = data.draw(values(model.output_shape, protocol)) if model.output_shape else {}
    response = render(Route(service, model), result, "req-1")
    parsed = botocore_side.parsed(protocol, response, model.output_shape)
    del parsed["ResponseMetadata"]
    assert parsed == result
