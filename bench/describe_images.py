"""DescribeImages with many images, beside moto_server with the same images: by id, by tag, whole listing.

    python -m bench.describe_images [--images 10000] [--clients 16] [--seconds 10]

Both servers run on this machine, one after the other, and are asked by the same client: raw HTTP over kept
connections, so that the figure is the server's and not a client library's. moto checks no signature.
Needs requirements/bench.txt and root.
"""

import argparse
import contextlib
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from amiable.app import open_state
from amiable.core import clock, ids
from amiable.model.image import Image, ImageDevice
from amiable.model.tag import Tag
from tests.helpers.server import REGION, Account, Server, eventually, free_port, running

TAGGED_EVERY = 100
Question = Callable[["Client", list[str], int], int]
TOKEN = re.compile(rb"<nextToken>([^<]+)</nextToken>")


class Client:
    """One kept connection and the key to sign with."""

    def __init__(self, address: str, account: Account) -> None:
        self.address = address
        self.connection = http.client.HTTPConnection(address, timeout=120)
        self.signer = SigV4Auth(Credentials(account.access_key, account.secret), "ec2", REGION)

    def ask(self, **parameters: str) -> bytes:
        """One DescribeImages."""
        form = {"Action": "DescribeImages", "Version": "2016-11-15", **parameters}
        body = urllib.parse.urlencode(form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": self.address}
        request = AWSRequest("POST", f"http://{self.address}/", headers, body)
        self.signer.add_auth(request)
        self.connection.request("POST", "/", body, dict(request.headers))
        response = self.connection.getresponse()
        answer = response.read()
        assert response.status == 200, answer[:500]
        return answer


def by_id(client: Client, image_ids: list[str], turn: int) -> int:
    """One image by its id."""
    answer = client.ask(**{"ImageId.1": image_ids[turn * 7919 % len(image_ids)]})
    assert answer.count(b"<imageId>") == 1
    return 1


def by_tag(client: Client, image_ids: list[str], turn: int) -> int:
    """The images of one tag value."""
    answer = client.ask(**{"Filter.1.Name": "tag:stage", "Filter.1.Value.1": "production"})
    assert answer.count(b"<imageId>") == len(image_ids) // TAGGED_EVERY
    return 1


def listing(client: Client, image_ids: list[str], turn: int) -> int:
    """Everything that one owns, in pages of 1000."""
    count, more = 0, {}
    while True:
        answer = client.ask(**{"Owner.1": "self", "MaxResults": "1000"}, **more)
        count += answer.count(b"<imageId>")
        token = TOKEN.search(answer)
        if token is None:
            assert count >= len(image_ids), count
            return 1
        more = {"NextToken": token.group(1).decode()}


QUESTIONS: dict[str, Question] = {
    "by id": by_id,
    "by tag": by_tag,
    "whole listing": listing,
}


def ask_until(end: float, question: Question, client: Client, image_ids: list[str], turn: int) -> list[float]:
    """Seconds of each answer, one after the other, until `end`."""
    latencies = []
    while True:
        started = time.monotonic()
        question(client, image_ids, turn)
        latencies.append(time.monotonic() - started)
        turn += 1
        if time.monotonic() > end:
            return latencies


def measure(
    address: str, account: Account, image_ids: list[str], options: argparse.Namespace
) -> dict[str, tuple[float, float]]:
    """(answers a second, median milliseconds) of each question."""
    figures = {}
    clients = [Client(address, account) for _ in range(options.clients)]
    for name, question in QUESTIONS.items():
        question(clients[0], image_ids, 0)
        began = time.monotonic()
        with ThreadPoolExecutor(options.clients) as pool:
            runs = [
                pool.submit(ask_until, began + options.seconds, question, client, image_ids, number * 1000)
                for number, client in enumerate(clients)
            ]
            latencies = [latency for run in runs for latency in run.result()]
        elapsed = time.monotonic() - began
        figures[name] = (len(latencies) / elapsed, statistics.median(latencies) * 1000)
    return figures


def fill(server: Server, account: Account, count: int) -> list[str]:
    """Rows of images as CreateImage leaves them."""
    image_ids = [ids.new_id("ami") for _ in range(count)]
    with open_state(server.loaded()) as state, state.database.write() as session:
        for number, image_id in enumerate(image_ids):
            device = ImageDevice(
                image_id=image_id,
                device_name="/dev/sda1",
                position=0,
                snapshot_id=ids.new_id("snap"),
                volume_size=8,
            )
            session.add(
                Image(
                    id=image_id,
                    region=REGION,
                    account_id=account.id,
                    name=f"image-{number}",
                    description="for the benchmark",
                    state="available",
                    created_at=clock.now(),
                    devices=[device],
                )
            )
            if number % TAGGED_EVERY == 0:
                session.add(
                    Tag(
                        resource_id=image_id,
                        key="stage",
                        value="production",
                        resource_type="image",
                        account_id=account.id,
                        region=REGION,
                    )
                )
    return image_ids


@contextlib.contextmanager
def moto(image_ids: list[str]) -> Iterator[tuple[str, Account]]:
    """moto_server with images of the same ids, names and tags."""
    account = Account("123456789012", "AKIAAAAAAAAAAAAAAAAA", "secret", "")
    amis = [
        {
            "ami_id": image_id,
            "name": f"image-{number}",
            "description": "for the benchmark",
            "owner_id": account.id,
            "architecture": "x86_64",
            "virtualization_type": "hvm",
            "hypervisor": "xen",
            "image_location": f"{account.id}/image-{number}",
            "image_type": "machine",
            "root_device_name": "/dev/sda1",
            "root_device_type": "ebs",
            "public": False,
            "platform": None,
            "state": "available",
            "sriov": "simple",
        }
        for number, image_id in enumerate(image_ids)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "amis.json")
        path.write_text(json.dumps(amis))
        port = free_port()
        words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        environment = {"MOTO_AMIS_PATH": str(path), "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen(
            words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            address = f"127.0.0.1:{port}"
            eventually(lambda: _answers(address, account), within=120, what="moto_server")
            account.url = f"http://{address}"
            ec2 = account.client("ec2")
            tagged = image_ids[::TAGGED_EVERY]
            ec2.create_tags(Resources=tagged, Tags=[{"Key": "stage", "Value": "production"}])
            yield address, account
        finally:
            process.terminate()
            process.wait()


def _answers(address: str, account: Account) -> bool:
    try:
        Client(address, account).ask(**{"ImageId.1": "ami-12c6146b"})
    except (OSError, AssertionError, http.client.HTTPException) as failed:
        return isinstance(failed, AssertionError)
    return True


def main() -> None:
    """Measure both and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with running() as server:
        account = server.account("bench")
        image_ids = fill(server, account, options.images)
        ours = measure(server.settings["listen"], account, image_ids, options)
    with moto(image_ids) as (address, account):
        theirs = measure(address, account, image_ids, options)
    print(f"DescribeImages, {options.images} images, {options.clients} clients; answers/s (median ms)")
    for name in QUESTIONS:
        (rate, median), (their_rate, their_median) = ours[name], theirs[name]
        print(
            f"{name:14} amiable {rate:8.1f}/s ({median:7.1f})   moto {their_rate:8.1f}/s "
            f"({their_median:7.1f})   ratio {rate / their_rate:6.1f}x"
        )


if __name__ == "__main__":
    main()
