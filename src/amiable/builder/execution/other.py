"""RunCommand and WaitForAction."""

import json

from amiable.builder.actions.call import StepFailed
from amiable.builder.execution.access import guest_of
from amiable.builder.execution.step import Step
from amiable.builder.guest import Stream, TimedOut
from amiable.builder.workflow.actions import SHELL

MOST_OUTPUT = 24_000
"""Characters of a command's output, as Systems Manager keeps them."""


def run_command(step: Step) -> dict[str, object]:
    """Run a command document on an instance: only AWS-RunShellScript, whose parameter is `commands`."""
    if step.inputs["documentName"] != SHELL:
        raise StepFailed(f"There is no document {step.inputs['documentName']} here, only {SHELL}.")
    commands = (step.inputs.get("parameters") or {}).get("commands") or []
    kept: list[str] = []

    def line(stream: Stream, text: str) -> None:
        step.say(text, stream=stream)
        if stream == "stdout":
            kept.append(text)

    with guest_of(step, step.inputs["instanceId"]) as guest:
        try:
            status = guest.run("\n".join(map(str, commands)), line, seconds=step.row.timeout_seconds)
        except TimedOut as late:
            raise StepFailed("The command passed its timeout and was ended.", kept[-20:]) from late
    if status != 0:
        raise StepFailed(f"The command exited with status {status}.", kept[-20:])
    output = "\n".join(kept)[-MOST_OUTPUT:]
    return {"runCommandId": step.row.id, "status": "Success", "output": [output]}


def wait_for_action(step: Step) -> dict[str, object]:
    """Wait for SendWorkflowStepAction: RESUME goes on, STOP fails the step."""
    if step.row.answer is None:
        if "asked" not in step.journal:
            payload = json.dumps(step.inputs.get("payload") or {}, sort_keys=True)
            step.say(f"Waiting for SendWorkflowStepAction on {step.row.id}; payload {payload}")
            step.note(asked=True)
        raise step.wait(3)
    if step.row.answer == "STOP":
        raise StepFailed(f"Somebody said STOP: {step.row.answer_reason or 'no reason given'}.")
    return {"action": step.row.answer, "reason": step.row.answer_reason or ""}
