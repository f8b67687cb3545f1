"""The switch of serial console access. What it switches: tests/unit/web/test_terminal.py."""

from tests.helpers.api import Api


def test_it_is_off_at_first_and_each_regions_own(api: Api) -> None:
    off, on = {"SerialConsoleAccessEnabled": False}, {"SerialConsoleAccessEnabled": True}
    status = "GetSerialConsoleAccessStatus"
    assert api(status) == {**off, "ManagedBy": "account"}
    assert api("EnableSerialConsoleAccess") == on
    assert api(status)["SerialConsoleAccessEnabled"] is True
    assert api.other_region()(status)["SerialConsoleAccessEnabled"] is False
    assert api.other_account()(status)["SerialConsoleAccessEnabled"] is False
    assert api("DisableSerialConsoleAccess") == off
    assert api(status)["SerialConsoleAccessEnabled"] is False
