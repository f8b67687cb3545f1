"""`amiable instance`: list and show machines, and change their state. By id, or by a Name tag of one only."""

from collections.abc import Iterable
from typing import Any

import click

from amiable.cli.client import client
from amiable.cli.console import console
from amiable.cli.naming import instance_id, list_instances, tag_of
from amiable.cli.options import Pair, json_option
from amiable.cli.output import print_details, print_json, print_table
from amiable.cli.progress import progress
from amiable.cli.waiting import watch_instances

Item = dict[str, Any]


@click.group("instance")
def command() -> None:
    """List, show, start, stop, reboot and terminate instances."""


command.add_command(console)


def print_instances(instances: Iterable[Item]) -> None:
    """The table of instances."""
    print_table(
        instances,
        [
            ("INSTANCE", lambda instance: instance["InstanceId"]),
            ("NAME", lambda instance: tag_of(instance, "Name")),
            ("STATE", lambda instance: instance["State"]["Name"]),
            ("TYPE", lambda instance: instance["InstanceType"]),
            ("PUBLIC", lambda instance: instance.get("PublicIpAddress")),
            ("PRIVATE", lambda instance: instance.get("PrivateIpAddress")),
            ("IMAGE", lambda instance: instance["ImageId"]),
            ("LAUNCHED", lambda instance: instance["LaunchTime"]),
        ],
        "No instance. Launch one: amiable launch AMI",
    )


@command.command("list")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    type=Pair(),
    metavar="NAME=VALUE",
    help="A filter of DescribeInstances, such as instance-state-name=running; may be repeated.",
)
@json_option
def list_(filters: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """List instances."""
    wanted: dict[str, list[str]] = {}
    for name, value in filters:
        wanted.setdefault(name, []).append(value)
    found = list_instances(
        client("ec2"), [{"Name": name, "Values": values} for name, values in wanted.items()]
    )
    if as_json:
        print_json(found)
    else:
        print_instances(found)


@command.command("show")
@click.argument("instance")
@json_option
def show(instance: str, as_json: bool) -> None:
    """Show an instance."""
    ec2 = client("ec2")
    answer = ec2.describe_instances(InstanceIds=[instance_id(ec2, instance)])
    (found,) = answer["Reservations"][0]["Instances"]
    (machine,) = client("amiable").describe_machines(InstanceIds=[found["InstanceId"]])["Machines"]
    if as_json:
        print_json([found | {"Machine": machine}])
        return
    groups = ", ".join(f"{group['GroupName']} ({group['GroupId']})" for group in found["SecurityGroups"])
    options = found.get("MetadataOptions", {})
    print_details(
        [
            ("Instance", found["InstanceId"]),
            ("State", found["State"]["Name"]),
            ("Reason", found.get("StateReason", {}).get("Message")),
            ("Type", found["InstanceType"]),
            ("Image", found["ImageId"]),
            ("Key", found.get("KeyName")),
            ("Launched", found["LaunchTime"]),
            ("Zone", found["Placement"]["AvailabilityZone"]),
            ("Public address", found.get("PublicIpAddress")),
            ("Private address", found.get("PrivateIpAddress")),
            ("Private name", found.get("PrivateDnsName")),
            ("Network", found.get("VpcId")),
            ("Subnet", found.get("SubnetId")),
            ("Security groups", groups),
            ("Metadata", f"tokens {options.get('HttpTokens')}, endpoint {options.get('HttpEndpoint')}"),
            ("Boot mode", found.get("BootMode")),
            ("Host", f"{machine['Host']}, accelerator {machine.get('Accelerator', 'not chosen yet')}"),
            *((row["DeviceName"], row["Ebs"]["VolumeId"]) for row in found["BlockDeviceMappings"]),
            *((f"Tag {tag['Key']}", tag["Value"]) for tag in found.get("Tags", ())),
        ]
    )


# verb → method of the client, the list in its answer, the state to wait for, help
_CHANGES = {
    "start": ("start_instances", "StartingInstances", "running", "Start stopped instances."),
    "stop": ("stop_instances", "StoppingInstances", "stopped", "Shut instances down."),
    "terminate": (
        "terminate_instances",
        "TerminatingInstances",
        "terminated",
        "End instances; volumes that go with them are deleted.",
    ),
}


def _add_change(verb: str, method: str, member: str, wanted: str, help: str) -> None:
    @command.command(verb, help=help)
    @click.argument("instances", nargs=-1, required=True)
    @click.option("--wait/--no-wait", default=False, help=f"Wait until they are {wanted}.")
    @json_option
    def change(instances: tuple[str, ...], wait: bool, as_json: bool) -> None:
        ec2 = client("ec2")
        chosen = [instance_id(ec2, instance) for instance in instances]
        changes = getattr(ec2, method)(InstanceIds=chosen)[member]
        if wait:
            with progress(f"{verb} {', '.join(chosen)}") as tell:
                now = {item["InstanceId"]: item for item in watch_instances(ec2, chosen, wanted, tell)}
            changes = [{**item, "CurrentState": now[item["InstanceId"]]["State"]} for item in changes]
        if as_json:
            print_json(changes)
            return
        print_table(
            changes,
            [
                ("INSTANCE", lambda item: item["InstanceId"]),
                ("WAS", lambda item: item["PreviousState"]["Name"]),
                ("IS", lambda item: item["CurrentState"]["Name"]),
            ],
            "",
        )


for _verb, _row in _CHANGES.items():
    _add_change(_verb, *_row)


@command.command("reboot")
@click.argument("instances", nargs=-1, required=True)
@json_option
def reboot(instances: tuple[str, ...], as_json: bool) -> None:
    """Shut instances down and start them again."""
    ec2 = client("ec2")
    chosen = [instance_id(ec2, instance) for instance in instances]
    ec2.reboot_instances(InstanceIds=chosen)
    if as_json:
        print_json({"InstanceId": one} for one in chosen)
        return
    for one in chosen:
        click.echo(f"Rebooting {one}")
