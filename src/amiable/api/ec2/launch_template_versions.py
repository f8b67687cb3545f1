"""Versions of launch templates: create, describe, delete. Numbers are given once and never again."""

from collections.abc import Sequence

from sqlalchemy import Select, false, func, or_, select

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.client_tokens import made_before, remember
from amiable.api.ec2.launch_template_data import check_data, data_shape, on_source, stored, warnings
from amiable.api.ec2.launch_template_lookup import (
    DEFAULT,
    LATEST,
    latest_number,
    named_template,
    named_version,
    version_number,
)
from amiable.api.ec2.launch_templates import created_by, version_row
from amiable.api.faults import combination, invalid
from amiable.api.owned import answer, select_owned
from amiable.api.paging import page_of
from amiable.api.quotas import check_quota
from amiable.api.table import Shape, operation
from amiable.model.launch_template import LaunchTemplate, LaunchTemplateVersion
from amiable.protocol.faults import Fault

MOST_DELETED = 200


def _member(name: str) -> filters.Filter:
    """A text member of the data."""
    return filters.text(LaunchTemplateVersion.data[name].as_string())


FILTERS: dict[str, filters.Filter] = {
    "create-time": filters.instant(LaunchTemplateVersion.created_at),
    "ebs-optimized": filters.flag(
        func.coalesce(LaunchTemplateVersion.data["EbsOptimized"].as_boolean(), false())
    ),
    "http-endpoint": filters.text(LaunchTemplateVersion.data["MetadataOptions", "HttpEndpoint"].as_string()),
    "http-tokens": filters.text(LaunchTemplateVersion.data["MetadataOptions", "HttpTokens"].as_string()),
    "iam-instance-profile": filters.text(LaunchTemplateVersion.data["IamInstanceProfile", "Arn"].as_string()),
    "image-id": filters.text(LaunchTemplateVersion.image_id),
    "instance-type": _member("InstanceType"),
    "is-default-version": filters.flag(LaunchTemplateVersion.number == LaunchTemplate.default_version),
    "kernel-id": _member("KernelId"),
    "network-card-index": filters.constant("0"),
    "ram-disk-id": _member("RamDiskId"),
}


def version_shape(
    call: Call, template: LaunchTemplate, version: LaunchTemplateVersion, *, resolve: bool = False
) -> Shape:
    """A version as EC2 prints it."""
    shape: Shape = {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version.number,
        "CreateTime": version.created_at,
        "CreatedBy": created_by(template.account_id),
        "DefaultVersion": version.number == template.default_version,
        "LaunchTemplateData": data_shape(call, version.data, resolve=resolve),
    }
    return shape | {"VersionDescription": version.description} if version.description else shape


@operation("ec2", "CreateLaunchTemplateVersion")
def create_launch_template_version(call: Call, request: Shape) -> Shape:
    """Make a new version of a launch template, from nothing or on top of another version."""
    template = named_template(call, request, lock=True)
    resolve = bool(request.get("ResolveAlias"))
    if known := made_before(call, "CreateLaunchTemplateVersion", request):
        before = named_version(call, template, known)
        return {"LaunchTemplateVersion": version_shape(call, template, before, resolve=resolve)}
    data = stored(request["LaunchTemplateData"])
    check_data(data)
    if source := request.get("SourceVersion"):
        data = on_source(named_version(call, template, source).data, data)
    count = select(func.count()).where(LaunchTemplateVersion.template_id == template.id)
    check_quota(call, "launch-template-versions", (call.session.scalar(count) or 0) + 1)
    template.latest_version += 1
    version = version_row(call, template, template.latest_version, data, request.get("VersionDescription"))
    call.session.add(version)
    remember(call, "CreateLaunchTemplateVersion", request, str(version.number))
    call.session.flush()
    shape = {"LaunchTemplateVersion": version_shape(call, template, version, resolve=resolve)}
    warning = warnings(call, data)
    return shape | {"Warning": warning} if warning else shape


