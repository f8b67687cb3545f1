"""Instance profiles of instances: associate, replace, disassociate, describe.

A profile is a name without a role behind it (model/instance_profile.py). The instance's row holds its ARN;
the association's id follows from instance and ARN, so that a replacement has another id, as on AWS. The
metadata service reads the row: a change counts at the guest's next question, and is `associated` at once.
"""

from datetime import datetime

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.instances import selected
from amiable.api.ec2.launch_request import instance_profile
from amiable.api.faults import check_ids, not_found
from amiable.api.owned import answer, select_owned
from amiable.api.paging import page
from amiable.api.table import Shape, operation
from amiable.core import clock
from amiable.model.instance import Instance
from amiable.model.instance_profile import association_id, profile_id
from amiable.protocol.faults import Fault

PREFIX = "iip-assoc"
FILTERS: dict[str, filters.Filter] = {
    "instance-id": filters.text(Instance.id),
    "state": filters.constant("associated"),
}


@operation("ec2", "AssociateIamInstanceProfile")
def associate_iam_instance_profile(call: Call, request: Shape) -> Shape:
    """Give an instance without a profile one; its metadata shows it from the next question on."""
    (instance,) = selected(call, [request["InstanceId"]])
    if instance.state not in ("pending", "running", "stopping", "stopped"):
        raise Fault("IncorrectInstanceState", f"The instance '{instance.id}' is {instance.state}.")
    if instance.options.get("instance_profile"):
        raise Fault("IncorrectState", f"There is an existing association for instance {instance.id}")
    return _given(call, instance, request)


@operation("ec2", "ReplaceIamInstanceProfileAssociation")
def replace_iam_instance_profile_association(call: Call, request: Shape) -> Shape:
    """Give an instance another profile than it has; the association gets another id."""
    return _given(call, _instance(call, request["AssociationId"]), request)


@operation("ec2", "DisassociateIamInstanceProfile")
def disassociate_iam_instance_profile(call: Call, request: Shape) -> Shape:
    """Take an instance's profile away."""
    instance = _instance(call, request["AssociationId"])
    shape = _shape(instance) | {"State": "disassociating"}
    instance.options = {
        name: value for name, value in instance.options.items() if not name.startswith("instance_profile")
    }
    call.session.flush()
    return {"IamInstanceProfileAssociation": shape}


@operation("ec2", "DescribeIamInstanceProfileAssociations")
def describe_iam_instance_profile_associations(call: Call, request: Shape) -> Shape:
    """The profiles that the caller's instances have."""
    wanted = list(request.get("AssociationIds") or ())
    check_ids(PREFIX, *wanted)
    known = _known(call)
    if missing := [one for one in wanted if one not in known]:
        raise not_found(PREFIX, *missing)
    chosen = [known[one].id for one in wanted] if wanted else [one.id for one in known.values()]
    query = select_owned(call, Instance).where(
        Instance.id.in_(chosen), *filters.conditions(FILTERS, request.get("Filters"), call)
    )
    rows, token = page(
        call, "DescribeIamInstanceProfileAssociations", query, Instance.id, request, ids_given=wanted
    )
    return answer("IamInstanceProfileAssociations", [_shape(row) for row in rows], token)


def _known(call: Call) -> dict[str, Instance]:
    """The caller's instances that have a profile, by the association's id."""
    arn = Instance.options["instance_profile"].as_string()
    query = select_owned(call, Instance).where(Instance.state != "terminated", arn.is_not(None))
    rows = call.session.scalars(query).unique()
    return {association_id(row.id, row.options["instance_profile"]): row for row in rows}


def _instance(call: Call, association: str) -> Instance:
    """The instance of an association, locked. Raises InvalidAssociationID's faults."""
    check_ids(PREFIX, association)
    known = _known(call)
    if association not in known:
        raise not_found(PREFIX, association)
    (instance,) = selected(call, [known[association].id])
    return instance


def _given(call: Call, instance: Instance, request: Shape) -> Shape:
    """Write the request's profile into the row; the answer."""
    arn = instance_profile(call, request)
    if arn is None:
        raise Fault("MissingParameter", "The request must contain IamInstanceProfile.Name or .Arn")
    instance.options = {
        **instance.options,
        "instance_profile": arn,
        "instance_profile_since": clock.iso(call.now),
    }
    call.session.flush()
    return {"IamInstanceProfileAssociation": _shape(instance) | {"State": "associating"}}


def _shape(instance: Instance) -> Shape:
    arn: str = instance.options["instance_profile"]
    since = instance.options.get("instance_profile_since")
    return {
        "AssociationId": association_id(instance.id, arn),
        "InstanceId": instance.id,
        "IamInstanceProfile": {"Arn": arn, "Id": profile_id(arn)},
        "State": "associated",
        "Timestamp": datetime.fromisoformat(since) if since else instance.launched_at,
    }
