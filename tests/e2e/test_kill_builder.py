"""kill -9 of the server in every stage of an image build: it ends AVAILABLE, and nothing is left.

One build is killed again and again: at the beginning of its story, at the edges of slow steps of its first
two stages, while its image is inspected, and while it cleans up. Each of its steps runs once. Its
distribution is too quick to be met.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_builder import ELSEWHERE, Builder, document
from tests.helpers.server import Server, eventually, import_disk, prepared

MODULE = "tests.helpers.crashing"
KILLS = (
    ("ApplyBuildComponents", "end"),
    ("InventoryCollection", "end"),
    ("RunSanitizeScript", "end"),
    ("CreateOutputAMI", "begin"),
    ("ApplyTestComponents", "end"),
)
"""When this step has begun, at the next edge of the story's step `work`.

Not while an instance boots: the tiny image asks the metadata service for its key for two seconds only.
"""


class Victim:
    """A server to kill, and the build that it carries."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.target = server.folder / "crash-at"

    def arm(self, boundary: str) -> None:
        self.target.write_text(f"image-build.{boundary}")

    def dies(self, then: str = "") -> None:
        """Wait for the end of the server, and start it again; it dies next at `then`."""
        assert self.server.process is not None
        try:
            self.server.process.wait(90)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server never came to {self.target.read_text()}") from None
        self.server.process = None
        if then:
            self.arm(then)  # before it starts: what is left of the build may take less than a second
        self.server.start(MODULE, "serve")


@pytest.fixture
def victim(tiny_disk: Path) -> Iterator[Victim]:
    with prepared(stop_grace_seconds="1") as server:
        victim = Victim(server)
        server.settings["crash_at"] = str(victim.target)
        server.start(MODULE, "serve")
        shutil.copy(tiny_disk, server.loaded().import_folder / "tiny.raw")
        yield victim


def test_a_build_is_killed_in_every_stage(victim: Victim, tiny_disk: Path) -> None:
    tiny_ami = import_disk(victim.server, tiny_disk, "tiny")
    account = victim.server.account("killed")
    builder = Builder(account)
    once = document("build", "mkdir -p /www; echo ran >> /www/count")
    page = builder.component("page", once)
    checks = builder.component("checks", document("test", "test $(wc -l < /www/count) = 1"))
    distribution = builder.api.create_distribution_configuration(
        name=builder.name, distributions=[{"region": ELSEWHERE}], clientToken="d"
    )["distributionConfigurationArn"]
    recipe = builder.recipe(tiny_ami, page, checks)

    victim.arm("begin:end")
    arn = builder.build(recipe, distributionConfigurationArn=distribution)
    victim.dies()

    def begun(name: str) -> bool:
        executions = builder.api.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
        return any(
            step["name"] == name and step["status"] != "PENDING"
            for one in executions
            for step in builder.api.list_workflow_step_executions(
                workflowExecutionId=one["workflowExecutionId"]
            )["steps"]
        )

    for name, edge in KILLS:
        eventually(lambda name=name: begun(name), within=150, what=f"{name}: {builder.log(arn)[-9:]}")
        victim.arm(f"work:{edge}")
        victim.dies("record:begin" if name == KILLS[-1][0] else "")
    for then in ("record:end", "clean_up:begin", "clean_up:end", ""):
        victim.dies(then)

    image = builder.ended(arn)
    assert image["state"]["status"] == "AVAILABLE", (image["state"], builder.log(arn))
    assert len(image["outputResources"]["amis"]) == 2
    record = account.client("amiable").get_build_record(ImageBuildVersionArn=arn)
    assert record["Inspection"]["State"] == "completed"
    assert len(account.client("amiable").describe_inspections()["Inspections"]) == 1
    log = builder.log(arn)
    for phase in ("page: build begins", "checks: test begins"):
        assert len([line for line in log if phase in line]) == 1, log
    executions = builder.api.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    assert [(one["type"], one["status"]) for one in executions] == [
        (stage, "COMPLETED") for stage in ("BUILD", "TEST", "DISTRIBUTION")
    ]
    assert builder.left() == []
    ec2 = account.client("ec2")
    launched = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
    assert len(launched) == 2, "one to build on and one to test"
    assert ec2.describe_volumes()["Volumes"] == []
    images = ec2.describe_images(Owners=["self"], IncludeDisabled=True)["Images"]
    assert len(images) == 1, images
    assert len(account.client("ec2", ELSEWHERE).describe_images(Owners=["self"])["Images"]) == 1
