"""The public catalog in the rows: every entry is an image of the built-in account, public, in every region.

    listed (pending, NOT_IMPORTED) ──► importing (pending, IMPORTING) ──► available
            ▲                                   │                            │ pulled anew
            └────────── failed, says why ───────┘                            ▼
                                               replaced: keeps its id, loses the name, is deprecated

So a client finds ids by DescribeImages before anything was fetched, and a launch may name one: it enqueues
the import, if none is under way, and waits for it (flows/launch.py). The import is of the entry, not of a
region: one disk is fetched or built, and the image becomes available everywhere at once.

An entry with a product is sold: the same, with the product's code and the owner alias `aws-marketplace`.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.compute.catalog import SHIPPED, Entry, load
from amiable.core import clock, ids
from amiable.core.settings import Settings
from amiable.model.account import AMAZON, MARKETPLACE, Account
from amiable.model.flow import Flow, enqueue
from amiable.model.image import (
    EVERYONE,
    IMPORTING,
    LIVE_STATES,
    NOT_IMPORTED,
    Image,
    ImageDevice,
    LaunchPermission,
)
from amiable.model.product import Product, new_code
from amiable.model.product_code import ProductCode, inherit_codes
from amiable.model.snapshot import Snapshot

KIND = "catalog-import"
ROOT = "/dev/sda1"


def folder_of(settings: Settings) -> Path:
    """Where the catalog files lie."""
    return settings.catalog_dir if settings.catalog_dir != Path() else SHIPPED


def subject_of(name: str) -> str:
    """The subject of an entry's import: one at a time."""
    return f"catalog/{name}"


def current(session: Session, name: str, region: str) -> Image | None:
    """The image that stands for an entry in a region."""
    return session.scalar(
        select(Image)
        .where(Image.catalog_name == name, Image.region == region, Image.state.in_(LIVE_STATES))
        .order_by(Image.created_at.desc())
        .limit(1)
    )


def under_way(session: Session, name: str) -> Flow | None:
    """The import of an entry that has not ended."""
    return session.scalar(
        select(Flow)
        .where(Flow.subject == subject_of(name), Flow.kind == KIND, Flow.outcome.is_(None))
        .limit(1)
    )


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
            for snapshot_id in _snapshots(image):
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


def begin_import(session: Session, settings: Settings, entry: Entry, *, refresh: bool = False) -> None:
    """Enqueue the import of an entry unless it is under way, or done and no newer one is wanted."""
    if under_way(session, entry.name) is not None:
        return
    images = list_entry(session, settings, entry)
    snapshots = {}
    for region, image in images.items():
        if image.listed:
            snapshots[region] = _snapshots(image)[0]
            image.state_reason_code = IMPORTING
            image.state_reason_message = "It is being imported."
        elif refresh:
            fresh = new_snapshot(session, image.account_id, entry.size, entry.name, region)
            snapshots[region] = fresh.id
            inherit_codes(session, snapshots[region], image.id)
    if snapshots:
        session.flush()
        enqueue(
            session,
            KIND,
            subject_of(entry.name),
            host=settings.host_name,
            name=entry.name,
            snapshots=snapshots,
        )


def give_way(session: Session, account_id: str, region: str, name: str) -> None:
    """Deregister the image that is only listed under a name, unless its import is under way."""
    image = session.scalar(
        select(Image)
        .where(
            Image.account_id == account_id,
            Image.region == region,
            Image.name == name,
            Image.state == "pending",
        )
        .with_for_update(of=Image)
    )
    if image is None or not image.listed or under_way(session, name) is not None:
        return
    image.state, image.deregistered_at = "deregistered", clock.now()
    for snapshot_id in _snapshots(image):
        discard_snapshot(session, snapshot_id)
    session.flush()


def _snapshots(image: Image) -> list[str]:
    return [device.snapshot_id for device in image.devices if device.snapshot_id]


def on_snapshots(session: Session, snapshot_ids: Iterable[str]) -> dict[str, Image]:
    """The listed images that stand on these snapshots, by snapshot."""
    rows = session.execute(
        select(ImageDevice.snapshot_id, Image)
        .join(Image, Image.id == ImageDevice.image_id)
        .where(ImageDevice.snapshot_id.in_(list(snapshot_ids)), Image.state == "pending")
    )
    return {str(snapshot_id): image for snapshot_id, image in rows}


def discard_snapshot(session: Session, snapshot_id: str) -> None:
    """Have a snapshot that no image will use removed, with what was stored of it."""
    snapshot = session.get(Snapshot, snapshot_id)
    if snapshot is not None and snapshot.state in ("pending", "error"):
        snapshot.state = "deleting"
        enqueue(session, "delete-snapshot", snapshot_id)
