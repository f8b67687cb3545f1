"""What of images an account sees: deprecated, disabled, gone ones; shared tags; the owner's own fields."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from amiable.core import clock
from amiable.model.image import Image
from amiable.model.product_code import ProductCode
from tests.helpers.api import Api, filters, refused
from tests.helpers.images import add_image

YESTERDAY = timedelta(days=-1)


def names(api: Api, **request: Any) -> list[str]:
    return sorted(image["Name"] for image in api("DescribeImages", **request)["Images"])


def test_deprecated_images_are_found_by_their_owner_and_by_id(api: Api) -> None:
    other = api.other_account()
    past, future = clock.now() + YESTERDAY, clock.now() - YESTERDAY
    old = add_image(api, "old", "all", deprecated_at=past)
    add_image(api, "ageing", "all", deprecated_at=future)
    assert names(api) == ["ageing", "old"]
    assert names(other) == ["ageing"]
    assert names(other, IncludeDeprecated=True) == ["ageing", "old"]
    assert names(other, ImageIds=[old.id]) == ["old"]
    assert names(other, Filters=filters(image_id=old.id)) == []


def test_disabled_images_are_found_by_who_asks_for_them(api: Api) -> None:
    image = add_image(api, "off", state="disabled")
    add_image(api, "on")
    assert names(api) == ["on"]
    assert names(api, ImageIds=[image.id]) == []
    assert names(api, IncludeDisabled=True) == ["off", "on"]
    assert names(api, IncludeDisabled=True, Filters=filters(state="disabled")) == ["off"]


def test_a_deregistered_image_is_unavailable_for_who_could_see_it(api: Api) -> None:
    gone, there = add_image(api, "gone").id, add_image(api, "there").id
    api("DeregisterImage", ImageId=gone)
    with refused("InvalidAMIID.Unavailable", gone):
        api("DescribeImages", ImageIds=[gone, there])
    with refused("InvalidAMIID.NotFound", gone):
        api.other_account()("DescribeImages", ImageIds=[gone])


def test_whom_else_an_image_is_shared_with_is_its_owners_to_know(api: Api) -> None:
    first, second = api.other_account(), api.other_account()
    add_image(api, "both", first.account_id, second.account_id)
    assert names(api, ExecutableUsers=[second.account_id]) == ["both"]
    assert names(first, ExecutableUsers=[first.account_id]) == ["both"]
    assert names(first, ExecutableUsers=[second.account_id]) == []
    with refused("InvalidUserID.Malformed"):
        names(api, ExecutableUsers=["everybody"])


def test_tags_of_others_are_hidden_unless_shared(api: Api) -> None:
    image = add_image(api, "tagged", "all").id
    tags = [{"Key": "stage", "Value": "secret"}, {"Key": "ec2:SharedTag/os", "Value": "debian"}]
    api("CreateTags", Resources=[image], Tags=tags)
    other = api.other_account()
    (shown,) = other("DescribeImages", ImageIds=[image])["Images"]
    assert shown["Tags"] == [{"Key": "ec2:SharedTag/os", "Value": "debian"}]
    shared = [{"Name": "tag:ec2:SharedTag/os", "Values": ["deb*"]}]
    assert (names(other, Filters=shared), names(api, Filters=shared)) == (["tagged"], ["tagged"])
    for hidden in ({"tag:stage": "secret"}, {"tag-key": "stage"}, {"tag-value": "secret"}):
        assert names(other, Filters=filters(**hidden)) == []
        assert names(api, Filters=filters(**hidden)) == ["tagged"]
    assert names(other, Filters=filters(**{"tag-key": "ec2:SharedTag/*"})) == ["tagged"]


def test_the_owner_sees_more_of_an_image_than_others(api: Api) -> None:
    image = add_image(
        api,
        "web",
        "all",
        source_instance_id="i-0123456789abcdef0",
        source_image_id="ami-0123456789abcdef0",
        last_launched_at=clock.now(),
        tpm_support="v2.0",
        free_tier_eligible=True,
        public_parameter_name="/aws/service/web",
    )
    (mine,) = api("DescribeImages", ImageIds=[image.id])["Images"]
    (theirs,) = api.other_account()("DescribeImages", ImageIds=[image.id])["Images"]
    assert set(mine) - set(theirs) == {"DeregistrationProtection", "LastLaunchedTime", "SourceInstanceId"}
    assert (theirs["TpmSupport"], theirs["FreeTierEligible"]) == ("v2.0", True)
    assert theirs["PublicSsmParameterName"] == "/aws/service/web"


def test_images_of_products_are_the_marketplaces(api: Api) -> None:
    image = add_image(api, "lamp").id
    terms = {"Title": "T", "HourlyPrices": {"default": "1"}, "Terms": "Pay."}
    product = api("CreateProduct", "amiable", Name=f"lamp-{api.account_id}", ImageIds=[image], **terms)
    (shown,) = api("DescribeImages", Owners=["aws-marketplace"])["Images"]
    assert shown["ImageOwnerAlias"] == "aws-marketplace"
    assert shown["ImageLocation"] == "aws-marketplace/lamp"
    assert shown["ProductCodes"][0]["ProductCodeId"] == product["ProductCode"]
    assert names(api, Filters=filters(manifest_location="aws-marketplace/*")) == ["lamp"]
    add_image(api, "own")
    with api.database.write() as session:
        session.add(ProductCode(resource_id=add_image(api, "derived").id, code="c" * 25))
    assert names(api, Filters=filters(product_code="c" * 25)) == ["derived"]
    assert names(api, Owners=["aws-marketplace"]) == ["lamp"]


def test_a_page_costs_the_same_number_of_questions_whatever_its_length(api: Api) -> None:
    """No question for each image."""
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    event.listen(api.database.engine, "before_cursor_execute", note)
    counts = []
    for number in range(2):
        for other in range(1 + 20 * number):
            add_image(api, f"image-{number}-{other}")
        asked.clear()
        found = api("DescribeImages")["Images"]
        counts.append(len(asked))
        assert len(found) == (1, 22)[number]
    assert counts[0] == counts[1]


def test_a_launch_is_remembered(api: Api) -> None:
    image = add_image(api, "web", "all")
    api.other_account()("RunInstances", ImageId=image.id, MinCount=1, MaxCount=1)
    with api.database.read() as session:
        assert session.get_one(Image, image.id).last_launched_at is not None
