"""DescribeVolumeStatus and a volume's attributes.

A volume is `ok` while its file is there for use. I/O is never switched off here, as AWS does with a volume
that may be damaged: so autoEnableIO is always false, and ModifyVolumeAttribute is not built.
"""

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.owned import answer, listed, owned, select_owned
from amiable.api.table import Shape, operation
from amiable.model.product_code import codes_of
from amiable.model.volume import VOLUME_STATES, Volume
from amiable.model.zone import zone_id

_STATUS = {"creating": "insufficient-data", "error": "impaired"}


def _has_status(value: str) -> filters.Condition:
    states = [state for state in VOLUME_STATES if _STATUS.get(state, "ok") == value]
    return Volume.state.in_(states)


FILTERS: dict[str, filters.Filter] = {
    "availability-zone": filters.text(Volume.availability_zone),
    "volume-status.status": _has_status,
}


@operation("ec2", "DescribeVolumeStatus")
def describe_volume_status(call: Call, request: Shape) -> Shape:
    """Whether the caller's volumes can be used."""
    query = select_owned(call, Volume)
    rows, _, token = listed(
        call, "DescribeVolumeStatus", request, query, Volume.id, "vol", "VolumeIds", FILTERS
    )
    return answer("VolumeStatuses", [_status_shape(row) for row in rows], token)


def _status_shape(volume: Volume) -> Shape:
    status = _STATUS.get(volume.state, "ok")
    enabled = {"ok": "passed", "impaired": "failed"}.get(status, "insufficient-data")
    attached = volume.attachment
    return {
        "VolumeId": volume.id,
        "AvailabilityZone": volume.availability_zone,
        "AvailabilityZoneId": zone_id(volume.availability_zone, volume.region),
        "VolumeStatus": {
            "Status": status,
            "Details": [
                {"Name": "io-enabled", "Status": enabled},
                {"Name": "io-performance", "Status": "not-applicable"},
            ],
        },
        "Actions": [],
        "Events": [],
        "AttachmentStatuses": (
            [{"InstanceId": attached.instance_id, "IoPerformance": "not-applicable"}] if attached else []
        ),
    }


@operation("ec2", "DescribeVolumeAttribute")
def describe_volume_attribute(call: Call, request: Shape) -> Shape:
    """The product codes of a volume, or whether its I/O comes back by itself."""
    volume = owned(call, Volume, "vol", request["VolumeId"])
    shape: Shape = {"VolumeId": volume.id}
    if request["Attribute"] == "autoEnableIO":
        return shape | {"AutoEnableIO": {"Value": False}}
    codes = codes_of(call.session, [volume.id]).get(volume.id, [])
    return shape | {
        "ProductCodes": [{"ProductCodeId": code, "ProductCodeType": "marketplace"} for code in codes]
    }
