"""Finding a parameter (SSM) by what a request calls it, for the SSM service and for `resolve:ssm:` image ids.

    name            its latest version
    name:3          a version            name:label      the version that has the label
    arn:aws:ssm:…   the same by ARN, of the caller's own account

Names under /aws/service/ are public: each stands for the newest public image of the built-in account that
carries it (`Image.public_parameter_name`), in the region of the call.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from amiable.api.call import Call
from amiable.model.account import Account
from amiable.model.image import EVERYONE, Image, nameable
from amiable.model.parameter import Parameter, ParameterVersion
from amiable.protocol.faults import Fault

PUBLIC = "/aws/service/"
IMAGE = "aws:ec2:image"
_ARN = re.compile(r"arn:aws[a-z-]*:ssm:(?P<region>[a-z0-9-]*):(?P<account>\d*):parameter(?P<name>/.*)")


@dataclass(frozen=True)
class Found:
    """One version of a parameter. `selector` is what chose it: `:3`, `:label` or nothing."""

    name: str
    type: str
    value: str
    version: int
    data_type: str
    modified_at: datetime
    selector: str = ""
    account_id: str = ""

    @property
    def sealed(self) -> bool:
        """Whether the value must be opened before it can be read."""
        return self.type == "SecureString"


def not_found(name: str) -> Fault:
    """ParameterNotFound."""
    return Fault("ParameterNotFound", f"Parameter {name} not found.")


def split(text: str) -> tuple[str, str]:
    """(name, selector) of what a request calls a parameter; the selector is a version, a label or nothing."""
    match = _ARN.fullmatch(text)
    prefix, rest = ("", text) if match is None else (text[: match.start("name")], match["name"])
    name, _, selector = rest.partition(":")
    return prefix + name, selector


def plain_name(call: Call, text: str) -> str | None:
    """The name behind a name or ARN; None when the ARN is of another account or region."""
    match = _ARN.fullmatch(text)
    if match is None:
        return None if text.startswith("arn:") else text
    if match["region"] != call.region or match["account"] not in (call.account_id, ""):
        return None
    # /name may be a parameter called `name`: an ARN has the slash of a hierarchy only once.
    name = match["name"]
    own = (call.account_id, call.region, name)
    if not match["account"] or call.session.get(Parameter, own) is not None:
        return name
    return name[1:]


def find(call: Call, text: str) -> Found:
    """What a request calls a parameter. Raises ParameterNotFound and ParameterVersionNotFound."""
    called, selector = split(text)
    name = plain_name(call, called)
    if name is None:
        raise not_found(text)
    if name.startswith(PUBLIC):
        return _public(call, name, selector)
    parameter = call.session.get(Parameter, (call.account_id, call.region, name))
    if parameter is None:
        raise not_found(text)
    version = _version(call, parameter, selector)
    if version is None:
        raise Fault(
            "ParameterVersionNotFound",
            f"Systems Manager could not find version {selector} of {name}. Verify the version and try again.",
        )
    return found_of(parameter, version, f":{selector}" if selector else "")


def found_of(parameter: Parameter, version: ParameterVersion, selector: str = "") -> Found:
    """One version as operations see it."""
    return Found(
        name=parameter.name,
        type=parameter.type,
        value=version.value,
        version=version.number,
        data_type=parameter.data_type,
        modified_at=version.modified_at,
        selector=selector,
        account_id=parameter.account_id,
    )


def versions_of(parameter: Parameter) -> Select[ParameterVersion]:
    """Its versions, oldest first."""
    return (
        select(ParameterVersion)
        .where(
            ParameterVersion.account_id == parameter.account_id,
            ParameterVersion.region == parameter.region,
            ParameterVersion.name == parameter.name,
        )
        .order_by(ParameterVersion.number)
    )


def _version(call: Call, parameter: Parameter, selector: str) -> ParameterVersion | None:
    if not selector or selector.isdigit():
        number = int(selector) if selector else parameter.version
        return call.session.get(
            ParameterVersion, (parameter.account_id, parameter.region, parameter.name, number)
        )
    versions = call.session.scalars(versions_of(parameter))
    return next((version for version in versions if selector in version.labels), None)


def public_images(call: Call) -> Select[Image]:
    """The images that public parameters stand for, oldest first: a later one of the same name replaces it."""
    return (
        select(Image)
        .join(Account, Account.id == Image.account_id)
        .where(
            Account.alias.is_not(None),
            Image.region == call.region,
            nameable(),
            Image.public_parameter_name.is_not(None),
            Image.permissions.any(grantee=EVERYONE),
        )
        .order_by(Image.created_at, Image.id)
    )


def public_parameters(images: Iterable[Image]) -> dict[str, Found]:
    """Public parameters by name, of images oldest first."""
    found: dict[str, Found] = {}
    for image in images:
        name = image.public_parameter_name or ""
        before = found.get(name)
        found[name] = Found(
            name=name,
            type="String",
            value=image.id,
            version=before.version + 1 if before else 1,
            data_type=IMAGE,
            modified_at=image.created_at,
        )
    return found


def _public(call: Call, name: str, selector: str) -> Found:
    images = call.session.scalars(public_images(call).where(Image.public_parameter_name == name)).unique()
    found = public_parameters(images).get(name)
    if found is None:
        raise not_found(name)
    if selector and selector != str(found.version):
        raise Fault("ParameterVersionNotFound", f"The public parameter {name} has its newest version only.")
    return found
