"""The `amiable` command."""


def main() -> None:
    """Entry point."""
