"""Documents: what is read of them, and every problem with its place."""

from typing import Any

import pytest

from amiable.builder.document.condition import Comparison, NotComparable, holds
from amiable.builder.document.expression import Scope
from amiable.builder.document.model import Loop
from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid
from amiable.core.errors import InvalidInput

WHOLE = """\
name: web
description: a web server
schemaVersion: 1.0
parameters:
  - Package: {type: string, default: nginx, description: what to install}
  - Secret: {type: string}
constants:
  - Port: {type: string, value: 80}
phases:
  - name: build
    steps:
      - name: install
        action: ExecuteBash
        timeoutSeconds: -1
        onFailure: Continue
        maxAttempts: 3
        if:
          and:
            - binaryExists: apt-get
            - not: {stringIsEmpty: "{{ Package }}"}
          else: Abort
        loop:
          name: each
          forEach: [a, "{{ Port }}"]
        inputs:
          commands: ["apt-get install {{ Package }} # {{ each.index }}"]
      - name: page
        action: CreateFile
        inputs:
          - {path: /p, content: "{{ build.install.outputs.stdout }}", permissions: 0600, overwrite: no}
  - name: test
    steps:
      - name: check
        action: Assert
        inputs: {numberLessThan: 2, value: "{{ build.page.inputs[0].content }}"}
"""


def test_a_document_says_what_it_says() -> None:
    document = parse(WHOLE)
    install, page = document.phases[0].steps
    assert (document.name, document.kind) == ("web", "BUILD")
    assert [(one.name, one.default) for one in document.parameters] == [
        ("Package", "nginx"),
        ("Secret", None),
    ]
    assert document.constants == {"Port": "80"}
    assert (install.timeout, install.attempts, install.on_failure) == (None, 3, "Continue")
    assert install.condition is not None
    assert (install.condition.then, install.condition.otherwise) == ("Execute", "Abort")
    assert install.loop == Loop("each", items=("a", "{{ Port }}"))
    assert page.inputs[0]["permissions"] == "0600"  # not the number 384
    assert page.timeout == 7200
    assert document.phases[1].steps[0].assertion == Comparison(
        "numberLessThan", "2", "{{ build.page.inputs[0].content }}"
    )


def test_a_document_of_tests_alone_is_a_test_component() -> None:
    assert parse(steps("{name: s, action: Reboot}", phase="test")).kind == "TEST"


def steps(*written: str, phase: str = "build") -> str:
    """A document of one phase, a step a line from line 5 on."""
    lines = "".join(f"      - {step}\n" for step in written)
    return f"schemaVersion: 1.0\nphases:\n  - name: {phase}\n    steps:\n{lines}"


