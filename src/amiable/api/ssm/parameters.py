"""Parameters: put, get, delete. What they may be is in rules.py, how they are found in api/parameters.py."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from amiable.api.call import Call
from amiable.api.parameters import find, not_found, plain_name, versions_of
from amiable.api.quotas import check_quota
from amiable.api.ssm import rules
from amiable.api.ssm.rules import failed
from amiable.api.ssm.shapes import KEY, parameter_shape
from amiable.api.table import Shape, operation
from amiable.api.tags import check_tags
from amiable.model.parameter import Parameter, ParameterVersion
from amiable.protocol.faults import Fault

MAX_VERSIONS = 100


@operation("ssm", "PutParameter")
def put_parameter(call: Call, request: Shape) -> Shape:
    """Make a parameter, or a new version of one; the value of an alias must be an image of the caller's."""
    _refuse_unsupported(request)
    name = plain_name(call, request["Name"])
    if name is None:
        raise failed("A parameter of another account or region cannot be changed.")
    present = call.session.get(Parameter, (call.account_id, call.region, name), with_for_update=True)
    if present is None:
        rules.check_name(name)
    elif not request.get("Overwrite"):
        raise Fault(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request "
            "to true.",
        )
    kind = _type(request, present)
    value = request["Value"]
    tier = rules.tier_of(request.get("Tier"), value, present.tier if present else None)
    pattern = request.get("AllowedPattern")
    rules.check_pattern(pattern, value)
    data_type = request.get("DataType") or (present.data_type if present else "text")
    image_id = rules.check_data(call, kind, data_type, value)
    parameter = present or _new(call, name, request)
    parameter.type, parameter.tier, parameter.data_type = kind, tier, data_type
    _make_room(call, parameter)
    parameter.version += 1
    call.session.add(
        ParameterVersion(
            account_id=call.account_id,
            region=call.region,
            name=name,
            number=parameter.version,
            value=call.sealer.seal(value.encode()).decode() if kind == "SecureString" else value,
            image_id=image_id,
            description=request.get("Description"),
            allowed_pattern=pattern,
            labels=[],
            modified_at=call.now,
            modified_by=f"arn:aws:iam::{call.account_id}:root",
        )
    )
    call.session.flush()
    return {"Version": parameter.version, "Tier": tier}


def _refuse_unsupported(request: Shape) -> None:
    if request.get("Policies") not in (None, "", "[]", "[{}]", "{}"):
        raise Fault("UnsupportedOperation", "Parameter policies are not supported.")
    if request.get("KeyId") not in (None, KEY):
        raise Fault(
            "InvalidKeyId", f"There is no key management service here: leave KeyId out, or give {KEY}."
        )
    if request.get("KeyId") and request.get("Type") not in (None, "SecureString"):
        raise failed("KeyId is required for SecureString type parameter only.")
    if request.get("Tags") and request.get("Overwrite"):
        raise failed(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, "
            "please remove overwrite flag. To update tags for an existing parameter, please use "
            "AddTagsToResource or RemoveTagsFromResource."
        )


def _type(request: Shape, present: Parameter | None) -> str:
    wanted: str | None = request.get("Type")
    if present is None:
        if not wanted:
            raise failed("A parameter type is required when you create a parameter.")
        return wanted
    if wanted and wanted != present.type:
        raise Fault(
            "HierarchyTypeMismatchException",
            f"Parameter Store doesn't support changing a parameter's type: {present.name} is {present.type}.",
        )
    return present.type


def _new(call: Call, name: str, request: Shape) -> Parameter:
    count = (
        select(func.count())
        .select_from(Parameter)
        .where(Parameter.account_id == call.account_id, Parameter.region == call.region)
    )
    check_quota(call, "parameters", (call.session.scalar(count) or 0) + 1)
    parameter = Parameter(
        account_id=call.account_id,
        region=call.region,
        name=name,
        version=0,
        tags=check_tags(request.get("Tags") or ()),
        created_at=call.now,
    )
    call.session.add(parameter)
    return parameter


def _make_room(call: Call, parameter: Parameter) -> None:
    """The oldest version goes when there are as many as may be; not one that a label keeps."""
    versions = list(call.session.scalars(versions_of(parameter)))
    if len(versions) < MAX_VERSIONS:
        return
    if versions[0].labels:
        raise Fault(
            "ParameterMaxVersionLimitExceeded",
            f"You attempted to create a new version of {parameter.name} by calling the PutParameter API with "
            f"the overwrite flag. Version {versions[0].number}, the oldest version, can't be deleted because "
            "it has a label associated with it. Move the label to another version of the parameter, and try "
            "again.",
        )
    call.session.delete(versions[0])


@operation("ssm", "GetParameter")
def get_parameter(call: Call, request: Shape) -> Shape:
    """A parameter's value: the latest, or of a version or label; public ones name images of this server."""
    found = find(call, request["Name"])
    return {"Parameter": parameter_shape(call, found, bool(request.get("WithDecryption")))}


@operation("ssm", "GetParameters")
def get_parameters(call: Call, request: Shape) -> Shape:
    """Values of several parameters; names that there are not are listed apart."""
    found, missing = [], []
    for name in request["Names"]:
        try:
            found.append(find(call, name))
        except Fault:
            missing.append(name)
    decrypt = bool(request.get("WithDecryption"))
    return {
        "Parameters": [parameter_shape(call, one, decrypt) for one in found],
        "InvalidParameters": missing,
    }


def own_parameter(call: Call, text: str, *, lock: bool = False) -> Parameter:
    """A parameter of the caller. Raises ParameterNotFound."""
    name = plain_name(call, text)
    parameter = name and call.session.get(
        Parameter, (call.account_id, call.region, name), with_for_update=lock or None
    )
    if not parameter:
        raise not_found(text)
    return parameter


@operation("ssm", "DeleteParameter")
def delete_parameter(call: Call, request: Shape) -> Shape:
    """Delete a parameter with its history."""
    if _delete(call, [request["Name"]])[1]:
        raise not_found(request["Name"])
    return {}


@operation("ssm", "DeleteParameters")
def delete_parameters(call: Call, request: Shape) -> Shape:
    """Delete several parameters; names that there are not are listed apart."""
    deleted, missing = _delete(call, request["Names"])
    return {"DeletedParameters": deleted, "InvalidParameters": missing}


def _delete(call: Call, names: Iterable[str]) -> tuple[list[str], list[str]]:
    deleted, missing = [], []
    for text in dict.fromkeys(names):
        try:
            parameter = own_parameter(call, text, lock=True)
        except Fault:
            missing.append(text)
            continue
        call.session.execute(
            delete(ParameterVersion).where(
                ParameterVersion.account_id == parameter.account_id,
                ParameterVersion.region == parameter.region,
                ParameterVersion.name == parameter.name,
            )
        )
        call.session.delete(parameter)
        call.session.flush()
        deleted.append(text)
    return deleted, missing
