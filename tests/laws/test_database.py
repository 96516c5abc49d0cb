"""Law 5: after the statements a real database is what `create_all` would have made, both ways."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from flask_schemaver.autogenerate.api import Comparison, compare, migration_script
from flask_schemaver.autogenerate.render import Renderer, flattened, render_operations
from flask_schemaver.operations import ops
from flask_schemaver.operations.facade import Operations
from flask_schemaver.schema.operation import Operation

from .schemas import CONVERTIBLE, Connected, metadata
from .snapshot import differences, snapshot

EXAMPLES = int(os.environ.get("SCHEMAVER_TEST_EXAMPLES", "25"))
"""How many pairs of schemas each law tries on each database; a thousand look for what is rare."""

LIVE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")


@contextmanager
def empty_database(engine: sa.Engine) -> Iterator[Connected]:
    """A connection to the emptied database; foreign keys are off, as the runner has them."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN")
        elif engine.dialect.name == "mysql":
            emptied(connection)
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        yield Connected(connection)
        connection.rollback()


def emptied(connection: sa.Connection) -> None:
    """DDL is not rolled back on MySQL and MariaDB: what another example made is dropped."""
    connection.exec_driver_sql("SET foreign_key_checks = 0")
    for table in connection.exec_driver_sql("SHOW TABLES").scalars().all():
        connection.exec_driver_sql(f"DROP TABLE `{table}`")
    connection.exec_driver_sql("SET foreign_key_checks = 1")


def made_by_create_all(engine: sa.Engine, source: sa.MetaData) -> dict[str, Any]:
    with empty_database(engine) as context:
        source.create_all(context.connection)
        return snapshot(context.connection)


def run(operations: list[Operation], context: Connected) -> None:
    """Run operations as the revision file that they are written to would."""
    renderer = Renderer()
    batch = not context.spelling.alters_constraints
    code = render_operations(operations, renderer, batch=batch)
    with Operations.context(context) as op:
        exec("\n".join([*renderer.imports, code]), {"sa": sa, "op": op})


def compared(context: Connected, source: sa.MetaData) -> Comparison:
    return compare(context, source, allow_no_models=True)  # type: ignore[arg-type]


@pytest.fixture
def database(engine: sa.Engine) -> sa.Engine:
    return engine


@ALL
@given(data=st.data())
@LIVE
def test_upgrade_makes_what_create_all_makes_and_downgrade_takes_it_back(
    database: sa.Engine, data: st.DataObject
) -> None:
    """The generated revision leads from A to B and back, and a second comparison finds nothing."""
    name = database.dialect.name
    a, b = data.draw(metadata(name)), data.draw(metadata(name))
    for source in (a, b):
        sa.Table("kept", source, sa.Column("id", sa.Integer, primary_key=True))
    at_a, at_b = made_by_create_all(database, a), made_by_create_all(database, b)
    with empty_database(database) as context:
        a.create_all(context.connection)
        script = migration_script(compared(context, b), context.spelling)
        run(script.upgrade_ops.ops, context)
        note(script.upgrade_ops.describe())
        assert differences(at_b, snapshot(context.connection)) == []
        assert compared(context, b).operations == ()
        run(script.downgrade_ops.ops, context)
        note(script.downgrade_ops.describe())
        assert differences(at_a, snapshot(context.connection)) == []


@ALL
@given(data=st.data())
@LIVE
def test_what_create_all_made_has_no_difference(database: sa.Engine, data: st.DataObject) -> None:
    """Law 1 on a live database: nothing is found where nothing changed."""
    source = data.draw(metadata(database.dialect.name))
    sa.Table("kept", source, sa.Column("id", sa.Integer, primary_key=True))
    with empty_database(database) as context:
        source.create_all(context.connection)
        assert compared(context, source).operations == ()


