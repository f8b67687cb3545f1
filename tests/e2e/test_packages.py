"""What installs much, on real Debian machines: apache, lamp, podman, and the LAMP product's own pipeline.

Installing takes minutes without KVM, so that this runs only when it is asked for:

    .venv/bin/pytest tests/e2e/test_packages.py --long
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiable.builder.components import documents
from amiable.builder.ssh import SshGuest
from tests.helpers.archive import UNSIGNED, mirror, package
from tests.helpers.components import ended, said
from tests.helpers.guest import launch
from tests.helpers.server import Account, Server

pytestmark = pytest.mark.timeout(3600)  # installing takes minutes without KVM
DOCUMENTS = documents()
LAMP = ("apache2", "libapache2-mod-php", "mariadb-server", "php-mysql")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return server.account("packages")


@pytest.fixture(scope="module")
def source(long: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an archive with all the packages."""
    with mirror(tmp_path_factory.mktemp("mirror") / "archive", *LAMP, "podman") as url:
        yield url


def test_they_install_serve_and_may_run_again(
    source: str, account: Account, debian_ami: str, tmp_path: Path
) -> None:
    guest = launch(account, debian_ami, 22, 80, user="debian", InstanceType="t3.small").until_ssh()
    guest.ssh("sudo tee /etc/apt/apt.conf.d/99unsigned", data=UNSIGNED.encode())
    with SshGuest(guest.address, guest.user, guest.key.read_text()) as over:

        def runs(name: str, *phases: str, **parameters: str) -> None:
            lines: list[str] = []
            begun = time.monotonic()
            outcome = ended(DOCUMENTS[name], over, lines, phases, lambda port: guest.address, **parameters)
            print(f"{name} {' '.join(phases)}: {time.monotonic() - begun:.0f} s")
            assert said(outcome) == "success", lines

        runs("package-source", "build", Proxy=source)
        runs("lamp")
        runs("podman")
        runs("apache")
        listening = guest.ssh("ss -Hltn | awk '{print $4}'").split()
        assert not [one for one in listening if one.endswith(":3306")]
        assert "Server: Apache\r" in guest.ssh("curl -sI http://127.0.0.1/")
        assert guest.ssh("systemctl is-enabled apache2 mariadb").split() == ["enabled"] * 2

        guest.ssh("cat >old.deb && sudo dpkg -i old.deb", data=package(tmp_path, "old", "1").read_bytes())
        boot = over.boot_id()
        runs("update-os")
        assert over.boot_id() != boot
        for name in ("lamp", "podman", "apache"):
            runs(name, "test")
        runs("http-smoke-test", contains="Apache", outside="true")
        runs("lamp", "build", "validate")
    guest.terminate()


def test_the_lamp_product_is_built_by_its_pipeline(
    source: str, account: Account, debian_ami: str, tmp_path: Path
) -> None:
    """share/lamp.yaml as it is, but for where packages come from."""
    recipe = tmp_path / "lamp.yaml"
    text = (ROOT / "share/lamp.yaml").read_text().replace("../src", f"{ROOT}/src")
    text = text.replace("base: debian-12", f"base: {debian_ami}")
    unsigned = json.dumps(f"printf '%s' '{UNSIGNED}' >/etc/apt/apt.conf.d/99unsigned")
    before = [
        f"  - {{name: unsigned, run: {unsigned}}}\n",
        f'  - {{use: package-source, parameters: {{Proxy: "{source}"}}}}\n',
    ]
    recipe.write_text(text.replace("components:\n", "components:\n" + "".join(before)))
    done = subprocess.run(
        ["amiable", "build", str(recipe), "--json"],
        env=account.environment(), capture_output=True, text=True, timeout=1500, check=False,
    )  # fmt: skip
    print(done.stderr)
    assert done.returncode == 0, done.stderr[-3000:]
    (built,) = json.loads(done.stdout)
    assert built["State"] == "AVAILABLE"
    assert "80 answers from outside as it must" in done.stderr
