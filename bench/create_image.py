"""CreateImage of a running instance, after 64 MB were written, beside a full `qemu-img convert`.

    python -m bench.create_image [--megabytes 64] [--rounds 3]

Without reboot. Prints the guest's pause, the time to `available`, and the bytes read, beside the copy of the
whole disks that one would make without dirty bitmaps. Needs root; boots the tiny image.
"""

import argparse
import json
import re
import subprocess
import time

from amiable.app import open_state
from amiable.model.snapshot import Snapshot
from tests.helpers.guest import Guest, launch
from tests.helpers.server import Server, eventually, import_disk, running
from tests.helpers.tiny import tiny_image

PAUSE = re.compile(r"point in time for (ami-[0-9a-f]+) \(([a-z-]+) consistent, guest paused ([0-9.]+) ms\)")


def convert(server: Server, guest: Guest) -> tuple[float, int]:
    """(seconds, bytes read) of copying all volumes as qemu-img does."""
    data = server.loaded().data_dir
    (base,) = (data / "cache").glob("*.raw")
    seconds, read = 0.0, 0
    for mapping in guest.facts["BlockDeviceMappings"]:
        disk = data / "volumes" / mapping["Ebs"]["VolumeId"] / "disk.qcow2"
        chain: dict[str, object] = {"driver": "qcow2", "file": {"driver": "file", "filename": str(disk)}}
        read += disk.stat().st_blocks * 512
        if mapping["DeviceName"] == "/dev/sda1":
            chain["backing"] = {"driver": "raw", "file": {"driver": "file", "filename": str(base)}}
            read += base.stat().st_blocks * 512
        out = server.folder / "copy.qcow2"
        began = time.monotonic()
        words = ["qemu-img", "convert", "-U", "-O", "qcow2", "-c", "json:" + json.dumps(chain), str(out)]
        subprocess.run(words, check=True)
        seconds += time.monotonic() - began
        out.unlink()
    return seconds, read


def image(server: Server, guest: Guest, name: str) -> tuple[float, float, int, int]:
    """(pause ms, seconds to available, bytes read, bytes stored) of one CreateImage without reboot."""
    began = time.monotonic()
    image_id = guest.ec2.create_image(InstanceId=guest.id, Name=name, NoReboot=True)["ImageId"]
    settled = eventually(lambda: guest._settled(image_id), within=300, every=0.02, what=image_id)
    seconds = time.monotonic() - began
    assert settled == "available", settled
    (described,) = guest.ec2.describe_images(ImageIds=[image_id])["Images"]
    with open_state(server.loaded()) as state, state.database.read() as session:
        rows = [
            session.get_one(Snapshot, mapping["Ebs"]["SnapshotId"])
            for mapping in described["BlockDeviceMappings"]
        ]
    pauses = {found[0]: float(found[2]) for found in PAUSE.findall(server.log.read_text())}
    read, stored = sum(row.bytes_read or 0 for row in rows), sum(row.stored_bytes or 0 for row in rows)
    return pauses[image_id], seconds, read, stored


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with running() as server:
        tiny = import_disk(server, tiny_image(), "tiny")
        devices = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 2}}]
        second = [*devices, {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 2}}]
        guest = launch(server.account("bench"), tiny, 22, BlockDeviceMappings=second).until_ssh()
        image(server, guest, "first")
        size = options.megabytes
        for turn in range(options.rounds):
            write = f"dd if=/dev/urandom of=/dev/vdb bs=1M count={size} seek={turn * size} conv=fsync"
            guest.ssh(f"{write} 2>/dev/null; sync", timeout=300)
            pause, seconds, read, stored = image(server, guest, f"round-{turn}")
            their_seconds, their_read = convert(server, guest)
            print(
                f"{turn}: pause {pause:.0f} ms; read {read / 1e6:.0f} MB, stored {stored / 1e6:.0f} MB "
                f"and available after {seconds:.2f} s; qemu-img read {their_read / 1e6:.0f} MB "
                f"({their_read / max(read, 1):.1f}x), {their_seconds:.2f} s ({their_seconds / seconds:.1f}x)",
                flush=True,
            )


if __name__ == "__main__":
    main()
