"""The components that amiable ships: documents of this folder, owned by the built-in account in every region.

    arn:aws:imagebuilder:<region>:aws:component/<file's name>/<constant Version>/<build>

Put into the rows at a server's start. A document whose text has changed becomes another build of its version;
what recipes name by an older build stays.
"""

from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.builder.document.model import Document
from amiable.builder.document.parse import parse
from amiable.builder.shipped import add_shipped, owner_of_shipped
from amiable.core.settings import Settings
from amiable.model.builder_resource import BuilderResource

VERSION = "Version"
"""The constant that says a document's semantic version."""


def documents() -> dict[str, str]:
    """Their texts by name."""
    found = [file for file in files(__package__).iterdir() if file.name.endswith(".yaml")]
    return {file.name.removesuffix(".yaml"): file.read_text() for file in found}


def ship(session: Session, settings: Settings) -> None:
    """Make the rows say what the documents say, in every region."""
    for name, text in documents().items():
        document = parse(text)
        for region in settings.region_names:
            _ship(session, region, name, text, document)


def _ship(session: Session, region: str, name: str, text: str, document: Document) -> None:
    major, minor, patch = map(int, document.constants[VERSION].split("."))
    newest = session.scalar(
        select(BuilderResource)
        .where(
            BuilderResource.kind == "component",
            BuilderResource.account_id == owner_of_shipped(session),
            BuilderResource.region == region,
            BuilderResource.slug == name,
            BuilderResource.major == major,
            BuilderResource.minor == minor,
            BuilderResource.patch == patch,
        )
        .order_by(BuilderResource.build.desc())
        .limit(1)
    )
    if newest is not None and newest.data["data"] == text:
        return
    build = 1 if newest is None else (newest.build or 0) + 1
    data = {"platform": "Linux", "description": document.description, "data": text}
    add_shipped(session, region, "component", name, (major, minor, patch), build, document.kind, data)
