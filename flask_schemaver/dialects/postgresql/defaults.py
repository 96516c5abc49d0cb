"""Server defaults that are one literal: with the cast that the server notes, and without.

The server reads a literal as a value of the column's type and shows it with that type. One that is
typed with another type is stored with that one, and so is a number without quotes.
https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS
"""

from __future__ import annotations

import re
from functools import lru_cache

from .names import catalogue_spelling

_LITERAL = re.compile(
    r"""(?P<value>'(?:[^']|'')*')
    (?:\s*::\s*(?P<cast>(?:"[^"]+"|[a-z_]\w*)(?:\.(?:"[^"]+"|[a-z_]\w*))?
    (?:\ varying|\ precision)?(?:\(\d+(?:,\d+)?\))?(?:\ with(?:out)?\ time\ zone)?(?:\[\])*))?""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)")
_BOOLEANS = {"true": "true", "t": "true", "1": "true", "false": "false", "f": "false", "0": "false"}


@lru_cache(maxsize=4096)
def bare_literal(default: str, column: str) -> str:
    """A stored default without the cast that says what the column's type says anyway."""
    literal = _LITERAL.fullmatch(default)
    if literal is None or literal["cast"] is None or not _is_of(literal["cast"], column):
        return default
    return literal["value"]


@lru_cache(maxsize=4096)
def normal_literal(default: str, column: str) -> str | None:
    """A default that is one literal, as it is stored in a column of this type; None for others.

    Equal are those that the server stores alike: of an integer `'7'` and 7, of others not.
    """
    base = _base(column)
    if _NUMBER.fullmatch(default):
        quoted = type_of_number(default) == base and not _is_shown_bare(default, base)
        return f"'{default}'" if quoted else default
    literal = _LITERAL.fullmatch(default)
    if literal is None:
        return None
    value, cast = literal["value"], literal["cast"]
    inside = value[1:-1]
    if cast is not None and not _is_of(cast, column):
        if _NUMBER.fullmatch(inside) and _base(cast) == type_of_number(inside):
            return inside
        return f"{value}::{catalogue_spelling(cast)}"
    if column.endswith("[]"):
        return value
    if base == "boolean":
        return _BOOLEANS.get(inside.lower(), value)
    return inside if _NUMBER.fullmatch(inside) and _is_shown_bare(inside, base) else value


def type_of_number(text: str) -> str:
    """The type as which the server reads a number without quotes; its sign comes afterwards."""
    if "." in text:
        return "numeric"
    size = abs(int(text))
    return "integer" if size < 2**31 else "bigint" if size < 2**63 else "numeric"


def _is_shown_bare(text: str, base: str) -> bool:
    """Whether a number that is stored as this type is what the same one without quotes is."""
    if base == "integer":
        return "." not in text
    return base == "numeric" and "." in text and not text.startswith("-")


def _is_of(cast: str, column: str) -> bool:
    """Whether a cast is the server's own: that to a text has no length."""
    if "(" in cast and _base(cast).startswith("character"):
        return False
    return _base(cast) == _base(column) and cast.endswith("[]") == column.endswith("[]")


@lru_cache(maxsize=4096)
def _base(type_: str) -> str:
    """A type without length and precision; `"bit"` in quotes is one without the length of 1."""
    return re.sub(r"\([\d,]+\)", "", catalogue_spelling(type_)).partition(" COLLATE ")[0]
