"""What SQL Server is told; there is no server here, so that the text is looked at."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from dialects.spelled import spelled
from sqlalchemy.dialects import mssql

from flask_schemaver.dialects.base import Dialect, dialect_for
from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops


@pytest.fixture
def dialect() -> Dialect:
    return dialect_for(mssql.dialect())


def dropped(kind: str, where: str, table: str = "t", column: str = "c") -> str:
    return (
        f"DECLARE @table int = OBJECT_ID(N'{table}'); "
        f"DECLARE @column int = COLUMNPROPERTY(@table, N'{column}', 'ColumnId'); "
        "DECLARE @sql nvarchar(max) = N''; "
        f"SELECT @sql = @sql + N'ALTER TABLE {table} DROP CONSTRAINT ' + QUOTENAME(k.name) + N'; ' "
        f"FROM sys.{kind} AS k WHERE {where} AND k.parent_object_id = @table; EXEC (@sql)"
    )


DEFAULT = dropped("default_constraints", "k.parent_column_id = @column")


def alter(**options: Any) -> ops.AlterColumnOp:
    return ops.AlterColumnOp.call("t", "c", **options)


CASES: list[tuple[Any, list[str]]] = [
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer), schema="s"),
        ["ALTER TABLE s.t ADD c INTEGER NULL"],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.CheckConstraint("c > 0"))),
        ["ALTER TABLE t ADD c INTEGER NULL CHECK (c > 0)"],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.ForeignKey("u.id"))),
        [
            "ALTER TABLE t ADD c INTEGER NULL",
            "ALTER TABLE t ADD FOREIGN KEY(c) REFERENCES u (id)",
        ],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.Identity(start=5))),
        ["ALTER TABLE t ADD c INTEGER NOT NULL IDENTITY(5,1)"],
    ),
    (
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, sa.Computed("a + 1"))),
        ["ALTER TABLE t ADD c AS (a + 1)"],
    ),
    (ops.DropColumnOp("t", "c"), [DEFAULT, "ALTER TABLE t DROP COLUMN c"]),
    (
        ops.DropColumnOp("t", "c", if_exists=True, mssql_drop_default=False),
        ["ALTER TABLE t DROP COLUMN IF EXISTS c"],
    ),
    (
        alter(nullable=False, existing_type=sa.Integer()),
        ["ALTER TABLE t ALTER COLUMN c INTEGER NOT NULL"],
    ),
    (
        alter(type_=sa.String(9), existing_nullable=False),
        ["ALTER TABLE t ALTER COLUMN c VARCHAR(9) NOT NULL"],
    ),
    (
        alter(type_=sa.BigInteger(), existing_nullable=True, existing_server_default="5"),
        [
            DEFAULT,
            "ALTER TABLE t ALTER COLUMN c BIGINT NULL",
            "ALTER TABLE t ADD DEFAULT '5' FOR c",
        ],
    ),
    (alter(server_default="x"), [DEFAULT, "ALTER TABLE t ADD DEFAULT 'x' FOR c"]),
    (alter(server_default=None), [DEFAULT]),
    (alter(new_column_name="d"), ["EXEC sp_rename N't.c', N'd', 'COLUMN'"]),
    (
        ops.AlterColumnOp.call("a b", "it's", new_column_name="d", schema="s"),
        ["EXEC sp_rename N's.[a b].[it''s]', N'd', 'COLUMN'"],
    ),
    (ops.RenameTableOp("a", "b", schema="s"), ["EXEC sp_rename N's.a', N'b'"]),
    (
        ops.CreateIndexOp("ix", "t", ["a"], mssql_include=["b"], mssql_where=sa.text("a > 1")),
        ["CREATE INDEX ix ON t (a) INCLUDE (b) WHERE a > 1"],
    ),
    (
        ops.CreateIndexOp("ix", "t", ["a"], mssql_clustered=True, unique=True),
        ["CREATE UNIQUE CLUSTERED INDEX ix ON t (a)"],
    ),
    (ops.DropIndexOp("ix", "t", if_exists=True), ["DROP INDEX IF EXISTS ix ON t"]),
    (ops.DropConstraintOp("n", "t"), ["ALTER TABLE t DROP CONSTRAINT n"]),
    (
        ops.DropConstraintOp("n", "t", "foreignkey", if_exists=True),
        ["ALTER TABLE t DROP CONSTRAINT IF EXISTS n"],
    ),
    (ops.DropTableOp("t", if_exists=True), ["DROP TABLE IF EXISTS t"]),
]


@pytest.mark.parametrize(("operation", "statements"), CASES, ids=lambda case: str(case)[:60])
def test_statements(dialect: Dialect, operation: Any, statements: list[str]) -> None:
    """Each operation as SQL Server's documentation has it."""
    assert spelled(operation, dialect) == statements


