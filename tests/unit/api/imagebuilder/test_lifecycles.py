"""Lifecycle policies and state updates, on real rows and by the real story: planned, then done."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from amiable.builder.lifecycle.choice import choose
from amiable.core import clock, ids
from amiable.flows.story import Done, Wait
from amiable.model.image_build import ImageBuild
from amiable.model.instance import Instance
from tests.helpers.api import Api, refused
from tests.helpers.garden import Garden
from tests.helpers.rows import add_instance
from tests.unit.api.examples.builder import POLICY_MEMBERS, SERVICE, lifecycle_policy


@pytest.fixture
def garden(api: Api) -> Garden:
    return Garden(api)


def test_a_build_is_deprecated_disabled_brought_back_and_deleted(garden: Garden) -> None:
    arn, image = garden.built("rose")
    execution = garden.update(arn, "DEPRECATED")
    assert (garden.status(execution), garden.state(arn)) == ("SUCCESS", "DEPRECATED")
    assert (garden.ami(image) or {})["DeprecationTime"]
    shown = garden.api("GetImage", SERVICE, imageBuildVersionArn=arn)["image"]
    assert shown["lifecycleExecutionId"] == execution
    garden.update(arn, "DISABLED")
    assert ((garden.ami(image) or {})["State"], garden.state(arn)) == ("disabled", "DISABLED")
    garden.update(arn, "AVAILABLE")
    found = garden.ami(image) or {}
    assert (found["State"], found.get("DeprecationTime"), garden.state(arn)) == (
        "available",
        None,
        "AVAILABLE",
    )
    with refused("InvalidParameterValueException", "Snapshots"):
        garden.update(arn, "DELETED", includeResources={"snapshots": True})
    snapshot = found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    execution = garden.update(arn, "DELETED", includeResources={"amis": True, "snapshots": True})
    assert (garden.ami(image), garden.state(arn)) == (None, "DELETED")
    assert garden.resources(execution, arn) == [(image, "DELETE", "SUCCESS")]
    assert snapshot not in garden.snapshots()
    with refused("ResourceNotFoundException"):
        garden.update(arn, "AVAILABLE")


def test_it_waits_for_its_time_and_can_be_cancelled(garden: Garden) -> None:
    arn, image = garden.built("rose")
    later = clock.now() + timedelta(hours=1)
    execution = garden.update(arn, "DELETED", updateAt=later)
    (listed,) = garden.api("ListLifecycleExecutions", SERVICE, resourceArn=arn)["lifecycleExecutions"]
    assert listed["state"] == {"status": "PENDING", "reason": f"It acts at {clock.iso(later)}."}
    assert garden.resources(execution) == [(arn, "DELETE", "IN_PROGRESS")], "planned"
    with refused("ResourceInUseException"):
        garden.update(arn, "DISABLED")
    token = {"clientToken": ids.new_uuid()}
    garden.api("CancelLifecycleExecution", SERVICE, lifecycleExecutionId=execution, **token)
    assert isinstance(garden.carry(execution), Done)
    assert (garden.status(execution), garden.state(arn)) == ("CANCELLED", "AVAILABLE")
    assert garden.resources(execution) == [(arn, "DELETE", "SKIPPED")]
    assert garden.ami(image)


def test_a_server_that_dies_between_an_ami_and_its_snapshots(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn, image = garden.built("rose")
    both = {"amis": True, "snapshots": True}
    (snapshot,) = [one["Ebs"]["SnapshotId"] for one in (garden.ami(image) or {})["BlockDeviceMappings"]]
    assert snapshot in garden.snapshots()

    def dies(*given: Any) -> None:
        raise KeyboardInterrupt

    execution = garden.asked(arn, "DELETED", includeResources=both)
    garden.carry(execution, steps=1)
    with monkeypatch.context() as patch:
        patch.setattr(garden.host.cloud, "delete_snapshot", dies)
        with pytest.raises(KeyboardInterrupt):
            garden.carry(execution)
    assert garden.ami(image) is None
    assert isinstance(garden.carry(execution), Done)
    assert garden.status(execution) == "SUCCESS"
    assert snapshot not in garden.snapshots()


def test_what_is_kept_back(garden: Garden) -> None:
    """Exclusions, protection, and an AMI that another build has too."""
    arn, image = garden.built("rose")
    again, _ = garden.built("rose2", image=image)
    execution = garden.update(arn, "DELETED")
    assert garden.resources(execution, arn) == [(image, "DELETE", "SKIPPED")]
    assert (garden.state(arn), bool(garden.ami(image))) == ("DELETED", True)
    garden.api("CreateTags", Resources=[image], Tags=[{"Key": "keep", "Value": "yes"}])
    friend = garden.api.other_account().account_id
    grant = {"Add": [{"UserId": friend}]}
    garden.api("ModifyImageAttribute", ImageId=image, LaunchPermission=grant)
    for rules in (
        {"tagMap": {"keep": "yes"}},
        {"regions": [garden.api.region]},
        {"sharedAccounts": [friend]},
    ):
        garden.update(again, "DISABLED", exclusionRules={"amis": rules})
        assert garden.state(again) == "AVAILABLE", rules
    garden.api("EnableImageDeregistrationProtection", ImageId=image)
    execution = garden.update(again, "DELETED", exclusionRules={"amis": {"isPublic": True}})
    assert garden.status(execution) == "FAILED"
    assert garden.state(again) == "AVAILABLE"
    assert garden.resources(execution, again) == [(image, "DELETE", "FAILED")]


@dataclass
class Hands:
    """The clock's hands."""

    patch: pytest.MonkeyPatch

    def on(self, **hours: float) -> None:
        """Put the clock forward."""
        moment = clock.now() + timedelta(**hours)
        self.patch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


