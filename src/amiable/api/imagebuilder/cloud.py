"""The cloud that builds act on: the public operations, in the name of the account that builds.

What makes something finds what it made before by its token, its name or its tag (builder/cloud.py says by
which), so that a build that was killed makes nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from amiable.api.perform import Performer
from amiable.builder.cloud import Image, Instance, Item, Launch, Refused, Where
from amiable.core import clock
from amiable.protocol.faults import Fault

GONE = ("InvalidInstanceID.NotFound", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")
SSH = 22
_PERMISSIONS = {
    "userIds": "UserId",
    "userGroups": "Group",
    "organizationArns": "OrganizationArn",
    "organizationalUnitArns": "OrganizationalUnitArn",
}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _specified(tags: Mapping[str, str], *kinds: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _tag_list(tags)} for kind in kinds] if tags else []


def _filters(**values: str) -> list[dict[str, Any]]:
    """`Filters`, each of one value; EC2's wildcards in it mean themselves."""
    escaped = {
        name: "".join(f"\\{letter}" if letter in "*?\\" else letter for letter in value)
        for name, value in values.items()
    }
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in escaped.items()]


class PublicCloud:
    """`builder.cloud.Cloud`, see there."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    def _do(self, where: Where, name: str, service: str = "ec2", /, **request: Any) -> dict[str, Any]:
        wanted = {key: value for key, value in request.items() if value not in (None, [], {}, ())}
        try:
            return self._performer.on_behalf(where.account_id, where.region, name, service, **wanted)
        except Fault as fault:
            raise Refused(fault.code, fault.message) from fault

    def image(self, where: Where, image_id: str) -> Image | None:
        """See `Cloud`."""
        try:
            (found,) = self._do(where, "DescribeImages", ImageIds=[image_id], IncludeDisabled=True)["Images"]
        except Refused as refused:
            if refused.code in GONE:
                return None
            raise
        return _image(found)

    def _named(self, where: Where, name: str) -> dict[str, Any] | None:
        found = self._do(
            where, "DescribeImages", Owners=["self"], Filters=_filters(name=name), IncludeDisabled=True
        )
        images = [one for one in found["Images"] if one["State"] in ("pending", "available")]
        return images[0] if images else None

    def launch(self, where: Where, wanted: Launch) -> str:
        """See `Cloud`."""
        vpc = self._vpc(where, wanted.subnet_id)
        self._ensure_key(where, wanted)
        group = self._ensure_group(where, wanted, vpc)
        metadata = {
            "HttpTokens": wanted.metadata_options.get("httpTokens"),
            "HttpPutResponseHopLimit": wanted.metadata_options.get("httpPutResponseHopLimit"),
        }
        zone = {"AvailabilityZone": wanted.availability_zone} if wanted.availability_zone else {}
        answer = self._do(
            where,
            "RunInstances",
            ImageId=wanted.image_id,
            InstanceType=wanted.instance_type,
            MinCount=1,
            MaxCount=1,
            KeyName=wanted.name,
            SecurityGroupIds=[group, *wanted.group_ids],
            SubnetId=wanted.subnet_id,
            Placement=zone,
            UserData=wanted.user_data,
            MetadataOptions={key: value for key, value in metadata.items() if value is not None},
            BlockDeviceMappings=[_device(one) for one in wanted.devices],
            TagSpecifications=_specified(wanted.tags, "instance", "volume"),
            ClientToken=wanted.token,
        )
        return str(answer["Instances"][0]["InstanceId"])

    def _vpc(self, where: Where, subnet_id: str | None) -> str:
        if subnet_id:
            return str(self._do(where, "DescribeSubnets", SubnetIds=[subnet_id])["Subnets"][0]["VpcId"])
        found = self._do(where, "DescribeVpcs", Filters=_filters(is_default="true"))["Vpcs"]
        if not found:
            raise Refused("InvalidParameterValue", "The account has no default VPC: give a subnet.")
        return str(found[0]["VpcId"])

    def _ensure_key(self, where: Where, wanted: Launch) -> None:
        if not self._do(where, "DescribeKeyPairs", Filters=_filters(key_name=wanted.name))["KeyPairs"]:
            self._do(
                where,
                "ImportKeyPair",
                KeyName=wanted.name,
                PublicKeyMaterial=wanted.public_key.encode(),
                TagSpecifications=_specified(wanted.tags, "key-pair"),
            )

    def _ensure_group(self, where: Where, wanted: Launch, vpc: str) -> str:
        group = self._group(where, wanted.name)
        if group is None:
            group = self._do(
                where,
                "CreateSecurityGroup",
                GroupName=wanted.name,
                Description="SSH for an image build",
                VpcId=vpc,
                TagSpecifications=_specified(wanted.tags, "security-group"),
            )
        if not group.get("IpPermissions"):
            self._authorize(where, group["GroupId"], SSH)
        return str(group["GroupId"])

    def _authorize(self, where: Where, group_id: str, port: int) -> None:
        rule = {
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        }
        self._do(where, "AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[rule])

    def let_in(self, where: Where, name: str, port: int) -> None:
        """See `Cloud`."""
        group = self._group(where, name)
        if group is None:
            raise Refused("InvalidGroup.NotFound", f"There is no group {name}.")
        if port not in [one.get("FromPort") for one in group["IpPermissions"]]:
            self._authorize(where, group["GroupId"], port)

    def _group(self, where: Where, name: str) -> dict[str, Any] | None:
        found = self._do(where, "DescribeSecurityGroups", Filters=_filters(group_name=name))
        groups: list[dict[str, Any]] = found["SecurityGroups"]
        return groups[0] if groups else None

    def public_key(self, where: Where, name: str) -> str:
        """See `Cloud`."""
        answer = self._do(where, "DescribeKeyPairs", KeyNames=[name], IncludePublicKey=True)
        return str(answer["KeyPairs"][0]["PublicKey"]).strip()

    def instance(self, where: Where, instance_id: str) -> Instance:
        """See `Cloud`."""
        try:
            answer = self._do(where, "DescribeInstances", InstanceIds=[instance_id])
        except Refused as refused:
            if refused.code in GONE:
                return Instance(instance_id, "terminated", None)
            raise
        return _instance(answer["Reservations"][0]["Instances"][0])

    def instances_of(self, where: Where, tag: str, value: str) -> list[Instance]:
        """See `Cloud`."""
        answer = self._do(where, "DescribeInstances", Filters=[{"Name": f"tag:{tag}", "Values": [value]}])
        found = [_instance(one) for group in answer["Reservations"] for one in group["Instances"]]
        return [instance for instance in found if instance.state != "terminated"]

    def stop(self, where: Where, instance_id: str) -> None:
        """See `Cloud`."""
        self._do(where, "StopInstances", InstanceIds=[instance_id])

    def terminate(self, where: Where, instance_id: str) -> None:
        """See `Cloud`."""
        try:
            self._do(where, "TerminateInstances", InstanceIds=[instance_id])
        except Refused as refused:
            if refused.code not in GONE:
                raise

    def remove_access(self, where: Where, name: str) -> bool:
        """See `Cloud`."""
        self._do(where, "DeleteKeyPair", KeyName=name)
        group = self._group(where, name)
        if group is not None:
            try:
                self._do(where, "DeleteSecurityGroup", GroupId=group["GroupId"])
            except Refused as refused:
                if refused.code != "DependencyViolation":
                    raise
                return False
        return True

    def create_image(
        self,
        where: Where,
        instance_id: str,
        name: str,
        description: str,
        tags: Mapping[str, str],
        watermarks: Sequence[str],
    ) -> str:
        """See `Cloud`."""
        known = self._named(where, name)
        if known is not None and known.get("SourceInstanceId") == instance_id:
            image_id = known["ImageId"]
        else:
            image_id = self._do(
                where,
                "CreateImage",
                InstanceId=instance_id,
                Name=name,
                Description=description,
                TagSpecifications=_specified(tags, "image", "snapshot"),
            )["ImageId"]
        for watermark in watermarks:
            self._do(where, "AttachImageWatermark", ImageId=image_id, WatermarkName=watermark)
        return str(image_id)

    def copy_image(
        self, where: Where, source: Where, image_id: str, name: str, description: str, tags: Mapping[str, str]
    ) -> str:
        """See `Cloud`."""
        known = self._named(where, name)
        if known is not None and known.get("SourceImageId") == image_id:
            return str(known["ImageId"])
        answer = self._do(
            where,
            "CopyImage",
            SourceImageId=image_id,
            SourceRegion=source.region,
            Name=name,
            Description=description,
            TagSpecifications=_specified(tags, "image", "snapshot"),
        )
        return str(answer["ImageId"])

    def snapshot(self, where: Where, instance_id: str, description: str, tags: Mapping[str, str]) -> str:
        """See `Cloud`."""
        found = self._do(
            where, "DescribeSnapshots", OwnerIds=["self"], Filters=_filters(description=description)
        )["Snapshots"]
        if known := [one for one in found if one["State"] in ("pending", "completed")]:
            return str(known[0]["SnapshotId"])
        answer = self._do(where, "DescribeInstances", InstanceIds=[instance_id])
        mappings = answer["Reservations"][0]["Instances"][0]["BlockDeviceMappings"]
        if len(mappings) != 1:
            raise Refused("InvalidParameterValue", "the instance has several volumes")
        made = self._do(
            where,
            "CreateSnapshot",
            VolumeId=mappings[0]["Ebs"]["VolumeId"],
            Description=description,
            TagSpecifications=_specified(tags, "snapshot"),
        )
        return str(made["SnapshotId"])

    def snapshot_done(self, where: Where, snapshot_id: str) -> bool:
        """See `Cloud`."""
        (found,) = self._do(where, "DescribeSnapshots", SnapshotIds=[snapshot_id])["Snapshots"]
        if found["State"] not in ("pending", "completed"):
            raise Refused("IncorrectState", f"{snapshot_id} is {found['State']}")
        return bool(found["State"] == "completed")

    def register(self, where: Where, like_image: str, snapshot_id: str, name: str) -> str:
        """See `Cloud`."""
        known = self._named(where, name)
        if known is not None:
            return str(known["ImageId"])
        (like,) = self._do(where, "DescribeImages", ImageIds=[like_image])["Images"]
        root = {"DeviceName": like["RootDeviceName"], "Ebs": {"SnapshotId": snapshot_id}}
        kept = (
            "Architecture",
            "RootDeviceName",
            "VirtualizationType",
            "BootMode",
            "EnaSupport",
            "ImdsSupport",
        )
        answer = self._do(
            where,
            "RegisterImage",
            Name=name,
            BlockDeviceMappings=[root],
            **{key: like[key] for key in kept if key in like},
        )
        return str(answer["ImageId"])

    def deregister(self, where: Where, image_id: str, *, snapshots: bool = False) -> None:
        """See `Cloud`."""
        try:
            self._do(where, "DeregisterImage", ImageId=image_id, DeleteAssociatedSnapshots=snapshots)
        except Refused as refused:
            if refused.code not in GONE:
                raise

    def bring_image(self, where: Where, image_id: str, action: str) -> None:
        """See `Cloud`."""
        match action:
            case "DELETE":
                self.deregister(where, image_id)
            case "DISABLE":
                self._do(where, "DisableImage", ImageId=image_id)
            case "DEPRECATE":
                self._do(where, "EnableImage", ImageId=image_id)
                self._do(where, "EnableImageDeprecation", ImageId=image_id, DeprecateAt=clock.now())
            case _:
                self._do(where, "EnableImage", ImageId=image_id)
                self._do(where, "DisableImageDeprecation", ImageId=image_id)

    def delete_snapshot(self, where: Where, snapshot_id: str) -> None:
        """See `Cloud`."""
        try:
            self._do(where, "DeleteSnapshot", SnapshotId=snapshot_id)
        except Refused as refused:
            if refused.code != "InvalidSnapshot.NotFound":
                raise

    def shared_with(self, where: Where, image_id: str) -> set[str]:
        """See `Cloud`."""
        answer = self._do(where, "DescribeImageAttribute", ImageId=image_id, Attribute="launchPermission")
        return {one["UserId"] for one in answer["LaunchPermissions"] if "UserId" in one}

    def users_of(self, where: Where, image_id: str) -> list[str]:
        """See `Cloud`."""
        named = _filters(image_id=image_id)
        reservations = self._do(where, "DescribeInstances", Filters=named)["Reservations"]
        instances = [_instance(one) for group in reservations for one in group["Instances"]]
        versions = self._do(
            where, "DescribeLaunchTemplateVersions", Versions=["$Latest", "$Default"], Filters=named
        )["LaunchTemplateVersions"]
        used = [one.id for one in instances if one.state != "terminated"]
        return [*used, *sorted({one["LaunchTemplateId"] for one in versions})]

    def let_copy(self, where: Where, image_id: str, account_id: str) -> None:
        """See `Cloud`."""
        grant = {"Add": [{"UserId": account_id}]}
        self._do(where, "ModifyImageAttribute", ImageId=image_id, LaunchPermission=grant)
        image = self.image(where, image_id)
        for snapshot_id in image.snapshots if image else ():
            self._do(where, "ModifySnapshotAttribute", SnapshotId=snapshot_id, CreateVolumePermission=grant)

    def share(self, where: Where, image_id: str, permission: Item) -> None:
        """See `Cloud`."""
        added = [
            {member: value} for key, member in _PERMISSIONS.items() for value in permission.get(key) or ()
        ]
        if added:
            self._do(where, "ModifyImageAttribute", ImageId=image_id, LaunchPermission={"Add": added})

    def point_template(self, where: Where, template_id: str, image_id: str, default: bool, token: str) -> int:
        """See `Cloud`."""
        wanted = {"LaunchTemplateId": template_id, "Versions": ["$Latest"]}
        (latest,) = self._do(where, "DescribeLaunchTemplateVersions", **wanted)["LaunchTemplateVersions"]
        if latest["LaunchTemplateData"].get("ImageId") != image_id:
            latest = self._do(
                where,
                "CreateLaunchTemplateVersion",
                LaunchTemplateId=template_id,
                SourceVersion="$Latest",
                VersionDescription="EC2 Image Builder",
                LaunchTemplateData={"ImageId": image_id},
                ClientToken=token,
            )["LaunchTemplateVersion"]
        number = int(latest["VersionNumber"])
        if default:
            self._do(where, "ModifyLaunchTemplate", LaunchTemplateId=template_id, DefaultVersion=str(number))
        return number

    def put_parameter(self, where: Where, name: str, image_id: str, data_type: str) -> None:
        """See `Cloud`."""
        try:
            known = self._do(where, "GetParameter", "ssm", Name=name)["Parameter"]
        except Refused as refused:
            if refused.code != "ParameterNotFound":
                raise
            known = {}
        if known.get("Value") != image_id:
            self._do(
                where,
                "PutParameter",
                "ssm",
                Name=name,
                Value=image_id,
                Type="String",
                DataType=data_type,
                Overwrite=bool(known),
            )


def _image(found: Mapping[str, Any]) -> Image:
    mappings = found.get("BlockDeviceMappings") or ()
    launched, deprecated = found.get("LastLaunchedTime"), found.get("DeprecationTime")
    return Image(
        id=found["ImageId"],
        state=found["State"],
        name=found["Name"],
        root_device=found["RootDeviceName"],
        snapshots=[one["Ebs"]["SnapshotId"] for one in mappings if "SnapshotId" in one.get("Ebs", {})],
        reason=(found.get("StateReason") or {}).get("Message"),
        public=bool(found.get("Public")),
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags") or ()},
        launched_at=datetime.fromisoformat(launched) if launched else None,
        deprecated=deprecated is not None and datetime.fromisoformat(deprecated) <= clock.now(),
    )


def _instance(found: Mapping[str, Any]) -> Instance:
    return Instance(
        id=found["InstanceId"],
        state=found["State"]["Name"],
        address=found.get("PublicIpAddress"),
        reason=(found.get("StateReason") or {}).get("Message"),
    )


def _device(mapping: Item) -> dict[str, Any]:
    """Image Builder's block device mapping as EC2 spells it."""
    ebs = mapping.get("ebs") or {}
    shape: dict[str, Any] = {"DeviceName": mapping["deviceName"]}
    if mapping.get("noDevice") is not None:
        shape["NoDevice"] = mapping["noDevice"]
    if ebs:
        shape["Ebs"] = {key[0].upper() + key[1:]: value for key, value in ebs.items()}
    return shape
