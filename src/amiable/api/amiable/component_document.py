"""DescribeComponentDocument: what is wrong with a component document, before a component is made of it."""

from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.builder.document.parse import parse
from amiable.builder.document.source import Invalid


@operation("amiable", "DescribeComponentDocument")
def describe_component_document(_call: Call, request: Shape) -> Shape:
    """Every problem of a component document with its line and column, or what it is."""
    try:
        document = parse(request["Data"])
    except Invalid as invalid:
        problems = [
            {"Line": one.line, "Column": one.column, "Message": one.message} for one in invalid.problems
        ]
        return {"Problems": problems}
    parameters = [
        {
            "Name": one.name,
            "Description": one.description,
            **({} if one.default is None else {"Default": one.default}),
        }
        for one in document.parameters
    ]
    return {"Type": document.kind, "Parameters": parameters, "Problems": []}
