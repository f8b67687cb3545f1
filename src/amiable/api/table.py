"""The operation table: what is built, and the function that does it.

    @operation("ec2", "DescribeImages")
    def describe_images(call: Call, request: Shape) -> Shape: ...

`request` and the answer are dicts shaped by botocore's model of the service; the model has checked
required members and types before the function runs. An operation whose name begins with Describe, Get or
List only reads. What is modelled but not here answers `UnsupportedOperation`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import amiable.api
from amiable.api.call import Call
from amiable.protocol.faults import Fault

Shape = dict[str, Any]
Function = Callable[[Call, Shape], Shape]


@dataclass(frozen=True)
class Operation:
    """One row of the table."""

    service: str
    name: str
    function: Function

    @property
    def reads(self) -> bool:
        """Whether it needs no write transaction."""
        return self.name.startswith(("Describe", "Get", "List")) and self.name != "GetSessionToken"


TABLE: dict[tuple[str, str], Operation] = {}


def operation(service: str, name: str) -> Callable[[Function], Function]:
    """Enter a function into the table."""

    def enter(function: Function) -> Function:
        assert (service, name) not in TABLE, f"{service}.{name} is entered twice"
        TABLE[service, name] = Operation(service, name, function)
        return function

    return enter


def load() -> dict[tuple[str, str], Operation]:
    """The whole table, after importing every module of the services."""
    for module in pkgutil.walk_packages(amiable.api.__path__, "amiable.api."):
        importlib.import_module(module.name)
    return TABLE


def run(entry: Operation, call: Call, request: Shape) -> Shape:
    """Do it; with DryRun, do it and raise DryRunOperation, so that the caller's transaction is undone."""
    answer = entry.function(call, request)
    if request.get("DryRun"):
        raise Fault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    return answer
