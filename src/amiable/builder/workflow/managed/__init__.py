"""The workflows that run when a build names none: texts by stage, in the manner of AWS's managed ones.

    arn:aws:imagebuilder:<region>:aws:workflow/<type>/<file's name>/1.0.0/1

Rows show them to who asks, and let builds name them. They follow this server's release but keep their
version; which text ran, a build's execution knows.
"""

from importlib.resources import files

from sqlalchemy.orm import Session

from amiable.builder.shipped import add_shipped, shipped_arn
from amiable.builder.workflow.parse import parse
from amiable.core.settings import Settings
from amiable.model.builder_resource import BuilderResource

_NAMES = {"BUILD": "build-image", "TEST": "test-image", "DISTRIBUTION": "distribute-image"}
_VERSION = (1, 0, 0)


def managed(stage: str) -> str:
    """The document of a stage: BUILD, TEST or DISTRIBUTION."""
    return files(__name__).joinpath(f"{_NAMES[stage]}.yaml").read_text()


def managed_arn(region: str, stage: str) -> str:
    """The ARN of a stage's workflow."""
    return shipped_arn(region, "workflow", _slug(stage), _VERSION, 1)


def _slug(stage: str) -> str:
    return f"{stage.lower()}/{_NAMES[stage]}"


def ship_workflows(session: Session, settings: Settings) -> None:
    """Make the rows say what the documents say, in every region."""
    for stage in _NAMES:
        text = managed(stage)
        data = {"description": parse(text, stage).description, "data": text}
        data = {key: value for key, value in data.items() if value}
        for region in settings.region_names:
            row = session.get(BuilderResource, managed_arn(region, stage))
            if row is None:
                add_shipped(session, region, "workflow", _slug(stage), _VERSION, 1, stage, data)
            else:
                row.data = data
