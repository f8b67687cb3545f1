"""Which launch template, and which of its versions, a request names."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, combination, invalid, not_found
from amiable.api.owned import select_owned
from amiable.model.launch_template import LaunchTemplate, LaunchTemplateVersion
from amiable.protocol.faults import Fault

NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
LATEST, DEFAULT = "$Latest", "$Default"


def check_name(name: str) -> None:
    """Raise InvalidLaunchTemplateName.MalformedException."""
    if not NAME.fullmatch(name):
        raise Fault(
            "InvalidLaunchTemplateName.MalformedException",
            "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, "
            "and the following characters: - ( ) . / _.",
        )


def name_not_found(name: str) -> Fault:
    """InvalidLaunchTemplateName.NotFoundException."""
    return Fault(
        "InvalidLaunchTemplateName.NotFoundException",
        f"The specified launch template, with template name {name}, does not exist.",
    )


def named_template(call: Call, given: Mapping[str, Any], *, lock: bool = False) -> LaunchTemplate:
    """The caller's template of `LaunchTemplateId` or `LaunchTemplateName`. Raises their faults."""
    template_id, name = given.get("LaunchTemplateId"), given.get("LaunchTemplateName")
    if template_id and name:
        raise combination("The parameters launchTemplateId and launchTemplateName exclude each other.")
    if not (template_id or name):
        raise Fault(
            "MissingParameter",
            "Either a launch template ID or a launch template name must be specified in the request.",
        )
    query = select_owned(call, LaunchTemplate)
    if template_id:
        check_ids("lt", template_id)
        query = query.where(LaunchTemplate.id == template_id)
    else:
        check_name(str(name))
        query = query.where(LaunchTemplate.name == name)
    template: LaunchTemplate | None = call.session.scalar(query.with_for_update() if lock else query)
    if template is None:
        raise not_found("lt", template_id) if template_id else name_not_found(str(name))
    return template


def version_number(template: LaunchTemplate, text: str, latest: int) -> int:
    """The number that a version's name means. `latest` is the highest that there is."""
    if text == LATEST:
        return latest
    if text == DEFAULT:
        return template.default_version
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise invalid(
            "Invalid launch template version: either '$Default', '$Latest', or a numeric version are allowed."
        )
    return int(text)


def latest_number(call: Call, template: LaunchTemplate) -> int:
    """The highest version that has not been deleted."""
    found = call.session.scalar(
        select(LaunchTemplateVersion.number)
        .where(LaunchTemplateVersion.template_id == template.id)
        .order_by(LaunchTemplateVersion.number.desc())
        .limit(1)
    )
    return found or template.default_version


def version_not_found(template: LaunchTemplate, number: int | str) -> Fault:
    """InvalidLaunchTemplateId.VersionNotFound."""
    return Fault(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {number} for the launch template with ID {template.id}.",
    )


def named_version(call: Call, template: LaunchTemplate, text: str) -> LaunchTemplateVersion:
    """A version by number, `$Latest` or `$Default`. Raises InvalidLaunchTemplateId.VersionNotFound."""
    number = version_number(template, str(text), latest_number(call, template))
    version = call.session.get(LaunchTemplateVersion, (template.id, number))
    if version is None:
        raise version_not_found(template, number)
    return version
