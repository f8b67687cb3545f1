"""The machines: *test* is launched, set up by hand and imaged; *production* is launched from that image."""

import re
import time

from tools.demo import guest, screen, verdict
from tools.demo.clients import fetch
from tools.demo.play import BOOT_SECONDS, NAME, TAG, Play
from tools.demo.prepare import BASE
from tools.demo.server import DemoError

IMAGE_SECONDS = 900
TAG_WORDS = f"{{Key={TAG[0]},Value={TAG[1]}}}"  # as the AWS CLI takes it


def launch_test(play: Play, tell: screen.Tell) -> None:
    """*test*, from the base image, by the AWS CLI."""
    aws = play.account
    by_name = ("--owners", "amazon", "--filters", f"Name=name,Values={BASE}", "Name=state,Values=available")
    base = aws.aws("ec2", "describe-images", *by_name, "--query", "Images[0].ImageId", "--output", "text")
    tags = f"ResourceType=instance,Tags=[{{Key=Name,Value=test}},{TAG_WORDS}]"
    words = ("ec2", "run-instances", "--image-id", base, "--instance-type", "t3.small", "--key-name", NAME)
    more = ("--security-group-ids", play.group_id, "--tag-specifications", tags)
    test = aws.aws(*words, *more, "--query", "Instances[0].InstanceId", "--output", "text")
    tell("waiting until it runs")
    aws.aws("ec2", "wait", "instance-running", "--instance-ids", test)
    play.test = play.described(test)
    screen.note(f"{test} has the public address {play.test['PublicIpAddress']}")


def log_in(play: Play, tell: screen.Tell) -> None:
    """The time from the start of its kernel to a login."""
    play.login(play.test).wait(BOOT_SECONDS, tell)


def set_up(play: Play, tell: screen.Tell) -> None:
    """By hand, over SSH."""
    login = play.login(play.test)
    for work in guest.WORK:
        begin = time.monotonic()
        tell(work.what)
        login.run(work.script)
        screen.note(f"{work.what}: {time.monotonic() - begin:.1f} s")
    play.facts["test"] = guest.answers(login.run(guest.questions(), show=False))


def create_image(play: Play, tell: screen.Tell) -> None:
    """CreateImage, with reboot as is its default; progress from DescribeSnapshots by boto3."""
    aws = play.account
    play.image_name = _next_name(play)
    tags = f"Tags=[{{Key=Role,Value=web}},{TAG_WORDS}]"
    play.image_id = aws.aws(
        "ec2",
        "create-image",
        "--instance-id",
        play.test["InstanceId"],
        "--name",
        play.image_name,
        "--description",
        "nginx, configured by hand on test",
        "--tag-specifications",
        f"ResourceType=image,{tags}",
        f"ResourceType=snapshot,{tags}",
        "--query",
        "ImageId",
        "--output",
        "text",
    )
    _wait_for_image(play, tell)


def _next_name(play: Play) -> str:
    """`web-server-v1`, or the next number that no image of ours has."""
    images = play.account.ec2.describe_images(Owners=["self"])["Images"]
    taken = [
        int(found[1]) for image in images if (found := re.fullmatch(r"web-server-v(\d+)", image["Name"]))
    ]
    return f"web-server-v{max(taken, default=0) + 1}"


def _wait_for_image(play: Play, tell: screen.Tell) -> None:
    """Until the image is available. Raises DemoError when it fails or takes too long."""
    ec2, deadline = play.account.ec2, time.monotonic() + IMAGE_SECONDS
    while True:
        image = ec2.describe_images(ImageIds=[play.image_id])["Images"][0]
        if image["State"] == "available":
            screen.note(f"{play.image_id} is {play.image_name}")
            return
        if image["State"] != "pending" or time.monotonic() > deadline:
            reason = image.get("StateReason", {}).get("Message", "")
            raise DemoError(f"The image {play.image_id} is {image['State']}. {reason}")
        snapshots = [row["Ebs"].get("SnapshotId") for row in image["BlockDeviceMappings"] if "Ebs" in row]
        known = [snapshot for snapshot in snapshots if snapshot]
        done = [
            snapshot["Progress"] or "0%"
            for snapshot in (ec2.describe_snapshots(SnapshotIds=known)["Snapshots"] if known else ())
        ]
        state = play.described(play.test["InstanceId"])["State"]["Name"]
        tell(f"test is {state}; image {image['State']}, snapshot {', '.join(done) or 'not begun'}")
        time.sleep(0.5)


def launch_production(play: Play, tell: screen.Tell) -> None:
    """*production*, a larger machine from the new image, by boto3."""
    ec2 = play.account.ec2
    screen.code(f'ec2 = boto3.client("ec2", endpoint_url="{play.server.url}")')
    screen.code(f'ec2.run_instances(ImageId="{play.image_id}", InstanceType="t3.medium", …)')
    answer = ec2.run_instances(
        ImageId=play.image_id,
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        KeyName=NAME,
        SecurityGroupIds=[play.group_id],
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": "Name", "Value": "production"}, {"Key": TAG[0], "Value": TAG[1]}],
            }
        ],
    )
    production = answer["Instances"][0]["InstanceId"]
    tell("waiting until it runs")
    screen.code(f'ec2.get_waiter("instance_running").wait(InstanceIds=["{production}"])')
    ec2.get_waiter("instance_running").wait(
        InstanceIds=[production], WaiterConfig={"Delay": 1, "MaxAttempts": 300}
    )
    play.production = play.described(production)
    screen.note(f"{production} has the public address {play.production['PublicIpAddress']}")


def fetch_page(play: Play, tell: screen.Tell) -> None:
    """The page, over HTTP, from production's public address."""
    tell("waiting until its web server answers")
    body, headers = fetch(f"http://{play.production['PublicIpAddress']}/", BOOT_SECONDS)
    screen.note(body.strip())
    play.rows.append(verdict.served(body, headers))


def judge(play: Play, tell: screen.Tell) -> None:
    """What arrived, and what is its own."""
    login = play.login(play.production)
    login.wait(BOOT_SECONDS, tell)
    tell("looking inside")
    instance_id = play.production["InstanceId"]
    play.facts["production"] = guest.answers(login.run(guest.questions(), show=False))
    console = play.account.ec2.get_console_output(InstanceId=instance_id).get("Output", "")
    play.rows += verdict.compare(play.facts["test"], play.facts["production"], instance_id)
    play.rows.append(verdict.host_key_on_console(play.facts["production"], console))
