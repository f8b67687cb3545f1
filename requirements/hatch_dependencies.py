"""Package metadata takes its dependencies from runtime.in, so that they are named once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RuntimeDependencies(MetadataHookInterface):
    """Reads requirements/runtime.in into `project.dependencies`."""

    def update(self, metadata: dict) -> None:
        lines = (Path(self.root) / "requirements/runtime.in").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
