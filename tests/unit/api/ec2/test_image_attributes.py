"""Attributes and launch permissions of images: what can be changed, by whom, and what may not be shared."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from amiable.model.account import Account
from amiable.model.product_code import ProductCode
from tests.helpers.api import Api, refused
from tests.helpers.images import add_image

ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
UNIT = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-cdefgh34"


def add(api: Api, image_id: str, **permission: str) -> None:
    api("ModifyImageAttribute", ImageId=image_id, LaunchPermission={"Add": [permission]})


def permissions(api: Api, image_id: str) -> list[dict[str, str]]:
    answer = api("DescribeImageAttribute", ImageId=image_id, Attribute="launchPermission")
    return list(answer["LaunchPermissions"])


def sees(api: Api, image_id: str) -> bool:
    return image_id in [image["ImageId"] for image in api("DescribeImages")["Images"]]


def attribute(api: Api, image_id: str, name: str, member: str) -> Any:
    answer = api("DescribeImageAttribute", ImageId=image_id, Attribute=name)
    return answer[member].get("Value")


def test_a_share_lets_an_account_in_and_out_again(api: Api) -> None:
    image, other = add_image(api).id, api.other_account()
    assert not sees(other, image)
    add(api, image, UserId=other.account_id)
    assert sees(other, image)
    assert permissions(api, image) == [{"UserId": other.account_id}]
    api(
        "ModifyImageAttribute",
        ImageId=image,
        Attribute="LaunchPermission",
        OperationType="remove",
        UserIds=[other.account_id],
    )
    assert not sees(other, image)
    add(api, image, Group="all")
    assert sees(other, image)
    api("ResetImageAttribute", ImageId=image, Attribute="launchPermission")
    assert not sees(other, image)
    assert permissions(api, image) == []


def test_a_recipient_gives_back_what_it_was_given_directly(api: Api) -> None:
    other = api.other_account()
    direct, public = add_image(api, "direct", other.account_id).id, add_image(api, "public", "all").id
    assert other("CancelImageLaunchPermission", ImageId=direct) == {"Return": True}
    assert not sees(other, direct)
    with refused("OperationNotPermitted", "not shared"):
        other("CancelImageLaunchPermission", ImageId=public)
    with refused("InvalidAMIID.NotFound"):
        other("CancelImageLaunchPermission", ImageId=direct)


def test_a_recipient_reads_product_codes_and_changes_nothing(api: Api) -> None:
    other = api.other_account()
    image = add_image(api, "shared", other.account_id).id
    with api.database.write() as session:
        session.add(ProductCode(resource_id=image, code="c" * 25))
    answer = other("DescribeImageAttribute", ImageId=image, Attribute="productCodes")
    assert answer["ProductCodes"] == [{"ProductCodeId": "c" * 25, "ProductCodeType": "marketplace"}]
    with refused("AuthFailure"):
        other("DescribeImageAttribute", ImageId=image, Attribute="launchPermission")
    with refused("AuthFailure"):
        add(other, image, UserId=other.account_id)
    with refused("OperationNotPermitted", "product code"):
        add(api, image, Group="all")


@pytest.mark.parametrize(
    "permission",
    [{"UserId": "12"}, {"UserId": "abcdefghijkl"}, {"Group": "some"}, {"OrganizationArn": ORGANIZATION}],
)
def test_refused_grantees(api: Api, permission: dict[str, str]) -> None:
    image = add_image(api).id
    with refused("InvalidAMIAttributeItemValue", "".join(permission.values())):
        add(api, image, **permission)


def test_an_organization_and_a_unit_are_grantees(api: Api) -> None:
    api = replace(api, settings=replace(api.settings, organization=ORGANIZATION))
    inside, outside = api.other_account(), api.other_account()
    with api.database.write() as session:
        session.get_one(Account, inside.account_id).unit = UNIT.rpartition("/")[2]
    to_unit, to_all = add_image(api, "to-unit").id, add_image(api, "to-organization").id
    add(api, to_unit, OrganizationalUnitArn=UNIT)
    add(api, to_all, OrganizationArn=ORGANIZATION)
    assert permissions(api, to_unit) == [{"OrganizationalUnitArn": UNIT}]
    assert (sees(inside, to_unit), sees(outside, to_unit)) == (True, False)
    assert (sees(inside, to_all), sees(outside, to_all)) == (True, True)
    with refused("OperationNotPermitted"):
        inside("CancelImageLaunchPermission", ImageId=to_unit)
    with refused("InvalidAMIAttributeItemValue"):
        add(api, to_unit, OrganizationArn=ORGANIZATION.replace("a1b2", "zzzz"))


def test_one_attribute_at_a_time(api: Api) -> None:
    image = add_image(api).id
    api("ModifyImageAttribute", ImageId=image, Description={"Value": "new"})
    assert attribute(api, image, "description", "Description") == "new"
    api("ModifyImageAttribute", ImageId=image, Attribute="description", Value="newer")
    assert attribute(api, image, "description", "Description") == "newer"
    api("ModifyImageAttribute", ImageId=image, ImdsSupport={"Value": "v2.0"})
    assert attribute(api, image, "imdsSupport", "ImdsSupport") == "v2.0"
    assert attribute(api, image, "kernel", "KernelId") is None
    with refused("InvalidParameterCombination"):
        api("ModifyImageAttribute", ImageId=image, Description={"Value": "x"}, ImdsSupport={"Value": "v2.0"})
    with refused("InvalidParameterCombination"):
        api("ModifyImageAttribute", ImageId=image)
    with refused("InvalidParameterValue", "255"):
        api("ModifyImageAttribute", ImageId=image, Description={"Value": "x" * 256})
    with refused("InvalidParameterValue", "v2.0"):
        api("ModifyImageAttribute", ImageId=image, ImdsSupport={"Value": "v1.0"})
    with refused("InvalidParameterValue", "bootMode"):
        api("ModifyImageAttribute", ImageId=image, Attribute="bootMode", Value="uefi")
    with refused("AuthFailure"):
        api("DescribeImageAttribute", ImageId=image, Attribute="blockDeviceMapping")


def test_blocked_public_access_keeps_what_is_public(api: Api) -> None:
    image, public = add_image(api).id, add_image(api, "public", "all").id
    assert api("GetImageBlockPublicAccessState")["ImageBlockPublicAccessState"] == "unblocked"
    api("EnableImageBlockPublicAccess", ImageBlockPublicAccessState="block-new-sharing")
    assert api("GetImageBlockPublicAccessState")["ImageBlockPublicAccessState"] == "block-new-sharing"
    with refused("OperationNotPermitted", "block public access"):
        add(api, image, Group="all")
    add(api, public, UserId="111122223333")
    assert permissions(api, public) == [{"UserId": "111122223333"}, {"Group": "all"}]
    api("DisableImageBlockPublicAccess")
    add(api, image, Group="all")


def test_quotas_of_sharing(api: Api) -> None:
    quotas = {"public-images": "1", "image-shares": "2"}
    api = replace(api, settings=replace(api.settings, quotas=quotas))
    first, second = add_image(api, "first").id, add_image(api, "second").id
    add(api, first, Group="all")
    with refused("PublicAMIQuotaExceeded"):
        add(api, second, Group="all")
    add(api, first, UserId="111122223333")
    add(api, first, UserId="111122224444")
    with refused("AMISharingQuotaExceeded"):
        add(api, first, UserId="111122225555")


def test_a_public_image_is_deprecated_after_two_years(api: Api) -> None:
    image = add_image(api)
    add(api, image.id, Group="all")
    (shown,) = api("DescribeImages", ImageIds=[image.id])["Images"]
    expected = image.created_at + timedelta(days=730)
    assert shown["DeprecationTime"].startswith(f"{expected:%Y-%m-%dT%H:%M}")
    with refused("OperationNotPermitted", "private"):
        api("DisableImageDeprecation", ImageId=image.id)
    api("ResetImageAttribute", ImageId=image.id, Attribute="launchPermission")
    api("DisableImageDeprecation", ImageId=image.id)
