"""docs/cli.md, written from the verbs themselves.

python -m amiable.cli.documentation > docs/cli.md
"""

import inspect
import sys
from collections.abc import Iterator

import click

from amiable.cli.group import VERBS, root

HEAD = """# The command line

Generated from the verbs' own help; do not edit. To write it anew:

    python -m amiable.cli.documentation > docs/cli.md

Tables are for people; `--json` prints what scripts read. Data goes to standard output, progress and errors to
standard error. Exit status: 0 done, 1 refused or failed, 2 wrong words; `scan`, `diff`, `drift` say theirs.
"""


def page() -> str:
    """The whole page."""
    context = click.Context(root, info_name="amiable")
    parts = [HEAD]
    for section, verbs in VERBS.items():
        parts.append(f"## {section}\n")
        for verb in verbs:
            command = root.get_command(context, verb)
            assert command is not None
            parts += [_entry(one) for one in _leaves(command, click.Context(command, context, verb))]
    return "\n".join(parts)


def _leaves(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """The command, or each of a group's that is not hidden."""
    if not isinstance(command, click.Group):
        yield context
        return
    if command.invoke_without_command or not command.list_commands(context):
        yield context
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            yield from _leaves(inner, click.Context(inner, context, name))


def _entry(context: click.Context) -> str:
    """One command: its words, what it does, its options."""
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"### {context.command_path}\n", f"```\n{usage}\n```\n", _prose(command.help or "") + "\n"]
    rows = [
        record
        for option in command.get_params(context)
        if isinstance(option, click.Option) and "--help" not in option.opts
        if (record := option.get_help_record(context)) is not None
    ]
    if rows:
        lines += [
            "| option | |",
            "|---|---|",
            *(f"| `{_cell(words)}` | {_cell(text)} |" for words, text in rows),
        ]
        lines.append("")
    return "\n".join(lines)


def _prose(text: str) -> str:
    """A docstring; what click prints as it stands (`\\b`) becomes a block of code."""
    paragraphs = inspect.cleandoc(text).split("\f")[0].split("\n\n")
    shown = []
    for paragraph in paragraphs:
        if paragraph.startswith("\b"):
            shown.append("```\n" + paragraph.lstrip("\b\n") + "\n```")
        else:
            shown.append(paragraph.replace("<", "\\<"))
    return "\n\n".join(shown)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