@ALL
@given(data=st.data())
@LIVE
def test_what_is_recognised_has_no_difference(database: sa.Engine, data: st.DataObject) -> None:
    """A table that is passed over unread is found equal when it is read."""
    name = database.dialect.name
    a, b = data.draw(metadata(name)), data.draw(metadata(name))
    for table in data.draw(st.sets(st.sampled_from(sorted(a.tables)))) if a.tables else ():
        if table not in b.tables:
            a.tables[table].to_metadata(b)
    with empty_database(database) as context:
        a.create_all(context.connection)
        recognised = sa.MetaData()
        for table in context.spelling.unchanged(context.connection, b.tables.values()):
            table.to_metadata(recognised)
        names = recognised.tables
        beside = ("enum", "domain", "sequence")
        # A filter has every table looked into.
        context.opts["include_name"] = lambda name, type_, _: (
            type_ not in beside and (type_ != "table" or name in names)
        )
        assert compared(context, recognised).operations == ()


@ALL
@given(data=st.data())
@LIVE
def test_rows_survive_both_ways(database: sa.Engine, data: st.DataObject) -> None:
    """No row of a table that both schemas have is lost by an upgrade and a downgrade."""
    name = database.dialect.name
    # An index of MySQL cannot keep a column that becomes a TEXT.
    kinds = [k for k in CONVERTIBLE if name != "mysql" or not isinstance(k[0], sa.Text)]
    a, b = data.draw(metadata(name, kinds)), data.draw(metadata(name, kinds))
    sa.Table("kept", b, sa.Column("id", sa.Integer, primary_key=True))
    for table in b.tables.values():
        for column in table.columns:
            if not (column.nullable or column.server_default or column.primary_key):
                column.default = sa.ColumnDefault(3)
    with empty_database(database) as context:
        connection = context.connection
        a.create_all(connection)
        for table in a.tables.values():
            connection.execute(sa.insert(table), [row(table, 1), row(table, 2)])
        if name == "postgresql":  # no table changes while checks of its rows wait for a commit
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        kept = [table for name, table in a.tables.items() if name in b.tables]
        script = migration_script(compared(context, b), context.spelling)
        assume(not any(is_unique_on_new_column(o, a) for o in flattened(script.upgrade_ops.ops)))
        note(script.upgrade_ops.describe())
        run(script.upgrade_ops.ops, context)
        both = {t.name: [c.name for c in t.c if c.name in b.tables[t.name].c] for t in kept}
        assert {n: values(connection, n, c) for n, c in both.items()} == expected(both)
        assume(not any(is_unique_on_new_column(o, b) for o in flattened(script.downgrade_ops.ops)))
        run(script.downgrade_ops.ops, context)
        assert {n: values(connection, n, c) for n, c in both.items()} == expected(both)


def row(table: sa.Table, number: int) -> dict[str, Any]:
    """A row with the number in every column, but for the foreign key."""
    text = (sa.String, sa.Text)
    return {
        c.name: None if c.name == "ref_id" else str(number) if isinstance(c.type, text) else number
        for c in table.columns
    }


def values(connection: sa.Connection, table: str, names: list[str]) -> list[list[Any]]:
    columns = [sa.column(name) for name in names]
    rows = connection.execute(sa.select(*columns).select_from(sa.table(table)).order_by("id"))
    return [[None if v is None else int(float(v)) for v in row] for row in rows]


def expected(names: dict[str, list[str]]) -> dict[str, list[list[Any]]]:
    return {
        table: [[None if c == "ref_id" else n for c in columns] for n in (1, 2)]
        for table, columns in names.items()
    }


def is_unique_on_new_column(operation: Operation, before: sa.MetaData) -> bool:
    """Whether rows would have to differ in a column that gives all of them one value."""
    unique = isinstance(operation, ops.CreateUniqueConstraintOp) or (
        isinstance(operation, ops.CreateIndexOp) and operation.unique
    )
    if not unique or operation.table_name not in before.tables:
        return False
    known = before.tables[operation.table_name].c
    return not any(isinstance(c, str) and c in known for c in operation.columns)
