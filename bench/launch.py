"""RunInstances accepted → QEMU running, with a small and a large image: the launch does not depend on size.

    python -m bench.launch [--rounds 10] [--gib 100]

The peer is the same launch from a 1 GiB image, turn about. Needs root; uses the tiny image, imported as it is
and grown to 100 GiB (sparse).
"""

import argparse
import statistics
import time

from tests.helpers.server import Server, eventually, import_disk, running
from tests.helpers.tiny import tiny_image


def launch_seconds(server: Server, image_id: str) -> float:
    """From the answer of RunInstances until QEMU runs; the instance is terminated afterwards."""
    ec2 = server.account("bench").client("ec2")
    answer = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.nano")
    began = time.monotonic()
    instance_id = answer["Instances"][0]["InstanceId"]
    pid = server.loaded().machine_directory(instance_id) / "run" / "qmp"
    eventually(pid.exists, within=60, every=0.001, what="QEMU")
    seconds = time.monotonic() - began
    ec2.terminate_instances(InstanceIds=[instance_id])
    eventually(
        lambda: (
            ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]["State"][
                "Name"
            ]
            == "terminated"
        ),
        within=60,
        what="the end",
    )
    return seconds


def main() -> None:
    """Measure both, turn about, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--gib", type=int, default=100)
    options = parser.parse_args()
    with running(stop_grace_seconds="0") as server:
        small = import_disk(server, tiny_image(), "small", 1 << 30)
        large = import_disk(server, tiny_image(), "large", options.gib << 30)
        for image_id in (small, large):
            launch_seconds(server, image_id)  # hydrates
        times: dict[str, list[float]] = {small: [], large: []}
        for _ in range(options.rounds):
            for image_id, measured in times.items():
                measured.append(launch_seconds(server, image_id))
    one, other = statistics.median(times[small]), statistics.median(times[large])
    print(
        f"RunInstances to QEMU running, median of {options.rounds}: 1 GiB {one * 1000:.0f} ms, "
        f"{options.gib} GiB {other * 1000:.0f} ms, ratio {other / one:.2f}"
    )


if __name__ == "__main__":
    main()
