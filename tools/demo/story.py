"""The founding story as a list of steps, and how what it made is taken away again.

A step is a function of (play, tell). A second run finds the base image, the account, the key pair and the
security group there and uses them again; its image gets the next free number.
"""

from collections.abc import Callable

from tools.demo import screen
from tools.demo.machines import (
    create_image,
    fetch_page,
    judge,
    launch_production,
    launch_test,
    log_in,
    set_up,
)
from tools.demo.play import NAME, Play
from tools.demo.prepare import BASE, build_base, clear_stage, make_account, make_group, make_key

# What the screen calls a step → the step.
STEPS: dict[str, Callable[[Play, screen.Tell], None]] = {
    f"Build the public base image {BASE}": build_base,
    "Create an account and its access key": make_account,
    "Clear the stage": clear_stage,
    "Create a key pair": make_key,
    "Create a security group that lets in 22 and 80": make_group,
    "Launch test": launch_test,
    "Wait for SSH on test": log_in,
    "Set test up over SSH, as a person would": set_up,
    "Create an image of test": create_image,
    "Launch production from it, a larger machine": launch_production,
    "Fetch the page from production": fetch_page,
    "Compare production with test": judge,
}


def tear_down(play: Play, tell: screen.Tell) -> None:
    """Everything that the story made in its account, but for the account."""
    aws = play.account
    instances = [one["InstanceId"] for one in (play.test, play.production) if one]
    if instances:
        aws.aws("ec2", "terminate-instances", "--instance-ids", *instances, "--output", "text")
        tell("waiting until they have ended")
        aws.aws("ec2", "wait", "instance-terminated", "--instance-ids", *instances)
    if play.image_id:
        aws.aws("ec2", "deregister-image", "--image-id", play.image_id, "--delete-associated-snapshots")
    if play.group_id:
        aws.aws("ec2", "delete-security-group", "--group-id", play.group_id)
    aws.aws("ec2", "delete-key-pair", "--key-name", NAME)
    play.key.unlink(missing_ok=True)
