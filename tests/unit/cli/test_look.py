"""The verbs that look inside images, against a real API whose stories the test plays."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from amiable.core import clock
from amiable.inspection.unreadable import unreadable
from amiable.model.database import Database
from amiable.model.image import Image
from amiable.model.inspection import Inspection
from amiable.model.snapshot import Snapshot
from tests.helpers.images import add_image
from tests.unit.cli.desk import Desk, set_instance

FINDINGS = [
    {
        "check": "token",
        "severity": "critical",
        "title": "A token",
        "detail": "Looks like: X.",
        "file": "/a",
        "line": 3,
    },
    {"check": "deleted-secret", "severity": "high", "title": "T", "detail": "Free space.", "offset": 4096},
    {"check": "logs", "severity": "low", "title": "Logs", "detail": "1 log\x1b[31m.", "file": "/var/log/x"},
]
CHECKS = [
    {"id": row["check"], "severity": row["severity"], "title": "T", "why": "W", "remedy": "R", "source": "S"}
    for row in FINDINGS
]
PACKAGE = {
    "type": "deb",
    "name": "bash",
    "version": "5",
    "architecture": "amd64",
    "source": "",
    "license": "",
}
SIDE = {"kind": "file", "size": 1, "mode": "0644", "uid": 0, "gid": 0}
REPORT: dict[str, Any] = {
    **unreadable("report", ""),
    "os": {"id": "debian", "version": "12", "name": "Debian 12"},
    "packages": [PACKAGE],
    "findings": FINDINGS,
    "checks": CHECKS,
    "services": [{"unit": "ssh.service", "wanted_by": "multi-user.target", "own": False}],
    "trouble": [],
}
DIFF: dict[str, Any] = {
    **unreadable("diff", ""),
    "packages": [{"name": "deb:bash:amd64", "change": "changed", "before": "5", "after": "6"}],
    "files": [
        {"path": "/etc/x", "change": "content", "before": SIDE, "after": SIDE | {"size": 9}},
        {"path": "/var/log/y", "change": "added", "before": None, "after": SIDE, "noise": "logs"},
    ],
    "hunks": [{"path": "/etc/x", "text": "--- /etc/x\n+++ /etc/x\n-a\n+b"}],
    "blocks": {"size": 524288, "used": 100, "changed": 2},
    "trouble": [],
}


@pytest.fixture
def image(server: Database, desk: Desk) -> str:
    api = desk.api(server)
    add_image(api, "web")
    add_image(api, "web-2")
    return "web"


@contextmanager
def played(database: Database, found: dict[str, Any] | None) -> Iterator[None]:
    """Plays the stories that are begun in the block: inspections find this, or fail; images are made."""
    over = threading.Event()

    def play() -> None:
        while not over.is_set():
            with database.write() as session:
                for row in session.scalars(select(Inspection).where(Inspection.state == "pending")):
                    row.state, row.ended_at = "completed" if found else "failed", clock.now()
                    row.state_message = None if found else "chunk abc is corrupt"
                    row.result, row.bytes_read, row.seconds = json.dumps(found), 3 << 20, 0.5
                for image in session.scalars(select(Image).where(Image.state == "pending")):
                    image.state = "available"
                    for device in image.devices:
                        snapshot = session.get_one(Snapshot, device.snapshot_id)
                        snapshot.state, snapshot.manifest_digest = "completed", "0" * 64
            over.wait(0.05)

    player = threading.Thread(target=play)
    player.start()
    try:
        yield
    finally:
        over.set()
        player.join()


def test_scan(server: Database, desk: Desk, image: str, tmp_path: Path) -> None:
    with played(server, REPORT):
        result = desk.run("scan", image, "--explain", "--sarif", tmp_path / "out.sarif")
        assert result.exit_code == 3
        assert "critical" in result.stdout
        assert "/a:3" in result.stdout
        assert "byte 4096" in result.stdout
        assert "\x1b" not in result.stdout
        assert "Remedy:  R" in result.stdout
        assert "3 MiB read" in result.stderr
        assert desk.run("scan", image, "--fail-on", "never").exit_code == 0
        rows = json.loads(desk.run("scan", image, "--json", "--at-least", "high").stdout)
    assert [row["check"] for row in rows] == ["token", "deleted-secret"]
    (run,) = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    assert [row["id"] for row in run["tool"]["driver"]["rules"]] == ["token", "deleted-secret", "logs"]
    places = [row["locations"][0]["physicalLocation"] for row in run["results"]]
    assert places[0]["artifactLocation"] == {"uri": "a", "uriBaseId": "IMAGE"}
    assert places[0]["region"] == {"startLine": 3}
    assert places[1]["region"]["byteOffset"] == 4096


def test_a_scan_without_findings_succeeds(server: Database, desk: Desk, image: str) -> None:
    with played(server, REPORT | {"findings": FINDINGS[2:]}):
        assert desk.json("scan", image) == FINDINGS[2:]


def test_services_that_are_not_allowed(server: Database, desk: Desk, image: str, tmp_path: Path) -> None:
    listed = tmp_path / "services"
    with played(server, REPORT | {"findings": []}):
        listed.write_text("# ours\nnginx.*\n")
        result = desk.run("scan", image, "--services", listed, "--fail-on", "medium", "--json")
        assert result.exit_code == 3
        (row,) = json.loads(result.stdout)
        assert (row["check"], row["detail"]) == ("service-not-allowed", "ssh.service starts by itself.")
        listed.write_text("ssh.service\n")
        assert desk.json("scan", image, "--services", listed) == []


def test_findings_are_accepted_on_record(server: Database, desk: Desk, image: str) -> None:
    with played(server, REPORT):
        assert desk.run("scan", image, "--accept", "A decoy.").exit_code == 3
        assert "blocks" in desk.run("scan", image, "--accept", "A decoy.", "--no-blocks").stderr
    with server.read() as session:
        (row,) = session.scalars(select(Inspection))
        assert row.accepted_reason == "A decoy."


def test_packages_and_inspect(server: Database, desk: Desk, image: str) -> None:
    with played(server, REPORT):
        assert desk.json("packages", image) == [
            {"Type": "deb", "Name": "bash", "Version": "5", "Architecture": "amd64"}
        ]
        assert json.loads(desk.ok("packages", image, "--format", "spdx"))["packages"]
        text = desk.ok("inspect", image)
        assert desk.json("inspect", image)[0]["os"]["id"] == "debian"
    for words in ("Debian 12", "ssh.service", "1 critical", "1 deb"):
        assert words in text


def test_diff(server: Database, desk: Desk, image: str) -> None:
    with played(server, DIFF):
        text = desk.ok("diff", image, "web-2")
        assert "~ deb:bash:amd64  5 → 6" in text
        assert "~ /etc/x  changed, 1 → 9 bytes" in text
        assert "-a\n+b" in text
        assert "/var/log/y" not in text
        assert "1 changes that every machine makes by itself" in text
        assert "+ /var/log/y" in desk.ok("diff", image, "web-2", "--all")
        assert desk.run("diff", image, "web-2", "--exit-code").exit_code == 3


def test_an_instance_is_looked_at_through_a_temporary_image(server: Database, desk: Desk, image: str) -> None:
    assert image
    launched = desk.json("launch", image, "--no-wait")
    instance_id = str(launched[0]["InstanceId"])
    set_instance(server, instance_id, "running")
    with played(server, REPORT):
        assert {row["check"] for row in desk.json("scan", instance_id, "--fail-on", "never")} == {
            row["check"] for row in FINDINGS
        }
        assert "--accept needs an image" in desk.run("scan", instance_id, "--accept", "Why not.").stderr
        assert desk.json("packages", instance_id)
    old, young = (
        add_image(
            desk.api(server),
            f"left {minutes}",
            description="Temporary: what i-0123 holds",
            created_at=clock.now() - timedelta(minutes=minutes),
        ).id
        for minutes in (61, 59)
    )
    with played(server, DIFF):
        assert "~ deb:bash:amd64  5 → 6" in desk.ok("drift", instance_id)
        assert "~ deb:bash:amd64  5 → 6" in desk.ok("diff", image, instance_id)
    with server.read() as session:
        states = session.scalars(select(Image.state).where(Image.name.startswith("Temporary"))).all()
        assert set(states) == {"deregistered"}
        assert len(states) == 4
        left_behind = [session.get_one(Image, image_id).state for image_id in (old, young)]
        assert left_behind == ["deregistered", "available"]


def test_an_inspection_that_fails(server: Database, desk: Desk, image: str) -> None:
    with played(server, None):
        assert "chunk abc is corrupt" in desk.refused("scan", image)
