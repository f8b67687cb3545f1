"""Component documents on a real Debian machine over SSH: the conformance set, shipped ones, the command.

The packages that shipped ones install come from an archive of this machine's, in a namespace of its own.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.builder.components import documents
from amiable.builder.ssh import SshGuest
from tests.helpers.archive import archive, index, internet, package
from tests.helpers.components import CASES, FOLDER, ended, said
from tests.helpers.guest import Guest, launch
from tests.helpers.server import Account, Server

DOCUMENTS = documents()
PACKAGES = (
    "apache2",
    "libapache2-mod-php",
    "mariadb-server",
    "php-mysql",
    "podman",
    "prometheus-node-exporter",
)
UNSIGNED = 'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n'
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
    """First: the set leaves files that everybody may write. identity-test must fail on the same machine."""
    with SshGuest(guest.address, guest.user, guest.key.read_text()) as over:
        for name in ("harden-ssh", "cis-checks", "reboot-test"):
            assert said(ended(DOCUMENTS[name], over)) == "success", name
        outcome = ended(DOCUMENTS["identity-test"], over)
        assert said(outcome) == "failed test.Differs: The command exited with status 1."
        assert outcome.failure is not None
        assert "/etc/machine-id is that of the build instance" in "\n".join(outcome.failure.lines)


def test_every_document_of_the_set_ends_as_it_says(guest: Guest) -> None:
    with SshGuest(guest.address, guest.user, guest.key.read_text()) as over:
        for case in CASES:
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


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an archive with the packages, and with a newer `old`, which needs `new` and a reboot."""
    folder = tmp_path_factory.mktemp("archive")
    pool = folder / "debian/pool"
    shutil.copytree(archive(*PACKAGES) / "debian/pool", pool)
    package(pool, "old", "2", needs="new", after="touch /run/reboot-required")
    package(pool, "new", "1")
    index(folder)
    with internet(folder) as url:
        yield url


def test_those_that_install_packages(guest: Guest, source: str, tmp_path: Path) -> None:
    guest.ssh("sudo tee /etc/apt/apt.conf.d/99unsigned", data=UNSIGNED.encode())
    guest.ssh("cat >old.deb && sudo dpkg -i old.deb", data=package(tmp_path, "old", "1").read_bytes())
    sources, boot = guest.ssh(f"cat {SOURCES}"), guest.ssh("cat /proc/sys/kernel/random/boot_id")
    with SshGuest(guest.address, guest.user, guest.key.read_text()) as over:

        def does(name: str, *phases: str, **parameters: str) -> str:
            lines: list[str] = []
            begun = time.monotonic()
            how = said(ended(DOCUMENTS[name], over, lines, phases, **parameters))
            print("TIME", name, phases, round(time.monotonic() - begun, 1))
            print("\n".join(lines))
            return how if how == "success" else "\n".join([how, *lines])

        does("package-source", "build", Proxy=f"{source[:-1]}9")
        assert "The package lists cannot be fetched" in does("apache")
        assert "The package lists cannot be fetched" in does("update-os")
        for _ in range(2):
            assert does("package-source", "build", Mirror="http://mirror.test", Proxy=source) == "success"
        assert "URIs: http://mirror.test/debian-security" in guest.ssh(f"cat {SOURCES}")

        assert does("update-os") == "success"
        assert guest.ssh("dpkg-query -Wf '${Package} ${Version}, ' old new") == "new 1, old 2,"
        assert guest.ssh("cat /proc/sys/kernel/random/boot_id") != boot

        assert does("apache") == "success"
        assert does("monitoring-agent", Listen=":9101") == "success"
        assert does("lamp") == "success"
        assert does("podman") == "success"
        listening = guest.ssh("ss -Hltn | awk '{print $4}'").split()
        assert "*:9101" in listening
        assert not [one for one in listening if one.endswith(":3306")]
        assert "Server: Apache\r" in guest.ssh("curl -sI http://127.0.0.1/")
        enabled = "systemctl is-enabled apache2 mariadb prometheus-node-exporter"
        assert guest.ssh(enabled).split() == ["enabled"] * 3

        for name in ("apache", "monitoring-agent", "lamp", "podman"):
            assert does(name, "build", "validate") == "success"
        assert does("package-source", "validate") == "success"
    assert (
        guest.ssh(f"cat {SOURCES}; ls /etc/apt/apt.conf.d /var/lib/amiable | grep -e proxy -e source; true")
        == sources
    )
