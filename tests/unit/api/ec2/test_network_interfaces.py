"""Network interfaces by themselves, and attached to instances."""

from typing import Any

from sqlalchemy import select

from amiable.model.flow import Flow
from amiable.model.instance import Instance
from tests.helpers.api import Api, filters, refused
from tests.helpers.rows import add_instance


def instance_of(api: Api) -> Instance:
    (group,) = api("DescribeSecurityGroups")["SecurityGroups"]
    return add_instance(api, group["GroupId"])


def make(api: Api, subnet_id: str, **request: Any) -> str:
    return str(
        api("CreateNetworkInterface", SubnetId=subnet_id, **request)["NetworkInterface"]["NetworkInterfaceId"]
    )


def described(api: Api, interface_id: str) -> dict[str, Any]:
    return dict(api("DescribeNetworkInterfaces", NetworkInterfaceIds=[interface_id])["NetworkInterfaces"][0])


def flows(api: Api, kind: str) -> list[str]:
    with api.database.read() as session:
        return list(session.scalars(select(Flow.subject).where(Flow.kind == kind)))


def test_an_interface_by_itself(api: Api) -> None:
    subnet = api("DescribeSubnets")["Subnets"][0]
    tag = [{"ResourceType": "network-interface", "Tags": [{"Key": "Name", "Value": "n"}]}]
    address = subnet["CidrBlock"].replace(".0/20", ".40")
    request = {"Description": "d", "PrivateIpAddress": address, "TagSpecifications": tag, "ClientToken": "t"}
    interface_id = make(api, subnet["SubnetId"], **request)
    assert make(api, subnet["SubnetId"], **request) == interface_id
    found = described(api, interface_id)
    assert (found["Status"], found["PrivateIpAddress"], found["TagSet"]) == (
        "available",
        address,
        tag[0]["Tags"],
    )
    assert "Attachment" not in found
    assert "Association" not in found
    assert found["Groups"][0]["GroupName"] == "default"
    available = api("DescribeNetworkInterfaces", Filters=filters(status="available"))["NetworkInterfaces"]
    assert [one["NetworkInterfaceId"] for one in available] == [interface_id]
    with refused("InvalidIPAddress.InUse"):
        make(api, subnet["SubnetId"], PrivateIpAddress=address)
    with refused("UnsupportedOperation", "Secondary"):
        make(api, subnet["SubnetId"], PrivateIpAddresses=[{"PrivateIpAddress": address, "Primary": False}])
    api("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    with refused("InvalidNetworkInterfaceID.NotFound"):
        described(api, interface_id)


def test_attach_and_detach_on_a_running_instance(api: Api) -> None:
    instance = instance_of(api)
    interface_id = make(api, instance.subnet_id)
    request = {"NetworkInterfaceId": interface_id, "InstanceId": instance.id}
    with refused("InvalidParameterValue", "already has an interface attached at device index '0'"):
        api("AttachNetworkInterface", **request, DeviceIndex=0)
    attachment = api("AttachNetworkInterface", **request, DeviceIndex=1)["AttachmentId"]
    assert flows(api, "attach-interface") == [instance.id]
    found = described(api, interface_id)
    assert (found["Status"], found["Attachment"]["Status"]) == ("in-use", "attaching")
    assert found["Attachment"]["DeleteOnTermination"] is False
    with refused("InvalidNetworkInterface.InUse"):
        api("AttachNetworkInterface", **request, DeviceIndex=2)
    with refused("InvalidParameterValue", "currently in use"):
        api("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    change = {"AttachmentId": attachment, "DeleteOnTermination": True}
    api("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface_id, Attachment=change)
    assert described(api, interface_id)["Attachment"]["DeleteOnTermination"] is True
    api("DetachNetworkInterface", AttachmentId=attachment)
    assert described(api, interface_id)["Attachment"]["Status"] == "detaching"
    assert flows(api, "detach-interface") == [instance.id]
    primary = api(
        "DescribeNetworkInterfaces", Filters=filters(attachment__device_index="0", vpc_id=instance.vpc_id)
    )
    with refused("OperationNotPermitted"):
        api(
            "DetachNetworkInterface",
            AttachmentId=primary["NetworkInterfaces"][0]["Attachment"]["AttachmentId"],
        )
    with refused("InvalidAttachmentID.NotFound"):
        api("DetachNetworkInterface", AttachmentId="eni-attach-0123456789abcdef0")


def test_rows_only_on_a_stopped_instance(api: Api) -> None:
    instance = instance_of(api)
    with api.database.write() as session:
        session.get_one(Instance, instance.id).state = "stopped"
    interface_id = make(api, instance.subnet_id)
    request = {"NetworkInterfaceId": interface_id, "InstanceId": instance.id, "DeviceIndex": 1}
    attachment = api("AttachNetworkInterface", **request)["AttachmentId"]
    assert described(api, interface_id)["Attachment"]["Status"] == "attached"
    api("DetachNetworkInterface", AttachmentId=attachment)
    assert described(api, interface_id)["Status"] == "available"
    assert flows(api, "attach-interface") == []
    far = next(one for one in api("DescribeSubnets")["Subnets"] if one["SubnetId"] != instance.subnet_id)
    with refused("InvalidParameterCombination", "same availability zone"):
        api("AttachNetworkInterface", **{**request, "NetworkInterfaceId": make(api, far["SubnetId"])})


def test_attributes(api: Api) -> None:
    instance = instance_of(api)
    interface_id = make(api, instance.subnet_id)
    one = {"NetworkInterfaceId": interface_id}
    group = api("CreateSecurityGroup", GroupName="g", Description="d")["GroupId"]
    api("ModifyNetworkInterfaceAttribute", **one, Groups=[group])
    api("ModifyNetworkInterfaceAttribute", **one, Description={"Value": "new"})
    api("ModifyNetworkInterfaceAttribute", **one, SourceDestCheck={"Value": False})
    assert flows(api, "refresh-network") == [instance.vpc_id]
    found = described(api, interface_id)
    assert [row["GroupId"] for row in found["Groups"]] == [group]
    assert (found["Description"], found["SourceDestCheck"]) == ("new", False)
    checks = filters(source_dest_check="false")
    assert len(api("DescribeNetworkInterfaces", Filters=checks)["NetworkInterfaces"]) == 1
    api("ResetNetworkInterfaceAttribute", **one, SourceDestCheck="true")
    said = api("DescribeNetworkInterfaceAttribute", **one, Attribute="sourceDestCheck")
    assert said["SourceDestCheck"] == {"Value": True}
    with refused("InvalidParameterCombination"):
        api("ModifyNetworkInterfaceAttribute", **one)
    with refused("InvalidGroup.NotFound"):
        api("ModifyNetworkInterfaceAttribute", **one, Groups=["sg-0123456789abcdef0"])
    with refused("DependencyViolation"):
        api("DeleteSecurityGroup", GroupId=group)
