"""What the rows of a VPC say its real network is."""

from types import MappingProxyType

import pytest

from amiable.compute.net.metadata import MetadataServer
from amiable.compute.net.wanted import INTERNET, NOWHERE, HostNetwork, Leases, Route, Vpc
from amiable.flows.host import Host
from amiable.flows.metadata import metadata_of
from amiable.flows.networks import network_of
from amiable.model.database import Database
from amiable.model.instance import Instance
from amiable.model.network import NetworkInterface, PublicAddress, drop_interface
from tests.helpers.api import Api, new_api
from tests.helpers.rows import add_instance

ANYWHERE = "0.0.0.0/0"


@pytest.fixture
def api(database: Database) -> Api:
    return new_api(database, host_name="h")


@pytest.fixture
def instance(api: Api) -> Instance:
    (group,) = api("DescribeSecurityGroups")["SecurityGroups"]
    return add_instance(api, group["GroupId"])


def wanted(api: Api, instance: Instance) -> Vpc:
    host = Host(
        settings=api.settings,
        accelerator="tcg",
        stores=MappingProxyType({}),
        cache=None,  # type: ignore[arg-type] - a network needs no disks
        network=HostNetwork(api.settings.public_pool, api.settings.transit_pool, "0a1b2"),
        metadata=MetadataServer(lambda vpc_id, source: None, b""),
    )
    with api.database.read() as session:
        found = network_of(session, host, instance.vpc_id)
    assert found is not None
    return found


def test_a_default_vpc_leads_to_the_internet(api: Api, instance: Instance) -> None:
    found = wanted(api, instance)
    assert found.subnets[0].routes == (Route(ANYWHERE, INTERNET),)
    assert found.leases == Leases("ec2.internal")
    assert found.dns
    assert found.interfaces[0].source_dest_check


def test_without_a_route_a_public_address_is_nothing(api: Api, instance: Instance) -> None:
    allocation = api("AllocateAddress")
    api("AssociateAddress", AllocationId=allocation["AllocationId"], InstanceId=instance.id)
    assert wanted(api, instance).interfaces[0].public_ip == allocation["PublicIp"]
    (table,) = api("DescribeRouteTables")["RouteTables"]
    api("DeleteRoute", RouteTableId=table["RouteTableId"], DestinationCidrBlock=ANYWHERE)
    found = wanted(api, instance)
    assert found.subnets[0].routes == ()
    assert found.interfaces[0].public_ip is None


def test_a_route_leads_to_an_interface_while_it_is_in_use(api: Api, instance: Instance) -> None:
    eni = api("CreateNetworkInterface", SubnetId=instance.subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    (table,) = api("DescribeRouteTables")["RouteTables"]
    route = {"DestinationCidrBlock": "192.168.0.0/16", "NetworkInterfaceId": eni}
    api("CreateRoute", RouteTableId=table["RouteTableId"], **route)
    assert Route("192.168.0.0/16", NOWHERE) in wanted(api, instance).subnets[1].routes
    api("AttachNetworkInterface", NetworkInterfaceId=eni, InstanceId=instance.id, DeviceIndex=1)
    found = wanted(api, instance)
    assert Route("192.168.0.0/16", eni) in found.subnets[1].routes
    assert [one.id for one in found.interfaces][1:] == [eni]


def test_what_a_vpc_tells_and_whether_it_answers(api: Api, instance: Instance) -> None:
    servers = [{"Key": "domain-name-servers", "Values": ["192.0.2.1"]}]
    made = api("CreateDhcpOptions", DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
    api("AssociateDhcpOptions", DhcpOptionsId=made, VpcId=instance.vpc_id)
    api("ModifyVpcAttribute", VpcId=instance.vpc_id, EnableDnsSupport={"Value": False})
    found = wanted(api, instance)
    assert (found.leases, found.dns) == (Leases(None, ("192.0.2.1",)), False)
    api("AssociateDhcpOptions", DhcpOptionsId="default", VpcId=instance.vpc_id)
    assert wanted(api, instance).leases == Leases(None, ())


def test_an_elastic_address_outlives_its_interface(api: Api, instance: Instance) -> None:
    allocation = api("AllocateAddress")["AllocationId"]
    api("AssociateAddress", AllocationId=allocation, InstanceId=instance.id)
    with api.database.write() as session:
        drop_interface(session, session.get_one(Instance, instance.id).interfaces[0])
    (address,) = api("DescribeAddresses", AllocationIds=[allocation])["Addresses"]
    assert "AssociationId" not in address


def test_an_interface_that_is_attached_to_nothing_is_nobody(api: Api, instance: Instance) -> None:
    made = api("CreateNetworkInterface", SubnetId=instance.subnet_id)["NetworkInterface"]
    assert metadata_of(api.database, instance.vpc_id, made["PrivateIpAddress"]) is None
    with api.database.read() as session:
        assert session.get_one(NetworkInterface, made["NetworkInterfaceId"]).public_ip is None
        assert session.query(PublicAddress).count() == 0
