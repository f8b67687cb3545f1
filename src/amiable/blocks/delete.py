"""Deleting a snapshot's manifest. Its chunks go later, by collection, if nothing else names them."""

from amiable.blocks.layout import manifest_key
from amiable.blocks.store import WriteStore


def delete_manifest(store: WriteStore, name: str) -> None:
    """Remove the manifest of a snapshot, durably; missing is fine.

    The snapshot's row must be in state `deleting` before, so that no one starts to rely on it.
    """
    store.delete(manifest_key(name))
    store.settle()
