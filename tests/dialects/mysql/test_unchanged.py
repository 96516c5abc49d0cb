"""Tables of MariaDB that are recognised as unchanged, and what is not taken for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from dialects.recognised import COMMON, Change, added, changed, overlooked, recognised
from laws.schemas import Connected
from sqlalchemy.dialects import mysql

from benchmarks.tables import metadata_of

pytestmark = pytest.mark.databases("mariadb")


@pytest.fixture
def context(engine: sa.Engine) -> Iterator[Connected]:
    with engine.connect() as connection:
        yield Connected(connection)


def everything() -> sa.MetaData:
    """Columns and constraints of the kinds that apps use most."""
    metadata = metadata_of(3)
    sa.Table(
        "other",
        metadata,
        sa.Column("id", mysql.BIGINT(unsigned=True), primary_key=True),
        sa.Column("second", sa.String(20), primary_key=True),
        sa.Column("item_id", sa.ForeignKey("item_00001.id", ondelete="CASCADE")),
        sa.Column("kind", sa.Enum("a", "it's")),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("twice", sa.Integer, sa.Computed("item_id * 2", persisted=True)),
        sa.Column("small", sa.Integer, sa.CheckConstraint("small < 9")),
        sa.Column("name", sa.String(20), comment="a name", unique=True),
        sa.Column("changed", sa.DateTime, server_default=sa.text("now() ON UPDATE now()")),
        sa.CheckConstraint("length(name) > 1"),
        comment="another one",
        mysql_collate="utf8mb4_bin",
    )
    return metadata


def test_what_create_all_makes_is_recognised(context: Connected) -> None:
    """All of it, and the questions are as many for ten tables as for three."""
    everything().create_all(context.connection)
    assert recognised(context, everything()) == set(everything().tables)


CHANGES: dict[str, Change] = {
    **COMMON,
    "collation": changed(type=sa.String(20, collation="utf8mb4_general_ci")),
    "engine": lambda m: m.tables["other"].dialect_kwargs.update(mysql_engine="Aria"),
    "index of the key's columns": added(lambda: sa.Index("ix", "item_id")),
}


def test_a_difference_is_not_overlooked(context: Connected) -> None:
    """Whatever differs, the table is not recognised, and the others are."""
    assert overlooked(context, everything, CHANGES) == []


def test_what_refers_to_a_changed_table_is_looked_at(context: Connected) -> None:
    """Its foreign key may have to leave while the other table changes."""
    metadata_of(4).create_all(context.connection)
    models = metadata_of(4)
    models.tables["item_00001"].c.code.nullable = True
    assert recognised(context, models) == {"item_00000", "item_00003"}
