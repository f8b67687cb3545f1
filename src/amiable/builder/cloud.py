"""What a build asks of the cloud, in the name of the account that builds: the verbs of any client.

The `api` floor implements it with the public operations, so a build can do nothing that its account could
not. Every verb may be called again after a kill: what makes something takes a token or a name by which it
finds what it made before. All raise Refused when the answer is no, with its code and sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Item = Mapping[str, Any]


class Refused(Exception):
    """The cloud says no. Asking again will not help."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Where:
    """An account in a region."""

    account_id: str
    region: str


@dataclass(frozen=True)
class Instance:
    """What a build must know of an instance. `address` is public."""

    id: str
    state: str
    address: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Image:
    """What a build must know of an image."""

    id: str
    state: str
    name: str
    root_device: str
    snapshots: Sequence[str] = ()
    reason: str | None = None
    public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    launched_at: datetime | None = None
    deprecated: bool = False


@dataclass(frozen=True)
class Launch:
    """An instance to launch. `token` makes the same launch once. `name` is that of its key pair and group."""

    image_id: str
    instance_type: str
    token: str
    name: str
    public_key: str
    tags: Mapping[str, str]
    subnet_id: str | None = None
    group_ids: Sequence[str] = ()
    user_data: str | None = None
    availability_zone: str | None = None
    metadata_options: Mapping[str, Any] = field(default_factory=dict)
    devices: Sequence[Item] = ()


class Cloud(Protocol):
    """The verbs."""

    def image(self, where: Where, image_id: str) -> Image | None:
        """An image that the account may use."""
        ...

    def launch(self, where: Where, wanted: Launch) -> str:
        """An instance with access by SSH; its id."""
        ...

    def let_in(self, where: Where, name: str, port: int) -> None:
        """Let the group of that name take TCP at a port from anywhere; harmless when it does."""
        ...

    def instance(self, where: Where, instance_id: str) -> Instance:
        """An instance."""
        ...

    def instances_of(self, where: Where, tag: str, value: str) -> list[Instance]:
        """The instances with a tag that are not terminated."""
        ...

    def stop(self, where: Where, instance_id: str) -> None:
        """Stop an instance, cleanly; harmless when it is stopped."""
        ...

    def terminate(self, where: Where, instance_id: str) -> None:
        """End an instance; harmless when it has ended."""
        ...

    def public_key(self, where: Where, name: str) -> str:
        """The public half of a key pair of the account."""
        ...

    def remove_access(self, where: Where, name: str) -> bool:
        """Remove the key pair and the group of that name; False while an instance still uses them."""
        ...

    def create_image(
        self,
        where: Where,
        instance_id: str,
        name: str,
        description: str,
        tags: Mapping[str, str],
        watermarks: Sequence[str],
    ) -> str:
        """An image of a stopped instance; its id. The same name of the same instance gives the same."""
        ...

    def copy_image(
        self, where: Where, source: Where, image_id: str, name: str, description: str, tags: Mapping[str, str]
    ) -> str:
        """A copy of an image; its id. The same name gives the same."""
        ...

    def snapshot(self, where: Where, instance_id: str, description: str, tags: Mapping[str, str]) -> str:
        """A snapshot of the only volume of an instance; its id. The same description gives the same."""
        ...

    def snapshot_done(self, where: Where, snapshot_id: str) -> bool:
        """Whether a snapshot is complete. Raises Refused when it failed or is not there."""
        ...

    def register(self, where: Where, like_image: str, snapshot_id: str, name: str) -> str:
        """An image like another one but with that root snapshot; its id. The same name gives the same."""
        ...

    def deregister(self, where: Where, image_id: str, *, snapshots: bool = False) -> None:
        """Take an image out of use, with its snapshots if asked; harmless when it is."""
        ...

    def bring_image(self, where: Where, image_id: str, action: str) -> None:
        """DEPRECATE, DISABLE or DELETE an image, or make it AVAILABLE again; harmless when it is there."""
        ...

    def delete_snapshot(self, where: Where, snapshot_id: str) -> None:
        """Delete a snapshot; harmless when it is gone."""
        ...

    def shared_with(self, where: Where, image_id: str) -> set[str]:
        """The accounts that an image is shared with."""
        ...

    def users_of(self, where: Where, image_id: str) -> list[str]:
        """The account's instances of an image, and templates whose latest or default version has it."""
        ...

    def let_copy(self, where: Where, image_id: str, account_id: str) -> None:
        """Let an account launch an image and copy its snapshots."""
        ...

    def share(self, where: Where, image_id: str, permission: Item) -> None:
        """Add launch permissions: userIds, userGroups, organizationArns, organizationalUnitArns."""
        ...

    def point_template(self, where: Where, template_id: str, image_id: str, default: bool, token: str) -> int:
        """Make a version of a launch template with an image, if its latest has another; its number."""
        ...

    def put_parameter(self, where: Where, name: str, image_id: str, data_type: str) -> None:
        """Let a parameter name an image; a version that does already is left alone."""
        ...
