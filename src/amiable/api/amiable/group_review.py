"""GetSecurityGroupReview: the part of an instance's hygiene that no image of it holds."""

import json

from amiable.api.call import Call
from amiable.api.owned import owned
from amiable.api.table import Shape, operation
from amiable.flows.group_review import review
from amiable.model.instance import Instance


@operation("amiable", "GetSecurityGroupReview")
def get_security_group_review(call: Call, request: Shape) -> Shape:
    """Say what the security groups of an instance let in from the whole world."""
    instance = owned(call, Instance, "i", request["InstanceId"])
    return {"InstanceId": instance.id, "Review": json.dumps(review(instance))}
