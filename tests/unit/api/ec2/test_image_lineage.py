"""Watermarks and ancestry: what an image hands on, and where it comes from."""

from datetime import timedelta

from amiable.model.instance import Instance
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image


def keys(api: Api, image_id: str) -> list[str]:
    (image,) = api("DescribeImages", ImageIds=[image_id])["Images"]
    return [mark["WatermarkKey"] for mark in image["ImageWatermarks"]]


def launched(api: Api, image_id: str) -> str:
    """An instance of an image, as if it ran by now."""
    answer = api("RunInstances", ImageId=image_id, MinCount=1, MaxCount=1)
    instance_id = str(answer["Instances"][0]["InstanceId"])
    with api.database.write() as session:
        session.get_one(Instance, instance_id).state = "running"
    return instance_id


def test_watermarks_go_on_to_what_is_made_of_an_image(api: Api) -> None:
    source = add_image(api, "source")
    key = api("AttachImageWatermark", ImageId=source.id, WatermarkName="approved")["WatermarkKey"]
    assert key == f"{api.account_id}:approved"
    api("AttachImageWatermark", ImageId=source.id, WatermarkName="approved")
    made = api("CreateImage", InstanceId=launched(api, source.id), Name="made")["ImageId"]
    copy = api("CopyImage", SourceImageId=source.id, SourceRegion=api.region, Name="copy")["ImageId"]
    assert keys(api, source.id) == keys(api, made) == keys(api, copy) == [key]
    (image,) = api("DescribeImages", ImageIds=[made])["Images"]
    (mark,) = image["ImageWatermarks"]
    assert (mark["SourceImageId"], mark["SourceImageRegion"]) == (source.id, api.region)
    assert mark["WatermarkCreationTime"] >= mark["SourceImageCreationTime"] == source.created_at
    assert api("DetachImageWatermark", ImageId=source.id, WatermarkKey=key) == {"Return": True}
    api("DetachImageWatermark", ImageId=source.id, WatermarkKey=key)
    assert (keys(api, source.id), keys(api, made)) == ([], [key])
    found = api("DescribeImages", Filters=filters(image_watermark__watermark_key="*:approved"))["Images"]
    assert {one["ImageId"] for one in found} == {made, copy}


def test_refused_watermarks(api: Api) -> None:
    public, private = add_image(api, "public", "all").id, add_image(api, "private").id
    with refused("OperationNotPermitted", "public"):
        api("AttachImageWatermark", ImageId=public, WatermarkName="approved")
    for name in ("no", "new\nline", "x" * 129, "a:b:c"):
        with refused("InvalidParameterValue"):
            api("AttachImageWatermark", ImageId=private, WatermarkName=name)
    with refused("InvalidParameterValue"):
        api("DetachImageWatermark", ImageId=private, WatermarkKey="approved")
    with refused("AuthFailure"):
        api.other_account()("AttachImageWatermark", ImageId=public, WatermarkName="approved")


def test_ancestry_leads_back_to_the_root_over_images_that_are_gone(api: Api) -> None:
    provider = api.other_account()
    hidden = add_image(provider, "hidden").id
    base = add_image(provider, "base", "all", owner_alias="amazon", source_image_id=hidden).id
    first = add_image(api, "first", source_image_id=base, source_image_region=api.region)
    second = add_image(api, "second", source_image_id=first.id, source_image_region=api.region)
    api("DeregisterImage", ImageId=first.id)
    entries = api("GetImageAncestry", ImageId=second.id)["ImageAncestryEntries"]
    assert [entry["ImageId"] for entry in entries] == [second.id, first.id, base]
    assert entries[0]["CreationDate"] == second.created_at
    assert entries[1]["SourceImageId"] == base
    assert (entries[2]["ImageOwnerAlias"], "SourceImageId" in entries[2]) == ("amazon", False)
    with refused("InvalidAMIID.NotFound"):
        provider("GetImageAncestry", ImageId=second.id)


def test_ancestry_has_fifty_entries_at_most(api: Api) -> None:
    image = add_image(api, "image-0")
    for number in range(1, 52):
        image = add_image(api, f"image-{number}", source_image_id=image.id)
    assert len(api("GetImageAncestry", ImageId=image.id)["ImageAncestryEntries"]) == 50


def test_an_instance_knows_its_image_when_it_is_gone(api: Api) -> None:
    publisher = api.other_account()
    image = add_image(publisher, "theirs", api.account_id)
    instance_id = launched(api, image.id)
    publisher("DeregisterImage", ImageId=image.id)
    (row,) = api("DescribeInstanceImageMetadata", InstanceIds=[instance_id])["InstanceImageMetadata"]
    assert row["InstanceId"] == instance_id
    metadata = row["ImageMetadata"]
    assert (metadata["Name"], metadata["State"], metadata["OwnerId"]) == (
        "theirs",
        "deregistered",
        publisher.account_id,
    )
    assert metadata["ImageAllowed"] is True
    api("ReplaceImageCriteriaInAllowedImagesSettings", ImageCriteria=[{"ImageNames": ["other"]}])
    api("EnableAllowedImagesSettings", AllowedImagesSettingsState="enabled")

    def found(**given: str) -> list[str]:
        answer = api("DescribeInstanceImageMetadata", Filters=filters(**given))
        return [one["InstanceId"] for one in answer["InstanceImageMetadata"]]

    assert found(image_allowed="false") == [instance_id]
    assert found(image_allowed="true") == []
    assert found(owner_id=publisher.account_id, instance_state_name="running") == [instance_id]
    assert found(zone_id=row["ZoneId"]) == [instance_id]
    assert found(zone_id="nowhere") == []
    with refused("InvalidInstanceID.NotFound"):
        publisher("DescribeInstanceImageMetadata", InstanceIds=[instance_id])
    assert publisher("DescribeInstanceImageMetadata")["InstanceImageMetadata"] == []


def test_deprecation_shows_at_the_instance(api: Api) -> None:
    image = add_image(api, "old")
    instance_id = launched(api, image.id)
    moment = image.created_at + timedelta(days=2)
    api("EnableImageDeprecation", ImageId=image.id, DeprecateAt=moment)
    (row,) = api("DescribeInstanceImageMetadata", InstanceIds=[instance_id])["InstanceImageMetadata"]
    assert row["ImageMetadata"]["DeprecationTime"].startswith(f"{moment:%Y-%m-%d}")
