"""Who can log in: passwords, the SSH server, accounts, sudo."""

import re
from collections.abc import Iterator

from amiable.inspection.accounts import Setting
from amiable.inspection.checks import Check, Found
from amiable.inspection.image import Image

_GUIDE = "EC2 User Guide: Recommendations for creating shared Linux AMIs"
_MARKETPLACE = "AWS Marketplace: AMI-based product requirements"
_ROOT_LOGIN = ("no", "prohibit-password", "without-password", "forced-commands-only")
_BUILDERS = ("90-cloud-init-users", "vagrant", "packer", "90-packer")


def _setting(setting: Setting, key: str) -> Found:
    where = "the default" if not setting.line else "set here"
    return Found(f"{key} is {setting.value!r} ({where}).", setting.file, setting.line)


def _root_login(image: Image) -> Iterator[Found]:
    if image.sshd.present:
        for setting in image.sshd.every("permitrootlogin"):
            if setting.value not in _ROOT_LOGIN:
                yield _setting(setting, "PermitRootLogin")


def _password_login(image: Image) -> Iterator[Found]:
    names = {
        "passwordauthentication": "PasswordAuthentication",
        "kbdinteractiveauthentication": "KbdInteractiveAuthentication",
    }
    if image.sshd.present:
        for key, name in names.items():
            for setting in image.sshd.every(key):
                if setting.value != "no":
                    yield _setting(setting, name)
        for setting in image.sshd.every("permitemptypasswords"):
            if setting.value != "no":
                yield _setting(setting, "PermitEmptyPasswords")


def _root_password(image: Image) -> Iterator[Found]:
    for user in image.users:
        if user.uid == 0 and user.password == "set":  # noqa: S105
            yield Found(f"{user.name} has a password.", "/etc/shadow", user.line)


def _empty(image: Image) -> Iterator[Found]:
    for user in image.users:
        if user.password == "empty":  # noqa: S105
            yield Found(f"{user.name} needs no password.", "/etc/shadow", user.line)


def _hashes(image: Image) -> Iterator[Found]:
    for user in image.users:
        if user.uid != 0 and user.password == "set":  # noqa: S105
            yield Found(f"{user.name} has a password.", "/etc/shadow", user.line)
        elif user.hashed and user.password == "locked":  # noqa: S105
            yield Found(f"{user.name} is locked, but the hash is there.", "/etc/shadow", user.line)


def _uid_zero(image: Image) -> Iterator[Found]:
    for user in image.users:
        if user.uid == 0 and user.name != "root":
            yield Found(f"{user.name} has the user id 0.", "/etc/passwd")


def _people(image: Image) -> Iterator[Found]:
    for user in image.users:
        if 1000 <= user.uid < 60000 and user.may_log_in:
            yield Found(f"{user.name} (uid {user.uid}, {user.home}) can log in.", "/etc/passwd")


def _sudo(image: Image) -> Iterator[Found]:
    for path in (
        "/etc/sudoers",
        *(f"/etc/sudoers.d/{node.name}" for node in image.tree.folder("/etc/sudoers.d")),
    ):
        builder = path.rpartition("/")[2] in _BUILDERS
        for line, text in image.tree.lines(path):
            if builder or re.search(r"\bNOPASSWD\b", text):
                who = text.split()[0]
                left = " It was left by the builder." if builder else ""
                yield Found(f"{who} becomes root without a password.{left}", path, line)


def _sshd_off(image: Image) -> Iterator[Found]:
    units = {service.unit.removesuffix(".service").removesuffix(".socket") for service in image.services}
    if image.release and not units & {"ssh", "sshd", "dropbear"}:
        yield Found("No SSH server is enabled.")


ROWS = (
    Check(
        "empty-password",
        "critical",
        "An account needs no password",
        "Whoever reaches a login prompt is in.",
        "passwd --lock USER, or delete the account.",
        f"{_GUIDE}; {_MARKETPLACE}",
        _empty,
    ),
    Check(
        "uid-zero",
        "critical",
        "Another account is root",
        "A second name for root is a favourite back door.",
        "Delete the account, or give it another user id.",
        _MARKETPLACE,
        _uid_zero,
    ),
    Check(
        "root-password",
        "high",
        "Root has a password",
        "Every instance of the image has the same one, and whoever built it knows it.",
        "passwd --lock root",
        f"{_GUIDE}; {_MARKETPLACE}",
        _root_password,
    ),
    Check(
        "password-hash",
        "high",
        "An account has a password",
        "Its hash is in every copy of the image and can be guessed at leisure.",
        "passwd --lock USER",
        f"{_GUIDE}; {_MARKETPLACE}",
        _hashes,
    ),
    Check(
        "ssh-root-login",
        "high",
        "Root may log in over SSH with a password",
        "Root is the one account that exists everywhere: it is attacked first.",
        "PermitRootLogin prohibit-password in /etc/ssh/sshd_config.d/",
        f"{_GUIDE}; {_MARKETPLACE}",
        _root_login,
    ),
    Check(
        "ssh-password-login",
        "high",
        "SSH accepts passwords",
        "Passwords are guessed by every bot on the internet.",
        "PasswordAuthentication no and KbdInteractiveAuthentication no",
        _MARKETPLACE,
        _password_login,
    ),
    Check(
        "sudo-left",
        "medium",
        "sudo without a password",
        "Rules that a build wrote give its users root on every instance.",
        "Remove the rule; cloud-init writes its own at first boot.",
        _MARKETPLACE,
        _sudo,
    ),
    Check(
        "accounts",
        "info",
        "Accounts of people",
        "One documented account is expected; the others were somebody's who built the image.",
        "userdel --remove USER for those that nobody needs.",
        _MARKETPLACE,
        _people,
    ),
    Check(
        "ssh-disabled",
        "info",
        "SSH is not enabled",
        "Instances of the image cannot be reached by SSH.",
        "systemctl enable ssh, if they should be.",
        _MARKETPLACE,
        _sshd_off,
    ),
)