CHOSEN = {"stage": "test"}
"""Tags that the policy of the examples selects by."""
ROSES = {"recipes": [{"name": "rose", "semanticVersion": "1.x.x"}]}


def test_a_policy_runs_daily_and_shows_its_plan_an_hour_before(garden: Garden, hands: Hands) -> None:
    old, _ = garden.built("rose", 9)
    other, _ = garden.built("tulip", 9)
    policy = lifecycle_policy(garden.api, resourceSelection=ROSES)
    (execution,) = garden.plan_policies()
    assert garden.resources(execution) == [(old, "DEPRECATE", "IN_PROGRESS")]
    assert (garden.status(execution), garden.state(old)) == ("PENDING", "AVAILABLE")
    hands.on(minutes=59)
    assert isinstance(garden.carry(execution), Wait)
    hands.on(minutes=2)
    assert isinstance(garden.carry(execution), Done)
    assert garden.status(execution) == "SUCCESS"
    assert garden.resources(execution) == [(old, "DEPRECATE", "SUCCESS")]
    assert (garden.state(old), garden.state(other)) == ("DEPRECATED", "AVAILABLE")
    assert garden.plan_policies() == []
    hands.on(hours=25)
    (execution,) = garden.plan_policies()
    assert garden.resources(execution) == [], "it is deprecated already"
    newest_first = garden.api("ListLifecycleExecutions", SERVICE, resourceArn=policy)["lifecycleExecutions"]
    impacts = [one["resourcesImpactedSummary"]["hasImpactedResources"] for one in newest_first]
    assert impacts == [False, True]
    shown = garden.api("GetLifecyclePolicy", SERVICE, lifecyclePolicyArn=policy)["lifecyclePolicy"]
    assert shown["dateLastRun"]


def test_only_what_was_shown_is_done(garden: Garden, hands: Hands) -> None:
    old, _ = garden.built("rose", 9, tags=CHOSEN)
    kept, _ = garden.built("tulip", 9, tags=CHOSEN)
    lifecycle_policy(garden.api)
    (execution,) = garden.plan_policies()
    assert len(garden.resources(execution)) == 2
    late, _ = garden.built("lily", 9, tags=CHOSEN)
    garden.update(kept, "DISABLED")
    hands.on(minutes=61)
    garden.carry(execution)
    assert [garden.state(arn) for arn in (old, kept, late)] == ["DEPRECATED", "DISABLED", "AVAILABLE"]


def test_a_change_of_the_policy_takes_its_plan_back(garden: Garden, hands: Hands) -> None:
    old, _ = garden.built("rose", 9)
    policy = lifecycle_policy(garden.api, resourceSelection=ROSES)
    (first,) = garden.plan_policies()
    hands.on(minutes=1)
    shown = garden.api("GetLifecyclePolicy", SERVICE, lifecyclePolicyArn=policy)["lifecyclePolicy"]
    said = {key: shown[key] for key in POLICY_MEMBERS}
    garden.api("UpdateLifecyclePolicy", SERVICE, lifecyclePolicyArn=policy, **said, clientToken="u")
    hands.on(minutes=61)
    assert isinstance(garden.carry(first), Done)
    assert (garden.status(first), garden.state(old)) == ("CANCELLED", "AVAILABLE")
    (second,) = garden.plan_policies()
    garden.api("DeleteLifecyclePolicy", SERVICE, lifecyclePolicyArn=policy)
    hands.on(minutes=61)
    garden.carry(second)
    assert (garden.status(second), garden.state(old)) == ("CANCELLED", "AVAILABLE")


