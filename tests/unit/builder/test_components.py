"""The shipped components are valid documents, and so are the scripts in them."""

import subprocess

import pytest

from amiable.builder import components
from amiable.builder.document.expression import Scope
from amiable.builder.document.parse import parse
from amiable.builder.run import named

DOCUMENTS = components.documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_and_its_scripts_are_valid(name: str) -> None:
    document = parse(DOCUMENTS[name])
    assert document.name == name
    assert document.description
    assert components.VERSION in document.constants
    assert len(DOCUMENTS[name]) <= 16_000
    scope = Scope(named(document, {}), {}, {})
    scripts = [
        "\n".join(step.inputs["commands"])
        for phase in document.phases
        for step in phase.steps
        if step.action == "ExecuteBash"
    ]
    for script in scripts:
        if "outputs." not in script:
            script = str(scope.fill(script))
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
