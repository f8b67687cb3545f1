"""`amiable component run`: one document on an instance that runs, or on one made of an image and thrown away.

The lines of the guest appear as they are written; a table of steps and the exit status end it (0: success).
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from amiable.builder.document.model import Document
from amiable.builder.document.parse import parse
from amiable.builder.journal import Journal
from amiable.builder.junit import junit
from amiable.builder.outcome import Outcome, Surroundings
from amiable.builder.run import run as run_document
from amiable.builder.ssh import SshGuest
from amiable.cli.client import client
from amiable.cli.component.throwaway import throwaway
from amiable.cli.naming import image_id, instance_id
from amiable.cli.options import Pair, json_option
from amiable.cli.output import clean, print_json, print_table
from amiable.core.errors import Conflict

PHASES = ("build", "validate", "test")
_COLUMNS = (
    ("PHASE", lambda row: row["Phase"]),
    ("STEP", lambda row: row["Step"]),
    ("STATUS", lambda row: row["Status"]),
    ("MESSAGE", lambda row: row.get("Message")),
)


@click.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", "target", metavar="INSTANCE", help="A running instance, by id or Name tag.")
@click.option("--image", metavar="AMI", help="Launch an instance of this image, and end it afterwards.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Private key for --on.",
)
@click.option("--user", default="root", show_default=True, help="User to log in as; becomes root by sudo.")
@click.option("--phase", "phases", multiple=True, help="Phases to run.  [default: all of the document]")
@click.option("--parameter", "parameters", multiple=True, type=Pair(), help="Value of a parameter.")
@click.option("--type", "kind", metavar="TYPE", help="Instance type for --image.")
@click.option("--keep", is_flag=True, help="With --image: keep the instance when a step fails.")
@click.option(
    "--junit", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report."
)
@json_option
def run(
    file: Path,
    target: str | None,
    image: str | None,
    key: Path | None,
    user: str,
    phases: tuple[str, ...],
    parameters: tuple[tuple[str, str], ...],
    kind: str | None,
    keep: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Run a component document on an instance. Exit status 1 if a step failed."""
    if (target is None) == (image is None):
        raise click.UsageError("Give either --on INSTANCE or --image AMI.")
    if target is not None and key is None:
        raise click.UsageError("--on needs --key: the private key that the instance lets in.")
    document = parse(file.read_text(errors="replace"))
    chosen = phases or tuple(phase.name for phase in document.phases)
    with ExitStack() as stack:
        ec2 = client("ec2")
        if image is not None:
            machine = stack.enter_context(throwaway(ec2, image_id(ec2, image), kind))
            address, private_key = machine.address, machine.private_key
        else:
            assert target is not None
            assert key is not None
            machine = None
            address, private_key = _address(ec2, instance_id(ec2, target)), key.read_text()
        with _guest(address, user, private_key) as guest:
            outcome, steps = _run(document, chosen, dict(parameters), guest)
        if machine is not None and keep and outcome.status != "success":
            machine.keep = True
            click.echo(f"Kept: {machine.instance_id} at {address}, key {machine.key_file}", err=True)
    if report is not None:
        report.write_text(junit(document.name or file.stem, steps))
    if as_json:
        print_json([_shape(outcome, steps)])
    else:
        print_table(steps, _COLUMNS, "No step was run.")
        click.echo(f"{outcome.status}: {outcome.executed} steps run, {outcome.failed} failed.")
    if outcome.status != "success":
        raise SystemExit(1)


def _address(ec2: Any, instance: str) -> str:
    (reservation,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    address = reservation["Instances"][0].get("PublicIpAddress")
    if not address:
        raise Conflict(f"The instance {instance} has no public address; is it running?")
    return str(address)


@contextmanager
def _guest(address: str, user: str, private_key: str) -> Iterator[SshGuest]:
    with SshGuest(address, user, private_key) as guest:
        click.echo(f"Waiting for SSH at {address}", err=True)
        guest.wait()
        yield guest


def _run(
    document: Document, phases: tuple[str, ...], parameters: dict[str, str], guest: SshGuest
) -> tuple[Outcome, list[dict[str, Any]]]:
    """The outcome, and a row a step."""
    journal = Journal(None, lambda data: None)

    def log(phase: str, step: str, stream: str, text: str) -> None:
        click.echo(clean(f"{phase}.{step}| {text}"), err=True)

    outcome = run_document(document, phases, parameters, journal, Surroundings(guest, log))
    return outcome, journal.rows()


def _shape(outcome: Outcome, steps: list[dict[str, Any]]) -> dict[str, Any]:
    """What `awstoe run` prints, and the steps."""
    message = outcome.failure.message if outcome.failure else ""
    return {
        "status": outcome.status,
        "executedStepCount": outcome.executed,
        "failedStepCount": outcome.failed,
        "ignoredFailedStepCount": outcome.ignored,
        "failureMessage": message,
        "steps": json.loads(json.dumps(steps)),
    }
