"""PublishProduct: a product's images go into every region, public, and stay so when it is called again."""

from dataclasses import replace

from sqlalchemy import or_, select

from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.image_names import check_image_name
from amiable.api.share_gate import check_gate
from amiable.api.table import Shape, operation
from amiable.flows.begin_copy import begin_copy
from amiable.model.account import MARKETPLACE
from amiable.model.image import EVERYONE, Image, LaunchPermission, root_first
from amiable.model.product import Product
from amiable.model.product_code import ProductCode
from amiable.protocol.faults import Fault


def offered(call: Call, codes: list[str]) -> dict[str, list[Image]]:
    """The images by product that are offered: public ones, and the caller's own."""
    rows = call.session.execute(
        select(ProductCode.code, Image)
        .join(Image, Image.id == ProductCode.resource_id)
        .join(Product, Product.code == ProductCode.code)
        .where(
            ProductCode.code.in_(codes),
            Image.account_id == Product.account_id,
            Image.owner_alias == MARKETPLACE,
            Image.state.in_(("pending", "available")),
            or_(Image.account_id == call.account_id, Image.permissions.any(grantee=EVERYONE)),
        )
        .order_by(Image.created_at, Image.id)
    )
    found: dict[str, list[Image]] = {}
    for code, image in rows:
        found.setdefault(code, []).append(image)
    return found


@operation("amiable", "PublishProduct")
def publish_product(call: Call, request: Shape) -> Shape:
    """Put the product's images into every region, for all to see and for subscribers to launch."""
    code = request["ProductCode"]
    product = call.session.scalar(select(Product).where(Product.code == code).with_for_update())
    if product is None or product.account_id != call.account_id:
        raise unknown_product(code)
    images = offered(call, [code]).get(code, [])
    sources = {image.name: image for image in images if image.state == "available"}
    if not sources:
        raise invalid(f"The product {product.name} has no available image to publish.")
    present = {(image.name, image.region) for image in images}
    for name, source in sources.items():
        if not source.public:
            there = replace(call, region=source.region)
            check_gate(there, source.id, [row.snapshot_id for row in root_first(source) if row.snapshot_id])
        for region in call.settings.region_names:
            if (name, region) not in present:
                images.append(_copied(call, source, region))
    for image in images:
        if not image.public:
            image.permissions.append(LaunchPermission(image_id=image.id, grantee=EVERYONE))
    call.session.flush()
    return {
        "Images": [
            {"Region": image.region, "ImageId": image.id, "State": image.state}
            for image in sorted(images, key=lambda image: (image.region, image.id))
        ]
    }


def _copied(call: Call, source: Image, region: str) -> Image:
    """The pending copy of an offered image in another region."""
    try:
        check_image_name(replace(call, region=region), source.name)
    except Fault as taken:
        raise Fault(taken.code, f"{taken.message} in {region}: deregister that first.") from taken
    return begin_copy(
        call.session,
        source,
        region=region,
        account_id=call.account_id,
        owner_alias=MARKETPLACE,
        name=source.name,
        description=source.description,
        now=call.now,
    )


def unknown_product(code: str) -> Fault:
    """InvalidParameterValue for a code that is no product's."""
    return invalid(f"There is no product {code}.")
