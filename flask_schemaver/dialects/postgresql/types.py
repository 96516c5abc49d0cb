"""From one type of PostgreSQL to another: when the server has to be told how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import (
    BIT,
    CIDR,
    DOMAIN,
    HSTORE,
    INET,
    INTERVAL,
    JSONB,
    MACADDR,
    MACADDR8,
    MONEY,
    OID,
    TSQUERY,
    TSVECTOR,
)
from sqlalchemy.dialects.postgresql.ranges import AbstractMultiRange, AbstractRange
from sqlalchemy.types import UserDefinedType

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

NUMBERS: Final = (sa.Integer, sa.Numeric, sa.Float)
# Families within which PostgreSQL converts a column's values without being told how:
# https://www.postgresql.org/docs/current/sql-altertable.html, "A USING clause must be provided
# if there is no implicit or assignment cast from old to new type".
FAMILIES: tuple[tuple[type[Any], ...], ...] = (
    NUMBERS,
    (sa.Date, sa.DateTime),
    (sa.Time,),
    (sa.LargeBinary,),
    (sa.Boolean,),
    (sa.JSON,),
    (sa.Uuid,),
)


def conversion(
    name: str, old: TypeEngine[Any] | None, new: TypeEngine[Any], spelled: str
) -> str | None:
    """The USING expression from one type to the other, None where the server needs none.

    Every type can be written as text and read back from it; a value that the new type cannot
    read stops the statement.
    """
    if old is None:
        return None
    old, new = base_of(old), base_of(new)
    if isinstance(old, sa.Boolean) and isinstance(new, NUMBERS):
        return f"{name}::integer::{spelled}"
    if isinstance(old, NUMBERS) and isinstance(new, sa.Boolean):
        return f"{name} <> 0"
    if isinstance(old, sa.ARRAY) and isinstance(new, sa.ARRAY):
        if conversion(name, old.item_type, new.item_type, spelled) is None:
            return None
        return f"{name}::text::{spelled}"
    if isinstance(old, MONEY):  # its text has a currency in it
        return f"{name}::numeric::{spelled}"
    text = isinstance(new, sa.String) and not isinstance(new, sa.Enum)
    if text or any(isinstance(old, f) and isinstance(new, f) for f in FAMILIES):
        return None
    return f"{name}::text::{spelled}"


def can_convert(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Whether some value of the old type other than NULL can become one of the new type.

    Text may say anything and everything can be written as text; between other types the families
    of https://www.postgresql.org/docs/current/sql-createcast.html count, of which the server
    knows the casts. A type that is not known here may well have one.
    """
    old, new = base_of(old), base_of(new)
    arrays = [isinstance(type_, sa.ARRAY) for type_ in (old, new)]
    if isinstance(old, sa.ARRAY) and isinstance(new, sa.ARRAY):
        return can_convert(old.item_type, new.item_type)
    if any(arrays):
        other = new if arrays[0] else old
        return isinstance(other, sa.String) and not isinstance(other, sa.Enum)
    groups = (_group(old), _group(new))
    return None in groups or "text" in groups or groups[0] == groups[1] or groups in _CASTS


