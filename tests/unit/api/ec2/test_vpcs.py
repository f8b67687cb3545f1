"""VPCs, subnets, gateways, routes and DHCP options as they are made and changed."""

from typing import Any

import pytest

from amiable.model.database import Database
from tests.helpers.api import Api, filters, new_api, refused
from tests.helpers.rows import add_instance

CIDR = "10.3.0.0/16"


def make_vpc(api: Api, cidr: str = CIDR) -> dict[str, str]:
    return {"VpcId": api("CreateVpc", CidrBlock=cidr)["Vpc"]["VpcId"]}


def make_subnet(api: Api, vpc: dict[str, str], cidr: str = "10.3.0.0/24", **more: str) -> dict[str, str]:
    return {"SubnetId": api("CreateSubnet", **vpc, CidrBlock=cidr, **more)["Subnet"]["SubnetId"]}


def make_gateway(api: Api) -> dict[str, str]:
    return {"InternetGatewayId": api("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]}


def tables(api: Api, **values: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("DescribeRouteTables", Filters=filters(**values))["RouteTables"]
    return found


def test_a_vpc_has_a_group_a_table_and_an_acl(api: Api) -> None:
    tag = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "n"}]}]
    vpc = api("CreateVpc", CidrBlock="10.3.0.9/16", TagSpecifications=tag)["Vpc"]
    assert (vpc["CidrBlock"], vpc["IsDefault"], vpc["Tags"]) == (CIDR, False, tag[0]["Tags"])
    of_vpc = filters(vpc_id=vpc["VpcId"])
    (group,) = api("DescribeSecurityGroups", Filters=of_vpc)["SecurityGroups"]
    assert group["GroupName"] == "default"
    (pair,) = group["IpPermissions"][0]["UserIdGroupPairs"]
    assert (pair["GroupId"], group["IpPermissions"][0]["IpProtocol"]) == (group["GroupId"], "-1")
    assert group["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    (table,) = tables(api, vpc_id=vpc["VpcId"], association__main="true")
    local = {
        "DestinationCidrBlock": CIDR,
        "GatewayId": "local",
        "Origin": "CreateRouteTable",
        "State": "active",
    }
    assert table["Routes"] == [local]
    (acl,) = api("DescribeNetworkAcls", Filters=of_vpc)["NetworkAcls"]
    assert acl["IsDefault"]
    assert api("DescribeNetworkAcls", NetworkAclIds=[acl["NetworkAclId"]])["NetworkAcls"] == [acl]
    with refused("InvalidNetworkAclID.NotFound"):
        api("DescribeNetworkAcls", NetworkAclIds=["acl-0123456789abcdef0"])


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/15", "10.0.0.0/29", "169.254.0.0/16", "198.19.0.0/20", "224.0.0.0/16"]
)
def test_ranges_that_no_vpc_can_have(api: Api, cidr: str) -> None:
    with refused("InvalidVpc.Range"):
        api("CreateVpc", CidrBlock=cidr)


def test_what_is_not_built_is_refused(api: Api) -> None:
    vpc = make_vpc(api)
    table = {"RouteTableId": tables(api, vpc_id=vpc["VpcId"])[0]["RouteTableId"]}
    for operation, request in (
        ("CreateVpc", {"CidrBlock": CIDR, "AmazonProvidedIpv6CidrBlock": True}),
        ("CreateVpc", {"CidrBlock": CIDR, "InstanceTenancy": "dedicated"}),
        ("CreateSubnet", {**vpc, "CidrBlock": "10.3.0.0/24", "Ipv6Native": True}),
        (
            "CreateRoute",
            {**table, "DestinationCidrBlock": "1.0.0.0/8", "NatGatewayId": "nat-0123456789abcdef0"},
        ),
        ("CreateRoute", {**table, "DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-0123456789abcdef0"}),
        (
            "CreateRoute",
            {**table, "DestinationCidrBlock": "10.3.1.0/24", "GatewayId": "igw-0123456789abcdef0"},
        ),
        ("AssociateRouteTable", {**table, "GatewayId": "igw-0123456789abcdef0"}),
        ("CreateNetworkInterface", {**make_subnet(api, vpc), "Ipv6AddressCount": 1}),
        ("AllocateAddress", {"CustomerOwnedIpv4Pool": "p"}),
    ):
        with refused("UnsupportedOperation"):
            api(operation, **request)


