"""Account aliases: clients (Ansible) ask for them to name the account; there are none here."""

from amiable.api.call import Call
from amiable.api.table import Shape, operation


@operation("iam", "ListAccountAliases")
def list_account_aliases(call: Call, request: Shape) -> Shape:
    """The account's aliases: none, since none can be made."""
    return {"AccountAliases": [], "IsTruncated": False}
