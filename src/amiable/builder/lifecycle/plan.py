"""The plan of a lifecycle execution: each build with its action, and each of its AMIs.

An AMI is left alone if a rule excludes it, if it is another account's, or if it is also the image of a build
that the plan leaves alone (a build for which nothing had changed has the image of the one before). A build of
which a rule excludes an AMI keeps its state: it still has an image. A policy with the tag `amiable-keep-used`
excludes AMIs that instances or launch templates use, beside what its rules exclude.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amiable.builder.cloud import Cloud, Image, Where
from amiable.builder.lifecycle.choice import Chosen, Item, choose, hits, selected, span
from amiable.core import clock
from amiable.model.image_build import ImageBuild, LifecycleExecution

Resource = dict[str, Any]
ACTIONS = {"AVAILABLE": "AVAILABLE", "DEPRECATED": "DEPRECATE", "DISABLED": "DISABLE", "DELETED": "DELETE"}
"""State of a build → the action that leads there."""
KEEP_USED = "amiable-keep-used"
"""The tag of a policy, whatever its value; also what it is called among the rules of exclusion."""


def builds_of(session: Session, execution: LifecycleExecution) -> list[ImageBuild]:
    """All builds of the account in the region that are still known."""
    query = select(ImageBuild).where(
        ImageBuild.account_id == execution.account_id,
        ImageBuild.region == execution.region,
        ImageBuild.state != "DELETED",
    )
    return list(session.scalars(query))


def chosen_of(execution: LifecycleExecution, builds: list[ImageBuild]) -> list[Chosen]:
    """The builds that an execution acts on."""
    asked = execution.request
    if "policyDetails" in asked:
        chosen = choose(selected(builds, asked["resourceSelection"]), asked["policyDetails"], clock.now())
        kept = {KEEP_USED: asked.get(KEEP_USED, False)}
        return [replace(one, exclude={**one.exclude, **kept}) for one in chosen]
    exclude = (asked.get("exclusionRules") or {}).get("amis") or {}
    return [
        Chosen(build, ACTIONS[asked["state"]], "asked for", asked.get("includeResources") or {}, exclude)
        for build in builds
        if build.arn == execution.subject_arn
    ]


def planned(cloud: Cloud, all_builds: list[ImageBuild], chosen: list[Chosen]) -> list[Resource]:
    """The resources of an execution, as ListLifecycleExecutionResources shows them, with `amis`."""
    return [_resource(cloud, all_builds, chosen, one) for one in chosen]


def _resource(cloud: Cloud, all_builds: list[ImageBuild], chosen: list[Chosen], one: Chosen) -> Resource:
    build = one.build
    alike = {other.build.id for other in chosen if other.action == one.action}
    others = {ami: other.arn for other in all_builds if other.id not in alike for ami in _images(other)}
    shape: Resource = {
        "buildId": build.id,
        "resourceId": build.arn,
        "accountId": build.account_id,
        "region": build.region,
        "action": {"name": one.action, "reason": one.reason},
        "state": {"status": "IN_PROGRESS"},
        "amis": [],
    }
    if not one.include.get("amis"):
        return shape
    for ami in build.outputs.get("amis", ()):
        item: Resource = {
            "resourceId": ami["image"],
            "accountId": ami["accountId"],
            "region": ami["region"],
            "action": shape["action"],
            "state": {"status": "IN_PROGRESS"},
        }
        shape["amis"].append(item)
        image = None
        if ami["accountId"] != build.account_id:
            reason: str | None = "It belongs to another account, which decides about it."
        elif ami["image"] in others:
            reason = f"It is also the image of {others[ami['image']]}."
        else:
            where = Where(ami["accountId"], ami["region"])
            image = cloud.image(where, ami["image"])
            reason = next(_exclusions(cloud, where, image, one.exclude), None) if image else "It is gone."
            if image and reason:
                shape["state"] = skipped(f"{image.id} is excluded: {reason}")
        if reason:
            item["state"] = skipped(reason)
        elif image and one.action == "DELETE" and one.include.get("snapshots"):
            item["snapshots"] = [
                {"snapshotId": snapshot, "state": {"status": "IN_PROGRESS"}} for snapshot in image.snapshots
            ]
    return shape


def skipped(reason: str) -> Resource:
    """The state of what is left alone."""
    return {"status": "SKIPPED", "reason": reason}


def _images(build: ImageBuild) -> set[str]:
    known = {ami["image"] for ami in build.outputs.get("amis", ())}
    return known | ({build.image_id} if build.image_id else set())


def _exclusions(cloud: Cloud, where: Where, image: Image, rules: Item) -> Iterator[str]:
    """Why rules exclude an AMI. One that was never launched has no last launch."""
    if rules.get("isPublic") and image.public:
        yield "It is public."
    if where.region in (rules.get("regions") or ()):
        yield f"It is in {where.region}."
    if hits(image.tags, rules.get("tagMap")):
        yield "It has an excluded tag."
    last = rules.get("lastLaunched")
    if last and image.launched_at and image.launched_at > clock.now() - span(last):
        yield f"It was launched {image.launched_at:%Y-%m-%d}."
    accounts = set(rules.get("sharedAccounts") or ())
    if accounts and (shared := accounts & cloud.shared_with(where, image.id)):
        yield f"It is shared with {', '.join(sorted(shared))}."
    if rules.get(KEEP_USED) and (users := cloud.users_of(where, image.id)):
        yield f"It is used by {', '.join(users)}."
