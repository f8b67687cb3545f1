"""Builds carried by the real story on real rows, with workflows that need no machine.

What needs one is in tests/e2e/test_builder.py, kills in tests/e2e/test_kill_builder.py.
"""

import threading
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from sqlalchemy import select

from amiable.api.imagebuilder.cloud import PublicCloud
from amiable.api.perform import Performer
from amiable.builder.execution.cache import keys, whole_key
from amiable.builder.execution.left_groups import remove_unused
from amiable.builder.execution.step import BuilderHost
from amiable.builder.execution.story import image_build
from amiable.core import ids
from amiable.flows.story import Done, Next, Wait, Work
from amiable.model.database import Database
from amiable.model.flow import Flow
from amiable.model.image import Image
from amiable.model.image_build import ImageBuild, WorkflowExecution, WorkflowStep
from amiable.model.instance import Instance
from amiable.model.network import drop_interface
from tests.helpers.api import Api, new_api, refused
from tests.helpers.carrying import carry
from tests.helpers.images import add_image
from tests.helpers.inspections import carry_inspections
from tests.unit.api.examples.builder import SERVICE, build, infrastructure, recipe

ASKS = """\
name: asks
schemaVersion: 1.0
steps:
  - {name: First, action: WaitForAction, onFailure: ON_FAILURE}
  - {name: Skipped, action: WaitForAction, if: {stringEquals: DOCKER, value: $.imagebuilder.imageType}}
  - {name: Last, action: WaitForAction}
"""
LAUNCHES = """\
name: launches
schemaVersion: 1.0
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
"""


class Site:
    """One account whose builds are carried by hand."""

    def __init__(self, api: Api) -> None:
        self.api = api
        performer = Performer(api.database, api.sealer, api.settings, api.stores, lambda: None)
        self.host = BuilderHost(api.settings, PublicCloud(performer), api.sealer)
        self.parts = {"imageRecipeArn": recipe(api), "infrastructureConfigurationArn": infrastructure(api)}

    def workflow(self, stage: str, on_failure: str = "Abort", text: str = ASKS) -> str:
        request = {"name": f"w-{ids.new_uuid()[:8]}", "semanticVersion": "1.0.0", "type": stage}
        text = text.replace("ON_FAILURE", on_failure)
        answer = self.api("CreateWorkflow", SERVICE, **request, data=text, clientToken=ids.new_uuid())
        return str(answer["workflowBuildVersionArn"])

    def begin(self, *workflows: str, tests: bool = False, on_failure: str = "ABORT", **more: Any) -> str:
        """A build that begins; its ARN."""
        given = [
            {"workflowArn": arn} | ({"onFailure": on_failure} if "/test/" in arn else {}) for arn in workflows
        ]
        token = {"clientToken": ids.new_uuid(), "imageTestsConfiguration": {"imageTestsEnabled": tests}}
        answer = self.api("CreateImage", SERVICE, **self.parts, workflows=given, **token, **more)
        return str(answer["imageBuildVersionArn"])

    def row(self, arn: str) -> ImageBuild:
        with self.api.database.read() as session:
            return session.scalars(select(ImageBuild).where(ImageBuild.arn == arn)).one()

    def carry(self, arn: str) -> Next:
        return carry(self.api.database, image_build, self.host, self.row(arn).id)

    def answer(self, arn: str, action: str, reason: str = "because") -> Next:
        """Answer the step that waits, and carry on."""
        (step,) = self.api("ListWaitingWorkflowSteps", SERVICE)["steps"]
        asked = {"stepExecutionId": step["stepExecutionId"], "imageBuildVersionArn": arn, "reason": reason}
        self.api("SendWorkflowStepAction", SERVICE, **asked, action=action, clientToken=ids.new_uuid())
        return self.carry(arn)

    def shown(self, arn: str) -> tuple[str, list[str], list[str]]:
        """States of the build, its workflows and their steps."""
        with self.api.database.read() as session:
            found = session.scalars(
                select(WorkflowExecution)
                .where(WorkflowExecution.build_id == self.row(arn).id)
                .order_by(WorkflowExecution.position)
            ).all()
            steps = [
                step.state
                for one in found
                for step in session.scalars(
                    select(WorkflowStep)
                    .where(WorkflowStep.execution_id == one.id)
                    .order_by(WorkflowStep.position)
                )
            ]
            return self.row(arn).state, [one.state for one in found], steps


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(new_api(database, data_dir=tmp_path))


