"""Naming conventions: of one MetaData and of several, with op.f() and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

CONVENTION = {
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
OTHER = {"uq": "other_%(table_name)s", "ck": "is_%(constraint_name)s"}

Bind = Callable[[Any], tuple[Operations, Callable[[], set[str]]]]


@pytest.fixture
def bind(engine: sa.Engine) -> Any:
    """Operations for a target_metadata, and the names that the table 't' then has."""
    with engine.connect() as connection:

        def start(target: Any) -> tuple[Operations, Callable[[], set[str]]]:
            context = MigrationContext.configure(connection, opts={"target_metadata": target})

            def names(table: str = "t") -> set[str]:
                seen = sa.inspect(connection)
                found: list[Any] = [
                    *seen.get_check_constraints(table),
                    *seen.get_unique_constraints(table),
                    *seen.get_foreign_keys(table),
                    *seen.get_indexes(table),
                    seen.get_pk_constraint(table),
                ]
                if connection.dialect.name == "sqlite":
                    # The inspector does not see names inside the definition of a column.
                    text = f"SELECT sql FROM sqlite_master WHERE name = '{table}'"
                    stored = connection.exec_driver_sql(text).scalar_one()
                    found = [{"name": n} for n in re.findall(r"CONSTRAINT (\w+)", stored)]
                    found += seen.get_indexes(table)
                return {str(part["name"]) for part in found if part.get("name")}

            return Operations(context), names

        yield start
        connection.rollback()


def make(op: Operations) -> None:
    op.create_table("u", sa.Column("id", sa.Integer, primary_key=True))
    letters = sa.Enum("a", "b", name="letter", native_enum=False, create_constraint=True)
    op.create_table(
        "t",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", letters),
        sa.Column("b", sa.Integer, sa.ForeignKey("u.id"), unique=True),
        sa.Column("c", sa.Integer, index=True),
        sa.CheckConstraint("c > 0", name="positive"),
        sa.CheckConstraint("c < 9", name=op.f("final")),
    )


MADE = {"pk_t", "ck_t_letter", "fk_t_b_u", "ix_t_c", "ck_t_positive", "final", "uq_t_b"}


def test_a_new_table(bind: Bind) -> None:
    """Each of its parts is named by the convention, but for what `op.f()` says is final."""
    op, names = bind(sa.MetaData(naming_convention=CONVENTION))
    make(op)
    assert names() == MADE


@pytest.mark.parametrize("several", [False, True])
def test_parts_come_and_go(bind: Bind, several: bool) -> None:
    """Without a name by the convention; dropped by the plain name with a type, or by the whole."""
    metadata = sa.MetaData(naming_convention=CONVENTION)
    op, names = bind([metadata, sa.MetaData(naming_convention=CONVENTION)] if several else metadata)
    make(op)
    op.create_check_constraint("big", "t", "c > 1")
    op.create_check_constraint(op.f("ck_whole"), "t", "c > 2")
    op.create_unique_constraint(None, "t", ["c"])
    op.create_foreign_key(None, "t", "u", ["c"], ["id"])
    op.create_index(None, "t", ["b", "c"])
    made = {"ck_t_big", "ck_whole", "uq_t_c", "fk_t_c_u", "ix_t_b_c"}
    assert made <= names()
    op.drop_constraint("big", "t", type_="check")
    op.drop_constraint("ck_whole", "t")
    op.drop_constraint("ck_t_positive", "t")
    op.drop_constraint(op.f("uq_t_c"), "t", type_="unique")
    op.drop_constraint("fk_t_c_u", "t", type_="foreignkey")
    op.drop_index("ix_t_b_c", table_name="t")
    assert names() & (made | {"ck_t_positive"}) == set()


def test_a_name_without_its_type_is_whole(bind: Bind) -> None:
    """Of two constraints, the one that has just this name is dropped."""
    op, names = bind(sa.MetaData(naming_convention=CONVENTION))
    op.create_table("t", sa.Column("c", sa.Integer))
    op.create_check_constraint(op.f("big"), "t", "c > 1")
    op.create_check_constraint("big", "t", "c > 2")
    op.drop_constraint("big", "t")
    assert names() == {"ck_t_big"}


def test_each_table_has_the_convention_of_its_metadata(bind: Bind) -> None:
    """Of several that differ; a table in none of them has that of the first."""
    one, two = (sa.MetaData(naming_convention=c) for c in (CONVENTION, OTHER))
    sa.Table("t", two)
    op, names = bind([one, two])
    for table in ("t", "free"):
        op.create_table(table, sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
        op.create_unique_constraint(None, table, ["a"])
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_check_constraint("big", "a > 1")
    assert names() == {"other_t", "is_big"}
    assert names("free") == {"uq_free_a", "ck_free_big"}  # type: ignore[call-arg]
    with op.batch_alter_table("t", naming_convention=CONVENTION) as batch_op:
        batch_op.create_unique_constraint(None, ["b"])
    assert "uq_t_b" in names()


def test_a_column_brings_named_parts(bind: Bind) -> None:
    """What comes with a new column is named by the convention too."""
    op, names = bind(sa.MetaData(naming_convention=CONVENTION))
    make(op)
    op.add_column("t", sa.Column("d", sa.Integer, sa.ForeignKey("u.id"), unique=True))
    op.add_column("t", sa.Column("e", sa.Integer, sa.ForeignKey("u.id"), index=True))
    assert names() >= {"fk_t_d_u", "uq_t_d", "fk_t_e_u", "ix_t_e"}
