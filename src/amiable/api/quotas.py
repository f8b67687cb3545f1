"""Quotas: one declared row each, with AWS's default and the code that AWS answers beyond it.

The setting `quotas` changes a limit: `quotas = { images = "100" }`. The built-in account has no limits.
"""

from dataclasses import dataclass

from amiable.api.call import Call
from amiable.model.account import Account
from amiable.protocol.faults import Fault


@dataclass(frozen=True)
class Quota:
    """A limit for an account in a region, unless `what` says otherwise."""

    limit: int
    code: str
    what: str


QUOTAS: dict[str, Quota] = {
    "images": Quota(50000, "AMIQuotaExceeded", "AMIs, those in the recycle bin included"),
    "public-images": Quota(5, "PublicAMIQuotaExceeded", "public AMIs"),
    "image-shares": Quota(
        1000, "AMISharingQuotaExceeded", "accounts, organisations and units an AMI is shared with"
    ),
    "image-copies": Quota(100, "ResourceLimitExceeded", "copies of AMIs under way to a region"),
    "instances": Quota(1000, "InstanceLimitExceeded", "instances that are not terminated"),
    "snapshots": Quota(100000, "SnapshotLimitExceeded", "snapshots"),
    "pending-snapshots": Quota(100, "PendingSnapshotLimitExceeded", "snapshots under way"),
    "snapshot-copies": Quota(20, "ResourceLimitExceeded", "copies of snapshots under way to a region"),
    "volumes": Quota(5000, "VolumeLimitExceeded", "volumes"),
    "key-pairs": Quota(5000, "ResourceLimitExceeded", "key pairs"),
    "vpcs": Quota(5, "VpcLimitExceeded", "VPCs"),
    "subnets": Quota(200, "SubnetLimitExceeded", "subnets of a VPC"),
    "internet-gateways": Quota(5, "InternetGatewayLimitExceeded", "internet gateways"),
    "route-tables": Quota(200, "RouteTableLimitExceeded", "route tables of a VPC"),
    "routes": Quota(50, "RouteLimitExceeded", "routes of a route table"),
    "addresses": Quota(5, "AddressLimitExceeded", "elastic addresses"),
    "network-interfaces": Quota(5000, "NetworkInterfaceLimitExceeded", "network interfaces"),
    "security-groups": Quota(2500, "SecurityGroupLimitExceeded", "security groups"),
    "launch-templates": Quota(5000, "MaxTemplateLimitExceeded", "launch templates"),
    "launch-template-versions": Quota(
        10000, "MaxTemplateVersionLimitExceeded", "versions of a launch template"
    ),
    "inspections": Quota(20, "ResourceLimitExceeded", "inspections under way"),
    "parameters": Quota(10000, "ParameterLimitExceeded", "parameters"),
    "recycle-rules": Quota(250, "ServiceQuotaExceededException", "retention rules of the recycle bin"),
}


def limit_of(call: Call, name: str) -> int:
    """The limit in force."""
    return int(call.settings.quotas.get(name, QUOTAS[name].limit))


def check_quota(call: Call, name: str, there_will_be: int) -> None:
    """Raise the quota's fault when there would be more than the limit."""
    limit = limit_of(call, name)
    if there_will_be <= limit or call.session.get_one(Account, call.account_id).alias:
        return
    row = QUOTAS[name]
    raise Fault(
        row.code, f"You have reached your limit of {limit} {row.what}; the setting quotas.{name} raises it."
    )
