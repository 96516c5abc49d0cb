"""Dialects of other packages, and what an env.py changes of them, as they are for Alembic."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from compat.histories import write
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.compiler import compiles

from flask_schemaver import Config, command
from flask_schemaver.autogenerate import render_python_code
from flask_schemaver.autogenerate.render import (
    _alembic_autogenerate_prefix,
    _repr_type,
    _sqlalchemy_autogenerate_prefix,
)
from flask_schemaver.ddl import base, impl
from flask_schemaver.ddl.impl import DefaultImpl
from flask_schemaver.ddl.postgresql import PostgresqlImpl
from flask_schemaver.ddl.sqlite import SQLiteImpl
from flask_schemaver.dialects import registry
from flask_schemaver.migration import MigrationContext
from flask_schemaver.operations import Operations, ops


class Fake(DefaultDialect):
    """A database that nobody here knows."""

    name = "fake"


class PostgresLike(DefaultDialect):
    """One that a program says to be like another."""

    name = "alike"


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave no class registered, and no element spelled."""
    before = dict(registry._registered)
    yield
    registry._registered.clear()
    registry._registered.update(before)
    for element in vars(base).values():
        if isinstance(element, type) and "_compiler_dispatcher" in vars(element):
            element._compiler_dispatcher.specs.pop("fake", None)  # type: ignore[attr-defined]


def script(dialect: Any, **options: Any) -> tuple[Operations, io.StringIO]:
    buffer = io.StringIO()
    context = MigrationContext.configure(
        dialect=dialect, opts={"as_sql": True, "output_buffer": buffer, **options}
    )
    return Operations(context), buffer


def all_changes(op: Operations) -> None:
    op.add_column("t", sa.Column("a", sa.Integer))
    op.alter_column(
        "t",
        "a",
        type_=sa.BigInteger(),
        nullable=False,
        server_default="7",
        new_column_name="b",
        existing_type=sa.Integer(),
    )
    op.drop_column("t", "b")
    op.rename_table("t", "u", schema="s")


def test_elements_that_others_spell() -> None:
    """What `compiles` says of an element is written for its database, the rest as ever."""
    plain, plainly = script(DefaultDialect())
    all_changes(plain)
    op, buffer = script(Fake())
    all_changes(op)
    assert buffer.getvalue() == plainly.getvalue()
    usual = buffer.getvalue().split(";\n\n")[:-1]
    assert usual == [
        "ALTER TABLE t ADD COLUMN a INTEGER",
        "ALTER TABLE t ALTER COLUMN a TYPE BIGINT",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t ALTER COLUMN a SET DEFAULT '7'",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE s.t RENAME TO u",
    ]

    @compiles(base.ColumnName, "fake")  # type: ignore[no-untyped-call,untyped-decorator]
    def column_name(element: Any, compiler: Any, **kw: Any) -> str:
        table = base.alter_table(compiler, element.table_name, element.schema)
        return f"{table} CALL {element.column_name} {element.newname}"

    op, buffer = script(Fake())
    all_changes(op)
    changed = buffer.getvalue().split(";\n\n")[:-1]
    assert changed == [*usual[:4], "ALTER TABLE t CALL a b", *usual[5:]]

    words = {
        base.AddColumn: lambda e: f"ADD {e.column.name}",
        base.DropColumn: lambda e: f"DROP {e.column.name}",
        base.ColumnType: lambda e: f"TYPE {e.type_!r} FROM {e.existing_type!r}",
        base.ColumnNullable: lambda e: f"NULLS {e.nullable}",
        base.ColumnDefault: lambda e: f"DEFAULT {e.default.text}",
        base.RenameTable: lambda e: f"TABLE {e.schema} {e.new_table_name}",
    }
    for element, word in words.items():
        compiles(element, "fake")(lambda e, compiler, word=word, **kw: word(e))  # type: ignore[no-untyped-call]
    op, buffer = script(Fake())
    all_changes(op)
    assert buffer.getvalue().split(";\n\n")[:-1] == [
        "ADD a",
        "TYPE BigInteger() FROM Integer()",
        "NULLS False",
        "DEFAULT '7'",
        "ALTER TABLE t CALL a b",
        "DROP b",
        "TABLE s u",
    ]


@pytest.mark.parametrize(
    ("element", "text"),
    [
        (base.AddColumn("t", sa.Column("a", sa.Integer)), "ALTER TABLE t ADD COLUMN a INTEGER"),
        (base.DropColumn("t", sa.Column("a", sa.Integer)), "ALTER TABLE t DROP COLUMN a"),
        (base.ColumnType("t", "a", sa.Text), "ALTER TABLE t ALTER COLUMN a TYPE TEXT"),
        (base.ColumnNullable("t", "a", True), "ALTER TABLE t ALTER COLUMN a DROP NOT NULL"),
        (base.ColumnName("t", "a", "B"), 'ALTER TABLE t RENAME COLUMN a TO "B"'),
        (base.ColumnDefault("t", "a", None), "ALTER TABLE t ALTER COLUMN a DROP DEFAULT"),
        (
            base.ColumnDefault("t", "a", sa.func.now(), schema="s"),
            "ALTER TABLE s.t ALTER COLUMN a SET DEFAULT now()",
        ),
        (base.ColumnComment("t", "a", "it's"), "COMMENT ON COLUMN t.a IS 'it''s'"),
        (base.RenameTable("t", "u", "s"), "ALTER TABLE s.t RENAME TO u"),
    ],
)
def test_elements_as_they_are(element: Any, text: str) -> None:
    """An element that a program compiles is the statement of the database."""
    from sqlalchemy.dialects import postgresql

    assert str(element.compile(dialect=postgresql.dialect())) == text
    assert base.alter_column(postgresql.dialect().ddl_compiler(Fake(), None), "a")


