"""`amiable build`: images of recipe files; a file a verb. `amiable build FILE` means `build run FILE`."""

import click

from amiable.cli.image_build.debug import debug
from amiable.cli.image_build.others import cancel, list_, log, retry, show
from amiable.cli.image_build.record import list_packages, report
from amiable.cli.image_build.run import run

_VERBS = (run, list_, show, log, list_packages, report, debug, cancel, retry)


class _Build(click.Group):
    """A group whose first word may also be a file, or an option of `run`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before what is no verb."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.command("build", cls=_Build)
def command() -> None:
    """Build images from recipe files: amiable build RECIPE.yaml."""


for _verb in _VERBS:
    command.add_command(_verb)
