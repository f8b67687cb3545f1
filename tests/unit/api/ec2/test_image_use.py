"""DescribeImageReferences and image usage reports: who stands on an image."""

from datetime import timedelta
from typing import Any

from amiable.core import clock
from amiable.model.parameter import Parameter, ParameterVersion
from amiable.model.retention import forget
from amiable.model.tag import Tag
from amiable.model.task import Task
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image
from tests.unit.api.ec2.test_image_lineage import launched
from tests.unit.api.examples.builder import recipe


def template(api: Api, name: str, image_id: str, newer: int = 0) -> str:
    """A launch template that names the image, and has newer versions that do not."""
    data = {"ImageId": image_id}
    made = api("CreateLaunchTemplate", LaunchTemplateName=name, LaunchTemplateData=data)["LaunchTemplate"]
    for _ in range(newer):
        api(
            "CreateLaunchTemplateVersion",
            LaunchTemplateName=name,
            LaunchTemplateData={"InstanceType": "t3.nano"},
        )
    return str(made["LaunchTemplateId"])


def parameter(api: Api, name: str, *image_ids: str) -> None:
    """A parameter whose versions named these images, the last one now."""
    key = {"account_id": api.account_id, "region": api.region, "name": name}
    with api.database.write() as session:
        session.add(Parameter(**key, type="String", version=len(image_ids), created_at=clock.now()))
        for number, image_id in enumerate(image_ids, 1):
            more = {"value": image_id, "image_id": image_id, "labels": [], "modified_at": clock.now()}
            session.add(ParameterVersion(**key, number=number, **more))


def references(api: Api, image_id: str, *kinds: dict[str, Any]) -> list[str]:
    request = {"ResourceTypes": list(kinds)} if kinds else {"IncludeAllResourceTypes": True}
    answer = api("DescribeImageReferences", ImageIds=[image_id], **request)
    return [
        row["Arn"].split(":", 5)[2] + ":" + row["Arn"].split(":", 5)[5] for row in answer["ImageReferences"]
    ]


def test_references_are_the_callers_own(api: Api) -> None:
    image, other = add_image(api, "web", "all").id, api.other_account()
    instance, fresh = launched(api, image), template(api, "fresh", image, newer=9)
    template(api, "past", image, newer=10)
    parameter(api, "golden", "ami-00000000", image)
    parameter(api, "/past", image, "ami-00000000")
    recipe(api, "web", parentImage=image)
    recipe(api, "of-another", parentImage=add_image(api, "another").id)
    theirs = launched(other, image)
    assert references(api, image) == [
        f"ec2:instance/{instance}",
        f"ec2:launch-template/{fresh}",
        "imagebuilder:image-recipe/web/1.0.0",
        "ssm:parameter/golden",
    ]
    assert references(other, image) == [f"ec2:instance/{theirs}"]
    assert references(api.other_region(), image) == []


def test_options_of_references(api: Api) -> None:
    image = add_image(api).id
    instance, old = launched(api, image), template(api, "old", image, newer=10)

    def option(kind: str, name: str, *values: str) -> dict[str, Any]:
        return {
            "ResourceType": kind,
            "ResourceTypeOptions": [{"OptionName": name, "OptionValues": list(values)}],
        }

    assert references(api, image, option("ec2:LaunchTemplate", "version-depth", "11")) == [
        f"ec2:launch-template/{old}"
    ]
    running = option("ec2:Instance", "state-name", "running", "pending")
    assert references(api, image, running) == [f"ec2:instance/{instance}"]
    assert references(api, image, option("ec2:Instance", "state-name", "stopped")) == []
    for wrong in (
        option("ec2:Instance", "state-name", "asleep"),
        option("ec2:Instance", "version-depth", "1"),
        option("ec2:LaunchTemplate", "version-depth", "0"),
        {"ResourceType": "s3:Bucket"},
    ):
        with refused("InvalidParameterValue"):
            references(api, image, wrong)
    with refused("MissingParameter"):
        api("DescribeImageReferences", ImageIds=[image])
    with refused("InvalidParameterValue"):
        api("DescribeImageReferences", ImageIds=[f"ami-0000000{n:x}" for n in range(11)])


def test_a_report_counts_other_accounts_use(api: Api) -> None:
    image, first, second = add_image(api, "web", "all").id, api.other_account(), api.other_account()
    launched(api, image)
    launched(first, image)
    template(first, "one", image)
    template(first, "two", image)
    launched(second, image)
    kinds = [{"ResourceType": "ec2:Instance"}, {"ResourceType": "ec2:LaunchTemplate"}]
    tags = [{"ResourceType": "image-usage-report", "Tags": [{"Key": "k", "Value": "v"}]}]
    report = api("CreateImageUsageReport", ImageId=image, ResourceTypes=kinds, TagSpecifications=tags)[
        "ReportId"
    ]

    def counts(**given: Any) -> set[tuple[str, str, int]]:
        rows = api("DescribeImageUsageReportEntries", **given)["ImageUsageReportEntries"]
        return {(row["AccountId"], row["ResourceType"], row["UsageCount"]) for row in rows}

    everything = {
        (first.account_id, "ec2:Instance", 1),
        (first.account_id, "ec2:LaunchTemplate", 2),
        (second.account_id, "ec2:Instance", 1),
    }
    assert counts(ReportIds=[report]) == everything
    assert len(counts(Filters=filters(account_id=first.account_id, resource_type="ec2:Inst*"))) == 1
    (shown,) = api("DescribeImageUsageReports", ImageIds=[image])["ImageUsageReports"]
    assert (shown["State"], shown["Tags"]) == ("available", [{"Key": "k", "Value": "v"}])
    assert shown["ExpirationTime"] - shown["CreationTime"] == timedelta(days=30)
    some = api("CreateImageUsageReport", ImageId=image, ResourceTypes=kinds, AccountIds=[second.account_id])
    assert counts(ReportIds=[some["ReportId"]]) == {(second.account_id, "ec2:Instance", 1)}
    api("DeleteImageUsageReport", ReportId=report)
    with refused("InvalidImageUsageReportId.NotFound"):
        counts(ReportIds=[report])
    with refused("AuthFailure"):
        first("CreateImageUsageReport", ImageId=image, ResourceTypes=kinds)
    with refused("InvalidParameterValue"):
        api("CreateImageUsageReport", ImageId=image, ResourceTypes=[{"ResourceType": "ssm:Parameter"}])


def test_a_report_lasts_thirty_days(api: Api) -> None:
    image = add_image(api).id
    kinds = [{"ResourceType": "ec2:Instance"}]
    report = api("CreateImageUsageReport", ImageId=image, ResourceTypes=kinds)["ReportId"]
    api("CreateTags", Resources=[report], Tags=[{"Key": "k", "Value": "v"}])
    with api.database.write() as session:
        task = session.get_one(Task, report)
        task.created_at = task.ended_at = clock.now() - timedelta(days=32)
    assert api("DescribeImageUsageReports")["ImageUsageReports"] == []
    with api.database.write() as session:
        forget(session, clock.now())
    with api.database.read() as session:
        assert session.get(Task, report) is None
        assert session.get(Tag, (report, "k")) is None
