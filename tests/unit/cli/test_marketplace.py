"""`amiable marketplace` and `amiable catalog`: products from publishing to the bill."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from amiable.compute.catalog import SHIPPED
from amiable.core import clock
from amiable.flows.catalog_listing import list_catalog
from amiable.model.database import Database
from amiable.model.instance import Instance
from amiable.model.usage import begin_use, end_use
from tests.unit.cli.desk import Desk, set_image

HOUR = timedelta(hours=1)


@pytest.fixture
def image_id(server: Database, desk: Desk, tmp_path: Path) -> str:
    """An available image of the desk's account."""
    disk = tmp_path / "web.raw"
    disk.write_bytes(bytes(1024))
    image = desk.json("image", "import", disk, "--name", "web", "--no-wait")[0]["ImageId"]
    set_image(server, image, "available", percent=100)
    return str(image)


def test_from_an_image_to_the_bill(server: Database, desk: Desk, image_id: str) -> None:
    said = desk.ok(
        *("marketplace", "publish", "web", "--image", image_id, "--title", "A web"),
        *("--price", "0.5", "--price", "t3.small=1", "--unit", "pages=0.1", "--terms", "Pay."),
    )
    assert [line.split()[0] for line in said.splitlines()] == ["us-east-1", "us-west-2"]
    (product,) = desk.json("marketplace", "list")
    assert (product["Name"], product["ImageIds"]) == ("web", [image_id])
    assert f"Product code  {product['ProductCode']}\n" in desk.ok("image", "show", image_id)
    details = desk.ok("marketplace", "show", "web")
    assert "USD/hour t3.small" in details
    assert "USD/unit pages" in details
    assert "own product" in desk.refused("marketplace", "subscribe", "web", "--accept-terms")
    assert desk.run("marketplace", "publish", "new", "--image", image_id).exit_code == 2
    assert "See: amiable marketplace list" in desk.refused("marketplace", "show", "none")

    (instance,) = desk.json("launch", image_id, "--no-wait", "--type", "t3.small")
    begun = clock.now() - HOUR
    with server.write() as session:
        begin_use(session, session.get_one(Instance, instance["InstanceId"]), begun)
        end_use(session, instance["InstanceId"], begun + timedelta(seconds=90))
    since = f"{begun - 24 * HOUR:%Y-%m-%d}"
    (row,) = desk.json("marketplace", "usage", "--from", since)
    assert (row["Product"], row["Seconds"], row["Amount"]) == ("web", 90, "0.000000")
    table = desk.ok("marketplace", "usage", "--from", since).splitlines()
    assert table[1].split()[1:] == ["web", "us-east-1", "t3.small", "-", "90", "-", "0.000000"]
    (line,) = csv.DictReader(io.StringIO(desk.ok("marketplace", "usage", "--from", since, "--csv")))
    assert (line["Product"], line["Seconds"]) == ("web", "90")


def test_the_shipped_product_and_the_catalog(server: Database, desk: Desk) -> None:
    with server.write() as session:
        list_catalog(session, desk.settings)
    rows = {row["Name"]: row for row in desk.json("catalog")}
    assert len(rows) == sum(path.read_text().count("[[image]]") for path in SHIPPED.glob("*.toml"))
    assert rows["lamp-debian-12"]["ProductName"] == "lamp"
    lines = desk.ok("catalog").splitlines()
    assert lines[0].split()[:2] == ["NAME", "DISTRIBUTION"]
    assert "OptInRequired" in desk.refused("launch", "lamp-debian-12")
    result = desk.run("marketplace", "subscribe", "lamp")
    assert (result.exit_code, "Do you accept?" in result.stderr) == (1, True)
    assert desk.ok("marketplace", "subscribe", "lamp", "--accept-terms").startswith("Subscribed to lamp.")
    desk.ok("launch", "lamp-debian-12", "--no-wait")
    (row,) = [one for one in desk.json("catalog") if one["Name"] == "lamp-debian-12"]
    assert row["State"] == "importing"
    assert desk.ok("image", "pull", "lamp-debian-12", "--no-wait").split()[2] == "importing"
    assert desk.ok("marketplace", "unsubscribe", "lamp") == "Unsubscribed from lamp\n"
    assert "See: amiable catalog" in desk.refused("image", "pull", "unknown")
