"""The host's own nftables table, as text: pure. It stands beside the host's other tables and touches none.

input     from a VPC link: answers, and the namespaces' DNS questions; nothing else reaches the host
forward   from a VPC link: only sources of our pools;  to a VPC link: answers, and the public pool
nat       our sources take the host's address when they leave by an interface that is no VPC link
"""

from ipaddress import IPv4Network

from amiable.compute.net.names import host_table, link_prefix
from amiable.compute.net.wanted import HostNetwork

RESOLVER_PORT = 10053
"""Where the forwarder listens, on transit addresses only. Not 53: a name server of the host may hold it."""


def script(host: HostNetwork) -> str:
    """The script for `nft -f -`, in one transaction: our table is replaced, others stay."""
    table, links = host_table(host.token), f'"{link_prefix(host.token)}*"'
    public, transit = IPv4Network(host.public_pool), IPv4Network(host.transit_pool)
    port = RESOLVER_PORT
    masked = f"{public}, {transit}" if host.masquerade_public else str(transit)
    return f"""\
table inet {table}
delete table inet {table}
table inet {table} {{
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname != {links} accept
    ct state established,related accept
    ip saddr {transit} ip saddr & 0.0.0.3 == 0.0.0.1 meta l4proto {{ tcp, udp }} th dport {port} accept
    drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname {links} meta nfproto ipv6 drop
    iifname {links} ip saddr != {{ {public}, {transit} }} drop
    oifname {links} jump inward
  }}
  chain inward {{
    ct state established,related accept
    ip daddr {public} accept
    drop
  }}
  chain nat {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {{ {masked} }} oifname != {links} masquerade
  }}
}}
"""
