"""Builds by ARN, or by `name`, `name/1.0.0`, `name/1.0.0/2`: the newest that it fits."""

from typing import Any

from amiable.core.errors import NotFound


def builds(builder: Any, name: str | None = None) -> list[dict[str, Any]]:
    """The caller's builds, oldest first; of one image, if a name is given."""
    filters = [{"name": "name", "values": [name]}] if name else []
    pages = builder.get_paginator("list_image_build_versions").paginate(filters=filters)
    found = [one for page in pages for one in page["imageSummaryList"]]
    return sorted(found, key=lambda one: (one["dateCreated"], one["arn"]))


def build_arn(builder: Any, text: str) -> str:
    """The ARN of a build. Raises NotFound."""
    if text.startswith("arn:"):
        return text
    name, _, version = text.partition("/")
    for one in reversed(builds(builder, name)):
        if version in ("", one["version"], one["version"].partition("/")[0]):
            return str(one["arn"])
    raise NotFound(f"There is no build {text!r}. See: amiable build list")