BASH = "action: ExecuteBash, inputs: {commands: ['{{ x }}']}".replace("'{{ x }}'", "echo")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [", 1, "not YAML"),
        ("", 1, "empty"),
        ("- 1", 1, "must be a mapping"),
        ("a: 1\na: 2", 2, "twice"),
        ("schemaVersion: 2.0\nphases: [{name: build, steps: [{name: s, action: Reboot}]}]", 1, "1.0"),
        ("schemaVersion: 1.0", 1, "needs phases"),
        ("schemaVersion: 1.0\nphases: []", 2, "at least one"),
        (steps("{name: s, action: Reboot}", phase="deploy"), 3, "must be one of: build"),
        (steps("{name: s, action: Reboots}"), 5, "no action module Reboots"),
        (steps("{name: s, action: InstallMSI}"), 5, "Windows"),
        (steps("{name: s, action: Reboot}", "{name: s, action: Reboot}"), 6, "there already"),
        (steps("{name: s, action: Reboot, timeout: 1}"), 5, "has no timeout"),
        (steps("{name: s, action: Reboot, timeoutSeconds: 0}"), 5, "timeoutSeconds"),
        (steps("{name: s, action: Reboot, timeoutSeconds: -2}"), 5, "timeoutSeconds"),
        (steps("{name: s, action: Reboot, timeoutSeconds: 1" + "0" * 400 + "}"), 5, "or -1 for no end"),
        (steps("{name: s, action: Reboot, timeoutSeconds: 1.5}"), 5, "whole number"),
        (steps("{name: s, action: Reboot, maxAttempts: 0}"), 5, "maxAttempts"),
        (steps("{name: s, action: Reboot, onFailure: Retry}"), 5, "Abort, Continue, Ignore"),
        (steps("{name: s, action: ExecuteBash}"), 5, "needs inputs: commands"),
        (steps("{name: s, action: ExecuteBash, inputs: {commands: echo}}"), 5, "list of texts"),
        (steps("{name: s, action: ExecuteBash, inputs: {command: [echo]}}"), 5, "has no input command"),
        (steps("{name: s, action: CreateFile, inputs: {path: /p}}"), 5, "takes a list"),
        (steps("{name: s, action: CreateFile, inputs: [{content: c}]}"), 5, "needs the input path"),
        (steps("{name: s, action: DeleteFolder, inputs: [{path: /p, force: maybe}]}"), 5, "true or false"),
        (steps("{name: s, action: ExecuteBash, inputs: {commands: ['{{ Nobody }}']}}"), 5, "no parameter"),
        (steps("{name: s, action: ExecuteBash, inputs: {commands: ['{{ a b }}']}}"), 5, "not an expression"),
        (
            steps("{name: s, action: ExecuteBash, inputs: {commands: ['{{ build.t.outputs.stdout }}']}}"),
            5,
            "no step t of phase build comes before",
        ),
        (steps("{name: s, action: Assert}"), 5, "needs inputs"),
        (
            steps("{name: s, action: Assert, inputs: {stringEqual: a, value: b}}"),
            5,
            "no operator stringEqual",
        ),
        (steps("{name: s, action: Assert, inputs: {stringEquals: a}}"), 5, "needs value"),
        (steps("{name: s, action: Assert, inputs: {fileMD5Equals: a}}"), 5, "needs path"),
        (steps("{name: s, action: Assert, inputs: {numberLessThan: two, value: 1}}"), 5, "not with 'two'"),
        (steps("{name: s, action: Assert, inputs: {patternMatches: '(', value: a}}"), 5, "missing ): ("),
        (steps("{name: s, action: ReadFile, inputs: [{path: /p, encoding: latin9}]}"), 5, "one of: utf8"),
        (steps("{name: s, action: ReadFile, inputs: [{path: ''}]}"), 5, "path must not be empty"),
        (steps("{name: s, action: CreateFile, inputs: [{path: /p, content: {{ x }}}]}"), 5, "in quotes"),
        (
            steps(
                "{name: s, action: ReadFile, inputs: [{path: /p}]}",
                "{name: t, action: ExecuteBash, inputs: {commands: ['{{ build.s.outputs.stdout }}']}}",
            ),
            6,
            "ReadFile brings content, not stdout",
        ),
        (
            steps(
                "{name: s, action: ReadFile, inputs: [{path: /p}]}",
                "{name: t, action: ExecuteBash, inputs: {commands: ['{{ build.s.inputs[0].file }}']}}",
            ),
            6,
            "ReadFile has no input file",
        ),
        (steps("{name: s, action: Reboot, loop: {for: {start: 1, end: 3, updateBy: -1}}}"), 5, "never ends"),
        (steps("{name: s, action: Reboot, loop: {for: {start: 0, end: 9, updateBy: 0}}}"), 5, "never ends"),
        (steps("{name: s, action: Reboot, loop: {name: x}}"), 5, "either for or forEach"),
        ("schemaVersion: 1.0\nparameters:\n  - {Ab: {type: string}}\nphases: []", 3, "3 to 128"),
        ("schemaVersion: 1.0\nparameters:\n  - {Abc: {type: number}}\nphases: []", 3, "one of: string"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n" + "c: [" + "*b," * 9000 + "]", 1, "too large"),
        ("a: " + "[" * 60 + "]" * 60, 1, "too deep"),
        ("a: !!python/object/apply:os.system [id]", 1, "have no place"),
        ('a: !!int ""', 1, "not a int"),
        ("a: !!bool perhaps", 1, "not a bool"),
        ("a: 1\nb:\n - \x07", 3, "U+0007"),
        ('a: 1\nb: "\\ud800"', 2, "U+D800"),
        ('a: 1\n"\\0": b', 2, "U+0000"),
        ("[" * 5000, 1, "too deep"),
        ("a: &a {b: 1}\nc: {<<: *a}", 2, "plain text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, line: int, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert any(problem.line == line and words in problem.message for problem in caught.value.problems), (
        caught.value
    )


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        parse(steps("{name: s, action: Nothing}", "{name: t, action: Reboot, if: {fileExist: /}}"))
    assert [(one.line, one.column) for one in caught.value.problems] == [(5, 27), (6, 40)]


class NoFacts:
    """A guest that must not be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


@pytest.mark.parametrize(
    ("operator", "right", "left", "true"),
    [
        ("stringEquals", "a", "a", True),
        ("stringEquals", "a", "A", False),
        ("stringLessThan", "b", "a", True),
        ("stringGreaterThanEquals", "a", "a", True),
        ("numberLessThan", "2", "1", True),
        ("numberLessThan", "10", "9", True),
        ("numberEquals", "1.0", "1", True),
        ("numberGreaterThan", "2", "1", False),
        ("numberGreaterThan", "2", "ten", False),
        ("numberLessThanEquals", "2", "", False),
        ("numberEquals", "1", "a10", False),
        ("patternMatches", "^[a-z]+$", "ThisIsValue", False),
        ("patternMatches", "^[A-Za-z]+$", "ThisIsValue", True),
        ("stringIsEmpty", "", None, True),
        ("stringIsWhitespace", " \t", None, True),
        ("stringIsWhitespace", "", None, False),
    ],
)
def test_comparisons(operator: str, right: str, left: str | None, true: bool) -> None:
    assert holds(Comparison(operator, right, left), str, NoFacts()) is true


def test_what_is_no_pattern_is_no_condition() -> None:
    with pytest.raises(NotComparable, match=r"'\(' is not a regular expression of RE2: missing \): \("):
        holds(Comparison("patternMatches", "(", "b"), str, NoFacts())


def test_expressions_are_filled() -> None:
    done = {"inputs": [{"destination": "/d", "list": ["x", "y"]}], "outputs": {"stdout": "out"}}
    scope = Scope({"Name": "n"}, {("build", "get"): done}, {"each": {"index": "0", "value": "v"}})
    assert scope.fill(["{{ Name }}-{{Name}}", {"k": "{{ build.get.outputs.stdout }}"}]) == [
        "n-n",
        {"k": "out"},
    ]
    assert scope.fill("{{ build.get.inputs[0].destination }}{{ build.get.inputs.destination }}") == "/d/d"
    assert scope.fill("{{ build.get.outputs[0].stdout }}") == "out"
    assert scope.fill("{{ build.get.inputs[0].list[1] }}") == "y"
    assert scope.fill("{{ each.value }} {{ loop.value }}") == "v {{ loop.value }}"
    with pytest.raises(InvalidInput, match="names nothing"):
        scope.fill("{{ build.get.outputs.content }}")
    with pytest.raises(InvalidInput, match="did not run"):
        scope.fill("{{ build.put.outputs.content }}")
