"""Products: who may launch what, where codes go, prices, and the report of use."""

from datetime import timedelta
from typing import Any

import pytest

from amiable.api.ec2.subscribed import attach_codes
from amiable.core import clock
from amiable.model.instance import Instance
from amiable.model.product import subscription_of
from amiable.model.product_code import codes_of
from amiable.model.usage import begin_use, end_use, see_use
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image

HOUR = timedelta(hours=1)


def offer(publisher: Api, *grantees: str, **given: Any) -> tuple[str, str]:
    """(product code, image id) of a new product shared with these accounts."""
    image = add_image(publisher, "paid", *grantees)
    request = {"Title": "Paid", "HourlyPrices": {"default": "0.36", "t3.small": "3.6"}, "Terms": "Pay."}
    name = f"paid-{publisher.account_id}"
    answer = publisher("CreateProduct", "amiable", Name=name, ImageIds=[image.id], **(request | given))
    return answer["ProductCode"], image.id


def run(api: Api, image_id: str, kind: str = "t3.micro") -> str:
    answer = api("RunInstances", ImageId=image_id, InstanceType=kind, MinCount=1, MaxCount=1)
    return str(answer["Instances"][0]["InstanceId"])


def report(api: Api, **request: Any) -> list[dict[str, Any]]:
    now = clock.now()
    answer = api("DescribeUsage", "amiable", StartTime=now - 30 * HOUR, EndTime=now + 30 * HOUR, **request)
    return list(answer["Usage"])


def test_only_subscribers_launch(api: Api) -> None:
    code, image_id = offer(api.other_account(), api.account_id)
    with refused(
        "OptInRequired", f"call SubscribeProduct of the service amiable for: Paid (ProductCode {code})"
    ):
        run(api, image_id)
    assert api("DescribeInstances")["Reservations"] == []
    with refused("InvalidParameterValue", "terms"):
        api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=False)
    first = api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    assert api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True) == first
    run(api, image_id)
    api("UnsubscribeProduct", "amiable", ProductCode=code)
    with refused("OptInRequired"):
        run(api, image_id)
    with refused("InvalidParameterValue"):
        api("UnsubscribeProduct", "amiable", ProductCode=code)


def test_a_publisher_confirms_that_an_instance_is_of_its_product(api: Api) -> None:
    publisher = api.other_account()
    code, image_id = offer(publisher, api.account_id)
    api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    paid, plain = run(api, image_id), run(api, add_image(api).id)
    asked = {"ProductCode": code, "InstanceId": paid}
    said = publisher("ConfirmProductInstance", **asked)
    assert said == {"Return": True, "OwnerId": api.account_id}
    assert publisher("ConfirmProductInstance", **asked | {"InstanceId": plain}) == {"Return": False}
    with refused("InvalidParameterValue", "no product"):
        api("ConfirmProductInstance", **asked)


def test_a_publisher_launches_its_own_product(api: Api) -> None:
    code, image_id = offer(api)
    run(api, image_id)
    with refused("InvalidParameterValue"):
        api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)


def test_the_code_goes_to_the_instance_and_to_what_is_made_of_its_volume(api: Api) -> None:
    code, image_id = offer(api.other_account(), api.account_id)
    api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    instance_id = run(api, image_id)
    (reservation,) = api("DescribeInstances")["Reservations"]
    shape = [{"ProductCodeId": code, "ProductCodeType": "marketplace"}]
    assert reservation["Instances"][0]["ProductCodes"] == shape
    with api.database.write() as session:
        session.get_one(Instance, instance_id).state = "running"
        for attachment in session.get_one(Instance, instance_id).attachments:
            attachment.state, attachment.volume.state = "attached", "in-use"
    made = api("CreateImage", InstanceId=instance_id, Name="mine")["ImageId"]
    (device,) = api("DescribeImages", ImageIds=[made])["Images"][0]["BlockDeviceMappings"]
    with api.database.read() as session:
        assert codes_of(session, [made, device["Ebs"]["SnapshotId"]]) == {
            made: [code],
            device["Ebs"]["SnapshotId"]: [code],
        }


def test_a_coded_image_is_private_and_of_one_product(api: Api) -> None:
    public = add_image(api, "public", "all")
    with refused("OperationNotPermitted", "public"):
        offer_of(api, public.id)
    _, image_id = offer(api)
    with refused("OperationNotPermitted", "already"):
        offer_of(api, image_id)
    with refused("InvalidAMIID.NotFound"):
        offer_of(api.other_account(), image_id)


