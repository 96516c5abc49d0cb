"""Types of PostgreSQL as text, in the one spelling of the catalogue, and back; names it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ..reflected import NamedType

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

# https://www.postgresql.org/docs/current/datatype.html, "Data Types": aliases.
SYNONYMS: Final = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "dec": "numeric",
    "float4": "real",
    "float8": "double precision",
    "double": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "nvarchar": "character varying",
    "char varying": "character varying",
    "char": "character",
    "nchar": "character",
    "bpchar": "character",
    "varbit": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_SHAPE = re.compile(r"(?P<head>[^()\[]*?)\s*(?:\((?P<args>[^()]*)\))?(?P<tail> [a-z ]+)?")
_ARRAY = re.compile(r"(?:\[\d*\])+$| array(?:\[\d*\])?$")
_COLLATE = re.compile(r" collate (\S.*)$", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'("(?:[^"]|"")*")')


@lru_cache(maxsize=4096)
def catalogue_spelling(spelled: str) -> str:
    """A type as `format_type` writes it, with its COLLATE; only quoted parts keep their case."""
    spelled = " ".join(spelled.split())
    collation = ""
    if found := _COLLATE.search(spelled):
        spelled, collation = spelled[: found.start()], f" COLLATE {found[1]}"
    parts = _QUOTED.split(spelled)
    folded = "".join(p if i % 2 else p.lower() for i, p in enumerate(parts))
    bare = _ARRAY.sub("", folded)
    array = "[]" if bare != folded else ""
    return _scalar(bare) + array + collation


def _scalar(text: str) -> str:
    match = None if '"' in text else _SHAPE.fullmatch(text)
    if match is None:
        return text
    head, tail = match["head"], match["tail"] or ""
    arguments = [a.strip() for a in (match["args"] or "").split(",") if a.strip()]
    if tail and head in ("timestamp", "time", "character", "bit"):
        head += tail
        head = head.replace(" varying", " varying")
    else:
        head += tail
        head = SYNONYMS.get(head, head)
    return _written(head, arguments)


def _written(head: str, arguments: list[str]) -> str:
    if head == "float":
        head = "real" if arguments and int(arguments[0]) <= 24 else "double precision"
    if head in ("double precision", "real", "integer", "bigint", "smallint", "text", "bytea"):
        arguments = []
    elif head == "numeric" and len(arguments) == 1:
        arguments.append("0")
    elif head in ("character", "bit") and not arguments:
        arguments = ["1"]
    inside = f"({','.join(arguments)})" if arguments else ""
    words, _, zone = head.partition(" ")
    if words in ("timestamp", "time") and zone:
        return f"{words}{inside} {zone}"
    return head + inside


_MADE: dict[str, Any] = {
    "double precision": lambda a: sa.DOUBLE_PRECISION(),
    "timestamp without time zone": lambda a: postgresql.TIMESTAMP(precision=_one(a)),
    "timestamp with time zone": lambda a: postgresql.TIMESTAMP(True, precision=_one(a)),
    "time without time zone": lambda a: postgresql.TIME(precision=_one(a)),
    "time with time zone": lambda a: postgresql.TIME(True, precision=_one(a)),
    "bit varying": lambda a: postgresql.BIT(_one(a), varying=True),
    "numeric": lambda a: sa.NUMERIC(*(int(n) for n in a)),  # type: ignore[call-overload]
    "uuid": lambda a: sa.UUID(),
    "json": lambda a: postgresql.JSON(astext_type=sa.Text()),
    "jsonb": lambda a: postgresql.JSONB(astext_type=sa.Text()),
    "hstore": lambda a: postgresql.HSTORE(text_type=sa.Text()),
    "name": lambda a: NamedType("name"),
}


def _one(arguments: list[str]) -> int | None:
    return int(arguments[0]) if arguments else None


def type_of(
    spelled: str, known: Mapping[str, type[Any]], named: TypeEngine[Any] | None = None
) -> TypeEngine[Any]:
    """The SQLAlchemy type of what `format_type` wrote; one without a class by its spelling.

    `known` are the dialect's classes by name, `named` is the enumerated type or the domain that
    the type is, or is an array of.
    """
    spelled, _, collation = spelled.partition(" COLLATE ")
    if spelled.endswith("[]"):
        item = f"{spelled[:-2]} COLLATE {collation}" if collation else spelled[:-2]
        return postgresql.ARRAY(type_of(item, known, named))
    if named is not None:
        return named
    made = _plain_type(spelled, known)
    if collation and hasattr(made, "collation"):
        made.collation = collation.strip('"').replace('""', '"')
    return made


def _plain_type(spelled: str, known: Mapping[str, type[Any]]) -> TypeEngine[Any]:
    if spelled.startswith("interval"):
        return _interval(spelled)
    match = None if '"' in spelled else _SHAPE.fullmatch(spelled)
    if match is None:
        return NamedType(spelled)
    head = match["head"] + (match["tail"] or "")
    arguments = [a.strip() for a in (match["args"] or "").split(",") if a.strip()]
    if head in _MADE:
        return _MADE[head](arguments)  # type: ignore[no-any-return]
    class_ = known.get(head)
    if class_ is None:
        return NamedType(spelled)
    words = [int(a) if a.lstrip("-").isdigit() else a for a in arguments]
    try:
        return class_(*words)  # type: ignore[no-any-return]
    except TypeError:
        return NamedType(spelled)


def _interval(spelled: str) -> TypeEngine[Any]:
    match = re.fullmatch(r"interval ?([a-z ]*?) ?(?:\((\d+)\))?", spelled)
    if match is None:
        return NamedType(spelled)
    precision = None if match[2] is None else int(match[2])
    return postgresql.INTERVAL(precision=precision, fields=match[1] or None)


def given_object_name(table: str, columns: Sequence[str], suffix: str) -> str:
    """The name that the server gives to what belongs to columns: cut evenly, if too long.

    https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL for one; the rule
    is that of makeObjectName() in the server's source. A name has 63 bytes at most.
    """
    parts = [part.encode() for part in (table, "_".join(columns)) if part]
    over = sum(map(len, parts)) + len(parts) + len(suffix) - 63
    for _ in range(over):
        longest = max(reversed(range(len(parts))), key=lambda place: len(parts[place]))
        parts[longest] = parts[longest][:-1]
    return "_".join([*(part.decode(errors="ignore") for part in parts), suffix])
