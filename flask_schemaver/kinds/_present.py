"""Whether a database has an object already: what IF EXISTS asks where SQL cannot say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Ref

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect


def has_column(connection: Connection, dialect: Dialect, ref: Ref) -> bool:
    """Whether a table of the database has a column; a table that is not there has none."""
    assert ref.table is not None
    inspector = sa.inspect(connection)
    if not inspector.has_table(ref.table, schema=ref.schema):
        return False
    found = inspector.get_columns(ref.table, schema=ref.schema)
    return ref.name in [dialect.name_read(column["name"]) for column in found]


def has_index(connection: Connection, ref: Ref) -> bool:
    """Whether a table of the database has an index of this name."""
    assert ref.table is not None
    inspector = sa.inspect(connection)
    if not inspector.has_table(ref.table, schema=ref.schema):
        return False
    return inspector.has_index(ref.table, ref.name, schema=ref.schema)


def constraint_names(connection: Connection, table: str, schema: str | None) -> set[str | None]:
    """The names of the constraints of a table; none of a table that is not there."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(table, schema=schema):
        return set()
    questions: list[Callable[..., Any]] = [
        inspector.get_unique_constraints,
        inspector.get_foreign_keys,
        inspector.get_check_constraints,
    ]
    found = [inspector.get_pk_constraint(table, schema=schema)]
    for question in questions:
        found += question(table, schema=schema)
    return {constraint.get("name") for constraint in found}
