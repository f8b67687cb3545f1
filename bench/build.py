"""Image builds: cold, with the last of five components changed, with nothing changed; beside Packer.

    python -m bench.build [--megabytes 24] [--image debian|tiny]

The same five scripts run on the same base image: as components of `amiable build`, and as Packer's shell
provisioners against amiable, which has no cache: what it takes once it takes each time. Each script packs so
many megabytes with gzip. Prints seconds and ratios to the cold build. Needs root, and packer for `debian`.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from tests.helpers.debian import debian_image
from tests.helpers.server import REGION, Account, import_disk, running
from tests.helpers.tiny import tiny_image

PARTS = 5


def scripts(megabytes: int, last: str) -> list[str]:
    """Five scripts; `last` is written by the last one."""
    work = f"dd if=/dev/urandom bs=1M count={megabytes} 2>/dev/null | gzip -9 | wc -c"
    found = [f"{work} >/etc/part-{number}" for number in range(PARTS)]
    return [*found[:-1], f"{found[-1]}; echo {last} >/etc/last"]


def amiable(account: Account, folder: Path, base: str, lines: list[str]) -> float:
    """Seconds of one `amiable build`."""
    parts = [{"name": f"part-{number}", "run": line} for number, line in enumerate(lines)]
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        json.dumps({"name": "bench", "base": base, "instance-type": "t3.small", "components": parts})
    )
    began = time.monotonic()
    words = ["amiable", "build", str(recipe), "--json"]
    subprocess.run(words, env=account.environment(), check=True, capture_output=True, timeout=3600)
    return time.monotonic() - began


def packer(account: Account, folder: Path, base: str, lines: list[str]) -> float:
    """Seconds of one `packer build`."""
    builder = {
        "type": "amazon-ebs",
        "region": REGION,
        "custom_endpoint_ec2": account.url,
        "source_ami": base,
        "instance_type": "t3.small",
        "ssh_username": "debian",
        "ssh_timeout": "15m",
        "ami_name": f"packer-{time.time_ns()}",
    }
    command = {"type": "shell", "execute_command": "sudo sh {{ .Path }}"}
    template = {"builders": [builder], "provisioners": [{**command, "inline": [line]} for line in lines]}
    written = folder / "packer.json"
    written.write_text(json.dumps(template))
    quiet = {"AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
    began = time.monotonic()
    subprocess.run(
        ["packer", "build", str(written)],
        env={**os.environ, **account.environment(), **quiet},
        check=True,
        capture_output=True,
        timeout=3600,
    )
    return time.monotonic() - began


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=24)
    parser.add_argument("--image", choices=("debian", "tiny"), default="debian")
    options = parser.parse_args()
    disk = debian_image() if options.image == "debian" else tiny_image()
    with running() as server, tempfile.TemporaryDirectory() as temporary:
        base, account, folder = import_disk(server, disk, "base"), server.account("bench"), Path(temporary)
        first, second = scripts(options.megabytes, "first"), scripts(options.megabytes, "second")
        cold = amiable(account, folder, base, first)
        print(f"amiable, cold:              {cold:7.1f} s", flush=True)
        for what, lines in (("the last changed", second), ("nothing changed", second)):
            seconds = amiable(account, folder, base, lines)
            print(f"amiable, {what + ':':18} {seconds:7.1f} s  ({cold / seconds:.1f}x)", flush=True)
        if options.image == "debian":  # Packer needs a user that becomes root by sudo
            seconds = packer(account, folder, base, second)
            print(f"packer, each time:          {seconds:7.1f} s  ({cold / seconds:.1f}x)", flush=True)


if __name__ == "__main__":
    main()