def test_quotas(database: Database) -> None:
    names = ("vpcs", "addresses", "subnets", "internet-gateways", "route-tables", "routes")
    api = new_api(database, quotas=dict.fromkeys(names, "1") | {"vpcs": "2"})
    vpc = make_vpc(api)
    subnet = make_subnet(api, vpc)
    api("AllocateAddress")
    table = {"RouteTableId": tables(api, vpc_id=vpc["VpcId"])[0]["RouteTableId"]}
    eni = api("CreateNetworkInterface", **subnet)["NetworkInterface"]["NetworkInterfaceId"]
    for code, operation, request in (
        ("VpcLimitExceeded", "CreateVpc", {"CidrBlock": CIDR}),
        ("SubnetLimitExceeded", "CreateSubnet", {**vpc, "CidrBlock": "10.3.9.0/24"}),
        ("InternetGatewayLimitExceeded", "CreateInternetGateway", {}),
        ("RouteTableLimitExceeded", "CreateRouteTable", vpc),
        (
            "RouteLimitExceeded",
            "CreateRoute",
            {**table, "DestinationCidrBlock": "1.0.0.0/8", "NetworkInterfaceId": eni},
        ),
        ("AddressLimitExceeded", "AllocateAddress", {}),
    ):
        with refused(code):
            api(operation, **request)


def test_subnets_lie_side_by_side_in_their_vpc(api: Api) -> None:
    vpc = make_vpc(api)
    made = api("CreateSubnet", **vpc, CidrBlock="10.3.0.0/24", AvailabilityZoneId="use1-az2")["Subnet"]
    assert (made["AvailabilityZone"], made["AvailableIpAddressCount"]) == ("us-east-1b", 251)
    assert (made["MapPublicIpOnLaunch"], made["DefaultForAz"]) == (False, False)
    for code, cidr in (
        ("InvalidSubnet.Conflict", "10.3.0.128/25"),
        ("InvalidSubnet.Range", "10.4.0.0/24"),
        ("InvalidSubnet.Range", "10.3.4.0/29"),
        ("InvalidParameterValue", "10.3.4.0"),
    ):
        with refused(code):
            api("CreateSubnet", **vpc, CidrBlock=cidr)
    with refused("InvalidParameterValue", "availabilityZone"):
        api("CreateSubnet", **vpc, CidrBlock="10.3.4.0/24", AvailabilityZone="us-east-1z")
    subnet = {"SubnetId": made["SubnetId"]}
    api("ModifySubnetAttribute", **subnet, MapPublicIpOnLaunch={"Value": True})
    assert api("DescribeSubnets", SubnetIds=[made["SubnetId"]])["Subnets"][0]["MapPublicIpOnLaunch"]
    with refused("UnsupportedOperation"):
        api("ModifySubnetAttribute", **subnet, AssignIpv6AddressOnCreation={"Value": True})


def test_nothing_is_deleted_while_others_need_it(api: Api) -> None:
    vpc = make_vpc(api)
    subnet, gateway = make_subnet(api, vpc), make_gateway(api)
    api("AttachInternetGateway", **gateway, **vpc)
    eni = {
        "NetworkInterfaceId": api("CreateNetworkInterface", **subnet)["NetworkInterface"][
            "NetworkInterfaceId"
        ]
    }
    table = {"RouteTableId": api("CreateRouteTable", **vpc)["RouteTable"]["RouteTableId"]}
    used = api("AssociateRouteTable", **table, **subnet)["AssociationId"]
    address = api("AllocateAddress")["AllocationId"]
    api("AssociateAddress", AllocationId=address, **eni)
    for operation, request in (
        ("DeleteVpc", vpc),
        ("DeleteSubnet", subnet),
        ("DeleteRouteTable", table),
        ("DeleteInternetGateway", gateway),
        ("DetachInternetGateway", {**gateway, **vpc}),
    ):
        with refused("DependencyViolation"):
            api(operation, **request)
    api("DeleteNetworkInterface", **eni)
    assert "InstanceId" not in api("DescribeAddresses", AllocationIds=[address])["Addresses"][0]
    api("DisassociateRouteTable", AssociationId=used)
    for operation, request in (
        ("DeleteRouteTable", table),
        ("DetachInternetGateway", {**gateway, **vpc}),
        ("DeleteInternetGateway", gateway),
        ("DeleteSubnet", subnet),
        ("DeleteVpc", vpc),
    ):
        api(operation, **request)
    with refused("InvalidVpcID.NotFound"):
        api("DescribeVpcs", VpcIds=[vpc["VpcId"]])
    assert api("DescribeSecurityGroups", Filters=filters(vpc_id=vpc["VpcId"]))["SecurityGroups"] == []


