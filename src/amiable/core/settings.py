"""Settings: one declared row each; file, environment and help are derived from the rows.

Order of precedence: environment `AMIABLE_<NAME>` > configuration file (TOML, path in `AMIABLE_CONFIG`,
default /etc/amiable/amiable.toml) > default. Read once, by `load`; nothing else reads the environment.
"""

import os
import platform
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from amiable.core.errors import InvalidInput

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ORGANIZATION = re.compile(r"^arn:aws:organizations::\d{12}:organization/o-[a-z0-9]{10,32}$")
DEFAULT_CONFIG = Path("/etc/amiable/amiable.toml")


def _row(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


def _map(help: str) -> Any:
    return field(default_factory=dict, metadata={"help": help})


@dataclass(frozen=True)
class Settings:
    """Every setting, with its default and what it is for."""

    data_dir: Path = _row(Path("/var/lib/amiable"), "where state, volumes, caches and local stores live")
    listen: str = _row("127.0.0.1:8773", "address and port of the AWS endpoint")
    endpoint: str = _row("", "URL that clients use, when it differs from http://<listen>")
    database_url: str = _row("", "SQLAlchemy URL; default: SQLite in the data directory")
    regions: str = _row("us-east-1,us-west-2", "regions, comma-separated; the first is the default")
    zones: str = _row("a,b", "availability zone letters in every region")
    stores: Mapping[str, str] = _map("block store URL by region; default: file:<data_dir>/stores/<region>")
    store_options: Mapping[str, str] = _map("options for s3:// stores (endpoint, access_key_id, …)")
    host_name: str = _row("", "this host's name in the state database; default: its hostname")
    accelerator: str = _row("auto", "auto, kvm or tcg; auto uses KVM only if a real guest boots with it")
    public_pool: str = _row("198.18.0.0/16", "public addresses of instances, routed to this host")
    public_pool_routed: bool = _row(False, "public_pool is routed here from outside: do not hide it")
    transit_pool: str = _row("198.19.0.0/16", "addresses of the links between this host and VPC namespaces")
    uid_base: int = _row(720000, "first of the user ids that QEMU processes run as")
    uid_count: int = _row(20000, "how many user ids there are from uid_base on")
    cache_gib: int = _row(50, "size that the cache of hydrated base images may reach")
    import_dir: Path = _row(Path(), "folder that disk files are imported from; default: <data_dir>/import")
    buckets: Mapping[str, str] = _map(
        "S3 buckets for images and S3Download, S3Upload of components, each with the accounts that may use it"
    )
    bucket_options: Mapping[str, str] = _map("options for these buckets (endpoint, access_key_id, …)")
    catalog_dir: Path = _row(Path(), "folder of the public images' catalog files; default: the shipped ones")
    organization: str = _row(
        "",
        "ARN of the organisation (arn:aws:organizations::ACCOUNT:organization/o-…) that all accounts are in",
    )
    quotas: Mapping[str, str] = _map("limits that differ from AWS's defaults, by the names in api/quotas.py")
    share_gate: str = _row(
        "", "critical, high, medium or low: images with findings of that severity are not shared"
    )
    workers: int = _row(16, "threads that run flows")
    build_cache_days: int = _row(30, "days that the build cache keeps what no build uses")
    builders: int = _row(4, "image builds whose components run at the same time")
    stop_grace_seconds: float = _row(90.0, "how long a guest may take to shut down before its power is cut")
    lease_seconds: float = _row(15.0, "how long a silent worker keeps a flow before another takes it")
    poll_seconds: float = _row(0.5, "how often the engine looks for flows that other processes enqueued")
    clock_window_seconds: int = _row(900, "how far a request's signature time may be off")
    log_level: str = _row("INFO", "DEBUG, INFO, WARNING or ERROR")

    def __post_init__(self) -> None:
        for name in ("public_pool", "transit_pool"):
            try:
                IPv4Network(getattr(self, name))
            except ValueError as wrong:
                raise InvalidInput(f"Setting {name}: {wrong}.") from wrong
        if self.accelerator not in ("auto", "kvm", "tcg"):
            raise InvalidInput(f"Setting accelerator: {self.accelerator!r} is none of auto, kvm, tcg.")
        if self.share_gate not in ("", "low", "medium", "high", "critical"):
            raise InvalidInput(
                f"Setting share_gate: {self.share_gate!r} is none of low, medium, high, critical."
            )
        if self.organization and not _ORGANIZATION.match(self.organization):
            raise InvalidInput(f"Setting organization: {self.organization!r} is not an organisation's ARN.")
        if not self.region_names:
            raise InvalidInput("Setting regions: name at least one region.")
        host, colon, port = self.listen.rpartition(":")
        if not (colon and host and port.isdigit()):
            raise InvalidInput(f"Setting listen: {self.listen!r} is not ADDRESS:PORT.")

    @property
    def region_names(self) -> list[str]:
        """The configured regions, default first."""
        return [name.strip() for name in self.regions.split(",") if name.strip()]

    def zone_names(self, region: str) -> list[str]:
        """`us-east-1a`, `us-east-1b`, …"""
        return [region + letter.strip() for letter in self.zones.split(",")]

    @property
    def url(self) -> str:
        """The endpoint that clients are told."""
        return self.endpoint or f"http://{self.listen}"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir}/amiable.db"

    @property
    def import_folder(self) -> Path:
        """The folder that disk files are imported from."""
        return self.import_dir if self.import_dir != Path() else self.data_dir / "import"

    def may_use_bucket(self, account_id: str, bucket: str) -> bool:
        """Whether the setting `buckets` gives a bucket to an account."""
        return account_id in self.buckets.get(bucket, "").replace(",", " ").split()

    @property
    def parser_uid(self) -> int:
        """The user id that parses disk files from elsewhere: the one after the machines'."""
        return self.uid_base + self.uid_count

    def machine_directory(self, instance_id: str) -> Path:
        """The folder of an instance's machine."""
        return self.data_dir / "instances" / instance_id

    def store_url(self, region: str) -> str:
        """The block store of a region."""
        return self.stores.get(region, f"file://{self.data_dir}/stores/{region}")


