"""A wheel carries the built console; an editable install serves what tools/setup built."""

import os
import subprocess
import sys
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Console(BuildHookInterface):
    """Runs console/build.py; AMIABLE_SKIP_CONSOLE=1 makes a wheel without a console."""

    def initialize(self, version: str, build_data: dict) -> None:
        if version == "editable" or os.environ.get("AMIABLE_SKIP_CONSOLE"):
            return
        subprocess.run([sys.executable, str(Path(self.root) / "console/build.py")], check=True)
        build_data["artifacts"].append("src/amiable/web/files/**")
