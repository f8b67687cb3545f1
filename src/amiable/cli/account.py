"""`amiable account`: tenants of the server, by root's own view."""

import click

from amiable.app import add_account, open_state
from amiable.cli.local import all_accounts, local_state
from amiable.cli.options import json_option, settings
from amiable.cli.output import print_details, print_json, print_table
from amiable.core.errors import InvalidInput
from amiable.model.account import create_access_key


@click.group("account")
def command() -> None:
    """Create and list accounts."""


@command.command("create")
@click.argument("name")
@click.option("--unit", metavar="OU", help="Its unit in the organization: ou-ab12-cdefgh34.")
@json_option
def create(name: str, unit: str | None, as_json: bool) -> None:
    """Make an account with an access key and its default networks."""
    chosen = settings()
    if unit and not chosen.organization:
        raise InvalidInput("There is no organization to have units: set organization. See: amiable config")
    with open_state(chosen) as state:
        account = add_account(state, name, unit=unit)
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
            **({"Unit": account.unit} if account.unit else {}),
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
            ("UNIT", lambda item: item.get("Unit")),
            ("KEYS", lambda item: item["ActiveKeys"]),
            ("CREATED", lambda item: item["CreateDate"]),
        ],
        "There is no account yet. Make one: amiable account create NAME",
    )
