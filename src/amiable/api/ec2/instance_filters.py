"""The filters of DescribeInstances, complete: what no instance here has or can be is a constant."""

from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import and_, func, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.compute.net import addresses
from amiable.model.instance import INSTANCE_STATES, Instance
from amiable.model.instance_profile import profile_id
from amiable.model.matching import glob
from amiable.model.network import NetworkInterface, PublicAddress
from amiable.model.product_code import ProductCode
from amiable.model.security_group import SecurityGroup
from amiable.model.tag import Tag
from amiable.model.volume import Attachment
from amiable.model.zone import zone_id

_CODES = {str(code): name for name, code in INSTANCE_STATES.items()}


def _interface(column: Any) -> filters.Filter:
    return filters.related(Instance.interfaces.any, filters.text(column))


def _with_interface(row: filters.Filter) -> filters.Filter:
    return filters.related(Instance.interfaces.any, row)


def _interface_tag(column: Any) -> filters.Filter:
    return lambda value: Instance.interfaces.any(
        NetworkInterface.id.in_(select(Tag.resource_id).where(filters.text(column)(value)))
    )


_profile = Instance.options["instance_profile"].as_string()


def _profile_id(call: Call) -> filters.Filter:
    """Ids follow from ARNs: found among those that the account's instances have."""

    def apply(value: str) -> filters.Condition:
        arns = set(call.session.scalars(select(_profile).where(Instance.account_id == call.account_id)))
        wanted = [arn for arn in arns if arn and fnmatchcase(profile_id(arn), glob(value))]
        return Instance.id.in_(select(Instance.id).where(_profile.in_(wanted)))

    return apply


def _public(column: Any) -> filters.Filter:
    holds = filters.related(NetworkInterface.public_address.has, filters.text(column))
    return filters.related(Instance.interfaces.any, holds)


def _address_owner(value: str) -> filters.Condition:
    """Elastic addresses are the account's, the others amazon's."""
    elastic = filters.text(PublicAddress.account_id)(value)
    lent = filters.constant("amazon")(value)
    owned = and_(PublicAddress.id.is_not(None), elastic) | and_(PublicAddress.id.is_(None), lent)
    return Instance.interfaces.any(NetworkInterface.public_address.has(owned))


def _group(column: Any) -> filters.Filter:
    return lambda value: Instance.interfaces.any(NetworkInterface.groups.any(filters.text(column)(value)))


def _device(column: Any) -> filters.Filter:
    return filters.related(Instance.attachments.any, filters.text(column))


_public_ip = _public(PublicAddress.ip)
_private_ip = _interface(NetworkInterface.private_ip)
_groups = {"id": _group(SecurityGroup.id), "name": _group(SecurityGroup.name)}

INTERFACES: dict[str, filters.Filter] = {
    "addresses.association.allocation-id": _public(PublicAddress.id),
    "addresses.association.association-id": _public(PublicAddress.association_id),
    "addresses.association.ip-owner-id": _address_owner,
    "addresses.association.public-ip": _public_ip,
    "addresses.primary": filters.constant("true"),
    "addresses.private-ip-address": _private_ip,
    "association.allocation-id": _public(PublicAddress.id),
    "association.association-id": _public(PublicAddress.association_id),
    "association.ip-owner-id": _address_owner,
    "association.public-ip": _public_ip,
    "attachment.attach-time": _with_interface(filters.instant(NetworkInterface.attached_at)),
    "attachment.attachment-id": _interface(NetworkInterface.attachment_id),
    "attachment.delete-on-termination": _with_interface(filters.flag(NetworkInterface.delete_on_termination)),
    "attachment.device-index": _with_interface(filters.number(NetworkInterface.device_index)),
    "attachment.instance-id": _interface(NetworkInterface.instance_id),
    "attachment.instance-owner-id": _interface(NetworkInterface.account_id),
    "attachment.network-card-index": filters.constant("0"),
    "attachment.status": _interface(NetworkInterface.attachment_state),
    "availability-zone": filters.text(Instance.availability_zone),
    "deny-all-igw-traffic": filters.constant(None),
    "description": _interface(NetworkInterface.description),
    "group-id": _groups["id"],
    "group-name": _groups["name"],
    "ipv6-native": filters.constant("false"),
    "mac-address": _interface(NetworkInterface.mac),
    "network-interface-id": _interface(NetworkInterface.id),
    "operator.managed": filters.constant("false"),
    "owner-id": _interface(NetworkInterface.account_id),
    "private-ip-address": _private_ip,
    "requester-managed": filters.constant("false"),
    "source-dest-check": _with_interface(filters.flag(NetworkInterface.source_dest_check)),
    "status": filters.constant("in-use"),
    "subnet-id": _interface(NetworkInterface.subnet_id),
    "tag-key": _interface_tag(Tag.key),
    "tag-value": _interface_tag(Tag.value),
    "vpc-id": _interface(NetworkInterface.vpc_id),
}
"""Filters `network-interface.…`."""

