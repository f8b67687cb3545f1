"""Keys and tokens that were left: in known places, in text, and in blocks that no file owns (blocks.py)."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from amiable.inspection import secrets
from amiable.inspection.accounts import authorized_keys
from amiable.inspection.checks import Check, Found
from amiable.inspection.image import Image

_GUIDE = "EC2 User Guide: Recommendations for creating shared Linux AMIs"
_QUARRY = "CloudQuarry: Digging for secrets in public AMIs (securitycafe.ro, 2024)"
_STORES = (
    ".aws/credentials", ".aws/sso/cache/*", ".aws/cli/cache/*", ".azure/*", ".boto", ".cargo/credentials*",
    ".config/gcloud/*", ".config/gh/hosts.yml", ".config/rclone/rclone.conf", ".docker/config.json",
    ".git-credentials", ".kube/config", ".my.cnf", ".netrc", ".npmrc", ".pgpass", ".pypirc", ".s3cfg",
    ".terraform.d/credentials.tfrc.json", ".vault-token", ".gnupg/private-keys-v1.d/*", ".gnupg/secring.gpg",
)  # fmt: skip
# Files that distributions ship: their keys are known to everybody and open nothing.
SHIPPED = (
    "/usr/share/",
    "/usr/lib/",
    "/usr/lib64/",
    "/usr/src/",
    "/usr/bin/",
    "/usr/sbin/",
    "/lib/",
    "/snap/",
)


def _host_keys(image: Image) -> Iterator[Found]:
    for entry in image.below("/etc/ssh"):
        if fnmatchcase(entry.path, "/etc/ssh/*_key") and entry.size:
            yield Found("A host key: every instance would have the same identity.", entry.path)


def _authorized(image: Image) -> Iterator[Found]:
    for path, keys in authorized_keys(image.tree):
        yield Found(f"{keys} key{'s' if keys > 1 else ''} may log in.", path)


def _stores(image: Image) -> Iterator[Found]:
    for home in image.homes:
        start = f"{home}/"
        for entry in image.below(home):
            if entry.size and any(fnmatchcase(entry.path[len(start) :], pattern) for pattern in _STORES):
                yield Found("It holds credentials of a client program.", entry.path)


def _private_keys(image: Image) -> Iterator[Found]:
    for path, hit in image.hits:
        if hit.kind == secrets.KEY and not fnmatchcase(path, "/etc/ssh/ssh_host_*"):
            yield Found("A private key.", path, hit.line, severity=_milder(path))


def _milder(path: str) -> str:
    """Debian's own snake-oil certificate is made at installation: alike on all instances, but no access."""
    return "medium" if path.startswith("/etc/ssl/private/ssl-cert-snakeoil") else ""


def _tokens(image: Image) -> Iterator[Found]:
    for path, hit in image.hits:
        if hit.kind != secrets.KEY:
            yield Found(f"Looks like: {hit.kind}.", path, hit.line)


def _nothing(image: Image) -> Iterator[Found]:
    """The search of blocks gives these (blocks.py): it needs disks, not files."""
    yield from ()


DELETED = Check(
    "deleted-secret",
    "critical",
    "A secret in blocks that no file owns",
    "rm only takes the name away: the key is still in free space or the journal, and in every copy.",
    "Change the secret. Then zero the free space (fstrim, or zerofree) and make the image again.",
    f"{_QUARRY}; {_GUIDE}",
    _nothing,
)
IN_FILE = Check(
    "secret-in-file",
    "high",
    "A secret inside a file of another kind",
    "Archives, databases and programs hold keys as well as text files do.",
    "Change the secret, and delete the file.",
    _QUARRY,
    _nothing,
)

ROWS = (
    Check(
        "private-key",
        "critical",
        "A private key",
        "Whoever launches the image has it.",
        "Delete it, and replace the key wherever it opens something.",
        f"{_GUIDE}; {_QUARRY}",
        _private_keys,
    ),
    Check(
        "token",
        "critical",
        "A token or access key",
        "Whoever launches the image can use it. Instances get credentials by roles.",
        "Revoke it, then delete it.",
        f"{_GUIDE}; {_QUARRY}",
        _tokens,
    ),
    Check(
        "credential-file",
        "high",
        "Credentials of a client program",
        "They were the builder's.",
        "Delete the file, and revoke what it holds.",
        _QUARRY,
        _stores,
    ),
    Check(
        "ssh-host-key",
        "high",
        "SSH host keys",
        "Instances that share a host key can pose as each other; AWS makes such public images private.",
        "rm /etc/ssh/ssh_host_*: they are made anew at first boot.",
        _GUIDE,
        _host_keys,
    ),
    Check(
        "authorized-keys",
        "high",
        "Keys that may log in",
        "The builder could log in to every instance.",
        "Delete the file: the key pair comes at launch.",
        _GUIDE,
        _authorized,
    ),
    DELETED,
    IN_FILE,
)
