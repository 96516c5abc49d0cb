"""Columns whose values may not repeat: what gives each row of a table a value of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ..dialects.row_values import RowNumbers
from ..schema.model import Ref, Schema, column_ref, table_ref
from .values import Key, Special

if TYPE_CHECKING:
    from ..dialects.base import Dialect


class _Numbers(NamedTuple):
    """What differs from row to row, and whether it is a whole number."""

    row: RowNumbers
    whole: bool


def distinct(
    before: Schema, after: Schema, dialect: Dialect, tables: Iterable[tuple[str | None, str]]
) -> dict[Key, Special]:
    """For columns whose values may not repeat: an expression that differs from row to row.

    It is made of the table's own key, where that is a single column that the rows have already,
    else of the rows' places, where the database can number them. Only columns of `tables`, each by
    its schema and its name, are looked at.
    """
    found: dict[Key, Special] = {}
    for owner in dict.fromkeys(table_ref(*table) for table in tables):
        numbers = _numbers(owner, before, after, dialect)
        if numbers is not None:
            found |= _distinct_by(numbers, before, after, owner, dialect)
    return found


def _numbers(owner: Ref, before: Schema, after: Schema, dialect: Dialect) -> _Numbers | None:
    keys = [key.columns for key in after.parts(owner, "primary_key")]
    single = keys[0][0] if keys and len(keys[0]) == 1 else None
    there = single is not None and column_ref(owner.schema, owner.name, single) in before
    counter = after.get(column_ref(owner.schema, owner.name, str(single))) if there else None
    whole = counter is not None and isinstance(counter.type, sa.Integer)
    options = dict(after[owner].stored_options)
    numbered = dialect.numbered_rows(dialect.qualified(owner.name, owner.schema), options)
    if numbered is not None and not whole:
        return _Numbers(numbered, whole=True)
    return _Numbers(RowNumbers(dialect.quote(str(single))), whole=whole) if there else None


def _distinct_by(
    numbers: _Numbers, before: Schema, after: Schema, owner: Ref, dialect: Dialect
) -> dict[Key, Special]:
    """The expressions for the columns of one table."""
    found: dict[Key, Special] = {}
    linked = {name for key in after.parts(owner, "foreign_key") for name in key.columns}
    clashing = _clashing(before, after, owner)
    for name in {n for columns, _ in _unique(after, owner) for n in columns} - linked:
        column = after.get(column_ref(owner.schema, owner.name, name))
        if column is None or dialect.quote(name) == numbers.row.sql:
            continue
        if numbers.whole or isinstance(column.type, sa.String):
            sql = dialect.distinct_value(numbers.row.sql, column.type)
            if sql is not None:
                key = (owner.schema, str(owner.name), name)
                found[key] = Special(sql, numbers.row.joined, numbers.row.source, name in clashing)
    return found


def _clashing(before: Schema, after: Schema, owner: Ref) -> set[str]:
    """New columns in which rows cannot all have one value: no older column tells them apart."""
    found: set[str] = set()
    for names, nulls_clash in _unique(after, owner):
        refs = [column_ref(owner.schema, owner.name, name) for name in names]
        if not any(ref in before for ref in refs):
            columns = [after[ref] for ref in refs if ref in after]
            empty = any(c.nullable and c.server_default is None for c in columns)
            if not any(map(_varies, columns)) and (nulls_clash or not empty):
                found.update(names)
    return found


def _varies(column: Any) -> bool:
    """Whether the server itself gives each row another value."""
    counts = column.counting or column.identity is not None or column.generated is not None
    return counts or bool(_VARYING.search(column.default or ""))


_VARYING = re.compile(r"nextval|random|uuid_generate|uuid\(\)|clock_timestamp", re.IGNORECASE)


def _unique(schema: Schema, owner: Ref) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The columns of each key, and whether two rows without a value are alike there."""
    for key in schema.parts(owner, "primary_key"):
        yield key.columns, True
    for unique in schema.parts(owner, "unique"):
        yield unique.columns, unique.nulls_not_distinct
    for exclude in schema.parts(owner, "exclude"):
        yield exclude.columns, False
    for index in schema.parts(owner, "index"):
        if index.unique:
            apart = "NULLS NOT DISTINCT" in index.definition
            yield tuple(e for e in index.elements if isinstance(e, str)), apart
