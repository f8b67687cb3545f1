"""AWS error codes for our errors, and the faults that many operations raise.

Messages are AWS's where known: clients match on codes, some on messages (aws-features, 1.2).
"""

from amiable.core import ids
from amiable.core.errors import (
    AmiableError,
    Conflict,
    Corrupt,
    InvalidInput,
    LimitExceeded,
    MissingPrerequisite,
    NotFound,
    Unavailable,
)
from amiable.protocol.faults import Fault

_CODES: list[tuple[type[AmiableError], str]] = [
    (InvalidInput, "InvalidParameterValue"),
    (NotFound, "InvalidParameterValue"),
    (Conflict, "IncorrectState"),
    (LimitExceeded, "ResourceLimitExceeded"),
    (Unavailable, "Unavailable"),
    (MissingPrerequisite, "InternalError"),
    (Corrupt, "InternalError"),
]

_OTHER_PARAMETERS = {
    "ebs": "ConflictException",
    "imagebuilder": "IdempotentParameterMismatchException",
    "meteringmarketplace": "IdempotencyConflictException",
}
"""By service: a client token that comes again with other parameters."""

# prefix of the id → (stem of the codes, noun in AWS's message)
_NOUNS = {
    "ami": ("InvalidAMIID", "image id"),
    "amiur": ("InvalidImageUsageReportId", "image usage report"),
    "export-ami": ("InvalidExportTaskID", "export task ID"),
    "i": ("InvalidInstanceID", "instance ID"),
    "import-ami": ("InvalidConversionTaskId", "import task ID"),
    "import-snap": ("InvalidConversionTaskId", "import task ID"),
    "snap": ("InvalidSnapshot", "snapshot"),
    "vol": ("InvalidVolume", "volume"),
    "vpc": ("InvalidVpcID", "vpc ID"),
    "subnet": ("InvalidSubnetID", "subnet ID"),
    "sg": ("InvalidGroup", "security group"),
    "sgr": ("InvalidSecurityGroupRuleId", "security group rule ID"),
    "key": ("InvalidKeyPair", "key pair"),
    "insp": ("InvalidInspectionID", "inspection"),
    "eni": ("InvalidNetworkInterfaceID", "networkInterface ID"),
    "replacevol": ("InvalidReplaceRootVolumeTaskId", "replace root volume task ID"),
    "lt": ("InvalidLaunchTemplateId", "launch template ID"),
    "eni-attach": ("InvalidAttachmentID", "attachment ID"),
    "igw": ("InvalidInternetGatewayID", "internetGateway ID"),
    "rtb": ("InvalidRouteTableID", "routeTable ID"),
    "rtbassoc": ("InvalidAssociationID", "association ID"),
    "dopt": ("InvalidDhcpOptionID", "dhcpOption ID"),
    "acl": ("InvalidNetworkAclID", "networkAcl ID"),
    "eipalloc": ("InvalidAllocationID", "allocation ID"),
    "eipassoc": ("InvalidAssociationID", "association ID"),
    "iip-assoc": ("InvalidAssociationID", "association ID"),
}
_MALFORMED = {
    "snap": "InvalidSnapshotID.Malformed",
    "vol": "InvalidVolumeID.Malformed",
    "sg": "InvalidGroupId.Malformed",
    "key": "InvalidParameterValue",
}


def fault_of(error: AmiableError) -> Fault:
    """The fault that an error of our tree becomes at the API."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Fault(code, str(error))
    return Fault("InternalError", "An internal error has occurred.")


def not_found(prefix: str, *resource_ids: str) -> Fault:
    """`Invalid….NotFound` for ids that do not exist or belong to somebody else."""
    stem, noun = _NOUNS[prefix]
    listed = ", ".join(resource_ids)
    if prefix == "ami":
        listed = f"[{listed}]"
    if len(resource_ids) > 1:
        return Fault(f"{stem}.NotFound", f"The {noun}s '{listed}' do not exist")
    return Fault(f"{stem}.NotFound", f"The {noun} '{listed}' does not exist")


def other_parameters(service: str, why: str) -> Fault:
    """A client token came with other parameters before."""
    return Fault(_OTHER_PARAMETERS.get(service, "IdempotentParameterMismatch"), why)


def check_ids(prefix: str, *resource_ids: str) -> None:
    """Raise `Invalid….Malformed` unless every id is well formed."""
    for resource_id in resource_ids:
        if not ids.is_id(prefix, resource_id):
            code = _MALFORMED.get(prefix, f"{_NOUNS[prefix][0]}.Malformed")
            raise Fault(code, f'Invalid id: "{resource_id}" (expecting "{prefix}-...")')


def invalid(message: str) -> Fault:
    """InvalidParameterValue."""
    return Fault("InvalidParameterValue", message)


def combination(message: str) -> Fault:
    """InvalidParameterCombination."""
    return Fault("InvalidParameterCombination", message)


def unsupported(message: str) -> Fault:
    """UnsupportedOperation: AWS has it, amiable does not do it."""
    return Fault("UnsupportedOperation", message)
