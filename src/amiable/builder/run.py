"""Runs the phases of a document on a guest: steps in order, each decided once, tried, looped, timed.

    if ──► attempt ──► iteration … ──► Success
      │       ▲ │ failed or too late, attempts left: again, from the first iteration, with the whole time
      │       └─┤ exit status 194: reboot, then the same iteration
      │         └ failed ──► onFailure: Abort    the document ends here, failed
      │                                Continue the rest runs, the document is failed all the same
      │                                Ignore   the rest runs; SuccessWithIgnoredFailure
      └─ false ──► Skipped (or Abort, as `then` and `else` say)

All that must outlive a kill of this process stands in the journal. A guest that does not answer raises
Unavailable: whoever runs the document tries again later, with the same journal.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from amiable.builder.actions import ACTIONS, transfer
from amiable.builder.actions.call import Call, Reboot, StepFailed
from amiable.builder.document.condition import NotComparable, holds, plain
from amiable.builder.document.expression import Scope
from amiable.builder.document.inputs import settled
from amiable.builder.document.model import Document, Loop, Phase, Step
from amiable.builder.document.modules import MODULES
from amiable.builder.document.parse import parse
from amiable.builder.document.source import MOST_CHARACTERS, Invalid
from amiable.builder.guest import Guest, GuestFacts, TimedOut, content_of
from amiable.builder.journal import FINISHED, Entry, Journal
from amiable.builder.outcome import Failure, Outcome, Surroundings
from amiable.core import clock
from amiable.core.errors import InvalidInput, NotFound

MOST_REBOOTS = 20
MOST_NESTED = 5
MOST_SHOWN = 1000
"""Characters of an assertion in the message of its failure."""


@dataclass
class _Run:
    """One document under way."""

    document: Document
    names: Mapping[str, str]
    journal: Journal
    around: Surroundings
    failure: Failure | None = field(default=None)


def run(
    document: Document,
    phases: Sequence[str],
    parameters: Mapping[str, str],
    journal: Journal,
    around: Surroundings,
) -> Outcome:
    """Run those phases that the document has, in its order.

    Raises InvalidInput for parameters that it does not have or that lack a value, and Unavailable.
    """
    run_ = _Run(document, named(document, parameters), journal, around)
    for phase in document.phases:
        if phase.name in phases and not _phase(run_, phase):
            break
    failed = journal.count("Failed")
    return Outcome(
        status="failed" if failed else "success",
        executed=journal.count("Success", "SuccessWithIgnoredFailure", "Failed"),
        failed=failed,
        ignored=journal.count("SuccessWithIgnoredFailure"),
        failure=run_.failure,
    )


def named(document: Document, parameters: Mapping[str, str]) -> dict[str, str]:
    """The values of constants and parameters. Raises InvalidInput."""
    known = {parameter.name for parameter in document.parameters}
    if unknown := sorted(set(parameters) - known):
        raise InvalidInput(f"The document has no parameter {', '.join(unknown)}.")
    values = dict(document.constants)
    for parameter in document.parameters:
        value = parameters.get(parameter.name, parameter.default)
        if value is None:
            raise InvalidInput(f"The parameter {parameter.name} needs a value: it has no default.")
        values[parameter.name] = value
    return values


def _phase(run_: _Run, phase: Phase) -> bool:
    """Run a phase; whether the document goes on."""
    for step in phase.steps:
        entry = run_.journal.entry(phase.name, step.name)
        if entry.get("status") not in FINISHED:
            _step(run_, phase, step, entry)
        if entry["status"] == "Failed":
            run_.failure = run_.failure or _failure(phase, step, entry)
            if step.on_failure == "Abort" or entry.get("aborted"):
                return False
    return True


def _failure(phase: Phase, step: Step, entry: Entry) -> Failure:
    return Failure(phase.name, step.name, step.action, entry["message"], tuple(entry.get("lines", ())))


def _step(run_: _Run, phase: Phase, step: Step, entry: Entry) -> None:
    """Run a step to its end and note how it ended."""
    journal = run_.journal
    if "began" not in entry:
        journal.note(
            entry, status="Running", began=clock.now().timestamp(), attempt=1, iteration=0, reboots=0
        )
    try:
        if "decision" not in entry:
            journal.note(entry, decision=_decide(run_, phase, step, entry))
        if entry["decision"] == "Skip":
            journal.note(entry, status="Skipped")
            return
        if entry["decision"] == "Abort":
            raise StepFailed("The step's condition says Abort.")
        _attempts(run_, phase, step, entry)
    except StepFailed as failed:
        status = "SuccessWithIgnoredFailure" if step.on_failure == "Ignore" else "Failed"
        journal.note(entry, status=status, message=str(failed), lines=failed.lines)
        run_.around.log(phase.name, step.name, "stderr", str(failed))
        return
    journal.note(entry, status="Success")


def _decide(run_: _Run, phase: Phase, step: Step, entry: Entry) -> str:
    if step.condition is None:
        return "Execute"
    true = _holds(_call(run_, phase, step, entry), step.condition.condition, _scope(run_, {}))
    return step.condition.then if true else step.condition.otherwise


def _holds(call: Call, condition: Any, scope: Scope) -> bool:
    try:
        return holds(condition, scope.fill, GuestFacts(call.guest, call.directory, call.left))
    except (NotComparable, InvalidInput) as wrong:
        raise StepFailed(f"The condition cannot be judged: {wrong}") from wrong
    except TimedOut as late:
        raise StepFailed("The condition was not judged within the step's timeout.") from late


def _scope(run_: _Run, loops: Mapping[str, Mapping[str, str]]) -> Scope:
    return Scope(run_.names, run_.journal.known(), loops)


def _attempts(run_: _Run, phase: Phase, step: Step, entry: Entry) -> None:
    """Attempts until one succeeds. Raises StepFailed with the last one's reason."""
    while True:
        try:
            _iterations(run_, phase, step, entry)
            return
        except StepFailed as failed:
            if entry["attempt"] >= step.attempts:
                raise
            said = f"Attempt {entry['attempt']} of {step.attempts} failed: {failed}"
            run_.around.log(phase.name, step.name, "stderr", said)
            again = {"attempt": entry["attempt"] + 1, "tried": clock.now().timestamp(), "iteration": 0}
            run_.journal.note(entry, **again, outputs=None, each=None)


