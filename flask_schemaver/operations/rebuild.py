"""Changes that ALTER TABLE cannot make: all of them folded into one rebuild of the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds._constraint import DropConstraintOp
from ..kinds.column.operations import DropColumnOp
from ..schema.operation import TableOperation
from .shape import Shape

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..dialects.sqlite.definition import TableDefinition
    from .facade import Migration


def needs_rebuild(operations: Sequence[TableOperation], dialect: Dialect) -> bool:
    """Whether any of these changes of one table is more than the database's ALTER can do."""
    return any(not operation.native(dialect) for operation in operations)


def run_rebuild(
    operations: Sequence[TableOperation], migration: Migration, shape: Shape | None = None
) -> None:
    """Make all these changes of one table in one rebuild that keeps everything else of it.

    A renaming is native everywhere; it ends one rebuild, as later changes know the new name.
    `shape` is what a batch wants of the table besides.
    """
    dialect = migration.spelling
    if shape is None:
        shape = Shape(operations[0].table_name, operations[0].schema)
    pending: list[TableOperation] = []
    for operation in operations:
        pending.append(operation)
        renames = list(operation.renames(dialect))
        if renames:
            _rebuild_once(pending, migration, shape.bare())
            for statement in renames:
                migration.run_statement(statement)
            pending = []
    if pending or shape.changes():
        _rebuild_once(pending, migration, shape)


def _rebuild_once(operations: Sequence[TableOperation], migration: Migration, shape: Shape) -> None:
    connection = migration.connection
    if connection is None or migration.as_sql:
        _write(operations, migration, shape)
    elif not _shortened(operations, migration, connection, shape):
        _run(operations, migration, connection, shape)
    for operation in operations:
        for statement in operation.afterwards(migration.spelling):
            migration.run_statement(statement)


def _run(
    operations: Sequence[TableOperation],
    migration: Migration,
    connection: Connection,
    shape: Shape,
) -> None:
    from ..dialects.sqlite.catalogue import read_definition
    from ..dialects.sqlite.rebuild import rebuild

    before = read_definition(connection, shape.table, shape.schema)
    target, values = _folded(before, operations, migration.spelling, shape)
    if target.sql != before.sql:
        rebuild(connection, shape.table, shape.schema, target, copy=values)


def _folded(
    before: TableDefinition, operations: Iterable[TableOperation], dialect: Dialect, shape: Shape
) -> tuple[TableDefinition, Mapping[str, str]]:
    """The table after all changes, and what fills its columns where that is not plain."""
    target = before
    values: dict[str, str] = {}
    for operation in operations:
        edited = operation.edited(target, dialect)
        if edited.sql != target.sql:
            values |= operation.values(dialect)
        target = edited
    target = shape.applied(target, dialect)
    return target, {name: sql for name, sql in values.items() if target.has_column(name)}


def _shortened(
    operations: Sequence[TableOperation],
    migration: Migration,
    connection: Connection,
    shape: Shape,
) -> bool:
    """Do a single change by ALTER TABLE, if this table allows it; say whether it was done."""
    if len(operations) != 1 or shape.changes() or shape.always:
        return False
    from ..dialects.sqlite import shortcuts
    from ..dialects.sqlite.catalogue import read_definition

    (operation,) = operations
    version = tuple(connection.dialect.server_version_info or ())
    if isinstance(operation, DropColumnOp) and version >= shortcuts.DROP_COLUMN:
        table = read_definition(connection, shape.table, shape.schema)
        name = operation.column_name
        fits = shortcuts.can_drop_column(connection, shape.schema, table, name)
    elif isinstance(operation, DropConstraintOp) and version >= shortcuts.ALTER_CONSTRAINT:
        table = read_definition(connection, shape.table, shape.schema)
        named = [c for c in table.constraints if c.name == operation.constraint_name]
        fits = len(named) == 1 and shortcuts.can_drop_constraint(named[0])
    else:
        return False
    if fits:
        for statement in operation.statements(migration.spelling):
            migration.run_statement(statement)
    return fits


# -- without a database ---------------------------------------------------------------------------


def _write(operations: Sequence[TableOperation], migration: Migration, shape: Shape) -> None:
    """Write the rebuild as SQL: of the table that `copy_from` says is there."""
    if shape.copy_from is None:
        _write_without_table(operations, migration, shape)
        return
    from ..dialects.sqlite.definition import TableDefinition

    dialect = migration.spelling
    stored = str(sa.schema.CreateTable(shape.copy_from).compile(dialect=dialect.engine))
    before = TableDefinition.parse(stored.strip())
    target, values = _folded(before, operations, dialect, shape)
    for statement in _statements(before, target, values, dialect, shape):
        migration.run_statement(statement)
    for index in sorted(shape.copy_from.indexes, key=lambda i: str(i.name)):
        if all(target.has_column(column.name) for column in index.columns):
            for made in dialect.create_index(index):
                migration.run_statement(made)


def _statements(
    before: TableDefinition,
    target: TableDefinition,
    values: Mapping[str, str],
    dialect: Dialect,
    shape: Shape,
) -> Iterable[str]:
    from ..dialects.sqlite.catalogue import TEMPORARY_PREFIX

    spare = TEMPORARY_PREFIX + shape.table
    new, old = (dialect.qualified(name, shape.schema) for name in (spare, shape.table))
    filled = {
        column.name: values.get(column.name, dialect.quote(column.name))
        for column in target.columns
        if column.generated is None and (column.name in values or before.has_column(column.name))
    }
    yield target.renamed(spare).in_schema(shape.schema).sql
    names = ", ".join(dialect.quote(name) for name in filled)
    yield f"INSERT INTO {new} ({names}) SELECT {', '.join(filled.values())} FROM {old}"
    yield f"DROP TABLE {old}"
    yield f"ALTER TABLE {new} RENAME TO {dialect.quote(shape.table)}"


def _write_without_table(
    operations: Sequence[TableOperation], migration: Migration, shape: Shape
) -> None:
    """Write what ALTER TABLE may do, DROP COLUMN; refuse the rest."""
    if not shape.changes() and all(isinstance(o, DropColumnOp) for o in operations):
        for operation in operations:
            for statement in operation.statements(migration.spelling):
                migration.run_statement(statement)
        return
    words: Any = ", ".join(operation.describe() for operation in operations) or "reorder columns"
    raise CommandError(
        f"To {words}, SQLite has to read table '{shape.table}' and build it anew; that cannot be "
        "written as SQL beforehand.",
        hint="Run the upgrade online, or say what the table is: "
        "batch_alter_table(..., copy_from=sa.Table(...)).",
    )
