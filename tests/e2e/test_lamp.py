"""The product `lamp`, as a buyer has it: subscribe, launch, read a row of the database by HTTP, be charged.

One machine is booted. Baking it uses the packages that earlier runs have configured, if there are any.
"""

import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amiable.compute.base import disk
from amiable.compute.catalog import SHIPPED
from amiable.core import clock
from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server, eventually, prepared
from tests.helpers.tiny import FOLDER

ROW = "It works: Apache, PHP and MariaDB on Debian 12."


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with prepared() as server:
        shutil.copy(SHIPPED / "marketplace.toml", server.settings["catalog_dir"])
        packages = FOLDER / "packages"
        packages.mkdir(mode=0o755, parents=True, exist_ok=True)
        data = Path(server.settings["data_dir"])
        data.mkdir(mode=0o700)
        (data / "build").symlink_to(packages)
        server.start()
        yield server


@pytest.fixture(scope="module")
def buyer(server: Server) -> Account:
    return server.account("buyer")


@pytest.fixture(scope="module")
def product(buyer: Account) -> dict[str, Any]:
    (product,) = buyer.client("amiable").describe_products()["Products"]
    return dict(product)


@pytest.fixture(scope="module")
def guest(buyer: Account, product: dict[str, Any]) -> Iterator[Guest]:
    """A machine of the product, launched by a subscriber: its launch bakes the image."""
    buyer.client("amiable").subscribe_product(ProductCode=product["ProductCode"], AcceptTerms=True)
    guest = launch(buyer, product["ImageIds"][0], 22, 80, user="debian", within=500, InstanceType="t3.small")
    yield guest
    guest.terminate()


def page(guest: Guest) -> str:
    """The page at /, or nothing while the server does not answer with it."""
    try:
        with urllib.request.urlopen(f"http://{guest.address}/", timeout=10) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def seconds(account: Account) -> list[int]:
    now = clock.now()
    span = {"StartTime": now - timedelta(days=1), "EndTime": now + timedelta(days=1)}
    return [int(row["Seconds"]) for row in account.client("amiable").describe_usage(**span)["Usage"]]


def test_who_is_not_subscribed_launches_nothing(buyer: Account, product: dict[str, Any]) -> None:
    ec2 = buyer.client("ec2")
    (image,) = ec2.describe_images(Owners=["aws-marketplace"])["Images"]
    assert product["ImageIds"] == [image["ImageId"]]
    assert image["ProductCodes"][0]["ProductCodeId"] == product["ProductCode"]
    with pytest.raises(
        ec2.exceptions.ClientError, match=r"OptInRequired.*amiable marketplace subscribe lamp"
    ):
        ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1)
    assert ec2.describe_instances()["Reservations"] == []


def test_a_subscriber_gets_a_page_with_the_row_of_its_database(guest: Guest, server: Server) -> None:
    eventually(lambda: ROW in page(guest), within=400, every=2, what=f"the page: {guest.console()[-800:]}")
    (cached,) = (Path(server.settings["data_dir"]) / "cache").glob("*.raw")
    offset = disk.layout(128)[2].start * disk.MIB
    listing = subprocess.run(
        ["debugfs", "-R", "stat /etc/lamp", f"{cached}?offset={offset}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "File not found" in listing.stderr + listing.stdout, "the password is not in the image"
    guest.until_ssh()
    assert guest.ssh("stat -c '%U:%G %a' /etc/lamp/database.ini") == "root:www-data 640"
    assert len(guest.ssh("sudo grep -c '^password = [0-9a-f]\\{48\\}$' /etc/lamp/database.ini")) == 1


def test_the_code_is_everywhere(guest: Guest, product: dict[str, Any]) -> None:
    code = product["ProductCode"]
    assert guest.facts["ProductCodes"] == [{"ProductCodeId": code, "ProductCodeType": "marketplace"}]
    metadata = "http://169.254.169.254/latest"
    assert guest.ssh(f"curl -s {metadata}/meta-data/product-codes") == code
    assert f'"{code}"' in guest.ssh(
        f"curl -s {metadata}/dynamic/instance-identity/document | grep marketplaceProductCodes -A1"
    )


def test_use_is_charged_through_a_killed_server(guest: Guest, server: Server, buyer: Account) -> None:
    (before,) = seconds(buyer)
    assert before >= 60
    server.kill()
    server.start()
    (after,) = eventually(
        lambda: [one for one in seconds(buyer) if one > before], within=90, what="the use to be seen"
    )
    assert before < after < before + 120
    assert ROW in page(guest)


def test_the_marketplaces_own_services_answer(
    guest: Guest, server: Server, buyer: Account, product: dict[str, Any]
) -> None:
    code = product["ProductCode"]
    entitlement = server.account("amazon").client("marketplace-entitlement")
    (row,) = entitlement.get_entitlements(ProductCode=code)["Entitlements"]
    assert (row["CustomerAWSAccountId"], row["Dimension"]) == (buyer.id, "Hours")
    metering = buyer.client("meteringmarketplace")
    with pytest.raises(metering.exceptions.InvalidUsageDimensionException, match="it has: none"):
        metering.meter_usage(ProductCode=code, Timestamp=clock.now(), UsageDimension="x", UsageQuantity=1)
    with pytest.raises(metering.exceptions.ClientError, match="UnsupportedOperation"):
        metering.register_usage(ProductCode=code, PublicKeyVersion=1)


def test_another_instance_on_its_disk_gets_another_password(guest: Guest) -> None:
    """What an image of this instance would do at its first start: the machine-id is not the one it knows."""
    before = guest.ssh("sudo cat /etc/lamp/database.ini")
    guest.ssh("echo another | sudo tee /etc/lamp/instance && sudo systemctl restart lamp-setup", timeout=240)
    assert guest.ssh("sudo cat /etc/lamp/database.ini") != before
    assert page(guest).count(ROW) == 1
