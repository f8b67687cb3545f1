"""Account attributes: what old clients ask before they launch."""

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.quotas import limit_of
from amiable.api.table import Shape, operation
from amiable.model.network import default_vpc


@operation("ec2", "DescribeAccountAttributes")
def describe_account_attributes(call: Call, request: Shape) -> Shape:
    """Platform, default VPC and limits of the account, in the region."""
    vpc = default_vpc(call.session, call.account_id, call.region)
    attributes = {
        "supported-platforms": "VPC",
        "default-vpc": vpc.id if vpc else "none",
        # An instance needs a user id of its own on its host; there is no other limit.
        "max-instances": str(call.settings.uid_count),
        "max-elastic-ips": str(limit_of(call, "addresses")),
        "vpc-max-elastic-ips": str(limit_of(call, "addresses")),
    }
    wanted = list(request.get("AttributeNames") or ())
    missing = sorted(set(wanted) - set(attributes))
    if missing:
        raise invalid(f"Value ({missing[0]}) for parameter attributeName is invalid.")
    return {
        "AccountAttributes": [
            {"AttributeName": name, "AttributeValues": [{"AttributeValue": value}]}
            for name, value in attributes.items()
            if not wanted or name in wanted
        ]
    }
