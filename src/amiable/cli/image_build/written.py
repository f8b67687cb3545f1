"""Documents that are written for a recipe file: of a script, and of a folder of files.

A folder travels inside its document, as a compressed tar: a component has 16,000 characters, which is some
dozens of small files. Whatever is larger comes from S3 or the web (S3Download, WebDownload). The same files
make the same document, whatever their dates.
"""

import base64
import gzip
import io
import tarfile
import textwrap
from pathlib import Path

import yaml

from amiable.core.errors import InvalidInput

LONGEST = 16_000
"""Characters of a component."""
_UNPACK = """\
umask 022
base64 -d <<'END' | tar -xzf - -C /
{packed}
END
"""


def script_document(text: str, phase: str) -> str:
    """A document of one step that runs a script with sh, which any Linux has."""
    step = {
        "name": "run",
        "action": "ExecuteBinary",
        "inputs": {"path": "/bin/sh", "arguments": ["-ec", text]},
    }
    document = {"schemaVersion": "1.0", "phases": [{"name": phase, "steps": [step]}]}
    return yaml.safe_dump(document, sort_keys=False)


def overlay(folder: Path) -> str:
    """A document that lays the files of a folder over the guest's root, as root's.

    What may be executed, or begins with `#!`, may be executed there. Raises InvalidInput.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise InvalidInput(f"{path} is neither a file nor a folder")
            if path.is_file():
                content = path.read_bytes()
                entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
                entry.size = len(content)
                entry.mode = 0o755 if path.stat().st_mode & 0o100 or content.startswith(b"#!") else 0o644
                tar.addfile(entry, io.BytesIO(content))
    text = base64.b64encode(gzip.compress(packed.getvalue(), mtime=0)).decode()
    document = script_document(_UNPACK.format(packed="\n".join(textwrap.wrap(text, 100))), "build")
    if len(document) > LONGEST:
        raise InvalidInput(
            f"{folder} makes a component of {len(document):,} characters, and it may have {LONGEST:,}: "
            "fetch larger files with S3Download or WebDownload"
        )
    return document
