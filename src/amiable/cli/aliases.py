"""Aliases of images: SSM parameters of type aws:ec2:image, with all that they have said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

IMAGE = "aws:ec2:image"


@dataclass(frozen=True)
class Said:
    """One version of an alias."""

    version: int
    image_id: str
    at: datetime
    note: str | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Alias:
    """An alias with its versions, oldest first; there is always one."""

    name: str
    history: tuple[Said, ...]

    @property
    def now(self) -> Said:
        """What it says now."""
        return self.history[-1]

    @property
    def before(self) -> Said | None:
        """The last version that said something else: where a rollback leads."""
        return next((one for one in reversed(self.history) if one.image_id != self.now.image_id), None)


def read_alias(ssm: Any, name: str) -> Alias:
    """One alias."""
    pages = ssm.get_paginator("get_parameter_history").paginate(Name=name)
    return Alias(name, tuple(_said(row) for page in pages for row in page["Parameters"]))


def _said(row: Mapping[str, Any]) -> Said:
    return Said(
        row["Version"],
        row["Value"],
        row["LastModifiedDate"],
        row.get("Description"),
        tuple(row.get("Labels", ())),
    )


def read_aliases(ssm: Any) -> list[Alias]:
    """All aliases of the account in the region, by name."""
    return [read_alias(ssm, name) for name in sorted(_names(ssm))]


def _names(ssm: Any) -> Iterator[str]:
    filters = [{"Key": "DataType", "Values": [IMAGE]}]
    for page in ssm.get_paginator("describe_parameters").paginate(ParameterFilters=filters):
        for row in page["Parameters"]:
            yield row["Name"]


def put_alias(ssm: Any, name: str, image_id: str, note: str | None) -> int:
    """Let an alias say an image from now on; the number of the new version. A new alias is made."""
    described = {"Description": note} if note else {}
    answer = ssm.put_parameter(
        Name=name, Value=image_id, Type="String", DataType=IMAGE, Overwrite=True, **described
    )
    return int(answer["Version"])
