"""Infrastructure configurations: what build and test instances are like, and what becomes of them."""

from amiable.api.call import Call
from amiable.api.imagebuilder.configurations import replace
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import add, check_tags, deleted, found, listed, of_owner, with_request
from amiable.api.imagebuilder.shapes import configuration
from amiable.api.table import Shape, operation
from amiable.model.builder_resource import BuilderResource
from amiable.model.instance_type import TYPES
from amiable.model.key_pair import KeyPair
from amiable.model.network import Subnet
from amiable.model.security_group import SecurityGroup

KIND = "infrastructure-configuration"
MEMBERS = (
    "description",
    "instanceTypes",
    "instanceProfileName",
    "securityGroupIds",
    "subnetId",
    "keyPair",
    "terminateInstanceOnFailure",
    "terminateInstanceOnCompletion",
    "resourceTags",
    "instanceMetadataOptions",
    "placement",
)
_REFUSED = {
    "logging": "logs are kept by the server: read them with GetBuildLog of the service amiable.",
    "snsTopicArn": "there is no notification service here.",
    "parentInstance": "there are no Auto Scaling groups here.",
}


def _data(call: Call, request: Shape) -> Shape:
    """The configuration of a request, checked."""
    for member, reason in _REFUSED.items():
        if request.get(member):
            raise refused(f"{member}: {reason}")
    for name in request.get("instanceTypes") or ():
        if name not in TYPES:
            raise invalid(f"There is no instance type {name}.")
    for group in request.get("securityGroupIds") or ():
        _check_own(call, call.session.get(SecurityGroup, group), f"security group {group}")
    if subnet := request.get("subnetId"):
        _check_own(call, call.session.get(Subnet, subnet), f"subnet {subnet}")
    if request.get("securityGroupIds") and not request.get("subnetId"):
        raise invalid("securityGroupIds need subnetId, as on AWS: groups belong to a network.")
    if (key := request.get("keyPair")) and not _key_pair(call, key):
        raise invalid(f"There is no key pair {key}.")
    placement = request.get("placement") or {}
    if placement.get("tenancy") not in (None, "default") or set(placement) - {"availabilityZone", "tenancy"}:
        raise refused("placement: only availabilityZone; all tenants share the host.")
    tags = request.get("resourceTags") or {}
    check_tags(tags)
    data = {key: request[key] for key in MEMBERS if request.get(key) is not None}
    data.setdefault("terminateInstanceOnFailure", True)
    data.setdefault("terminateInstanceOnCompletion", True)
    return data


def _check_own(call: Call, row: SecurityGroup | Subnet | None, what: str) -> None:
    if row is None or (row.account_id, row.region) != (call.account_id, call.region):
        raise invalid(f"There is no {what}.")


def _key_pair(call: Call, name: str) -> KeyPair | None:
    return (
        call.session.query(KeyPair)
        .filter_by(account_id=call.account_id, region=call.region, name=name)
        .one_or_none()
    )


@operation("imagebuilder", "CreateInfrastructureConfiguration")
def create_infrastructure_configuration(call: Call, request: Shape) -> Shape:
    """Describe the instances that images are built and tested on."""
    arn = add(call, "CreateInfrastructureConfiguration", request, KIND, _data(call, request))
    return with_request(call, {"clientToken": request["clientToken"], "infrastructureConfigurationArn": arn})


@operation("imagebuilder", "UpdateInfrastructureConfiguration")
def update_infrastructure_configuration(call: Call, request: Shape) -> Shape:
    """Replace a configuration; builds under way keep what they began with."""
    arn = request["infrastructureConfigurationArn"]
    replace(call, "UpdateInfrastructureConfiguration", request, arn, KIND, _data(call, request))
    return with_request(call, {"clientToken": request["clientToken"], "infrastructureConfigurationArn": arn})


@operation("imagebuilder", "GetInfrastructureConfiguration")
def get_infrastructure_configuration(call: Call, request: Shape) -> Shape:
    """An infrastructure configuration."""
    row = found(call, request["infrastructureConfigurationArn"], KIND, own=True)
    return with_request(call, {"infrastructureConfiguration": configuration(row)})


@operation("imagebuilder", "ListInfrastructureConfigurations")
def list_infrastructure_configurations(call: Call, request: Shape) -> Shape:
    """The caller's infrastructure configurations."""

    def shape(row: BuilderResource) -> Shape:
        kept = ("description", "resourceTags", "instanceTypes", "instanceProfileName", "placement")
        return configuration(row, *kept)

    filters = {"name": lambda row: row.name}
    rows = of_owner(call, KIND, "Self")
    return listed(
        call,
        "ListInfrastructureConfigurations",
        request,
        "infrastructureConfigurationSummaryList",
        rows,
        shape,
        filters,
    )


@operation("imagebuilder", "DeleteInfrastructureConfiguration")
def delete_infrastructure_configuration(call: Call, request: Shape) -> Shape:
    """Delete a configuration that no pipeline names."""
    arn = deleted(call, request["infrastructureConfigurationArn"], KIND)
    return with_request(call, {"infrastructureConfigurationArn": arn})
