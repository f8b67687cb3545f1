"""What Get and List show of a resource: the members that all kinds have, and those of its data."""

from amiable.api.call import Call
from amiable.api.table import Shape
from amiable.core import clock
from amiable.model.account import AMAZON, Account
from amiable.model.builder_resource import BuilderResource


def owner_of(call: Call, account_id: str) -> str:
    """An account as the API names it: its id, or Amazon for what amiable ships."""
    alias = call.session.get_one(Account, account_id).alias
    return "Amazon" if alias == AMAZON else account_id


def owned_by(call: Call, row: BuilderResource, shipped: str, other: str) -> str:
    """One of two words, by whether amiable ships the resource."""
    return shipped if owner_of(call, row.account_id) == "Amazon" else other


def summary(call: Call, row: BuilderResource, *members: str) -> Shape:
    """ARN, name, version, type, owner, date, tags, and some members of the data."""
    shape: Shape = {
        "arn": row.arn,
        "name": row.name,
        "owner": owner_of(call, row.account_id),
        "dateCreated": clock.iso(row.created_at),
        "tags": dict(row.tags),
    }
    if row.version is not None:
        shape["version"] = row.version
    if row.resource_type is not None:
        shape["type"] = row.resource_type
    return shape | {key: row.data[key] for key in members if key in row.data}


def configuration(row: BuilderResource, *members: str) -> Shape:
    """ARN, name, dates, tags, and some members of the data, or all of them."""
    shape: Shape = {
        "arn": row.arn,
        "name": row.name,
        "dateCreated": clock.iso(row.created_at),
        "dateUpdated": clock.iso(row.updated_at),
        "tags": dict(row.tags),
    }
    return shape | {key: row.data[key] for key in members or row.data if key in row.data}
