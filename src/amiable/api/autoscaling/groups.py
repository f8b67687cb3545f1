"""Auto Scaling groups: there are none here, and nothing can make one.

Clients that look for unused images (Cloud Custodian) ask for groups and launch configurations first; the true
answer is that the account has none. What would make one answers UnsupportedOperation.
"""

from amiable.api.call import Call
from amiable.api.table import Shape, operation


@operation("autoscaling", "DescribeAutoScalingGroups")
def describe_auto_scaling_groups(call: Call, request: Shape) -> Shape:
    """The account's Auto Scaling groups: none, since none can be made."""
    return {"AutoScalingGroups": []}


@operation("autoscaling", "DescribeLaunchConfigurations")
def describe_launch_configurations(call: Call, request: Shape) -> Shape:
    """The account's launch configurations: none, since none can be made."""
    return {"LaunchConfigurations": []}
