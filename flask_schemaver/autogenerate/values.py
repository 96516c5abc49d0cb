"""Values for rows without one: a model's default, what a person gives, a type's empty value."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import re
import uuid
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from ..errors import AutogenerateError
from ..kinds.column.model import is_domain
from ..schema.model import Schema, table_ref

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect as EngineDialect
    from sqlalchemy.types import TypeEngine

    from ..dialects.base import Dialect

Key = tuple[str | None, str, str]
"""Schema, table and column, as they are called after the revision."""

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
EMPTY_VALUES: dict[type[Any], Any] = {
    bool: False,
    int: 0,
    float: 0,
    decimal.Decimal: 0,
    datetime.datetime: EPOCH,
    datetime.date: EPOCH.date(),
    datetime.time: datetime.time(),
    datetime.timedelta: datetime.timedelta(),
    uuid.UUID: uuid.UUID(int=0),
    bytes: b"",
    dict: {},
    list: [],
    str: "",
}
"""What rows get in a NOT NULL column if there is nothing better, by what Python sees of it."""


class Value(NamedTuple):
    """A value as SQL, and whether it is the same for all rows and at all times."""

    sql: str
    is_constant: bool


_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_STRING = re.compile(r"'(?:[^']|'')*'")
_CALL = re.compile(r"\w+\(.*\)|current_(?:date|time|timestamp)", re.IGNORECASE | re.DOTALL)
_WORDS = {"true": True, "false": False, "1": True, "0": False}


def parsed(text: str, column: sa.Column[Any], dialect: Dialect) -> Value:
    """A value as a person gives it, as SQL.

    "sql:" before it, a call such as now() and what stands in quotes are SQL; anything else is a
    value of the column's type.
    """
    if text.startswith("sql:"):
        return Value(text.removeprefix("sql:").strip(), is_constant=False)
    if _STRING.fullmatch(text):
        return Value(text, is_constant=True)
    if _CALL.fullmatch(text):
        return Value(text, is_constant=False)
    if isinstance(column.type, sa.Boolean) and text.lower() in _WORDS:
        return Value(literal(_WORDS[text.lower()], column, dialect) or text, is_constant=True)
    if isinstance(column.type, sa.Numeric | sa.Float | sa.Integer | sa.Boolean):
        if not _NUMBER.fullmatch(text):
            raise AutogenerateError(
                f"'{text}' is no value for '{column.name}', whose type is "
                f"{dialect.type_spelling(column.type)}.",
                hint="Give a number, or SQL after 'sql:', as in 'users.age=sql:length(name)'.",
            )
        return Value(text, is_constant=True)
    return Value(dialect.literal(text), is_constant=True)


def literal(value: Any, column: sa.Column[Any], dialect: Dialect) -> str | None:
    """A value as SQL, None where it cannot be written."""
    if isinstance(value, enum.Enum) and not isinstance(column.type, sa.Enum | sa.TypeDecorator):
        value = value.value
    if isinstance(value, NUMBERS) and not isinstance(value, bool):
        return _plain(value, dialect)
    if not isinstance(value, bytes):
        with suppress(*CANNOT_BE_WRITTEN):
            compiled = sa.literal(value, column.type).compile(
                dialect=dialect.engine, compile_kwargs={"literal_binds": True}
            )
            return str(compiled)
    # What only travels beside a statement: as it would travel, and written as what that is.
    for engine in (dialect.engine, DefaultDialect()):
        with suppress(*CANNOT_BE_WRITTEN):
            text = _plain(_bound(value, column.type, engine), dialect)
            if text is not None:
                return text
    return None


NUMBERS = (int, float, decimal.Decimal)
CANNOT_BE_WRITTEN = (
    sa.exc.CompileError,
    sa.exc.StatementError,
    NotImplementedError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def _bound(value: Any, type_: TypeEngine[Any], engine: EngineDialect) -> Any:
    """A value as a driver is given it."""
    processor = type_.dialect_impl(engine).bind_processor(engine)
    return value if processor is None else processor(value)


def _plain(value: Any, dialect: Dialect) -> str | None:
    """A value that every driver knows, as SQL."""
    if isinstance(value, bool | str):
        return dialect.literal(value) if isinstance(value, str) else str(int(value))
    if isinstance(value, NUMBERS):
        return str(value) if math.isfinite(value) else None
    if isinstance(value, bytes | memoryview):
        return dialect.binary_literal(bytes(value))
    if isinstance(value, datetime.datetime):
        return dialect.literal(value.isoformat(" "))
    known = datetime.date | datetime.time | uuid.UUID | IPv4Address | IPv6Address
    return dialect.literal(str(value)) if isinstance(value, known) else None


def scalar_defaults(schema: Schema) -> dict[Key, Any]:
    """The values of the models' `default=`, where these are plain values."""
    return {
        (model.schema, model.table, model.name): value
        for model in schema.of_kind("column")
        if (value := scalar_default(model.python_default)) is not None
    }


