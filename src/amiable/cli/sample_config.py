"""`amiable config`: a sample configuration file, made of the settings' own rows.

`share/amiable.toml` is what it prints.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from amiable.core.settings import Settings, documentation

_HEAD = """\
# Configuration of amiable: /etc/amiable/amiable.toml, or the file that AMIABLE_CONFIG or --config names.
# Every setting is shown with its default. A variable AMIABLE_<NAME> in the environment comes before it.
"""
# Settings that are tables: what an entry looks like.
_ENTRIES = {
    "stores": '{ "us-west-2" = "s3://bucket/prefix" }',
    "store_options": '{ endpoint = "https://s3.example.net", access_key_id = "…", secret_access_key = "…" }',
    "buckets": '{ images = "111122223333 444455556666" }',
    "bucket_options": '{ endpoint = "https://s3.example.net", access_key_id = "…", secret_access_key = "…" }',
    "quotas": '{ images = "100", public-images = "20" }',
}


def _toml(kind: Any, default: str) -> str:
    """The default of a setting in TOML."""
    if kind in (int, float):
        return default
    if kind is bool:
        return default.lower()
    if kind is Path and Path(default) == Path():
        return '""'
    return f'"{default}"'


def sample_configuration() -> str:
    """Every setting with its help and, as a comment, its default."""
    kinds = {row.name: row.type for row in fields(Settings)}
    blocks = [_HEAD]
    for name, default, help in documentation():
        table = kinds[name] == Mapping[str, str]
        value = _ENTRIES[name] if table else _toml(kinds[name], default)
        blocks.append(f"# {help}\n{'# example: ' if table else '#'}{name} = {value}\n")
    return "\n".join(blocks)


@click.command("config")
def command() -> None:
    """Print a sample configuration file."""
    click.echo(sample_configuration(), nl=False)
