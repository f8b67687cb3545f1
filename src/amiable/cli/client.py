"""Signed requests to the public API, as any client sends them.

credentials   as boto3 finds them (AWS_* variables, profile); else, where this user may read the state
              of a server on this machine, the keys that `amiable env` prints
endpoint      as boto3 finds it (AWS_ENDPOINT_URL, profile); else the `url` of the settings, never AWS
region        as boto3 finds it (AWS_DEFAULT_REGION, profile); else the first of the settings
"""

import secrets
from typing import Any

import boto3
import botocore.session
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from amiable.cli.options import settings
from amiable.core.errors import MissingPrerequisite
from amiable.core.settings import Settings
from amiable.protocol.models import loader

_PATIENCE = {
    "connect_timeout": 5,
    "read_timeout": 60,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}


def client(service: str, *, built_in: bool = False, elsewhere: str = "") -> Any:
    """A boto3 client of `ec2`, `sts` or `amiable`; with `built_in`, as the account that owns base images.

    `elsewhere` names another region than the one in force.

    Raises MissingPrerequisite when there are no credentials, and what `local.keys_of` raises.
    """
    chosen = settings()
    return _client(_session(chosen, built_in, elsewhere), chosen, service)


def _client(session: boto3.Session, chosen: Settings, service: str) -> Any:
    configured = session.client(service, config=Config(**_PATIENCE))
    # What the user has configured for boto3 is told apart from AWS's own address by not being it.
    aws = session.client(service, config=Config(ignore_configured_endpoint_urls=True))
    if configured.meta.endpoint_url != aws.meta.endpoint_url:
        return configured
    return session.client(service, endpoint_url=chosen.url, config=Config(**_PATIENCE))


def presigned(path: str, seconds: int) -> str:
    """A URL of the endpoint, signed for ec2 and good for that long: what `web/terminal.py` is opened by."""
    chosen = settings()
    session = _session(chosen, built_in=False, elsewhere="")
    address = _client(session, chosen, "ec2").meta.endpoint_url.rstrip("/") + path
    request = AWSRequest("GET", address, params={"nonce": secrets.token_hex(8)})
    SigV4QueryAuth(session.get_credentials(), "ec2", session.region_name, expires=seconds).add_auth(request)
    return str(request.url)


def _session(chosen: Settings, built_in: bool, elsewhere: str) -> boto3.Session:
    core = botocore.session.Session()
    # Without other credentials boto3 would ask 169.254.169.254, which is nobody outside an instance.
    core.get_component("credential_provider").remove("iam-role")
    core.register_component("data_loader", loader())
    if built_in or core.get_credentials() is None:
        core.set_credentials(*_local_keys(chosen, built_in))
    return boto3.Session(botocore_session=core, region_name=elsewhere or region(core, chosen))


def region(core: botocore.session.Session, chosen: Settings) -> str:
    """The region in force."""
    return core.get_config_variable("region") or chosen.region_names[0]


def _local_keys(chosen: Settings, built_in: bool) -> tuple[str, str]:
    """(access key id, secret) by root's own view."""
    # Imported here: the state database takes longer to load than most verbs take.
    from amiable.cli import local  # noqa: PLC0415

    if not (built_in or local.readable(chosen)):
        raise MissingPrerequisite(
            "There are no credentials.",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
            "on the server's machine root gets them with: amiable env",
        )
    keys = local.keys_of(chosen, local.AMAZON if built_in else None)
    return keys.access_key_id, keys.secret_access_key
