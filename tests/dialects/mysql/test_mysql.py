"""What MySQL is told, as text: there is no server of it here, but for what MariaDB shares."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from dialects.spelled import spelled
from sqlalchemy.dialects import mysql

from flask_schemaver.dialects.base import Dialect, dialect_for
from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops


@pytest.fixture
def dialect() -> Dialect:
    return dialect_for(mysql.dialect())


def alter(**options: Any) -> ops.AlterColumnOp:
    return ops.AlterColumnOp.call("t", "c", **options)


INTEGER = {"existing_type": sa.Integer(), "existing_nullable": False}

CASES: list[tuple[Any, list[str]]] = [
    (
        ops.AddColumnOp("t", sa.Column("c", sa.String(9), comment="it's", nullable=False)),
        ["ALTER TABLE t ADD COLUMN c VARCHAR(9) NOT NULL COMMENT 'it''s'"],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.ForeignKey("u.id"))),
        [
            "ALTER TABLE t ADD COLUMN c INTEGER",
            "ALTER TABLE t ADD FOREIGN KEY(c) REFERENCES u (id)",
        ],
    ),
    (
        alter(nullable=False, existing_type=sa.Integer()),
        ["ALTER TABLE t MODIFY c INTEGER NOT NULL"],
    ),
    (
        alter(type_=sa.BigInteger(), existing_server_default="5", existing_comment="x", **INTEGER),
        ["ALTER TABLE t MODIFY c BIGINT NOT NULL DEFAULT '5' COMMENT 'x'"],
    ),
    (
        alter(type_=sa.BigInteger(), existing_autoincrement=True, **INTEGER),
        ["ALTER TABLE t MODIFY c BIGINT NOT NULL AUTO_INCREMENT"],
    ),
    (
        alter(autoincrement=True, **INTEGER),
        ["ALTER TABLE t MODIFY c INTEGER NOT NULL AUTO_INCREMENT"],
    ),
    (
        alter(new_column_name="d", nullable=True, existing_type=sa.Integer()),
        ["ALTER TABLE t CHANGE c d INTEGER NULL"],
    ),
    (alter(new_column_name="d"), ["ALTER TABLE t RENAME COLUMN c TO d"]),
    (alter(server_default="a\\b"), ["ALTER TABLE t ALTER COLUMN c SET DEFAULT 'a\\\\b'"]),
    (alter(server_default=sa.text("1 + 1")), ["ALTER TABLE t ALTER COLUMN c SET DEFAULT (1 + 1)"]),
    (alter(server_default=None), ["ALTER TABLE t ALTER COLUMN c DROP DEFAULT"]),
    (
        alter(
            server_default=sa.func.current_timestamp(),
            existing_type=sa.DateTime(),
            existing_nullable=True,
        ),
        ["ALTER TABLE t CHANGE c c DATETIME NULL DEFAULT CURRENT_TIMESTAMP"],
    ),
    (alter(comment="x", **INTEGER), ["ALTER TABLE t MODIFY c INTEGER NOT NULL COMMENT 'x'"]),
    (
        alter(comment=None, existing_comment="x", **INTEGER),
        ["ALTER TABLE t MODIFY c INTEGER NOT NULL"],
    ),
    (ops.RenameTableOp("a", "b", schema="s"), ["ALTER TABLE s.a RENAME TO s.b"]),
    (ops.CreateTableCommentOp("t", "it's"), ["ALTER TABLE t COMMENT 'it''s'"]),
    (ops.DropTableCommentOp("t"), ["ALTER TABLE t COMMENT ''"]),
    (ops.DropConstraintOp("n", "t"), ["ALTER TABLE t DROP CONSTRAINT n"]),
    (ops.DropConstraintOp("n", "t", "foreignkey"), ["ALTER TABLE t DROP FOREIGN KEY n"]),
    (ops.DropConstraintOp("n", "t", "primary"), ["ALTER TABLE t DROP PRIMARY KEY"]),
    (ops.DropConstraintOp("n", "t", "unique"), ["ALTER TABLE t DROP INDEX n"]),
    (ops.DropConstraintOp("n", "t", "check"), ["ALTER TABLE t DROP CHECK n"]),
    (ops.DropIndexOp("ix", "t"), ["DROP INDEX ix ON t"]),
    (
        ops.CreateIndexOp("ix", "t", ["a", "b"], mysql_length={"a": 9}),
        ["CREATE INDEX ix ON t (a(9), b)"],
    ),
]


@pytest.mark.parametrize(("operation", "statements"), CASES, ids=lambda case: str(case)[:60])
def test_statements(dialect: Dialect, operation: Any, statements: list[str]) -> None:
    """Each operation as MySQL's documentation has it."""
    assert spelled(operation, dialect) == statements


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"nullable": False}, "existing_type"),
        ({"comment": "x"}, "existing_type"),
        ({"type_": sa.Integer()}, "existing_nullable"),
        ({"new_column_name": "d", "type_": sa.Integer()}, "existing_nullable"),
    ],
)
def test_what_would_be_lost_is_asked_for(
    dialect: Dialect, change: dict[str, Any], argument: str
) -> None:
    """MODIFY writes the whole column, so that an unknown part of it stops the operation."""
    with pytest.raises(CommandError, match=f"'t.c'.*'{argument}='"):
        spelled(alter(**change), dialect)


def test_an_old_server_renames_by_change() -> None:
    """RENAME COLUMN is there since MySQL 8."""
    engine = mysql.dialect()
    engine.server_version_info = (5, 7, 44)
    assert spelled(alter(new_column_name="d", **INTEGER), dialect_for(engine)) == [
        "ALTER TABLE t CHANGE c d INTEGER NOT NULL"
    ]


def test_an_index_is_dropped_from_its_table(dialect: Dialect) -> None:
    """Without the table's name there is no statement."""
    with pytest.raises(CommandError, match="table_name="):
        spelled(ops.DropIndexOp("ix"), dialect)
