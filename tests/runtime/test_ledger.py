"""The version table: made on demand, read without making it, moved on condition."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import DatabaseError
from flask_schemaver.runtime.ledger import Ledger
from flask_schemaver.runtime.migration import MigrationContext
from flask_schemaver.runtime.planner import RowChange


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_the_table_is_wide_and_its_key_has_a_name(connection):
    """One column of 255 characters and the primary key 'schemaver_version_pkc'."""
    Ledger().ensure(connection)
    inspector = sa.inspect(connection)
    (column,) = inspector.get_columns("schemaver_version")
    assert (column["name"], column["type"].length) == ("version_num", 255)
    assert not column["nullable"]
    key = inspector.get_pk_constraint("schemaver_version")
    assert key["constrained_columns"] == ["version_num"]
    assert key["name"] in ("schemaver_version_pkc", None)  # MariaDB names no primary key


def test_reading_makes_no_table(connection):
    """A database without the table is at base, and stays without it."""
    assert Ledger().read(connection) == ()
    assert MigrationContext.configure(connection).get_current_revision() is None
    assert not sa.inspect(connection).has_table("schemaver_version")


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_rows_are_inserted_updated_and_deleted(connection):
    """The three moves of a row, and what is read after each."""
    ledger = Ledger()
    ledger.ensure(connection)
    ledger.move(connection, RowChange("insert", None, "b"))
    ledger.move(connection, RowChange("insert", None, "a"))
    assert ledger.read(connection) == ("a", "b")
    ledger.move(connection, RowChange("update", "b", "c"))
    ledger.move(connection, RowChange("delete", "a", None))
    assert ledger.read(connection) == ("c",)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
@pytest.mark.parametrize(
    "change", [RowChange("update", "gone", "next"), RowChange("delete", "gone", None)]
)
def test_a_row_that_is_not_as_it_was_read_is_not_moved(connection, change):
    """Whoever moved it first wins; the error names the row and the table."""
    ledger = Ledger()
    ledger.ensure(connection)
    with pytest.raises(DatabaseError, match="row 'gone' of the version table 'schemaver_version'"):
        ledger.move(connection, change)


def test_a_row_that_is_there_is_not_inserted_twice(connection):
    """The second of two that insert the same row is told so."""
    ledger = Ledger()
    ledger.ensure(connection)
    ledger.move(connection, RowChange("insert", None, "a"))
    with pytest.raises(DatabaseError, match="already in the version table"):
        ledger.move(connection, RowChange("insert", None, "a"))


@pytest.mark.databases("postgresql")
def test_the_table_may_live_in_another_schema_and_have_another_name(connection):
    """`version_table` and `version_table_schema` are followed."""
    connection.execute(sa.text("CREATE SCHEMA ops"))
    ledger = Ledger("moves", "ops")
    ledger.ensure(connection)
    ledger.insert(connection, ["a"])
    assert sa.inspect(connection).has_table("moves", schema="ops")
    opts = {"version_table": "moves", "version_table_schema": "ops"}
    assert MigrationContext.configure(connection, opts=opts).get_current_heads() == ("a",)


def test_reading_leaves_no_transaction_open(engine):
    """A connection that was in none is in none afterwards."""
    with engine.connect() as connection:
        MigrationContext.configure(connection).get_current_heads()
        assert not connection.in_transaction()


def test_several_rows_are_no_single_revision(connection):
    """`get_current_revision` names all rows instead of choosing one."""
    ledger = Ledger()
    ledger.ensure(connection)
    ledger.insert(connection, ["a", "b"])
    with pytest.raises(Exception, match="'a', 'b'"):
        MigrationContext.configure(connection).get_current_revision()
