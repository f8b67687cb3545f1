"""RunInstances: defaults, mappings, placement, tokens, refusals; nothing is left of a refused one."""

import base64
from typing import Any

import pytest

from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


@pytest.fixture
def image_id(api: Api) -> str:
    return add_image(api).id


def run(api: Api, image_id: str, **request: Any) -> dict[str, Any]:
    return api("RunInstances", ImageId=image_id, **({"MinCount": 1, "MaxCount": 1} | request))


def one(api: Api, image_id: str, **request: Any) -> dict[str, Any]:
    (instance,) = run(api, image_id, **request)["Instances"]
    return instance


def test_defaults(api: Api, image_id: str) -> None:
    instance = one(api, image_id)
    assert instance["State"] == {"Code": 0, "Name": "pending"}
    assert instance["InstanceType"] == "t3.micro"
    assert instance["PrivateIpAddress"] == "172.31.0.4"
    assert instance["PrivateDnsName"] == "ip-172-31-0-4.ec2.internal"
    assert instance["PublicIpAddress"].startswith("198.18.")
    assert [group["GroupName"] for group in instance["SecurityGroups"]] == ["default"]
    assert instance["MetadataOptions"]["HttpTokens"] == "optional"
    (volume,) = api("DescribeVolumes")["Volumes"]
    assert (volume["Size"], volume["Attachments"][0]["Device"]) == (2, "/dev/sda1")
    assert volume["Attachments"][0]["DeleteOnTermination"] is True


def test_several_instances_are_one_reservation_with_addresses_of_their_own(api: Api, image_id: str) -> None:
    answer = run(api, image_id, MinCount=2, MaxCount=3)
    instances = answer["Instances"]
    assert [instance["AmiLaunchIndex"] for instance in instances] == [0, 1, 2]
    assert len({instance["PrivateIpAddress"] for instance in instances}) == 3
    assert len({instance["PublicIpAddress"] for instance in instances}) == 3
    (reservation,) = api("DescribeInstances")["Reservations"]
    assert reservation["ReservationId"] == answer["ReservationId"]
    assert len(reservation["Instances"]) == 3


def test_the_root_may_grow_and_volumes_may_be_added(api: Api, image_id: str) -> None:
    mappings = [
        {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": False}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5, "VolumeType": "io1", "Iops": 200}},
    ]
    one(api, image_id, BlockDeviceMappings=mappings)
    volumes = {volume["Attachments"][0]["Device"]: volume for volume in api("DescribeVolumes")["Volumes"]}
    assert volumes["/dev/sda1"]["Size"] == 20
    assert volumes["/dev/sda1"]["Attachments"][0]["DeleteOnTermination"] is False
    assert (volumes["/dev/sdf"]["SnapshotId"], volumes["/dev/sdf"]["Iops"]) == ("", 200)


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 1}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sda1", "NoDevice": ""}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "../x", "Ebs": {"VolumeSize": 1}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdf", "Ebs": {}}, "MissingParameter"),
        ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 70000}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "Encrypted": True}}, "UnsupportedOperation"),
        ({"DeviceName": "/dev/sdf", "VirtualName": "ephemeral0"}, "UnsupportedOperation"),
        ({"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-01234567"}}, "InvalidSnapshot.NotFound"),
        ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "Iops": 9}}, "InvalidParameterValue"),
        (
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "VolumeType": "x"}},
            "InvalidBlockDeviceMapping",
        ),
    ],
)
def test_refused_mappings(api: Api, image_id: str, mapping: dict[str, Any], code: str) -> None:
    before = api.rows()
    with refused(code):
        run(api, image_id, BlockDeviceMappings=[mapping])
    assert api.rows() == before


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"MinCount": 0}, "InvalidParameterValue"),
        ({"MinCount": 2, "MaxCount": 1}, "InvalidParameterCombination"),
        ({"MinCount": 1000, "MaxCount": 1000}, "InstanceLimitExceeded"),
        ({"InstanceType": "t3.enormous"}, "InvalidParameterValue"),
        ({"KeyName": "nobody"}, "InvalidKeyPair.NotFound"),
        ({"SecurityGroupIds": ["sg-01234567"]}, "InvalidGroup.NotFound"),
        ({"SecurityGroupIds": ["web"]}, "InvalidGroupId.Malformed"),
        ({"SecurityGroups": ["nobody"]}, "InvalidGroup.NotFound"),
        ({"SubnetId": "subnet-01234567"}, "InvalidSubnetID.NotFound"),
        ({"Placement": {"AvailabilityZone": "mars-1a"}}, "InvalidParameterValue"),
        ({"Placement": {"Tenancy": "dedicated"}}, "UnsupportedOperation"),
        ({"UserData": "not base64!"}, "InvalidUserData.Malformed"),
        ({"UserData": base64.b64encode(b"x" * 16385).decode()}, "InvalidParameterValue"),
        ({"MetadataOptions": {"HttpPutResponseHopLimit": 65}}, "InvalidParameterValue"),
        ({"MetadataOptions": {"HttpTokens": "maybe"}}, "InvalidParameterValue"),
        ({"InstanceMarketOptions": {"MarketType": "spot"}}, "UnsupportedOperation"),
        ({"HibernationOptions": {"Configured": True}}, "UnsupportedOperation"),
        ({"EnclaveOptions": {"Enabled": True}}, "UnsupportedOperation"),
        ({"CapacityReservationSpecification": {"CapacityReservationPreference": "x"}},
         "UnsupportedOperation"),
        ({"IamInstanceProfile": {"Name": "not a name"}}, "InvalidParameterValue"),
        ({"LaunchTemplate": {"LaunchTemplateName": "web"}}, "InvalidLaunchTemplateName.NotFoundException"),
        ({"PrivateIpAddress": "10.0.0.1"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "172.31.0.3"}, "InvalidParameterValue"),
        ({"PrivateIpAddress": "172.31.0.9", "MaxCount": 2}, "InvalidParameterCombination"),
        ({"InstanceInitiatedShutdownBehavior": "explode"}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "image", "Tags": []}]}, "InvalidParameterValue"),
        ({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "aws:x", "Value": "y"}]}]},
         "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_refused_requests(api: Api, image_id: str, request_: dict[str, Any], code: str) -> None:
    before = api.rows()
    with refused(code):
        run(api, image_id, **request_)
    assert api.rows() == before


