"""Serial console access: an account's choice in a region whether terminals may be opened on its machines.

Off until somebody switches it on, as in EC2: a console often offers more than the network does (a boot
loader's menu, a root shell in single-user mode), and audit tools expect that default.
"""

from amiable.api.call import Call
from amiable.api.table import Shape, operation
from amiable.api.terminal import SETTING, allowed
from amiable.model.account_setting import choose


@operation("ec2", "EnableSerialConsoleAccess")
def enable_serial_console_access(call: Call, request: Shape) -> Shape:
    """Let terminals be opened on the serial consoles of the account's machines in the region."""
    return _choose(call, enabled=True)


@operation("ec2", "DisableSerialConsoleAccess")
def disable_serial_console_access(call: Call, request: Shape) -> Shape:
    """Open no terminals any more; those that are open end within seconds."""
    return _choose(call, enabled=False)


@operation("ec2", "GetSerialConsoleAccessStatus")
def get_serial_console_access_status(call: Call, request: Shape) -> Shape:
    """Whether terminals may be opened; the default is no."""
    enabled = allowed(call.session, call.account_id, call.region)
    return {"SerialConsoleAccessEnabled": enabled, "ManagedBy": "account"}


def _choose(call: Call, *, enabled: bool) -> Shape:
    choose(call.session, call.account_id, call.region, SETTING, {"enabled": enabled})
    return {"SerialConsoleAccessEnabled": enabled}
