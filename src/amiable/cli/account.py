"""`amiable account`: tenants of the server, by root's own view."""

import click

from amiable.app import add_account, open_state
from amiable.cli.local import all_accounts, local_state
from amiable.cli.options import json_option, settings
from amiable.cli.output import print_details, print_json, print_table
from amiable.model.account import create_access_key


@click.group("account")
def command() -> None:
    """Create and list accounts."""


@command.command("create")
@click.argument("name")
@json_option
def create(name: str, as_json: bool) -> None:
    """Make an account with an access key and its default networks."""
    with open_state(settings()) as state:
        account = add_account(state, name)
        with state.database.write() as session:
            key, secret = create_access_key(session, account.id, state.sealer)
    if as_json:
        print_json(
            [
                {
                    "AccountId": account.id,
                    "Name": account.name,
                    "AccessKeyId": key.id,
                    "SecretAccessKey": secret,
                    "CreateDate": account.created_at,
                }
            ]
        )
        return
    print_details(
        [
            ("Account", account.id),
            ("Name", account.name),
            ("Access key", key.id),
            ("Secret", secret),
            ("Use it", f'eval "$(amiable env --account {account.name})"'),
        ]
    )


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List accounts."""
    with local_state(settings()) as state:
        rows = all_accounts(state)
    items = [
        {
            "AccountId": account.id,
            "Name": account.name,
            "BuiltIn": account.alias is not None,
            "ActiveKeys": keys,
            "CreateDate": account.created_at,
        }
        for account, keys in rows
    ]
    if as_json:
        print_json(items)
        return
    print_table(
        items,
        [
            ("ACCOUNT", lambda item: item["AccountId"]),
            ("NAME", lambda item: item["Name"]),
            ("BUILT IN", lambda item: item["BuiltIn"]),
            ("KEYS", lambda item: item["ActiveKeys"]),
            ("CREATED", lambda item: item["CreateDate"]),
        ],
        "There is no account yet. Make one: amiable account create NAME",
    )