def scalar_default(default: Any) -> Any:
    """The value of a model's `default=`, None where it is not one plain value."""
    if default is None or not default.is_scalar:
        return None
    return default.arg


def needs_value(column: sa.Column[Any]) -> bool:
    """Whether rows that exist would be without a value in an added column."""
    generated = column.computed is not None or column.identity is not None
    serial = column.autoincrement is True
    domain: Any = column.type if is_domain(column.type) else None
    nullable = column.nullable and not (domain is not None and domain.not_null)
    default = column.server_default is not None or getattr(domain, "default", None) is not None
    return not (nullable or default or generated or serial)


def empty_literal(column: sa.Column[Any], dialect: Dialect) -> str | None:
    """The empty value of a column's type as SQL; the first one of an enumerated type."""
    if is_domain(column.type) and (item := first_listed(str(getattr(column.type, "check", "")))):
        return item
    column = sa.Column(column.name, _stored_type(column.type))
    known = dialect.empty_literal(column.type)
    if known is not None:
        return known
    value = _empty_value(column.type)
    return None if value is None else literal(value, column, dialect)


def _stored_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type in which a type of an application keeps its values."""
    if is_domain(type_):
        return _stored_type(type_.data_type)  # type: ignore[attr-defined]
    own = isinstance(type_, sa.TypeDecorator) and not isinstance(
        type_, sa.Interval | sa.PickleType | sa.Enum
    )
    return _stored_type(type_.impl_instance) if own else type_  # type: ignore[attr-defined]


def _empty_value(type_: TypeEngine[Any]) -> Any:
    if isinstance(type_, sa.Enum) and type_.enums:
        first = type_.enums[0]
        return first if type_.enum_class is None else _member(type_.enum_class, first)
    if isinstance(type_, sa.Uuid):
        return uuid.UUID(int=0) if type_.as_uuid else str(uuid.UUID(int=0))
    if isinstance(type_, sa.PickleType | sa.JSON):
        return {}
    try:
        value = EMPTY_VALUES.get(type_.python_type)
    except NotImplementedError:
        return None
    if isinstance(value, datetime.datetime) and not getattr(type_, "timezone", False):
        # MariaDB takes no offset in the text of a time.
        return value.replace(tzinfo=None)
    return value


def _member(cls: type[enum.Enum], name: str) -> Any:
    return cls.__members__.get(name, name)


class Special(NamedTuple):
    """What a column gets in place of the empty value of its type.

    `joined` and `source` are what an UPDATE says behind the table and behind the value, where that
    comes from elsewhere. `must` says that rows cannot have any other value all at once, not even a
    server default.
    """

    sql: str
    joined: str = ""
    source: str = ""
    must: bool = False


def listed(schema: Schema, tables: Iterable[tuple[str | None, str]]) -> dict[Key, Special]:
    """For columns that a CHECK keeps to a list of values, `kind IN ('a', 'b')`: the first one."""
    found: dict[Key, Special] = {}
    for owner in dict.fromkeys(table_ref(*table) for table in tables):
        for check in schema.parts(owner, "check"):
            item = first_listed(check.text)
            if item is not None and len(check.used) == 1:
                found[owner.schema, str(owner.name), check.used[0]] = Special(item)
    return found


def first_listed(check: str) -> str | None:
    """The first of the values to which a CHECK keeps what it speaks of, None if it has no list."""
    match = _LISTED.match(check)
    return None if match is None else match[1]


_LISTED = re.compile(
    r"""\(*(?:\w+|"[^"]*"|`[^`]*`)\)?(?:::\w+)?\ (?:IN\ \(|=\ ANY\ \(+ARRAY\[)
    ('(?:[^']|'')*'|-?\d+(?:\.\d+)?)""",
    re.IGNORECASE | re.VERBOSE,
)
