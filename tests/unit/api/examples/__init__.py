"""Requests that would succeed, one for each operation that rows alone can satisfy.

Each module has `examples(api)`, which makes the rows that its requests name. Tests go through all of them:
DryRun changes nothing (test_dry_run), another account's call changes nothing (test_tenancy). An operation
that is not here needs a machine or the like, and is named with the reason in `ELSEWHERE`.
"""

import importlib
import pkgutil

from tests.helpers.api import Api
from tests.unit.api.examples.request import Requests

ELSEWHERE = {
    ("ec2", "CreateDefaultSubnet"): "tests/unit/api/ec2/test_vpcs.py: the default VPC has all of them",
    ("ec2", "CreateDefaultVpc"): "tests/unit/api/ec2/test_vpcs.py: there is one",
    (
        "ec2",
        "ConfirmProductInstance",
    ): "tests/unit/api/amiable/test_products.py: it asks, and changes nothing",
    ("amiable", "CreateCleanImage"): "tests/unit/api/ec2/test_clean_images.py: it looks for a kernel",
    ("amiable", "ImportDisk"): "tests/unit/api/amiable/test_import_disk.py: it reads a file",
    ("ec2", "CreateRestoreImageTask"): "tests/unit/api/ec2/test_store_image.py: it looks for a file",
    ("ec2", "ImportImage"): "tests/unit/api/ec2/test_import_tasks.py: it looks for a file",
    ("ec2", "ImportSnapshot"): "tests/unit/api/ec2/test_import_tasks.py: it looks for a file",
    ("sts", "AssumeRoleWithWebIdentity"): "tests/unit/api/sts/test_console_link.py: the link is the caller",
    ("sts", "GetCallerIdentity"): "names nothing",
    ("sts", "GetSessionToken"): "names nothing",
}


def examples(api: Api) -> Requests:
    """All examples, in an account that has what they name."""
    found: Requests = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "request":
            found |= importlib.import_module(f"{__name__}.{module.name}").examples(api)
    return found
