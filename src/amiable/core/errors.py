"""The error tree, named for what the caller can do about it.

    AmiableError
    ├── InvalidInput          correct the request: malformed, out of range, contradictory
    ├── NotFound              name something that exists (and that you may see)
    ├── Conflict              the thing exists but its state forbids this now
    │   └── AlreadyExists     the name or id is taken
    ├── LimitExceeded         ask for less, or raise the limit
    ├── MissingPrerequisite   install, start or permit something on this host; `remedy` says what
    ├── Unavailable           passing: try again later
    │   └── DiskFull          make room, then try again
    ├── Corrupt               stored or imported bytes failed their check; `what` names them
    └── ProgramFailed         an outside program failed; carries its command, status and last words

Only the `api` floor knows which AWS code an error becomes (`api/faults.py`).
"""


class AmiableError(Exception):
    """Root of the tree. The message is a sentence that says what is wrong and what to do."""


class InvalidInput(AmiableError):
    """The request itself is wrong."""


class NotFound(AmiableError):
    """Nothing visible has that name."""


class Conflict(AmiableError):
    """The state of the thing forbids the operation now."""


class AlreadyExists(Conflict):
    """The name or id is taken."""


class LimitExceeded(AmiableError):
    """A quota or a physical limit would be passed."""


class MissingPrerequisite(AmiableError):
    """This host lacks something. `remedy` is a command or a sentence that mends it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}" if remedy else message)
        self.remedy = remedy


class Unavailable(AmiableError):
    """A passing condition: the same call may succeed later."""


class DiskFull(Unavailable):
    """No room left where bytes had to be written."""


class Corrupt(AmiableError):
    """Bytes failed their check. `what` names the chunk, manifest or file."""

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"{what} is corrupt: {detail}")
        self.what = what


class ProgramFailed(AmiableError):
    """An outside program exited with a status other than 0 or passed its deadline.

    `status` is None when it was ended for passing its deadline.
    """

    def __init__(self, argv: list[str], status: int | None, stderr: str) -> None:
        how = "passed its deadline" if status is None else f"exited with {status}"
        last = " / ".join(stderr.strip().splitlines()[-3:])
        super().__init__(f"{argv[0]} {how}: {last or 'no message'}")
        self.argv = argv
        self.status = status
        self.stderr = stderr