def test_checks_and_foreign_keys_go_with_a_column_on_demand(dialect: Dialect) -> None:
    """Names that the server made are looked up, of several constraints too."""
    drop = ops.DropColumnOp("t", "c", mssql_drop_check=True, mssql_drop_foreign_key=True)
    default, check, foreign_key, column = spelled(drop, dialect)
    assert default == DEFAULT
    assert "FROM sys.check_constraints AS k WHERE" in check
    assert foreign_key == dropped(
        "foreign_keys",
        "EXISTS (SELECT 1 FROM sys.foreign_key_columns AS f "
        "WHERE f.constraint_object_id = k.object_id AND f.parent_column_id = @column)",
    )
    assert column == "ALTER TABLE t DROP COLUMN c"


def test_comments_are_extended_properties(dialect: Dialect) -> None:
    """They are added or changed, whichever is needed; the schema may be the connection's own."""
    there = (
        "IF EXISTS (SELECT 1 FROM sys.extended_properties WHERE class = 1 "
        "AND major_id = OBJECT_ID(N't') AND minor_id = 0 AND name = N'MS_Description')"
    )
    place = "N'SCHEMA', @schema, N'TABLE', N't'"
    assert spelled(ops.CreateTableCommentOp("t", "it's"), dialect) == [
        (
            f"DECLARE @schema sysname = SCHEMA_NAME(); {there} "
            f"EXEC sys.sp_updateextendedproperty N'MS_Description', N'it''s', {place} "
            f"ELSE EXEC sys.sp_addextendedproperty N'MS_Description', N'it''s', {place}"
        )
    ]
    assert spelled(ops.DropTableCommentOp("t"), dialect) == [
        (
            f"DECLARE @schema sysname = SCHEMA_NAME(); {there} "
            f"EXEC sys.sp_dropextendedproperty N'MS_Description', {place}"
        )
    ]


def test_a_column_has_its_comment_too(dialect: Dialect) -> None:
    """A new column's comment, and a changed one's."""
    added = spelled(
        ops.AddColumnOp("t", sa.Column("c", sa.Integer, comment="x"), schema="s"), dialect
    )
    assert added[0] == "ALTER TABLE s.t ADD c INTEGER NULL"
    assert "N'SCHEMA', @schema, N'TABLE', N't', N'COLUMN', N'c'" in added[1]
    assert added[1].startswith("DECLARE @schema sysname = N's'; IF EXISTS")
    assert "minor_id = COLUMNPROPERTY(OBJECT_ID(N's.t'), N'c', 'ColumnId')" in added[1]
    assert "sp_updateextendedproperty" in spelled(alter(comment="y"), dialect)[0]
    assert "sp_dropextendedproperty" in spelled(alter(comment=None), dialect)[0]


def test_a_new_table_has_its_comments(dialect: Dialect) -> None:
    """CREATE TABLE cannot say them."""
    create = ops.CreateTableOp("t", [sa.Column("c", sa.Integer, comment="x")], comment="y")
    assert [text[:12] for text in spelled(create, dialect)] == [
        "CREATE TABLE",
        "DECLARE @sch",
        "DECLARE @sch",
    ]


@pytest.mark.parametrize(
    ("change", "argument"),
    [({"nullable": False}, "existing_type"), ({"type_": sa.Integer()}, "existing_nullable")],
)
def test_what_has_to_be_known_is_asked_for(
    dialect: Dialect, change: dict[str, Any], argument: str
) -> None:
    """ALTER COLUMN says type and nullability together: neither is made up."""
    with pytest.raises(CommandError, match=f"'{argument}='"):
        spelled(alter(**change), dialect)


def test_an_index_is_dropped_from_its_table(dialect: Dialect) -> None:
    """Without the table's name there is no statement."""
    with pytest.raises(CommandError, match="table_name="):
        spelled(ops.DropIndexOp("ix"), dialect)


def test_rows_may_say_the_value_of_an_identity(dialect: Dialect) -> None:
    """IDENTITY_INSERT is on while such rows are inserted, and only then."""
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.String(9)),
    )
    assert spelled(
        ops.BulkInsertOp(table, [{"id": 1, "x": "a"}, {"id": 2, "x": "b"}]), dialect
    ) == [
        "SET IDENTITY_INSERT t ON",
        "INSERT INTO t (id, x) VALUES (1, 'a'), (2, 'b')",
        "SET IDENTITY_INSERT t OFF",
    ]
    assert spelled(ops.BulkInsertOp(table, [{"x": "a"}, {"x": "b"}]), dialect) == [
        "INSERT INTO t (x) VALUES ('a'), ('b')"
    ]


def test_no_column_becomes_an_identity(dialect: Dialect) -> None:
    """SQL Server cannot: the error says what can be done."""
    with pytest.raises(CommandError, match="Drop the column and add it anew"):
        spelled(alter(server_default=sa.Identity(), existing_type=sa.Integer()), dialect)
