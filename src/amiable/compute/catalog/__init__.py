"""The catalog of public images: one readable file a distribution, `*.toml`, in this folder or the operator's.

    distribution = "Debian"

    [[image]]
    name = "debian-12"                      # the image's name; at most 32 letters
    release = "12 (bookworm)"
    user = "debian"                         # who logs in
    size = 8                                # GiB; what a launch gets at least
    parameter = "/aws/service/…/latest/…"   # its public SSM parameter
    recipe = "debian-12"                    # made here of Debian packages (amiable.compute.base)

or, instead of a recipe, where the distributor offers it:

    url = "https://…/disk.qcow2"
    checksum = "sha256:…"                   # of that file, for files that never change; else
    checksums = "https://…/SHA512SUMS"      # the distributor's file of checksums, fetched with it

What is fetched is verified before anything reads it. Only what these files name is ever fetched: a tenant
says which entry, never where from. An entry with `[image.product]` is a paid product of the marketplace.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from amiable.core.errors import InvalidInput, NotFound

SHIPPED = Path(__file__).parent
LONGEST_NAME = 32
RECIPES = ("debian-12", "lamp", "tiny")


@dataclass(frozen=True)
class Offer:
    """The product that an image is sold as; prices in US dollars an hour, by instance type and `default`."""

    name: str
    title: str
    prices: Mapping[str, str]
    terms: str
    description: str = ""
    support: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One image of the catalog. Either `recipe`, or `url` with `checksum` or `checksums`."""

    distribution: str
    name: str
    release: str
    user: str
    size: int
    description: str = ""
    architecture: str = "x86_64"
    boot_mode: str = "legacy-bios"
    free_tier: bool = False
    parameter: str | None = None
    recipe: str | None = None
    url: str | None = None
    checksum: str | None = None
    checksums: str | None = None
    product: Offer | None = None

    @property
    def source(self) -> str:
        """Where it comes from, in a word for people."""
        return self.url or f"recipe {self.recipe}"


@cache
def load(folder: Path) -> Mapping[str, Entry]:
    """The catalog of a folder, by name. Raises InvalidInput, naming file and entry."""
    found: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text())
        except (OSError, ValueError) as wrong:
            raise InvalidInput(f"The catalog file {path} cannot be read: {wrong}.") from wrong
        for row in content.get("image", []):
            entry = _entry(path, content.get("distribution"), row)
            if entry.name in found:
                raise _wrong(path, entry.name, "another entry has that name")
            found[entry.name] = entry
    return found


def entry_named(folder: Path, name: str) -> Entry:
    """One entry. Raises NotFound."""
    try:
        return load(folder)[name]
    except KeyError:
        raise NotFound(f"The catalog has no image {name!r}. See: amiable catalog") from None


def _wrong(path: Path, name: object, what: str) -> InvalidInput:
    return InvalidInput(f"The catalog file {path}, image {name!r}: {what}.")


def _made(kind: Any, path: Path, name: object, row: Mapping[str, Any]) -> Any:
    known = {each.name for each in fields(kind)}
    if unknown := sorted(set(row) - known):
        raise _wrong(path, name, f"{unknown[0]} is not known")
    needed = {
        each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING
    }
    if missing := sorted(needed - set(row)):
        raise _wrong(path, name, f"{missing[0]} is missing")
    return kind(**row)


def _entry(path: Path, distribution: object, row: Mapping[str, Any]) -> Entry:
    name = row.get("name")
    values = {"distribution": distribution, **row}
    if "product" in row:
        values["product"] = _made(Offer, path, name, row["product"])
        if "default" not in values["product"].prices:
            raise _wrong(path, name, "product.prices needs default")
    entry: Entry = _made(Entry, path, name, values)
    if not 3 <= len(entry.name) <= LONGEST_NAME:
        raise _wrong(path, name, f"a name has 3 to {LONGEST_NAME} letters")
    if entry.architecture != "x86_64" or entry.boot_mode not in ("legacy-bios", "uefi"):
        raise _wrong(path, name, "only x86_64 with legacy-bios or uefi can be run")
    if (entry.recipe is None) == (entry.url is None):
        raise _wrong(path, name, "it needs a recipe or a url")
    if entry.recipe is not None and entry.recipe not in RECIPES:
        raise _wrong(path, name, f"recipes are {', '.join(RECIPES)}")
    if entry.url is not None and (entry.checksum is None) == (entry.checksums is None):
        raise _wrong(path, name, "a url needs checksum or checksums")
    if entry.checksums is not None and not entry.checksums.startswith("https://"):
        raise _wrong(path, name, "checksums is an https URL: the image is only as true as this file")
    return entry
