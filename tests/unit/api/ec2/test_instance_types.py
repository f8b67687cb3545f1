"""Instance types and where they are offered."""

from typing import Any

from botocore.session import Session

from amiable.model.instance_type import TYPES, instance_type
from tests.helpers.api import Api, refused


def names(api: Api, **request: Any) -> list[str]:
    return [row["InstanceType"] for row in api("DescribeInstanceTypes", **request)["InstanceTypes"]]


def filtered(api: Api, name: str, *values: str) -> set[str]:
    return set(names(api, Filters=[{"Name": name, "Values": list(values)}]))


def test_every_type_is_one_of_awss() -> None:
    model = Session().get_service_model("ec2")
    assert set(TYPES) <= set(model.shape_for("InstanceType").enum)
    assert {family.split(".")[0] for family in TYPES} == {
        "t2", "t3", "t3a", "m5", "m6i", "m7i", "c5", "c6i", "r5", "r6i"
    }  # fmt: skip
    assert {name for name, row in TYPES.items() if row.free_tier} == {"t2.micro", "t3.micro"}


def test_sizes() -> None:
    sizes = {
        "t2.nano": (1, 512),
        "t2.medium": (2, 4096),
        "t3.micro": (2, 1024),
        "t3a.2xlarge": (8, 32768),
        "m5.large": (2, 8192),
        "c5.9xlarge": (36, 73728),
        "c6i.8xlarge": (32, 65536),
        "r6i.xlarge": (4, 32768),
    }
    for name, size in sizes.items():
        kind = instance_type(name)
        assert kind is not None
        assert (kind.name, kind.vcpus, kind.memory_mib) == (name, *size)
    assert instance_type("c5.8xlarge") is None


def test_a_type_says_what_a_machine_has(api: Api) -> None:
    (row,) = api("DescribeInstanceTypes", InstanceTypes=["m5.large"])["InstanceTypes"]
    assert row["VCpuInfo"]["DefaultVCpus"] == 2
    assert row["MemoryInfo"] == {"SizeInMiB": 8192}
    assert row["ProcessorInfo"]["SupportedArchitectures"] == ["x86_64"]
    assert row["SupportedBootModes"] == ["legacy-bios", "uefi"]
    assert row["InstanceStorageSupported"] is row["BareMetal"] is row["FreeTierEligible"] is False


def test_filters(api: Api) -> None:
    assert set(names(api)) == set(TYPES)
    assert filtered(api, "instance-type", "c5*") == {name for name in TYPES if name.startswith("c5.")}
    assert filtered(api, "vcpu-info.default-vcpus", "1") == {"t2.nano", "t2.micro", "t2.small"}
    assert filtered(api, "memory-info.size-in-mib", "512", "73728") == {
        "t2.nano", "t3.nano", "t3a.nano", "c5.9xlarge"
    }  # fmt: skip
    assert filtered(api, "free-tier-eligible", "true") == {"t2.micro", "t3.micro"}
    assert filtered(api, "processor-info.supported-architecture", "x86_64") == set(TYPES)
    assert filtered(api, "processor-info.supported-architecture", "arm64") == set()
    assert filtered(api, "supported-boot-mode", "uefi") == set(TYPES)
    assert filtered(api, "burstable-performance-supported", "true") == set()
    two = [{"Name": "free-tier-eligible", "Values": ["true"]}, {"Name": "instance-type", "Values": ["t3.*"]}]
    assert names(api, Filters=two) == ["t3.micro"]
    with refused("InvalidParameterValue", "colour"):
        filtered(api, "colour", "red")


def test_pages_and_names(api: Api) -> None:
    seen: list[str] = []
    request: dict[str, Any] = {"MaxResults": 20}
    while True:
        answer = api("DescribeInstanceTypes", **request)
        seen += [row["InstanceType"] for row in answer["InstanceTypes"]]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    assert seen == sorted(TYPES)
    assert names(api, InstanceTypes=["t3.micro", "m5.large", "t3.micro"]) == ["m5.large", "t3.micro"]
    with refused("InvalidInstanceType", "[u9.huge]"):
        names(api, InstanceTypes=["t3.micro", "u9.huge"])
    with refused("InvalidParameterValue", "between 5 and 100"):
        names(api, MaxResults=101)
    with refused("InvalidNextToken"):
        api("DescribeInstanceTypeOfferings", NextToken=request["NextToken"])
    with refused("InvalidNextToken"):
        names(api, NextToken="x")


def test_offerings(api: Api) -> None:
    def offered(**request: Any) -> set[tuple[str, str, str]]:
        rows = api("DescribeInstanceTypeOfferings", **request)["InstanceTypeOfferings"]
        return {(row["InstanceType"], row["LocationType"], row["Location"]) for row in rows}

    assert offered() == {(name, "region", "us-east-1") for name in TYPES}
    only = [{"Name": "instance-type", "Values": ["t3.micro"]}]
    assert offered(LocationType="availability-zone", Filters=only) == {
        ("t3.micro", "availability-zone", "us-east-1a"),
        ("t3.micro", "availability-zone", "us-east-1b"),
    }
    where = [*only, {"Name": "location", "Values": ["use1-az2"]}]
    assert offered(LocationType="availability-zone-id", Filters=where) == {
        ("t3.micro", "availability-zone-id", "use1-az2")
    }
    assert offered(LocationType="outpost") == set()
    with refused("InvalidParameterValue"):
        offered(LocationType="moon")