def offer_of(api: Api, image_id: str) -> None:
    api(
        "CreateProduct",
        "amiable",
        Name="another",
        Title="A",
        HourlyPrices={"default": "1"},
        Terms="T",
        ImageIds=[image_id],
    )


@pytest.mark.parametrize(
    "prices",
    [
        {},
        {"t3.small": "1"},
        {"default": "-1"},
        {"default": "NaN"},
        {"default": "Infinity"},
        {"default": "1e9"},
        {"default": "0.0000001"},
        {"default": "one"},
        {"default": "1", "t9.huge": "1"},
    ],
)
def test_bad_prices_are_refused(api: Api, prices: dict[str, str]) -> None:
    with refused("InvalidParameterValue"):
        offer(api, HourlyPrices=prices)


def test_the_report_is_the_buyers_and_the_publishers(api: Api) -> None:
    publisher = api.other_account()
    code, image_id = offer(publisher, api.account_id)
    api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    start = clock.now() - 2 * HOUR
    for instance_id in (run(api, image_id), run(api, image_id, "t3.small")):
        with api.database.write() as session:
            begin_use(session, session.get_one(Instance, instance_id), start)
            see_use(session, [instance_id], start + HOUR)
            end_use(session, instance_id, start + HOUR)
    common = {"AccountId": api.account_id, "Region": api.region, "ProductCode": code, "Seconds": 3600}
    wanted = [
        common | {"InstanceType": "t3.micro", "Amount": "0.360000"},
        common | {"InstanceType": "t3.small", "Amount": "3.600000"},
    ]
    assert report(api) == wanted
    assert report(publisher, AsPublisher=True) == wanted
    assert report(publisher) == report(api, AsPublisher=True) == []
    assert report(api.other_account()) == []


def test_a_published_product_is_in_every_region_for_all_to_see(api: Api) -> None:
    publisher = api.other_account()
    code, image_id = offer(publisher)
    assert api("DescribeImages")["Images"] == []
    with refused("InvalidParameterValue"):
        api("PublishProduct", "amiable", ProductCode=code)
    first = publisher("PublishProduct", "amiable", ProductCode=code)["Images"]
    assert [row["Region"] for row in first] == sorted(api.settings.region_names)
    assert publisher("PublishProduct", "amiable", ProductCode=code)["Images"] == first
    for region in (api, api.other_region()):
        (image,) = region("DescribeImages", Owners=["aws-marketplace"])["Images"]
        assert (image["Public"], image["ProductCodes"][0]["ProductCodeId"]) == (True, code)
        (product,) = region("DescribeProducts", "amiable")["Products"]
        assert product["ImageIds"] == [image["ImageId"]]
    with refused("OptInRequired", "amiable marketplace subscribe"):
        run(api, image_id)
    api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    run(api, image_id)


def test_a_code_goes_with_its_volume_to_a_stopped_instance_of_a_subscriber(api: Api) -> None:
    code, image_id = offer(api.other_account(), api.account_id)
    api("SubscribeProduct", "amiable", ProductCode=code, AcceptTerms=True)
    paid, plain = run(api, image_id), run(api, add_image(api).id)
    with api.database.write() as session:
        for one in (paid, plain):
            session.get_one(Instance, one).state = "stopped"
        volume = session.get_one(Instance, paid).attachments[0].volume
        target, call = session.get_one(Instance, plain), api.call(session)
        target.state = "running"
        with refused("IncorrectInstanceState", "stopped instance only"):
            attach_codes(call, volume, target)
        target.state = "stopped"
        attach_codes(call, volume, target)
        assert codes_of(session, [plain]) == {plain: [code]}
        subscription = subscription_of(session, api.account_id, code)
        assert subscription is not None
        subscription.ended_at = call.now
        session.flush()
        with refused("OptInRequired"):
            attach_codes(call, volume, target)


def test_a_name_that_is_taken_elsewhere_is_told_with_its_region(api: Api) -> None:
    code, _ = offer(api)
    add_image(api.other_region(), "paid")
    with refused("InvalidAMIName.Duplicate", "in us-west-2: deregister that first"):
        api("PublishProduct", "amiable", ProductCode=code)
