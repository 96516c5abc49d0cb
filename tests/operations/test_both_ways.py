"""Each operation, in a batch and outside: the database changes, and its reverse takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from laws.snapshot import differences, snapshot

from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops

from .live import Database

pytestmark = pytest.mark.databases("sqlite", "postgresql", "mariadb")

Make = Callable[[], ops.MigrateOperation]

LETTER = sa.Enum("a", "b", name="ck_letter", native_enum=False, create_constraint=True)

TABLE_OPERATIONS: dict[str, Make] = {
    "add a column": lambda: ops.AddColumnOp("t", sa.Column("new", sa.Integer)),
    "add a column that is filled": lambda: ops.AddColumnOp(
        "t", sa.Column("new", sa.String(9), nullable=False, server_default="it's")
    ),
    "add a column with keys": lambda: ops.AddColumnOp(
        "t", sa.Column("new", sa.Integer, sa.ForeignKey("u.id", name="fk_new"), unique=True)
    ),
    "add a column with an index": lambda: ops.AddColumnOp(
        "t", sa.Column("new", sa.Integer, index=True)
    ),
    "add a column with a check": lambda: ops.AddColumnOp("t", sa.Column("new", LETTER)),
    "add a computed column": lambda: ops.AddColumnOp(
        "t", sa.Column("new", sa.Integer, sa.Computed("id + 1", persisted=True))
    ),
    "drop a column": lambda: ops.DropColumnOp.from_column_and_tablename(
        None, "t", sa.Column("n", sa.Integer)
    ),
    "change a type": lambda: ops.AlterColumnOp(
        "t", "n", existing_type=sa.Integer(), modify_type=sa.BigInteger()
    ),
    "demand a value": lambda: ops.AlterColumnOp(
        "t", "n", existing_type=sa.Integer(), existing_nullable=True, modify_nullable=False
    ),
    "give a default": lambda: ops.AlterColumnOp(
        "t",
        "n",
        existing_type=sa.Integer(),
        existing_server_default=None,
        modify_server_default="4",
    ),
    "rename a column": lambda: ops.AlterColumnOp("t", "n", modify_name="m"),
    "change everything": lambda: ops.AlterColumnOp(
        "t",
        "s",
        existing_type=sa.String(20),
        existing_nullable=False,
        existing_server_default="x",
        modify_type=sa.Text(),
        modify_nullable=True,
        modify_server_default=None,
        modify_name="said",
    ),
    "index": lambda: ops.CreateIndexOp("ix", "t", ["n", sa.text("lower(s)")]),
    "unique partial index": lambda: ops.CreateIndexOp(
        "ix",
        "t",
        ["n"],
        unique=True,
        sqlite_where=sa.text("n > 1"),
        postgresql_where=sa.text("n > 1"),
    ),
    "unique": lambda: ops.CreateUniqueConstraintOp("uq", "t", ["n", "s"]),
    "check": lambda: ops.CreateCheckConstraintOp("ck", "t", sa.column("n") > 1),
    "foreign key": lambda: ops.CreateForeignKeyOp(
        "fk", "t", "u", ["n"], ["id"], ondelete="CASCADE", deferrable=True, initially="DEFERRED"
    ),
    "key to itself": lambda: ops.CreateForeignKeyOp("fk", "t", "t", ["n"], ["id"]),
}

OTHER_OPERATIONS: dict[str, Make] = {
    "create a table": lambda: ops.CreateTableOp(
        "new",
        [
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("u", sa.Integer, sa.ForeignKey("u.id")),
            sa.Column("x", sa.String(3), index=True),
            sa.CheckConstraint("x <> ''", name="ck_x"),
        ],
    ),
    "drop a table": lambda: ops.DropTableOp.from_table(
        sa.Table(
            "v",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("n", sa.Integer, index=True),
        )
    ),
    "rename a table": lambda: ops.RenameTableOp("u", "w"),
    "primary key": lambda: ops.CreatePrimaryKeyOp("pk_bare", "bare", ["id"]),
}


@pytest.fixture
def tables(database: Database) -> Database:
    """Tables with rows, of which one has no key."""
    op = database.op
    op.create_table("u", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "t",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("s", sa.String(20), nullable=False, server_default="x"),
        sa.Column("n", sa.Integer),
    )
    op.create_table(
        "v",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, index=True),
    )
    op.create_table("bare", sa.Column("id", sa.Integer, nullable=False))
    op.execute("INSERT INTO u (id) VALUES (3)")
    op.execute("INSERT INTO t (id, s, n) VALUES (3, 'a', 3)")
    return database


# MariaDB has neither indexes of expressions nor constraints that wait for the end.
OF_MARIADB: dict[str, Make] = {
    "index": lambda: ops.CreateIndexOp("ix", "t", ["n", "s"], mysql_length={"s": 5}),
    "foreign key": lambda: ops.CreateForeignKeyOp(
        "fk", "t", "u", ["n"], ["id"], ondelete="CASCADE"
    ),
}
# It makes an index for a foreign key, and keeps it when the key goes.
KEPT = {"+ lines t: KEY `fk` (`n`)"}


def operation_named(name: str, database: Database) -> ops.MigrateOperation:
    own = OF_MARIADB if database.name == "mysql" else {}
    return (TABLE_OPERATIONS | OTHER_OPERATIONS | own)[name]()


def there_and_back(
    database: Database, operation: ops.MigrateOperation, run: Callable[..., None]
) -> None:
    before = snapshot(database.connection)
    run(operation)
    assert differences(before, snapshot(database.connection))
    run(operation.reverse())
    assert set(differences(before, snapshot(database.connection))) <= KEPT
    (row,) = database.rows("SELECT id, s FROM t")
    assert row == (3, "a")


@pytest.mark.parametrize("name", [*TABLE_OPERATIONS, *OTHER_OPERATIONS])
def test_an_operation_and_its_reverse(tables: Database, name: str) -> None:
    """One operation outside of a batch."""
    there_and_back(tables, operation_named(name, tables), tables.op.invoke)


@pytest.mark.parametrize("recreate", ["auto", "always"])
@pytest.mark.parametrize("name", list(TABLE_OPERATIONS))
def test_an_operation_and_its_reverse_in_a_batch(
    tables: Database, name: str, recreate: str
) -> None:
    """The same in a block, whether or not the table is rebuilt."""

    def run(operation: ops.MigrateOperation) -> None:
        with tables.op.batch_alter_table("t", recreate=recreate) as batch_op:  # type: ignore[arg-type]
            batch_op.invoke(operation)

    there_and_back(tables, operation_named(name, tables), run)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
@pytest.mark.parametrize("batch", [False, True])
def test_another_name_and_back(tables: Database, batch: bool) -> None:
    """Indexes and unique constraints get other names, in a batch and outside of one."""
    tables.op.create_index("ix_old", "t", ["n"], unique=True)
    tables.op.create_unique_constraint("uq_old", "t", ["n", "s"])
    renamings = [
        ops.RenameIndexOp("ix_old", "ix_new", table_name="t"),
        ops.RenameConstraintOp("uq_old", "uq_new", "t", "unique"),
    ]

    def run(operation: ops.MigrateOperation) -> None:
        if not batch:
            tables.op.invoke(operation)
            return
        with tables.op.batch_alter_table("t") as batch_op:
            batch_op.invoke(operation)

    for renaming in renamings:
        there_and_back_by_name(tables, renaming, run)


def there_and_back_by_name(
    database: Database, operation: Any, run: Callable[[ops.MigrateOperation], None]
) -> None:
    for change, (gone, there) in (
        (operation, ("old", "new")),
        (operation.reverse(), ("new", "old")),
    ):
        run(change)
        seen = database.seen
        names = {str(i["name"]) for i in seen.get_indexes("t")}
        names |= {str(u["name"]) for u in seen.get_unique_constraints("t")}
        kind = "ix" if isinstance(operation, ops.RenameIndexOp) else "uq"
        assert f"{kind}_{there}" in names
        assert f"{kind}_{gone}" not in names
    (row,) = database.rows("SELECT id, s FROM t")
    assert row == (3, "a")


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("type_", ["check", None])
def test_a_check_under_another_name(tables: Database, type_: str | None) -> None:
    """A CHECK is renamed by its old name, with or without its type."""
    tables.op.create_check_constraint("ck_old", "t", "n > 0")
    before = snapshot(tables.connection)
    tables.op.rename_constraint("ck_old", "ck_new", "t", type_)
    assert [c["name"] for c in tables.seen.get_check_constraints("t")] == ["ck_new"]
    tables.op.rename_constraint("ck_new", "ck_old", "t", type_)
    assert differences(before, snapshot(tables.connection)) == []


@pytest.mark.databases("mariadb")
def test_a_name_that_mariadb_cannot_change(tables: Database) -> None:
    """MariaDB has no other name for a CHECK; the error says what to do instead."""
    tables.op.create_check_constraint("ck_old", "t", "n > 0")
    with pytest.raises(CommandError, match="cannot rename the constraint 'ck_old'"):
        tables.op.rename_constraint("ck_old", "ck_new", "t", "check")


@pytest.mark.databases("sqlite")
def test_a_constraint_that_is_not_there(tables: Database) -> None:
    """The error names those that are."""
    tables.op.create_unique_constraint("uq_old", "t", ["n", "s"])
    with pytest.raises(CommandError, match=r"no constraint 'uq'.*'uq_old'"):
        tables.op.rename_constraint("uq", "uq_new", "t")


@pytest.mark.databases("postgresql")
def test_a_sequence_under_another_name(tables: Database) -> None:
    """A sequence is renamed and renamed back."""
    tables.op.create_sequence("old_seq")
    for old, new in (("old_seq", "new_seq"), ("new_seq", "old_seq")):
        tables.op.rename_sequence(old, new)
        assert tables.seen.has_sequence(new)
        assert not tables.seen.has_sequence(old)


@pytest.mark.databases("postgresql", "mariadb")
def test_comments_and_their_reverse(tables: Database) -> None:
    """Comments of tables and columns are said, changed and taken back."""
    for operation in (
        ops.CreateTableCommentOp("t", "new"),
        ops.AlterColumnOp("t", "n", existing_comment=None, modify_comment="it's"),
    ):
        tables.op.invoke(operation)
        said = {tables.seen.get_table_comment("t")["text"], tables.columns("t")["n"]["comment"]}
        assert said - {None}
        tables.op.invoke(operation.reverse())
        assert tables.seen.get_table_comment("t")["text"] is None
        assert tables.columns("t")["n"]["comment"] is None
