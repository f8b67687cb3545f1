"""A little archive of Debian packages, and a namespace that plays the internet where it answers over HTTP.

The packages are fetched once by this machine's apt, for the test image debian-12 as it is: those that are
asked for and what they need that the image does not have. The archive has the suites that the image's sources
name; it is not signed. The server is a proxy too: asked for any host's /debian, it answers with its own.
"""

import contextlib
import fcntl
import hashlib
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from amiable.compute.base import debian, disk, tree
from amiable.compute.net.inside import run_inside
from amiable.core import proc
from tests.helpers.debian import debian_image
from tests.helpers.tiny import DAY, FOLDER

SUITES = {"debian": ("bookworm", "bookworm-updates"), "debian-security": ("bookworm-security",)}
FULL = SUITES["debian"][0]
PORT = 3142
UNSIGNED = 'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n'
"""What apt has to be told, in /etc/apt/apt.conf.d, to take packages from here."""


def archive(*packages: str) -> Path:
    """The folder of an archive with these packages; kept for as long as the image is the same."""
    image = debian_image()
    key = hashlib.sha256(repr((image.name, sorted(packages))).encode()).hexdigest()[:16]
    folder = FOLDER / f"archive-{key}"
    with (FOLDER / "archive.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in FOLDER.glob("archive-*"):
                if time.time() - old.stat().st_mtime > DAY:  # no other run can be using it
                    shutil.rmtree(old)
            part = FOLDER / "archive.part"
            shutil.rmtree(part, ignore_errors=True)
            _fetch(packages, _status(image), part / "debian/pool")
            index(part)
            part.rename(folder)
    return folder


def _status(image: Path) -> bytes:
    """dpkg's list of what is installed in an image."""
    offset = disk.layout(128)[2].start * disk.MIB
    return proc.run(["debugfs", "-R", "cat /var/lib/dpkg/status", f"{image}?offset={offset}"]).stdout


def _fetch(packages: tuple[str, ...], status: bytes, pool: Path) -> None:
    """Download the packages that are missing where dpkg's status is this."""
    pool.mkdir(parents=True)
    work = pool / "work"
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    (work / "status").write_bytes(status)
    (work / "sources.list").write_text("\n".join(tree.sources(debian.RECIPE.release, tree.ARCHIVE)) + "\n")
    apt = [
        "apt-get", "-qq", "-o", f"Dir::State={work}", "-o", f"Dir::State::status={work}/status",
        "-o", f"Dir::Cache={work}/cache", "-o", f"Dir::Etc::sourcelist={work}/sources.list",
        "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Sandbox::User=root", "-o", "APT::Architecture=amd64",
        "-o", "Debug::NoLocking=true",
    ]  # fmt: skip
    proc.run([*apt, "update"], timeout=600)
    install = ["install", "--download-only", "--yes", "--no-install-recommends", *packages]
    proc.run([*apt, *install], timeout=600)
    for package in (work / "cache/archives").glob("*.deb"):
        package.rename(pool / package.name)
    shutil.rmtree(work)


def index(folder: Path) -> None:
    """Write the lists of an archive: its packages are in the first suite, the others are empty."""
    stanzas = []
    for package in sorted((folder / "debian/pool").glob("*.deb")):
        data = package.read_bytes()
        fields = proc.run(["dpkg-deb", "--field", package]).text.strip()
        stanzas.append(
            f"{fields}\nFilename: pool/{package.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
    for top, suites in SUITES.items():
        for suite in suites:
            listed = "\n".join(stanzas) if suite == FULL else ""
            _suite(folder / top / "dists" / suite, suite, listed.encode())


def _suite(folder: Path, suite: str, packages: bytes) -> None:
    place = "main/binary-amd64/Packages"
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_bytes(packages)
    (folder / "Release").write_text(
        f"Suite: {suite}\nCodename: {suite}\nArchitectures: amd64\nComponents: main\n"
        f"Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n"
        f" {hashlib.sha256(packages).hexdigest()} {len(packages)} {place}\n"
    )


def package(folder: Path, name: str, version: str, needs: str = "", after: str = "") -> Path:
    """A package of no content, put into a folder; `after` is what its installation runs."""
    root = folder / name
    (root / "DEBIAN").mkdir(parents=True)
    control = {"Package": name, "Version": version, "Architecture": "all", "Maintainer": "nobody"}
    control |= {"Depends": needs} if needs else {}
    lines = [f"{key}: {value}" for key, value in control.items()]
    (root / "DEBIAN/control").write_text("\n".join([*lines, "Description: for tests", ""]))
    (root / "DEBIAN/postinst").write_text(f"#!/bin/sh\n{after}\n")
    (root / "DEBIAN/postinst").chmod(0o755)
    made = folder / f"{name}_{version}_all.deb"
    proc.run(["dpkg-deb", "--build", "--root-owner-group", root, made])
    shutil.rmtree(root)
    return made


class _Handler(SimpleHTTPRequestHandler):
    """Files of a folder; a proxy's address of any host is its path."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        return super().translate_path(urlsplit(path).path)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def internet(folder: Path) -> Iterator[str]:
    """A namespace that this machine has a route to, with the folder behind HTTP; the URL of the server."""
    routes = proc.run(["ip", "-4", "route"]).text
    while f"203.0.113.{(number := secrets.randbelow(63) * 4)}/30" in routes:
        pass
    name, link = f"internet-{number}", f"internet{number}"
    here, there = f"203.0.113.{number + 1}", f"203.0.113.{number + 2}"
    proc.run(["ip", "netns", "add", name])
    try:
        proc.run(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name])
        proc.run(["ip", "addr", "add", f"{here}/30", "dev", link])
        proc.run(["ip", "link", "set", link, "up"])
        lines = (
            f"addr add {there}/30 dev eth0\nlink set eth0 up\nlink set lo up\nroute add default via {here}\n"
        )
        proc.run(["ip", "-n", name, "-batch", "-"], input=lines.encode())
        handler = partial(_Handler, directory=str(folder))
        server = run_inside(name, lambda: ThreadingHTTPServer((there, PORT), handler))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{there}:{PORT}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
    finally:
        proc.run(["ip", "netns", "del", name])


@contextlib.contextmanager
def mirror(folder: Path, *packages: str) -> Iterator[str]:
    """The URL of an archive with these packages, and with a newer `old` (`package(…, "old", "1")`).

    The newer one needs a package `new` and asks for a reboot.
    """
    pool = folder / "debian/pool"
    shutil.copytree(archive(*packages) / "debian/pool", pool)
    package(pool, "old", "2", needs="new", after="touch /run/reboot-required")
    package(pool, "new", "1")
    index(folder)
    with internet(folder) as url:
        yield url
