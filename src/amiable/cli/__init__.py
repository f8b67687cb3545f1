"""The `amiable` command: one file a verb, each parses words → calls → prints.

    group.py      the table of verbs, read when needed; what an error becomes
    options.py    options that many verbs share
    client.py     signed requests: whose keys, which endpoint, which region
    local.py      root's own view of accounts and keys, past the API
    output.py     tables, details, JSON
    progress.py   a bar on a terminal, plain lines elsewhere
    waiting.py    follow images and instances until they are done
    naming.py     resources by id or by name

All verbs but `serve`, `teardown`, `doctor`, `config`, `env` and `account` are clients of the public API, as
the AWS CLI is. Data goes to standard output, progress and errors to standard error. Status: 0 done, 1 refused
or failed, 2 wrong words.
"""

from amiable.cli.group import root


def main() -> None:
    """Entry point of the program."""
    root(prog_name="amiable")
