"""The table of step actions: in which stages they may stand, what they take, how long they may last.

Source: AWS's "Supported step actions for your workflow document". Actions of containers and Windows, and
those of services that are not here (state machines, scanners), are known, so that the error can say why not;
so are inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

HOUR = 3600
EVERYWHERE = ("BUILD", "TEST", "DISTRIBUTION")


@dataclass(frozen=True)
class Action:
    """One step action. Time-outs in seconds."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    stages: tuple[str, ...] = EVERYWHERE
    timeout: int = HOUR
    longest: int = 12 * HOUR


@dataclass(frozen=True)
class Input:
    """What an input is: of a kind, or one of some words. `members`: of each item, beside its region."""

    kind: Literal["text", "texts", "boolean", "mapping", "items", "any"] = "text"
    choices: Sequence[str] = ()
    members: Sequence[str] = ()


_ROWS = (
    Action(
        "LaunchInstance",
        ("waitFor",),
        ("imageIdOverride", "instanceTypesOverride", "healthCheck"),
        timeout=75 * 60,
    ),
    Action(
        "ExecuteComponents",
        ("instanceId",),
        stages=("BUILD", "TEST"),
        timeout=12 * HOUR,
        longest=24 * HOUR,
    ),
    Action("CollectImageMetadata", ("instanceId",), timeout=HOUR // 2),
    Action("SanitizeInstance", ("instanceId",)),
    Action("CreateImage", ("instanceId",), timeout=12 * HOUR, longest=72 * HOUR),
    Action("TerminateInstance", ("instanceId",), ("waitForTermination",), timeout=HOUR // 2),
    Action(
        "RunCommand", ("instanceId", "documentName"), ("parameters", "documentVersion"), timeout=12 * HOUR
    ),
    Action("WaitForSSMAgent", ("instanceId",), longest=3 * HOUR),
    Action(
        "WaitForAction",
        (),
        ("payload",),
        timeout=72 * HOUR,
        longest=168 * HOUR,
    ),
    Action("DistributeImage", (), ("distributions",), stages=("DISTRIBUTION",), timeout=6 * HOUR),
    Action(
        "ModifyImageAttributes",
        ("distributedImages",),
        ("attributes",),
        stages=("DISTRIBUTION",),
        timeout=2 * HOUR,
        longest=3 * HOUR,
    ),
    Action(
        "ApplyImageConfigurations",
        ("distributedImages",),
        ("configurations",),
        stages=("DISTRIBUTION",),
        timeout=6 * HOUR,
    ),
)
ACTIONS = {row.name: row for row in _ROWS}

SHELL = "AWS-RunShellScript"
INPUTS = {
    "instanceId": Input(),
    "imageIdOverride": Input(),
    "instanceTypesOverride": Input("texts"),
    "waitFor": Input(choices=("ssmAgent",)),
    "healthCheck": Input(choices=("RUNNING", "STATUS_CHECK_PASSED")),
    "waitForTermination": Input("boolean"),
    "documentName": Input(choices=(SHELL,)),
    "documentVersion": Input(),
    "parameters": Input("mapping"),
    "payload": Input("any"),
    "distributedImages": Input("any"),
    "distributions": Input(
        "items",
        members=("name", "description", "targetAccountIds", "amiTags", "amiDistributionConfiguration"),
    ),
    "attributes": Input("items", members=("launchPermission",)),
    "configurations": Input("items", members=("launchTemplateConfigurations", "ssmParameterConfigurations")),
}
"""What each input is, whatever the action."""

NOT_HERE = {
    "RunSysPrep": "it is for Windows",
    "CreateImageFromIso": "it is for Windows",
    "CollectImageScanFindings": "there is no scanner for known vulnerabilities",
    "ExecuteStateMachine": "there is no Step Functions",
    "RegisterImage": "build the image with CreateImage",
    "BootstrapInstanceForContainer": "containers are not built",
    "DistributeContainerImage": "containers are not built",
}
"""Actions of AWS that this server has not, and why.

AWS's own documents have some of them behind an `if`, of another platform or of what is not asked for: such
documents are taken, and the step fails if its condition is true.
"""


def not_here(action: str) -> str:
    """Why there is no such action."""
    return f"{action} is not supported: {NOT_HERE[action]}"


INPUTS_NOT_HERE = {
    "snsTopicArn": "there is no notification service",
    "lambdaFunctionName": "there is no Lambda",
    "kmsKeyId": "nothing is encrypted at rest",
    "licenseConfigurationArns": "there is no license manager",
    "fastLaunchConfigurations": "fast launch is for Windows",
    "s3ExportConfiguration": "export the image with ExportImage",
}
"""Inputs of AWS that this server has not, and why."""
