"""The one-time link of `amiable console`: one temporary key, once, in time, for its own account."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from amiable.core import clock
from amiable.model.account import AccessKey
from amiable.model.sign_in_link import LIFETIME, create_link
from tests.helpers.api import Api, refused


def _link(api: Api, *, age: timedelta = timedelta()) -> str:
    with api.database.write() as session:
        return create_link(session, api.account_id, clock.now() - age)


def _request(api: Api, token: str, **more: Any) -> dict[str, Any]:
    role = f"arn:aws:iam::{api.account_id}:role/amiable-console"
    return {"RoleArn": role, "RoleSessionName": "browser", "WebIdentityToken": token, **more}


def test_a_link_is_traded_for_a_temporary_key_once(api: Api) -> None:
    nobody = replace(api, account_id="", access_key_id="")
    request = _request(api, _link(api))
    made = nobody("AssumeRoleWithWebIdentity", "sts", **request)["Credentials"]
    with api.database.read() as session:
        key = session.get_one(AccessKey, made["AccessKeyId"])
    assert key.account_id == api.account_id
    assert key.accepts_token(made["SessionToken"])
    assert key.expires_at == made["Expiration"]
    with refused("InvalidIdentityToken", "used before"):
        nobody("AssumeRoleWithWebIdentity", "sts", **request)


def test_what_is_refused(api: Api) -> None:
    token = _link(api)
    with refused("InvalidIdentityToken", "amiable console"):
        api("AssumeRoleWithWebIdentity", "sts", **_request(api, _link(api, age=LIFETIME)))
    with refused("InvalidIdentityToken"):
        api("AssumeRoleWithWebIdentity", "sts", **_request(api, token[:-1] + "!"))
    with refused("AccessDenied"):
        api("AssumeRoleWithWebIdentity", "sts", **_request(api.other_account(), token))
    with refused("ValidationError", "durationSeconds"):
        api("AssumeRoleWithWebIdentity", "sts", **_request(api, token, DurationSeconds=60))
    with refused("UnsupportedOperation"):
        api("AssumeRoleWithWebIdentity", "sts", **_request(api, token, Policy="{}"))
    assert api("AssumeRoleWithWebIdentity", "sts", **_request(api, token))["Provider"] == "amiable-console"


def test_links_that_ended_are_forgotten(api: Api) -> None:
    _link(api, age=LIFETIME)
    _link(api)
    assert len(api.rows()["sign_in_link"]) == 1
