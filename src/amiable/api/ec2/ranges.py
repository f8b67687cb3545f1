"""IPv4 ranges in requests."""

from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from amiable.api.faults import invalid


def checked_range(text: str, name: str) -> IPv4Network:
    """A range, host bits cleared as EC2 does: 100.68.0.18/18 is 100.68.0.0/18. `name` is the parameter's."""
    try:
        if "/" not in text:
            raise AddressValueError
        return IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError) as wrong:
        raise invalid(
            f"Value ({text}) for parameter {name} is invalid. This is not a valid CIDR block."
        ) from wrong
