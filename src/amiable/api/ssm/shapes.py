"""Parameters as SSM prints them."""

from amiable.api.call import Call
from amiable.api.parameters import Found
from amiable.api.table import Shape
from amiable.model.parameter import Parameter, ParameterVersion

KEY = "alias/aws/ssm"
"""What SecureStrings are said to be encrypted with: this server's own key."""


def arn(call: Call, name: str, account_id: str) -> str:
    """The ARN of a parameter; public ones have no account."""
    return f"arn:aws:ssm:{call.region}:{account_id}:parameter/{name.removeprefix('/')}"


def opened(call: Call, value: str, sealed: bool, decrypt: bool) -> str:
    """The value as it is read: a SecureString only when decryption is asked for."""
    return call.sealer.open(value.encode()).decode() if sealed and decrypt else value


def parameter_shape(call: Call, found: Found, decrypt: bool) -> Shape:
    """A version of a parameter with its value."""
    shape: Shape = {
        "Name": found.name,
        "Type": found.type,
        "Value": opened(call, found.value, found.sealed, decrypt),
        "Version": found.version,
        "LastModifiedDate": found.modified_at,
        "ARN": arn(call, found.name, found.account_id),
        "DataType": found.data_type,
    }
    return shape | {"Selector": found.selector} if found.selector else shape


def metadata_shape(call: Call, parameter: Parameter, version: ParameterVersion) -> Shape:
    """A parameter without its value."""
    return {
        "Name": parameter.name,
        "ARN": arn(call, parameter.name, parameter.account_id),
        "Version": version.number,
        "Policies": [],
        **_common(parameter, version),
    }


def history_shape(call: Call, parameter: Parameter, version: ParameterVersion, decrypt: bool) -> Shape:
    """One version of a parameter's history."""
    return {
        "Name": parameter.name,
        "Value": opened(call, version.value, parameter.type == "SecureString", decrypt),
        "Version": version.number,
        "Labels": list(version.labels),
        "Policies": [],
        **_common(parameter, version),
    }


def _common(parameter: Parameter, version: ParameterVersion) -> Shape:
    shape: Shape = {
        "Type": parameter.type,
        "LastModifiedDate": version.modified_at,
        "LastModifiedUser": version.modified_by,
        "Tier": parameter.tier,
        "DataType": parameter.data_type,
    }
    optional = {
        "KeyId": KEY if parameter.type == "SecureString" else None,
        "Description": version.description,
        "AllowedPattern": version.allowed_pattern,
    }
    return shape | {name: value for name, value in optional.items() if value}
