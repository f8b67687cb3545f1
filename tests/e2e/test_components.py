"""Component documents on a real Debian machine over SSH: the conformance set, shipped ones, the command.

The packages that shipped ones install come from an archive of this machine's, in a namespace of its own.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.builder.components import documents
from amiable.builder.ssh import SshGuest
from tests.helpers.archive import UNSIGNED, mirror, package
from tests.helpers.components import CASES, FOLDER, Case, ended, said
from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server

DOCUMENTS = documents()
SOURCES = "/etc/apt/sources.list.d/debian.sources"


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("components")


@pytest.fixture(scope="module")
def guest(account: Account, debian_ami: str) -> Iterator[Guest]:
    guest = launch(account, debian_ami, 22, user="debian", InstanceType="t3.small").until_ssh()
    yield guest
    guest.terminate()


def test_shipped_components_run(guest: Guest) -> None:
    """identity-test must fail on the same machine."""
    with SshGuest(guest.address, guest.user, guest.key.read_text()) as over:
        for name in ("harden-ssh", "cis-checks", "reboot-test"):
            assert said(ended(DOCUMENTS[name], over)) == "success", name
        outcome = ended(DOCUMENTS["identity-test"], over)
        assert said(outcome) == "failed test.Differs: The command exited with status 1."
        assert outcome.failure is not None
        assert "/etc/machine-id is that of the build instance" in "\n".join(outcome.failure.lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_document_of_the_set_ends_as_it_says(case: Case, guest: Guest) -> None:
    with SshGuest(guest.address, guest.user, guest.key.read_text()) as over:
        case.check(over)


def test_the_command_runs_one_and_reports(account: Account, guest: Guest, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    done = subprocess.run(
        [
            "amiable", "component", "run", str(FOLDER / "failure.yaml"), "--on", guest.id,
            "--key", str(guest.key), "--user", "debian", "--junit", str(report), "--json",
        ],
        env=account.environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (found,) = json.loads(done.stdout)
    assert (found["status"], found["executedStepCount"], found["ignoredFailedStepCount"]) == ("failed", 5, 1)
    assert "abort| the reason" in done.stderr
    assert '<failure message="The command exited with status 7.">the reason</failure>' in report.read_text()


def test_packages_come_from_where_package_source_says(account: Account, guest: Guest, tmp_path: Path) -> None:
    """With package-source, update-os and monitoring-agent; test_packages.py has what installs more."""
    guest.ssh("sudo tee /etc/apt/apt.conf.d/99unsigned", data=UNSIGNED.encode())
    guest.ssh("cat >old.deb && sudo dpkg -i old.deb", data=package(tmp_path, "old", "1").read_bytes())
    sources = guest.ssh(f"cat {SOURCES}")
    with (
        mirror(tmp_path / "archive", "prometheus-node-exporter") as url,
        SshGuest(guest.address, guest.user, guest.key.read_text()) as over,
    ):
        nobody = url.replace(":3142", ":3143")
        assert said(ended(DOCUMENTS["package-source"], over, None, ["build"], Proxy=nobody)) == "success"
        lines: list[str] = []
        assert said(ended(DOCUMENTS["apache"], over, lines)).startswith("failed build.Install")
        assert "The package lists cannot be fetched" in "".join(lines)
        assert "The package lists cannot be fetched" in said(ended(DOCUMENTS["update-os"], over))
        done = subprocess.run(
            [
                "amiable", "component", "run", "package-source", "update-os", "monitoring-agent", "--json",
                "--on", guest.id, "--key", str(guest.key), "--parameter", "Reboot=no",
                "--parameter", "Mirror=http://mirror.test", "--parameter", f"Proxy={url}",
                "--parameter", "Listen=:9101",
            ],
            env=account.environment(), capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [one["status"] for one in json.loads(done.stdout)] == ["success"] * 3
    assert "http://mirror.test/debian-security bookworm-security Release" in done.stderr
    assert guest.ssh("dpkg-query -Wf '${Package} ${Version}, ' old new") == "new 1, old 2,"
    assert "node_boot_time_seconds" in guest.ssh("curl -s http://$(hostname):9101/metrics")
    left = "ls -d /etc/apt/apt.conf.d/*proxy* /var/lib/amiable/package-source 2>/dev/null; true"
    assert guest.ssh(f"cat {SOURCES}; {left}") == sources, "package-source has put back what was there"