def test_steps_run_one_after_the_other(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD"))
    assert isinstance(site.carry(arn), Wait)
    assert site.shown(arn) == ("BUILDING", ["RUNNING"], ["RUNNING", "PENDING", "PENDING"])
    assert isinstance(site.answer(arn, "RESUME"), Wait)
    assert site.shown(arn) == ("BUILDING", ["RUNNING"], ["COMPLETED", "SKIPPED", "RUNNING"])
    assert isinstance(site.answer(arn, "RESUME"), Done)
    assert site.shown(arn) == ("AVAILABLE", ["COMPLETED"], ["COMPLETED", "SKIPPED", "COMPLETED"])


def test_a_failure_ends_the_build_and_says_where(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD"), site.workflow("TEST"), tests=True)
    site.carry(arn)
    assert isinstance(site.answer(arn, "STOP", "enough"), Done)
    state, executions, steps = site.shown(arn)
    assert (state, executions) == ("FAILED", ["FAILED", "CANCELLED"])
    assert steps == ["FAILED", "SKIPPED", "SKIPPED"] + ["CANCELLED"] * 3
    told = site.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]["state"]
    assert told["reason"] == "Somebody said STOP: enough."
    assert (told["failureContext"]["imageStatus"], told["failureContext"]["failedStep"]) == (
        "BUILDING",
        "First",
    )


def test_a_step_may_fail_and_the_workflow_goes_on(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD", "Continue"))
    site.carry(arn)
    assert isinstance(site.answer(arn, "STOP"), Wait)
    assert site.shown(arn)[2] == ["FAILED", "SKIPPED", "RUNNING"]
    assert isinstance(site.answer(arn, "RESUME"), Done)
    assert site.shown(arn)[:2] == ("AVAILABLE", ["COMPLETED"])


def test_a_test_workflow_may_fail_and_the_build_goes_on(site: Site) -> None:
    tests = site.workflow("TEST"), site.workflow("TEST")
    arn = site.begin(site.workflow("BUILD"), *tests, tests=True, on_failure="CONTINUE")
    site.carry(arn)
    for action in ("RESUME", "RESUME", "STOP"):
        assert isinstance(site.answer(arn, action), Wait)
    assert site.shown(arn)[:2] == ("TESTING", ["COMPLETED", "FAILED", "RUNNING"])
    site.answer(arn, "RESUME")
    assert isinstance(site.answer(arn, "RESUME"), Done)
    assert site.shown(arn)[:2] == ("AVAILABLE", ["COMPLETED", "FAILED", "COMPLETED"])


def test_a_build_is_cancelled(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD"))
    site.carry(arn)
    site.api("CancelImageCreation", SERVICE, imageBuildVersionArn=arn, clientToken="c")
    assert isinstance(site.carry(arn), Done)
    assert site.shown(arn) == ("CANCELLED", ["CANCELLED"], ["CANCELLED"] * 3)
    site.api("CancelImageCreation", SERVICE, imageBuildVersionArn=arn, clientToken="c")
    with refused("InvalidRequestException", "nothing to cancel"):
        site.api("CancelImageCreation", SERVICE, imageBuildVersionArn=arn, clientToken="d")


EXPORTS = """\
schemaVersion: 1.0
parameters: [{name: go, type: boolean}]
steps:
  - {name: Ask, action: WaitForAction}
  - {name: Not, action: WaitForAction, if: {booleanEquals: true, value: $.parameters.go}}
outputs:
  - {name: reason, value: $.stepOutputs.Ask.reason}
  - {name: none, value: $.stepOutputs.Not.reason}
  - {name: said, value: "it was {{ $.stepOutputs.Ask.reason }}"}
"""
READS = """\
schemaVersion: 1.0
steps: [{name: Ask, action: WaitForAction, inputs: {payload.$: $.workflowOutputs.said}}]
"""


ELSEWHERE = """\
schemaVersion: 1.0
parameters: [{name: platform, default: Windows}]
steps:
  - {name: Prepare, action: RunSysPrep, if: {stringEquals: Windows, value: $.imagebuilder.platform}}
  - {name: Really, action: RunSysPrep, if: {stringEquals: Windows, value: $.parameters.platform}}
"""


def test_an_action_that_is_not_built_may_stand_behind_an_if(site: Site) -> None:
    request = {"name": "sysprep", "semanticVersion": "1.0.0", "type": "BUILD", "data": ELSEWHERE}
    flow = site.api("CreateWorkflow", SERVICE, **request, clientToken="w")["workflowBuildVersionArn"]
    arn = site.begin(str(flow))
    assert isinstance(site.carry(arn), Done)
    assert site.shown(arn)[2] == ["SKIPPED", "FAILED"]
    reason = site.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]["state"]["reason"]
    assert reason == "RunSysPrep is not supported: it is for Windows."


def test_a_workflow_reads_the_outputs_of_one_before_it(site: Site) -> None:
    def flow(stage: str, text: str) -> str:
        request = {"name": f"out-{stage}", "semanticVersion": "1.0.0", "type": stage, "data": text}
        answer = site.api("CreateWorkflow", SERVICE, **request, clientToken=ids.new_uuid())
        return str(answer["workflowBuildVersionArn"])

    build_, test = flow("BUILD", EXPORTS), flow("TEST", READS)
    asked = {**site.parts, "clientToken": "i"}
    with refused("InvalidParameterValueException", "needs a value of its parameter go"):
        site.api("CreateImage", SERVICE, **asked, workflows=[{"workflowArn": build_}])
    given = {"workflowArn": build_, "parameters": [{"name": "go", "value": ["false"]}]}
    made = site.api("CreateImage", SERVICE, **asked, workflows=[given, {"workflowArn": test}])
    arn = str(made["imageBuildVersionArn"])
    site.carry(arn)
    assert isinstance(site.answer(arn, "RESUME", "good"), Wait)
    assert site.shown(arn)[2] == ["COMPLETED", "SKIPPED", "RUNNING"], "the second did not go"
    assert isinstance(site.answer(arn, "STOP", "no"), Done)
    with site.api.database.read() as session:
        (failed,) = session.scalars(select(WorkflowStep).where(WorkflowStep.state == "FAILED"))
    assert failed.inputs == {"payload": "it was good"}, "a failed step shows what it was given"


def test_a_step_that_waits_takes_one_answer(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD"))
    site.carry(arn)
    (step,) = site.api("ListWaitingWorkflowSteps", SERVICE)["steps"]
    asked = {"stepExecutionId": step["stepExecutionId"], "imageBuildVersionArn": arn}
    for _ in range(2):
        site.api("SendWorkflowStepAction", SERVICE, **asked, action="RESUME", clientToken="a")
    with refused("InvalidRequestException", "does not wait"):
        site.api("SendWorkflowStepAction", SERVICE, **asked, action="STOP", clientToken="b")
    site.carry(arn)
    assert site.shown(arn)[2][0] == "COMPLETED"


REACHES = """\
schemaVersion: 1.0
steps:
  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
  - name: Reach
    action: WaitForSSMAgent
    timeoutSeconds: SECONDS
    inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}
"""


def unreachable(site: Site, seconds: int) -> str:
    """A build whose instance was let in once and answers no more; its ARN."""
    request = {"name": "reaches", "semanticVersion": "1.0.0", "type": "BUILD"}
    text = REACHES.replace("SECONDS", str(seconds))
    flow = site.api("CreateWorkflow", SERVICE, **request, data=text, clientToken=ids.new_uuid())
    arn = site.begin(flow["workflowBuildVersionArn"])
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    way = {"instance": "i-1", "user": "u", "address": "192.0.2.1", "key": site.host.sealer.seal(key).decode()}
    with site.api.database.write() as session:
        launch = session.scalars(select(WorkflowStep).where(WorkflowStep.name == "Launch")).one()
        launch.state, launch.journal, launch.outputs = "COMPLETED", way, {"instanceId": "i-1"}
    return arn


def test_a_guest_that_does_not_answer_keeps_no_build_from_being_cancelled(site: Site) -> None:
    arn = unreachable(site, 3600)
    asked = {"imageBuildVersionArn": arn, "clientToken": "c"}
    timer = threading.Timer(0.5, lambda: site.api("CancelImageCreation", SERVICE, **asked))
    timer.start()
    assert isinstance(site.carry(arn), Done)
    timer.join()
    assert site.shown(arn)[0] == "CANCELLED"


def test_a_guest_that_does_not_answer_has_the_time_of_its_step(site: Site) -> None:
    arn = unreachable(site, 1)
    assert isinstance(site.carry(arn), Done)
    state = site.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]["state"]
    assert (state["status"], state["reason"]) == ("FAILED", "The step took longer than its 1 seconds.")
    assert state["failureContext"]["failedStep"] == "Reach"


def test_what_no_step_foresees_names_the_step_too(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD"))
    site.carry(arn)
    with site.api.database.read() as session:
        flow = session.scalars(select(Flow).where(Flow.subject == site.row(arn).id)).one()
    work = Work(flow.number, flow.kind, flow.subject, flow.epoch, site.host, site.api.database, 15.0, {})
    image_build.failed(work, "the disk is full")
    assert site.shown(arn) == ("FAILED", ["FAILED"], ["FAILED", "SKIPPED", "SKIPPED"])
    context = site.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]["state"]["failureContext"]
    assert (context["imageStatus"], context["failedStep"]) == ("BUILDING", "First")


def test_a_retry_adds_executions_for_what_had_failed(site: Site) -> None:
    arn = site.begin(site.workflow("BUILD"), site.workflow("TEST"), tests=True)
    site.carry(arn)
    for action in ("RESUME", "RESUME", "STOP"):
        site.answer(arn, action)
    assert site.shown(arn)[0] == "FAILED"
    retry = {"imageBuildVersionArn": arn, "clientToken": "r"}
    with refused("InvalidRequestException", "made no image"):
        site.api("RetryImage", SERVICE, **retry)
    with site.api.database.write() as session:
        session.get_one(ImageBuild, site.row(arn).id).image_id = add_image(site.api, "made").id
    site.api("RetryImage", SERVICE, **retry)
    site.api("RetryImage", SERVICE, **retry)  # a client whose connection broke sends it again
    site.carry(arn)
    assert site.shown(arn)[:2] == ("TESTING", ["COMPLETED", "FAILED", "RUNNING"])
    executions = site.api("ListWorkflowExecutions", SERVICE, imageBuildVersionArn=arn)["workflowExecutions"]
    assert [one["retried"] for one in executions] == [False, True, False]
    site.answer(arn, "RESUME")
    assert isinstance(site.answer(arn, "RESUME"), Wait), "its image is being inspected"
    carry_inspections(site.api)
    assert isinstance(site.carry(arn), Done)
    assert site.shown(arn)[0] == "AVAILABLE"


def test_the_group_of_a_kept_instance_goes_after_it(site: Site) -> None:
    api, arn = site.api, site.parts["infrastructureConfigurationArn"]
    kept = {"instanceProfileName": "p", "terminateInstanceOnFailure": False, "clientToken": "u"}
    api("UpdateInfrastructureConfiguration", SERVICE, infrastructureConfigurationArn=arn, **kept)
    site.parts["imageRecipeArn"] = recipe(api, "of-rows", parentImage=add_image(api).id)

    def access() -> tuple[int, int]:
        """How many key pairs and groups of builds there are, after the look of the timetable."""
        remove_unused(api.database, site.host.cloud)
        groups = api("DescribeSecurityGroups")["SecurityGroups"]
        made = [one for one in groups if one["GroupName"].startswith("amiable-step-")]
        return len(api("DescribeKeyPairs")["KeyPairs"]), len(made)

    arn = site.begin(site.workflow("BUILD", text=LAUNCHES))
    assert isinstance(site.carry(arn), Wait)
    assert access() == (1, 1)
    with api.database.write() as session:
        instance = session.scalars(select(Instance)).one()
        instance.state = "stopped"  # so that the step fails
    assert isinstance(site.carry(arn), Done)
    assert site.shown(arn)[0] == "FAILED"
    assert access() == (0, 1), "the instance has its group, and no more use for the key pair"
    with api.database.write() as session:
        (interface,) = session.get_one(Instance, instance.id).interfaces
        drop_interface(session, interface)
    with api.database.write() as session:
        build = session.scalars(select(ImageBuild)).one()
        build.state = "TESTING"  # taken up again: what is there may be needed
    assert access() == (0, 1)
    with api.database.write() as session:
        session.get_one(ImageBuild, build.id).state = "FAILED"
    assert access() == (0, 0)


def test_an_image_goes_to_every_region_and_account(site: Site) -> None:
    api, there = site.api, site.api.settings.region_names[1]
    friend = api.other_account()
    image = add_image(api, "made").id
    own = [{"region": api.region, "accountId": api.account_id, "image": image, "name": "made"}]
    source = build(api, "made", "AVAILABLE", outputs={"amis": own}, image_id=image)
    amis = {"targetAccountIds": [api.account_id, friend.account_id]}
    parameter = {"parameterName": "/golden", "dataType": "text"}
    distribution = api(
        "CreateDistributionConfiguration",
        SERVICE,
        name="dist",
        distributions=[
            {"region": api.region},
            {
                "region": there,
                "amiDistributionConfiguration": amis,
                "ssmParameterConfigurations": [parameter],
            },
        ],
        clientToken="d",
    )["distributionConfigurationArn"]
    asked = {"sourceImage": source, "distributionConfigurationArn": distribution, "executionRole": "r"}
    arn = api("DistributeImage", SERVICE, **asked, clientToken="s")["imageBuildVersionArn"]
    assert isinstance(site.carry(arn), Wait)
    assert isinstance(site.carry(arn), Wait), "again: it makes no second copies"
    with api.database.write() as session:
        copies = session.scalars(select(Image).where(Image.region == there)).all()
        assert {copy.account_id for copy in copies} == {api.account_id, friend.account_id}
        assert len(copies) == 2
        with refused("ParameterNotFound"):  # nobody is led to an image that is not there yet
            api.other_region()("GetParameter", "ssm", Name="/golden")
        for copy in copies:
            copy.state = "available"
        mine = next(copy.id for copy in copies if copy.account_id == api.account_id)
    assert isinstance(site.carry(arn), Wait)
    carry_inspections(api)
    assert isinstance(site.carry(arn), Done)
    outputs = api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]["outputResources"]["amis"]
    assert {(one["region"], one["accountId"]) for one in outputs} == {
        (api.region, api.account_id),
        (there, api.account_id),
        (there, friend.account_id),
    }
    assert api.other_region()("GetParameter", "ssm", Name="/golden")["Parameter"]["Value"] == mine


def cached(*components: dict[str, Any], **inputs: Any) -> ImageBuild:
    made = {"parentImage": "ami-1", "components": list(components), **inputs}
    return ImageBuild(name="n", inputs=made)


def component(command: str = "true", cache: str | None = None, **parameters: str) -> dict[str, Any]:
    constants = f"constants: [{{amiable-cache: {{type: string, value: '{cache}'}}}}]\n" if cache else ""
    step = f"{{name: s, action: ExecuteBash, inputs: {{commands: ['{command}']}}}}"
    text = (
        f"schemaVersion: 1.0\nparameters: [{{Word: {{type: string, default: w}}}}]\n{constants}"
        f"phases: [{{name: build, steps: [{step}]}}]\n"
    )
    return {"text": text, "parameters": parameters}


def test_what_the_keys_of_the_cache_depend_on() -> None:
    plain = cached(component("a"), component("b"))
    assert keys(plain) == keys(cached(component("a"), component("b")))
    assert whole_key(plain) is not None
    changed = keys(cached(component("a"), component("c")))
    assert changed[:2] == keys(plain)[:2]
    assert changed[2] != keys(plain)[2]
    for other in (
        cached(component("a"), component("b"), parentImage="ami-2"),
        cached(component("a"), component("b"), userData="x"),
        cached(component("a", Word="v"), component("b")),
        cached(component("a"), component("b"), workflows={"BUILD": [["name: w", {}]]}),
    ):
        assert keys(other)[1] != keys(plain)[1]
    assert keys(cached(component("a", Word="w"), component("b"))) == keys(plain), "the default, given"
    for more in ({"amiTags": {"k": "v"}}, {"tests": True}, {"workflows": {"TEST": [["name: w", {}]]}}):
        assert whole_key(cached(component("a"), component("b"), **more)) != whole_key(plain)


def test_a_component_says_how_it_is_cached() -> None:
    never = keys(cached(component("a"), component("b", "never"), component("c")))
    assert never[1] is not None
    assert never[2:] == [None, None], "it, and what follows it"
    assert whole_key(cached(component("a", "never"))) is None
    by_key = [
        keys(cached(component(text, "key: {{ Word }}", Word=word))) for text, word in ("av", "bv", "au")
    ]
    assert by_key[0] == by_key[1] != by_key[2]
    assert keys(cached(component("a"), cache=False)) == [None, None]
