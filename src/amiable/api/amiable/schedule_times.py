"""GetScheduleTimes: when a schedule would start a pipeline, before a pipeline has it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.builder.schedule import Schedule, parse

TIMES = 3


@operation("amiable", "GetScheduleTimes")
def get_schedule_times(call: Call, request: Shape) -> Shape:
    """The next times of a cron or rate expression in a time zone."""
    schedule = parse(request["ScheduleExpression"], request.get("Timezone"))
    return {"Times": list(islice(_after(schedule, call.now), TIMES))}


def _after(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    moment = schedule.after(now, now)
    while moment is not None:
        yield moment
        moment = schedule.after(moment, now)
