"""VPCs and all that is in them, elastic addresses, network interfaces."""

from tests.helpers.api import Api
from tests.helpers.rows import add_instance
from tests.unit.api.examples.request import Requests

CIDR = "10.7.0.0/16"


def examples(api: Api) -> Requests:
    """Makes a VPC with a subnet, a route table, a gateway and two interfaces, and an instance with one."""
    vpc = {"VpcId": api("CreateVpc", CidrBlock=CIDR)["Vpc"]["VpcId"]}
    empty = {"VpcId": api("CreateVpc", CidrBlock=CIDR)["Vpc"]["VpcId"]}
    subnet = {"SubnetId": api("CreateSubnet", **vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]}
    other = {"SubnetId": api("CreateSubnet", **vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]}
    gateway, loose = _gateway(api), _gateway(api)
    api("AttachInternetGateway", **gateway, **vpc)
    table = {"RouteTableId": api("CreateRouteTable", **vpc)["RouteTable"]["RouteTableId"]}
    unused = {"RouteTableId": api("CreateRouteTable", **vpc)["RouteTable"]["RouteTableId"]}
    used = api("AssociateRouteTable", **table, **subnet)["AssociationId"]
    anywhere = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway["InternetGatewayId"]}
    api("CreateRoute", **table, **anywhere)
    domain = [{"Key": "domain-name", "Values": ["example.org"]}]
    made = api("CreateDhcpOptions", DhcpConfigurations=domain)["DhcpOptions"]
    options = {"DhcpOptionsId": made["DhcpOptionsId"]}
    interface = _interface(api, subnet)
    free = api("AllocateAddress")["AllocationId"]
    held = api("AllocateAddress")["AllocationId"]
    association = api("AssociateAddress", AllocationId=held, **interface)["AssociationId"]
    (default,) = api("DescribeSecurityGroups", GroupNames=["default"])["SecurityGroups"]
    instance = add_instance(api, default["GroupId"], "172.31.0.77")
    here = {"SubnetId": instance.subnet_id}
    second = _interface(api, here)
    api("ModifyNetworkInterfaceAttribute", **second, SourceDestCheck={"Value": False})
    attached = api("AttachNetworkInterface", **_interface(api, here), InstanceId=instance.id, DeviceIndex=1)
    return {
        ("ec2", "AllocateAddress"): {},
        ("ec2", "AssociateAddress"): {"AllocationId": free, **interface},
        ("ec2", "AssociateDhcpOptions"): {**options, **vpc},
        ("ec2", "AssociateRouteTable"): {**unused, **other},
        ("ec2", "AttachInternetGateway"): {**loose, **empty},
        ("ec2", "AttachNetworkInterface"): {**second, "InstanceId": instance.id, "DeviceIndex": 2},
        ("ec2", "CreateDhcpOptions"): {"DhcpConfigurations": domain},
        ("ec2", "CreateInternetGateway"): {},
        ("ec2", "CreateNetworkInterface"): subnet,
        ("ec2", "CreateRoute"): {**unused, **anywhere},
        ("ec2", "CreateRouteTable"): vpc,
        ("ec2", "CreateSubnet"): {**vpc, "CidrBlock": "10.7.9.0/24"},
        ("ec2", "CreateVpc"): {"CidrBlock": CIDR},
        ("ec2", "DeleteDhcpOptions"): options,
        ("ec2", "DeleteInternetGateway"): loose,
        ("ec2", "DeleteNetworkInterface"): second,
        ("ec2", "DeleteRoute"): {**table, "DestinationCidrBlock": "0.0.0.0/0"},
        ("ec2", "DeleteRouteTable"): unused,
        ("ec2", "DeleteSubnet"): other,
        ("ec2", "DeleteVpc"): empty,
        ("ec2", "DescribeAddresses"): {},
        ("ec2", "DescribeAddressesAttribute"): {},
        ("ec2", "DescribeDhcpOptions"): {},
        ("ec2", "DescribeInternetGateways"): {},
        ("ec2", "DescribeNetworkAcls"): {},
        ("ec2", "DescribeNetworkInterfaceAttribute"): {**interface, "Attribute": "groupSet"},
        ("ec2", "DescribeRouteTables"): {},
        ("ec2", "DescribeVpcAttribute"): {**vpc, "Attribute": "enableDnsSupport"},
        ("ec2", "DetachInternetGateway"): _attached(api),
        ("ec2", "DetachNetworkInterface"): {"AttachmentId": attached["AttachmentId"]},
        ("ec2", "DisassociateAddress"): {"AssociationId": association},
        ("ec2", "DisassociateRouteTable"): {"AssociationId": used},
        ("ec2", "ModifyNetworkInterfaceAttribute"): {**interface, "SourceDestCheck": {"Value": False}},
        ("ec2", "ModifySubnetAttribute"): {**subnet, "MapPublicIpOnLaunch": {"Value": True}},
        ("ec2", "ModifyVpcAttribute"): {**vpc, "EnableDnsSupport": {"Value": False}},
        ("ec2", "ReleaseAddress"): {"AllocationId": free},
        ("ec2", "ReplaceRoute"): {**table, "DestinationCidrBlock": "0.0.0.0/0", **interface},
        ("ec2", "ReplaceRouteTableAssociation"): {**unused, "AssociationId": used},
        ("ec2", "ResetNetworkInterfaceAttribute"): {**second, "SourceDestCheck": "true"},
    }


def _gateway(api: Api) -> dict[str, str]:
    return {"InternetGatewayId": api("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]}


def _attached(api: Api) -> dict[str, str]:
    """A gateway with a VPC of its own."""
    pair = {**_gateway(api), "VpcId": api("CreateVpc", CidrBlock=CIDR)["Vpc"]["VpcId"]}
    api("AttachInternetGateway", **pair)
    return pair


def _interface(api: Api, subnet: dict[str, str]) -> dict[str, str]:
    made = api("CreateNetworkInterface", **subnet)["NetworkInterface"]
    return {"NetworkInterfaceId": made["NetworkInterfaceId"]}
