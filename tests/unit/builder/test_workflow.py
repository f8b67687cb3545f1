"""Workflow documents: what is read of them, what is wrong with them, what their paths name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from amiable.builder.document.source import Invalid
from amiable.builder.execution.names import filled, image_name
from amiable.builder.workflow.managed import managed
from amiable.builder.workflow.parameters import WorkflowParameter, values
from amiable.builder.workflow.parse import parse
from amiable.builder.workflow.resolve import holds, look_up, resolved
from amiable.core.errors import InvalidInput

CONTEXT: dict[str, Any] = {
    "stepOutputs": {"Launch": {"instanceId": "i-1", "list": ["a", "b"]}},
    "parameters": {"count": 3, "on": True},
}


@pytest.mark.parametrize("stage", ["BUILD", "TEST", "DISTRIBUTION"])
def test_the_managed_workflows_are_valid(stage: str) -> None:
    assert parse(managed(stage), stage).steps


def text(*steps: str) -> str:
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"name: w\nschemaVersion: 1.0\nsteps:\n{lines}"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{name: s, action: Sing}", "no step action Sing"),
        ("{name: s, action: RunSysPrep}", "for Windows"),
        ("{name: s, action: ExecuteStateMachine}", "no Step Functions"),
        ("{name: s, action: DistributeImage}", "no place in a workflow of the type BUILD"),
        ("{name: s, action: CreateImage}", "needs the input instanceId"),
        ("{name: s, action: CreateImage, inputs: {instanceId: i, size: 1}}", "no input size"),
        (
            "{name: s, action: CreateImage, inputs: {instanceId: i}, timeoutSeconds: 9999999}",
            "timeoutSeconds",
        ),
        ("{name: s, action: WaitForAction, timeoutSeconds: 0}", "is 1 to 604800"),
        ("{name: s, action: CreateImage, inputs: {instanceId: i}, timeoutSeconds: 259201}", "is 1 to 259200"),
        ("{name: s, action: SanitizeInstance, inputs: {instanceId: i}, timeoutSeconds: 43201}", "43200"),
        ("{name: s, action: WaitForAction, onFailure: Ignore}", "Abort, Continue"),
        ("{name: s, action: WaitForAction, rollbackEnabled: maybe}", "true or false"),
        ("{name: s, action: WaitForAction, inputs: {snsTopicArn: a}}", "no notification service"),
        ("{name: s, action: LaunchInstance, inputs: {waitFor: luck}}", "waitFor must be ssmAgent"),
        ("{name: s, action: LaunchInstance, inputs: {waitFor: ssmAgent, healthCheck: OK}}", "RUNNING or"),
        (
            "{name: s, action: LaunchInstance, inputs: {waitFor: ssmAgent, instanceTypesOverride: t3.nano}}",
            "a list of texts",
        ),
        ("{name: s, action: RunCommand, inputs: {instanceId: i, documentName: X}}", "AWS-RunShellScript"),
        ("{name: s, action: CreateImage, inputs: {instanceId: [i]}}", "instanceId must be a text"),
        (
            "{name: s, action: CreateImage, inputs: {instanceId: $.stepOutputs.first.id}}",
            "needs the key instanceId",
        ),
        ("{name: s, action: CreateImage, inputs: {instanceId.$: $.stepOutputs.later.id}}", "no step later"),
        ("{name: s, action: CreateImage, inputs: {instanceId.$: $.parameters.x}}", "has no parameter x"),
        ("{name: s, action: CreateImage, inputs: {instanceId.$: $.imagebuilder.x}}", "there is no x"),
        ("{name: s, action: CreateImage, inputs: {instanceId.$: $.other.x}}", "begins with none of"),
        ("{name: s, action: CreateImage, inputs: {instanceId.$: $..x}}", "is not a path"),
        (
            "{name: s, action: WaitForAction, inputs: {payload: 'a {{ $.parameters.x }}'}}",
            "has no parameter x",
        ),
        ("{name: s, action: WaitForAction, if: {maybe: 1, value: 2}}", "no operator maybe"),
        ("{name: s, action: WaitForAction, if: {stringEquals: a}}", "stringEquals needs value"),
        ("{name: s, action: WaitForAction, if: {and: []}}", "at least one item"),
        (
            "{name: s, action: WaitForAction, if: {not: {stringEquals: a, value: $.parameters.x}}}",
            "parameter x",
        ),
        (
            "{name: s, action: WaitForAction, if: {stringEquals: a, numberEquals: 1, value: 2}}",
            "one operator",
        ),
        ("{name: s, action: WaitForAction, if: always}", "must be a mapping"),
        ("{name: 'a b', action: WaitForAction}", "letters, digits"),
    ],
)
def test_what_is_wrong_with_a_step(step: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        parse(text("{name: first, action: WaitForAction}", step), "BUILD")
    assert caught.value.problems[0].line == 5


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("{distributions: [{description: d}]}", "needs region"),
        ("{distributions: [{region: r, kmsKeyId: k}]}", "nothing is encrypted"),
        ("{distributions: [{region: r, size: 1}]}", "no size; it has: region, name"),
        ("{distributions: somewhere}", "must be a list"),
    ],
)
def test_what_is_wrong_with_a_distribution(inputs: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        parse(text(f"{{name: s, action: DistributeImage, inputs: {inputs}}}"), "DISTRIBUTION")


def test_what_a_workflow_need_not_say() -> None:
    found = parse(
        "schemaVersion: 1.0\nparameters: [{name: p}]\nsteps: [{name: s, action: WaitForAction}]", "TEST"
    )
    assert (found.name, found.parameters[0].type) == ("", "string")


def test_values_of_parameters_have_their_types() -> None:
    parameters = [
        WorkflowParameter("text", "string", None, ""),
        WorkflowParameter("count", "integer", 3, ""),
        WorkflowParameter("on", "boolean", True, ""),
        WorkflowParameter("list", "stringList", [], ""),
    ]
    given = {"text": ["7"], "count": ["7"], "on": ["false"], "list": ["one"]}
    found = values(parameters, given)
    assert found == {"text": "7", "count": 7, "on": False, "list": ["one"]}
    assert not holds({"booleanEquals": True, "value": "$.parameters.on"}, {"parameters": found})
    assert holds({"stringEquals": "false", "value": "$.parameters.on"}, {"parameters": found})
    for wrong, words in (
        ({}, "needs a value of its parameter text"),
        ({"text": ["a"], "other": ["b"]}, "no parameter other"),
        ({"text": ["a", "b"]}, "takes one value"),
        ({"text": ["a"], "count": ["many"]}, "of the type integer"),
        ({"text": ["a"], "on": ["1"]}, "of the type boolean"),
    ):
        with pytest.raises(InvalidInput, match=words):
            values(parameters, wrong)


def test_a_default_is_of_its_type() -> None:
    for kind, default in (("integer", "many"), ("boolean", "1"), ("stringList", "a")):
        document = f"schemaVersion: 1.0\nparameters: [{{name: p, type: {kind}, default: {default}}}]\n"
        with pytest.raises(Invalid, match=f"of the type {kind}"):
            parse(f"{document}steps: [{{name: s, action: WaitForAction}}]", "BUILD")


def test_paths_are_looked_up() -> None:
    inputs = {"id.$": "$.stepOutputs.Launch.instanceId", "texts": ["n {{ $.parameters.count }}"], "plain": 1}
    assert resolved(inputs, CONTEXT) == {"id": "i-1", "texts": ["n 3"], "plain": 1}
    assert look_up("$.stepOutputs.Launch.list[1]", CONTEXT) == "b"
    assert resolved("{{ $.parameters.on }} {{ $.stepOutputs.Launch.list }}", CONTEXT) == 'true ["a", "b"]'
    for path in ("$.stepOutputs.Other.id", "$.stepOutputs.Launch.list[7]", "stepOutputs", "$..a"):
        with pytest.raises(InvalidInput):
            look_up(path, CONTEXT)


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ({"booleanEquals": True, "value": "$.parameters.on"}, True),
        ({"numberGreaterThan": 2, "value": "$.parameters.count"}, True),
        ({"numberLessThanEquals": 2, "value": "$.parameters.count"}, False),
        ({"stringEquals": "i-1", "value": "$.stepOutputs.Launch.instanceId"}, True),
        ({"not": {"stringEquals": "a", "value": "b"}}, True),
        ({"and": [{"stringEquals": "a", "value": "a"}, {"stringEquals": "a", "value": "b"}]}, False),
        ({"or": [{"stringEquals": "a", "value": "b"}, {"numberEquals": 1, "value": "1.0"}]}, True),
    ],
)
def test_conditions(condition: dict[str, Any], true: bool) -> None:
    assert holds(condition, CONTEXT) is true


@pytest.mark.parametrize(
    "condition", [{}, {"maybe": 1}, {"and": []}, {"numberEquals": 1, "value": "one"}, {"and": 1, "or": 2}]
)
def test_what_is_no_condition(condition: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        holds(condition, CONTEXT)


def test_names_have_dates() -> None:
    moment = datetime(2026, 11, 26, 5, 30, 7, 123000, tzinfo=UTC)
    assert filled("a {{ imagebuilder:buildDate }}", moment, 1) == "a 2026-11-26T05-30-07.123Z"
    assert (
        filled("{{imagebuilder:buildDate:yyyyMMHHss}}/{{imagebuilder:buildVersion}}", moment, 4)
        == "2026110507/4"
    )
    assert image_name(None, "web", moment, 1) == "web 2026-11-26T05-30-07.123Z"
