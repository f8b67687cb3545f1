"""The table of verbs, and what becomes of an error.

Verbs are modules with a `command`, imported when they are called for: `amiable --version` and shell
completion need neither boto3 nor the server. An error that has a sentence ends the command with it and
status 1; `--debug` shows where it came from. What is none of these is a bug, and shows its traceback.
"""

import importlib
from pathlib import Path

import click

from amiable.cli.failures import EXPECTED, sentence

# Section of the help → verb → module below amiable.cli. A module's command has the verb's help.
VERBS = {
    "Server": {
        "serve": "serve",
        "doctor": "doctor",
        "config": "sample_config",
        "verify": "verify",
        "teardown": "teardown",
    },
    "Accounts": {
        "account": "account",
        "env": "env",
        "console": "console_link",
    },
    "Images": {
        "catalog": "catalog",
        "image": "image",
        "create-image": "create_image",
        "alias": "alias",
    },
    "Looking inside": {
        "inspect": "look.inspect",
        "packages": "look.packages",
        "scan": "look.scan",
        "diff": "look.diff",
        "drift": "look.drift",
    },
    "Marketplace": {
        "marketplace": "marketplace",
    },
    "Machines": {
        "launch": "launch",
        "template": "template",
        "instance": "instance",
        "key": "key",
        "fleet": "fleet",
    },
    "Building": {
        "build": "image_build",
        "component": "component",
    },
}
_MODULES = {verb: module for verbs in VERBS.values() for verb, module in verbs.items()}


class Verbs(click.Group):
    """The group of all verbs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the table."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, or None when there is no such verb."""
        if cmd_name not in _MODULES:
            return None
        command: click.Command = importlib.import_module(f"amiable.cli.{_MODULES[cmd_name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs by section."""
        for section, verbs in VERBS.items():
            rows = []
            for verb in verbs:
                command = self.get_command(ctx, verb)
                assert command is not None
                rows.append((verb, command.get_short_help_str(formatter.width)))
            with formatter.section(section):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; an expected error becomes its sentence."""
        try:
            return super().invoke(ctx)
        except EXPECTED as error:
            if ctx.params["debug"]:
                raise
            raise click.ClickException(sentence(error)) from error


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file.  [default: /etc/amiable/amiable.toml]",
)
@click.option("--debug", is_flag=True, help="Show where an error comes from.")
@click.version_option(package_name="amiable", prog_name="amiable", message="%(prog)s %(version)s")
def root(config: Path | None, debug: bool) -> None:
    """Amazon Machine Images for your own Linux machines."""
