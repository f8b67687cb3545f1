"""Before the first machine: base image, account, key pair, security group. What is there is used again."""

import json

from tools.demo import screen
from tools.demo.clients import Clients, amiable
from tools.demo.play import ACCOUNT, NAME, TAG, Play

BASE = "debian-12"


def build_base(play: Play, tell: screen.Tell) -> None:
    """The public base image, from Debian packages; minutes the first time."""
    screen.command(["amiable", "image", "build", BASE])
    screen.note(amiable(play.server, "image", "build", BASE, tell=tell).strip())


def make_account(play: Play, tell: screen.Tell) -> None:
    """An account with an access key; the built-in one owns the base image."""
    accounts = json.loads(amiable(play.server, "account", "list", "--json"))
    if not any(account["Name"] == ACCOUNT for account in accounts):
        screen.command(["amiable", "account", "create", ACCOUNT])
        amiable(play.server, "account", "create", ACCOUNT)
    screen.typed(f'eval "$(amiable env --account {ACCOUNT})"')
    play.clients = Clients(play.server, ACCOUNT)
    screen.note(play.clients.aws("sts", "get-caller-identity", "--query", "Arn", "--output", "text"))


def clear_stage(play: Play, tell: screen.Tell) -> None:
    """End the machines of an earlier run; their image stays."""
    aws = play.account
    query = "Reservations[].Instances[].InstanceId"
    filters = [
        f"Name=tag:{TAG[0]},Values={TAG[1]}",
        "Name=instance-state-name,Values=pending,running,stopping,stopped",
    ]
    old = aws.aws_json("ec2", "describe-instances", "--filters", *filters, "--query", query, show=False)
    if not old:
        screen.note("Nothing is left of an earlier run.")
        return
    aws.aws("ec2", "terminate-instances", "--instance-ids", *old, "--output", "text")
    tell("waiting until they have ended")
    aws.aws("ec2", "wait", "instance-terminated", "--instance-ids", *old)


def make_key(play: Play, tell: screen.Tell) -> None:
    """A key pair; the private half is in the data directory."""
    aws = play.account
    known = aws.aws_json("ec2", "describe-key-pairs", "--query", "KeyPairs[].KeyName", show=False)
    if NAME in known and play.key.exists():
        screen.note(f"{NAME} is there; its private key is {play.key}")
        return
    if NAME in known:
        aws.aws("ec2", "delete-key-pair", "--key-name", NAME)
    words = ("ec2", "create-key-pair", "--key-name", NAME, "--key-type", "ed25519")
    material = aws.aws(*words, "--query", "KeyMaterial", "--output", "text")
    play.key.unlink(missing_ok=True)
    play.key.touch(mode=0o600)
    play.key.write_text(material + "\n")
    screen.note(f"private key: {play.key}")


def make_group(play: Play, tell: screen.Tell) -> None:
    """A security group that lets in SSH and HTTP."""
    aws = play.account
    query = ("--filters", f"Name=group-name,Values={NAME}", "--query", "SecurityGroups[].GroupId")
    found = aws.aws_json("ec2", "describe-security-groups", *query, show=False)
    if found:
        play.group_id = found[0]
        screen.note(f"{NAME} is there: {play.group_id}")
        return
    words = ("ec2", "create-security-group", "--group-name", NAME, "--description", "SSH and HTTP")
    play.group_id = aws.aws(*words, "--query", "GroupId", "--output", "text")
    for port in ("22", "80"):
        rule = ("--group-id", play.group_id, "--protocol", "tcp", "--port", port, "--cidr", "0.0.0.0/0")
        aws.aws("ec2", "authorize-security-group-ingress", *rule, "--output", "text")
