"""The network of a running machine as its owner changes it: addresses, interfaces, groups, routes.

One instance in a VPC of its own is booted, and started a second time.
"""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server, eventually

SECOND = "/sys/class/net/eth1/address"


@dataclass
class Place:
    """A VPC with one public subnet."""

    vpc: str
    subnet: str
    table: str
    gateway: str
    open: str
    shut: str


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("networks")


@pytest.fixture(scope="module")
def place(account: Account) -> Iterator[Place]:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    groups = [
        ec2.create_security_group(VpcId=vpc, GroupName=name, Description="d")["GroupId"]
        for name in ("open", "shut")
    ]
    ec2.authorize_security_group_ingress(
        GroupId=groups[0], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    yield Place(vpc, subnet, table, gateway, *groups)
    association = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"][0]
    ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=table)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    for group in groups:
        ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


@pytest.fixture(scope="module")
def guest(account: Account, place: Place, tiny_ami: str) -> Iterator[Guest]:
    guest = launch(account, tiny_ami, SubnetId=place.subnet, SecurityGroupIds=[place.open])
    yield guest.until_ssh()
    guest.terminate()


def opens(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=2):
            return True
    except OSError:
        return False


class Stream:
    """A connection over which the guest says something ten times a second; when it last did."""

    def __init__(self, guest: Guest) -> None:
        words = ["ssh", "-i", str(guest.key), "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes",
                 "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", f"root@{guest.address}",
                 "while sleep 0.1; do echo x; done"]  # fmt: skip
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.last = 0.0
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        eventually(lambda: self.last, within=60, what="the first word of the guest")

    def _read(self) -> None:
        assert self.process.stdout is not None
        while self.process.stdout.readline():
            self.last = time.monotonic()

    def silent_after(self, moment: float) -> float:
        """Seconds from a moment to the last word, once nothing has been said for two seconds."""
        eventually(lambda: time.monotonic() - self.last > 2, within=20, what="silence")
        return max(0.0, self.last - moment)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.thread.join()


def interface_of(guest: Guest) -> dict[str, Any]:
    return dict(guest.facts["NetworkInterfaces"][0])


def test_other_groups_cut_connections_within_a_second(guest: Guest, place: Place) -> None:
    eni = interface_of(guest)["NetworkInterfaceId"]
    for cut, mend in (
        (
            lambda: guest.ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Groups=[place.shut]),
            lambda: guest.ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Groups=[place.open]),
        ),
        (
            lambda: guest.ec2.delete_route(RouteTableId=place.table, DestinationCidrBlock="0.0.0.0/0"),
            lambda: guest.ec2.create_route(
                RouteTableId=place.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=place.gateway
            ),
        ),
    ):
        stream = Stream(guest)
        try:
            cut()
            seconds = stream.silent_after(time.monotonic())
            print(f"the connection went on for {seconds:.2f} s after the answer")
            assert seconds < 1
            assert not opens(guest.address)
        finally:
            stream.close()
            mend()
        eventually(lambda: opens(guest.address), within=20, what="SSH to open again")


def test_an_elastic_address_takes_the_place_of_the_other(guest: Guest) -> None:
    before = guest.address
    made = guest.ec2.allocate_address()
    associated = guest.ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=guest.id)
    assert guest.address == made["PublicIp"] != before
    eventually(lambda: opens(made["PublicIp"]), within=10, what="SSH at the elastic address")
    assert not opens(before)
    told = "/usr/lib/amiable/imds meta-data/public-ipv4"
    assert guest.ssh(told) == made["PublicIp"]
    guest.ec2.disassociate_address(AssociationId=associated["AssociationId"])
    assert guest.address != made["PublicIp"]
    eventually(lambda: opens(guest.address), within=10, what="SSH at the new address")
    assert not opens(made["PublicIp"])
    assert guest.ssh(told) == guest.address
    guest.ec2.release_address(AllocationId=made["AllocationId"])


def attach(guest: Guest, interface_id: str) -> str:
    answer = guest.ec2.attach_network_interface(
        NetworkInterfaceId=interface_id, InstanceId=guest.id, DeviceIndex=1
    )
    return str(answer["AttachmentId"])


def test_a_second_interface_is_plugged_and_pulled(guest: Guest, place: Place) -> None:
    request = {"SubnetId": place.subnet, "Groups": [place.open], "PrivateIpAddress": "10.9.1.77"}
    made = guest.ec2.create_network_interface(**request)["NetworkInterface"]
    interface_id = made["NetworkInterfaceId"]

    def status() -> str:
        (found,) = guest.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])[
            "NetworkInterfaces"
        ]
        return str(found.get("Attachment", {}).get("Status", found["Status"]))

    def seen() -> bool:
        return guest.ssh(f"cat {SECOND}", check=False) == made["MacAddress"]

    lease = "ip link set eth1 up; udhcpc -f -n -q -i eth1 -s /bin/true 2>&1"
    attachment = attach(guest, interface_id)
    eventually(lambda: status() == "attached", within=30, what="the interface attached")
    eventually(seen, within=30, what="eth1 in the guest")
    assert "10.9.1.77" in guest.ssh(lease)
    macs = "/usr/lib/amiable/imds meta-data/network/interfaces/macs/"
    assert made["MacAddress"] in guest.ssh(macs)
    guest.ec2.detach_network_interface(AttachmentId=attachment)
    eventually(lambda: status() == "available", within=90, what="the interface detached")
    assert not seen()
    attachment = attach(guest, interface_id)
    eventually(lambda: status() == "attached", within=30, what="the interface attached again")
    guest.ec2.detach_network_interface(AttachmentId=attachment, Force=True)
    eventually(lambda: status() == "available", within=60, what="the interface taken away")

    elastic = guest.ec2.allocate_address()
    guest.ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=guest.id)
    guest.ec2.stop_instances(InstanceIds=[guest.id])
    guest.wait("stopped")
    assert guest.address == elastic["PublicIp"], "it stays with a stopped instance"
    attachment = attach(guest, interface_id)
    guest.ec2.start_instances(InstanceIds=[guest.id])
    guest.wait("running")
    guest.until_ssh()
    assert seen()
    assert "10.9.1.77" in guest.ssh(lease)
    guest.ec2.disassociate_address(PublicIp=elastic["PublicIp"])
    guest.ec2.release_address(AllocationId=elastic["AllocationId"])
    changed = {"AttachmentId": attachment, "DeleteOnTermination": True}
    guest.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface_id, Attachment=changed)
