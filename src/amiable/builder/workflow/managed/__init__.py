"""The workflows that run when a build names none: texts by stage, in the manner of AWS's managed ones."""

from importlib.resources import files

_FILES = {"BUILD": "build-image.yaml", "TEST": "test-image.yaml", "DISTRIBUTION": "distribute-image.yaml"}


def managed(stage: str) -> str:
    """The document of a stage: BUILD, TEST or DISTRIBUTION."""
    return files(__name__).joinpath(_FILES[stage]).read_text()