def base_of(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """What a domain is made of; any other type as it is."""
    return base_of(type_.data_type) if isinstance(type_, DOMAIN) else type_


_GROUPS: tuple[tuple[str, tuple[type[Any], ...]], ...] = (
    ("text", (sa.String,)),
    ("boolean", (sa.Boolean,)),
    ("number", NUMBERS),
    ("time stamp", (sa.DateTime,)),
    ("day", (sa.Date,)),
    ("time", (sa.Time,)),
    ("json", (sa.JSON,)),
    ("uuid", (sa.Uuid,)),
    ("bytes", (sa.LargeBinary,)),
    ("interval", (sa.Interval, INTERVAL)),
    ("ranges", (AbstractMultiRange,)),
    ("range", (AbstractRange,)),
    ("address", (INET, CIDR)),
    ("hardware address", (MACADDR, MACADDR8)),
    ("bits", (BIT,)),
    ("words", (TSVECTOR,)),
    ("search", (TSQUERY,)),
    ("pairs", (HSTORE,)),
)
_CASTS = {
    ("number", "boolean"),
    ("boolean", "number"),
    ("day", "time stamp"),
    ("time stamp", "day"),
    ("time stamp", "time"),
    ("json", "number"),
    ("json", "boolean"),
    ("time", "interval"),
    ("interval", "time"),
}


def _group(type_: TypeEngine[Any]) -> str | None:
    # An enumerated type is read from text, of which it takes few.
    if isinstance(type_, sa.Enum):
        return "text"
    return next((name for name, types in _GROUPS if isinstance(type_, types)), None)


def arithmetic(type_: TypeEngine[Any]) -> type[Any]:
    """In which kind of values expressions on a column of this type compute."""
    kinds = (sa.Integer, sa.Float, sa.Numeric, sa.String)
    return next((kind for kind in kinds if isinstance(type_, kind)), type(type_))


def same_family(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Whether values of the two types compare with each other, as those of a foreign key must."""
    families: tuple[tuple[type[Any], ...], ...] = (*FAMILIES, (sa.String,))
    enums = isinstance(old, sa.Enum) or isinstance(new, sa.Enum)
    if enums:
        return type(old) is type(new) and getattr(old, "name", 0) == getattr(new, "name", 1)
    return any(isinstance(old, f) and isinstance(new, f) for f in families)


def empty_literal(type_: TypeEngine[Any], spelled: str) -> str | None:
    """The empty value of a type that PostgreSQL alone has: what its text says for it.

    `spelled` is the type as the catalogue has it; that serves for types without a class.
    """
    if isinstance(type_, AbstractRange):
        return "'{}'" if type_.__visit_name__.endswith("MULTIRANGE") else "'empty'"
    if isinstance(type_, BIT):
        width = 0 if type_.varying else type_.length or 1
        return f"B'{'0' * width}'"
    known = _EMPTY.get(type_.__visit_name__)
    if known is None and isinstance(type_, UserDefinedType):
        return _EMPTY_TEXTS.get(spelled.partition("(")[0])
    return known


# https://www.postgresql.org/docs/current/datatype.html
_EMPTY: Final = {
    "ARRAY": "'{}'",
    "INET": "'0.0.0.0'",
    "CIDR": "'0.0.0.0/0'",
    "MACADDR": "'00:00:00:00:00:00'",
    "MACADDR8": "'00:00:00:00:00:00:00:00'",
    "MONEY": "0",
    "OID": "0",
    "REGCLASS": "'-'",
    "HSTORE": "''",
    "TSVECTOR": "''",
    "TSQUERY": "''",
}


_EMPTY_TEXTS: Final = {
    "xml": "''",
    "name": "''",
    "character varying": "''",
    "character": "''",
    "text": "''",
    "citext": "''",
    "ltree": "''",
    "cube": "'(0)'",
    "jsonpath": "'$'",
    "pg_lsn": "'0/0'",
    "point": "'(0,0)'",
    "line": "'{1,0,0}'",
    "lseg": "'(0,0),(0,0)'",
    "box": "'(0,0),(0,0)'",
    "path": "'((0,0))'",
    "polygon": "'((0,0))'",
    "circle": "'<(0,0),0>'",
}


def distinct_value(number: str, type_: TypeEngine[Any], spelled: str) -> str | None:
    """An expression of a type that differs wherever a whole number does, None for other types."""
    day, moment = (
        f"DATE '1970-01-01' + CAST({number} AS integer)",
        f"{number} * INTERVAL '1 second'",
    )
    hexadecimal = f"lpad(to_hex({number}), {{}}, '0')"
    if isinstance(type_, sa.ARRAY):
        item = distinct_value(number, type_.item_type, "") or number
        return f"CAST(ARRAY[{item}] AS {spelled})"
    if isinstance(type_, AbstractRange):
        bound = {"DATERANGE": day, "TSRANGE": f"TIMESTAMP '1970-01-01' + {moment}"}
        bound["TSTZRANGE"] = f"TIMESTAMPTZ '1970-01-01 00:00:00+00' + {moment}"
        name = type_.__visit_name__.upper().replace("MULTIRANGE", "RANGE")
        edge = bound.get(name, f"CAST({number} AS integer)")
        made = f"{name.lower()}({edge}, {edge}, '[]')"
        return f"CAST({made} AS {spelled})" if name in _RANGES else None
    if isinstance(type_, BIT):
        width = type_.length or (32 if type_.varying else 1)
        return f"CAST(CAST({number} AS bit({width})) AS {spelled})"
    words: tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...] = (
        (sa.DateTime, f"TIMESTAMPTZ '1970-01-01 00:00:00+00' + {moment}"),
        (sa.Date, day),
        (sa.Time, f"TIME '00:00' + {moment}"),
        ((sa.Interval, INTERVAL), moment),
        (sa.Uuid, f"CAST({hexadecimal.format(32)} AS uuid)"),
        (sa.LargeBinary, f"decode({hexadecimal.format(16)}, 'hex')"),
        ((INET, CIDR), f"CAST(INET '0.0.0.0' + {number} AS {spelled})"),
        (MACADDR, f"CAST({hexadecimal.format(12)} AS macaddr)"),
        (JSONB, f"to_jsonb({number})"),
        (HSTORE, f"hstore(CAST({number} AS text), NULL)"),
        (TSVECTOR, f"CAST(CAST({number} AS text) AS tsvector)"),
        (OID, f"CAST({number} AS oid)"),
    )
    return next((sql for types, sql in words if isinstance(type_, types)), None)


_RANGES = frozenset({"INT4RANGE", "NUMRANGE", "INT8RANGE", "DATERANGE", "TSRANGE", "TSTZRANGE"})
