"""Pure arithmetic on addresses: what is reserved, what is free, what an interface's MAC is.

AWS reserves a subnet's first four addresses and its last:
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from amiable.core.errors import InvalidInput, LimitExceeded

METADATA = "169.254.169.254"
LINK_LOCAL_DNS = "169.254.169.253"


@dataclass(frozen=True)
class Transit:
    """The addresses of a VPC's link to the host: its ends (a /31, RFC 3021), and the source of guests without
    a public address. The latter is nobody's own, so that their packets can come back into the same VPC.
    """

    host: str
    namespace: str
    nat: str


def transit(pool: str, index: int) -> Transit:
    """The /30 number `index` of the pool. Raises LimitExceeded past its end."""
    network = IPv4Network(pool)
    if not 0 <= index < network.num_addresses // 4:
        raise LimitExceeded(
            f"The transit pool {pool} has no link number {index}; choose a larger transit_pool."
        )
    base = network.network_address + 4 * index
    return Transit(str(base), str(base + 1), str(base + 2))


def free_link_index(pool: str, taken: Collection[int]) -> int:
    """The lowest link number that is not taken. Raises LimitExceeded when the pool is used up."""
    for index in range(IPv4Network(pool).num_addresses // 4):
        if index not in taken:
            return index
    raise LimitExceeded(f"Every link of the transit pool {pool} is taken; choose a larger transit_pool.")


def router(subnet_cidr: str) -> str:
    """The address of a subnet's router, its first."""
    return str(IPv4Network(subnet_cidr).network_address + 1)


def resolver(vpc_cidr: str) -> str:
    """The address of a VPC's resolver: its base plus two."""
    return str(IPv4Network(vpc_cidr).network_address + 2)


def usable(subnet_cidr: str, address: str) -> bool:
    """Whether an instance may have the address: in the subnet and not reserved."""
    network, one = IPv4Network(subnet_cidr), IPv4Address(address)
    return network.network_address + 4 <= one < network.broadcast_address


def usable_count(subnet_cidr: str) -> int:
    """How many addresses instances may have in a subnet."""
    return max(0, IPv4Network(subnet_cidr).num_addresses - 5)


def free_private(subnet_cidr: str, taken: Collection[str]) -> str:
    """The lowest free address of a subnet. Raises LimitExceeded when it is full."""
    network = IPv4Network(subnet_cidr)
    for offset in range(4, network.num_addresses - 1):
        if (address := str(network.network_address + offset)) not in taken:
            return address
    raise LimitExceeded(f"Subnet {subnet_cidr} has no free address.")


def free_public(pool: str, taken: Collection[str]) -> str:
    """The lowest free address of the public pool; its first and last are left out. Raises LimitExceeded."""
    for address in IPv4Network(pool).hosts():
        if str(address) not in taken:
            return str(address)
    raise LimitExceeded(f"Every address of the public pool {pool} is taken; choose a larger public_pool.")


def mac(interface_id: str) -> str:
    """The MAC address of an interface: `02:` (unicast, local) and five bytes of the id's hash."""
    digest = hashlib.blake2b(interface_id.encode(), digest_size=5).hexdigest()
    return ":".join(["02", *(digest[at : at + 2] for at in range(0, 10, 2))])


def private_label(address: str) -> str:
    """`ip-10-0-0-5`, the first label of an instance's name."""
    return "ip-" + str(IPv4Address(address)).replace(".", "-")


def domain(region: str) -> str:
    """The domain of private names: `ec2.internal`, or `<region>.compute.internal` outside us-east-1."""
    if not region:
        raise InvalidInput("A region has a name.")
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
