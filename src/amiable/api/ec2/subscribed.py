"""What is made of a paid product is launched by its subscribers only."""

from amiable.api.call import Call
from amiable.model.product import missing_subscriptions
from amiable.protocol.faults import Fault


def check_subscribed(call: Call, *resource_ids: str) -> None:
    """Raise OptInRequired unless the caller may launch all products in these images and snapshots."""
    missing = missing_subscriptions(call.session, call.account_id, *resource_ids)
    if missing:
        listed = "; ".join(f"{product.title} (ProductCode {product.code})" for product in missing)
        raise Fault(
            "OptInRequired",
            "In order to use this AWS Marketplace product you need to accept terms and subscribe. "
            f"To do so please call SubscribeProduct of the service amiable for: {listed}",
        )
