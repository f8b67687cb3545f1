"""What is wrong with the document of a component or a workflow, before one is made of it."""

from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid
from amiable.builder.workflow.parse import parse as parse_workflow


def _problems(invalid: Invalid) -> Shape:
    return {
        "Problems": [
            {"Line": one.line, "Column": one.column, "Message": one.message} for one in invalid.problems
        ]
    }


@operation("amiable", "DescribeComponentDocument")
def describe_component_document(_call: Call, request: Shape) -> Shape:
    """Every problem of a component document with its line and column, or what it is."""
    try:
        document = parse(request["Data"])
    except Invalid as invalid:
        return _problems(invalid)
    parameters = [
        {
            "Name": one.name,
            "Description": one.description,
            **({} if one.default is None else {"Default": one.default}),
        }
        for one in document.parameters
    ]
    return {"Type": document.kind, "Parameters": parameters, "Problems": []}


@operation("amiable", "DescribeWorkflowDocument")
def describe_workflow_document(_call: Call, request: Shape) -> Shape:
    """Every problem of a workflow document of a type with its line and column, or its steps."""
    try:
        workflow = parse_workflow(request["Data"], request["Type"])
    except Invalid as invalid:
        return _problems(invalid)
    steps = [
        {
            "Name": one.name,
            "Action": one.action,
            "OnFailure": one.on_failure,
            **({"Description": one.description} if one.description else {}),
        }
        for one in workflow.steps
    ]
    return {"Steps": steps, "Problems": []}
