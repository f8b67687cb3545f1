"""Resource policies: JSON in the manner of IAM, by which an owner shares components, recipes and images.

AWS shares through Resource Access Manager, which writes policies that allow other accounts to read and use.
What is understood here is exactly that: statements that allow accounts (ids or `arn:aws:iam::<id>:root`)
actions of Image Builder on the resource itself. Anything else in a policy is refused when it is put, so that
no policy says more than it does.
"""

import json
import re
from typing import Any

from amiable.api.call import Call
from amiable.api.imagebuilder.faults import invalid

_PRINCIPAL = re.compile(r"(?:arn:aws:iam::)?(?P<account>\d{12})(?::root)?")


def check_policy(text: str, arn: str) -> None:
    """Raise InvalidParameterValueException for a policy that is not understood."""
    accounts_of(text, arn)


def shared_with(call: Call, policy: str | None, arn: str) -> bool:
    """Whether a resource's policy lets the caller read and use it."""
    return policy is not None and call.account_id in accounts_of(policy, arn)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def accounts_of(text: str, arn: str) -> set[str]:
    """The accounts that a policy allows."""
    try:
        document = json.loads(text)
        statements = _list(document["Statement"])
        found: set[str] = set()
        for statement in statements:
            if set(statement) - {"Sid", "Effect", "Principal", "Action", "Resource"}:
                raise invalid(
                    "A statement has Effect, Principal, Action and Resource; nothing else works here."
                )
            if statement["Effect"] != "Allow":
                raise invalid("Effect must be Allow: what is not allowed is denied.")
            if not all(str(action).startswith("imagebuilder:") for action in _list(statement["Action"])):
                raise invalid("Action must name actions of imagebuilder.")
            if not all(str(one) == arn for one in _list(statement["Resource"])):
                raise invalid(f"Resource must be {arn}.")
            for principal in _list(statement["Principal"]["AWS"]):
                match = _PRINCIPAL.fullmatch(str(principal))
                if match is None:
                    raise invalid(f"The principal '{principal}' is not an account.")
                found.add(match["account"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise invalid(f"The policy is not a JSON policy document: {wrong}") from wrong
    return found
