"""Who calls, and temporary keys for the same account."""

from datetime import timedelta

from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.model.account import create_session_key
from amiable.model.sign_in_link import redeem
from amiable.protocol.faults import Fault

SHORTEST, LONGEST, USUAL = 900, 129600, 43200
"""Seconds that a temporary key may live (STS API Reference, GetSessionToken)."""


@operation("sts", "GetCallerIdentity")
def get_caller_identity(call: Call, request: Shape) -> Shape:
    """The account of the caller; an account has no users, so it is always its root."""
    return {
        "UserId": call.account_id,
        "Account": call.account_id,
        "Arn": f"arn:aws:iam::{call.account_id}:root",
    }


@operation("sts", "GetSessionToken")
def get_session_token(call: Call, request: Shape) -> Shape:
    """A temporary key of the caller's account, for 12 hours unless told otherwise."""
    if call.access_key_id.startswith("ASIA"):
        raise Fault("AccessDenied", "Cannot call GetSessionToken with session credentials")
    if request.get("SerialNumber") or request.get("TokenCode"):
        raise Fault("AccessDenied", "MultiFactorAuthentication failed: accounts have no MFA devices here.")
    seconds = request.get("DurationSeconds") or USUAL
    if seconds < SHORTEST:
        raise _out_of_bounds("durationSeconds", seconds, f"greater than or equal to {SHORTEST}")
    if seconds > LONGEST:
        raise _out_of_bounds("durationSeconds", seconds, f"less than or equal to {LONGEST}")
    expires_at = call.now.replace(microsecond=0) + timedelta(seconds=seconds)
    key, secret, token = create_session_key(call.session, call.account_id, expires_at, call.sealer)
    if (smallest := request.get("MinimumSessionTokenSize") or 0) > len(token):
        raise _out_of_bounds("minimumSessionTokenSize", smallest, f"less than or equal to {len(token)}")
    return {
        "SessionTokenSize": len(token),
        "Credentials": {
            "AccessKeyId": key.id,
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": expires_at,
        },
    }


ROLE = "amiable-console"
"""The only role that there is: the whole account, for who came by a link of `amiable console`."""


@operation("sts", "AssumeRoleWithWebIdentity")
def assume_role_with_web_identity(call: Call, request: Shape) -> Shape:
    """A temporary key for the one-time link that `amiable console` printed; the request is unsigned."""
    if request.get("Policy") or request.get("PolicyArns"):
        raise Fault("UnsupportedOperation", "Session policies are not supported: leave them out.")
    seconds = request.get("DurationSeconds") or 3600
    if not SHORTEST <= seconds <= USUAL:
        raise _out_of_bounds("durationSeconds", seconds, f"between {SHORTEST} and {USUAL}")
    account_id = redeem(call.session, request["WebIdentityToken"], call.now)
    if account_id is None:
        raise Fault(
            "InvalidIdentityToken",
            "The link was used before, or is older than ten minutes. Print another: amiable console",
        )
    if request["RoleArn"] != f"arn:aws:iam::{account_id}:role/{ROLE}":
        raise Fault("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
    expires_at = call.now.replace(microsecond=0) + timedelta(seconds=seconds)
    key, secret, token = create_session_key(call.session, account_id, expires_at, call.sealer)
    session_name = request["RoleSessionName"]
    return {
        "SubjectFromWebIdentityToken": account_id,
        "Provider": ROLE,
        "AssumedRoleUser": {
            "AssumedRoleId": f"{account_id}:{session_name}",
            "Arn": f"arn:aws:sts::{account_id}:assumed-role/{ROLE}/{session_name}",
        },
        "Credentials": {
            "AccessKeyId": key.id,
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": expires_at,
        },
    }


def _out_of_bounds(parameter: str, value: int, bound: str) -> Fault:
    return Fault(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )
