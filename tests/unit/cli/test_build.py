"""`amiable build`: recipe files, and what is made of them."""

from pathlib import Path

from sqlalchemy import select

from amiable.builder.components import ship
from amiable.cli.image_build.debug import chosen
from amiable.cli.image_build.file import load
from amiable.model.builder_resource import BuilderResource
from amiable.model.database import Database
from amiable.model.image_build import ImageBuild
from tests.helpers.images import add_image
from tests.unit.cli.desk import Desk

RECIPE = """\
name: web
base: base
instance-type: t3.nano
components:
  - harden-ssh
  - name: page
    document:
      schemaVersion: 1.0
      parameters: [{Text: {type: string}}]
      phases:
        - name: build
          steps:
            # less indented
          - {name: s, action: ExecuteBash, inputs: {commands: ["echo {{ Text }}"]}}
    parameters: {Text: hello}
  - {name: motd, run: echo hello >/etc/motd}
tests:
  - {name: there, run: test -e /etc/motd}
distribution:
  - region: us-east-1
    name: "web {{imagebuilder:buildDate}}"
    launch-permissions: {groups: [all]}
"""
BROKEN = """\
name: web
base: base
colour: red
components:
  - name: page
    document:
      schemaVersion: 1.0
      phases:
        - name: build
          steps:
            - {name: s, action: Nothing, inputs: {}}
  - {path: missing.yaml}
  - {path: bad.yaml}
  - {name: two, run: x, arn: y}
tests:
  - name: none
    document:
      schemaVersion: 1.0
      phases: [{name: build, steps: [{name: s, action: Reboot, inputs: {}}]}]
"""


def test_every_problem_has_its_place(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("schemaVersion: 1.0\nphases: []\n")
    (tmp_path / "r.yaml").write_text(BROKEN)
    result = desk.run("build", tmp_path / "r.yaml", "--detach")
    assert result.exit_code == 1
    told = [line.removeprefix(f"{tmp_path}/") for line in result.stderr.splitlines()[1:]]
    assert [line.split(": ")[0] for line in told] == [
        "r.yaml:3:1",
        "r.yaml:11:33",
        "r.yaml:12:12",
        "r.yaml:14:5",
        "r.yaml:18:7",
        "bad.yaml:2:9",
    ]
    assert "missing.yaml cannot be read" in told[2]


def test_an_unchanged_file_makes_nothing_new(desk: Desk, server: Database, tmp_path: Path) -> None:
    add_image(desk.api(server), "base")
    with server.write() as session:
        ship(session, desk.settings)
    file = tmp_path / "web.yaml"

    def build(text: str, *options: str) -> list[str]:
        """The ARNs of the recipe's resources after a build of it was begun."""
        file.write_text(text)
        desk.ok("build", file, "--detach", *options)
        with server.read() as session:
            query = select(BuilderResource.arn).where(BuilderResource.slug.like("web%"))
            return sorted(arn.split(":")[-1] for arn in session.scalars(query))

    first = build(RECIPE)
    assert first == [
        "component/web-motd/1.0.0/1",
        "component/web-page/1.0.0/1",
        "component/web-there/1.0.0/1",
        "distribution-configuration/web",
        "image-recipe/web/1.0.0",
        "infrastructure-configuration/web",
    ]
    assert build(RECIPE) == first
    changed = build(RECIPE.replace("hello >/etc", "hi >/etc"), "--keep", "--no-cache")
    assert sorted(set(changed) - set(first)) == ["component/web-motd/1.0.0/2", "image-recipe/web/1.0.1"]
    assert build(RECIPE) == changed
    with server.read() as session:
        rows = session.scalars(select(ImageBuild).order_by(ImageBuild.created_at)).all()
        assert [row.version for row in rows] == ["1.0.0/1", "1.0.0/2", "1.0.1/1", "1.0.0/3"]
        assert [row.inputs["cache"] for row in rows] == [True, True, False, True]
        ends = [row.inputs["infrastructure"]["terminateInstanceOnFailure"] for row in rows]
        assert ends == [True, True, False, True]
        names = [part["name"] for part in rows[0].inputs["components"]]
        assert names == ["harden-ssh", "web-page", "web-motd", "web-there"]
        assert rows[0].inputs["components"][1]["parameters"] == {"Text": "hello"}
    file.write_text(RECIPE.replace("name: web\n", "name: web\nversion: 1.0.0\n"))
    assert desk.refused("build", file, "--detach").startswith("web 1.0.0 is there with other content")
    assert [one["version"] for one in desk.json("build", "list", "web")][-1] == "1.0.0/3"
    assert desk.json("build", "show", "web/1.0.1")[0]["State"] == "PENDING"
    desk.ok("build", "cancel", "web/1.0.1/1")


def test_an_inline_document_is_read_as_written(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(RECIPE)
    recipe = load(tmp_path / "r.yaml")
    assert recipe.tested
    page = recipe.parts[1]
    assert page.text is not None
    assert page.text.startswith("schemaVersion: 1.0\nparameters:")
    assert "parameters: {Text: hello}" not in page.text


def test_debugging_takes_the_disk_before_what_failed() -> None:
    parts = [
        {"Name": name, "Arn": name, "Reused": False, "Steps": [{"Phase": "build"}]}
        for name in ("a", "b", "c")
    ]
    parts[0]["DiskSnapshotId"] = "snap-a"

    def image(failed: str) -> dict[str, object]:
        component = {"componentArn": failed, "phaseName": "build", "stepName": "s"}
        context = {"imageStatus": "BUILDING", "componentFailure": component}
        return {"state": {"failureContext": context}, "outputResources": {"amis": []}}

    known = {"BaseImageId": "ami-base", "Components": parts}
    assert chosen(image("b"), known).snapshot_id == "snap-a"
    assert "without b" in chosen(image("c"), known).what
    first = chosen(image("a"), known)
    assert (first.image_id, first.snapshot_id) == ("ami-base", None)
    assert "nothing had run before" in first.what
