"""Distribution configurations: where a new image goes, its name there, for whom, and what points at it."""

import re

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.imagebuilder.configurations import replace
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import add, check_tags, deleted, found, listed, of_owner, with_request
from amiable.api.imagebuilder.shapes import configuration
from amiable.api.table import Shape, operation
from amiable.builder.execution.names import dated
from amiable.model.account import Account
from amiable.model.builder_resource import BuilderResource
from amiable.model.launch_template import LaunchTemplate

KIND = "distribution-configuration"
TIMEOUT_MINUTES = 720
"""How long a distribution may take; AWS shows the same number."""
MOST_TEMPLATES = 100
DATE = "{{imagebuilder:buildDate}}"
_NAME = re.compile(r"[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]")
_REFUSED = {
    "containerDistributionConfiguration": "containers are not built here",
    "licenseConfigurationArns": "there is no license manager",
    "fastLaunchConfigurations": "fast launch is for Windows",
    "s3ExportConfiguration": "export the image with ExportImage",
}


def _check(call: Call, distributions: list[Shape]) -> None:
    """Raise the fault of a distribution that cannot be done here."""
    regions = [one["region"] for one in distributions]
    if len(set(regions)) < len(regions):
        raise invalid("A distribution configuration names each region once.")
    for one in distributions:
        if one["region"] not in call.settings.region_names:
            listed_ = ", ".join(call.settings.region_names)
            raise invalid(f"There is no region {one['region']} here; there are: {listed_}.")
        for member, reason in _REFUSED.items():
            if one.get(member):
                raise refused(f"{member}: {reason}.")
        _check_ami(call, one.get("amiDistributionConfiguration") or {})
        _check_templates(call, one)
        for parameter in one.get("ssmParameterConfigurations") or ():
            _check_account(call, parameter.get("amiAccountId"))


def _check_ami(call: Call, ami: Shape) -> None:
    name = ami.get("name")
    if name is not None and not (_NAME.fullmatch(name) and dated(name) and len(name) <= 127):
        raise invalid(f"The name '{name}' must contain {DATE} and have at most 127 characters.")
    if ami.get("kmsKeyId"):
        raise refused("kmsKeyId: nothing is encrypted at rest here.")
    check_tags(ami.get("amiTags") or {})
    permission = ami.get("launchPermission") or {}
    if set(permission.get("userGroups") or ()) - {"all"}:
        raise invalid("userGroups has only the group all.")
    for account in ami.get("targetAccountIds") or ():
        _check_account(call, account)


def _check_account(call: Call, account_id: str | None) -> None:
    if account_id and call.session.get(Account, account_id) is None:
        raise invalid(f"There is no account {account_id} on this server.")


def _check_templates(call: Call, distribution: Shape) -> None:
    templates = distribution.get("launchTemplateConfigurations") or []
    if len(templates) > MOST_TEMPLATES:
        raise invalid(f"A region has at most {MOST_TEMPLATES} launch templates.")
    for template in templates:
        account = template.get("accountId") or call.account_id
        if account != call.account_id:
            raise refused("A launch template of another account cannot be changed from this one.")
        known = call.session.scalar(
            select(LaunchTemplate).where(
                LaunchTemplate.id == template["launchTemplateId"],
                LaunchTemplate.account_id == account,
                LaunchTemplate.region == distribution["region"],
            )
        )
        if known is None:
            where = distribution["region"]
            raise invalid(f"There is no launch template {template['launchTemplateId']} in {where}.")


def _data(call: Call, request: Shape) -> Shape:
    _check(call, request["distributions"])
    return {"description": request.get("description"), "distributions": request["distributions"]}


@operation("imagebuilder", "CreateDistributionConfiguration")
def create_distribution_configuration(call: Call, request: Shape) -> Shape:
    """Say where new images go."""
    arn = add(call, "CreateDistributionConfiguration", request, KIND, _data(call, request))
    return with_request(call, {"clientToken": request["clientToken"], "distributionConfigurationArn": arn})


@operation("imagebuilder", "UpdateDistributionConfiguration")
def update_distribution_configuration(call: Call, request: Shape) -> Shape:
    """Replace a distribution configuration."""
    arn = request["distributionConfigurationArn"]
    replace(call, "UpdateDistributionConfiguration", request, arn, KIND, _data(call, request))
    return with_request(call, {"clientToken": request["clientToken"], "distributionConfigurationArn": arn})


@operation("imagebuilder", "GetDistributionConfiguration")
def get_distribution_configuration(call: Call, request: Shape) -> Shape:
    """A distribution configuration."""
    row = found(call, request["distributionConfigurationArn"], KIND, own=True)
    shape = {**configuration(row), "timeoutMinutes": TIMEOUT_MINUTES}
    return with_request(call, {"distributionConfiguration": shape})


@operation("imagebuilder", "ListDistributionConfigurations")
def list_distribution_configurations(call: Call, request: Shape) -> Shape:
    """The caller's distribution configurations."""

    def shape(row: BuilderResource) -> Shape:
        regions = [one["region"] for one in row.data["distributions"]]
        return {**configuration(row, "description"), "regions": regions}

    rows = of_owner(call, KIND, "Self")
    member = "distributionConfigurationSummaryList"
    filters = {"name": lambda row: row.name}
    return listed(call, "ListDistributionConfigurations", request, member, rows, shape, filters)


@operation("imagebuilder", "DeleteDistributionConfiguration")
def delete_distribution_configuration(call: Call, request: Shape) -> Shape:
    """Delete a configuration that no pipeline names."""
    arn = deleted(call, request["distributionConfigurationArn"], KIND)
    return with_request(call, {"distributionConfigurationArn": arn})
