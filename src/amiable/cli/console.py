"""`amiable instance console`: what a machine printed on its serial console; with --attach, a terminal on it.

GetConsoleOutput answers with the last 64 KiB. To follow, each answer is laid over the one before: both are
windows on one stream, so what is new is what comes after the longest overlap.
"""

import re
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.naming import instance_id
from amiable.cli.options import json_option
from amiable.cli.output import clean, print_json
from amiable.core import clock
from amiable.core.errors import InvalidInput

# ECMA-48: control sequences (CSI … final), and the short ones of two characters.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\^_c78=>])")

EVERY = 1.0
"""Seconds between looks."""


def new_part(before: str, now: str) -> str:
    """What `now` shows beyond `before`: all of it when they have nothing in common (a new start)."""
    begin = 0
    while begin >= 0:
        if now.startswith(before[begin:]):
            return now[len(before) - begin :]
        begin = before.find(now[:1], begin + 1)
    return now


def readable(text: str) -> str:
    """The text without the escape sequences that boot loaders and shells draw with."""
    return clean(_ESCAPES.sub("", text).replace("\r", ""))


def output_of(answer: dict[str, Any]) -> str:
    """The text in an answer. boto3 has undone the base64."""
    return str(answer.get("Output") or "")


@click.command("console")
@click.argument("instance")
@click.option("--follow", "-f", is_flag=True, help="Go on printing until the instance ends (or Ctrl-C).")
@click.option("--attach", "-a", is_flag=True, help="Type on it, too. Ctrl-] leaves.")
@json_option
def console(instance: str, follow: bool, attach: bool, as_json: bool) -> None:
    """Print the serial console of an instance: its last 64 KiB.

    With --attach it becomes this terminal, until Ctrl-]. An instance has one such terminal at a time: the
    newest one. The account must allow it first: aws ec2 enable-serial-console-access.
    """
    if follow + attach + as_json > 1:
        raise InvalidInput("--follow, --attach and --json exclude each other.")
    ec2 = client("ec2")
    target = instance_id(ec2, instance)
    if attach:
        # Imported here: no other verb needs it.
        from amiable.cli.terminal import run  # noqa: PLC0415

        run(target)
        return
    answer = ec2.get_console_output(InstanceId=target)
    if as_json:
        answer.pop("ResponseMetadata")
        print_json([{**answer, "Output": output_of(answer)}])
        return
    shown = output_of(answer)
    click.echo(readable(shown), nl=False)
    while follow and _alive(ec2, target):
        clock.sleep(EVERY)
        now = output_of(ec2.get_console_output(InstanceId=target))
        click.echo(readable(new_part(shown, now)), nl=False)
        shown = now


def _alive(ec2: Any, target: str) -> bool:
    answer = ec2.describe_instances(InstanceIds=[target])
    state = answer["Reservations"][0]["Instances"][0]["State"]["Name"]
    return state in ("pending", "running", "stopping")