def test_a_database_that_is_like_another() -> None:
    """Programs write into `_impls` which class spells for a database."""
    impl._impls["alike"] = PostgresqlImpl
    op, buffer = script(PostgresLike())
    assert isinstance(op.impl, PostgresqlImpl)
    assert op.impl.dialect.name == "alike"
    op.impl.execute("SELECT 1")
    op.impl.static_output("-- done")
    op.impl.bind.execute(sa.text("SELECT 2"))
    assert buffer.getvalue() == "SELECT 1;\n\n-- done\n\nSELECT 2;\n\n"


def wide(self: Any, *, version_table: str, version_table_schema: str | None, **kw: Any) -> sa.Table:
    columns = [sa.Column("version_num", sa.String(400)), sa.Column("note", sa.Text)]
    return sa.Table(version_table, sa.MetaData(), *columns, schema=version_table_schema)


def columns_after_a_stamp(shaped: sa.Table | None = None) -> list[str]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "v"})
        if shaped is not None:
            context._version = shaped
        assert context._version.c.version_num is not None
        context.opts["fn"] = lambda heads, context: []
        context.run_migrations()
        context.ledger.ensure(connection)
        return [column["name"] for column in sa.inspect(connection).get_columns("v")]


def test_another_version_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class's own `version_table_impl`, a changed one, and `_version` shape the table."""
    assert columns_after_a_stamp() == ["version_num"]
    for class_ in (DefaultImpl, SQLiteImpl):
        with monkeypatch.context() as patched:
            patched.setattr(class_, "version_table_impl", wide)
            assert columns_after_a_stamp() == ["version_num", "note"]
    assert columns_after_a_stamp(wide(None, version_table="v", version_table_schema=None)) == [
        "version_num",
        "note",
    ]

    class Noted(SQLiteImpl):
        __dialect__ = "sqlite"

        def version_table_impl(self, **kw: Any) -> sa.Table:
            table = super().version_table_impl(**kw)
            table.append_column(sa.Column("note", sa.Text))
            return table

    assert columns_after_a_stamp() == ["version_num", "note"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("sql", [False, True])
def test_what_a_run_needs_is_set_up_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: sa.Engine, sql: bool
) -> None:
    """`start_migrations` runs once, in the transaction of the first revision, or is written."""
    monkeypatch.setattr(registry, "_registered", {})

    class Prepared(SQLiteImpl):
        __dialect__ = "sqlite"

        def start_migrations(self) -> None:
            self.execute("CREATE TABLE prepared (id INTEGER)")

    two = {"a1": "def upgrade():\n    pass\n", "a2": "def upgrade():\n    pass\n"}
    script = io.StringIO()
    config = Config(write(tmp_path, engine, two), output_buffer=script)
    command.upgrade(config, "head", sql=sql)
    assert script.getvalue().count("CREATE TABLE prepared") == sql
    assert sa.inspect(engine).has_table("prepared") is not sql


def test_types_of_others() -> None:
    """`render_type` writes a type of its own, and `type_synonyms` are no difference."""

    class Own(sa.types.UserDefinedType[int]):
        cache_ok = True

    class OwnImpl(DefaultImpl):
        __dialect__ = "fake"
        type_synonyms = (*DefaultImpl.type_synonyms, {"FLOAT", "DOUBLE"})

        def render_type(self, type_obj: Any, autogen_context: Any) -> Any:
            assert _alembic_autogenerate_prefix(autogen_context) == "op."
            assert _sqlalchemy_autogenerate_prefix(autogen_context) == "sa."
            if isinstance(type_obj, Own):
                autogen_context.imports.add("import own")
                return f"own.Own({_repr_type(sa.Integer(), autogen_context)})"
            return False

    context = MigrationContext.configure(dialect=Fake())
    assert context.impl.compared_type(sa.Float()) == context.impl.compared_type(sa.Double())
    table = ops.CreateTableOp("t", [sa.Column("a", Own()), sa.Column("b", sa.Integer())])
    text = render_python_code(ops.UpgradeOps([table]), migration_context=context)
    assert "sa.Column('a', own.Own(sa.Integer()), nullable=True)" in text
    assert "sa.Column('b', sa.Integer(), nullable=True)" in text


def test_comments_of_a_database_that_takes_them() -> None:
    """Whether an unknown database takes comments is what SQLAlchemy says of it."""

    class Commented(Fake):
        supports_comments = True

    for dialect, wanted in ((Fake(), ""), (Commented(), "COMMENT ON TABLE t IS 'said';\n\n")):
        op, buffer = script(dialect)
        op.create_table_comment("t", "said")
        assert buffer.getvalue() == wanted
