"""Calls of `op` and of a batch, each with the type that a checker must see; never run.

A line ends with the name of the revealed type, or with the error that each checker has to find.
"""

from __future__ import annotations

from typing import reveal_type

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from flask_schemaver import context, op
from flask_schemaver.operations import ops


async def count(connection: AsyncConnection, table: str) -> int:
    found = await connection.execute(sa.text(f"SELECT count(*) FROM {table}"))
    return int(found.scalar_one())


def upgrade() -> None:
    table = op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), schema="s")
    reveal_type(table)  # Table
    reveal_type(op.get_bind())  # Connection
    reveal_type(op.f("ix"))  # str
    reveal_type(op.run_async(count, "t"))  # int
    reveal_type(op.inline_literal(1))  # BindParameter
    reveal_type(ops.AddColumnOp("t", sa.Column("n", sa.Integer)).reverse())  # DropColumnOp
    reveal_type(context.is_offline_mode())  # bool
    op.create_table("u", sa.Column("id", sa.Integer), sa.UniqueConstraint("id"), comment="said")
    op.drop_table("u", if_exists=True)
    op.rename_table("t", "v", schema="s")
    op.bulk_insert(table, [{"id": 1}], multiinsert=False)
    op.add_column("t", sa.Column("n", sa.Integer), if_not_exists=True, inline_references=True)
    op.add_column("t", sa.Column("n", sa.Integer), inline_primary_key=True, schema="s")
    op.drop_column("t", "n", if_exists=True, mssql_drop_default=True)
    op.alter_column("t", "n", nullable=False, existing_type=sa.Integer(), new_column_name="m")
    op.alter_column("t", "m", type_=sa.BigInteger, postgresql_using="m::bigint", schema="s")
    op.alter_column("t", "m", server_default=None, comment=None, existing_comment="said")
    op.alter_column("t", "m", server_default=sa.text("1"), existing_server_default=False)
    op.create_index(op.f("ix"), "t", ["m", sa.text("lower(n)")], postgresql_where=sa.text("m > 1"))
    op.create_index("ix", "t", [sa.func.lower(sa.column("n"))], unique=True, if_not_exists=True)
    op.drop_index("ix", "t", if_exists=True, postgresql_concurrently=True)
    op.create_primary_key("pk", "t", ["id"])
    op.create_unique_constraint("uq", "t", ["id"], deferrable=True, initially="DEFERRED")
    op.create_check_constraint("ck", "t", sa.column("n") > 1)
    op.create_foreign_key(None, "t", "u", ["a"], ["b"], ondelete="CASCADE", source_schema="s")
    op.create_exclude_constraint("ex", "t", ("r", "&&"), using="gist", where="a > 1")
    op.drop_constraint("uq", "t", type_="unique", if_exists=True)
    op.create_table_comment("t", "said", existing_comment=None)
    op.drop_table_comment("t", existing_comment="said")
    op.alter_table_options("t", mysql_engine="InnoDB", existing={"mysql_engine": "MyISAM"})
    op.execute("SELECT 1", execution_options={"a": 1})
    op.execute(sa.text("SELECT 1"))
    op.execute(sa.update(table).values(id=1))
    op.invoke(ops.DropTableOp("t"))
    op.create_enum("mood", ["sad", "ok"], schema="s")
    op.add_enum_value("mood", "sad", before="ok")
    op.rename_enum_value("mood", "sad", "low")
    op.drop_enum("mood")
    op.create_sequence("numbers", start=1, if_not_exists=True)
    op.alter_sequence("numbers", start=7, increment=2, cycle=True, existing={"start": 1})
    op.rename_sequence("numbers", "counts", schema="s")
    op.drop_sequence("numbers", if_exists=True)
    op.create_domain("amount", sa.Integer(), schema="s", not_null=True)
    op.alter_domain("amount", not_null=False, checks={"ck": "VALUE > 1"}, default=None)
    op.drop_domain("amount", schema="s")
    op.create_schema("extra")
    op.drop_schema("extra", cascade=True)
    op.create_extension("btree_gist", cascade=True)
    op.drop_extension("btree_gist")
    with op.get_context().autocommit_block():
        op.execute("VACUUM")


