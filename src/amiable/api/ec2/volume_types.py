"""What each volume type allows: sizes, IOPS, throughput, and their ratios.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html and the API's own words. The numbers
are checked, kept and shown; every volume is as fast as the host's disk.
"""

from dataclasses import dataclass

from amiable.api.faults import combination, invalid
from amiable.protocol.faults import Fault


@dataclass(frozen=True)
class VolumeType:
    """Bounds: sizes in GiB, IOPS (None: cannot be chosen), IOPS for each GiB."""

    sizes: tuple[int, int]
    iops: tuple[int, int] | None = None
    ratio: int = 0


TYPES = {
    "gp2": VolumeType((1, 16384)),
    "gp3": VolumeType((1, 65536), (3000, 80000), 500),
    "io1": VolumeType((4, 16384), (100, 64000), 50),
    "io2": VolumeType((4, 65536), (100, 256000), 1000),
    "sc1": VolumeType((125, 16384)),
    "st1": VolumeType((125, 16384)),
    "standard": VolumeType((1, 1024)),
}
GP3_IOPS = 3000
GP3_THROUGHPUT = 125
_THROUGHPUT = (125, 2000)


def check_type(kind: str, size: int, iops: int | None, throughput: int | None) -> None:
    """Raise the faults unless a volume may be like this. `iops` and `throughput`: None if not said."""
    if kind not in TYPES:
        raise invalid(f"Invalid volume type: {kind}")
    row = TYPES[kind]
    _within("size", size, row.sizes, f"GiB for {kind} volumes")
    _check_iops(kind, row, size, iops)
    if throughput is not None:
        if kind != "gp3":
            raise combination(f"The parameter throughput is not supported for {kind} volumes.")
        _within("throughput", throughput, _THROUGHPUT, "MiB/s")
        if throughput * 4 > (iops or GP3_IOPS):
            raise invalid("Throughput (MiBps) to iops ratio is too high; maximum is 0.250000 MiBps per iops.")


def _check_iops(kind: str, row: VolumeType, size: int, iops: int | None) -> None:
    if iops is None:
        if kind in ("io1", "io2"):
            raise Fault("MissingParameter", f"The parameter iops must be specified for {kind} volumes.")
        return
    if row.iops is None:
        raise combination(f"The parameter iops is not supported for {kind} volumes.")
    _within("iops", iops, row.iops, f"for {kind} volumes")
    if iops > max(row.ratio * size, GP3_IOPS if kind == "gp3" else 0):
        raise invalid(f"Iops to volume size ratio is too high; maximum is {row.ratio} IOPS per GiB.")


def _within(what: str, value: int, bounds: tuple[int, int], unit: str) -> None:
    low, high = bounds
    if value < low:
        raise invalid(f"Volume {what} of {value} is too small; minimum is {low} {unit}.")
    if value > high:
        raise invalid(f"Volume {what} of {value} is too large; maximum is {high} {unit}.")


def shown_iops(kind: str, size: int, iops: int | None) -> int | None:
    """The IOPS that EC2 prints for a volume; None for types that have none."""
    if kind == "gp2":
        return min(max(100, 3 * size), 16000)
    if kind == "gp3":
        return iops or GP3_IOPS
    return iops


def shown_throughput(kind: str, throughput: int | None) -> int | None:
    """The throughput that EC2 prints for a volume, in MiB/s."""
    return (throughput or GP3_THROUGHPUT) if kind == "gp3" else None
