"""Attributes of an instance: what may be changed when, and what is refused."""

import base64
from typing import Any

import pytest

from amiable.model.flow import Flow
from amiable.model.instance import Instance
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


@pytest.fixture
def instance_id(api: Api) -> str:
    answer = api("RunInstances", ImageId=add_image(api).id, MinCount=1, MaxCount=1)
    return str(answer["Instances"][0]["InstanceId"])


def set_state(api: Api, instance_id: str, state: str) -> None:
    with api.database.write() as session:
        session.get_one(Instance, instance_id).state = state


def attribute(api: Api, instance_id: str, name: str) -> Any:
    answer = api("DescribeInstanceAttribute", InstanceId=instance_id, Attribute=name)
    (value,) = (value for member, value in answer.items() if member != "InstanceId")
    return value.get("Value") if isinstance(value, dict) else value


def test_type_and_user_data_change_while_stopped(api: Api, instance_id: str) -> None:
    changes: dict[str, Any] = {
        "InstanceType": {"Value": "t3.small"},
        "UserData": {"Value": b"#!/bin/sh\n"},
        "EbsOptimized": {"Value": True},
    }
    set_state(api, instance_id, "running")
    for name, value in changes.items():
        with refused("IncorrectInstanceState", "stopped"):
            api("ModifyInstanceAttribute", InstanceId=instance_id, **{name: value})
    set_state(api, instance_id, "stopped")
    for name, value in changes.items():
        api("ModifyInstanceAttribute", InstanceId=instance_id, **{name: value})
    assert attribute(api, instance_id, "instanceType") == "t3.small"
    assert base64.b64decode(attribute(api, instance_id, "userData")) == b"#!/bin/sh\n"
    assert attribute(api, instance_id, "ebsOptimized") is True
    with refused("InvalidParameterValue"):
        api("ModifyInstanceAttribute", InstanceId=instance_id, InstanceType={"Value": "t3.enormous"})
    api("ModifyInstanceAttribute", InstanceId=instance_id, Attribute="instanceType", Value="t3.nano")
    assert attribute(api, instance_id, "instanceType") == "t3.nano"


def test_protections_are_kept(api: Api, instance_id: str) -> None:
    set_state(api, instance_id, "running")
    api("ModifyInstanceAttribute", InstanceId=instance_id, DisableApiTermination={"Value": True})
    assert attribute(api, instance_id, "disableApiTermination") is True
    with refused("OperationNotPermitted", "disableApiTermination"):
        api("TerminateInstances", InstanceIds=[instance_id])
    api("ModifyInstanceAttribute", InstanceId=instance_id, DisableApiTermination={"Value": False})
    api("ModifyInstanceAttribute", InstanceId=instance_id, Attribute="disableApiStop", Value="true")
    for operation in ("StopInstances", "TerminateInstances"):
        with refused("OperationNotPermitted", "disableApiStop"):
            api(operation, InstanceIds=[instance_id])
    api("ModifyInstanceAttribute", InstanceId=instance_id, DisableApiStop={"Value": False})
    api("StopInstances", InstanceIds=[instance_id])


def test_groups_and_check_reach_the_network(api: Api, instance_id: str) -> None:
    group = api("CreateSecurityGroup", GroupName="web", Description="d")["GroupId"]
    with api.database.read() as session:
        before = session.query(Flow).filter(Flow.kind == "refresh-network").count()
    api("ModifyInstanceAttribute", InstanceId=instance_id, Groups=[group])
    assert [one["GroupId"] for one in attribute(api, instance_id, "groupSet")] == [group]
    with api.database.read() as session:
        assert session.query(Flow).filter(Flow.kind == "refresh-network").count() == before + 1
    api("ModifyInstanceAttribute", InstanceId=instance_id, SourceDestCheck={"Value": False})
    assert attribute(api, instance_id, "sourceDestCheck") is False
    assert len(api("DescribeInstances", Filters=filters(source_dest_check="false"))["Reservations"]) == 1
    api("ResetInstanceAttribute", InstanceId=instance_id, Attribute="sourceDestCheck")
    assert attribute(api, instance_id, "sourceDestCheck") is True
    with refused("InvalidGroup.NotFound"):
        api("ModifyInstanceAttribute", InstanceId=instance_id, Groups=["sg-01234567"])


def test_a_volume_may_outlive_its_instance(api: Api, instance_id: str) -> None:
    kept = [{"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": False}}]
    api("ModifyInstanceAttribute", InstanceId=instance_id, BlockDeviceMappings=kept)
    (device,) = attribute(api, instance_id, "blockDeviceMapping")
    assert device["Ebs"]["DeleteOnTermination"] is False
    with refused("InvalidInstanceAttributeValue"):
        api(
            "ModifyInstanceAttribute",
            InstanceId=instance_id,
            BlockDeviceMappings=[{"DeviceName": "/dev/sdz"}],
        )


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "InvalidParameterCombination"),
        (
            {"DisableApiStop": {"Value": True}, "EbsOptimized": {"Value": True}},
            "InvalidParameterCombination",
        ),
        ({"InstanceInitiatedShutdownBehavior": {"Value": "explode"}}, "InvalidParameterValue"),
        ({"EnclaveOptions": {"Enabled": True}}, "UnsupportedOperation"),
        ({"SriovNetSupport": {"Value": "simple"}}, "UnsupportedOperation"),
        ({"Attribute": "disableApiStop", "Value": "maybe"}, "InvalidParameterValue"),
        ({"Attribute": "rootDeviceName", "Value": "/dev/sdb"}, "InvalidParameterValue"),
    ],
)
def test_refused(api: Api, instance_id: str, request_: dict[str, Any], code: str) -> None:
    before = api.rows()
    with refused(code):
        api("ModifyInstanceAttribute", InstanceId=instance_id, **request_)
    assert api.rows() == before
