"""STS: who calls, and temporary keys that work and end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from amiable.core import clock
from amiable.model.account import AccessKey
from tests.helpers.api import Api, refused


def test_the_caller_is_the_root_of_its_account(api: Api) -> None:
    assert api("GetCallerIdentity", "sts") == {
        "UserId": api.account_id,
        "Account": api.account_id,
        "Arn": f"arn:aws:iam::{api.account_id}:root",
    }


def test_a_temporary_key(api: Api) -> None:
    before = clock.now()
    answer = api("GetSessionToken", "sts", DurationSeconds=900)
    made = answer["Credentials"]
    assert answer["SessionTokenSize"] == len(made["SessionToken"])
    with api.database.read() as session:
        key = session.get_one(AccessKey, made["AccessKeyId"])
    assert made["AccessKeyId"].startswith("ASIA")
    assert key.account_id == api.account_id
    assert api.sealer.open(key.sealed_secret).decode() == made["SecretAccessKey"]
    assert key.accepts_token(made["SessionToken"])
    assert not key.accepts_token(made["SessionToken"] + "x")
    assert not key.accepts_token(None)
    assert key.expires_at == made["Expiration"]
    assert made["Expiration"] - before <= timedelta(seconds=901)
    usual = api("GetSessionToken", "sts")["Credentials"]["Expiration"]
    assert usual - made["Expiration"] >= timedelta(hours=11)


@pytest.mark.parametrize("seconds", [899, 129601, -1])
def test_durations(api: Api, seconds: int) -> None:
    with refused("ValidationError", "durationSeconds"):
        api("GetSessionToken", "sts", DurationSeconds=seconds)


def test_what_is_refused(api: Api) -> None:
    before = api.rows()
    with refused("AccessDenied", "session credentials"):
        replace(api, access_key_id="ASIAAAAAAAAAAAAAAAAA")("GetSessionToken", "sts")
    with refused("AccessDenied", "MFA"):
        api("GetSessionToken", "sts", SerialNumber="GAHT12345678", TokenCode="123456")
    with refused("ValidationError", "minimumSessionTokenSize"):
        api("GetSessionToken", "sts", MinimumSessionTokenSize=4096)
    assert api.rows() == before
