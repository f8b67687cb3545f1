"""`amiable component run`: documents on an instance that runs, or on one made of an image and thrown away.

As in a build, the `build` phases of all run first, in order, then `validate`, then `test`. The lines of the
guest appear as they are written; a table of steps and the exit status end it (0: success).
"""

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from amiable.builder.actions.call import Objects, Reach
from amiable.builder.buckets import Buckets
from amiable.builder.components import documents
from amiable.builder.document.model import Document
from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid
from amiable.builder.journal import Journal
from amiable.builder.junit import junit
from amiable.builder.knock import await_user
from amiable.builder.outcome import Outcome, Surroundings
from amiable.builder.run import run as run_document
from amiable.builder.ssh import SshGuest
from amiable.cli.client import client
from amiable.cli.component.throwaway import throwaway
from amiable.cli.naming import image_id, instance_id
from amiable.cli.options import Pair, json_option, settings
from amiable.cli.output import clean, print_json, print_table
from amiable.core.errors import Conflict, InvalidInput, NotFound

PATIENCE = 600.0
"""Seconds that a machine may take until it lets somebody in."""
PHASES = ("build", "validate", "test")
_COLUMNS = (
    ("COMPONENT", lambda row: row["Component"]),
    ("PHASE", lambda row: row["Phase"]),
    ("STEP", lambda row: row["Step"]),
    ("STATUS", lambda row: row["Status"]),
    ("MESSAGE", lambda row: row.get("Message")),
)


@dataclass(frozen=True)
class Part:
    """One document to run. The journal has what became of its steps."""

    name: str
    document: Document
    parameters: dict[str, str]
    journal: Journal


