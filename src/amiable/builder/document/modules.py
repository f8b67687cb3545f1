"""The table of action modules: what each takes and brings. How each acts stands in `builder/actions/`.

The list is that of Linux on https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html.
Modules of Windows are known, so that the error can say so. FetchFromOutside is amiable's own.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "path", "texts", "number", "flag", "pairs"]


@dataclass(frozen=True)
class Input:
    """One input. `path` is one of the guest's, `texts` a list of texts, `pairs` a list of {name, value}.

    `choices` are taken in capitals and small letters.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """One action module. `listed`: its inputs are a list of such mappings; ExecuteDocument's may be just one.

    `output`: the member it brings.
    """

    name: str
    inputs: tuple[Input, ...]
    listed: bool = False
    output: str | None = None


def _need(name: str, kind: Kind = "text") -> Input:
    return Input(name, kind, required=True)


_BITS = (("8", ("",)), ("16", ("", "-LE", "-BE")), ("32", ("", "-LE", "-BE")))
ENCODINGS = {
    f"{start}{bits}{end}": f"utf-{bits}{end.lower()}"
    for start in ("utf", "utf-")
    for bits, ends in _BITS
    for end in ends
}
"""AWS's names of encodings → Python's."""

_PATH = _need("path", "path")
_OVERWRITE = Input("overwrite", "flag", default=True)
_ENCODING = Input("encoding", default="utf8", choices=tuple(ENCODINGS))
_OWNED = (Input("owner"), Input("group"))
_TO = _need("destination", "path")
_MOVED = (_need("source", "path"), _TO, _OVERWRITE)
_BUCKET_OWNER = Input("expectedBucketOwner")
_RECURSIVE = Input("recursive", "flag", default=True)
ALGORITHMS = ("MD5", "SHA1", "SHA256", "SHA512")

_ROWS = (
    Module("ExecuteBash", (_need("commands", "texts"),), output="stdout"),
    Module("ExecuteBinary", (_need("path"), Input("arguments", "texts")), output="stdout"),
    Module(
        "ExecuteDocument",
        (
            _need("document"),
            Input("document-s3-bucket-owner"),
            Input("phases"),
            Input("parameters", "pairs"),
        ),
        listed=True,
        output="status",
    ),
    Module("Assert", ()),
    Module("Reboot", (Input("delaySeconds", "number", default=0),)),
    Module("UpdateOS", (Input("include", "texts"), Input("exclude", "texts"))),
    Module(
        "FetchFromOutside",
        (
            _need("url"),
            Input("status", "number", default=200),
            Input("contains", default=""),
            Input("seconds", "number", default=90),
        ),
    ),
    Module("S3Download", (_need("source"), _TO, _BUCKET_OWNER, _OVERWRITE), listed=True),
    Module(
        "S3Upload",
        (
            _need("source", "path"),
            _need("destination"),
            Input("recurse", "flag", default=False),
            _BUCKET_OWNER,
        ),
        listed=True,
    ),
    Module(
        "WebDownload",
        (
            _need("source"),
            _TO,
            _OVERWRITE,
            Input("checksum"),
            Input("algorithm", choices=ALGORITHMS),
            Input("ignoreCertificateErrors", "flag", default=False),
        ),
        listed=True,
        output="destination",
    ),
    Module(
        "CreateFile",
        (_PATH, Input("content"), _ENCODING, *_OWNED, Input("permissions"), _OVERWRITE),
        listed=True,
    ),
    Module("AppendFile", (_PATH, Input("content"), _ENCODING), listed=True),
    Module(
        "ReadFile",
        (_PATH, _ENCODING, Input("printFileContent", "flag", default=False)),
        listed=True,
        output="content",
    ),
    Module("SetFileEncoding", (_PATH, _ENCODING), listed=True),
    Module("CopyFile", _MOVED, listed=True),
    Module("MoveFile", _MOVED, listed=True),
    Module("CopyFolder", _MOVED, listed=True),
    Module("MoveFolder", _MOVED, listed=True),
    Module("DeleteFile", (_PATH,), listed=True),
    Module("DeleteFolder", (_PATH, Input("force", "flag", default=False)), listed=True),
    Module(
        "CreateFolder",
        (_PATH, *_OWNED, Input("permissions"), _OVERWRITE),
        listed=True,
    ),
    Module("CreateSymlink", (_PATH, _need("target"), Input("force", "flag", default=False)), listed=True),
    Module(
        "ListFiles",
        (_PATH, Input("fileNamePattern"), Input("recursive", "flag", default=False)),
        listed=True,
        output="files",
    ),
    Module("SetFileOwner", (_PATH, _need("owner"), Input("group")), listed=True),
    Module("SetFolderOwner", (_PATH, _need("owner"), Input("group"), _RECURSIVE), listed=True),
    Module("SetFilePermissions", (_PATH, _need("permissions")), listed=True),
    Module("SetFolderPermissions", (_PATH, _need("permissions"), _RECURSIVE), listed=True),
)

MODULES = {row.name: row for row in _ROWS}
WINDOWS_ONLY = frozenset({"ExecutePowerShell", "InstallMSI", "UninstallMSI", "SetRegistry"})
