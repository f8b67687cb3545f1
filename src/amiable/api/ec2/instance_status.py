"""DescribeInstanceStatus: what is known of a running instance, noted by its host, never asked meanwhile.

system      ok: QEMU runs (the supervisor moves the row on within a second of its end)
instance    initializing: it has not answered yet · ok: its network answers · impaired: it does not any more
"""

from collections.abc import Callable

from sqlalchemy import and_, false

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.ec2.instance_filters import instance_filters
from amiable.api.ec2.instances import list_instances, state_shape
from amiable.api.owned import answer
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance
from amiable.model.zone import zone_id

_running = Instance.state == "running"
_KNOWN = {
    "ok": and_(_running, Instance.reached.is_(True)),
    "impaired": and_(_running, Instance.reached.is_(False)),
    "initializing": and_(_running, Instance.reached.is_(None)),
    "not-applicable": ~_running,
}
_REACHABILITY = {"passed": "ok", "failed": "impaired", "initializing": "initializing"}
_WORDS = {status: word for word, status in _REACHABILITY.items()}


def _status(value: str) -> filters.Condition:
    return _KNOWN.get(value, false())


def _reachability(value: str) -> filters.Condition:
    return _status(_REACHABILITY.get(value, ""))


def _system(ok: str) -> Callable[[str], filters.Condition]:
    return lambda value: _running if value == ok else ~_running if value == "not-applicable" else false()


_AS_INSTANCES = ("availability-zone", "availability-zone-id", "instance-state-code", "instance-state-name")
FILTERS: dict[str, filters.Filter] = {
    "instance-status.reachability": _reachability,
    "instance-status.status": _status,
    "system-status.reachability": _system("passed"),
    "system-status.status": _system("ok"),
    **{
        name: filters.constant(None)
        for name in (
            "application-status.status",
            "attached-ebs-status.status",
            "event.code",
            "event.description",
            "event.instance-event-id",
            "event.not-after",
            "event.not-before",
            "event.not-before-deadline",
            "operator.principal",
        )
    },
    "operator.managed": filters.constant("false"),
}


@operation("ec2", "DescribeInstanceStatus")
def describe_instance_status(call: Call, request: Shape) -> Shape:
    """Whether the caller's instances run and answer; running ones only, unless all are asked for."""
    running = () if request.get("IncludeAllInstances") else (_running,)
    known = instance_filters(call)
    rows_of = {name: known[name] for name in _AS_INSTANCES} | FILTERS
    rows, _, token = list_instances(call, "DescribeInstanceStatus", request, rows_of, *running)
    return answer("InstanceStatuses", [status_shape(row) for row in rows], token)


def status_shape(instance: Instance) -> Shape:
    """The status of one instance."""
    system = known = "not-applicable"
    if instance.state == "running":
        system = "ok"
        known = {None: "initializing", True: "ok", False: "impaired"}[instance.reached]
    reach = _summary(known)
    if known == "impaired" and instance.reached_at:
        reach["Details"][0]["ImpairedSince"] = instance.reached_at
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": instance.availability_zone,
        "AvailabilityZoneId": zone_id(instance.availability_zone, instance.region),
        "InstanceState": state_shape(instance.state),
        "InstanceStatus": reach,
        "SystemStatus": _summary(system),
        "Events": [],
    }


def _summary(status: str) -> Shape:
    if status == "not-applicable":
        return {"Status": status, "Details": []}
    return {"Status": status, "Details": [{"Name": "reachability", "Status": _WORDS[status]}]}
