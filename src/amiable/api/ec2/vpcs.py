"""VPCs: describe; what changes them is in vpc_changes.py."""

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.api.tags import tag_set
from amiable.model.network import Vpc

ASSOCIATION = "vpc-cidr-assoc-"
"""A VPC has one CIDR block; the id of their association carries the digits of the VPC's id."""

FILTERS: dict[str, filters.Filter] = {
    "cidr": filters.text(Vpc.cidr),
    "cidr-block-association.cidr-block": filters.text(Vpc.cidr),
    "cidr-block-association.association-id": lambda value: filters.text(Vpc.id)(
        value.replace(ASSOCIATION, "vpc-", 1)
    ),
    "cidr-block-association.state": filters.constant("associated"),
    "dhcp-options-id": filters.text(Vpc.dhcp_options_id),
    "ipv6-cidr-block-association.ipv6-cidr-block": filters.constant(None),
    "ipv6-cidr-block-association.ipv6-pool": filters.constant(None),
    "ipv6-cidr-block-association.association-id": filters.constant(None),
    "ipv6-cidr-block-association.state": filters.constant(None),
    "is-default": filters.flag(Vpc.is_default),
    "isDefault": filters.flag(Vpc.is_default),
    "owner-id": filters.text(Vpc.account_id),
    "state": filters.text(Vpc.state),
    "vpc-id": filters.text(Vpc.id),
}


@operation("ec2", "DescribeVpcs")
def describe_vpcs(call: Call, request: Shape) -> Shape:
    """The caller's VPCs, by id and filters."""
    vpcs, tagged, token = listed(
        call, "DescribeVpcs", request, select_owned(call, Vpc), Vpc.id, "vpc", "VpcIds", FILTERS
    )
    return answer("Vpcs", [vpc_shape(vpc, tagged.get(vpc.id)) for vpc in vpcs], token)


def vpc_shape(vpc: Vpc, own_tags: dict[str, str] | None) -> Shape:
    """A VPC as EC2 prints it."""
    return {
        "VpcId": vpc.id,
        "OwnerId": vpc.account_id,
        "State": vpc.state,
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [
            {
                "AssociationId": vpc.id.replace("vpc-", ASSOCIATION, 1),
                "CidrBlock": vpc.cidr,
                "CidrBlockState": {"State": "associated"},
            }
        ],
        "DhcpOptionsId": vpc.dhcp_options_id or "default",
        "InstanceTenancy": "default",
        "IsDefault": vpc.is_default,
        "Tags": tag_set(own_tags),
    }