def batch() -> None:
    with op.batch_alter_table("t", recreate="always", naming_convention={"uq": "uq_x"}) as batch_op:
        reveal_type(batch_op)  # BatchOperations
        reveal_type(batch_op.get_bind())  # Connection
        reveal_type(batch_op.f("ix"))  # str
        batch_op.add_column(sa.Column("n", sa.Integer), insert_after="id")
        batch_op.add_column(sa.Column("n", sa.Integer), insert_before="id", if_not_exists=True)
        batch_op.alter_column("n", nullable=False, insert_after="id")
        batch_op.drop_column("n", if_exists=True)
        batch_op.create_unique_constraint("uq", ["n"], deferrable=True)
        batch_op.create_foreign_key("fk", "u", ["a"], ["b"], ondelete="CASCADE")
        batch_op.create_check_constraint("ck", "n > 0")
        batch_op.create_primary_key("pk", ["id"])
        batch_op.create_exclude_constraint("ex", ("r", "&&"), using="gist")
        batch_op.create_index(batch_op.f("ix"), ["n"], unique=True)
        batch_op.drop_index("ix", if_exists=True)
        batch_op.drop_constraint("uq", type_="unique", if_exists=True)
        batch_op.create_table_comment("said", existing_comment=None)
        batch_op.drop_table_comment(existing_comment="said")
        batch_op.execute("SELECT 1")
        batch_op.invoke(ops.DropColumnOp("t", "n"))


def mistakes() -> None:
    op.add_column("t", "n")  # mypy arg-type, pyright reportArgumentType
    op.add_column("t", sa.Column("n"), if_exists=True)  # mypy call-arg, pyright reportCallIssue
    op.drop_table()  # mypy call-arg, pyright reportCallIssue
    op.drop_table("t", if_exists="yes")  # mypy arg-type, pyright reportArgumentType
    op.rename_table("t", 5)  # mypy arg-type, pyright reportArgumentType
    op.alter_column("t", "n", nullable="no")  # mypy arg-type, pyright reportArgumentType
    op.alter_column("t", "n", type_="integer")  # mypy arg-type, pyright reportArgumentType
    op.alter_column("t", "n", True)  # mypy call-arg, pyright reportCallIssue
    op.create_index("ix", "t")  # mypy call-arg, pyright reportCallIssue
    op.create_foreign_key("fk", "t", "u", ["a"])  # mypy call-arg, pyright reportCallIssue
    op.drop_constraint("uq", "t", "unique", "s")  # mypy call-arg, pyright reportCallIssue
    op.create_unique_constraint("uq", "t", 5)  # mypy arg-type, pyright reportArgumentType
    op.create_enum("mood", None)  # mypy arg-type, pyright reportArgumentType
    op.add_enum_value("mood")  # mypy call-arg, pyright reportCallIssue
    op.bulk_insert("t", [{"id": 1}])  # mypy arg-type, pyright reportArgumentType
    op.execute(5)  # mypy arg-type, pyright reportArgumentType
    op.create_tabel("t")  # mypy attr-defined, pyright reportAttributeAccessIssue
    op.batch_alter_table("t", recreate="sometimes")  # mypy arg-type, pyright reportArgumentType
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_table("t")  # mypy attr-defined, pyright reportAttributeAccessIssue
        batch_op.create_primary_key("pk", ["id"], "s")  # mypy call-arg, pyright reportCallIssue
        batch_op.add_column("n")  # mypy arg-type, pyright reportArgumentType
        batch_op.create_index("ix", 5)  # mypy arg-type, pyright reportArgumentType
        batch_op.drop_index()  # mypy call-arg, pyright reportCallIssue
