"""Every operation on a live MariaDB: run, read back, reversed, and read back again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from laws.schemas import Connected
from sqlalchemy.exc import DBAPIError

from flask_schemaver.errors import CommandError
from flask_schemaver.operations import ops
from flask_schemaver.operations.facade import Operations

START = """
    CREATE TABLE parent (id INTEGER PRIMARY KEY, code INTEGER NOT NULL, UNIQUE KEY uq_code (code));
    CREATE TABLE thing (
        id INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY,
        name VARCHAR(20) NOT NULL DEFAULT 'x' COMMENT 'its ''name''',
        size INTEGER NULL DEFAULT 3 CHECK (size > 0),
        made DATETIME NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
        data JSON NULL,
        twice INTEGER GENERATED ALWAYS AS (size * 2) STORED,
        parent_id INTEGER NULL,
        KEY ix_name (name),
        UNIQUE KEY uq_size (size),
        CONSTRAINT ck_size CHECK (size < 1000),
        CONSTRAINT fk_parent FOREIGN KEY (parent_id) REFERENCES parent (id)
    ) COMMENT 'things'
"""


@pytest.fixture
def context(mariadb_url: str) -> Iterator[Connected]:
    """A migration on a database with two tables."""
    engine = sa.create_engine(mariadb_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in START.split(";"):
            connection.exec_driver_sql(statement)
        yield Connected(connection)
    engine.dispose()


def tables(context: Connected) -> dict[str, list[str]]:
    """The definitions as the server shows them, line by line in no order."""
    connection = context.connection
    names = connection.exec_driver_sql("SHOW TABLES").scalars().all()
    shown = {
        name: connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1] for name in names
    }
    return {
        name: sorted(line.rstrip(",") for line in text.splitlines()) for name, text in shown.items()
    }


def line_of(context: Connected, start: str, table: str = "thing") -> str:
    lines = [line.strip() for line in tables(context)[table]]
    return next((line for line in lines if line.startswith(start)), "")


def invoke(context: Connected, *operations: Any) -> None:
    for operation in operations:
        Operations(context).invoke(operation)


def both_ways(context: Connected, operation: Any, start: str, line: str) -> None:
    """The line that begins by `start` is `line` after the operation, and all is back after it."""
    before = tables(context)
    invoke(context, operation)
    assert line_of(context, start) == line
    invoke(context, operation.reverse())
    assert tables(context) == before


ADDITIONS: dict[str, tuple[Any, str, str]] = {
    "a column": (
        ops.AddColumnOp("thing", sa.Column("c", sa.String(9), server_default="it's", comment="%")),
        "`c`",
        "`c` varchar(9) DEFAULT 'it''s' COMMENT '%'",
    ),
    "a computed column": (
        ops.AddColumnOp("thing", sa.Column("c", sa.Integer, sa.Computed("size + 1"))),
        "`c`",
        "`c` int(11) GENERATED ALWAYS AS (`size` + 1) VIRTUAL",
    ),
    "a unique constraint": (
        ops.CreateUniqueConstraintOp("uq_name", "thing", ["name"]),
        "UNIQUE KEY `uq_name`",
        "UNIQUE KEY `uq_name` (`name`)",
    ),
    "a check": (
        ops.CreateCheckConstraintOp("ck_name", "thing", "name <> ''"),
        "CONSTRAINT `ck_name`",
        "CONSTRAINT `ck_name` CHECK (`name` <> '')",
    ),
    "an index": (
        ops.CreateIndexOp("ix_more", "thing", ["name", "size"], mysql_length={"name": 5}),
        "KEY `ix_more`",
        "KEY `ix_more` (`name`(5),`size`)",
    ),
    "a comment of the table": (
        ops.CreateTableCommentOp("thing", "it's", existing_comment="things"),
        ") ENGINE",
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='it''s'",
    ),
}


@pytest.mark.parametrize("name", ADDITIONS)
def test_additions(context: Connected, name: str) -> None:
    """What is added is there, and gone after the reverse."""
    both_ways(context, *ADDITIONS[name])


def test_a_foreign_key(context: Connected) -> None:
    """The server keeps the index that it made for the key."""
    key = ops.CreateForeignKeyOp(
        "fk_code", "thing", "parent", ["size"], ["code"], ondelete="CASCADE"
    )
    both_ways(
        context,
        key,
        "CONSTRAINT `fk_code`",
        "CONSTRAINT `fk_code` FOREIGN KEY (`size`) REFERENCES `parent` (`code`) ON DELETE CASCADE",
    )


def test_a_primary_key(context: Connected) -> None:
    """A key is dropped without its name, and added."""
    invoke(context, ops.CreateTableOp("plain", [sa.Column("a", sa.Integer, nullable=False)]))
    add = ops.CreatePrimaryKeyOp("pk", "plain", ["a"])
    invoke(context, add)
    assert line_of(context, "PRIMARY", "plain") == "PRIMARY KEY (`a`)"
    invoke(context, add.reverse())
    assert line_of(context, "PRIMARY", "plain") == ""


def test_tables(context: Connected) -> None:
    """Created with comments and an index, renamed, and dropped."""
    before = tables(context)
    column = sa.Column("name", sa.String(9), index=True, comment="c")
    create = ops.CreateTableOp("other", [column], comment="it's")
    rename = ops.RenameTableOp("other", "another")
    invoke(context, create, rename)
    assert line_of(context, "`name`", "another") == "`name` varchar(9) DEFAULT NULL COMMENT 'c'"
    assert line_of(context, "KEY", "another") == "KEY `ix_other_name` (`name`)"
    invoke(context, rename.reverse(), create.reverse())
    assert tables(context) == before


JSON = "`data` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
CHANGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "type": (
        {"column_name": "name", "type_": sa.String(50)},
        "`name`",
        "`name` varchar(50) NOT NULL DEFAULT 'x' COMMENT 'its ''name'''",
    ),
    "null": (
        {"column_name": "name", "nullable": True},
        "`name`",
        "`name` varchar(20) DEFAULT 'x' COMMENT 'its ''name'''",
    ),
    "default": (
        {"column_name": "name", "server_default": "it's"},
        "`name`",
        "`name` varchar(20) NOT NULL DEFAULT 'it''s' COMMENT 'its ''name'''",
    ),
    "no default": (
        {"column_name": "name", "server_default": None},
        "`name`",
        "`name` varchar(20) NOT NULL COMMENT 'its ''name'''",
    ),
    "comment": (
        {"column_name": "name", "comment": "100 %"},
        "`name`",
        "`name` varchar(20) NOT NULL DEFAULT 'x' COMMENT '100 %'",
    ),
    "name": (
        {"column_name": "name", "new_column_name": "title"},
        "`title`",
        "`title` varchar(20) NOT NULL DEFAULT 'x' COMMENT 'its ''name'''",
    ),
    "type of AUTO_INCREMENT": (
        {"column_name": "id", "type_": sa.BigInteger()},
        "`id`",
        "`id` bigint(20) NOT NULL AUTO_INCREMENT",
    ),
    "null of ON UPDATE": (
        {"column_name": "made", "nullable": True},
        "`made`",
        "`made` datetime DEFAULT current_timestamp() ON UPDATE current_timestamp()",
    ),
    "comment of JSON": (
        {"column_name": "data", "comment": "x"},
        "`data`",
        f"{JSON} DEFAULT NULL COMMENT 'x' CHECK (json_valid(`data`))",
    ),
    "comment of a computed column": (
        {"column_name": "twice", "comment": "x"},
        "`twice`",
        "`twice` int(11) GENERATED ALWAYS AS (`size` * 2) STORED COMMENT 'x'",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_keeps_the_rest_of_the_column(context: Connected, name: str) -> None:
    """What the operation does not say is read: MODIFY would lose it."""
    options, start, line = CHANGES[name]
    invoke(context, ops.AlterColumnOp.call("thing", **options))
    assert line_of(context, start) == line


def test_a_check_that_is_a_columns_own_is_kept(context: Connected) -> None:
    """MariaDB drops it with each MODIFY that does not repeat it; CHANGE gives it the new name."""
    change = {"type_": sa.BigInteger(), "new_column_name": "width"}
    for part in ("ck_size", "uq_size"):
        kind = "check" if part == "ck_size" else "unique"
        invoke(context, ops.DropConstraintOp(part, "thing", kind))
    invoke(context, ops.DropColumnOp("thing", "twice"))
    invoke(context, ops.AlterColumnOp.call("thing", "size", **change))
    assert line_of(context, "`width`") == "`width` bigint(20) DEFAULT 3 CHECK (`width` > 0)"


def test_a_change_and_back(context: Connected) -> None:
    """A generated revision knows what was there, so that its reverse restores it."""
    change = ops.AlterColumnOp(
        "thing",
        "name",
        modify_type=sa.Text(),
        modify_nullable=True,
        modify_server_default=None,
        modify_comment=None,
        existing_type=sa.String(20),
        existing_nullable=False,
        existing_server_default="x",
        existing_comment="its 'name'",
    )
    invoke(context, ops.DropIndexOp("ix_name", "thing"))
    both_ways(context, change, "`name`", "`name` text DEFAULT NULL")


def test_guards(context: Connected) -> None:
    """MariaDB has IF EXISTS and IF NOT EXISTS nearly everywhere: a second time nothing happens."""
    before = tables(context)
    again: list[Callable[[], Any]] = [
        lambda: ops.AddColumnOp("thing", sa.Column("size", sa.Integer), if_not_exists=True),
        lambda: ops.DropColumnOp("thing", "gone", if_exists=True),
        lambda: ops.CreateTableOp("thing", [sa.Column("id", sa.Integer)], if_not_exists=True),
        lambda: ops.DropTableOp("gone", if_exists=True),
        lambda: ops.CreateIndexOp("ix_name", "thing", ["size"], if_not_exists=True),
        lambda: ops.DropIndexOp("gone", "thing", if_exists=True),
        *(
            lambda kind=kind: ops.DropConstraintOp("gone", "thing", kind, if_exists=True)
            for kind in ("foreignkey", "unique", "check", None)
        ),
    ]
    for make in again:
        invoke(context, make())
    assert tables(context) == before


def test_no_guard_for_a_primary_key(context: Connected) -> None:
    """MariaDB has none, and says nothing that would be understood."""
    with pytest.raises(CommandError, match="primary key"):
        invoke(context, ops.DropConstraintOp("pk", "thing", "primary", if_exists=True))


@pytest.mark.parametrize("kind", ["foreignkey", "unique", "check", None])
def test_a_constraint_is_dropped_by_its_kind(context: Connected, kind: str | None) -> None:
    """Each by its own words; without a kind the server finds out."""
    name = {"foreignkey": "fk_parent", "unique": "uq_size", "check": "ck_size", None: "ck_size"}[
        kind
    ]
    invoke(context, ops.DropConstraintOp(name, "thing", kind))
    kept = [line.strip() for line in tables(context)["thing"]]
    assert not any(
        line.startswith((f"CONSTRAINT `{name}`", f"UNIQUE KEY `{name}`")) for line in kept
    )


def test_rows(context: Connected) -> None:
    """Rows with quotes, backslashes, percent signs and colons arrive as they are."""
    values = ["it's", "a\\b", "100 %s", ":name"]
    table = sa.table("thing", sa.column("name", sa.String))
    invoke(context, ops.DropConstraintOp("uq_size", "thing", "unique"))
    invoke(context, ops.BulkInsertOp(table, [{"name": value} for value in values]))
    invoke(context, ops.ExecuteSQLOp("UPDATE thing SET size = NULL WHERE name LIKE '100 %s'"))
    found = context.connection.execute(sa.select(table.c.name)).scalars().all()
    assert sorted(found) == sorted(values)


def test_a_batch_is_one_change_after_the_other(context: Connected) -> None:
    """No table is built anew."""
    with Operations(context).batch_alter_table("thing") as batch:
        batch.add_column(sa.Column("c", sa.Integer))
        batch.alter_column("name", nullable=True)
        batch.drop_constraint("ck_size", type_="check")
    assert line_of(context, "`c`") == "`c` int(11) DEFAULT NULL"
    assert line_of(context, "`name`").startswith("`name` varchar(20) DEFAULT 'x'")


def test_an_unknown_column_is_named(context: Connected) -> None:
    """With those that there are; of a table that is not there the server speaks."""
    with pytest.raises(CommandError, match="'thing' has no column 'gone'") as caught:
        invoke(context, ops.AlterColumnOp.call("thing", "gone", nullable=False))
    assert "'name', 'size'" in str(caught.value.hint)
    with pytest.raises(DBAPIError, match="gone"):
        invoke(context, ops.AlterColumnOp.call("gone", "name", server_default="x"))
