"""Columns, constraints, indexes and options as Python: they make the same SQL again."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from flask_schemaver.autogenerate.render import Renderer
from flask_schemaver.dialects.base import dialect_for
from flask_schemaver.operations import ops

POSTGRESQL = dialect_for(postgresql.dialect())
MYSQL = dialect_for(mysql.dialect())
SQLITE = dialect_for(sqlite.dialect())

DEFAULTS: dict[str, Any] = {
    "plain": "x",
    "quotes": """it's "quoted" 'twice'""",
    "backslash": r"a\b\n",
    "percent": "100% %s %(name)s",
    "colon": "a:b ::c :d",
    "newline": "two\nlines",
    "unicode": "žluťoučký 🐎 \u2028",
    "text": sa.text("42"),
    "text with a cast": sa.text("'{}'::jsonb"),
    "text with a colon": sa.text(r"'a\:b'"),
    "func": sa.func.now(),
    "func with arguments": sa.func.coalesce(None, "it's", 3),
    "literal": sa.literal("it's"),
    "number": sa.literal(5),
    "null": sa.null(),
    "true": sa.true(),
    "false": sa.false(),
    "a sequence": sa.Sequence("numbers").next_value(),
    "cast": sa.cast("1", sa.Integer),
    "sum": sa.literal(1) + sa.literal(2),
}

COLUMNS: dict[str, Any] = {
    **{
        f"default: {n}": sa.Column("c", sa.String(9), server_default=d) for n, d in DEFAULTS.items()
    },
    "fetched": sa.Column("c", sa.Integer, server_default=sa.FetchedValue()),
    "computed": sa.Column("c", sa.Integer, sa.Computed("id * 2 + length(':x')", persisted=True)),
    "computed by expression": sa.Column("c", sa.Integer, sa.Computed(sa.column("id") * 2)),
    "identity": sa.Column(
        "c",
        sa.Integer,
        sa.Identity(
            always=True, start=5, increment=2, minvalue=1, maxvalue=99, cycle=True, cache=3
        ),
    ),
    "identity without bounds": sa.Column(
        "c", sa.Integer, sa.Identity(nominvalue=True, nomaxvalue=True)
    ),
    "comment": sa.Column("c", sa.Integer, comment="it's 100% :ok\n\\"),
    "quoted": sa.Column(sa.quoted_name("c", quote=True), sa.Integer),
    "not quoted": sa.Column(sa.quoted_name("Select", quote=False), sa.Integer),
    "an odd name": sa.Column('a "b" \\ %(c)s :d', sa.Integer),
    "no autoincrement": sa.Column("c", sa.Integer, autoincrement=False),
    "an option": sa.Column("c", sa.Integer, sqlite_on_conflict_not_null="IGNORE", nullable=False),
}


def evaluated(operation: Any) -> tuple[Any, str]:
    """The operation that the written one makes, and what was written."""
    renderer = Renderer()
    code = renderer.operation(operation)
    made: list[Any] = []

    class Op:
        f = staticmethod(sa.schema.conv)

        def __getattr__(self, name: str) -> Any:
            class_ = next(
                c
                for c in vars(ops).values()
                if isinstance(c, type)
                and getattr(c, "directive", None) == name
                and "call" in vars(c)
            )
            return lambda *args, **kwargs: made.append(class_.call(*args, **kwargs))

    namespace: dict[str, Any] = {"sa": sa, "op": Op()}
    exec("\n".join(sorted(renderer.imports)), namespace)
    exec(code, namespace)
    return made[0], code


def sql(operation: Any, dialect: Any) -> list[str]:
    """The statements; parentheses around a default and the order of options say nothing."""
    return [
        re.sub(
            r"DEFAULT \((.*)\)(?=,? *$)",
            r"DEFAULT \1",
            one if isinstance(one, str) else str(one.compile(dialect=dialect.engine)),
            flags=re.MULTILINE,
        )
        for one in operation.statements(dialect)
    ]


def assert_comes_back(operation: Any, *dialects: Any) -> None:
    again, code = evaluated(operation)
    assert again == operation, code
    for dialect in dialects:
        assert sql(again, dialect) == sql(operation, dialect), code


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_a_column_comes_back(column: Any) -> None:
    """In CREATE TABLE and as an addition."""
    id_ = sa.Column("id", sa.Integer)
    table = ops.CreateTableOp.from_table(sa.Table("t", sa.MetaData(), id_, column._copy()))
    dialects = (SQLITE,) if column.dialect_kwargs else (POSTGRESQL, SQLITE)
    default = getattr(column.server_default, "arg", None)
    if column.identity is not None or isinstance(default, sa.sql.functions.next_value):
        dialects = (POSTGRESQL,)
    assert_comes_back(table, *dialects)
    assert_comes_back(ops.AddColumnOp("t", column._copy()), *dialects)