def test_empty_structures_ask_for_nothing(api: Api, image_id: str) -> None:
    one(
        api,
        image_id,
        IamInstanceProfile={"Name": ""},
        LicenseSpecifications=[],
        Placement={"AvailabilityZone": "", "Tenancy": ""},
        SubnetId="",
        KeyName="",
    )


def test_an_image_that_is_not_to_be_launched(api: Api) -> None:
    with refused("InvalidAMIID.NotFound"):
        run(api, "ami-01234567")
    with refused("InvalidAMIID.Malformed", 'Invalid id: "debian" (expecting "ami-...")'):
        run(api, "debian")
    with refused("InvalidAMIID.Unavailable", "pending"):
        run(api, add_image(api, "soon", state="pending").id)
    with refused("InvalidAMIID.NotFound"):
        run(api, add_image(api.other_account(), "theirs").id)
    gone = add_image(api, "gone")
    api("DeregisterImage", ImageId=gone.id)
    with refused("InvalidAMIID.Unavailable"):
        run(api, gone.id)
    with refused("MissingParameter"):
        api("RunInstances", MinCount=1, MaxCount=1)


def test_network_interface_specification(api: Api, image_id: str) -> None:
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "PrivateIpAddress": "172.31.0.77"}
    instance = one(api, image_id, NetworkInterfaces=[interface])
    assert instance["PrivateIpAddress"] == "172.31.0.77"
    assert "PublicIpAddress" not in instance
    with refused("InvalidIPAddress.InUse"):
        one(api, image_id, NetworkInterfaces=[interface])
    with refused("InvalidParameterCombination"):
        one(api, image_id, NetworkInterfaces=[interface], SubnetId=instance["SubnetId"])


def test_a_client_token_gives_the_same_answer_once(api: Api, image_id: str) -> None:
    first = run(api, image_id, ClientToken="abc")
    again = run(api, image_id, ClientToken="abc")
    assert again["ReservationId"] == first["ReservationId"]
    assert len(api("DescribeInstances")["Reservations"]) == 1
    with refused("IdempotentParameterMismatch"):
        run(api, image_id, ClientToken="abc", InstanceType="t3.large")


def test_state_changes(api: Api, image_id: str) -> None:
    instance_id = one(api, image_id, DisableApiTermination=False)["InstanceId"]
    with refused("IncorrectInstanceState"):
        api("StopInstances", InstanceIds=[instance_id])
    with refused("IncorrectInstanceState"):
        api("RebootInstances", InstanceIds=[instance_id])
    with refused("IncorrectInstanceState"):
        api("CreateImage", InstanceId=instance_id, Name="too-early")
    (change,) = api("TerminateInstances", InstanceIds=[instance_id])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("pending", "shutting-down")
    with refused("IncorrectInstanceState"):
        api("StartInstances", InstanceIds=[instance_id])
    with refused("InvalidInstanceID.NotFound"):
        api("TerminateInstances", InstanceIds=["i-01234567"])


def test_termination_protection(api: Api, image_id: str) -> None:
    instance_id = one(api, image_id, DisableApiTermination=True)["InstanceId"]
    with refused("OperationNotPermitted", "disableApiTermination"):
        api("TerminateInstances", InstanceIds=[instance_id])


def test_other_tenants_see_and_change_nothing(api: Api, image_id: str) -> None:
    instance_id = one(api, image_id)["InstanceId"]
    other = api.other_account()
    assert other("DescribeInstances")["Reservations"] == []
    for operation in ("DescribeInstances", "StopInstances", "TerminateInstances", "RebootInstances"):
        with refused("InvalidInstanceID.NotFound"):
            other(operation, InstanceIds=[instance_id])