ABSENT = (
    "affinity",
    "capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-preference",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
    "dns-name",
    "host-id",
    "instance-lifecycle",
    "ipv6-address",
    "kernel-id",
    "network-interface.addresses.association.carrier-ip",
    "network-interface.addresses.association.customer-owned-ip",
    "network-interface.addresses.association.public-dns-name",
    "network-interface.association.carrier-ip",
    "network-interface.association.customer-owned-ip",
    "network-interface.association.public-dns-name",
    "network-interface.ipv4-prefixes.ipv4-prefix",
    "network-interface.ipv6-address",
    "network-interface.ipv6-addresses.ipv6-address",
    "network-interface.ipv6-addresses.is-primary-ipv6",
    "network-interface.ipv6-prefixes.ipv6-prefix",
    "network-interface.operator.principal",
    "network-interface.outpost-arn",
    "network-interface.public-dns-name",
    "network-interface.requester-id",
    "operator.principal",
    "outpost-arn",
    "placement-group-name",
    "placement-partition-number",
    "platform",
    "ramdisk-id",
    "requester-id",
    "spot-instance-request-id",
    "tpm-support",
    "usage-operation-update-time",
)
"""What no instance here has."""

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
    "group-id": _groups["id"],
    "group-name": _groups["name"],
    "hypervisor": filters.constant("xen"),
    "image-id": filters.text(Instance.image_id),
    "instance-id": filters.text(Instance.id),
    "instance-state-code": lambda value: Instance.state == _CODES.get(value, ""),
    "instance-state-name": filters.text(Instance.state),
    "instance-type": filters.text(Instance.instance_type),
    "instance.group-id": _groups["id"],
    "instance.group-name": _groups["name"],
    "ip-address": _public_ip,
    "key-name": filters.text(Instance.key_name),
    "launch-index": filters.number(Instance.launch_index),
    "launch-time": filters.instant(Instance.launched_at),
    "metadata-options.http-endpoint": filters.text(Instance.http_endpoint),
    "metadata-options.http-put-response-hop-limit": filters.number(Instance.http_hop_limit),
    "metadata-options.http-tokens": filters.text(Instance.http_tokens),
    "owner-id": filters.text(Instance.account_id),
    "private-ip-address": _private_ip,
    "reservation-id": filters.text(Instance.reservation_id),
    "root-device-name": filters.text(Instance.root_device_name),
    "root-device-type": filters.constant("ebs"),
    "state-reason-code": filters.text(Instance.state_reason_code),
    "subnet-id": filters.text(Instance.subnet_id),
    "tenancy": filters.constant("default"),
    "virtualization-type": filters.constant("hvm"),
    "vpc-id": filters.text(Instance.vpc_id),
    "boot-mode": filters.text(Instance.boot_mode),
    "current-instance-boot-mode": filters.text(Instance.boot_mode),
    "ebs-optimized": filters.flag(Instance.ebs_optimized),
    "ena-support": filters.constant("true"),
    "enclave-options.enabled": filters.constant("false"),
    "hibernation-options.configured": filters.constant("false"),
    "iam-instance-profile.arn": filters.text(_profile),
    "maintenance-options.auto-recovery": filters.constant("disabled"),
    "metadata-options.http-protocol-ipv4": filters.constant("enabled"),
    "metadata-options.http-protocol-ipv6": filters.constant("disabled"),
    "metadata-options.instance-metadata-tags": lambda value: filters.flag(Instance.metadata_tags)(
        {"enabled": "true", "disabled": "false"}.get(value, value)
    ),
    "metadata-options.state": filters.constant("applied"),
    "monitoring-state": lambda value: filters.flag(Instance.monitoring)(
        {"enabled": "true", "disabled": "false"}.get(value, value)
    ),
    "network-performance-options.bandwidth-weighting": filters.constant("default"),
    "operator.managed": filters.constant("false"),
    "platform-details": filters.constant("Linux/UNIX"),
    "private-dns-name-options.enable-resource-name-dns-a-record": filters.constant("false"),
    "private-dns-name-options.enable-resource-name-dns-aaaa-record": filters.constant("false"),
    "private-dns-name-options.hostname-type": filters.constant("ip-name"),
    "product-code": lambda value: Instance.id.in_(
        select(ProductCode.resource_id).where(filters.text(ProductCode.code)(value))
    ),
    "product-code.type": lambda value: and_(
        filters.constant("marketplace")(value), Instance.id.in_(select(ProductCode.resource_id))
    ),
    "reason": filters.text(Instance.state_transition_reason),
    "state-reason-message": filters.text(Instance.state_reason_message),
    "usage-operation": filters.constant("RunInstances"),
    "source-dest-check": INTERFACES["source-dest-check"],
    **{f"network-interface.{name}": row for name, row in INTERFACES.items()},
    **{name: filters.constant(None) for name in ABSENT},
}


def instance_filters(call: Call) -> dict[str, filters.Filter]:
    """All filters, with those that depend on the region of the call."""
    label = "ip-" + func.replace(NetworkInterface.private_ip, ".", "-")
    private_name = _interface(label + f".{addresses.domain(call.region)}")
    zones = {zone_id(zone, call.region): zone for zone in call.settings.zone_names(call.region)}
    return FILTERS | {
        "availability-zone-id": lambda value: Instance.availability_zone == zones.get(value, ""),
        "iam-instance-profile.id": _profile_id(call),
        "network-interface.addresses.private-dns-name": private_name,
        "network-interface.private-dns-name": private_name,
        "private-dns-name": private_name,
    }