@operation("ec2", "DescribeLaunchTemplateVersions")
def describe_launch_template_versions(call: Call, request: Shape) -> Shape:
    """Versions of one launch template, or the latest or default ones of all."""
    versions = list(request.get("Versions") or ())
    query = (
        select_owned(call, LaunchTemplate)
        .join(LaunchTemplateVersion, LaunchTemplateVersion.template_id == LaunchTemplate.id)
        .with_only_columns(LaunchTemplateVersion)
    )
    if request.get("LaunchTemplateId") or request.get("LaunchTemplateName"):
        query = _of_one(call, query, request, versions)
    else:
        query = _of_all(query, request, versions)
    query = query.where(*filters.conditions(FILTERS, request.get("Filters"), call))
    rows, token = page_of(
        call,
        "DescribeLaunchTemplateVersions",
        list(call.session.scalars(query)),
        _newest_first,
        request,
        smallest=1,
        largest=200,
    )
    owners = {
        row.id: row
        for row in call.session.scalars(
            select(LaunchTemplate).where(LaunchTemplate.id.in_({row.template_id for row in rows}))
        )
    }
    resolve = bool(request.get("ResolveAlias"))
    shapes = [version_shape(call, owners[row.template_id], row, resolve=resolve) for row in rows]
    return answer("LaunchTemplateVersions", shapes, token)


def _newest_first(version: LaunchTemplateVersion) -> str:
    return f"{version.template_id} {10**12 - version.number}"


def _of_one(
    call: Call, query: Select[LaunchTemplateVersion], request: Shape, versions: Sequence[str]
) -> Select[LaunchTemplateVersion]:
    template = named_template(call, request)
    least, most = request.get("MinVersion"), request.get("MaxVersion")
    if versions and (least or most):
        raise combination("Versions cannot be used together with MinVersion or MaxVersion.")
    latest = latest_number(call, template)
    query = query.where(LaunchTemplate.id == template.id)
    if versions:
        numbers = [named_version(call, template, text).number for text in versions]
        query = query.where(LaunchTemplateVersion.number.in_(numbers))
    if least:
        query = query.where(LaunchTemplateVersion.number >= version_number(template, least, latest))
    if most:
        query = query.where(LaunchTemplateVersion.number <= version_number(template, most, latest))
    return query


def _of_all(
    query: Select[LaunchTemplateVersion], request: Shape, versions: Sequence[str]
) -> Select[LaunchTemplateVersion]:
    if not versions or set(versions) - {LATEST, DEFAULT}:
        raise invalid(
            "Without a launch template ID or name, the versions must be '$Latest', '$Default' or both."
        )
    if request.get("MinVersion") or request.get("MaxVersion"):
        raise combination("MinVersion and MaxVersion need a launch template ID or name.")
    other = select(func.max(LaunchTemplateVersion.number)).where(
        LaunchTemplateVersion.template_id == LaunchTemplate.id
    )
    newest = other.correlate(LaunchTemplate).scalar_subquery()
    chosen = {
        LATEST: LaunchTemplateVersion.number == newest,
        DEFAULT: LaunchTemplateVersion.number == LaunchTemplate.default_version,
    }
    return query.where(or_(*(chosen[version] for version in set(versions))))


@operation("ec2", "DeleteLaunchTemplateVersions")
def delete_launch_template_versions(call: Call, request: Shape) -> Shape:
    """Delete versions of a launch template, each by itself; the default one cannot be deleted."""
    template = named_template(call, request, lock=True)
    if len(request["Versions"]) > MOST_DELETED:
        raise invalid(f"More than {MOST_DELETED} versions specified.")
    deleted, kept = [], []
    for text in dict.fromkeys(request["Versions"]):
        named = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
        try:
            version = _deletable(call, template, text)
        except Fault as fault:
            number = {"VersionNumber": int(text)} if text.isascii() and text.isdigit() else {}
            missing = fault.code == "InvalidLaunchTemplateId.VersionNotFound"
            code = "launchTemplateVersionDoesNotExist" if missing else "unexpectedError"
            kept.append({**named, **number, "ResponseError": {"Code": code, "Message": fault.message}})
        else:
            deleted.append({**named, "VersionNumber": version.number})
            call.session.delete(version)
            call.session.flush()
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": deleted,
        "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
    }


def _deletable(call: Call, template: LaunchTemplate, text: str) -> LaunchTemplateVersion:
    if text in (LATEST, DEFAULT):
        raise invalid("Versions must be given by number.")
    version = named_version(call, template, text)
    if version.number == template.default_version:
        raise invalid("The default version cannot be deleted. Make another version the default first.")
    return version
