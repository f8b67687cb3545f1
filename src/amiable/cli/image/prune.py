"""`amiable image prune`: deregister old images that nothing needs. Plan, show, then do."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import click
from botocore.exceptions import ClientError

from amiable.cli.aliases import Alias, read_aliases
from amiable.cli.client import client
from amiable.cli.image.retention import Verdict, by_name, by_tag, plan
from amiable.cli.naming import list_images
from amiable.cli.options import json_option
from amiable.cli.output import print_json, print_table
from amiable.core import clock
from amiable.core.errors import InvalidInput

Item = dict[str, Any]
_ALIVE = ["pending", "running", "shutting-down", "stopping", "stopped"]
_TYPES = [
    {
        "ResourceType": "ec2:Instance",
        "ResourceTypeOptions": [{"OptionName": "state-name", "OptionValues": _ALIVE}],
    },
    {
        "ResourceType": "ec2:LaunchTemplate",
        "ResourceTypeOptions": [{"OptionName": "version-depth", "OptionValues": ["10000"]}],
    },
]
_AT_ONCE = 10


@click.command("prune")
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Only images older than this.")
@click.option("--keep", type=click.IntRange(0), metavar="N", help="The newest N of each group stay.")
@click.option(
    "--by", "group", default="name", show_default=True, metavar="name|tag:KEY",
    help="What makes a group for --keep: the name without number or date at its end, or a tag's value.",
)  # fmt: skip
@click.option(
    "--with-snapshots", is_flag=True, help="Delete their snapshots too, unless another image uses them."
)
@click.option("--dry-run", is_flag=True, help="Show the plan only.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def prune(
    older_than: int | None,
    keep: int | None,
    group: str,
    with_snapshots: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Deregister images of yours that are old and that nothing needs.

    An image stays while an instance, a launch template, a parameter, a recipe or the way back of an alias
    names it, while it is shared or public, protected, or the source of one that stays. The plan of --dry-run
    may be of all images; to deregister any, --older-than or --keep says which.
    """
    if older_than is None and keep is None and not dry_run:
        raise click.UsageError("Say which images may go: --older-than DAYS, --keep N, or both.")
    if group != "name" and not group.startswith("tag:"):
        raise InvalidInput(f"--by {group}: use name or tag:KEY.")
    ec2 = client("ec2")
    aliases = read_aliases(client("ssm"))
    images = list_images(ec2, [], ["self"])
    verdicts = plan(
        images,
        uses_of(ec2, images, aliases),
        now=clock.now(),
        older_than=None if older_than is None else timedelta(days=older_than),
        keep=keep,
        group=by_name if group == "name" else by_tag(group.removeprefix("tag:")),
    )
    doomed = [verdict for verdict in verdicts if not verdict.reasons]
    if not as_json:
        print_plan(verdicts)
        click.echo(f"{len(doomed)} of {len(verdicts)} images can go.", err=True)
    if doomed and not dry_run and not yes:
        click.confirm(f"Deregister {len(doomed)} images?", abort=True, err=True)
    done = [] if dry_run else [_deregister(ec2, verdict, aliases, with_snapshots) for verdict in doomed]
    if as_json:
        print_json([*done, *(_item(one) for one in verdicts if dry_run or one.reasons)])
        return
    for item in done:
        click.echo(f"{item['Action']} {item['ImageId']}{_because(item['Reasons'])}")


def uses_of(ec2: Any, images: Sequence[Item], aliases: Sequence[Alias]) -> dict[str, list[str]]:
    """By image id, in words: what names the image, and who else may launch it."""
    found: dict[str, list[str]] = defaultdict(list)
    ids = [image["ImageId"] for image in images]
    for start in range(0, len(ids), _AT_ONCE):
        for image_id, words in _references(ec2, ids[start : start + _AT_ONCE]):
            found[image_id].append(words)
    for alias in aliases:
        if alias.before is not None:
            found[alias.before.image_id].append(f"way back of alias {alias.name}")
    for image in images:
        if image.get("Public"):
            found[image["ImageId"]].append("public")
        elif shared := _shared(ec2, image["ImageId"]):
            found[image["ImageId"]].append(f"shared with {shared}")
    return found


def _references(ec2: Any, image_ids: list[str]) -> Iterator[tuple[str, str]]:
    pages = ec2.get_paginator("describe_image_references").paginate(
        ImageIds=image_ids, IncludeAllResourceTypes=True, ResourceTypes=_TYPES
    )
    for page in pages:
        for reference in page["ImageReferences"]:
            kind, _, name = reference["Arn"].split(":", 5)[5].partition("/")
            words = f"parameter /{name}" if kind == "parameter" else f"{kind.replace('-', ' ')} {name}"
            yield reference["ImageId"], words


def _shared(ec2: Any, image_id: str) -> str:
    answer = ec2.describe_image_attribute(ImageId=image_id, Attribute="launchPermission")
    return ", ".join(sorted(value for row in answer["LaunchPermissions"] for value in row.values()))


def print_plan(verdicts: Sequence[Verdict]) -> None:
    """The table of what goes and what stays."""
    print_table(
        [_item(verdict) for verdict in verdicts],
        [
            ("IMAGE", lambda item: item["ImageId"]),
            ("NAME", lambda item: item["Name"]),
            ("CREATED", lambda item: item["CreationDate"][:10]),
            ("PLAN", lambda item: item["Action"]),
            ("BECAUSE", lambda item: "; ".join(item["Reasons"])),
        ],
        "You have no image.",
    )


def _item(verdict: Verdict) -> Item:
    return {
        "ImageId": verdict.image_id,
        "Name": verdict.image.get("Name"),
        "CreationDate": verdict.image["CreationDate"],
        "Action": "stays" if verdict.reasons else "goes",
        "Reasons": verdict.reasons,
    }


def _deregister(ec2: Any, verdict: Verdict, aliases: Sequence[Alias], with_snapshots: bool) -> Item:
    """Deregister one image, unless its protection or something that has begun to name it forbids that."""
    if reasons := uses_of(ec2, [dict(verdict.image)], aliases).get(verdict.image_id):
        return {**_item(verdict), "Action": "stays", "Reasons": reasons}
    try:
        answer = ec2.deregister_image(ImageId=verdict.image_id, DeleteAssociatedSnapshots=with_snapshots)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "OperationNotPermitted":
            raise
        # The cool-down of its protection: only the refusal tells of it.
        return {**_item(verdict), "Action": "stays", "Reasons": [refused.response["Error"]["Message"]]}
    return {
        **_item(verdict),
        "Action": "deregistered",
        "DeleteSnapshotResults": answer.get("DeleteSnapshotResults", []),
    }


def _because(reasons: Sequence[str]) -> str:
    return f": {'; '.join(reasons)}" if reasons else ""
