"""Options that many verbs share, and the settings in force."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from amiable.core.settings import Settings, load

F = TypeVar("F", bound=Callable[..., Any])


def settings() -> Settings:
    """The settings of this call: file, environment and `--config`. Raises InvalidInput."""
    config: Path | None = click.get_current_context().find_root().params["config"]
    return load(config=config)


def json_option(function: F) -> F:
    """`--json`: the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON: a list of objects.")(function)


class Pair(click.ParamType[tuple[str, str]]):
    """`key=value` → (key, value)."""

    name = "KEY=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the first `=`."""
        if isinstance(value, tuple):
            return value
        key, sign, text = str(value).partition("=")
        if not (key and sign):
            self.fail(f"{value!r} is not of the form key=value.", param, ctx)
        return key, text


def tag_option(what: str) -> Callable[[F], F]:
    """`--tag KEY=VALUE`, many times: the parameter `tags`, pairs."""
    return click.option("--tag", "tags", multiple=True, type=Pair(), help=f"Tag of {what}; may be repeated.")


def tag_list(tags: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    """EC2's list of tags."""
    return [{"Key": key, "Value": value} for key, value in tags]
