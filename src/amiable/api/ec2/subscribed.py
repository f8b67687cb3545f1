"""What is made of a paid product is launched and attached by its subscribers only, and carries its code.

A code goes wherever the content goes: image → instance and volume → snapshot → image, and with an attached
volume to the instance, which it leaves with the volume (flows/detachment.py).
"""

from amiable.api.call import Call
from amiable.model.instance import Instance
from amiable.model.product import missing_subscriptions
from amiable.model.product_code import codes_of, inherit_codes
from amiable.model.volume import Volume
from amiable.protocol.faults import Fault


def check_subscribed(call: Call, *resource_ids: str) -> None:
    """Raise OptInRequired unless the caller may launch all products in these images and snapshots."""
    missing = missing_subscriptions(call.session, call.account_id, *resource_ids)
    if missing:
        listed = "; ".join(f"{product.title} (ProductCode {product.code})" for product in missing)
        commands = " and ".join(f"amiable marketplace subscribe {product.name}" for product in missing)
        raise Fault(
            "OptInRequired",
            "In order to use this AWS Marketplace product you need to accept terms and subscribe. "
            f"To do so please call SubscribeProduct of the service amiable for: {listed}, or run: {commands}",
        )


def attach_codes(call: Call, volume: Volume, instance: Instance) -> None:
    """What a volume's codes ask for when it is attached, and their way to the instance.

    Raises OptInRequired; IncorrectInstanceState when it has codes and the instance is not stopped.
    """
    if not codes_of(call.session, [volume.id]):
        return
    check_subscribed(call, volume.id)
    if instance.state != "stopped":
        raise Fault(
            "IncorrectInstanceState",
            f"The volume {volume.id} has product codes: it can be attached to a stopped instance only.",
        )
    inherit_codes(call.session, instance.id, volume.id)
