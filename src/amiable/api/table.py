"""The operation table: what is built, and the function that does it.

    @operation("ec2", "DescribeImages")
    def describe_images(call: Call, request: Shape) -> Shape: ...

`request` and the answer are dicts shaped by botocore's model of the service; the model has checked
required members and types before the function runs. An operation whose name begins with Describe, Get or
List only reads. What is modelled but not here answers `UnsupportedOperation`.

An operation that moves bytes must not keep others from writing rows meanwhile: it only reads, and what it
did is noted by a second function in a short transaction of its own: `operation(…, then=note)`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import amiable.api
from amiable.api.call import Call
from amiable.api.faults import other_parameters
from amiable.model.client_token import OtherParameters
from amiable.protocol.faults import Fault

Shape = dict[str, Any]
Function = Callable[[Call, Shape], Shape]
Note = Callable[[Call, Shape, Shape], None]
"""Of the call, the request and the answer."""


@dataclass(frozen=True)
class Operation:
    """One row of the table."""

    service: str
    name: str
    function: Function
    then: Note | None = None

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.name.startswith(("Describe", "Get", "List")) and self.name != "GetSessionToken"

    @property
    def writes(self) -> bool:
        """Whether its function needs a write transaction."""
        return not self.reads and self.then is None


TABLE: dict[tuple[str, str], Operation] = {}


def operation(service: str, name: str, *, then: Note | None = None) -> Callable[[Function], Function]:
    """Enter a function into the table."""

    def enter(function: Function) -> Function:
        assert (service, name) not in TABLE, f"{service}.{name} is entered twice"
        TABLE[service, name] = Operation(service, name, function, then)
        return function

    return enter


def load() -> dict[tuple[str, str], Operation]:
    """The whole table, after importing every module of the services."""
    for module in pkgutil.walk_packages(amiable.api.__path__, "amiable.api."):
        importlib.import_module(module.name)
    return TABLE


def run(entry: Operation, call: Call, request: Shape) -> Shape:
    """Do it; with DryRun, do it and raise DryRunOperation, so that the caller's transaction is undone."""
    try:
        answer = entry.function(call, request)
    except OtherParameters as why:
        raise other_parameters(entry.service, str(why)) from why
    if request.get("DryRun"):
        raise Fault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    if request.get("dryRun"):
        raise Fault("DryRunOperationException", "The dry run succeeded; nothing was changed.")
    return answer
