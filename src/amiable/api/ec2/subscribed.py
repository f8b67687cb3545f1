"""What is made of a paid product is launched and attached by its subscribers only, and carries its code.

A code goes wherever the content goes: image → instance and volume → snapshot → image, and with an attached
volume to the instance; it leaves the instance with the volume.
"""

from amiable.api.call import Call
from amiable.core import clock
from amiable.model.instance import Instance
from amiable.model.product import missing_subscriptions
from amiable.model.product_code import ProductCode, codes_of, inherit_codes
from amiable.model.usage import end_use
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

    Raises OptInRequired; IncorrectState when the volume has a code and the instance is not stopped.
    """
    if not codes_of(call.session, [volume.id]):
        return
    check_subscribed(call, volume.id)
    if instance.state != "stopped":
        raise Fault(
            "IncorrectState",
            f"The volume {volume.id} has a product code: the instance '{instance.id}' must be stopped.",
        )
    inherit_codes(call.session, instance.id, volume.id)


def detach_codes(call: Call, volume: Volume, instance: Instance) -> None:
    """The codes of a detached volume leave the instance, but those that its image or other volumes give."""
    staying = [row.volume_id for row in instance.attachments if row.volume_id != volume.id]
    kept = {
        code for codes in codes_of(call.session, [instance.image_id, *staying]).values() for code in codes
    }
    for code in codes_of(call.session, [volume.id]).get(volume.id, []):
        row = call.session.get(ProductCode, (instance.id, code))
        if code not in kept and row is not None:
            call.session.delete(row)
            end_use(call.session, instance.id, clock.now(), code)
    call.session.flush()
