"""Instance types: describe, and where they are offered (everywhere)."""

from amiable.api import filters
from amiable.api.call import Call
from amiable.api.faults import invalid
from amiable.api.owned import answer
from amiable.api.paging import page_of
from amiable.api.table import Shape, operation
from amiable.compute.spec import MAX_NICS
from amiable.model.instance_type import TYPES, InstanceType
from amiable.model.zone import zone_id
from amiable.protocol.faults import Fault

FILTERS = {
    "auto-recovery-supported": "AutoRecoverySupported",
    "bare-metal": "BareMetal",
    "burstable-performance-supported": "BurstablePerformanceSupported",
    "current-generation": "CurrentGeneration",
    "dedicated-hosts-supported": "DedicatedHostsSupported",
    "ebs-info.ebs-optimized-support": "EbsInfo.EbsOptimizedSupport",
    "ebs-info.encryption-support": "EbsInfo.EncryptionSupport",
    "ebs-info.nvme-support": "EbsInfo.NvmeSupport",
    "free-tier-eligible": "FreeTierEligible",
    "hibernation-supported": "HibernationSupported",
    "hypervisor": "Hypervisor",
    "instance-storage-supported": "InstanceStorageSupported",
    "instance-type": "InstanceType",
    "memory-info.size-in-mib": "MemoryInfo.SizeInMiB",
    "network-info.efa-supported": "NetworkInfo.EfaSupported",
    "network-info.ena-support": "NetworkInfo.EnaSupport",
    "network-info.encryption-in-transit-supported": "NetworkInfo.EncryptionInTransitSupported",
    "network-info.ipv4-addresses-per-interface": "NetworkInfo.Ipv4AddressesPerInterface",
    "network-info.ipv6-addresses-per-interface": "NetworkInfo.Ipv6AddressesPerInterface",
    "network-info.ipv6-supported": "NetworkInfo.Ipv6Supported",
    "network-info.maximum-network-cards": "NetworkInfo.MaximumNetworkCards",
    "network-info.maximum-network-interfaces": "NetworkInfo.MaximumNetworkInterfaces",
    "nitro-enclaves-support": "NitroEnclavesSupport",
    "nitro-tpm-support": "NitroTpmSupport",
    "processor-info.supported-architecture": "ProcessorInfo.SupportedArchitectures",
    "supported-boot-mode": "SupportedBootModes",
    "supported-root-device-type": "SupportedRootDeviceTypes",
    "supported-usage-class": "SupportedUsageClasses",
    "supported-virtualization-type": "SupportedVirtualizationTypes",
    "vcpu-info.default-cores": "VCpuInfo.DefaultCores",
    "vcpu-info.default-threads-per-core": "VCpuInfo.DefaultThreadsPerCore",
    "vcpu-info.default-vcpus": "VCpuInfo.DefaultVCpus",
    "vcpu-info.valid-cores": "VCpuInfo.ValidCores",
    "vcpu-info.valid-threads-per-core": "VCpuInfo.ValidThreadsPerCore",
}

OFFERING_FILTERS = {"instance-type": "InstanceType", "location": "Location"}


@operation("ec2", "DescribeInstanceTypes")
def describe_instance_types(call: Call, request: Shape) -> Shape:
    """The types that can be launched, by name and filters."""
    wanted = list(request.get("InstanceTypes") or ())
    missing = sorted(set(wanted) - set(TYPES))
    if missing:
        raise Fault(
            "InvalidInstanceType",
            f"The following supplied instance types do not exist: [{', '.join(missing)}]",
        )
    shapes = [instance_type_shape(TYPES[name]) for name in dict.fromkeys(wanted or TYPES)]
    found, token = page_of(
        call,
        "DescribeInstanceTypes",
        filters.among(shapes, FILTERS, request.get("Filters")),
        lambda shape: str(shape["InstanceType"]),
        request,
        ids_given=wanted,
        largest=100,
    )
    return answer("InstanceTypes", found, token)


def instance_type_shape(kind: InstanceType) -> Shape:
    """A type as EC2 prints it: what a machine of this server has, not what AWS's has.

    The hypervisor is KVM, which EC2 calls nitro. QEMU is given cores, not threads; disks and network are
    virtio, so there is no NVMe and no ENA.
    """
    return {
        "InstanceType": kind.name,
        "CurrentGeneration": True,
        "FreeTierEligible": kind.free_tier,
        "SupportedUsageClasses": ["on-demand"],
        "SupportedRootDeviceTypes": ["ebs"],
        "SupportedVirtualizationTypes": ["hvm"],
        "SupportedBootModes": ["legacy-bios", "uefi"],
        "BareMetal": False,
        "Hypervisor": "nitro",
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {
            "DefaultVCpus": kind.vcpus,
            "DefaultCores": kind.vcpus,
            "DefaultThreadsPerCore": 1,
            "ValidCores": [kind.vcpus],
            "ValidThreadsPerCore": [1],
        },
        "MemoryInfo": {"SizeInMiB": kind.memory_mib},
        "InstanceStorageSupported": False,
        "EbsInfo": {
            "EbsOptimizedSupport": "unsupported",
            "EncryptionSupport": "unsupported",
            "NvmeSupport": "unsupported",
        },
        "NetworkInfo": {
            "MaximumNetworkInterfaces": MAX_NICS,
            "MaximumNetworkCards": 1,
            "DefaultNetworkCardIndex": 0,
            "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": MAX_NICS}],
            "Ipv4AddressesPerInterface": 1,
            "Ipv6AddressesPerInterface": 0,
            "Ipv6Supported": False,
            "EnaSupport": "unsupported",
            "EfaSupported": False,
            "EncryptionInTransitSupported": False,
        },
        "HibernationSupported": False,
        "BurstablePerformanceSupported": False,
        "DedicatedHostsSupported": False,
        "AutoRecoverySupported": False,
        "NitroEnclavesSupport": "unsupported",
        "NitroTpmSupport": "unsupported",
    }


@operation("ec2", "DescribeInstanceTypeOfferings")
def describe_instance_type_offerings(call: Call, request: Shape) -> Shape:
    """Every type in the region, or in each of its zones."""
    kind = request.get("LocationType") or "region"
    zones = call.settings.zone_names(call.region)
    locations = {
        "region": [call.region],
        "availability-zone": zones,
        "availability-zone-id": [zone_id(zone, call.region) for zone in zones],
        "outpost": [],
    }
    if kind not in locations:
        raise invalid(f"Value ({kind}) for parameter locationType is invalid.")
    shapes: list[Shape] = [
        {"InstanceType": name, "LocationType": kind, "Location": location}
        for name in TYPES
        for location in locations[kind]
    ]
    found, token = page_of(
        call,
        "DescribeInstanceTypeOfferings",
        filters.among(shapes, OFFERING_FILTERS, request.get("Filters")),
        lambda shape: f"{shape['InstanceType']} {shape['Location']}",
        request,
    )
    return answer("InstanceTypeOfferings", found, token)