def _values(run_: _Run, loop: Loop | None) -> list[str | None]:
    """The values of a step's iterations; one without a value for a step that has no loop."""
    if loop is None:
        return [None]
    if loop.numbers is not None:
        start, end, by = loop.numbers
        return [str(number) for number in range(start, end + (1 if by > 0 else -1), by)]
    scope = _scope(run_, {})
    try:
        if loop.text is not None:
            return list(scope.fill(loop.text).split(loop.delimiter))
        return [scope.fill(item) for item in loop.items or ()]
    except InvalidInput as wrong:
        raise StepFailed(str(wrong)) from wrong


def _iterations(run_: _Run, phase: Phase, step: Step, entry: Entry) -> None:
    """The iterations of an attempt that are left."""
    values = _values(run_, step.loop)
    while entry["iteration"] < len(values):
        number = entry["iteration"]
        loops: dict[str, dict[str, str]] = {}
        if step.loop is not None:
            here = {"index": str(number), "value": str(values[number])}
            loops = {"loop": here, **({step.loop.name: here} if step.loop.name else {})}
        try:
            brought = _once(run_, phase, step, entry, loops)
        except StepFailed as failed:
            if step.loop is not None:
                raise StepFailed(f"Iteration {number}: {failed}", failed.lines) from failed
            raise
        every = [entry.get("outputs") or {}, *brought]
        each = entry.get("each") or [{} for _ in brought]
        facts: dict[str, Any] = {"outputs": _joined(every)}
        if len(brought) > 1:
            facts["each"] = [_joined([before, now]) for before, now in zip(each, brought, strict=True)]
        entry.pop("nested", None)  # the next iteration runs its documents anew
        run_.journal.note(entry, **facts, iteration=number + 1, rebooting=None)


