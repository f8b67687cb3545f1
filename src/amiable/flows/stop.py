"""stop, reboot, terminate, and what happens when a machine ends by itself.

    stop:       shut_down ──► release ──► done (stopped)
    reboot:     shut_down ──► start_again ──► done (running all the while)
    terminate:  end ──► remove ──► done (terminated)
    exited:     look ──► release (stopped) or remove (terminated), by the instance's shutdown behaviour

A clean shutdown is asked for by the power button; a guest that does not obey in time is cut off, as on AWS.
"""

from amiable.compute import machine, process
from amiable.core import clock
from amiable.core.log import logger
from amiable.flows import metering, networks
from amiable.flows.disposal import discard, let_go
from amiable.flows.host import Host
from amiable.flows.machines import TERMINATE_GRACE, boot, instance_of
from amiable.flows.story import Done, Goto, Next, Work, story
from amiable.model.instance import Instance

log = logger(__name__)
INITIATED = "Client.InstanceInitiatedShutdown"
CRASHED = "Server.InternalError"


def shut_down(work: Work[Host]) -> Next:
    """Let the guest shut down; `force` cuts the power at once."""
    grace = 0.0 if work.state.get("force") else work.host.settings.stop_grace_seconds
    metering.see(work.host, work.database, work.subject)
    ended = machine.stop(work.host.machine_directory(work.subject), grace)
    log.info("%s: %s (%s)", work.subject, work.kind, ended)
    return Goto("start_again" if work.kind == "reboot" else "release")


def release(work: Work[Host]) -> Next:
    """Note that it has stopped; give back what a stopped instance does not keep."""
    let_go(work, _stopped)
    return Done()


def _stopped(instance: Instance) -> None:
    if instance.state in ("stopping", "running"):
        instance.state = "stopped"


def resume(work: Work[Host]) -> None:
    """Start the machine of an instance that should run; somebody may have stopped it meanwhile."""
    with work.database.read() as session:
        instance = instance_of(session, work.subject)
    if instance.state == "running":
        networks.refresh(work.host, work.database, instance.vpc_id)
        boot(work.host, instance)
        with work.transaction() as session:
            row = instance_of(session, work.subject)
            row.reached, row.reached_at = None, clock.now()


def start_again(work: Work[Host]) -> Next:
    """The second half of a reboot; skipped when somebody stops or terminates the instance meanwhile."""
    resume(work)
    return Done()


def end(work: Work[Host]) -> Next:
    """The last shutdown."""
    metering.see(work.host, work.database, work.subject)
    grace = min(TERMINATE_GRACE, work.host.settings.stop_grace_seconds)
    machine.stop(work.host.machine_directory(work.subject), grace)
    return Goto("remove")


def remove(work: Work[Host]) -> Next:
    """Take everything away."""
    discard(work)
    return Done()


def look(work: Work[Host]) -> Next:
    """A machine's process has ended: by the guest, by a crash, or by a story that has dealt with it."""
    directory = work.host.machine_directory(work.subject)
    if (running := process.find(directory)) is not None:
        running.close()
        return Done()
    in_order = process.ended_in_order(directory)
    with work.transaction() as session:
        instance = instance_of(session, work.subject)
        if instance.state != "running":
            return Done()
        ends = instance.shutdown_behavior == "terminate" and in_order
        if ends:
            instance.state = "shutting-down"
        instance.state_reason_code = INITIATED if in_order else CRASHED
        what = "Instance initiated shutdown" if in_order else "The machine ended unexpectedly"
        instance.state_reason_message = f"{instance.state_reason_code}: {what}"
    return Goto("remove" if ends else "release")


def stop_failed(work: Work[Host], reason: str) -> None:
    """It could not be stopped in order: end the process and note why."""
    machine.kill(work.host.machine_directory(work.subject))

    def note(instance: Instance) -> None:
        instance.state_reason_code = CRASHED
        instance.state_reason_message = f"{CRASHED}: {reason}"
        _stopped(instance)

    let_go(work, note)


def terminate_failed(work: Work[Host], reason: str) -> None:
    """Ending must not fail: what could not be done in order is done without grace."""
    log.error("%s: %s", work.subject, reason)
    discard(work)


stop = story("stop", shut_down, release, failed=stop_failed)
reboot = story("reboot", shut_down, start_again, failed=stop_failed)
terminate = story("terminate", end, remove, failed=terminate_failed)
exited = story("exited", look, release, remove, failed=stop_failed)
