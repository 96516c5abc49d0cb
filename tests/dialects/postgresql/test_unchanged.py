"""Tables of PostgreSQL that are recognised as unchanged, and what is not taken for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from dialects.recognised import COMMON, Change, changed, overlooked, recognised
from laws.schemas import Connected
from sqlalchemy.dialects import postgresql

from benchmarks.tables import metadata_of

pytestmark = pytest.mark.databases("postgresql")


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
        sa.Column("id", sa.BigInteger, sa.Identity(always=True, start=5), primary_key=True),
        sa.Column("second", sa.String(20), primary_key=True),
        sa.Column("item_id", sa.ForeignKey("item_00001.id", ondelete="CASCADE")),
        sa.Column("data", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("words", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("twice", sa.Integer, sa.Computed("item_id * 2", persisted=True)),
        sa.Column("small", sa.Integer, sa.CheckConstraint("small < 9")),
        sa.Column("name", sa.String(20, collation="C"), comment="a name", unique=True),
        sa.Column("changed", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("User", sa.Uuid, index=True),
        sa.CheckConstraint("length(name) > 1"),
        comment="another one",
    )
    return metadata


def test_what_create_all_makes_is_recognised(context: Connected) -> None:
    """All of it, serial and identity columns, too."""
    everything().create_all(context.connection)
    assert recognised(context, everything()) == set(everything().tables)


def test_a_table_of_another_schema_is_recognised(context: Connected) -> None:
    """The names that the catalogue writes with their schema are the declared ones."""

    def models() -> sa.MetaData:
        metadata = sa.MetaData(schema="odd Schema")
        one = sa.Table("one", metadata, sa.Column("id", sa.Integer, primary_key=True))
        sa.Table("two", metadata, sa.Column("one_id", sa.ForeignKey(one.c.id), index=True))
        return metadata

    context.connection.exec_driver_sql('CREATE SCHEMA "odd Schema"')
    models().create_all(context.connection)
    assert recognised(context, models()) == {"one", "two"}


def column(name: str, **words: Any) -> Change:
    """Another value for an attribute of a column."""

    def change(metadata: sa.MetaData) -> None:
        for attribute, value in words.items():
            setattr(metadata.tables["other"].c[name], attribute, value)

    return change


def counting(**words: Any) -> Change:
    """Another option of the identity."""

    def change(metadata: sa.MetaData) -> None:
        for option, value in words.items():
            setattr(metadata.tables["other"].c.id.identity, option, value)

    return change


def of_indexes(**words: Any) -> Change:
    def change(metadata: sa.MetaData) -> None:
        for index in metadata.tables["other"].indexes:
            for attribute, value in words.items():
                setattr(index, attribute, value)

    return change


CHANGES: dict[str, Change] = {
    **COMMON,
    "collation": changed(type=sa.String(20)),
    "zone": column("changed", type=sa.DateTime()),
    "no default": column("changed", server_default=None),
    "items": column("words", type=postgresql.ARRAY(sa.Integer)),
    "identity": counting(always=False),
    "begin of the identity": counting(start=6),
    "steps of the identity": counting(increment=2),
    "unlogged": lambda m: m.tables["other"]._prefixes.append("UNLOGGED"),
    "storage": lambda m: m.tables["other"].dialect_kwargs.update(
        postgresql_with={"fillfactor": 50}
    ),
    "unique index": of_indexes(unique=True),
    "index by another name": of_indexes(name="ix"),
    "no index": lambda m: m.tables["other"].indexes.clear(),
}


def test_a_difference_is_not_overlooked(context: Connected) -> None:
    """Whatever differs, the table is not recognised, and the others are."""
    assert overlooked(context, everything, CHANGES) == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE other ALTER id SET INCREMENT BY 3",
        "ALTER TABLE other ALTER second SET DEFAULT chr(30) || 'x'",
        "ALTER TABLE other SET (fillfactor = 50)",
        "ALTER TABLE other SET UNLOGGED",
        "ALTER TABLE other ADD EXCLUDE (small WITH =)",
        "ALTER TABLE other DROP CONSTRAINT other_pkey, ADD PRIMARY KEY (second, id)",
        "COMMENT ON CONSTRAINT other_pkey ON other IS 'with words'",
        "COMMENT ON TABLE other IS 'with \x1e'",
        "COMMENT ON COLUMN other.second IS 'with \x1e and \x1f'",
        'CREATE INDEX other_index ON other ("User" DESC)',
        "CREATE INDEX other_index ON other (lower(second))",
    ],
)
def test_a_change_in_the_database_is_not_overlooked(context: Connected, statement: str) -> None:
    """What somebody did by hand is seen as well."""
    everything().create_all(context.connection)
    context.connection.exec_driver_sql(statement)
    assert "other" not in recognised(context, everything())


def test_a_reference_into_another_schema_is_not_taken_for_one_into_the_own(
    context: Connected,
) -> None:
    """The catalogue leaves out schemas that are on the search path."""

    def models(schema: str | None) -> sa.MetaData:
        metadata = sa.MetaData()
        for name in (None, "other"):
            sa.Table("one", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=name)
        target = "one.id" if schema is None else f"{schema}.one.id"
        sa.Table("two", metadata, sa.Column("one_id", sa.ForeignKey(target, name="fk")))
        return metadata

    context.connection.exec_driver_sql("CREATE SCHEMA other")
    models("other").create_all(context.connection)
    context.connection.exec_driver_sql("SET search_path = public, other")
    assert "two" not in recognised(context, models(None))
    context.connection.exec_driver_sql("DROP TABLE public.one")
    assert "two" not in recognised(context, models(None))
