"""Databases that this package has no class for, and classes of other packages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry as engines
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.default import DefaultDialect

from flask_schemaver.dialects import registry
from flask_schemaver.dialects.base import Dialect, dialect_for
from flask_schemaver.dialects.postgresql.dialect import PostgreSQLDialect
from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext


class Acme(DefaultDialect):
    """A database of SQLAlchemy's that nobody here knows."""

    name = "acme"
    supports_statement_cache = True


class Redshift(PGDialect_psycopg):
    """A database that is nearly PostgreSQL."""

    name = "redshift"
    supports_statement_cache = True


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    engines.register("acme", __name__, "Acme")
    engines.register("redshift", __name__, "Redshift")
    return


def written(name: str) -> list[str]:
    """The statements for a database that is not there."""
    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer}
    context = MigrationContext.configure(dialect=engines.load(name)(), opts=options)
    with Operations.context(context) as op:
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column("t", sa.Column("n", sa.Integer, nullable=False))
        op.alter_column("t", "n", type_=sa.String(5), nullable=True, new_column_name="m")
        op.create_index("ix", "t", ["m"], unique=True)
        op.create_check_constraint("ck", "t", "m <> 'x'")
        op.drop_constraint("ck", "t")
        op.drop_table("t")
    statements = buffer.getvalue().split(";\n\n")
    return [" ".join(statement.split()) for statement in statements if statement]


def test_an_unknown_database_is_spelled_by_sqlalchemy() -> None:
    """Standard SQL, with the parts that SQLAlchemy's compilers write."""
    assert type(dialect_for(Acme())) is Dialect
    assert written("acme") == [
        "CREATE TABLE t ( id INTEGER NOT NULL, PRIMARY KEY (id) )",
        "ALTER TABLE t ADD COLUMN n INTEGER NOT NULL",
        "ALTER TABLE t ALTER COLUMN n TYPE VARCHAR(5)",
        "ALTER TABLE t ALTER COLUMN n DROP NOT NULL",
        "ALTER TABLE t RENAME COLUMN n TO m",
        "CREATE UNIQUE INDEX ix ON t (m)",
        "ALTER TABLE t ADD CONSTRAINT ck CHECK (m <> 'x')",
        "ALTER TABLE t DROP CONSTRAINT ck",
        "DROP TABLE t",
    ]


def test_a_class_with_a_name_is_used_for_databases_of_that_name() -> None:
    """It shows only what differs."""

    class AcmeDialect(Dialect):
        name = "acme"

        def rename_table(self, old: str, new: str, schema: str | None) -> Iterator[str]:
            yield f"RENAME {self.qualified(old, schema)} AS {self.quote(new)}"

    assert type(dialect_for(Acme())) is AcmeDialect
    assert list(dialect_for(Acme()).rename_table("t", "u", None)) == ["RENAME t AS u"]


def test_the_name_that_alembic_asks_for_registers_too() -> None:
    """`__dialect__`, and a subclass of one of ours; without it PostgreSQL's own is not replaced."""

    class RedshiftImpl(PostgreSQLDialect):
        __dialect__ = "redshift"
        transactional_ddl = True

    class Mixin(PostgreSQLDialect):
        pass

    found = dialect_for(Redshift())
    assert type(found) is RedshiftImpl
    assert found.name == "redshift"
    assert type(dialect_for(PGDialect_psycopg())) is PostgreSQLDialect


def test_a_class_can_take_the_place_of_one_of_ours() -> None:
    """The latest class of a name is used."""

    class Own(PostgreSQLDialect):
        name = "postgresql"

    assert type(dialect_for(PGDialect_psycopg())) is Own


def test_an_installed_package_names_its_class_as_an_entry_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is loaded when its database is met, and asked for once."""
    asked = []

    def entry_points(**wanted: Any) -> list[EntryPoint]:
        asked.append(wanted)
        value = f"{PostgreSQLDialect.__module__}:{PostgreSQLDialect.__name__}"
        return [EntryPoint("redshift", value, registry.GROUP)]

    monkeypatch.setattr(registry, "entry_points", entry_points)
    assert type(dialect_for(Redshift())) is PostgreSQLDialect
    assert type(dialect_for(Redshift())) is PostgreSQLDialect
    assert asked == [{"group": "flask_schemaver.dialects", "name": "redshift"}]
