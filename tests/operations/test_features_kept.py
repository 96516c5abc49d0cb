"""A batch on SQLite changes what it says, whatever else a table of SQLite can have."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from dialects.sqlite.test_rebuild import CASES, check, dump, with_definition

from flask_schemaver.dialects.sqlite.catalogue import TEMPORARY_PREFIX, read_definition
from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops

from .live import Database


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("case", CASES)
def test_a_batch_keeps_what_it_does_not_name(database: Database, case: str) -> None:
    """Column n becomes NOT NULL and back; the catalogue and all rows are the same otherwise."""
    for statement in CASES[case]:
        database.op.execute(statement)
    connection = database.connection
    before = dump(connection)
    target = read_definition(connection, "t", None).with_not_null("n", True)
    with database.op.batch_alter_table("t") as batch_op:
        batch_op.alter_column("n", nullable=False)
    assert dump(connection) == with_definition(before, target)
    with database.op.batch_alter_table("t", recreate="always") as batch_op:
        batch_op.alter_column("n", nullable=True)
    assert dump(connection) == with_definition(before, target.with_not_null("n", False))
    check(connection)


@pytest.mark.databases("sqlite")
def test_a_batch_that_fails_leaves_no_table_behind(database: Database) -> None:
    """Rows that do not fit stop it, and nothing has changed."""
    database.op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    database.op.execute("INSERT INTO t (n) VALUES (1), (1), (NULL)")
    before = dump(database.connection)
    changes = [
        ops.CreateUniqueConstraintOp("uq", "t", ["n"]),
        ops.AlterColumnOp("t", "n", modify_nullable=False),
    ]
    for change in changes:
        with (
            pytest.raises(CommandError, match="'t'"),
            database.op.batch_alter_table("t") as batch_op,
        ):
            batch_op.invoke(change)
        assert dump(database.connection) == before
    names = sa.inspect(database.connection).get_table_names()
    assert not [name for name in names if name.startswith(TEMPORARY_PREFIX)]
