"""The filters of DescribeInstances and DescribeInstanceStatus."""

from typing import Any

from amiable.api import filters
from amiable.model.instance import INSTANCE_STATES, Instance
from amiable.model.network import NetworkInterface, PublicAddress
from amiable.model.security_group import SecurityGroup
from amiable.model.volume import Attachment

_CODES = {str(code): name for name, code in INSTANCE_STATES.items()}


def _interface(column: Any) -> filters.Filter:
    return filters.related(Instance.interfaces.any, filters.text(column))


def _public(value: str) -> filters.Condition:
    holds = NetworkInterface.public_address.has(filters.text(PublicAddress.ip)(value))
    return Instance.interfaces.any(holds)


def _group(column: Any) -> filters.Filter:
    return lambda value: Instance.interfaces.any(NetworkInterface.groups.any(filters.text(column)(value)))


def _device(column: Any) -> filters.Filter:
    return filters.related(Instance.attachments.any, filters.text(column))


FILTERS: dict[str, filters.Filter] = {
    "architecture": filters.text(Instance.architecture),
    "availability-zone": filters.text(Instance.availability_zone),
    "block-device-mapping.attach-time": filters.related(
        Instance.attachments.any, filters.instant(Attachment.attached_at)
    ),
    "block-device-mapping.delete-on-termination": filters.related(
        Instance.attachments.any, filters.flag(Attachment.delete_on_termination)
    ),
    "block-device-mapping.device-name": _device(Attachment.device),
    "block-device-mapping.status": _device(Attachment.state),
    "block-device-mapping.volume-id": _device(Attachment.volume_id),
    "client-token": filters.text(Instance.client_token),
    "group-id": _group(SecurityGroup.id),
    "group-name": _group(SecurityGroup.name),
    "hypervisor": filters.constant("xen"),
    "image-id": filters.text(Instance.image_id),
    "instance-id": filters.text(Instance.id),
    "instance-state-code": lambda value: Instance.state == _CODES.get(value, ""),
    "instance-state-name": filters.text(Instance.state),
    "instance-type": filters.text(Instance.instance_type),
    "instance.group-id": _group(SecurityGroup.id),
    "instance.group-name": _group(SecurityGroup.name),
    "ip-address": _public,
    "key-name": filters.text(Instance.key_name),
    "launch-index": filters.number(Instance.launch_index),
    "launch-time": filters.instant(Instance.launched_at),
    "metadata-options.http-endpoint": filters.text(Instance.http_endpoint),
    "metadata-options.http-put-response-hop-limit": filters.number(Instance.http_hop_limit),
    "metadata-options.http-tokens": filters.text(Instance.http_tokens),
    "network-interface.mac-address": _interface(NetworkInterface.mac),
    "network-interface.network-interface-id": _interface(NetworkInterface.id),
    "network-interface.private-ip-address": _interface(NetworkInterface.private_ip),
    "network-interface.subnet-id": _interface(NetworkInterface.subnet_id),
    "owner-id": filters.text(Instance.account_id),
    "private-ip-address": _interface(NetworkInterface.private_ip),
    "reservation-id": filters.text(Instance.reservation_id),
    "root-device-name": filters.text(Instance.root_device_name),
    "root-device-type": filters.constant("ebs"),
    "state-reason-code": filters.text(Instance.state_reason_code),
    "subnet-id": filters.text(Instance.subnet_id),
    "tenancy": filters.constant("default"),
    "virtualization-type": filters.constant("hvm"),
    "vpc-id": filters.text(Instance.vpc_id),
}