def test_the_default_vpc_goes_and_comes_back(api: Api) -> None:
    (vpc,) = api("DescribeVpcs")["Vpcs"]
    with refused("DefaultVpcAlreadyExists"):
        api("CreateDefaultVpc")
    with refused("DefaultSubnetAlreadyExistsInAvailabilityZone"):
        api("CreateDefaultSubnet", AvailabilityZone="us-east-1a")
    subnets = sorted(api("DescribeSubnets")["Subnets"], key=lambda one: str(one["AvailabilityZone"]))
    api("DeleteSubnet", SubnetId=subnets[0]["SubnetId"])
    again = api("CreateDefaultSubnet", AvailabilityZone="us-east-1a")["Subnet"]
    assert (again["CidrBlock"], again["DefaultForAz"]) == ("172.31.0.0/20", True)
    (gateway,) = api("DescribeInternetGateways")["InternetGateways"]
    api("DetachInternetGateway", InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
    for subnet in api("DescribeSubnets")["Subnets"]:
        api("DeleteSubnet", SubnetId=subnet["SubnetId"])
    api("DeleteVpc", VpcId=vpc["VpcId"])
    with refused("DefaultVpcDoesNotExist"):
        api("CreateDefaultSubnet", AvailabilityZone="us-east-1a")
    with refused("VPCIdNotSpecified"):
        api("CreateSecurityGroup", GroupName="g", Description="d")
    fresh = api("CreateDefaultVpc")["Vpc"]
    assert fresh["IsDefault"]
    assert fresh["VpcId"] != vpc["VpcId"]
    assert len(api("DescribeSubnets")["Subnets"]) == len(subnets)


def test_routes(api: Api) -> None:
    vpc = make_vpc(api)
    (main,) = tables(api, vpc_id=vpc["VpcId"])
    table, gateway = {"RouteTableId": main["RouteTableId"]}, make_gateway(api)
    anywhere = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway["InternetGatewayId"]}
    with refused("InvalidParameterValue", "different networks"):
        api("CreateRoute", **table, **anywhere)
    api("AttachInternetGateway", **gateway, **vpc)
    with refused("Resource.AlreadyAssociated"):
        api("AttachInternetGateway", **gateway, **make_vpc(api))
    api("CreateRoute", **table, **anywhere)
    eni = api("CreateNetworkInterface", **make_subnet(api, vpc))["NetworkInterface"]["NetworkInterfaceId"]
    api("CreateRoute", **table, DestinationCidrBlock="192.168.1.9/16", NetworkInterfaceId=eni)
    (found,) = tables(api, route__destination_cidr_block="192.168.0.0/16")
    assert [(one["DestinationCidrBlock"], one["State"]) for one in found["Routes"]] == [
        (CIDR, "active"),
        ("0.0.0.0/0", "active"),
        ("192.168.0.0/16", "blackhole"),
    ]
    for code, operation, request in (
        ("RouteAlreadyExists", "CreateRoute", anywhere),
        ("RouteAlreadyExists", "CreateRoute", {**anywhere, "DestinationCidrBlock": CIDR}),
        ("InvalidRoute.NotFound", "DeleteRoute", {"DestinationCidrBlock": "1.0.0.0/8"}),
        ("InvalidParameterValue", "ReplaceRoute", {**anywhere, "DestinationCidrBlock": "1.0.0.0/8"}),
        (
            "InvalidGatewayID.NotFound",
            "CreateRoute",
            {**anywhere, "DestinationCidrBlock": "1.0.0.0/8", "GatewayId": "igw-0123456789abcdef0"},
        ),
        ("MissingParameter", "CreateRoute", {"DestinationCidrBlock": "1.0.0.0/8"}),
        ("InvalidParameterCombination", "ReplaceRoute", {**anywhere, "NetworkInterfaceId": eni}),
    ):
        with refused(code):
            api(operation, **table, **request)
    api("ReplaceRoute", **table, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=eni)
    api("DeleteRoute", **table, DestinationCidrBlock="192.168.0.0/16")
    (found,) = tables(api, route_table_id=table["RouteTableId"])
    assert [one.get("NetworkInterfaceId") for one in found["Routes"]] == [None, eni]


def test_the_gateway_of_a_route_may_go(api: Api) -> None:
    vpc, gateway = make_vpc(api), make_gateway(api)
    api("AttachInternetGateway", **gateway, **vpc)
    table = {"RouteTableId": tables(api, vpc_id=vpc["VpcId"])[0]["RouteTableId"]}
    api("CreateRoute", **table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway["InternetGatewayId"])
    api("DetachInternetGateway", **gateway, **vpc)
    (found,) = tables(api, route__gateway_id=gateway["InternetGatewayId"])
    assert found["Routes"][1]["State"] == "blackhole"
    with refused("Gateway.NotAttached"):
        api("DetachInternetGateway", **gateway, **vpc)


