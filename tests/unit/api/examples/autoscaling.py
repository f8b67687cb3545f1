"""Auto Scaling: nothing to make."""

from tests.helpers.api import Api
from tests.unit.api.examples.request import Requests


def examples(api: Api) -> Requests:
    """Makes nothing."""
    return {
        ("autoscaling", "DescribeAutoScalingGroups"): {},
        ("autoscaling", "DescribeLaunchConfigurations"): {},
    }
