"""Rules of the recycle bin: what they may say, and what a lock forbids."""

from typing import Any

import pytest
from sqlalchemy import update

from amiable.core import clock
from amiable.model.recycle_rule import RecycleRule
from amiable.protocol.faults import Fault
from tests.helpers.api import Api, new_api, refused

TAG = [{"ResourceTagKey": "stage", "ResourceTagValue": "test"}]
LOCK = {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}


def create(api: Api, kind: str = "EC2_IMAGE", **request: Any) -> dict[str, Any]:
    period = {"RetentionPeriodValue": 5, "RetentionPeriodUnit": "DAYS"}
    return api("CreateRule", "rbin", ResourceType=kind, RetentionPeriod=period, **request)


@pytest.mark.parametrize(
    "request_",
    [
        {"ResourceTags": TAG, "ExcludeResourceTags": TAG},
        {"ResourceTags": TAG, "LockConfiguration": LOCK},
        {"ExcludeResourceTags": TAG, "LockConfiguration": LOCK},
        {"Tags": [{"Key": "aws:x", "Value": ""}]},
    ],
)
def test_refused_rules(api: Api, request_: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        create(api, **request_)
    assert (caught.value.code, caught.value.members) == (
        "ValidationException",
        {"Reason": "INVALID_PARAMETER_VALUE"},
    )


def test_rules_for_volumes_are_refused_in_plain_words(api: Api) -> None:
    with refused("UnsupportedOperation", "volumes do not go to the recycle bin"):
        create(api, "EBS_VOLUME")
    assert api("ListRules", "rbin", ResourceType="EBS_VOLUME") == {"Rules": []}


def test_the_quota(api: Api) -> None:
    few = new_api(api.database, quotas={"recycle-rules": "1"})
    create(few)
    with refused("ServiceQuotaExceededException"):
        create(few)


def test_a_locked_rule_stands_until_its_delay_has_passed(api: Api) -> None:
    rule = create(api, LockConfiguration=LOCK)
    named = {"Identifier": rule["Identifier"]}
    assert (rule["LockState"], rule["LockConfiguration"]) == ("locked", LOCK)
    api("UnlockRule", "rbin", **named)
    found = api("GetRule", "rbin", **named)
    assert (found["LockState"], "LockEndTime" in found) == ("pending_unlock", True)
    for change in ("UpdateRule", "DeleteRule", "UnlockRule"):
        with refused("ConflictException"):
            api(change, "rbin", **named)
    assert api("ListRules", "rbin", ResourceType="EC2_IMAGE", LockState="pending_unlock")["Rules"]
    with api.database.write() as session:
        session.execute(update(RecycleRule).values(lock_ends_at=clock.now()))
    assert api("ListRules", "rbin", ResourceType="EC2_IMAGE", LockState="unlocked")["Rules"]
    updated = api("UpdateRule", "rbin", **named, ResourceTags=TAG)
    assert (updated["ResourceTags"], updated["LockState"]) == (TAG, "unlocked")
    with refused("ValidationException"):
        api("LockRule", "rbin", **named, LockConfiguration=LOCK)
    api("DeleteRule", "rbin", **named)
    with refused("ResourceNotFoundException"):
        api("GetRule", "rbin", **named)


def test_pages_and_tags(api: Api) -> None:
    rules = {create(api)["Identifier"] for _ in range(3)} | {create(api, ResourceTags=TAG)["Identifier"]}
    seen, token = [], {}
    while True:
        answer = api("ListRules", "rbin", ResourceType="EC2_IMAGE", MaxResults=3, **token)
        seen += [rule["Identifier"] for rule in answer["Rules"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert (sorted(seen), len(seen)) == (sorted(rules), 4)
    assert len(api("ListRules", "rbin", ResourceType="EC2_IMAGE", ResourceTags=TAG)["Rules"]) == 1
    arn = answer["Rules"][0]["RuleArn"]
    api("TagResource", "rbin", ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    api("UntagResource", "rbin", ResourceArn=arn, TagKeys=["b"])
    tags = api("ListTagsForResource", "rbin", ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "a", "Value": "1"}]
    assert api("DescribeTags")["Tags"] == [], "rules are no resources of EC2"
    with refused("ResourceNotFoundException"):
        api.other_account()("TagResource", "rbin", ResourceArn=arn, Tags=[])
