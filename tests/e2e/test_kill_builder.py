"""kill -9 of the server at every boundary of an image build: it ends AVAILABLE, and nothing is left.

One build is killed again and again, at the beginning and the end of every step of its story and of every step
of its workflows, and between two looks of those that wait; it is distributed to another region and account.
Each of its steps runs once. Its instance boots while the server is away, and is replaced.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.builder.execution.story import image_build
from amiable.builder.workflow.managed import managed
from amiable.builder.workflow.parse import parse
from tests.e2e.test_builder import ELSEWHERE, Builder, document
from tests.helpers import victims
from tests.helpers.server import REGION, Server, eventually, import_disk
from tests.helpers.victims import Victim

STAGES = ("BUILD", "TEST", "DISTRIBUTION")
WAITING = ("LaunchBuildInstance", "CreateOutputAMI", "DistributeImages")
"""Steps of workflows that surely look twice. Not LaunchTestInstance: its guest might be replaced, too."""
BOOTING = "image-build.work:again LaunchBuildInstance"


def boundaries() -> list[str]:
    """All of them, in the order in which a build comes to them."""
    found = []
    for step in image_build.steps:
        if step == "work":
            for inner in (one.name for stage in STAGES for one in parse(managed(stage), stage).steps):
                edges = ("begin", "again", "end") if inner in WAITING else ("begin", "end")
                found += [f"image-build.work:{edge} {inner}" for edge in edges]
        else:
            found += [f"image-build.{step}:{edge}" for edge in ("begin", "end")]
    return found


def booted(server: Server) -> bool:
    """Whether a guest is at the end of its start."""
    logs = server.loaded().data_dir.glob("instances/*/run/console.log")
    return any("amiable-tiny ready" in log.read_text(errors="replace") for log in logs)


@pytest.fixture
def victim() -> Iterator[Victim]:
    with victims.victim() as made:
        yield made


def test_a_build_is_killed_at_every_boundary(victim: Victim, tiny_disk: Path) -> None:
    server = victim.server
    tiny_ami = import_disk(server, tiny_disk, "tiny")
    account, other = server.account("killed"), server.account("target")
    builder = Builder(account)
    once = document("build", "mkdir -p /www; echo ran >> /www/count")
    page = builder.component("page", once)
    checks = builder.component("checks", document("test", "test $(wc -l < /www/count) = 1"))
    elsewhere = account.client("ec2", ELSEWHERE)
    template = elsewhere.create_launch_template(
        LaunchTemplateName=builder.name, LaunchTemplateData={"ImageId": tiny_ami, "InstanceType": "t3.nano"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    distribution = builder.api.create_distribution_configuration(
        name=builder.name,
        distributions=[
            {
                "region": REGION,
                "amiDistributionConfiguration": {"launchPermission": {"userIds": [other.id]}},
            },
            {
                "region": ELSEWHERE,
                "amiDistributionConfiguration": {"targetAccountIds": [account.id, other.id]},
                "launchTemplateConfigurations": [{"launchTemplateId": template}],
                "ssmParameterConfigurations": [{"parameterName": f"/{builder.name}/latest"}],
            },
        ],
        clientToken="d",
    )["distributionConfigurationArn"]
    recipe = builder.recipe(tiny_ami, page, checks)

    places = boundaries()
    victim.arm(places)
    arn = builder.build(recipe, distributionConfigurationArn=distribution)
    for place in places:
        victim.dies(place)
        if place == BOOTING:  # the tiny image asks for its key for two seconds only
            eventually(lambda: booted(server), within=60, what="the guest to have booted on its own")
        victim.start()
    server.wait_until_it_answers()

    image = builder.ended(arn)
    assert image["state"]["status"] == "AVAILABLE", (image["state"], builder.log(arn))
    amis = {(one["region"], one["accountId"]): one["image"] for one in image["outputResources"]["amis"]}
    assert set(amis) == {(REGION, account.id), (ELSEWHERE, account.id), (ELSEWHERE, other.id)}
    record = account.client("amiable").get_build_record(ImageBuildVersionArn=arn)
    assert record["Inspection"]["State"] == "completed"
    assert len(account.client("amiable").describe_inspections()["Inspections"]) == 1
    log = builder.log(arn)
    for once_only in ("page: build begins", "checks: test begins", "it is replaced"):
        assert len([line for line in log if once_only in line]) == 1, log
    executions = builder.api.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    assert [(one["type"], one["status"]) for one in executions] == [(stage, "COMPLETED") for stage in STAGES]
    assert builder.left() == []
    ec2 = account.client("ec2")
    launched = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
    assert len(launched) == 3, "one that nobody reached, one to build on and one to test"
    assert ec2.describe_volumes()["Volumes"] == []
    for (region, owner), image_id in amis.items():
        who = account if owner == account.id else other
        images = who.client("ec2", region).describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
        assert [one["ImageId"] for one in images] == [image_id]
    assert other.client("ec2").describe_images(ImageIds=[amis[REGION, account.id]])["Images"]
    versions = elsewhere.describe_launch_template_versions(LaunchTemplateId=template)
    assert [
        (one["LaunchTemplateData"]["ImageId"], one["DefaultVersion"])
        for one in versions["LaunchTemplateVersions"]
    ] == [(amis[ELSEWHERE, account.id], True), (tiny_ami, False)]
    parameter = account.client("ssm", ELSEWHERE).get_parameter(Name=f"/{builder.name}/latest")["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == (amis[ELSEWHERE, account.id], 1)
