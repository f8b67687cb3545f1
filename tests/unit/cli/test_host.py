"""doctor and teardown on this host."""

import json

from tests.unit.cli.desk import Desk


def test_the_doctor_fails_for_what_is_required_only(desk: Desk) -> None:
    result = desk.run("doctor", "--json")
    found = json.loads(result.stdout)
    assert {"root", "kvm", "qemu", "nftables", "namespaces", "disk space"} <= {row["Name"] for row in found}
    assert result.exit_code == int(any(row["Required"] and not row["Ok"] for row in found))
    assert all(row["Remedy"] for row in found if not row["Ok"])
    assert not [row["Name"] for row in found if row["Name"] == "kvm" and row["Required"]]


def test_the_doctor_prints_a_fix_for_what_lacks(desk: Desk) -> None:
    desk.environment |= {"AMIABLE_UID_BASE": "0", "AMIABLE_UID_COUNT": "10"}  # root's own
    result = desk.run("doctor")
    assert result.exit_code == 1
    line = next(line for line in result.stdout.splitlines() if "user ids" in line)
    assert line.startswith("✗  user ids")
    assert "Fix for user ids: Set uid_base to a free range." in result.stdout


def test_teardown_where_nothing_ever_was(desk: Desk) -> None:
    assert desk.ok("teardown") == "No machine was running.\n"
    assert desk.json("teardown") == []
    assert not (desk.folder / "data").exists()
