"""docs/operations.md, written from the operation table.

python -m amiable.api.documentation > docs/operations.md
"""

import sys

from amiable.api.table import Operation, load
from amiable.protocol.models import SERVICES, operation_names

HEAD = """# Operations

Generated from the operation table; do not edit. To write it anew:

    python -m amiable.api.documentation > docs/operations.md

What a service's model has and this page has not answers `UnsupportedOperation`."""


def summary(entry: Operation) -> str:
    """The first line of the function's docstring."""
    lines = (entry.function.__doc__ or "").strip().splitlines()
    assert lines, f"{entry.service}.{entry.name} has no docstring"
    return lines[0]


def markdown() -> str:
    """The whole page."""
    table = load()
    parts, empty = [HEAD], []
    for service in SERVICES:
        built = sorted((entry for entry in table.values() if entry.service == service), key=lambda e: e.name)
        if not built:
            empty.append(f"{service} ({len(operation_names(service))})")
            continue
        parts.append(f"\n## {service}: {len(built)} of {len(operation_names(service))} built\n")
        parts += [f"- **{entry.name}**: {summary(entry)}" for entry in built]
    if empty:
        parts.append(f"\n## Nothing built\n\n{', '.join(empty)}")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
