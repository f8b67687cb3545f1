"""Loading nftables scripts, and knowing whether that is needed.

What was loaded is noted as a digest of the script and of the kernel's own listing of it. Equal digest:
nothing was changed, neither by us nor by hand. The note is the caller's last act, so a kill in between means
one more load, never one less.

Call these in the namespace that is meant (see inside.py).
"""

import hashlib
from pathlib import Path

from amiable.core import proc

WHOLE = ("ruleset",)
"""List everything: for a namespace, where all rules are ours."""


def load(script: str) -> None:
    """Load a script in one transaction. Raises ProgramFailed with nftables' message."""
    proc.run(["nft", "-f", "-"], input=script.encode())


def digest(script: str, listed: tuple[str, ...]) -> str:
    """The digest of a script and of what the kernel holds now; `listed` is what to list, as words for nft."""
    answer = proc.run(["nft", "-s", "list", *listed], check=False)
    state = answer.stdout if answer.status == 0 else b"absent"
    return hashlib.sha256(script.encode() + b"\0" + state).hexdigest()


def is_loaded(script: str, listed: tuple[str, ...], note: Path) -> bool:
    """Whether the noted load of this very script still stands unchanged."""
    return note.exists() and note.read_text() == digest(script, listed)


def note_loaded(script: str, listed: tuple[str, ...], note: Path) -> None:
    """Note that the script is loaded as it stands now."""
    note.write_text(digest(script, listed))
