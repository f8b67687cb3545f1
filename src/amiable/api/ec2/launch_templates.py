"""Launch templates: create, describe, choose the default version, delete; versions have their own file."""

from sqlalchemy import func, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.launch_template_data import check_data, stored, warnings
from amiable.api.ec2.launch_template_lookup import (
    check_name,
    name_not_found,
    named_template,
    named_version,
)
from amiable.api.faults import invalid, not_found, unsupported
from amiable.api.owned import answer, listed, select_owned
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.api.tags import apply, specified, tag_set
from amiable.core import ids
from amiable.model.launch_template import LaunchTemplate, LaunchTemplateVersion
from amiable.model.tag import drop_tags, tags_of
from amiable.protocol.faults import Fault

FILTERS: dict[str, filters.Filter] = {
    "create-time": filters.instant(LaunchTemplate.created_at),
    "launch-template-id": filters.text(LaunchTemplate.id),
    "launch-template-name": filters.text(LaunchTemplate.name),
}


def template_shape(template: LaunchTemplate, tags: dict[str, str] | None) -> Shape:
    """A template as EC2 prints it."""
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.created_at,
        "CreatedBy": created_by(template.account_id),
        "DefaultVersionNumber": template.default_version,
        "LatestVersionNumber": template.latest_version,
        "Tags": tag_set(tags),
    }


def created_by(account_id: str) -> str:
    """An account has no users: it is always its root."""
    return f"arn:aws:iam::{account_id}:root"


def _shape(call: Call, template: LaunchTemplate) -> Shape:
    return template_shape(template, tags_of(call.session, [template.id], call.account_id).get(template.id))


def version_row(
    call: Call, template: LaunchTemplate, number: int, data: Shape, description: str | None
) -> LaunchTemplateVersion:
    """A new version of a template."""
    if description and len(description) > 255:
        raise invalid("The version description must not be longer than 255 characters.")
    return LaunchTemplateVersion(
        template_id=template.id,
        number=number,
        description=description,
        data=data,
        image_id=data.get("ImageId"),
        created_at=call.now,
    )


@operation("ec2", "CreateLaunchTemplate")
def create_launch_template(call: Call, request: Shape) -> Shape:
    """Make a launch template with its first version; what a launch would refuse is warned of."""
    if known := made_before(call, "CreateLaunchTemplate", request):
        template = call.session.get(LaunchTemplate, known)
        if template is None:
            raise not_found("lt", known)
        return {"LaunchTemplate": _shape(call, template)}
    if request.get("Operator"):
        raise unsupported("The parameter Operator is not supported.")
    name = request["LaunchTemplateName"]
    check_name(name)
    tags = specified(request, "launch-template").get("launch-template")
    if call.session.scalar(select_owned(call, LaunchTemplate).where(LaunchTemplate.name == name)) is not None:
        raise Fault(
            "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use."
        )
    count = select(func.count()).select_from(select_owned(call, LaunchTemplate).subquery())
    check_quota(call, "launch-templates", (call.session.scalar(count) or 0) + 1)
    data = stored(request["LaunchTemplateData"])
    check_data(data)
    template = LaunchTemplate(
        id=ids.new_id("lt"),
        region=call.region,
        account_id=call.account_id,
        name=name,
        default_version=1,
        latest_version=1,
        created_at=call.now,
    )
    call.session.add(template)
    template.versions.append(version_row(call, template, 1, data, request.get("VersionDescription")))
    call.session.flush()
    apply(call, template.id, "launch-template", tags)
    remember(call, "CreateLaunchTemplate", request, template.id)
    call.session.flush()
    shape = {"LaunchTemplate": _shape(call, template)}
    warning = warnings(call, data)
    return shape | {"Warning": warning} if warning else shape


@operation("ec2", "ModifyLaunchTemplate")
def modify_launch_template(call: Call, request: Shape) -> Shape:
    """Make another version of a launch template its default."""
    template = named_template(call, request, lock=True)
    wanted = request.get("DefaultVersion")
    if not wanted:
        raise Fault("MissingParameter", "The request must contain the parameter SetDefaultVersion")
    template.default_version = named_version(call, template, wanted).number
    call.session.flush()
    return {"LaunchTemplate": _shape(call, template)}


@operation("ec2", "DeleteLaunchTemplate")
def delete_launch_template(call: Call, request: Shape) -> Shape:
    """Delete a launch template with all of its versions; instances stay."""
    template = named_template(call, request, lock=True)
    shape = _shape(call, template)
    drop_tags(call.session, template.id)
    call.session.delete(template)
    call.session.flush()
    return {"LaunchTemplate": shape}


@operation("ec2", "DescribeLaunchTemplates")
def describe_launch_templates(call: Call, request: Shape) -> Shape:
    """The caller's launch templates, by id, name and filters."""
    query = select_owned(call, LaunchTemplate)
    by_name = request.get("LaunchTemplateNames") or []
    for name in by_name:
        check_name(name)
    if by_name:
        found = select_owned(call, LaunchTemplate).where(LaunchTemplate.name.in_(by_name))
        known = set(call.session.scalars(found.with_only_columns(LaunchTemplate.name)))
        if missing := [name for name in by_name if name not in known]:
            raise name_not_found(missing[0])
        query = query.where(LaunchTemplate.name.in_(by_name))
    rows, tags, token = listed(
        call,
        "DescribeLaunchTemplates",
        request,
        query,
        LaunchTemplate.id,
        "lt",
        "LaunchTemplateIds",
        FILTERS,
        smallest=1,
    )
    return answer("LaunchTemplates", [template_shape(row, tags.get(row.id)) for row in rows], token)
