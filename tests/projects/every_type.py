"""Models with every common type, default, constraint and index, as an application writes them."""

from __future__ import annotations

import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase

DOCUMENTED_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Color(enum.Enum):
    """Stored by its names."""

    red = "r"
    green = "g"


class Lower(sa.types.TypeDecorator[str]):
    """A type of the application that is the same on every database."""

    impl = sa.String(77)
    cache_ok = True


class Guid(sa.types.TypeDecorator[str]):
    """A type of the application that is another one on PostgreSQL."""

    impl = sa.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(pg.UUID() if native else sa.CHAR(32))


def metadata(dialect: str, *, named: bool) -> sa.MetaData:
    """The tables; `named` gives every constraint a name by the convention SQLAlchemy documents."""

    class Base(DeclarativeBase):
        metadata = sa.MetaData(naming_convention=DOCUMENTED_CONVENTION if named else None)

    collation = "C" if dialect == "postgresql" else "NOCASE"
    sa.Table(
        "everything",
        Base.metadata,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("color", sa.Enum(Color), nullable=False),
        sa.Column("short", sa.Enum(Color, native_enum=False, length=40, name="short_color")),
        sa.Column(
            "checked", sa.Enum(Color, native_enum=False, create_constraint=True, name="known")
        ),
        sa.Column("word", sa.Enum("a", "b", "it's", name="word"), server_default="a"),
        sa.Column("flag", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("bit", sa.Boolean(create_constraint=True, name="bit"), server_default=sa.true()),
        sa.Column("price", sa.Numeric(10, 2), server_default="0.00"),
        sa.Column("exact", sa.Numeric),
        sa.Column("ratio", sa.Float, server_default=sa.text("1.5")),
        sa.Column("fine", sa.Float(53)),
        sa.Column("double", sa.Double),
        sa.Column("small", sa.SmallInteger, server_default="3"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("made", sa.DateTime, server_default=sa.func.current_timestamp()),
        sa.Column("seen", sa.TIMESTAMP, server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("day", sa.Date, server_default="2024-01-01"),
        sa.Column("time", sa.Time, server_default=sa.text("'12:34:56'")),
        sa.Column("span", sa.Interval),
        sa.Column("data", MutableDict.as_mutable(sa.JSON()), nullable=False, server_default="{}"),
        sa.Column(
            "either",
            sa.JSON().with_variant(pg.JSONB(), "postgresql"),
            server_default=sa.text('\'{"a": "b:c %d"}\''),
        ),
        sa.Column("uuid", sa.Uuid),
        sa.Column("text_uuid", sa.Uuid(native_uuid=False)),
        sa.Column("blob", sa.LargeBinary),
        sa.Column("pickled", sa.PickleType),
        sa.Column("lower", Lower),
        sa.Column("guid", Guid()),
        sa.Column("sorted", sa.String(30, collation=collation)),
        sa.Column("long", sa.Text().with_variant(sa.String(99), "postgresql")),
        sa.Column("quoted", sa.Unicode(20), server_default='it\'s "q" 50% a:b {x} \\n'),
        sa.Column("empty", sa.Text, server_default=""),
        sa.Column("unset", sa.Text, server_default=sa.null()),
        sa.Column("minus", sa.Integer, server_default=sa.text("-1")),
        sa.Column("below", sa.Integer, server_default="-5"),
        sa.Column("sum", sa.Integer, server_default=sa.text("(1 + 2)")),
        sa.Column("called", sa.Text, server_default=sa.func.lower("A:b 50%")),
        sa.Column("next", sa.Integer, sa.Computed("minus + 1", persisted=True)),
        sa.Column("carried", sa.Integer, sa.CheckConstraint("carried <> 3", name="carries")),
        sa.Column("noted", sa.Integer, comment='it\'s a "comment": 50% {x}'),
        sa.CheckConstraint("minus < 5 AND quoted <> 'a:b%'", name="minus_small"),
        sa.CheckConstraint("small > 0", name="small_positive" if named else None),
        sa.UniqueConstraint("price", "ratio", name="uq_price_ratio"),
        sa.UniqueConstraint("day"),
        sa.Index("ix_unique", "small", "day", unique=True),
        sa.Index("ix_lower", sa.text("lower(quoted)")),
        sa.Index(
            "ix_where", "time", postgresql_where=sa.text("flag"), sqlite_where=sa.text("flag")
        ),
        comment="all: it's everything",
    )
    _expressions(Base.metadata.tables["everything"])
    _relations(Base.metadata)
    _odd_names(Base.metadata)
    if dialect == "postgresql":
        _postgresql(Base.metadata)
    return Base.metadata


def _expressions(table: sa.Table) -> None:
    """Checks and indexes on SQL that Python has written."""
    small, quoted = table.c.small, table.c.quoted
    for name, condition in {
        "ck_in": quoted.in_(["x", "it's", "50%", ":y"]),
        "ck_or": sa.or_(small.is_(None), sa.and_(small >= 0, table.c.below < 10)),
        "ck_like": quoted.like("a%"),
        "ck_length": sa.func.length(quoted) > 2,
    }.items():
        table.append_constraint(sa.CheckConstraint(condition, name=sa.schema.conv(name)))
    where = quoted == "it's :x 50%"
    sa.Index("ix_sum", small + table.c.below)
    sa.Index("ix_descending", small.desc(), quoted)
    sa.Index("ix_partly", small, postgresql_where=where, sqlite_where=where)
    sa.Index("ix_filled", sa.func.coalesce(quoted, ""), unique=True)


def _relations(metadata: sa.MetaData) -> None:
    """To itself, to one another, of two columns, and many to many."""
    sa.Table(
        "node",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "parent_id",
            sa.ForeignKey("node.id", ondelete="CASCADE", onupdate="SET NULL"),
            index=True,
        ),
        sa.Column("leaf_id", sa.ForeignKey("leaf.id", use_alter=True, name="fk_node_leaf")),
    )
    sa.Table(
        "leaf",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("node_id", sa.ForeignKey("node.id"), nullable=False),
    )
    for name, other in (("left", "right"), ("right", "left")):
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("other_id", sa.ForeignKey(f"{other}.id")),
        )
    sa.Table(
        "node_leaf",
        metadata,
        sa.Column("node_id", sa.ForeignKey("node.id"), primary_key=True),
        sa.Column("leaf_id", sa.ForeignKey("leaf.id"), primary_key=True),
    )
    sa.Table(
        "pair",
        metadata,
        sa.Column("x", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("y", sa.String(10), primary_key=True),
    )
    sa.Table(
        "of_pair",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.String(10)),
        sa.ForeignKeyConstraint(
            ["x", "y"],
            ["pair.x", "pair.y"],
            ondelete="SET NULL",
            deferrable=True,
            initially="DEFERRED",
        ),
    )


def _odd_names(metadata: sa.MetaData) -> None:
    sa.Table(
        'Odd Table\'s "x"',
        metadata,
        sa.Column("Id %s", sa.Integer, primary_key=True),
        sa.Column("select", sa.Integer, index=True),
        sa.Column("a.b:c", sa.String(5), unique=True),
        sa.Column("größe", sa.String(5), server_default="ü"),
        sa.Column("back\\slash", sa.String(5)),
    )
    sa.Table(
        "a_very_long_table_name_that_has_just_less_than_sixty_three_char",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a_column_with_a_name_that_is_very_long_too", sa.Integer, index=True),
        sa.Column("another_column_with_a_name_that_is_very_long", sa.ForeignKey("node.id")),
        sa.Column("a_third_column_with_a_name_that_is_very_long", sa.Integer, unique=True),
    )


def _postgresql(metadata: sa.MetaData) -> None:
    sa.Table(
        "pg_only",
        metadata,
        sa.Column("id", sa.Integer, sa.Identity(start=5, increment=2), primary_key=True),
        sa.Column("always", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("numbers", pg.ARRAY(sa.Integer), server_default="{}"),
        sa.Column("words", sa.ARRAY(sa.String(5)), server_default=sa.text("ARRAY[]::varchar[]")),
        sa.Column("grid", pg.ARRAY(sa.Text, dimensions=2)),
        sa.Column("colors", pg.ARRAY(sa.Enum(Color))),
        sa.Column("json", pg.JSONB, server_default=sa.text("'{}'::jsonb")),
        sa.Column("uuid", pg.UUID(as_uuid=True), server_default=sa.text("gen_random_uuid()")),
        sa.Column("called", sa.Uuid, server_default=sa.func.gen_random_uuid()),
        sa.Column("joined", sa.Text, server_default=sa.func.concat("a:b", "50%")),
        sa.Column("address", pg.INET),
        sa.Column("at", pg.TIMESTAMP(timezone=True, precision=3)),
        sa.Column("span", pg.INTERVAL(fields="DAY TO SECOND")),
        sa.Column("body", sa.Text),
        sa.Column(
            "search",
            pg.TSVECTOR,
            sa.Computed("to_tsvector('english'::regconfig, coalesce(body, ''))", persisted=True),
        ),
        sa.Column("range", pg.INT4RANGE),
        sa.Column("bits", pg.BIT(3)),
        sa.Column(
            "kind",
            pg.ENUM("x", "y", name="kind_enum"),
            server_default=sa.text("'x'::kind_enum"),
        ),
        sa.Column("utc", sa.DateTime, server_default=sa.text("timezone('utc', now())")),
        sa.Column("day", sa.Interval, server_default=sa.text("interval '1 day'")),
        sa.UniqueConstraint("bits", deferrable=True, initially="DEFERRED", name="uq_late"),
        sa.UniqueConstraint("range", deferrable=True, initially="immediate"),
        sa.Index("ix_gin", "json", postgresql_using="gin"),
        sa.Index("ix_ops", "body", postgresql_ops={"body": "text_pattern_ops"}),
        sa.Index("ix_include", "uuid", postgresql_include=["body"]),
        sa.Index("ix_with", "bits", postgresql_with={"fillfactor": 50}),
        sa.Index("ix_last", sa.text("lower(body) DESC NULLS LAST")),
        sa.Index("ix_name", sa.text("(json ->> 'name')")),
        sa.Index("ix_nulls", "address", unique=True, postgresql_nulls_not_distinct=True),
    )
    table = metadata.tables["pg_only"]
    sa.Index(
        "ix_label",
        sa.func.lower(table.c.body).label("low"),
        postgresql_ops={"low": "text_pattern_ops"},
    )
    sa.Index("ix_key", table.c.json["name"].astext)
    sa.Index("ix_hour", sa.func.date_trunc("hour", table.c.utc).desc().nullslast())
    sa.Table(
        "inside",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("node_id", sa.ForeignKey("node.id"), index=True),
        sa.Column("kind", sa.Enum("p", "q", name="inside_enum", schema="other")),
        schema="other",
    )
    sa.Table(
        "beside",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("inside_id", sa.ForeignKey("other.inside.id"), unique=True),
        schema="other",
    )
