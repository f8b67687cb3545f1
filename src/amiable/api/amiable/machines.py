"""DescribeMachines: what EC2 has no words for, the host of an instance and what carries its processors."""

from amiable.api.call import Call
from amiable.api.faults import check_ids, not_found
from amiable.api.owned import select_owned
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance


@operation("amiable", "DescribeMachines")
def describe_machines(call: Call, request: Shape) -> Shape:
    """Host and accelerator of the caller's instances."""
    wanted = list(dict.fromkeys(request["InstanceIds"]))
    check_ids("i", *wanted)
    query = select_owned(call, Instance).where(Instance.id.in_(wanted))
    found = {instance.id: instance for instance in call.session.scalars(query)}
    if missing := [one for one in wanted if one not in found]:
        raise not_found("i", *missing)
    return {"Machines": [_shape(found[one]) for one in wanted]}


def _shape(instance: Instance) -> Shape:
    shape: Shape = {"InstanceId": instance.id, "Host": instance.host}
    if instance.accelerator:
        shape["Accelerator"] = instance.accelerator
    return shape
