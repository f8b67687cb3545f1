"""ConfirmProductInstance: a publisher asks whether a buyer's instance carries its product's code."""

from sqlalchemy import select

from amiable.api.call import Call
from amiable.api.faults import check_ids, invalid
from amiable.api.table import Shape, operation
from amiable.model.instance import Instance
from amiable.model.product import Product
from amiable.model.product_code import codes_of


@operation("ec2", "ConfirmProductInstance")
def confirm_product_instance(call: Call, request: Shape) -> Shape:
    """Whether an instance, of whichever account, runs the caller's product; its owner if it does."""
    instance_id, code = request["InstanceId"], request["ProductCode"]
    check_ids("i", instance_id)
    product = call.session.get(Product, code)
    if product is None or product.account_id != call.account_id:
        raise invalid(f"You have no product with the code {code}.")
    if code not in codes_of(call.session, [instance_id]).get(instance_id, ()):
        return {"Return": False}
    owner = call.session.scalar(
        select(Instance.account_id).where(Instance.id == instance_id, Instance.state != "terminated")
    )
    return {"Return": True, "OwnerId": owner} if owner else {"Return": False}
