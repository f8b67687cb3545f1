"""What the steps of the story hand on to each other."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.demo import verdict
from tools.demo.clients import Clients, Login
from tools.demo.server import Server

ACCOUNT = "demo"
NAME = "amiable-demo"  # of the key pair and the security group
TAG = ("Story", "demo")  # on every machine and image of the story
BOOT_SECONDS = 600  # software emulation on a busy machine

Item = dict[str, Any]


@dataclass
class Play:
    """What the steps hand on to each other."""

    server: Server
    clients: Clients | None = None
    image_id: str = ""
    image_name: str = ""
    group_id: str = ""
    test: Item = field(default_factory=dict)
    production: Item = field(default_factory=dict)
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: list[verdict.Row] = field(default_factory=list)

    @property
    def key(self) -> Path:
        """The private key's file."""
        return self.server.data_dir / f"{NAME}.pem"

    @property
    def account(self) -> Clients:
        """The account's clients; the step that makes the account comes before every use."""
        assert self.clients is not None
        return self.clients

    def login(self, instance: Item) -> Login:
        """SSH into an instance."""
        known_hosts = self.server.data_dir / "known_hosts"
        return Login(instance["InstanceId"], instance["PublicIpAddress"], self.key, known_hosts)

    def described(self, instance_id: str) -> Item:
        """An instance as DescribeInstances shows it."""
        answer = self.account.ec2.describe_instances(InstanceIds=[instance_id])
        instance: Item = answer["Reservations"][0]["Instances"][0]
        return instance
