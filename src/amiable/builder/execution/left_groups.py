"""The end of the security groups of instances that builds left running: each goes once no machine has it.

Such an instance (terminateInstanceOnFailure: false) outlives its build, which therefore cannot take the group
away. Who ends the instance need not know of it. Found by name and tag, so that a deleted build's goes too.
"""

from sqlalchemy import exists, select

from amiable.builder.cloud import Cloud, Refused, Where
from amiable.builder.execution.access import access_name
from amiable.builder.execution.step import TAG
from amiable.core.log import logger
from amiable.model.database import Database
from amiable.model.image_build import UNDER_WAY, ImageBuild
from amiable.model.network import interface_group
from amiable.model.security_group import SecurityGroup
from amiable.model.tag import Tag

log = logger(__name__)


def remove_unused(database: Database, cloud: Cloud) -> None:
    """Remove the groups that ended builds have left and no interface has any more."""
    goes_on = exists().where(ImageBuild.id == Tag.value, ImageBuild.state.in_(UNDER_WAY))
    query = select(SecurityGroup.account_id, SecurityGroup.region, SecurityGroup.name).where(
        SecurityGroup.name.startswith(access_name("step-"), autoescape=True),
        exists().where(Tag.resource_id == SecurityGroup.id, Tag.key == TAG, ~goes_on),
        ~exists().where(interface_group.c.group_id == SecurityGroup.id),
    )
    with database.read() as session:
        unused = session.execute(query).all()
    for account_id, region, name in unused:
        try:
            if cloud.remove_access(Where(account_id, region), name):
                log.info("%s: no machine has it any more, removed", name)
        except Refused as refused:
            log.info("%s stays: %s", name, refused)