def test_which_table_a_subnet_uses(api: Api) -> None:
    vpc = make_vpc(api)
    subnet = make_subnet(api, vpc)
    (main,) = tables(api, vpc_id=vpc["VpcId"])
    first, second = (
        {"RouteTableId": api("CreateRouteTable", **vpc)["RouteTable"]["RouteTableId"]} for _ in "ab"
    )
    used = api("AssociateRouteTable", **first, **subnet)["AssociationId"]
    assert api("AssociateRouteTable", **first, **subnet)["AssociationId"] == used
    with refused("Resource.AlreadyAssociated"):
        api("AssociateRouteTable", **second, **subnet)
    with refused("InvalidParameterValue", "different networks"):
        api("AssociateRouteTable", **first, **make_subnet(api, make_vpc(api)))
    moved = api("ReplaceRouteTableAssociation", **second, AssociationId=used)["NewAssociationId"]
    (found,) = tables(api, association__subnet_id=subnet["SubnetId"])
    assert found["RouteTableId"] == second["RouteTableId"]
    main_use = main["Associations"][0]["RouteTableAssociationId"]
    with refused("InvalidParameterValue", "cannot disassociate the main"):
        api("DisassociateRouteTable", AssociationId=main_use)
    api("ReplaceRouteTableAssociation", **first, AssociationId=main_use)
    assert (
        tables(api, vpc_id=vpc["VpcId"], association__main="true")[0]["RouteTableId"] == first["RouteTableId"]
    )
    api("DisassociateRouteTable", AssociationId=moved)
    with refused("InvalidAssociationID.NotFound"):
        api("DisassociateRouteTable", AssociationId=moved)


def test_dhcp_options(api: Api) -> None:
    (default,) = api("DescribeDhcpOptions")["DhcpOptions"]
    assert default["DhcpConfigurations"][1]["Values"] == [{"Value": "AmazonProvidedDNS"}]
    vpc = make_vpc(api)
    assert api("DescribeVpcs", VpcIds=[vpc["VpcId"]])["Vpcs"][0]["DhcpOptionsId"] == default["DhcpOptionsId"]
    wanted = [
        {"Key": "domain-name", "Values": ["example.org"]},
        {"Key": "domain-name-servers", "Values": ["192.0.2.1", "192.0.2.2"]},
        {"Key": "netbios-node-type", "Values": ["2"]},
    ]
    made = {
        "DhcpOptionsId": api("CreateDhcpOptions", DhcpConfigurations=wanted)["DhcpOptions"]["DhcpOptionsId"]
    }
    found = api("DescribeDhcpOptions", Filters=filters(value="example.*"))["DhcpOptions"]
    assert [one["DhcpOptionsId"] for one in found] == [made["DhcpOptionsId"]]
    api("AssociateDhcpOptions", **made, **vpc)
    with refused("DependencyViolation"):
        api("DeleteDhcpOptions", **made)
    api("AssociateDhcpOptions", DhcpOptionsId="default", **vpc)
    assert api("DescribeVpcs", VpcIds=[vpc["VpcId"]])["Vpcs"][0]["DhcpOptionsId"] == "default"
    api("DeleteDhcpOptions", **made)
    for key, value in (
        ("domain-name-servers", "dns.example.org"),
        ("domain-name", "a\nport=53"),
        ("ntp-servers", "AmazonProvidedDNS"),
        ("netbios-node-type", "3"),
        ("boot-file", "x"),
    ):
        with refused("InvalidParameterValue"):
            api("CreateDhcpOptions", DhcpConfigurations=[{"Key": key, "Values": [value]}])


def test_attributes_of_a_vpc(api: Api) -> None:
    vpc = make_vpc(api)

    def value(name: str) -> bool:
        (said,) = (v for k, v in api("DescribeVpcAttribute", **vpc, Attribute=name).items() if k != "VpcId")
        return bool(said["Value"])

    assert (value("enableDnsSupport"), value("enableDnsHostnames")) == (True, False)
    api("ModifyVpcAttribute", **vpc, EnableDnsSupport={"Value": False})
    api("ModifyVpcAttribute", **vpc, EnableDnsHostnames={"Value": True})
    assert (value("enableDnsSupport"), value("enableDnsHostnames")) == (False, True)
    with refused("InvalidParameterCombination"):
        api("ModifyVpcAttribute", **vpc, EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": True})


def test_a_route_to_an_instance_names_its_only_interface(api: Api) -> None:
    (group,) = api("DescribeSecurityGroups")["SecurityGroups"]
    instance = add_instance(api, group["GroupId"])
    (table,) = tables(api, vpc_id=instance.vpc_id)
    api(
        "CreateRoute",
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="10.0.0.0/8",
        InstanceId=instance.id,
    )
    (found,) = tables(api, route__instance_id=instance.id)
    (route,) = (one for one in found["Routes"] if one["DestinationCidrBlock"] == "10.0.0.0/8")
    assert (route["InstanceId"], route["State"]) == (instance.id, "active")
