"""Disabled, deprecated and protected images."""

from datetime import datetime, timedelta

from amiable.core import clock
from amiable.model.image import Image
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image


def test_disabling_takes_all_shares_back_for_good(api: Api) -> None:
    other = api.other_account()
    image = add_image(api, "old", other.account_id, "all").id
    api("DisableImage", ImageId=image)
    api("DisableImage", ImageId=image)
    with refused("InvalidAMIID.NotFound"):
        other("DescribeImages", ImageIds=[image])
    with refused("InvalidAMIID.Unavailable", "disabled"):
        api("ModifyImageAttribute", ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    api("ModifyImageAttribute", ImageId=image, Description={"Value": "Do not use."})
    api("EnableImage", ImageId=image)
    with refused("InvalidAMIID.NotFound"):
        other("DescribeImages", ImageIds=[image])
    with refused("InvalidAMIID.Unavailable", "pending"):
        api("DisableImage", ImageId=add_image(api, "young", state="pending").id)


def deprecated_at(api: Api, image_id: str) -> datetime | None:
    with api.database.read() as session:
        return session.get_one(Image, image_id).deprecated_at


def test_deprecation_is_to_the_minute_and_within_bounds(api: Api) -> None:
    image = add_image(api).id
    moment = datetime(2100, 1, 1, tzinfo=clock.now().tzinfo)
    with refused("InvalidParameterValue", "latest"):
        api("EnableImageDeprecation", ImageId=image, DeprecateAt=moment)
    with refused("InvalidParameterValue", "past"):
        api("EnableImageDeprecation", ImageId=image, DeprecateAt=clock.now() - timedelta(minutes=3))
    soon = clock.now().replace(second=29, microsecond=999999) + timedelta(days=1)
    api("EnableImageDeprecation", ImageId=image, DeprecateAt=soon)
    assert deprecated_at(api, image) == soon.replace(second=0, microsecond=0)
    api("DisableImageDeprecation", ImageId=image)
    assert deprecated_at(api, image) is None
    public = add_image(api, "public", "all").id
    with refused("InvalidParameterValue", "latest"):
        api("EnableImageDeprecation", ImageId=public, DeprecateAt=clock.now() + timedelta(days=731))


def test_a_protected_image_is_not_deregistered(api: Api) -> None:
    image = add_image(api).id
    api("EnableImageDeregistrationProtection", ImageId=image)
    with refused("OperationNotPermitted", "protected"):
        api("DeregisterImage", ImageId=image)
    api("DisableImageDeregistrationProtection", ImageId=image)
    api("DeregisterImage", ImageId=image)


def test_the_cool_down_protects_for_a_day_more(api: Api) -> None:
    image = add_image(api).id
    api("EnableImageDeregistrationProtection", ImageId=image, WithCooldown=True)
    api("DisableImageDeregistrationProtection", ImageId=image)
    with refused("OperationNotPermitted", "cool-down"):
        api("DeregisterImage", ImageId=image)
    with api.database.write() as session:
        session.get_one(Image, image).protected_until = clock.now() - timedelta(seconds=1)
    api("DeregisterImage", ImageId=image)
