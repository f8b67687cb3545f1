"""The workflows that run when a build names none: texts by stage, in the manner of AWS's managed ones.

    arn:aws:imagebuilder:<region>:aws:workflow/<type>/<file's name>/1.0.0/1

Rows show them to who asks, and let builds name them. They follow this server's release but keep their
version; which text ran, a build's execution knows.
"""

from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.builder.workflow.parse import parse
from amiable.core import clock
from amiable.core.settings import Settings
from amiable.model.account import AMAZON, Account
from amiable.model.builder_resource import BuilderResource

_NAMES = {"BUILD": "build-image", "TEST": "test-image", "DISTRIBUTION": "distribute-image"}


def managed(stage: str) -> str:
    """The document of a stage: BUILD, TEST or DISTRIBUTION."""
    return files(__name__).joinpath(f"{_NAMES[stage]}.yaml").read_text()


def managed_arn(region: str, stage: str) -> str:
    """The ARN of a stage's workflow."""
    return f"arn:aws:imagebuilder:{region}:aws:workflow/{_slug(stage)}/1.0.0/1"


def _slug(stage: str) -> str:
    return f"{stage.lower()}/{_NAMES[stage]}"


def ship_workflows(session: Session, settings: Settings) -> None:
    """Make the rows say what the documents say, in every region."""
    owner = session.scalars(select(Account).where(Account.alias == AMAZON)).one()
    now = clock.now()
    for stage, name in _NAMES.items():
        text = managed(stage)
        data = {"description": parse(text, stage).description, "data": text}
        data = {key: value for key, value in data.items() if value}
        for region in settings.region_names:
            row = session.get(BuilderResource, managed_arn(region, stage))
            if row is not None:
                row.data = data
                continue
            made = BuilderResource(
                arn=managed_arn(region, stage),
                region=region,
                account_id=owner.id,
                kind="workflow",
                name=name,
                slug=_slug(stage),
                resource_type=stage,
                major=1,
                minor=0,
                patch=0,
                build=1,
                data=data,
                tags={},
                created_at=now,
                updated_at=now,
            )
            session.add(made)
