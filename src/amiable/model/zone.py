"""Availability zones: names (`us-east-1a`) come from the settings, ids (`use1-az1`) follow from the names."""

_SHORT = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}


def zone_id(zone: str, region: str) -> str:
    """The id of a zone, in AWS's form: `us-east-1a` is `use1-az1`, `ap-southeast-2c` is `apse2-az3`."""
    first, *words = region.split("-")
    letter = zone.removeprefix(region)
    number = str(ord(letter) - ord("a") + 1) if len(letter) == 1 and "a" <= letter <= "z" else letter
    return first + "".join(_SHORT.get(word, word[:1]) for word in words) + f"-az{number}"
