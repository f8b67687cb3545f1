"""The rows of the catalog: what an entry is listed by, and the product that it is sold as.

Made at a server's start from the catalog's files, and again for what somebody has deregistered since.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.compute.catalog import Entry, load
from amiable.core import clock, ids
from amiable.core.settings import Settings
from amiable.flows.catalog import current, discard_snapshot, folder_of, snapshots_of, under_way
from amiable.model.account import AMAZON, MARKETPLACE, Account
from amiable.model.image import EVERYONE, LIVE_STATES, NOT_IMPORTED, Image, ImageDevice, LaunchPermission
from amiable.model.product import Product, new_code
from amiable.model.product_code import ProductCode
from amiable.model.snapshot import Snapshot

ROOT = "/dev/sda1"


def list_catalog(session: Session, settings: Settings) -> None:
    """Make the rows say what the catalog's files say: at a server's start."""
    entries = load(folder_of(settings))
    for entry in entries.values():
        list_entry(session, settings, entry)
    gone = select(Image).where(
        Image.catalog_name.is_not(None), Image.catalog_name.not_in(entries), Image.state == "pending"
    )
    for image in session.scalars(gone):
        if under_way(session, str(image.catalog_name)) is None:
            image.state, image.deregistered_at = "deregistered", clock.now()
            for snapshot_id in snapshots_of(image):
                discard_snapshot(session, snapshot_id)


def list_entry(session: Session, settings: Settings, entry: Entry) -> dict[str, Image]:
    """The images of an entry by region, listed where there is none; what is not imported follows the file."""
    owner = session.scalars(select(Account).where(Account.alias == AMAZON)).one()
    code = _product_code(session, owner, entry)
    images = {}
    for region in settings.region_names:
        image = current(session, entry.name, region) or _adopted(session, owner, entry, region)
        if image is None:
            image = _listed(session, owner, entry, region, code)
        if image.listed:
            describe(image, entry)
        images[region] = image
    return images


def _adopted(session: Session, owner: Account, entry: Entry, region: str) -> Image | None:
    """An image that was made under the entry's name without the catalog: it is the entry's from now on."""
    image = session.scalar(
        select(Image).where(
            Image.account_id == owner.id,
            Image.region == region,
            Image.name == entry.name,
            Image.state.in_(LIVE_STATES),
        )
    )
    if image is not None:
        image.catalog_name = entry.name
        image.public_parameter_name, image.free_tier_eligible = entry.parameter, entry.free_tier
        session.flush()
    return image


def describe(image: Image, entry: Entry) -> None:
    """What an entry says of its image."""
    image.description = entry.description or f"{entry.distribution} {entry.release}"
    image.architecture, image.boot_mode = entry.architecture, entry.boot_mode
    image.public_parameter_name, image.free_tier_eligible = entry.parameter, entry.free_tier


def _listed(session: Session, owner: Account, entry: Entry, region: str, code: str | None) -> Image:
    snapshot = new_snapshot(session, owner.id, entry.size, entry.name, region)
    image = new_image(session, owner, entry, snapshot, code)
    image.state_reason_code = NOT_IMPORTED
    image.state_reason_message = f"It is imported at its first launch, or by: amiable image pull {entry.name}"
    session.flush()
    return image


def new_snapshot(session: Session, account_id: str, size: int, name: str, region: str) -> Snapshot:
    """The pending snapshot of `size` GiB that the disk of an entry goes into."""
    snapshot = Snapshot(
        id=ids.new_id("snap"),
        region=region,
        account_id=account_id,
        volume_size=size,
        description=f"The catalog's image {name}",
        started_at=clock.now(),
    )
    session.add(snapshot)
    session.flush()
    return snapshot


def new_image(session: Session, owner: Account, entry: Entry, snapshot: Snapshot, code: str | None) -> Image:
    """The pending image of an entry on a snapshot, with the product's code on both."""
    image_id = ids.new_id("ami")
    image = Image(
        id=image_id,
        region=snapshot.region,
        account_id=owner.id,
        owner_alias=MARKETPLACE if code else owner.alias,
        name=entry.name,
        catalog_name=entry.name,
        root_device_name=ROOT,
        created_at=clock.now(),
        devices=[
            ImageDevice(
                image_id=image_id,
                device_name=ROOT,
                position=0,
                snapshot_id=snapshot.id,
                volume_size=snapshot.volume_size,
            )
        ],
        permissions=[LaunchPermission(image_id=image_id, grantee=EVERYONE)],
    )
    describe(image, entry)
    session.add(image)
    for resource_id in (image_id, snapshot.id) if code else ():
        session.merge(ProductCode(resource_id=resource_id, code=code))
    session.flush()
    return image


def _product_code(session: Session, owner: Account, entry: Entry) -> str | None:
    """The code of the entry's product, which is made or follows the file."""
    offer = entry.product
    if offer is None:
        return None
    product = session.scalar(select(Product).where(Product.name == offer.name))
    if product is None:
        product = Product(code=new_code(), account_id=owner.id, name=offer.name, created_at=clock.now())
        session.add(product)
    if product.account_id == owner.id:
        product.title, product.description = offer.title, offer.description.strip()
        product.support, product.terms = offer.support.strip(), offer.terms.strip()
        product.prices, product.dimensions = dict(offer.prices), dict(offer.dimensions)
    session.flush()
    return product.code