def test_amis_in_use_are_kept_if_a_policy_says_so(garden: Garden, hands: Hands) -> None:
    api = garden.api
    free, _ = garden.built("rose", 9, tags=CHOSEN)
    running, of_instance = garden.built("tulip", 9, tags=CHOSEN)
    behind, of_template = garden.built("lily", 9, tags=CHOSEN)
    (group,) = api("DescribeSecurityGroups")["SecurityGroups"]
    instance = add_instance(api, group["GroupId"])
    with api.database.write() as session:
        session.get_one(Instance, instance.id).image_id = of_instance
    named = {"LaunchTemplateName": "web"}
    template = api("CreateLaunchTemplate", **named, LaunchTemplateData={"ImageId": of_template})
    api("CreateLaunchTemplateVersion", **named, LaunchTemplateData={"ImageId": "ami-12345678"})
    delete = {"type": "DELETE", "includeResources": {"amis": True}}
    details = [{"action": delete, "filter": {"type": "AGE", "value": 1, "unit": "DAYS"}}]
    lifecycle_policy(api, policyDetails=details, tags={"amiable-keep-used": ""})
    (execution,) = garden.plan_policies()
    hands.on(minutes=61)
    garden.carry(execution)
    assert [garden.state(arn) for arn in (free, running, behind)] == ["DELETED", "AVAILABLE", "AVAILABLE"]
    asked = {"lifecycleExecutionId": execution, "parentResourceId": behind}
    (ami,) = api("ListLifecycleExecutionResources", SERVICE, **asked)["resources"]
    assert ami["state"]["reason"] == f"It is used by {template['LaunchTemplate']['LaunchTemplateId']}."


def test_age_count_and_what_is_retained() -> None:
    now = clock.now()

    def builds(*days: int) -> list[ImageBuild]:
        return [
            ImageBuild(
                id=f"{n}",
                slug="s",
                state="AVAILABLE",
                tags={"n": str(n)},
                created_at=now - timedelta(days=day),
            )
            for n, day in enumerate(days)
        ]

    def chosen(*details: dict[str, Any]) -> dict[str, str]:
        return {one.build.id: one.action for one in choose(builds(1, 40, 80, 120), details, now)}

    def detail(action: str, exclude: dict[str, str] | None = None, **filter_: Any) -> dict[str, Any]:
        rules = {"tagMap": exclude} if exclude else {}
        return {"action": {"type": action}, "filter": filter_, "exclusionRules": rules}

    month = {"type": "AGE", "value": 1, "unit": "MONTHS"}
    assert chosen(detail("DELETE", type="COUNT", value=3)) == {"3": "DELETE"}
    assert chosen(detail("DELETE", {"n": "3"}, type="COUNT", value=2)) == {"2": "DELETE"}
    assert chosen(detail("DELETE", **month, retainAtLeast=2)) == {"2": "DELETE", "3": "DELETE"}
    assert chosen(detail("DISABLE", **month, retainAtLeast=3)) == {"3": "DISABLE"}
    assert chosen(detail("DEPRECATE", **month), detail("DELETE", type="COUNT", value=3)) == {
        "1": "DEPRECATE",
        "2": "DEPRECATE",
        "3": "DELETE",
    }


def test_what_a_policy_cannot_say(api: Api) -> None:
    age = {"type": "AGE", "value": 1, "unit": "DAYS"}
    for action, filter_ in (
        ({"type": "DISABLE"}, {"type": "COUNT", "value": 1}),
        ({"type": "DELETE"}, {"type": "AGE", "value": 1}),
        ({"type": "DELETE"}, {**age, "value": 1001}),
        ({"type": "DELETE", "includeResources": {"snapshots": True}}, age),
        ({"type": "DELETE"}, {"type": "COUNT", "value": 1, "retainAtLeast": 1}),
    ):
        with refused("InvalidParameterValueException"):
            lifecycle_policy(api, policyDetails=[{"action": action, "filter": filter_}])
    with refused("InvalidRequestException", "containers"):
        lifecycle_policy(api, resourceType="CONTAINER_IMAGE")
