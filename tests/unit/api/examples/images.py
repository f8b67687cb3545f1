"""Images: who may use them, and their retirement."""

from datetime import timedelta

from amiable.core import clock
from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes images: one shared and protected, one disabled, one to let go, one from elsewhere."""
    image = {"ImageId": add_image(api, "kept", "111122223333").id}
    disabled = {"ImageId": add_image(api, "disabled").id}
    going = {"ImageId": add_image(api, "going").id}
    received = {"ImageId": add_image(api.other_account(), "received", api.account_id).id}
    tomorrow = clock.now() + timedelta(days=1)
    api("EnableImageDeprecation", **image, DeprecateAt=tomorrow)
    api("EnableImageDeregistrationProtection", **image)
    api("DisableImage", **disabled)
    ours = [{"ResourceType": "ec2:Instance"}]
    report = api("CreateImageUsageReport", **image, ResourceTypes=ours)["ReportId"]
    key = api("AttachImageWatermark", **image, WatermarkName="approved")["WatermarkKey"]
    return {
        ("amiable", "DescribeImageDescendants"): image,
        ("amiable", "DescribeImageStorage"): {"ImageIds": [image["ImageId"]]},
        ("amiable", "DescribeStorage"): {},
        ("ec2", "AttachImageWatermark"): {**image, "WatermarkName": "scanned"},
        ("ec2", "CreateImageUsageReport"): {**image, "ResourceTypes": ours},
        ("ec2", "DeleteImageUsageReport"): {"ReportId": report},
        ("ec2", "DescribeImageReferences"): {
            "ImageIds": [image["ImageId"]],
            "IncludeAllResourceTypes": True,
        },
        ("ec2", "DescribeImageUsageReportEntries"): {"ReportIds": [report]},
        ("ec2", "DescribeImageUsageReports"): {"ReportIds": [report]},
        ("ec2", "DescribeInstanceImageMetadata"): {},
        ("ec2", "DetachImageWatermark"): {**image, "WatermarkKey": key},
        ("ec2", "GetImageAncestry"): image,
        ("ec2", "CancelImageLaunchPermission"): received,
        ("ec2", "DisableAllowedImagesSettings"): {},
        ("ec2", "EnableAllowedImagesSettings"): {"AllowedImagesSettingsState": "enabled"},
        ("ec2", "GetAllowedImagesSettings"): {},
        ("ec2", "ReplaceImageCriteriaInAllowedImagesSettings"): {
            "ImageCriteria": [{"ImageProviders": ["amazon"]}]
        },
        ("ec2", "DeregisterImage"): going,
        ("ec2", "DescribeImageAttribute"): {**image, "Attribute": "launchPermission"},
        ("ec2", "DisableImage"): image,
        ("ec2", "DisableImageBlockPublicAccess"): {},
        ("ec2", "DisableImageDeprecation"): image,
        ("ec2", "DisableImageDeregistrationProtection"): image,
        ("ec2", "EnableImage"): disabled,
        ("ec2", "EnableImageBlockPublicAccess"): {"ImageBlockPublicAccessState": "block-new-sharing"},
        ("ec2", "EnableImageDeprecation"): {**going, "DeprecateAt": tomorrow},
        ("ec2", "EnableImageDeregistrationProtection"): going,
        ("ec2", "GetImageBlockPublicAccessState"): {},
        ("ec2", "ModifyImageAttribute"): {**image, "Description": {"Value": "d"}},
        ("ec2", "ReplaceImageInstanceTypeSpecification"): {
            **image,
            "InstanceTypeSpecification": {"SupportedInstanceTypes": ["t3.*"]},
        },
        ("ec2", "ResetImageAttribute"): {**image, "Attribute": "launchPermission"},
    }
