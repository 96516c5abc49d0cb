"""Calls of `op` and of a batch, each with the type that a checker must see; never run.

A line ends with the revealed type, or with the code of the error that it has to be.
"""

from __future__ import annotations

from typing import reveal_type

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from flask_schemaver import op


async def count(connection: AsyncConnection, table: str) -> int:
    found = await connection.execute(sa.text(f"SELECT count(*) FROM {table}"))
    return int(found.scalar_one())


def upgrade() -> None:
    table = op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), schema="s")
    reveal_type(table)  # sqlalchemy.sql.schema.Table
    reveal_type(op.get_bind())  # sqlalchemy.engine.base.Connection
    reveal_type(op.f("ix"))  # str
    reveal_type(op.run_async(count, "t"))  # int
    op.bulk_insert(table, [{"id": 1}], multiinsert=False)
    op.add_column("t", sa.Column("n", sa.Integer), if_not_exists=True, inline_references=True)
    op.alter_column("t", "n", nullable=False, existing_type=sa.Integer(), new_column_name="m")
    op.alter_column("t", "m", type_=sa.BigInteger, postgresql_using="m::bigint", schema="s")
    op.create_index(op.f("ix"), "t", ["m", sa.text("lower(n)")], postgresql_where=sa.text("m > 1"))
    op.create_foreign_key(None, "t", "u", ["a"], ["b"], ondelete="CASCADE", source_schema="s")
    op.create_exclude_constraint("ex", "t", ("r", "&&"), using="gist", where="a > 1")
    op.drop_constraint("uq", "t", type_="unique", if_exists=True)
    op.execute("SELECT 1", execution_options={"a": 1})
    op.execute(sa.text("SELECT 1"))
    op.add_enum_value("mood", "sad", before="ok")
    op.create_sequence("numbers", start=1, if_not_exists=True)
    op.create_schema("extra")
    op.create_extension("btree_gist", cascade=True)


def batch() -> None:
    with op.batch_alter_table("t", recreate="always", naming_convention={"uq": "uq_x"}) as batch_op:
        reveal_type(batch_op)  # flask_schemaver.operations.batch.BatchOperations
        batch_op.add_column(sa.Column("n", sa.Integer), insert_after="id")
        batch_op.alter_column("n", nullable=False)
        batch_op.drop_column("n", if_exists=True)
        batch_op.create_unique_constraint("uq", ["n"], deferrable=True)
        batch_op.create_foreign_key("fk", "u", ["a"], ["b"], ondelete="CASCADE")
        batch_op.create_check_constraint("ck", "n > 0")
        batch_op.create_primary_key("pk", ["id"])
        batch_op.create_index(batch_op.f("ix"), ["n"], unique=True)
        batch_op.drop_index("ix", if_exists=True)
        batch_op.drop_constraint("uq", type_="unique", if_exists=True)
        batch_op.create_table_comment("said", existing_comment=None)


def mistakes() -> None:
    op.add_column("t", "n")  # error: arg-type
    op.drop_table()  # error: call-arg
    op.rename_table("t", 5)  # error: arg-type
    op.alter_column("t", "n", nullable="no")  # error: arg-type
    op.drop_constraint("uq", "t", "unique", "s")  # error: call-arg
    op.create_unique_constraint("uq", "t", 5)  # error: arg-type
    with op.batch_alter_table("t", recreate="sometimes") as batch_op:  # error: arg-type
        batch_op.drop_table("t")  # error: attr-defined
        batch_op.create_primary_key("pk", ["id"], "s")  # error: call-arg
        batch_op.add_column("n")  # error: arg-type