@click.command("run")
@click.argument("names", metavar="DOCUMENT...", nargs=-1, required=True)
@click.option("--on", "target", metavar="INSTANCE", help="A running instance, by id or Name tag.")
@click.option("--image", metavar="AMI", help="Launch an instance of this image, and end it afterwards.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Private key for --on.",
)
@click.option("--user", help="User to log in as; becomes root by sudo.  [default: the usual ones are tried]")
@click.option(
    "--phase",
    "phases",
    multiple=True,
    type=click.Choice(PHASES),
    help="Phases to run, in the order of a build.  [default: all]",
)
@click.option(
    "--parameter", "parameters", multiple=True, type=Pair(), help="Value of a parameter, where there is one."
)
@click.option("--type", "kind", metavar="TYPE", help="Instance type for --image.")
@click.option("--keep", is_flag=True, help="With --image: keep the instance when a step fails.")
@click.option(
    "--junit", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report."
)
@json_option
def run(
    names: tuple[str, ...],
    target: str | None,
    image: str | None,
    key: Path | None,
    user: str | None,
    phases: tuple[str, ...],
    parameters: tuple[tuple[str, str], ...],
    kind: str | None,
    keep: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Run component documents on an instance: files, or names of shipped ones.

    Exit status 1 if a step failed.
    """
    if (target is None) == (image is None):
        raise click.UsageError("Give either --on INSTANCE or --image AMI.")
    if target is not None and key is None:
        raise click.UsageError("--on needs --key: the private key that the instance lets in.")
    parts = _parts(names, dict(parameters))
    with ExitStack() as stack:
        ec2 = client("ec2")
        if image is not None:
            machine = stack.enter_context(throwaway(ec2, image_id(ec2, image), kind))
            address, private_key, reach = machine.address, machine.private_key, machine.reach
        else:
            assert target is not None
            assert key is not None
            machine = None
            address, private_key = _address(ec2, instance_id(ec2, target)), key.read_text()

            def reach(port: int) -> str:
                """An instance of somebody's own: what its groups let in is theirs to say."""
                return address

        objects = Buckets(settings(), client("sts").get_caller_identity()["Account"])
        with _guest(address, user, private_key) as guest:
            outcomes = _run(parts, phases or PHASES, guest, objects, reach)
        failed = any(outcome.status != "success" for outcome in outcomes.values())
        if machine is not None and keep and failed:
            machine.keep = True
            click.echo(f"Kept: {machine.instance_id} at {address}, key {machine.key_file}", err=True)
    steps = [{"Component": part.name, **row} for part in parts for row in part.journal.rows()]
    if report is not None:
        cases = [{**step, "Phase": f"{step['Component']}.{step['Phase']}"} for step in steps]
        report.write_bytes(junit("components", cases))
    if as_json:
        print_json([_shape(outcomes[part.name], part) for part in parts if part.name in outcomes])
    else:
        print_table(steps, _COLUMNS, "No step was run.")
        for name, outcome in outcomes.items():
            click.echo(f"{name}: {outcome.status}, {outcome.executed} steps run, {outcome.failed} failed.")
    if failed:
        raise SystemExit(1)


def _parts(names: tuple[str, ...], parameters: dict[str, str]) -> list[Part]:
    """The documents, each with the parameters that it has. Raises InvalidInput, NotFound."""
    parts: list[Part] = []
    used: set[str] = set()
    for name in names:
        if Path(name).stem in [part.name for part in parts]:
            raise InvalidInput(f"{name} is named twice.")
        try:
            document = parse(_text(name))
        except Invalid as invalid:
            raise InvalidInput(invalid.told(name)) from invalid
        known = {one.name for one in document.parameters} & set(parameters)
        used |= known
        given = {key: parameters[key] for key in known}
        parts.append(Part(Path(name).stem, document, given, Journal(None, lambda data: None)))
    if unknown := sorted(set(parameters) - used):
        raise InvalidInput(f"No document has a parameter {', '.join(unknown)}.")
    return parts


def _text(name: str) -> str:
    """A document by the path of its file, or by the name under which amiable ships it."""
    path, shipped = Path(name), documents()
    if path.is_file():
        return path.read_text(errors="replace")
    if name in shipped:
        return shipped[name]
    raise NotFound(
        f"There is no file {name}, and no shipped component; they are: {', '.join(sorted(shipped))}."
    )


def _address(ec2: Any, instance: str) -> str:
    (reservation,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    address = reservation["Instances"][0].get("PublicIpAddress")
    if not address:
        raise Conflict(f"The instance {instance} has no public address; is it running?")
    return str(address)


@contextmanager
def _guest(address: str, user: str | None, private_key: str) -> Iterator[SshGuest]:
    click.echo(f"Waiting for SSH at {address}", err=True)
    found = user or await_user(address, private_key, PATIENCE)
    with SshGuest(address, found, private_key) as guest:
        guest.wait()
        yield guest


def _run(
    parts: list[Part], phases: Collection[str], guest: SshGuest, objects: Objects, reach: Reach
) -> dict[str, Outcome]:
    """How each document ended that was begun, by its name; the first failure ends the run."""
    outcomes: dict[str, Outcome] = {}
    for phase in PHASES:
        for part in parts:
            if phase not in phases or part.document.phase(phase) is None:
                continue

            def log(phase: str, step: str, stream: str, text: str, name: str = part.name) -> None:
                click.echo(clean(f"{name}/{phase}/{step}| {text}"), err=True)

            around = Surroundings(guest, log, objects, reach=reach)
            outcome = run_document(part.document, [phase], part.parameters, part.journal, around)
            outcomes[part.name] = outcome
            if outcome.status != "success":
                return outcomes
    return outcomes


def _shape(outcome: Outcome, part: Part) -> dict[str, Any]:
    """What `awstoe run` prints, and the steps."""
    message = outcome.failure.message if outcome.failure else ""
    return {
        "name": part.name,
        "status": outcome.status,
        "executedStepCount": outcome.executed,
        "failedStepCount": outcome.failed,
        "ignoredFailedStepCount": outcome.ignored,
        "failureMessage": message,
        "steps": json.loads(json.dumps(part.journal.rows())),
    }
