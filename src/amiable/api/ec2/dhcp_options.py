"""DHCP options: sets that VPCs use; what they say is in the leases of the VPC's instances."""

import re
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sqlalchemy import String, cast, select

from amiable.api import filters, tags
from amiable.api.call import Call
from amiable.api.faults import invalid, unsupported
from amiable.api.networks import refresh_network
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.core import ids
from amiable.model.dhcp_options import PROVIDED, DhcpOptions
from amiable.model.network import Vpc
from amiable.model.tag import drop_tags
from amiable.protocol.faults import Fault

DEFAULT = "default"
"""As an id: no options."""

SERVERS = ("domain-name-servers", "ntp-servers", "netbios-name-servers")
MAX_SERVERS = 4
_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}( [A-Za-z0-9][A-Za-z0-9.-]{0,252})*")


def _said(value: str) -> filters.Condition:
    # the values as JSON text: "key": "…", "values": […]
    return filters.text(cast(DhcpOptions.options, String))(f'*"{value}"*')


FILTERS: dict[str, filters.Filter] = {
    "dhcp-options-id": filters.text(DhcpOptions.id),
    "key": _said,
    "owner-id": filters.text(DhcpOptions.account_id),
    "value": _said,
}


@operation("ec2", "CreateDhcpOptions")
def create(call: Call, request: Shape) -> Shape:
    """A set of options for VPCs to use."""
    new_tags = tags.specified(request, "dhcp-options").get("dhcp-options")
    options = [_checked(one) for one in request.get("DhcpConfigurations") or ()]
    keys = [one["key"] for one in options]
    if not keys:
        raise Fault("MissingParameter", "The request must contain the parameter dhcpConfigurations")
    if len(set(keys)) < len(keys):
        raise invalid("A DHCP option is given twice.")
    row = DhcpOptions(
        id=ids.new_id("dopt"),
        region=call.region,
        account_id=call.account_id,
        options=options,
        created_at=call.now,
    )
    call.session.add(row)
    tags.apply(call, row.id, "dhcp-options", new_tags)
    return {"DhcpOptions": _shape(row, new_tags)}


def _checked(given: Shape) -> dict[str, Any]:
    key, values = str(given.get("Key") or ""), [str(value) for value in given.get("Values") or ()]
    if not values:
        raise invalid(f"The DHCP option {key} has no value.")
    if key == "domain-name":
        if len(values) > 1 or not _DOMAIN.fullmatch(values[0]):
            raise invalid(f"Value ({', '.join(values)}) for DHCP option domain-name is invalid.")
    elif key in SERVERS:
        if values != [PROVIDED] or key != "domain-name-servers":
            _check_servers(key, values)
    elif key == "netbios-node-type":
        if len(values) > 1 or values[0] not in ("1", "2", "4", "8"):
            raise invalid("The DHCP option netbios-node-type is one of 1, 2, 4, 8.")
    elif key == "ipv6-address-preferred-lease-time":
        raise unsupported("This server has no IPv6: ipv6-address-preferred-lease-time is not supported.")
    else:
        raise invalid(f"Value ({key}) for parameter dhcpConfigurations is invalid. Unknown DHCP option.")
    return {"key": key, "values": values}


def _check_servers(key: str, values: list[str]) -> None:
    if len(values) > MAX_SERVERS:
        raise invalid(f"The DHCP option {key} takes at most {MAX_SERVERS} addresses.")
    for value in values:
        try:
            IPv4Address(value)
        except AddressValueError as wrong:
            raise invalid(
                f"Value ({value}) for DHCP option {key} is invalid. Give IPv4 addresses."
            ) from wrong


@operation("ec2", "DescribeDhcpOptions")
def describe_dhcp_options(call: Call, request: Shape) -> Shape:
    """The caller's sets of DHCP options, by id and filters."""
    rows, tagged, token = listed(
        call,
        "DescribeDhcpOptions",
        request,
        select_owned(call, DhcpOptions),
        DhcpOptions.id,
        "dopt",
        "DhcpOptionsIds",
        FILTERS,
    )
    return answer("DhcpOptions", [_shape(row, tagged.get(row.id)) for row in rows], token)


def _shape(row: DhcpOptions, own_tags: dict[str, str] | None) -> Shape:
    return {
        "DhcpOptionsId": row.id,
        "OwnerId": row.account_id,
        "DhcpConfigurations": [
            {"Key": one["key"], "Values": [{"Value": value} for value in one["values"]]}
            for one in row.options
        ],
        "Tags": tags.tag_set(own_tags),
    }


@operation("ec2", "AssociateDhcpOptions")
def associate(call: Call, request: Shape) -> Shape:
    """Let a VPC use a set, or none (`default`). Its instances learn of it when they renew their leases."""
    vpc = owned(call, Vpc, "vpc", request["VpcId"], lock=True)
    wanted = request["DhcpOptionsId"]
    vpc.dhcp_options_id = None if wanted == DEFAULT else owned(call, DhcpOptions, "dopt", wanted).id
    call.session.flush()
    refresh_network(call, vpc.id)
    return {}


@operation("ec2", "DeleteDhcpOptions")
def delete(call: Call, request: Shape) -> Shape:
    """Delete a set that no VPC uses."""
    row = owned(call, DhcpOptions, "dopt", request["DhcpOptionsId"], lock=True)
    if call.session.scalar(select(Vpc.id).where(Vpc.dhcp_options_id == row.id).limit(1)) is not None:
        raise Fault(
            "DependencyViolation", f"The dhcpOptions '{row.id}' has dependencies and cannot be deleted."
        )
    drop_tags(call.session, row.id)
    call.session.delete(row)
    return {}
