"""How instances may ask for their metadata: of one instance, effective at once, and an account's defaults."""

from amiable.api.call import Call
from amiable.api.ec2.instances import metadata_shape, selected
from amiable.api.ec2.launch_request import METADATA_DEFAULTS, check_tokens_enforced, metadata_columns
from amiable.api.faults import combination, invalid
from amiable.api.table import Shape, operation
from amiable.model.account_setting import choose, chosen
from amiable.protocol.faults import Fault

NO_PREFERENCE = "no-preference"
_CHOICES = {
    "HttpTokens": ("optional", "required"),
    "HttpEndpoint": ("enabled", "disabled"),
    "InstanceMetadataTags": ("enabled", "disabled"),
    "HttpTokensEnforced": ("enabled", "disabled"),
}


@operation("ec2", "ModifyInstanceMetadataOptions")
def modify_instance_metadata_options(call: Call, request: Shape) -> Shape:
    """Change how an instance may ask for its metadata; it holds from the next question on."""
    (instance,) = selected(call, [request["InstanceId"]])
    if instance.state in ("shutting-down", "terminated"):
        raise Fault("IncorrectInstanceState", f"The instance '{instance.id}' is {instance.state}.")
    columns = metadata_columns(request)
    if not columns:
        raise combination("No metadata option is given.")
    for name, value in columns.items():
        setattr(instance, name, value)
    check_tokens_enforced(call, instance.http_tokens)
    call.session.flush()
    # The metadata service reads the rows at every question; AWS says pending for what comes a moment later.
    return {
        "InstanceId": instance.id,
        "InstanceMetadataOptions": metadata_shape(instance) | {"State": "pending"},
    }


@operation("ec2", "GetInstanceMetadataDefaults")
def get_instance_metadata_defaults(call: Call, request: Shape) -> Shape:
    """The metadata options that the account's new instances of the region get unless told otherwise."""
    defaults = chosen(call.session, call.account_id, call.region, METADATA_DEFAULTS)
    return {"AccountLevel": {**defaults, "ManagedBy": "account"} if defaults else {}}


@operation("ec2", "ModifyInstanceMetadataDefaults")
def modify_instance_metadata_defaults(call: Call, request: Shape) -> Shape:
    """Set or take back the account's default metadata options in the region."""
    defaults = chosen(call.session, call.account_id, call.region, METADATA_DEFAULTS)
    for name, values in _CHOICES.items():
        given = request.get(name)
        if given in (None, ""):
            continue
        if given not in (*values, NO_PREFERENCE):
            raise invalid(f"{name} must be {values[0]}, {values[1]} or {NO_PREFERENCE}.")
        defaults.pop(name, None)
        if given != NO_PREFERENCE:
            defaults[name] = given
    hops = request.get("HttpPutResponseHopLimit")
    if hops is not None:
        if hops != -1 and not 1 <= hops <= 64:
            raise invalid("HttpPutResponseHopLimit must be between 1 and 64, or -1 for no preference.")
        defaults.pop("HttpPutResponseHopLimit", None)
        if hops != -1:
            defaults["HttpPutResponseHopLimit"] = hops
    if defaults.get("HttpTokensEnforced") == "enabled" and defaults.get("HttpTokens") != "required":
        raise combination("HttpTokensEnforced needs the default HttpTokens required.")
    choose(call.session, call.account_id, call.region, METADATA_DEFAULTS, defaults)
    return {"Return": True}
