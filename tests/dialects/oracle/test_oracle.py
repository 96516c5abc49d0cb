"""What Oracle is told; there is no server here, so that the text is looked at."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from dialects.spelled import spelled
from sqlalchemy.dialects import oracle

from flask_schemaver.dialects.base import Dialect, dialect_for
from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops


@pytest.fixture
def dialect() -> Dialect:
    return dialect_for(oracle.dialect())


def alter(**options: Any) -> ops.AlterColumnOp:
    return ops.AlterColumnOp.call("t", "c", **options)


CASES: list[tuple[Any, list[str]]] = [
    (
        ops.AddColumnOp("t", sa.Column("c", sa.String(9), server_default="x", nullable=False)),
        ["ALTER TABLE t ADD c VARCHAR2(9 CHAR) DEFAULT 'x' NOT NULL"],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.CheckConstraint("c > 0"))),
        ["ALTER TABLE t ADD c INTEGER CHECK (c > 0)"],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.ForeignKey("u.id", ondelete="CASCADE"))),
        [
            "ALTER TABLE t ADD c INTEGER",
            "ALTER TABLE t ADD FOREIGN KEY(c) REFERENCES u (id) ON DELETE CASCADE",
        ],
    ),
    (
        ops.AddColumnOp("t", sa.Column("date", sa.Integer, comment="it's"), schema="s"),
        [
            'ALTER TABLE s.t ADD "date" INTEGER',
            """COMMENT ON COLUMN s.t."date" IS 'it''s'""",
        ],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.Identity(always=True))),
        ["ALTER TABLE t ADD c INTEGER GENERATED ALWAYS AS IDENTITY"],
    ),
    (ops.DropColumnOp("t", "c"), ["ALTER TABLE t DROP COLUMN c"]),
    (alter(nullable=False), ["ALTER TABLE t MODIFY c NOT NULL"]),
    (alter(nullable=True, existing_type=sa.Integer()), ["ALTER TABLE t MODIFY c NULL"]),
    (alter(type_=sa.String(9)), ["ALTER TABLE t MODIFY c VARCHAR2(9 CHAR)"]),
    (alter(server_default="x"), ["ALTER TABLE t MODIFY c DEFAULT 'x'"]),
    (alter(server_default=None), ["ALTER TABLE t MODIFY c DEFAULT NULL"]),
    (alter(comment="x"), ["COMMENT ON COLUMN t.c IS 'x'"]),
    (alter(comment=None), ["COMMENT ON COLUMN t.c IS ''"]),
    (
        alter(new_column_name="d", type_=sa.Integer(), nullable=True, server_default="1"),
        [
            "ALTER TABLE t MODIFY c NULL",
            "ALTER TABLE t MODIFY c DEFAULT '1'",
            "ALTER TABLE t MODIFY c INTEGER",
            "ALTER TABLE t RENAME COLUMN c TO d",
        ],
    ),
    (
        alter(server_default=None, existing_server_default=sa.Identity()),
        ["ALTER TABLE t MODIFY c DROP IDENTITY"],
    ),
    (
        alter(server_default=sa.Identity(always=True), existing_server_default=sa.Identity()),
        ["ALTER TABLE t MODIFY c GENERATED ALWAYS AS IDENTITY"],
    ),
    (ops.RenameTableOp("a", "b", schema="s"), ["ALTER TABLE s.a RENAME TO b"]),
    (ops.CreateTableCommentOp("t", "x", schema="s"), ["COMMENT ON TABLE s.t IS 'x'"]),
    (ops.DropTableCommentOp("t"), ["COMMENT ON TABLE t IS ''"]),
    (ops.DropConstraintOp("n", "t", "unique"), ["ALTER TABLE t DROP CONSTRAINT n"]),
    (ops.DropIndexOp("ix"), ["DROP INDEX ix"]),
]


@pytest.mark.parametrize(("operation", "statements"), CASES, ids=lambda case: str(case)[:60])
def test_statements(dialect: Dialect, operation: Any, statements: list[str]) -> None:
    """Each operation as Oracle's documentation has it."""
    assert spelled(operation, dialect) == statements


def test_one_insert_a_row(dialect: Dialect) -> None:
    """VALUES with several rows is new in Oracle 23."""
    table = sa.table("t", sa.column("x", sa.Integer))
    assert spelled(ops.BulkInsertOp(table, [{"x": 1}, {"x": 2}]), dialect) == [
        "INSERT INTO t (x) VALUES (1)",
        "INSERT INTO t (x) VALUES (2)",
    ]


def test_no_column_becomes_an_identity(dialect: Dialect) -> None:
    """Oracle cannot: the error says what can be done."""
    with pytest.raises(CommandError, match="Drop the column and add it anew"):
        spelled(alter(server_default=sa.Identity(), existing_type=sa.Integer()), dialect)


def test_guards_are_new_in_23() -> None:
    """What a statement can say of IF EXISTS is known by the server's version."""
    engine = oracle.dialect()
    assert "drop_table" not in dialect_for(engine).guards
    engine.server_version_info = (23, 4)
    assert "drop_table" in dialect_for(engine).guards


def test_schemas_are_users(dialect: Dialect) -> None:
    """CREATE SCHEMA means something else on Oracle."""
    with pytest.raises(CommandError, match="CREATE USER"):
        spelled(ops.CreateSchemaOp("s"), dialect)
