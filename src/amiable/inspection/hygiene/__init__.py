"""The rows of the hygiene list, a file a subject."""

from amiable.inspection.hygiene.credentials import ROWS as CREDENTIALS
from amiable.inspection.hygiene.identity import ROWS as IDENTITY
from amiable.inspection.hygiene.logins import ROWS as LOGINS
from amiable.inspection.hygiene.platform import ROWS as PLATFORM
from amiable.inspection.hygiene.remains import ROWS as REMAINS

CHECKS = (*LOGINS, *CREDENTIALS, *REMAINS, *IDENTITY, *PLATFORM)
