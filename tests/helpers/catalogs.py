"""A catalog of a test's own: one file in a folder, and what it needs beside it."""

from pathlib import Path
from typing import Any


def write_catalog(folder: Path, *images: dict[str, Any], distribution: str = "Test") -> Path:
    """Write the entries as `test.toml`; values are text, whole numbers, truth or one table of such."""
    lines = [f'distribution = "{distribution}"']
    for image in images:
        given = {"release": "1", "user": "root", "size": 1, **image}
        tables = {name: value for name, value in given.items() if isinstance(value, dict)}
        lines += ["[[image]]", *_pairs({name: v for name, v in given.items() if name not in tables})]
        for name, table in tables.items():
            lines += [f"[image.{name}]", *_pairs(table)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.toml").write_text("\n".join(lines) + "\n")
    return folder


def _pairs(values: dict[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in values.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_value(one)}' for key, one in value.items()) + " }"
    return str(value) if isinstance(value, int) else f'"{value}"'