def _convert(name: str, kind: Any, value: Any, source: str) -> Any:
    try:
        if kind in (Path, int, float):
            return kind(value)
        if kind is bool:
            return _BOOLEANS[str(value).lower()]
        if kind is str and isinstance(value, str):
            return value
        if kind == Mapping[str, str]:
            if isinstance(value, str):
                return dict(pair.split("=", 1) for pair in value.split(",") if pair)
            return {str(key): str(item) for key, item in value.items()}
    except (TypeError, ValueError, AttributeError, KeyError) as wrong:
        raise InvalidInput(f"{source}: setting {name} = {value!r} is not valid.") from wrong
    raise InvalidInput(f"{source}: setting {name} = {value!r} should be text.")


def load(environment: Mapping[str, str] | None = None, *, config: Path | None = None) -> Settings:
    """Settings from file and environment; `config` names the file whatever the environment says.

    Raises InvalidInput naming the setting that is wrong.
    """
    environment = os.environ if environment is None else environment
    if config is not None:
        environment = {**environment, "AMIABLE_CONFIG": str(config)}
    path = Path(environment.get("AMIABLE_CONFIG", DEFAULT_CONFIG))
    known = {row.name: row.type for row in fields(Settings)}
    values: dict[str, Any] = {}
    if path.exists():
        try:
            written = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as wrong:
            raise InvalidInput(f"{path}: {wrong}.") from wrong
        for name, value in written.items():
            if name not in known:
                raise InvalidInput(f"{path}: there is no setting {name!r}.")
            values[name] = _convert(name, known[name], value, str(path))
    elif "AMIABLE_CONFIG" in environment:
        raise InvalidInput(f"The configuration file {path} does not exist.")
    for name, kind in known.items():
        if (text := environment.get("AMIABLE_" + name.upper())) is not None:
            values[name] = _convert(name, kind, text, "environment")
    values["host_name"] = values.get("host_name") or platform.node() or "localhost"
    return Settings(**values)


def documentation() -> list[tuple[str, str, str]]:
    """(name, default, help) of every setting, for the sample configuration and the docs."""
    return [
        (row.name, "" if row.default is MISSING else str(row.default), row.metadata["help"])
        for row in fields(Settings)
    ]