TABLES: dict[str, tuple[Any, Any]] = {
    "a schema and a comment": (
        sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), schema="s", comment="it's"),
        POSTGRESQL,
    ),
    "prefixes": (
        sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), prefixes=["UNLOGGED"]),
        POSTGRESQL,
    ),
    "info": (
        sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), info={"a": [1, "b"]}),
        POSTGRESQL,
    ),
    "options": (
        sa.Table(
            "t",
            sa.MetaData(),
            sa.Column("a", sa.Integer),
            mysql_charset="utf8mb4",
            mysql_engine="InnoDB",
        ),
        MYSQL,
    ),
    "keys": (
        sa.Table(
            "t",
            sa.MetaData(),
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer),
            sa.PrimaryKeyConstraint("a", name="pk", deferrable=True, initially="DEFERRED"),
            sa.UniqueConstraint("b", name="uq", deferrable=True),
            sa.CheckConstraint("a > 0 AND ':x' <> ''", name="ck"),
            sa.ForeignKeyConstraint(
                ["b"], ["t.a"], name="fk", ondelete="SET NULL", deferrable=True, match="FULL"
            ),
        ),
        POSTGRESQL,
    ),
    "a check by an expression": (
        sa.Table(
            "t",
            sa.MetaData(),
            sa.Column("a", sa.Integer),
            sa.CheckConstraint(sa.column("a").in_([1, 2]), name="ck"),
        ),
        POSTGRESQL,
    ),
    "many columns": (
        sa.Table("t", sa.MetaData(), *(sa.Column(f"c{n}", sa.Integer) for n in range(300))),
        POSTGRESQL,
    ),
    "a conflict clause": (
        sa.Table(
            "t",
            sa.MetaData(),
            sa.Column("a", sa.Integer),
            sa.UniqueConstraint("a", sqlite_on_conflict="IGNORE"),
        ),
        SQLITE,
    ),
}


@pytest.mark.parametrize(("table", "dialect"), TABLES.values(), ids=TABLES)
def test_a_table_comes_back(table: Any, dialect: Any) -> None:
    """With its constraints and all its options."""
    again, code = evaluated(ops.CreateTableOp.from_table(table))
    operation = ops.CreateTableOp.from_table(table)
    assert again == operation, code
    lines = [
        sorted(line.rstrip(", ") for text in sql(one, dialect) for line in text.splitlines())
        for one in (again, operation)
    ]
    assert lines[0] == lines[1], code


def indexed(*elements: Any, **options: Any) -> Any:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.String))
    resolved = [element(table.c) if callable(element) else element for element in elements]
    return sa.Index("ix", *resolved, **options, _table=table)


INDEXES: dict[str, tuple[Any, Any]] = {
    "columns": (indexed("a", "b", unique=True), POSTGRESQL),
    "an expression": (indexed(lambda c: sa.func.lower(c.b)), POSTGRESQL),
    "an expression with a value": (indexed(lambda c: c.a + 5), POSTGRESQL),
    "an order": (indexed(lambda c: c.a.desc().nulls_last()), POSTGRESQL),
    "a predicate of columns": (
        indexed(lambda c: c.a, postgresql_where=sa.and_(sa.column("a") > 5, sa.column("b") == "x")),
        POSTGRESQL,
    ),
    "a predicate as text": (indexed("a", sqlite_where=sa.text("b <> 'a:b'")), SQLITE),
    "options": (
        indexed(
            "b",
            postgresql_using="gin",
            postgresql_ops={"b": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        POSTGRESQL,
    ),
    "more columns": (indexed("a", postgresql_include=["b"]), POSTGRESQL),
    "lengths": (indexed("b", mysql_length={"b": 5}), MYSQL),
}


@pytest.mark.parametrize(("index", "dialect"), INDEXES.values(), ids=INDEXES)
def test_an_index_comes_back(index: Any, dialect: Any) -> None:
    """With its expressions and the options of a database."""
    assert_comes_back(ops.CreateIndexOp.from_index(index), dialect)


def test_a_check_that_is_deferrable_comes_back() -> None:
    """Deferrable constraints say so when they are added afterwards, too."""
    check = sa.CheckConstraint("a > 0", name="ck", deferrable=True, initially="DEFERRED")
    sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), check)
    operation = ops.AddConstraintOp.from_constraint(check)
    assert_comes_back(operation, POSTGRESQL)
    assert "initially='DEFERRED'" in Renderer().operation(operation)


def test_a_change_comes_back() -> None:
    """With what is there, and with the options of a database."""
    operation = ops.AlterColumnOp(
        "t",
        "c",
        existing_type=sa.String(9),
        modify_type=sa.Integer(),
        existing_server_default=sa.text("'1'"),
        modify_server_default="it's",
        existing_nullable=True,
        modify_comment="x",
        postgresql_using="c::integer",
    )
    assert_comes_back(operation, POSTGRESQL)


def test_own_notes_are_not_written() -> None:
    """What this project notes of an operation is no `info` of the table."""
    operation = ops.CreateTableOp("t", [sa.Column("a", sa.Integer)], info={"a": 1})
    operation.info.update(note="Why.", implied=True, database="main")
    assert Renderer().operation(operation) == (
        "# Why.\nop.create_table('t', sa.Column('a', sa.Integer(), nullable=True), info={'a': 1})"
    )
