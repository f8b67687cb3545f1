"""Lifecycle policies: which images of Image Builder are deprecated, disabled or deleted, by age or count.

    ENABLED ◄──► DISABLED      by UpdateLifecyclePolicy; an enabled one runs once a day (builder/lifecycle/)

Containers are not built here. The execution role is kept and shown: the owner's own rights are used.
"""

from typing import Any

from amiable.api.call import Call
from amiable.api.imagebuilder.arns import parse_version
from amiable.api.imagebuilder.configurations import replace
from amiable.api.imagebuilder.faults import invalid, refused
from amiable.api.imagebuilder.resources import add, check_tags, deleted, found, listed, of_owner, one_of
from amiable.api.table import Shape, operation
from amiable.builder.lifecycle.daily import KIND, RAN, last_run
from amiable.model.builder_resource import BuilderResource

MOST_DETAILS = 3
MOST_RECIPES = 50
MEMBERS = ("description", "executionRole", "resourceType", "policyDetails", "resourceSelection")
LARGEST = {"value": 1000, "retainAtLeast": 10}
FILTERS = {
    "name": lambda row: row.name,
    "status": lambda row: row.state,
    "executionRole": lambda row: row.data["executionRole"],
    "resourceType": lambda row: row.data["resourceType"],
}


def _data(request: Shape) -> Shape:
    if request["resourceType"] != "AMI_IMAGE":
        raise refused("resourceType: containers are not built here, only AMI_IMAGE.")
    details = request["policyDetails"]
    if not 1 <= len(details) <= MOST_DETAILS:
        raise invalid(f"A policy has 1 to {MOST_DETAILS} details.")
    for detail in details:
        _check_detail(detail)
    selection = request["resourceSelection"]
    if one_of(selection, "recipes", "tagMap") == "tagMap":
        check_tags(selection["tagMap"])
    elif len(selection["recipes"]) > MOST_RECIPES:
        raise invalid(f"A policy selects at most {MOST_RECIPES} recipes.")
    for recipe in selection.get("recipes") or ():
        parse_version(recipe["semanticVersion"], wildcards=True)
    return {key: request.get(key) for key in MEMBERS}


def _check_detail(detail: Shape) -> None:
    action, filter_ = detail["action"], detail["filter"]
    check_included(action.get("includeResources") or {}, action["type"] == "DELETE")
    for member, most in LARGEST.items():
        if not 1 <= filter_.get(member, 1) <= most:
            raise invalid(f"{member} of a filter is 1 to {most}.")
    if filter_["type"] == "COUNT":
        if action["type"] != "DELETE":
            raise invalid("A filter by COUNT is for DELETE only.")
        if "unit" in filter_ or "retainAtLeast" in filter_:
            raise invalid("A filter by COUNT has neither unit nor retainAtLeast.")
    elif "unit" not in filter_:
        raise invalid("A filter by AGE has a unit: DAYS, WEEKS, MONTHS or YEARS.")
    check_excluded((detail.get("exclusionRules") or {}).get("amis") or {})


def check_included(include: Shape, deletes: bool) -> None:
    """Raise the fault of resources that cannot be included together."""
    if include.get("containers"):
        raise refused("includeResources: containers are not built here.")
    if include.get("snapshots") and not (deletes and include.get("amis")):
        raise invalid("Snapshots are included with the deletion of their AMIs only.")


def check_excluded(amis: Shape) -> None:
    """Raise the fault of exclusion rules out of bounds."""
    if not 1 <= (amis.get("lastLaunched") or {}).get("value", 1) <= 365:
        raise invalid("The value of lastLaunched is 1 to 365.")


@operation("imagebuilder", "CreateLifecyclePolicy")
def create_lifecycle_policy(call: Call, request: Shape) -> Shape:
    """Make a policy that runs each day: it plans now, and acts an hour later."""
    state = request.get("status") or "ENABLED"
    arn = add(call, "CreateLifecyclePolicy", request, KIND, _data(request), state=state)
    return {"clientToken": request["clientToken"], "lifecyclePolicyArn": arn}


@operation("imagebuilder", "UpdateLifecyclePolicy")
def update_lifecycle_policy(call: Call, request: Shape) -> Shape:
    """Replace what a policy says: it plans anew, and acts an hour later."""
    arn = request["lifecyclePolicyArn"]
    ran = found(call, arn, KIND, own=True).data.get(RAN)
    data = {**_data(request), RAN: ran}
    replace(call, "UpdateLifecyclePolicy", request, arn, KIND, data, state=request.get("status"))
    return {"lifecyclePolicyArn": arn}


def _shape(row: BuilderResource, *members: str) -> Shape:
    shape: dict[str, Any] = {
        "arn": row.arn,
        "name": row.name,
        "status": row.state,
        "dateCreated": row.created_at,
        "dateUpdated": row.updated_at,
        "tags": dict(row.tags),
    }
    if (moment := last_run(row)) is not None:
        shape["dateLastRun"] = moment
    return shape | {key: row.data[key] for key in members if key in row.data}


@operation("imagebuilder", "GetLifecyclePolicy")
def get_lifecycle_policy(call: Call, request: Shape) -> Shape:
    """A policy."""
    return {"lifecyclePolicy": _shape(found(call, request["lifecyclePolicyArn"], KIND, own=True), *MEMBERS)}


@operation("imagebuilder", "ListLifecyclePolicies")
def list_lifecycle_policies(call: Call, request: Shape) -> Shape:
    """The caller's policies."""
    rows, shown = of_owner(call, KIND, "Self"), MEMBERS[:3]
    answer = listed(
        call,
        "ListLifecyclePolicies",
        request,
        "lifecyclePolicySummaryList",
        rows,
        lambda row: _shape(row, *shown),
        FILTERS,
    )
    answer.pop("requestId")
    return answer


@operation("imagebuilder", "DeleteLifecyclePolicy")
def delete_lifecycle_policy(call: Call, request: Shape) -> Shape:
    """Delete a policy; an execution of it that acts already goes on."""
    return {"lifecyclePolicyArn": deleted(call, request["lifecyclePolicyArn"], KIND)}
