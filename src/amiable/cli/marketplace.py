"""`amiable marketplace`: paid products, who is subscribed to them, and what their use costs."""

import csv
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.options import json_option
from amiable.cli.output import print_details, print_json, print_table
from amiable.core import clock
from amiable.core.errors import NotFound

Item = dict[str, Any]
_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.group("marketplace")
def command() -> None:
    """List, subscribe to and publish paid products; report their use."""


def _product(amiable: Any, name: str) -> Item:
    """A product by name or code. Raises NotFound."""
    for row in amiable.describe_products()["Products"]:
        if name in (row["Name"], row["ProductCode"]):
            return dict(row)
    raise NotFound(f"There is no product {name!r}. See: amiable marketplace list")


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the products."""
    rows = client("amiable").describe_products()["Products"]
    if as_json:
        print_json(rows)
        return
    print_table(
        rows,
        [
            ("NAME", lambda row: row["Name"]),
            ("TITLE", lambda row: row["Title"]),
            ("USD/HOUR", lambda row: row["HourlyPrices"]["default"]),
            ("SUBSCRIBED", lambda row: row["Subscribed"]),
            ("IMAGES", lambda row: " ".join(row.get("ImageIds", ()))),
            ("CODE", lambda row: row["ProductCode"]),
            ("PUBLISHER", lambda row: row["PublisherId"]),
        ],
        "There is no product.",
    )


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a product: description, prices, support, terms."""
    row = _product(client("amiable"), name)
    if as_json:
        print_json([row])
        return
    print_details(
        [
            ("Name", row["Name"]),
            ("Title", row["Title"]),
            ("Code", row["ProductCode"]),
            ("Publisher", row["PublisherId"]),
            ("Subscribed", row["Subscribed"]),
            ("Images", " ".join(row.get("ImageIds", ()))),
            ("Description", row.get("Description")),
            *((f"USD/hour {kind}", price) for kind, price in sorted(row["HourlyPrices"].items())),
            *((f"USD/unit {unit}", price) for unit, price in sorted(row.get("Dimensions", {}).items())),
            ("Support", row.get("Support")),
            ("Terms", row["Terms"]),
        ]
    )


@command.command("subscribe")
@click.argument("name")
@click.option("--accept-terms", is_flag=True, help="Accept terms and prices without being asked.")
def subscribe(name: str, accept_terms: bool) -> None:
    """Accept a product's terms and prices, so that it may be launched."""
    amiable = client("amiable")
    row = _product(amiable, name)
    if not accept_terms:
        prices = ", ".join(f"{kind}: {price}" for kind, price in sorted(row["HourlyPrices"].items()))
        click.echo(f"{row['Title']}\n\n{row['Terms']}\n\nUSD an hour: {prices}\n", err=True)
        click.confirm("Do you accept?", abort=True, err=True)
    amiable.subscribe_product(ProductCode=row["ProductCode"], AcceptTerms=True)
    click.echo(f"Subscribed to {row['Name']}. Launch it: amiable launch {' '.join(row['ImageIds'][:1])}")


@command.command("unsubscribe")
@click.argument("name")
def unsubscribe(name: str) -> None:
    """End a subscription; what runs goes on and is charged."""
    amiable = client("amiable")
    row = _product(amiable, name)
    amiable.unsubscribe_product(ProductCode=row["ProductCode"])
    click.echo(f"Unsubscribed from {row['Name']}")


@command.command("publish")
@click.argument("name")
@click.option("--image", "images", multiple=True, metavar="AMI", help="Image to offer; may be repeated.")
@click.option("--title", help="Its name for people.")
@click.option("--description", help="What it is.")
@click.option("--price", "prices", multiple=True, metavar="[TYPE=]USD", help="USD an hour; may be repeated.")
@click.option(
    "--unit", "units", multiple=True, metavar="NAME=USD", help="What its software meters; the price."
)
@click.option("--support", help="Where its users get help.")
@click.option("--terms", help="What its users accept.")
def publish(
    name: str,
    images: tuple[str, ...],
    title: str | None,
    description: str | None,
    prices: tuple[str, ...],
    units: tuple[str, ...],
    support: str | None,
    terms: str | None,
) -> None:
    """Offer images as a product, if it is new, and put them into every region for all to see."""
    amiable = client("amiable")
    if images:
        if not (prices and terms):
            raise click.UsageError("A new product needs --price and --terms.")
        request = {
            "Name": name,
            "Title": title or name,
            "Description": description,
            "HourlyPrices": dict(_priced(text, "default") for text in prices),
            "Dimensions": dict(_priced(text, None) for text in units),
            "Support": support,
            "Terms": terms,
            "ImageIds": list(images),
        }
        amiable.create_product(**{key: value for key, value in request.items() if value})
    row = _product(amiable, name)
    for image in amiable.publish_product(ProductCode=row["ProductCode"])["Images"]:
        click.echo(f"{image['Region']}  {image['ImageId']}  {image['State']}")


def _priced(text: str, unnamed: str | None) -> tuple[str, str]:
    """`NAME=USD` → (name, price); a price alone has the name `unnamed`."""
    key, sign, price = text.rpartition("=")
    if not sign and unnamed is None:
        raise click.UsageError(f"{text!r} is not of the form NAME=USD.")
    return key or str(unnamed), price


def _member(key: str) -> Callable[[Item], object]:
    return lambda row: row.get(key)


@command.command("usage")
@click.option("--from", "since", type=_DAY, help="First day (UTC).  [default: that of the month]")
@click.option("--to", "until", type=_DAY, help="Day after the last.  [default: tomorrow]")
@click.option("--publisher", is_flag=True, help="The use of your products instead of yours.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def usage(
    since: datetime | None, until: datetime | None, publisher: bool, as_csv: bool, as_json: bool
) -> None:
    """Report use: seconds and US dollars by account, product and instance type, and metered units."""
    amiable = client("amiable")
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    report = amiable.describe_usage(
        StartTime=since or today.replace(day=1),
        EndTime=until or today + timedelta(days=1),
        AsPublisher=publisher,
    )
    names = {row["ProductCode"]: row["Name"] for row in amiable.describe_products()["Products"]}
    rows = [
        {**row, "Product": names.get(row["ProductCode"], row["ProductCode"])}
        for row in (*report["Usage"], *report.get("MeteredUsage", ()))
    ]
    columns = {
        "ACCOUNT": "AccountId",
        "PRODUCT": "Product",
        "REGION": "Region",
        "TYPE": "InstanceType",
        "UNIT": "Dimension",
        "SECONDS": "Seconds",
        "QUANTITY": "Quantity",
        "USD": "Amount",
    }
    if as_json:
        print_json(rows)
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([*columns.values(), "ProductCode"])
        writer.writerows([row.get(key, "") for key in (*columns.values(), "ProductCode")] for row in rows)
    else:
        print_table(
            rows,
            [(title, _member(key)) for title, key in columns.items()],
            "No use of paid products in this time.",
        )