def _joined(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The outputs of several inputs or iterations as one, with new lines between."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: "\n".join(part[name] for part in parts if name in part) for name in names}


def _once(
    run_: _Run, phase: Phase, step: Step, entry: Entry, loops: Mapping[str, Mapping[str, str]]
) -> list[dict[str, str]]:
    """One iteration, with the reboots that it asks for; what each of its inputs brought."""
    guest = run_.around.guest
    if entry.get("rebooting"):
        return _rebooted(entry, guest)
    while True:
        try:
            return _act(run_, phase, step, entry, _scope(run_, loops))
        except Reboot as wanted:
            if entry["reboots"] >= MOST_REBOOTS:
                raise StepFailed(f"The step asked for more than {MOST_REBOOTS} reboots.") from wanted
            if not wanted.again:
                before = {"id": guest.boot_id(), "delay": wanted.delay}
                run_.journal.note(entry, rebooting=before, reboots=entry["reboots"] + 1)
                return _rebooted(entry, guest)
            run_.journal.note(entry, reboots=entry["reboots"] + 1)
            guest.reboot()


def _rebooted(entry: Entry, guest: Guest) -> list[dict[str, str]]:
    """Reboot, unless the guest's boot id says that it has happened."""
    if guest.boot_id() == entry["rebooting"]["id"]:
        guest.reboot(entry["rebooting"]["delay"])
    return []


def _call(run_: _Run, phase: Phase, step: Step, entry: Entry) -> Call:
    around = run_.around
    return Call(
        guest=around.guest,
        objects=around.objects,
        log=lambda stream, text: around.log(phase.name, step.name, stream, text),
        directory=around.directory,
        ends=None if step.timeout is None else (entry.get("tried") or entry["began"]) + step.timeout,
        reach=around.reach,
    )


def _act(run_: _Run, phase: Phase, step: Step, entry: Entry, scope: Scope) -> list[dict[str, str]]:
    """Call the action module."""
    call = _call(run_, phase, step, entry)
    call.left()
    try:
        if step.assertion is not None:
            entry["inputs"] = scope.fill(plain(step.assertion))
            if not _holds(call, step.assertion, scope):
                raise StepFailed(f"The assertion is false: {str(entry['inputs'])[:MOST_SHOWN]}")
            return []
        module = MODULES[step.action]
        filled = scope.fill(step.inputs)
        given = filled if isinstance(filled, list) else [filled or {}]
        inputs = [settled(module, one, call.directory) for one in given]
        entry["inputs"] = filled
        if step.action == "ExecuteDocument":
            brought: list[str | None] = [_nested(run_, call, entry, n, one) for n, one in enumerate(inputs)]
        else:
            brought = [ACTIONS[step.action](call, one) for one in inputs]
    except (InvalidInput, NotFound) as wrong:
        raise StepFailed(str(wrong), call.last) from wrong
    if module.output is None:
        return []
    return [{module.output: text or ""} for text in brought]


def _nested(run_: _Run, call: Call, entry: Entry, number: int, inputs: Mapping[str, Any]) -> str:
    """Run another document with a journal inside this step's entry; its status."""
    around = run_.around
    if around.depth >= MOST_NESTED:
        raise StepFailed(f"Documents run each other more than {MOST_NESTED} deep.")
    if inputs["document-s3-bucket-owner"]:
        raise StepFailed("document-s3-bucket-owner cannot be checked: buckets here have no owner.")
    try:
        document = parse(_text_of(call, around, inputs["document"]))
        phases = [name.strip() for name in (inputs["phases"] or "").split(",") if name.strip()]
        data = entry.setdefault("nested", {}).setdefault(str(number), {})
        outcome = run(
            document,
            phases or [phase.name for phase in document.phases],
            {pair["name"]: pair["value"] for pair in inputs["parameters"] or ()},
            Journal(data, lambda _: run_.journal.note(entry)),
            replace(around, depth=around.depth + 1),
        )
    except (InvalidInput, NotFound) as wrong:
        what = "is not valid" if isinstance(wrong, Invalid) else "cannot be run"
        raise StepFailed(f"The document {inputs['document']} {what}: {wrong}") from wrong
    if outcome.status != "success":
        entry.pop("nested", None)
        failure = outcome.failure
        where = f"{failure.phase}.{failure.step}: {failure.message}" if failure else "a step failed"
        raise StepFailed(
            f"The document {inputs['document']} failed at {where}", failure.lines if failure else ()
        )
    return outcome.status


def _text_of(call: Call, around: Surroundings, name: str) -> str:
    """A document: a component that `document_of` knows, an object, or a file of the guest."""
    if name.startswith("arn:"):
        if around.document_of is None:
            raise NotFound(f"There is no component {name} here.")
        return around.document_of(name)
    most = 4 * MOST_CHARACTERS
    if name.startswith("s3://"):
        return transfer.content(call, name, most).decode(errors="replace")
    path = posixpath.join(call.directory, name)
    return content_of(call.guest, path, most).decode(errors="replace")
