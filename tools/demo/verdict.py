"""What must have come from *test* to *production*, what must be its own, and what was seen from outside."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from tools.demo import screen
from tools.demo.guest import HEADER, PAGE

# Shown as → fact, and what it must be.
ARRIVED = {
    "application": ("application", "active"),
    "published page": ("page", PAGE),
    "its configuration": ("configuration", f"add_header {HEADER} demo;"),
    "environment variable": ("environment", "green"),
    "network: hosts entry": ("hosts", "10.20.30.40 db.internal"),
    "network: DNS settings": ("dns", "corp.example"),
    "user": ("user", None),
    "its groups": ("groups", "anna editors"),
    "host firewall": ("firewall", "drop all but 22, 80"),
}
OWN = ("host key", "machine-id", "hostname", "instance-id")


@dataclass(frozen=True)
class Row:
    """One comparison."""

    what: str
    test: str
    production: str
    good: bool


def compare(test: Mapping[str, str], production: Mapping[str, str], instance_id: str) -> list[Row]:
    """Every row: arrived, its own, larger. `instance_id` is production's, as the API knows it."""
    rows = []
    for what, (fact, wanted) in ARRIVED.items():
        here, there = test.get(fact, ""), production.get(fact, "")
        good = bool(there) and here == there and wanted in (None, there)
        rows.append(Row(what, here, there, good))
    for fact in OWN:
        here, there = test.get(fact, ""), production.get(fact, "")
        good = bool(here) and bool(there) and here != there
        rows.append(Row(f"own {fact}", here, there, good and (fact != "instance-id" or there == instance_id)))
    here, there = test.get("memory", ""), production.get("memory", "")
    rows.append(Row("larger machine", here, there, _gib(there) > _gib(here) > 0))
    return rows


def served(body: str, headers: Mapping[str, str]) -> Row:
    """The page as the world sees it."""
    good = body.strip() == PAGE and headers.get(HEADER.lower()) == "demo"
    return Row("page over HTTP", "", f"{body.strip()} ({HEADER}: {headers.get(HEADER.lower(), '-')})", good)


def host_key_on_console(production: Mapping[str, str], console: str) -> Row:
    """The host key that SSH met is the one that the machine printed on its console."""
    key = production.get("host key", "")
    return Row("host key on the console", "", key, bool(key) and key in console)


def show(rows: list[Row]) -> bool:
    """Print the table; whether every row is good."""
    table = Table(box=None, pad_edge=True)
    for title in ("", "", "test", "production"):
        table.add_column(title, overflow="fold")
    for row in rows:
        sign = Text("✓", "green") if row.good else Text("✗", "bold red")
        table.add_row(sign, row.what, Text(row.test), Text(row.production))
    screen.console.print(table, soft_wrap=False)
    return all(row.good for row in rows)


def _gib(text: str) -> float:
    number = text.split(" ", maxsplit=1)[0]
    return float(number) if number.replace(".", "", 1).isdigit() else 0.0
