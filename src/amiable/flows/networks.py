"""From the rows of a VPC to its real network.

Reading the rows and applying them happens under the VPC's lock, so that an older reading is never applied
after a newer one. A VPC exists on this host while it has an instance here that is not stopped.
"""

from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from amiable.compute.net import addresses, names, vpc
from amiable.compute.net.inside import exists
from amiable.compute.net.wanted import (
    INTERNET,
    NOWHERE,
    Group,
    Interface,
    Leases,
    Route,
    Rule,
    Subnet,
    Vpc,
)
from amiable.core.errors import AmiableError, Conflict, MissingPrerequisite, Unavailable
from amiable.core.log import logger
from amiable.flows.host import Host
from amiable.model import network as rows
from amiable.model.database import Database
from amiable.model.dhcp_options import PROVIDED, DhcpOptions
from amiable.model.instance import Instance
from amiable.model.routing import RouteTable, gateway_of, tables_of
from amiable.model.security_group import SecurityGroup, SecurityGroupRule

log = logger(__name__)
WITH_NETWORK = ("pending", "running", "stopping", "shutting-down")


def refresh(host: Host, database: Database, vpc_id: str) -> None:
    """Make the real network of a VPC what its rows say; remove it when nothing needs it."""
    with host.locks.of(vpc_id):
        with database.read() as session:
            wanted = network_of(session, host, vpc_id)
        if wanted is None:
            host.metadata.stop(vpc_id)
            vpc.remove(vpc_id, host.network, host.networks_folder)
            return
        try:
            vpc.ensure(wanted, host.network, host.networks_folder)
        except Conflict as taken:  # by the network of the address's former owner, which is just going away
            raise Unavailable(str(taken)) from taken
        host.metadata.serve(vpc_id, names.vpc_name(host.network.token, vpc_id))


def vpcs_here(host: Host, database: Database) -> list[str]:
    """The VPCs that exist on this host."""
    with database.read() as session:
        return list(session.scalars(_instances_here(host).with_only_columns(Instance.vpc_id).distinct()))


def reconcile(host: Host, database: Database) -> None:
    """At start: every network that rows want stands as they say, and nothing else of ours stands."""
    vpc_ids = vpcs_here(host, database)
    with database.read() as session:
        wanted = [network_of(session, host, vpc_id) for vpc_id in vpc_ids]
    standing = [one for one in wanted if one is not None]
    try:
        vpc.reconcile(standing, host.network, host.networks_folder)
    except MissingPrerequisite:
        raise
    except AmiableError as trouble:
        log.error("a network could not be made; it is tried again every minute: %s", trouble)
    for one in standing:
        name = names.vpc_name(host.network.token, one.id)
        if exists(name):
            host.metadata.serve(one.id, name)


def _instances_here(host: Host) -> Select[Instance]:
    return select(Instance).where(Instance.host == host.name, Instance.state.in_(WITH_NETWORK))


def network_of(session: Session, host: Host, vpc_id: str) -> Vpc | None:
    """The wanted network of a VPC, or None when no instance here needs it."""
    row = session.get(rows.Vpc, vpc_id)
    if row is None:
        return None
    instances = session.scalars(_instances_here(host).where(Instance.vpc_id == vpc_id)).unique().all()
    if not instances:
        return None
    interfaces = [interface for instance in instances for interface in instance.interfaces]
    subnets = _subnets(session, row, {interface.id for interface in interfaces})
    outward = {one.id for one in subnets if any(route.target == INTERNET for route in one.routes)}
    groups = session.scalars(select(SecurityGroup).where(SecurityGroup.vpc_id == vpc_id)).unique().all()
    return Vpc(
        id=row.id,
        region=row.region,
        cidr=row.cidr,
        link_index=row.link_index,
        subnets=subnets,
        interfaces=tuple(_interface(interface, interface.subnet_id in outward) for interface in interfaces),
        groups=tuple(_group(group) for group in groups),
        leases=leases(session.get(DhcpOptions, row.dhcp_options_id or "")),
        dns=row.dns_support,
    )


def _subnets(session: Session, vpc: rows.Vpc, present: set[str]) -> tuple[Subnet, ...]:
    """The subnets with their routes; a target that is not there leads nowhere."""
    tables, gateway = tables_of(session, vpc.id), gateway_of(session, vpc.id)
    known = present | ({gateway.id} if gateway else set())

    def routes(table: RouteTable) -> Iterable[Route]:
        for row in table.routes:
            target = row.gateway_id or row.interface_id or NOWHERE
            there = INTERNET if row.gateway_id else target
            yield Route(row.destination, there if target in known else NOWHERE)

    return tuple(
        Subnet(one.id, one.cidr, one.position, tuple(routes(tables.get(one.id, tables[None]))))
        for one in vpc.subnets
    )


def leases(options: DhcpOptions | None) -> Leases:
    """What a set of DHCP options means; without one, leases name no domain and no servers."""
    if options is None:
        return Leases(name_servers=())
    values: dict[str, list[str]] = {row["key"]: row["values"] for row in options.options}
    servers = values.get("domain-name-servers", [])
    kind = values.get("netbios-node-type")
    return Leases(
        domain=next(iter(values.get("domain-name", [])), None),
        name_servers=None if PROVIDED in servers else tuple(servers),
        ntp_servers=tuple(values.get("ntp-servers", [])),
        netbios_servers=tuple(values.get("netbios-name-servers", [])),
        netbios_node_type=int(kind[0]) if kind else None,
    )


def _interface(row: rows.NetworkInterface, outward: bool) -> Interface:
    """An interface; its public address counts only when its subnet has a way to the internet."""
    return Interface(
        id=row.id,
        subnet_id=row.subnet_id,
        mac=row.mac,
        private_ip=row.private_ip,
        tap=names.tap(row.id),
        hostname=addresses.private_label(row.private_ip),
        public_ip=row.public_ip if outward else None,
        group_ids=tuple(group.id for group in row.groups),
        source_dest_check=row.source_dest_check,
    )


def _group(group: SecurityGroup) -> Group:
    return Group(
        id=group.id,
        ingress=_rules(rule for rule in group.rules if not rule.egress),
        egress=_rules(rule for rule in group.rules if rule.egress),
    )


def _rules(found: Iterable[SecurityGroupRule]) -> tuple[Rule, ...]:
    return tuple(
        Rule(rule.protocol, rule.from_port, rule.to_port, rule.cidr, rule.peer_group_id) for rule in found
    )
