"""Comparing models with a live MariaDB: nothing where nothing changed, each change both ways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from laws.schemas import Connected
from sqlalchemy.dialects import mysql

from flask_schemaver.autogenerate.api import compare, migration_script
from flask_schemaver.autogenerate.render import Renderer, render_operations
from flask_schemaver.operations.facade import Operations
from flask_schemaver.schema.operation import Operation


@pytest.fixture
def context(mariadb_url: str) -> Iterator[Connected]:
    engine = sa.create_engine(mariadb_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield Connected(connection)
    engine.dispose()


def models() -> sa.MetaData:
    """One column of each usual type, and each kind of constraint and index."""
    metadata = sa.MetaData()
    parent = sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    thing = sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("flag", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("name", sa.String(20), server_default="it's", comment="its 'name'"),
        sa.Column("price", sa.Numeric(10, 2), server_default=sa.text("1.50")),
        sa.Column("count", sa.Integer, server_default="7"),
        sa.Column("ratio", sa.Float, server_default=sa.text("0.5")),
        sa.Column("exact", sa.Double),
        sa.Column("small", sa.SmallInteger),
        sa.Column("positive", mysql.INTEGER(unsigned=True)),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
        sa.Column(
            "changed",
            sa.TIMESTAMP,
            server_default=sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
        ),
        sa.Column("day", sa.Date),
        sa.Column("hour", sa.Time),
        sa.Column("bytes", sa.LargeBinary),
        sa.Column("letter", sa.Enum("a", "b", name="letter"), server_default="a"),
        sa.Column(
            "vowel", sa.Enum("a", "e", name="vowel", native_enum=False, create_constraint=True)
        ),
        sa.Column("data", sa.JSON),
        sa.Column("long", sa.Text, server_default="text"),
        sa.Column("key", sa.Uuid),
        sa.Column("twice", sa.Integer, sa.Computed("count * 2")),
        sa.Column("other", sa.ForeignKey("parent.id", ondelete="CASCADE")),
        sa.Column("unnamed", sa.Integer, unique=True),
        sa.Column("own", sa.Integer, sa.CheckConstraint("own > 0")),
        sa.Column("Odd Name", sa.Integer),
        sa.CheckConstraint("count <> 5 AND count IN (1, 2, 7)", name="ck_count"),
        sa.CheckConstraint("small > 0"),
        sa.UniqueConstraint("small", "Odd Name", name="uq_small"),
        sa.ForeignKeyConstraint(["positive"], ["parent.size"], name="fk_size", ondelete="RESTRICT"),
        comment="things",
        mysql_engine="InnoDB",
    )
    parent.append_column(sa.Column("size", mysql.INTEGER(unsigned=True), unique=True))
    sa.Index("ix_long", thing.c.long, mysql_length={"long": 10})
    sa.Index("ix_name", thing.c.name, thing.c.price.desc())
    sa.Index("ix_unique", thing.c["day"], thing.c["Odd Name"], unique=True)
    return metadata


def found(context: Connected, metadata: sa.MetaData) -> tuple[Operation, ...]:
    return compare(context, metadata).operations  # type: ignore[arg-type]


def test_nothing_is_found_where_nothing_changed(context: Connected) -> None:
    """Every usual type, default, constraint and index is read as it was declared."""
    models().create_all(context.connection)
    assert [o.describe() for o in found(context, models())] == []


def column(metadata: sa.MetaData, name: str) -> sa.Column:
    return metadata.tables["thing"].c[name]


def change_type(metadata: sa.MetaData) -> None:
    column(metadata, "name").type = sa.String(50)


def change_null(metadata: sa.MetaData) -> None:
    column(metadata, "count").nullable = False


def change_default(metadata: sa.MetaData) -> None:
    column(metadata, "price").server_default = sa.DefaultClause(sa.text("2.50"))


def change_comment(metadata: sa.MetaData) -> None:
    column(metadata, "name").comment = "100 % another"


def change_enum(metadata: sa.MetaData) -> None:
    column(metadata, "letter").type = sa.Enum("a", "b", "c", name="letter")


def add_column(metadata: sa.MetaData) -> None:
    metadata.tables["thing"].append_column(sa.Column("new", sa.String(9), server_default="x"))


def add_reference(metadata: sa.MetaData) -> None:
    metadata.tables["thing"].append_column(
        sa.Column("new", sa.ForeignKey("parent.id", name="fk_new"))
    )


def add_table(metadata: sa.MetaData) -> None:
    sa.Table("more", metadata, sa.Column("id", sa.ForeignKey("thing.id"), primary_key=True))


def add_unique(metadata: sa.MetaData) -> None:
    metadata.tables["thing"].append_constraint(sa.UniqueConstraint("day", name="uq_day"))


def add_unique_index(metadata: sa.MetaData) -> None:
    sa.Index("uq_day", column(metadata, "day"), unique=True)


def add_index(metadata: sa.MetaData) -> None:
    sa.Index("ix_more", column(metadata, "Odd Name"), column(metadata, "day").desc())


def add_check(metadata: sa.MetaData) -> None:
    metadata.tables["thing"].append_constraint(sa.CheckConstraint("count < 99", name="ck_more"))


def drop_foreign_key(metadata: sa.MetaData) -> None:
    thing = metadata.tables["thing"]
    key = next(k for k in thing.foreign_key_constraints if k.name == "fk_size")
    thing.constraints.discard(key)
    for element in key.elements:
        element.parent.foreign_keys.discard(element)


CHANGES = [
    change_type,
    change_null,
    change_default,
    change_comment,
    change_enum,
    add_column,
    add_reference,
    add_table,
    add_unique,
    add_unique_index,
    add_index,
    add_check,
    drop_foreign_key,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_found_made_and_taken_back(context: Connected, change) -> None:
    """The generated revision leads to the models and back, as files that are written and read."""
    changed = models()
    change(changed)
    models().create_all(context.connection)
    script = migration_script(compare(context, changed), context.spelling)  # type: ignore[arg-type]
    assert script.upgrade_ops.ops
    run(script.upgrade_ops.ops, context)
    assert [o.describe() for o in found(context, changed)] == []
    run(script.downgrade_ops.ops, context)
    assert [o.describe() for o in found(context, models())] == []


def run(operations: list[Operation], context: Connected) -> None:
    renderer = Renderer()
    code = render_operations(operations, renderer, batch=False)
    with Operations.context(context) as op:
        exec("\n".join([*renderer.imports, code]), {"sa": sa, "op": op})


def test_nothing_is_asked_where_nothing_changed(context: Connected) -> None:
    """What was declared and what was read are equal as they are: no temporary table is made."""
    metadata = models()
    own = next(c for c in column(metadata, "own").constraints)
    column(metadata, "own").constraints.discard(own)
    metadata.tables["thing"].constraints.discard(own)
    metadata.create_all(context.connection)
    sent: list[str] = []
    sa.event.listen(
        context.connection, "before_cursor_execute", lambda *given: sent.append(given[2])
    )
    assert found(context, metadata) == ()
    assert not any("TEMPORARY" in statement for statement in sent)
