"""ARNs of Image Builder, and the versions in them.

    arn:aws:imagebuilder:<region>:<account>:<kind>/<slug>                  configurations, pipelines, policies
    arn:aws:imagebuilder:<region>:<account>:<kind>/<slug>/<x.y.z>          recipes; the newest build of others
    arn:aws:imagebuilder:<region>:<account>:<kind>/<slug>/<x.y.z>/<build>  components, workflows, images
    arn:aws:imagebuilder:<region>:aws:<kind>/…                             what amiable ships

A part of a version may be `x`, for any, if all parts to its right are: `1.x.x`, never `x.2.x`. A workflow's
slug has its type before it: `workflow/build/my-workflow/1.0.0`. A version is found by its numbers and shown
as it was written: 2026.01.31 and 2026.1.31 are the same one.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from amiable.api.imagebuilder.faults import invalid
from amiable.model.account import AMAZON
from amiable.protocol.faults import Fault

SHIPPED = "aws"
"""The account in ARNs of what amiable ships; its rows belong to the built-in account."""
MOST = 2**30 - 1

_NAME = re.compile(r"[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]")
_ARN = re.compile(
    r"arn:aws(?:-[a-z-]+)?:imagebuilder:(?P<region>[a-z0-9-]+):(?P<owner>\d{12}|aws(?:-[a-z-]+)?|third-party)"
    r":(?P<kind>component|image-recipe|infrastructure-configuration|distribution-configuration|image-pipeline"
    r"|lifecycle-policy|image|workflow/(?:build|test|distribution))"
    r"/(?P<slug>[a-z0-9-_]+)(?:/(?P<version>[0-9x]+\.[0-9x]+\.[0-9x]+)(?:/(?P<build>\d{1,9}))?)?"
)

Parts = tuple[int | None, int | None, int | None]
"""major, minor, patch; None for x."""


@dataclass(frozen=True)
class Arn:
    """An ARN in its parts; `kind` without a workflow's type, which is part of the slug."""

    region: str
    owner: str
    kind: str
    slug: str
    version: Parts | None
    build: int | None

    def covers(self, slug: str, *numbers: int | None) -> bool:
        """Whether it names this version; x, and an ARN without a version, name any."""
        return slug == self.slug and all(
            part in (None, number) for part, number in zip(self.version or (), numbers, strict=False)
        )


def slug_of(name: str) -> str:
    """A name as ARNs spell it. Raises InvalidParameterValueException."""
    if not _NAME.fullmatch(name):
        raise invalid(f"The name '{name}' must have 3 to 128 letters, digits, spaces, - and _.")
    return name.lower().replace(" ", "-")


def parse_version(text: str, *, wildcards: bool = False) -> Parts:
    """`1.2.3` or, where allowed, `1.2.x`. Raises InvalidVersionNumberException."""
    parts = text.split(".")
    if len(parts) == 3 and all(part == "x" or re.fullmatch(r"\d{1,10}", part) for part in parts):
        numbers = tuple(None if part == "x" else int(part) for part in parts)
        good = all(number is None or number <= MOST for number in numbers)
        rightmost = all(later is None for first, later in pairwise(numbers) if first is None)
        if good and rightmost and (wildcards or None not in numbers):
            return numbers[0], numbers[1], numbers[2]
    example = "1.0.0 or 1.0.x" if wildcards else "1.0.0"
    raise Fault("InvalidVersionNumberException", f"'{text}' is not a version such as {example}.")


def parse(arn: str, *kinds: str) -> Arn:
    """The parts of an ARN of one of these kinds. Raises InvalidParameterValueException."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise invalid(f"'{arn}' is not an ARN of Image Builder.")
    kind, _, type_ = found["kind"].partition("/")
    if kind not in kinds:
        raise invalid(f"'{arn}' is the ARN of a {kind}; expected: {', '.join(kinds)}.")
    slug = f"{type_}/{found['slug']}" if type_ else found["slug"]
    version = parse_version(found["version"], wildcards=True) if found["version"] else None
    build = int(found["build"]) if found["build"] else None
    if version is not None and None in version and build is not None:
        raise invalid(f"'{arn}' names a build of no version.")
    return Arn(found["region"], found["owner"], kind, slug, version, build)


def owner_in_arn(account_id: str, alias: str | None) -> str:
    """What stands for an account in ARNs."""
    return SHIPPED if alias == AMAZON else account_id


def made(
    region: str,
    owner: str,
    kind: str,
    slug: str,
    version: Parts | str | None = None,
    build: int | None = None,
) -> str:
    """An ARN of its parts; a version as text is kept as it is written."""
    arn = f"arn:aws:imagebuilder:{region}:{owner}:{kind}/{slug}"
    if isinstance(version, tuple):
        version = ".".join("x" if part is None else str(part) for part in version)
    if version is not None:
        arn += f"/{version}"
    return arn if build is None else f"{arn}/{build}"


def latest_references(arn: str) -> dict[str, str]:
    """`latestVersionReferences` of a versioned resource: ARNs that follow newer versions."""
    found = parse(arn, "component", "image-recipe", "workflow", "image")
    assert found.version is not None
    major, minor, _ = found.version

    def with_version(version: Parts) -> str:
        return made(found.region, found.owner, found.kind, found.slug, version)

    return {
        "latestVersionArn": with_version((None, None, None)),
        "latestMajorVersionArn": with_version((major, None, None)),
        "latestMinorVersionArn": with_version((major, minor, None)),
        "latestPatchVersionArn": arn if found.build is None else arn.rpartition("/")[0],
    }
