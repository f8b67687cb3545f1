"""Network ACLs: each VPC has its default one, which allows everything; no others can be made.

It is no row: its id carries the digits of the VPC's id, the associations' ids those of the subnets'.
"""

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.api.owned import answer, listed, select_owned
from amiable.api.table import Shape, operation
from amiable.model.network import Subnet, Vpc


def _as_vpc(value: str) -> filters.Condition:
    return filters.text(Vpc.id)("vpc-" + value.removeprefix("acl-"))


def _subnet(value: str) -> filters.Condition:
    return Vpc.subnets.any(filters.text(Subnet.id)(value))


def _association(value: str) -> filters.Condition:
    return _subnet("subnet-" + value.removeprefix("aclassoc-"))


FILTERS: dict[str, filters.Filter] = {
    "association.association-id": _association,
    "association.network-acl-id": _as_vpc,
    "association.subnet-id": _subnet,
    "default": filters.constant("true"),
    "network-acl-id": _as_vpc,
    "owner-id": filters.text(Vpc.account_id),
    "vpc-id": filters.text(Vpc.id),
}


@operation("ec2", "DescribeNetworkAcls")
def describe_network_acls(call: Call, request: Shape) -> Shape:
    """The default network ACL of each VPC: it allows everything, and there are no others."""
    wanted = list(request.get("NetworkAclIds") or ())
    check_ids("acl", *wanted)
    vpc_ids = [one.replace("acl-", "vpc-", 1) for one in wanted]
    query = select_owned(call, Vpc)
    known = set(call.session.scalars(query.with_only_columns(Vpc.id).where(Vpc.id.in_(vpc_ids))))
    if missing := [one for one, vpc_id in zip(wanted, vpc_ids, strict=True) if vpc_id not in known]:
        raise not_found("acl", *missing)
    narrowed = [Vpc.id.in_(vpc_ids)] if wanted else []
    rows, _, token = listed(
        call, "DescribeNetworkAcls", request, query, Vpc.id, "vpc", "VpcIds", FILTERS, narrowed
    )
    return answer("NetworkAcls", [_shape(row) for row in rows], token)


def _shape(vpc: Vpc) -> Shape:
    acl = vpc.id.replace("vpc-", "acl-", 1)
    entry = {"CidrBlock": "0.0.0.0/0", "Protocol": "-1"}
    return {
        "NetworkAclId": acl,
        "VpcId": vpc.id,
        "OwnerId": vpc.account_id,
        "IsDefault": True,
        "Associations": [
            {
                "NetworkAclAssociationId": subnet.id.replace("subnet-", "aclassoc-", 1),
                "NetworkAclId": acl,
                "SubnetId": subnet.id,
            }
            for subnet in vpc.subnets
        ],
        "Entries": [
            {**entry, "Egress": egress, "RuleNumber": number, "RuleAction": action}
            for egress in (True, False)
            for number, action in ((100, "allow"), (32767, "deny"))
        ],
        "Tags": [],
    }
