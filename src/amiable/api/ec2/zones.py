"""Regions and availability zones: both come from the settings."""

from urllib.parse import urlsplit

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.table import Shape, operation
from amiable.model.zone import zone_id

REGION_FILTERS = {"endpoint": "Endpoint", "opt-in-status": "OptInStatus", "region-name": "RegionName"}

ZONE_FILTERS = {
    "group-long-name": "GroupLongName",
    "group-name": "GroupName",
    "message": "Messages",
    "opt-in-status": "OptInStatus",
    "parent-zone-id": "ParentZoneId",
    "parent-zone-name": "ParentZoneName",
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
}


@operation("ec2", "DescribeRegions")
def describe_regions(call: Call, request: Shape) -> Shape:
    """The configured regions. All have one endpoint: the credential scope picks the region."""
    endpoint = urlsplit(call.settings.url).netloc
    shapes: list[Shape] = [
        {"RegionName": name, "Endpoint": endpoint, "OptInStatus": "opt-in-not-required"}
        for name in call.settings.region_names
    ]
    if names := request.get("RegionNames"):
        missing = sorted(set(names) - set(call.settings.region_names))
        if missing:
            raise invalid(f"Invalid region: [{', '.join(missing)}]")
        shapes = [shape for shape in shapes if shape["RegionName"] in names]
    return {"Regions": filters.among(shapes, REGION_FILTERS, request.get("Filters"))}


@operation("ec2", "DescribeAvailabilityZones")
def describe_availability_zones(call: Call, request: Shape) -> Shape:
    """The zones of the region."""
    shapes = [zone_shape(call.region, name) for name in call.settings.zone_names(call.region)]
    for parameter, member in (("ZoneNames", "ZoneName"), ("ZoneIds", "ZoneId")):
        if wanted := request.get(parameter):
            missing = sorted(set(wanted) - {shape[member] for shape in shapes})
            if missing:
                raise invalid(f"Invalid availability zone: [{', '.join(missing)}]")
    names, ids = request.get("ZoneNames"), request.get("ZoneIds")
    shapes = [
        shape
        for shape in shapes
        if (not names or shape["ZoneName"] in names) and (not ids or shape["ZoneId"] in ids)
    ]
    return {"AvailabilityZones": filters.among(shapes, ZONE_FILTERS, request.get("Filters"))}


def zone_shape(region: str, name: str) -> Shape:
    """A zone as EC2 prints it."""
    return {
        "ZoneName": name,
        "ZoneId": zone_id(name, region),
        "RegionName": region,
        "ZoneType": "availability-zone",
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "GroupName": f"{region}-zg-1",
        "NetworkBorderGroup": region,
        "Messages": [],
    }
