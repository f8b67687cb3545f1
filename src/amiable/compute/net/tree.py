"""The metadata tree of an instance: pure. One dict is both what a listing shows and what answers.

    {"ami-id": "ami-…", "placement": {"region": …}, "public-keys": {"0=name": {"openssh-key": …}}, …}

A leaf is text, bytes or a function that makes text (signatures are made only when asked for). Nothing is in
the tree that is not true of this instance. Categories:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from amiable.compute.net.identity import Identity, envelope, signature

Leaf = str | bytes | Callable[[], str]
Tree = dict[str, "Tree | Leaf"]

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
_TAG_KEY = re.compile(r"[A-Za-z0-9+\-=.,_:@]+")
_NOT_TAG_KEYS = (".", "..", "_index")


@dataclass(frozen=True)
class InterfaceMetadata:
    """One network interface as the tree shows it."""

    id: str
    mac: str
    device_number: int
    local_ipv4: str
    subnet_id: str
    subnet_cidr: str
    vpc_id: str
    vpc_cidr: str
    local_hostname: str
    public_ipv4: str | None = None
    security_groups: tuple[tuple[str, str], ...] = ()
    """(id, name) of each."""


@dataclass(frozen=True)
class InstanceMetadata:
    """What an instance may know about itself, and how it may ask."""

    instance_id: str
    image_id: str
    instance_type: str
    account_id: str
    region: str
    zone: str
    zone_id: str
    hostname: str
    """The full private name, `ip-10-0-0-5.ec2.internal`."""
    interfaces: tuple[InterfaceMetadata, ...]
    """The first is the primary one."""
    reservation_id: str
    pending_time: datetime
    architecture: str = "x86_64"
    launch_index: int = 0
    public_keys: Mapping[str, str] = field(default_factory=dict)
    """OpenSSH public key by name."""
    user_data: bytes | None = None
    block_devices: Mapping[str, str] = field(default_factory=dict)
    """Device by virtual name: `ami`, `root`, `ebs1`, …"""
    tags: Mapping[str, str] = field(default_factory=dict)
    ancestor_image_ids: tuple[str, ...] = ()
    product_codes: tuple[str, ...] = ()
    instance_profile: tuple[str, str] | None = None
    """ARN and id."""
    http_tokens: str = "optional"
    """`optional` or `required`."""
    http_endpoint: str = "enabled"
    """`enabled` or `disabled`."""
    hop_limit: int = 1
    instance_metadata_tags: str = "disabled"
    """`enabled` or `disabled`."""


def build(one: InstanceMetadata, identity: Identity | None) -> Tree:
    """The tree below a version. Signatures are there only with an identity to sign with."""
    text = document(one)
    dynamic: Tree = {"document": text}
    if identity is not None:
        raw = text.encode()
        dynamic["signature"] = lambda: signature(identity, raw)
        dynamic["pkcs7"] = dynamic["rsa2048"] = lambda: envelope(identity, raw)
    tree: Tree = {
        "dynamic": {"instance-identity": dynamic, "fws": {"instance-monitoring": "disabled"}},
        "meta-data": _meta_data(one),
    }
    if one.user_data is not None:
        tree["user-data"] = one.user_data
    return tree


def document(one: InstanceMetadata) -> str:
    """The instance identity document, laid out as AWS does."""
    values = {
        "accountId": one.account_id,
        "architecture": one.architecture,
        "availabilityZone": one.zone,
        "billingProducts": None,
        "devpayProductCodes": None,
        "marketplaceProductCodes": list(one.product_codes) or None,
        "imageId": one.image_id,
        "instanceId": one.instance_id,
        "instanceType": one.instance_type,
        "kernelId": None,
        "pendingTime": one.pending_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "privateIp": one.interfaces[0].local_ipv4,
        "ramdiskId": None,
        "region": one.region,
        "version": "2017-09-30",
    }
    return json.dumps(values, indent=2, separators=(",", " : "))


def find(tree: Tree, path: list[str]) -> "Tree | Leaf | None":
    """The node at a path of segments; None if there is none. Below public-keys, `0` finds `0=name`."""
    node: Tree | Leaf = tree
    for segment in path:
        if not isinstance(node, dict):
            return None
        numbered = (name for name in node if isinstance(node[name], dict) and name.startswith(segment + "="))
        name = segment if segment in node else next(numbered, None)
        if name is None:
            return None
        node = node[name]
    return node


def listing(tree: Tree) -> str:
    """One line an entry; a directory ends with `/`, except numbered ones (`0=name`), as AWS shows them."""
    return "\n".join(
        name + "/" if isinstance(node, dict) and "=" not in name else name
        for name, node in sorted(tree.items())
    )


def _meta_data(one: InstanceMetadata) -> Tree:
    primary = one.interfaces[0]
    names = [name for _, name in primary.security_groups]
    tree: Tree = {
        "ami-id": one.image_id,
        "ami-launch-index": str(one.launch_index),
        "ami-manifest-path": "(unknown)",
        "hostname": one.hostname,
        "instance-action": "none",
        "instance-id": one.instance_id,
        "instance-life-cycle": "on-demand",
        "instance-type": one.instance_type,
        "local-hostname": one.hostname,
        "local-ipv4": primary.local_ipv4,
        "mac": primary.mac,
        "network": {"interfaces": {"macs": {each.mac: _interface(one, each) for each in one.interfaces}}},
        "placement": {
            "availability-zone": one.zone,
            "availability-zone-id": one.zone_id,
            "region": one.region,
        },
        "profile": "default-hvm",
        "reservation-id": one.reservation_id,
        "security-groups": "\n".join(names),
        "services": {"domain": "amazonaws.com", "partition": "aws"},
    }
    if primary.public_ipv4 is not None:
        tree["public-ipv4"] = primary.public_ipv4
    if one.block_devices:
        tree["block-device-mapping"] = dict(one.block_devices)
    if one.public_keys:
        keys = enumerate(one.public_keys.items())
        tree["public-keys"] = {
            f"{index}={name}": {"openssh-key": text.strip()} for index, (name, text) in keys
        }
    if one.instance_profile is not None:
        tree["iam"] = {"info": _profile(one.instance_profile, one.pending_time)}
    if one.ancestor_image_ids:
        tree["ancestor-ami-ids"] = "\n".join(one.ancestor_image_ids)
    if one.product_codes:
        tree["product-codes"] = "\n".join(one.product_codes)
    shown = {
        key: value for key, value in one.tags.items() if _TAG_KEY.fullmatch(key) and key not in _NOT_TAG_KEYS
    }
    if one.instance_metadata_tags == "enabled" and shown:
        tree["tags"] = {"instance": dict(shown)}
    return tree


def _profile(profile: tuple[str, str], since: datetime) -> str:
    """The profile by name: there are no roles here, so no credentials follow from it."""
    arn, profile_id = profile
    values = {
        "Code": "Success",
        "LastUpdated": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "InstanceProfileArn": arn,
        "InstanceProfileId": profile_id,
    }
    return json.dumps(values, indent=2, separators=(",", " : "))


def _interface(instance: InstanceMetadata, one: InterfaceMetadata) -> Tree:
    tree: Tree = {
        "device-number": str(one.device_number),
        "interface-id": one.id,
        "local-hostname": one.local_hostname,
        "local-ipv4s": one.local_ipv4,
        "mac": one.mac,
        "owner-id": instance.account_id,
        "security-group-ids": "\n".join(group for group, _ in one.security_groups),
        "security-groups": "\n".join(name for _, name in one.security_groups),
        "subnet-id": one.subnet_id,
        "subnet-ipv4-cidr-block": one.subnet_cidr,
        "vpc-id": one.vpc_id,
        "vpc-ipv4-cidr-block": one.vpc_cidr,
        "vpc-ipv4-cidr-blocks": one.vpc_cidr,
    }
    if one.public_ipv4 is not None:
        tree["public-ipv4s"] = one.public_ipv4
        tree["ipv4-associations"] = {one.public_ipv4: one.local_ipv4}
    return tree
