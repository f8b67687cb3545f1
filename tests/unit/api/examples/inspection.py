"""An inspected image with an instance, another one to compare it with, and one that was cleaned."""

from tests.helpers.api import Api
from tests.helpers.images import add_image
from tests.helpers.inspections import add_inspection
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes two images, an instance, and a report that is completed."""
    first, second = add_image(api, "inspected").id, add_image(api, "inspected-2").id
    done = {"InspectionId": add_inspection(api, first)}
    cleaned = add_image(api, "cleaned", cleaning={"keep": [], "disable": []}).id
    launched = api("RunInstances", ImageId=first, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    return {
        ("amiable", "AcceptFindings"): {**done, "Reason": "It is a decoy."},
        ("amiable", "DescribeInspections"): {"InspectionIds": [done["InspectionId"]]},
        ("amiable", "DiffImages"): {"ResourceId": first, "OtherResourceId": second},
        ("amiable", "GetBillOfMaterials"): {**done, "Format": "cyclonedx"},
        ("amiable", "GetImageCleaning"): {"ImageId": cleaned},
        ("amiable", "GetInspectionReport"): done,
        ("amiable", "InspectImage"): {"ResourceId": first},
        ("amiable", "ListPackages"): done,
        ("amiable", "GetSecurityGroupReview"): {"InstanceId": launched},
    }
