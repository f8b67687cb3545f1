"""Instance types: how many virtual CPUs and how much memory a name stands for.

Declared data, with AWS's own numbers, so that what was tried here needs the same type there. Only what
a machine of this server really has follows from a type; burst credits, network speed and local disks do not.
"""

from dataclasses import dataclass

GIB = 1024


@dataclass(frozen=True)
class InstanceType:
    """A type. All are x86_64."""

    name: str
    vcpus: int
    memory_mib: int
    free_tier: bool = False


_BURST_SIZES = {"nano": 512, "micro": 1 * GIB, "small": 2 * GIB, "medium": 4 * GIB}
_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
"""Virtual CPUs of the sizes that the families without burst credits share."""

_T2_VCPUS = {"nano": 1, "micro": 1, "small": 1, "medium": 2}
_FREE = ("t2.micro", "t3.micro")


def _burst(family: str, vcpus: dict[str, int]) -> list[InstanceType]:
    small = [
        InstanceType(f"{family}.{size}", vcpus.get(size, 2), memory, f"{family}.{size}" in _FREE)
        for size, memory in _BURST_SIZES.items()
    ]
    return [*small, *_family(family, 4, ("large", "xlarge", "2xlarge"))]


def _family(family: str, gib_per_vcpu: int, sizes: tuple[str, ...] = tuple(_SIZES)) -> list[InstanceType]:
    return [
        InstanceType(f"{family}.{size}", _SIZES[size], _SIZES[size] * gib_per_vcpu * GIB) for size in sizes
    ]


TYPES: dict[str, InstanceType] = {
    row.name: row
    for row in (
        *_burst("t2", _T2_VCPUS),
        *_burst("t3", {}),
        *_burst("t3a", {}),
        *_family("m5", 4),
        *_family("m6i", 4),
        *_family("m7i", 4),
        *_family("c5", 2, ("large", "xlarge", "2xlarge", "4xlarge")),
        InstanceType("c5.9xlarge", 36, 72 * GIB),
        *_family("c6i", 2),
        *_family("r5", 8),
        *_family("r6i", 8),
    )
}
"""Every type, by name."""


def instance_type(name: str) -> InstanceType | None:
    """The type of that name, or None."""
    return TYPES.get(name)
