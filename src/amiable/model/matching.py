"""AWS's filter patterns in SQL, case-sensitive, on both databases: `matches(column, pattern)`.

`*` is any run of characters, `?` any one, `\\` takes the next literally. SQLite's LIKE ignores case, so
there it is GLOB; PostgreSQL's LIKE does not.
"""

from typing import Any

from sqlalchemy import Column, ColumnElement, String, cast, exists, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean


class _pattern_match(GenericFunction[bool]):
    type = Boolean()
    inherit_cache = True
    name = "amiable_pattern_match"


class iso_text(GenericFunction[str]):
    """A timestamp column as `2026-11-23T07:30:00.000Z`, milliseconds truncated (as `core.clock.iso`)."""

    type = String()
    inherit_cache = True


@compiles(iso_text, "sqlite")
def _sqlite_iso(element: Any, compiler: Any, **kw: Any) -> str:
    column = compiler.process(next(iter(element.clauses)), **kw)
    return f"(substr({column}, 1, 10) || 'T' || substr({column}, 12, 12) || 'Z')"


@compiles(iso_text, "postgresql")
def _postgresql_iso(element: Any, compiler: Any, **kw: Any) -> str:
    column = compiler.process(next(iter(element.clauses)), **kw)
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


class _json_texts(GenericFunction[Any]):
    """The members of a JSON list of texts, as a table with the column `value`."""

    inherit_cache = True


@compiles(_json_texts, "sqlite")
def _sqlite_texts(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_json_texts, "postgresql")
def _postgresql_texts(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **kw)})"


def _tokens(pattern: str) -> list[tuple[str, bool]]:
    """(character, is a wildcard) of a pattern, escapes resolved."""
    tokens, characters = [], iter(pattern)
    for character in characters:
        if character == "\\":
            tokens.append((next(characters, "\\"), False))
        else:
            tokens.append((character, character in "*?"))
    return tokens


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern is more than a literal."""
    return any(wild for _, wild in _tokens(pattern))


def literal_text(pattern: str) -> str:
    """A pattern without wildcards as the text that it means."""
    return "".join(character for character, _ in _tokens(pattern))


def glob(pattern: str) -> str:
    """The pattern for SQLite's GLOB."""
    return "".join(
        character if wild else f"[{character}]" if character in "*?[" else character
        for character, wild in _tokens(pattern)
    )


def like(pattern: str) -> str:
    """The pattern for LIKE … ESCAPE '\\'."""
    wildcards = {"*": "%", "?": "_"}
    return "".join(
        wildcards[character] if wild else f"\\{character}" if character in "%_\\" else character
        for character, wild in _tokens(pattern)
    )


@compiles(_pattern_match, "sqlite")
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    column, as_glob, _ = element.clauses
    return f"({compiler.process(column, **kw)} GLOB {compiler.process(as_glob, **kw)})"


@compiles(_pattern_match, "postgresql")
def _postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, _, as_like = element.clauses
    return f"({compiler.process(column, **kw)} LIKE {compiler.process(as_like, **kw)} ESCAPE '\\')"


def matches(column: Any, pattern: str) -> ColumnElement[bool]:
    """A condition: the column's text matches the pattern. Plain equality where there is no wildcard."""
    if not has_wildcard(pattern):
        return column == literal_text(pattern)  # type: ignore[no-any-return]
    text = column if isinstance(column.type, String) else cast(column, String)
    return _pattern_match(text, literal(glob(pattern)), literal(like(pattern)))


def any_matches(column: Any, pattern: str) -> ColumnElement[bool]:
    """A condition: a member of the column's JSON list of texts matches the pattern."""
    texts = _json_texts(column).table_valued(Column("value", String))
    return exists(select(texts.c.value).where(matches(texts.c.value, pattern)))
