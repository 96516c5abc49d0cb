"""Operations as Python: what is written evaluates to the same, and can be read."""

from __future__ import annotations

import enum
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.mutable import MutableDict

from flask_schemaver.autogenerate.render import Renderer, render_operations
from flask_schemaver.dialects.reflected import NamedType
from flask_schemaver.operations import ops


class Mood(enum.Enum):
    happy = "h"
    sad = "s"


class Money(sa.TypeDecorator[int]):
    """A type of the application, which a revision file must not import."""

    impl = sa.Numeric(12, 2)
    cache_ok = True


TYPES: list[Any] = [
    sa.Integer(),
    sa.BigInteger(),
    sa.String(),
    sa.String(20, collation="C"),
    sa.Unicode(5),
    sa.Text(),
    sa.Boolean(),
    sa.Numeric(10, 2),
    sa.Numeric(asdecimal=False),
    sa.Float(53),
    sa.Double(),
    sa.DateTime(timezone=True),
    sa.Interval(),
    sa.Time(),
    sa.LargeBinary(16),
    sa.Uuid(as_uuid=False),
    sa.JSON(none_as_null=True),
    sa.PickleType(),
    sa.ARRAY(sa.String(3), dimensions=2),
    sa.Enum("a", "it's", name="letter"),
    sa.Enum(Mood),
    sa.Enum("a", "b", name="n", native_enum=False, create_constraint=True, length=9),
    sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    postgresql.JSONB(),
    postgresql.UUID(),
    postgresql.ARRAY(postgresql.CIDR()),
    postgresql.ENUM("x", "y", name="xy", create_type=False),
    postgresql.TIMESTAMP(precision=3, timezone=True),
    postgresql.INTERVAL(fields="DAY TO SECOND", precision=2),
    postgresql.TSVECTOR(),
    postgresql.INT4RANGE(),
    postgresql.BIT(8, varying=True),
    mysql.INTEGER(unsigned=True),
    mysql.ENUM("a", "b"),
    mysql.VARCHAR(10, charset="utf8mb4"),
    sa.VARCHAR(7),
    MutableDict.as_mutable(sa.JSON()),
]


def evaluated(code: str, renderer: Renderer) -> Any:
    namespace: dict[str, Any] = {"sa": sa}
    exec("\n".join(sorted(renderer.imports)), namespace)
    return eval(code, namespace)


@pytest.mark.parametrize("type_", TYPES, ids=repr)
def test_a_type_evaluates_to_its_equal(type_: Any) -> None:
    """What is written for a type makes one that is written, and spelled, the same."""
    renderer = Renderer()
    code = renderer.type_(type_)
    again = evaluated(code, renderer)
    assert Renderer().type_(again) == code
    for dialect in (postgresql.dialect(), mysql.dialect()):
        assert spelling(again, dialect) == spelling(type_, dialect)


def spelling(type_: Any, dialect: Any) -> str:
    try:
        return str(type_.compile(dialect=dialect))
    except (sa.exc.CompileError, sa.exc.UnsupportedCompilationError):
        return "none"


def test_a_type_of_the_application_is_written_as_what_it_stores() -> None:
    """A revision file imports nothing of the application, whose code will change."""
    renderer = Renderer()
    assert renderer.type_(Money()) == "sa.Numeric(precision=12, scale=2)"
    assert renderer.imports == set()


def test_a_type_of_a_dialect_brings_its_import() -> None:
    """The file runs as it stands."""
    renderer = Renderer()
    assert renderer.type_(postgresql.JSONB()) == "postgresql.JSONB(astext_type=sa.Text())"
    assert renderer.imports == {"from sqlalchemy.dialects import postgresql"}


def test_a_type_without_a_class_keeps_its_spelling() -> None:
    """A type that SQLAlchemy does not know is named by its text."""
    renderer = Renderer()
    code = renderer.type_(NamedType("geometry(Point,4326)"))
    assert evaluated(code, renderer).compile() == "geometry(Point,4326)"


def test_a_short_call_stays_on_its_line() -> None:
    """Lines are broken only where they are too long."""
    operation = ops.DropColumnOp("users", "name")
    assert render_operations([operation], Renderer()) == "op.drop_column('users', 'name')"


def test_a_long_call_has_an_argument_to_a_line() -> None:
    """A table reads from top to bottom."""
    table = ops.CreateTableOp(
        "users",
        [
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("name", sa.String(40), server_default="it's", nullable=False),
            sa.PrimaryKeyConstraint("id"),
        ],
    )
    assert render_operations([table], Renderer()) == (
        "op.create_table(\n"
        "    'users',\n"
        "    sa.Column('id', sa.Integer(), nullable=False),\n"
        "    sa.Column('name', sa.String(length=40), server_default=\"it's\", nullable=False),\n"
        "    sa.PrimaryKeyConstraint('id'),\n"
        ")"
    )


def test_a_note_stands_above_its_operation() -> None:
    """What a person should know is said where it happens."""
    operation = ops.DropColumnOp("users", "name")
    operation.info["note"] = "Why."
    assert render_operations([operation], Renderer()) == "# Why.\nop.drop_column('users', 'name')"


def test_changes_of_one_table_share_a_batch() -> None:
    """Where ALTER is not enough, a table is rebuilt once for neighbouring changes."""
    operations = [
        ops.DropConstraintOp("uq", "users", type_="unique"),
        ops.AlterColumnOp("users", "name", modify_nullable=False),
        ops.DropIndexOp("ix", "users"),
        ops.CreateForeignKeyOp("fk", "users", "teams", ["team_id"], ["id"]),
        ops.DropColumnOp("teams", "age"),
    ]
    assert render_operations(operations, Renderer(), batch=True) == (
        "with op.batch_alter_table('users') as batch_op:\n"
        "    batch_op.drop_constraint(batch_op.f('uq'), type_='unique')\n"
        "    batch_op.alter_column('name', nullable=False)\n"
        "    batch_op.drop_index(batch_op.f('ix'))\n"
        "    batch_op.create_foreign_key(batch_op.f('fk'), 'teams', ['team_id'], ['id'])\n"
        "op.drop_column('teams', 'age')"
    )


DEFAULTS: list[tuple[Any, str]] = [
    ("plain", "'plain'"),
    ("it's", '"it\'s"'),
    (sa.text("now()"), "sa.text('now()')"),
    (sa.func.now(), "sa.func.now()"),
    (sa.true(), "sa.true()"),
    (sa.false(), "sa.false()"),
    (sa.func.coalesce(1, 2), "sa.text('(coalesce(1, 2))')"),
    (sa.literal("a:b"), "sa.text(\"'a:b'\")"),
]


@pytest.mark.parametrize(("default", "code"), DEFAULTS)
def test_a_server_default_is_written_for_every_database(default: Any, code: str) -> None:
    """What every database spells its own way is left for it to spell."""
    column = sa.Column("c", sa.String(), server_default=default)
    add = ops.AddColumnOp("t", column)
    assert f"server_default={code}" in render_operations([add], Renderer())
