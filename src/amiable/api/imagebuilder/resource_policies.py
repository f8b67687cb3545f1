"""Resource policies: put and get, for components, recipes and images."""

from amiable.api.call import Call
from amiable.api.imagebuilder.resources import found, with_request
from amiable.api.imagebuilder.sharing import check_policy
from amiable.api.table import Shape, operation
from amiable.model.builder_resource import BuilderResource
from amiable.protocol.faults import Fault


def put(row: BuilderResource, policy: str) -> None:
    """Keep a policy that is understood."""
    check_policy(policy, row.arn)
    row.policy = policy


def policy_of(policy: str | None, arn: str) -> str:
    """The policy of a resource. Raises ResourceNotFoundException where there is none."""
    if policy is None:
        raise Fault("ResourceNotFoundException", f"The resource '{arn}' has no policy.")
    return policy


@operation("imagebuilder", "PutComponentPolicy")
def put_component_policy(call: Call, request: Shape) -> Shape:
    """Share a component with accounts."""
    row = found(call, request["componentArn"], "component", own=True, lock=True)
    put(row, request["policy"])
    return with_request(call, {"componentArn": row.arn})


@operation("imagebuilder", "GetComponentPolicy")
def get_component_policy(call: Call, request: Shape) -> Shape:
    """Whom a component is shared with."""
    row = found(call, request["componentArn"], "component", own=True)
    return with_request(call, {"policy": policy_of(row.policy, row.arn)})


@operation("imagebuilder", "PutImageRecipePolicy")
def put_image_recipe_policy(call: Call, request: Shape) -> Shape:
    """Share a recipe with accounts."""
    row = found(call, request["imageRecipeArn"], "image-recipe", own=True, lock=True)
    put(row, request["policy"])
    return with_request(call, {"imageRecipeArn": row.arn})


@operation("imagebuilder", "GetImageRecipePolicy")
def get_image_recipe_policy(call: Call, request: Shape) -> Shape:
    """Whom a recipe is shared with."""
    row = found(call, request["imageRecipeArn"], "image-recipe", own=True)
    return with_request(call, {"policy": policy_of(row.policy, row.arn)})
