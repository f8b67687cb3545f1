"""The product `lamp`: the base image debian-12 with Apache, MariaDB, PHP and a page that reads a database.

Nothing in the image is secret and nothing is shared between two instances: the password of the database is
made at an instance's first start (`files/lamp/usr/lib/lamp/setup`), and again when an image of the instance
is launched. MariaDB listens on this machine only, as Debian configures it.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from amiable.compute.base import debian, disk, tree
from amiable.core import proc

RECIPE = replace(
    debian.RECIPE,
    name="lamp-debian-12",
    packages=(*debian.RECIPE.packages, "apache2", "libapache2-mod-php", "mariadb-server", "php-mysql"),
)
ENABLED = ("apache2.service", "lamp-setup.service", "mariadb.service")
RESIDUE = ("var/www/html/index.html", "var/log/apache2/*", "var/log/mysql/*", "var/lib/php/sessions/*")


def build_lamp(
    out: Path,
    work: Path,
    *,
    size_gib: int = 8,
    progress: Callable[[str, float], None],
    mirror: str | None = None,
) -> disk.BuiltDisk:
    """Make the image at `out`. Arguments and errors as `debian.build_debian`."""
    return debian.build_debian(
        out, work, size_gib=size_gib, progress=progress, mirror=mirror, recipe=RECIPE, further=set_up
    )


def set_up(root: Path) -> None:
    """Add the application to a tree that is Debian already."""
    tree.overlay("lamp", root)
    for pattern in RESIDUE:
        for path in root.glob(pattern):
            path.unlink()
    proc.run(["chroot", root, "systemctl", "enable", *ENABLED])
