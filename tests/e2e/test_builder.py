"""EC2 Image Builder with boto3: a pipeline that builds, tests and distributes; a test that keeps an image
back; a rebuild from the cache; a build that nothing has changed for; a cancelled one; an own workflow.
On the tiny image.
"""

import json
import secrets
from typing import Any

import pytest

from tests.helpers.server import REGION, Account, Server, eventually

ELSEWHERE = "us-west-2"


def document(phase: str, *commands: str, more: str = "") -> str:
    """A component of one phase: each command a step."""
    lines = [f"schemaVersion: 1.0\n{more}phases:\n  - name: {phase}\n    steps:\n"]
    for number, command in enumerate(commands):
        lines.append(
            f"      - name: s{number}\n        action: ExecuteBinary\n"
            f"        inputs: {{path: /bin/sh, arguments: ['-c', '{command}']}}\n"
        )
    return "".join(lines)


SERVE = "echo ::respawn:/bin/busybox httpd -f -h /www >>/etc/inittab"
"""What makes the tiny image a web server: its init starts one at every boot."""
OUTSIDE = """\
      - name: Outside
        action: FetchFromOutside
        inputs: {url: "http://127.0.0.1/", contains: page}
"""


class Builder:
    """What a user of Image Builder types."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.api = account.client("imagebuilder")
        self.name = f"web-{secrets.token_hex(3)}"
        self.infrastructure = self._made(
            "create_infrastructure_configuration",
            instanceProfileName="builder",
            instanceTypes=["t3.nano"],
        )["infrastructureConfigurationArn"]

    def _made(self, verb: str, **request: Any) -> Any:
        return getattr(self.api, verb)(name=self.name, clientToken=secrets.token_hex(8), **request)

    def component(self, name: str, text: str) -> dict[str, Any]:
        arn = self.api.create_component(
            name=name,
            semanticVersion="1.0.0",
            platform="Linux",
            data=text,
            clientToken=secrets.token_hex(8),
        )["componentBuildVersionArn"]
        return {"componentArn": arn}

    def recipe(self, parent: str, *components: dict[str, Any]) -> str:
        made = self._made(
            "create_image_recipe",
            semanticVersion="1.0.x",
            parentImage=parent,
            components=list(components),
        )
        return str(made["imageRecipeArn"])

    def build(self, recipe: str, **parts: Any) -> str:
        answer = self.api.create_image(
            imageRecipeArn=recipe,
            infrastructureConfigurationArn=self.infrastructure,
            clientToken=secrets.token_hex(8),
            **parts,
        )
        return str(answer["imageBuildVersionArn"])

    def ended(self, arn: str, within: float = 420) -> dict[str, Any]:
        """The build once it has ended."""

        def look() -> dict[str, Any] | None:
            image = self.api.get_image(imageBuildVersionArn=arn)["image"]
            return image if image["state"]["status"] in ("AVAILABLE", "FAILED", "CANCELLED") else None

        found: dict[str, Any] = eventually(
            look, within=within, every=0.5, what=f"{arn}: {self.log(arn)[-20:]}"
        )
        return found

    def log(self, arn: str) -> list[str]:
        answer = self.account.client("amiable").get_build_log(ImageBuildVersionArn=arn)
        return [f"{line['Step']} {line['Component']}: {line['Text']}" for line in answer["Lines"]]

    def left(self) -> list[str]:
        """What builds made for themselves and have not taken away."""
        ec2 = self.account.client("ec2")
        found = [one["KeyName"] for one in ec2.describe_key_pairs()["KeyPairs"]]
        found += [one["GroupName"] for one in ec2.describe_security_groups()["SecurityGroups"]]
        for reservation in ec2.describe_instances()["Reservations"]:
            found += [one["InstanceId"] for one in reservation["Instances"] if one["State"]["Code"] != 48]
        return [name for name in found if name != "default"]


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("builder")


def test_a_pipeline_builds_tests_and_distributes(server: Server, account: Account, tiny_ami: str) -> None:
    builder, other = Builder(account), server.account("builder-target")
    page = builder.component("page", document("build", "mkdir -p /www", "echo page > /www/index.html", SERVE))
    asks = document("test", "wget -qO- http://127.0.0.1/ | grep page", "echo serving") + OUTSIDE
    checks = builder.component("checks", asks)
    recipe = builder.recipe(tiny_ami, page, checks)
    elsewhere = account.client("ec2", ELSEWHERE)
    template = elsewhere.create_launch_template(
        LaunchTemplateName=builder.name, LaunchTemplateData={"ImageId": tiny_ami, "InstanceType": "t3.nano"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    name = builder.name + " {{imagebuilder:buildDate}}"
    distribution = builder.api.create_distribution_configuration(
        name=builder.name,
        distributions=[
            {
                "region": REGION,
                "amiDistributionConfiguration": {
                    "name": name,
                    "amiTags": {"Kind": "golden"},
                    "launchPermission": {"userIds": [other.id]},
                },
            },
            {
                "region": ELSEWHERE,
                "amiDistributionConfiguration": {"name": name, "targetAccountIds": [account.id, other.id]},
                "launchTemplateConfigurations": [{"launchTemplateId": template}],
                "ssmParameterConfigurations": [{"parameterName": f"/{builder.name}/latest"}],
            },
        ],
        clientToken="d",
    )["distributionConfigurationArn"]
    pipeline = builder.api.create_image_pipeline(
        name=builder.name,
        imageRecipeArn=recipe,
        infrastructureConfigurationArn=builder.infrastructure,
        distributionConfigurationArn=distribution,
        schedule={"scheduleExpression": "cron(0 4 * * ? *)"},
        clientToken="p",
    )["imagePipelineArn"]
    arn = builder.api.start_image_pipeline_execution(imagePipelineArn=pipeline, clientToken="s")[
        "imageBuildVersionArn"
    ]
    image = builder.ended(arn)
    assert image["state"]["status"] == "AVAILABLE", (image["state"], builder.log(arn))
    amis = {(one["region"], one["accountId"]): one["image"] for one in image["outputResources"]["amis"]}
    assert set(amis) == {(REGION, account.id), (ELSEWHERE, account.id), (ELSEWHERE, other.id)}
    (home,) = account.client("ec2").describe_images(ImageIds=[amis[REGION, account.id]])["Images"]
    assert {"Key": "Kind", "Value": "golden"} in home["Tags"]
    assert other.client("ec2").describe_images(ImageIds=[home["ImageId"]])["Images"]
    assert other.client("ec2", ELSEWHERE).describe_images(Owners=["self"])["Images"]
    versions = elsewhere.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Default"])
    assert versions["LaunchTemplateVersions"][0]["LaunchTemplateData"] == {
        "ImageId": amis[ELSEWHERE, account.id],
        "InstanceType": "t3.nano",
    }
    parameter = account.client("ssm", ELSEWHERE).get_parameter(Name=f"/{builder.name}/latest")["Parameter"]
    assert parameter["Value"] == amis[ELSEWHERE, account.id]
    executions = builder.api.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    assert [(one["type"], one["status"]) for one in executions] == [
        ("BUILD", "COMPLETED"),
        ("TEST", "COMPLETED"),
        ("DISTRIBUTION", "COMPLETED"),
    ]
    assert any("s1: serving" in line for line in builder.log(arn)), builder.log(arn)
    assert any("80 answers from outside" in line for line in builder.log(arn)), builder.log(arn)
    assert builder.left() == []

    # nothing has changed: the image is used again
    again = builder.ended(builder.build(recipe))
    assert again["state"]["status"] == "AVAILABLE"
    assert again["outputResources"]["amis"][0]["image"] == home["ImageId"]


def test_a_failing_test_keeps_the_image_back(account: Account, tiny_ami: str) -> None:
    builder = Builder(account)
    page = builder.component("kept", document("build", "echo kept > /kept"))
    bad = builder.component("bad", document("test", "echo because; exit 3"))
    distribution = builder.api.create_distribution_configuration(
        name=builder.name, distributions=[{"region": ELSEWHERE}], clientToken="d2"
    )["distributionConfigurationArn"]
    arn = builder.build(builder.recipe(tiny_ami, page, bad), distributionConfigurationArn=distribution)
    state = builder.ended(arn)["state"]
    assert state["status"] == "FAILED"
    failure = state["failureContext"]
    assert (failure["imageStatus"], failure["failedStep"]) == ("TESTING", "ApplyTestComponents")
    component = failure["componentFailure"]
    assert (component["phaseName"], component["stepName"]) == ("test", "s0")
    assert component["errorMessage"] == "The command exited with status 3.\nbecause"
    images = account.client("ec2", ELSEWHERE).describe_images(Owners=["self"])["Images"]
    assert not [one for one in images if builder.name in one["Name"]]
    assert builder.left() == []

    # the next build goes on behind the component that has not changed
    good = builder.component("good", document("test", "grep kept /kept"))
    arn = builder.build(builder.recipe(tiny_ami, page, good))
    assert builder.ended(arn)["state"]["status"] == "AVAILABLE", builder.log(arn)
    assert any("kept: reused" in line for line in builder.log(arn))


def test_a_build_is_cancelled(account: Account, tiny_ami: str) -> None:
    builder = Builder(account)
    slow = builder.component("slow", document("build", "echo begun; sleep 600"))
    arn = builder.build(builder.recipe(tiny_ami, slow))
    eventually(lambda: any("begun" in line for line in builder.log(arn)), within=240, what="the component")
    builder.api.cancel_image_creation(imageBuildVersionArn=arn, clientToken="c")
    assert builder.ended(arn, within=60)["state"]["status"] == "CANCELLED"
    assert builder.left() == []


WORKFLOW = """\
schemaVersion: 1.0
parameters: [{name: word}]
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent, healthCheck: RUNNING}}
  - name: Say
    action: RunCommand
    inputs:
      instanceId.$: $.stepOutputs.Launch.instanceId
      documentName: AWS-RunShellScript
      parameters: {commands: ["echo {{ $.parameters.word }} on {{ $.imagebuilder.imageName }}"]}
  - name: Slow
    action: ExecuteComponents
    timeoutSeconds: 20
    inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}
"""


def test_a_workflow_of_ones_own_with_a_step_that_takes_too_long(account: Account, tiny_ami: str) -> None:
    builder = Builder(account)
    slow = builder.component("too-slow", document("build", "sleep 600"))
    made = builder._made("create_workflow", semanticVersion="1.0.0", type="BUILD", data=WORKFLOW)
    given = [{"name": "word", "value": ["hello"]}]
    arn = builder.build(
        builder.recipe(tiny_ami, slow),
        imageTestsConfiguration={"imageTestsEnabled": False},
        workflows=[{"workflowArn": made["workflowBuildVersionArn"], "parameters": given}],
    )
    state = builder.ended(arn)["state"]
    assert state["status"] == "FAILED", builder.log(arn)
    assert state["failureContext"]["failedStep"] == "Slow"
    assert state["reason"] == "The step took longer than its 20 seconds."
    (execution,) = builder.api.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    steps = builder.api.list_workflow_step_executions(workflowExecutionId=execution["workflowExecutionId"])
    launch, say, failed = steps["steps"]
    assert json.loads(say["outputs"])["output"] == [f"hello on {builder.name}"]
    assert json.loads(failed["inputs"]) == json.loads(launch["outputs"]), "what it was given"
    assert builder.left() == []
