"""Tags in requests and answers: limits, `TagSpecifications`, `TagSet`."""

from collections.abc import Mapping, Sequence
from typing import Any

from amiable.api.call import Call
from amiable.model.tag import put_tags
from amiable.protocol.faults import Fault

MAX_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
"""Characters, as the EC2 User Guide says; the API reference has 127 for keys."""
SHARED_TAGS = "ec2:SharedTag/"
"""Tags whose keys begin so are seen by everyone who sees the resource."""


def check_tags(tags: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Tags of a request as a dict. Raises the faults for keys, values and numbers out of bounds."""
    checked: dict[str, str] = {}
    for tag in tags:
        key, value = str(tag.get("Key") or ""), str(tag.get("Value") or "")
        if not key:
            raise Fault("InvalidParameterValue", "Tag keys must not be empty.")
        _check_length("key", key, LONGEST_KEY)
        _check_length("value", value, LONGEST_VALUE)
        if key.lower().startswith("aws:"):
            raise Fault(
                "InvalidParameterValue",
                f"Tag keys starting with 'aws:' are reserved for internal use: '{key}'",
            )
        if key in checked:
            raise Fault("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")
        checked[key] = value
    if len(checked) > MAX_TAGS:
        raise Fault("TagLimitExceeded", f"More than {MAX_TAGS} tags specified.")
    return checked


def _check_length(part: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise Fault("InvalidParameterValue", f"Tag {part} exceeds the maximum length of {longest}: '{text}'")


def specified(request: Mapping[str, Any], *allowed: str) -> dict[str, dict[str, str]]:
    """Tags by resource type from `TagSpecifications`; types not `allowed` are refused."""
    found: dict[str, dict[str, str]] = {}
    for specification in request.get("TagSpecifications") or ():
        kind = str(specification.get("ResourceType") or "")
        if kind not in allowed:
            raise Fault(
                "InvalidParameterValue",
                f"'{kind}' is not a valid taggable resource type for this operation.",
            )
        if kind in found:
            raise Fault("InvalidParameterValue", f"Duplicate resource type '{kind}' in TagSpecifications.")
        found[kind] = check_tags(specification.get("Tags") or ())
    return found


def apply(call: Call, resource_id: str, resource_type: str, tags: Mapping[str, str] | None) -> None:
    """Tag a new resource of the caller."""
    if tags:
        put_tags(
            call.session,
            resource_id,
            resource_type,
            tags,
            account_id=call.account_id,
            region=call.region,
        )


def tag_set(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    """The `Tags` member of an answer."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
