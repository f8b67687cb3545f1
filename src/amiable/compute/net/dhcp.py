"""What the VPC's dnsmasq and the host's forwarder are told, as text: pure.

`config` changes with subnets and needs a new process; `hosts` and `names` change with interfaces and are
read again on SIGHUP. Options: https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
"""

from ipaddress import IPv4Network
from pathlib import Path

from amiable.compute.net import addresses
from amiable.compute.net.host_rules import RESOLVER_PORT
from amiable.compute.net.names import bridge, link_prefix
from amiable.compute.net.wanted import HostNetwork, Vpc

LEASE_SECONDS = 3600
MTU = 1500
FORWARDED_AT_ONCE = 20_000


def config(vpc: Vpc, host: HostNetwork, folder: Path) -> str:
    """The configuration of a VPC's dnsmasq, whose files lie in `folder`."""
    domain, upstream = addresses.domain(vpc.region), addresses.transit(host.transit_pool, vpc.link_index).host
    lines = [
        *_common(folder),
        "bind-interfaces",
        f"listen-address={addresses.resolver(vpc.cidr)},{addresses.LINK_LOCAL_DNS}",
        "no-resolv",
        f"server={upstream}#{RESOLVER_PORT}",
        f"addn-hosts={folder / 'names'}",
        f"domain={domain}",
        f"local=/{domain}/",
        "domain-needed",
        "bogus-priv",  # private addresses have no names outside
        f"dhcp-hostsfile={folder / 'hosts'}",
        f"dhcp-leasefile={folder / 'leases'}",
        "dhcp-authoritative",
        "dhcp-ignore=tag:!known",
        "dhcp-ignore-names",  # a guest does not choose its name
        "dhcp-ignore-clid",  # nor is it known by anything but its MAC, which the bridge rules prove
        "no-ping",
        "quiet-dhcp",  # a guest does not fill the disk with log lines
        f"dhcp-option=option:mtu,{MTU}",
        *_told(vpc),
    ]
    for subnet in vpc.subnets:
        network, tag = IPv4Network(subnet.cidr), f"subnet{subnet.index}"
        router = addresses.router(subnet.cidr)
        # who takes option 121 ignores the router option (RFC 3442), so it carries the default route too
        routes = f"0.0.0.0/0,{router},{addresses.METADATA}/32,{router}"
        lines += [
            f"interface={bridge(subnet.index)}",
            f"dhcp-range=set:{tag},{network.network_address},static,{network.netmask},{LEASE_SECONDS}",
            f"dhcp-option=tag:{tag},option:router,{router}",
            f"dhcp-option=tag:{tag},option:classless-static-route,{routes}",
        ]
    return "\n".join(lines) + "\n"


def _told(vpc: Vpc) -> list[str]:
    """The VPC's DHCP options. An option without a value is not sent; unsaid, dnsmasq would name itself."""
    leases = vpc.leases
    own = (addresses.resolver(vpc.cidr),) if vpc.dns else ()
    servers = own if leases.name_servers is None else leases.name_servers
    lines = [f"dhcp-option={','.join(['option:dns-server', *servers])}"]
    if leases.domain is not None:
        lines.append(f"dhcp-option=option:domain-name,{leases.domain}")
    for option, values in (("ntp-server", leases.ntp_servers), ("netbios-ns", leases.netbios_servers)):
        lines += [f"dhcp-option={','.join([f'option:{option}', *values])}"] if values else []
    if leases.netbios_node_type is not None:
        lines.append(f"dhcp-option=option:netbios-nodetype,{leases.netbios_node_type}")
    return lines


def hosts(vpc: Vpc) -> str:
    """One line an interface: who gets which address and name."""
    return "".join(f"{one.mac},{one.private_ip},{one.hostname},{LEASE_SECONDS}\n" for one in vpc.interfaces)


def names(vpc: Vpc) -> str:
    """One line a name, as in /etc/hosts. `instance-data` is AWS's name of the metadata service."""
    domain = addresses.domain(vpc.region)
    known = {
        (one.private_ip, label) for one in vpc.interfaces for label in (_own(one.private_ip), one.hostname)
    }
    lines = [f"{address} {label}.{domain}\n" for address, label in sorted(known)]
    return f"{addresses.METADATA} instance-data.{domain}\n" + "".join(lines)


def forwarder(host: HostNetwork, folder: Path) -> str:
    """The configuration of the host's forwarder, which hands the VPCs' questions to the host's resolvers."""
    lines = [
        *_common(folder),
        f"port={RESOLVER_PORT}",
        "bind-dynamic",  # links of VPCs come and go
        f"interface={link_prefix(host.token)}*",
        "except-interface=lo",
        f"resolv-file={host.resolv_conf}",
        # more than all VPCs together have under way (150 each): one's flood leaves room for the others
        f"dns-forward-max={FORWARDED_AT_ONCE}",
    ]
    return "\n".join(lines) + "\n"


def stale_leases(leases: str, vpc: Vpc) -> bool:
    """Whether a lease stands in the way: its address has gone to another MAC, or to nobody.

    dnsmasq refuses an address to its new owner as long as the old owner's lease runs. A line is
    `expiry mac address name client-id`.
    """
    owners = {one.private_ip: one.mac for one in vpc.interfaces}
    return any(
        owners.get(words[2]) != words[1] for words in map(str.split, leases.splitlines()) if len(words) >= 3
    )


def _own(address: str) -> str:
    return addresses.private_label(address)


def _common(folder: Path) -> list[str]:
    return [
        f"pid-file={folder / 'dnsmasq.pid'}",
        f"log-facility={folder / 'dnsmasq.log'}",
        "user=dnsmasq",
        "no-hosts",
        "edns-packet-max=1232",
    ]
