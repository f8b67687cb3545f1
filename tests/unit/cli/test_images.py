"""The image verbs and create-image, against a real API whose stories the test plays."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.flows.catalog_listing import list_catalog
from amiable.model.database import Database
from amiable.model.image import Image
from tests.unit.cli.desk import Desk, set_image, set_instance


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """What the API takes for a disk: only the story would look inside."""
    file = tmp_path / "Web server.qcow2"
    file.write_bytes(b"QFI\xfb")
    return file


def imported(desk: Desk, disk: Path, name: str, *words: str) -> str:
    """The id of an image that is being imported."""
    (image,) = desk.json("image", "import", disk, "--name", name, "--no-wait", *words)
    return str(image["ImageId"])


@contextmanager
def played(database: Database, name: str, *states: tuple[Any, ...]) -> Iterator[None]:
    """Plays the story of the image of that name, as soon as it is there."""

    def play() -> None:
        image_id = None
        while image_id is None:
            with database.read() as session:
                image_id = session.scalar(select(Image.id).where(Image.name == name))
            clock.sleep(0.02)
        for state in states:
            set_image(database, image_id, *state)
            clock.sleep(0.02)

    player = threading.Thread(target=play)
    player.start()
    yield
    player.join()


def test_import_and_wait(server: Database, desk: Desk, disk: Path) -> None:
    with played(server, "web", ("pending", "", 50), ("available", "", 100)):
        (image,) = desk.json("image", "import", disk, "--name", "web", "--tag", "role=a=b")
    assert (image["Name"], image["State"], image["Tags"]) == (
        "web",
        "available",
        [{"Key": "role", "Value": "a=b"}],
    )
    assert list(desk.settings.import_folder.iterdir()) == []
    assert disk.exists()


def test_the_name_comes_from_the_file(server: Database, desk: Desk, disk: Path) -> None:
    (image,) = desk.json("image", "import", disk, "--no-wait")
    assert (image["Name"], image["State"]) == ("Web server", "pending")
    (left,) = desk.settings.import_folder.iterdir()
    assert left.name.endswith("-Web_server.qcow2")


def test_a_file_in_the_import_folder_is_used_as_it_is(server: Database, desk: Desk) -> None:
    desk.settings.import_folder.mkdir()
    file = desk.settings.import_folder / "ready.raw"
    file.write_bytes(b"disk")
    with played(server, "ready", ("available", "", 100)):
        desk.ok("image", "import", file)
    assert list(desk.settings.import_folder.iterdir()) == [file]


def test_an_import_that_fails_says_why_and_leaves_nothing(server: Database, desk: Desk, disk: Path) -> None:
    with played(server, "web", ("failed", "The qcow2 header is cut off.")):
        said = desk.refused("image", "import", disk, "--name", "web")
    assert said.endswith(" failed: The qcow2 header is cut off.")
    assert list(desk.settings.import_folder.iterdir()) == []


def test_a_refused_import_leaves_nothing(server: Database, desk: Desk, disk: Path) -> None:
    imported(desk, disk, "web")
    before = list(desk.settings.import_folder.iterdir())
    said = desk.refused("image", "import", disk, "--name", "web")
    assert said.startswith("InvalidAMIName.Duplicate: ")
    assert list(desk.settings.import_folder.iterdir()) == before


def test_public_images_belong_to_the_built_in_account(server: Database, desk: Desk, disk: Path) -> None:
    public = imported(desk, disk, "base", "--public")
    own = imported(desk, disk, "web")
    assert [image["ImageId"] for image in desk.json("image", "list", "--owner", "amazon")] == [public]
    assert [image["ImageId"] for image in desk.json("image", "list", "--owner", "self")] == [own]
    assert [image["ImageId"] for image in desk.json("image", "list")] == [public, own]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.qcow2"], "There is no file nowhere.qcow2."),
        (["ftp://host/disk.raw"], "ftp://host/disk.raw is not a http or https URL."),
        (["x.raw"], "'x' is too short to name an image: give one with --name."),
    ],
)
def test_bad_sources(server: Database, desk: Desk, words: list[str], said: str) -> None:
    assert desk.refused("image", "import", *words) == said


def test_a_checksum_must_look_like_one(server: Database, desk: Desk, disk: Path) -> None:
    assert desk.run("image", "import", disk, "--checksum", "md5:1").exit_code == 2


def test_list_as_a_table_and_by_filter(server: Database, desk: Desk, disk: Path) -> None:
    first = imported(desk, disk, "web-1", "--tag", "role=web")
    imported(desk, disk, "db-1")
    lines = desk.ok("image", "list", "--filter", "name=web-*", "--filter", "tag:role=web").splitlines()
    assert lines[0].split() == ["IMAGE", "NAME", "STATE", "OWNER", "PUBLIC", "GIB", "CREATED"]
    assert [line.split()[:3] for line in lines[1:]] == [[first, "web-1", "pending"]]
    assert "InvalidParameterValue" in desk.refused("image", "list", "--filter", "colour=red")


def test_an_empty_list_says_how_to_go_on(server: Database, desk: Desk) -> None:
    result = desk.run("image", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "amiable image build debian-12" in result.stderr


def test_show_by_id_and_by_name(server: Database, desk: Desk, disk: Path) -> None:
    image_id = imported(desk, disk, "web", "--description", "A shop\x1b[2J", "--tag", "role=web")
    set_image(server, image_id, "available", percent=100)
    (image,) = desk.json("image", "show", "web")
    assert image["ImageId"] == image_id
    assert [row["State"] for row in image["Snapshots"]] == ["completed"]
    details, devices = desk.ok("image", "show", image_id).split("\n\n")
    properties = dict(line.split("  ", 1) for line in details.splitlines())
    assert properties["Description"].strip() == "A shop\ufffd[2J"
    assert properties["Tag role"].strip() == "web"
    snapshot = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert devices.splitlines()[1].split() == ["/dev/sda1", "1", "gp3", snapshot, "completed", "100%", "yes"]


def test_names_that_are_patterns_are_taken_literally(server: Database, desk: Desk, disk: Path) -> None:
    imported(desk, disk, "web")
    assert desk.refused("image", "show", "we*").startswith("There is no image 'we*'.")


def test_an_image_that_does_not_exist(server: Database, desk: Desk) -> None:
    assert desk.refused("image", "show", "ami-00000000000000000").endswith("See: amiable image list")


def test_deregister(server: Database, desk: Desk, disk: Path) -> None:
    set_image(server, image_id := imported(desk, disk, "web"), "available")
    said = desk.ok("image", "deregister", "web", "--delete-snapshots").splitlines()
    assert said[0] == f"Deregistered {image_id}"
    assert said[1].startswith("Deleted snap-")
    assert desk.json("image", "list") == []


def test_create_image_and_wait(server: Database, desk: Desk, disk: Path) -> None:
    set_image(server, base := imported(desk, disk, "base"), "available")
    (instance,) = desk.json("launch", base, "--name", "test", "--no-wait")
    set_instance(server, instance["InstanceId"], "running")
    with played(server, "web-server-v1", ("available", "", 100)):
        line = desk.ok("create-image", "test", "--name", "web-server-v1", "--no-reboot", "--tag", "v=1")
    image_id = line.split()[0]
    assert line == f"{image_id}  web-server-v1  available\n"
    (image,) = desk.json("image", "show", image_id)
    assert image["SourceInstanceId"] == instance["InstanceId"]
    assert image["Tags"] == image["Snapshots"][0]["Tags"] == [{"Key": "v", "Value": "1"}]
    clean = ["create-image", "test", "--name", "clean", "--keep", "logs"]
    assert desk.run(*clean).exit_code == 2, "nothing is kept where nothing is removed"
    assert "Run there once: amiable image build cleaner" in desk.refused(*clean, "--clean")


def test_a_build_of_what_is_there_is_none(server: Database, desk: Desk, disk: Path) -> None:
    set_image(server, base := imported(desk, disk, "tiny", "--public"), "available")
    assert desk.ok("image", "build", "tiny") == f"{base}  tiny  exists already; --rebuild makes it anew\n"
    assert [image["ImageId"] for image in desk.json("image", "build", "tiny")] == [base]


def test_what_is_imported_under_an_entrys_name_is_the_entrys(
    server: Database, desk: Desk, disk: Path
) -> None:
    with server.write() as session:
        list_catalog(session, desk.settings)
    image_id = imported(desk, disk, "debian-12", "--public")
    set_image(server, image_id, "available")
    (row,) = [one for one in desk.json("catalog") if one["Name"] == "debian-12"]
    assert (row["ImageId"], row["State"]) == (image_id, "available")
    assert desk.ok("image", "build", "debian-12").startswith(f"{image_id}  debian-12  exists already")
    said = desk.refused("image", "import", disk, "--name", "lamp-debian-12", "--public")
    assert said.startswith("InvalidAMIName.Duplicate"), "a product's image is not made by hand"


def test_the_size_of_tiny_is_fixed(server: Database, desk: Desk) -> None:
    assert desk.refused("image", "build", "tiny", "--size", "4").startswith("The size of tiny is fixed")
