"""Documents and recipes that are broken anywhere: every one is answered by places and sentences."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid, Problem
from amiable.cli.image_build.file import load
from amiable.core.errors import InvalidInput
from tests.unit.builder.test_document import WHOLE

RECIPE = """\
name: web
version: 1.0.x
base: debian-12
components:
  - harden-ssh
  - use: apache
  - path: app.yaml
    parameters: {Version: "2.4"}
  - name: page
    document:
      schemaVersion: 1.0
      phases: [{name: build, steps: [{name: s, action: Reboot}]}]
  - name: motd
    run: echo "built by amiable" >/etc/motd
  - files: site
tests:
  - use: http-smoke-test
    parameters: {contains: hello}
volumes:
  - {device: root, size: 12, type: gp3, delete-on-termination: true}
tags: {Team: web}
security-groups: [sg-1]
distribution:
  - region: us-east-1
    name: "web {{imagebuilder:buildDate}}"
    tags: {a: b}
    launch-permissions: {accounts: ["210987654321"]}
    launch-templates: [lt-0123456789abcdef0]
"""
APP = """\
schemaVersion: 1.0
parameters: [{Version: {type: string}}]
phases: [{name: build, steps: [{name: s, action: Reboot}]}]
"""
VALUES = (
    None, True, 0, -1, 1.5, float("inf"), "", "{{", "{{ x }}", "{{ build.s.outputs.stdout }}", "x" * 300,
    "é\u2028", "/dev", [], {}, [None], [[]], [{}], {"a": None}, {"not": []}, {"and": [{}]}, {"list": []},
    {"for": 1}, {"stringEquals": [1]},
)  # fmt: skip
SPLINTERS = (
    "{{ x }}", '!!int ""', "!!bool perhaps", "!!set {a}", "!<x> ", "&a ", "*a ", "<<: ", "\t", "\r\n", "? ",
    "| ", "- ", "'", '"', '"\\ud800"', '"\\0"', "---\n", "...\n", "%YAML 9\n", "\0", "\x07", "\ufeff",
    "\u0661", "#", ":", "[" * 50,
)  # fmt: skip


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside of one."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


@st.composite
def broken(draw: st.DrawFn, text: str) -> str:
    """A text with a value replaced, added or taken out, or with splinters in it."""
    if draw(st.booleans()):
        value = copy.deepcopy(yaml.safe_load(text))
        for _ in range(draw(st.integers(1, 3))):
            *above, last = draw(st.sampled_from(list(places(value))))
            at = value
            for key in above:
                at = at[key]
            if draw(st.integers(0, 5)):
                at[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            else:
                del at[last]
        return yaml.safe_dump(value, sort_keys=False, default_flow_style=draw(st.booleans()))
    for _ in range(draw(st.integers(1, 5))):
        at, gone = draw(st.integers(0, len(text))), draw(st.integers(0, 20))
        text = (
            text[:at] + draw(st.sampled_from(("", *SPLINTERS))) + text[at + gone * draw(st.integers(0, 1)) :]
        )
    return text


def problems_of(text: str) -> list[Problem]:
    """What is wrong with a document."""
    try:
        parse(text)
    except Invalid as invalid:
        return invalid.problems or [Problem(0, 0, "")]
    return []


@settings(max_examples=300, derandomize=True, deadline=None)
@given(broken(WHOLE))
def test_a_broken_document_is_told_by_its_places(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + text.count("\u2028") + 1
    for problem in problems_of(text):
        assert 1 <= problem.line <= lines + 1
        assert problem.column >= 1
        assert problem.message


def told(file: Path) -> str:
    """What is wrong with a recipe file."""
    try:
        recipe = load(file)
    except InvalidInput as wrong:
        return str(wrong)
    json.dumps([recipe.volumes, recipe.distribution, recipe.settings, recipe.tags])
    return ""


@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(broken(RECIPE))
def test_a_broken_recipe_is_told_by_its_places(tmp_path: Path, text: str) -> None:
    (tmp_path / "app.yaml").write_text(APP)
    (tmp_path / "site").mkdir(exist_ok=True)
    (tmp_path / "r.yaml").write_text(text)
    if found := told(tmp_path / "r.yaml"):
        assert re.fullmatch(r"The recipe cannot be built\.(\n/.*\.yaml:\d+:\d+: \S.*)+", found), found
