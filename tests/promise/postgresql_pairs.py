"""Pairs of schemas of PostgreSQL that differ in one thing, each with rows that both can hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

Make = Callable[[], sa.MetaData]


def thing(*items: Any, metadata: sa.MetaData | None = None, **options: Any) -> sa.MetaData:
    """A table `thing` with a key, a name, a size and what is given besides, or instead."""
    metadata = metadata or sa.MetaData()
    names = {item.name for item in items if isinstance(item, sa.Column)}
    usual = [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40)),
        sa.Column("size", sa.Integer),
    ]
    sa.Table("thing", metadata, *(c for c in usual if c.name not in names), *items, **options)
    return metadata


def column(type_: Any, name: str = "more", **options: Any) -> Make:
    return lambda: thing(sa.Column(name, type_() if callable(type_) else type_, **options))


def index(*elements: Any, name: str = "ix_thing", **options: Any) -> Make:
    return lambda: thing(sa.Index(name, *(e() if callable(e) else e for e in elements), **options))


def check(text: str, name: str | None = "ck_thing", **options: Any) -> Make:
    return lambda: thing(sa.CheckConstraint(text, name=name, **options))


def unnamed(*texts: str, name: str = "thing", metadata: sa.MetaData | None = None) -> Make:
    """A table with CHECKs that the server names and counts."""

    def make() -> sa.MetaData:
        checks = map(sa.CheckConstraint, texts)
        if metadata is None:
            return thing(*checks)
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *checks)
        return metadata

    return make


def mood(*values: str, name: str = "mood", **options: Any) -> sa.Enum:
    return sa.Enum(*values, name=name, **options)


def feeling(*values: str, **options: Any) -> Make:
    return lambda: thing(sa.Column("feels", mood(*values), **options))


def parents(key: sa.Constraint, **options: Any) -> sa.MetaData:
    """A table that others lead to, and one that does."""
    metadata = sa.MetaData()
    sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        key,
    )
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("thing_id", sa.Integer),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name="fk_child_thing", **options),
    )
    return metadata


def child(target: str = "thing.id", **options: Any) -> Make:
    def make() -> sa.MetaData:
        metadata = thing()
        sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True))
        sa.Table(
            "child",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("ref", sa.Integer, sa.ForeignKey(target, name="fk_child", **options)),
        )
        return metadata

    return make


def exclude(*elements: Any, name: str | None = "ex_thing", **options: Any) -> Make:
    return lambda: thing(
        sa.Column("during", pg.TSRANGE), pg.ExcludeConstraint(*elements, name=name, **options)
    )


def with_sequence(name: str = "counter", **options: Any) -> Make:
    def make() -> sa.MetaData:
        metadata = thing()
        sa.Sequence(name, metadata=metadata, **options)
        return metadata

    return make


def counted_by(sequence: dict[str, Any] | None) -> Make:
    def make() -> sa.MetaData:
        if sequence is None:
            return thing(sa.Column("number", sa.BigInteger))
        metadata = sa.MetaData()
        counter = sa.Sequence("numbers", metadata=metadata, **sequence)
        return thing(
            sa.Column("number", sa.BigInteger, server_default=counter.next_value()),
            metadata=metadata,
        )

    return make


def domain(base: Any = sa.Integer, **options: Any) -> Make:
    return lambda: thing(sa.Column("amount", pg.DOMAIN("amount", base, **options)))


def with_schema(metadata: sa.MetaData, name: str) -> sa.MetaData:
    """`create_all` makes no schema; these models see to it themselves."""
    sa.event.listen(
        metadata, "before_create", sa.DDL(f'CREATE SCHEMA IF NOT EXISTS "{name}"'), insert=True
    )
    return metadata


def alone(type_: Callable[[sa.MetaData], Any] | None) -> Make:
    def make() -> sa.MetaData:
        metadata = with_schema(sa.MetaData(), "apart")
        if type_ is not None:
            type_(metadata)
        return thing(metadata=metadata)

    return make


def in_schema(*names: str) -> Make:
    def make() -> sa.MetaData:
        metadata = thing(metadata=with_schema(sa.MetaData(), "inside"))
        for name in names:
            sa.Table(
                "inner",
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("thing_id", sa.ForeignKey("thing.id", name="fk_inner")),
                sa.Column("feels", mood("good", "bad", name="inner_mood", schema=name)),
                sa.Index("ix_inner", "thing_id"),
                schema=name,
            )
        return metadata

    return make


def ring(**options: Any) -> Make:
    def make() -> sa.MetaData:
        metadata = sa.MetaData()
        for name, other in (("one", "two"), ("two", "one")):
            sa.Table(
                name,
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("ref", sa.ForeignKey(f"{other}.id", name=f"fk_{name}", **options)),
            )
        return metadata

    return make


PLAIN = thing
IDENTITY: dict[str, Any] = {"primary_key": True}
PAIRS: dict[str, tuple[Make, Make]] = {
    # columns
    "collation": (column(sa.String(20)), column(sa.String(20, collation="C"))),
    "another collation": (column(sa.Text(collation="POSIX")), column(sa.Text(collation="C"))),
    "collation of a new column": (PLAIN, column(sa.Text(collation="C"))),
    "column comment": (column(sa.Text), column(sa.Text, comment="it's 100 % :so")),
    "not null": (column(sa.Text), column(sa.Text, nullable=False, server_default="x")),
    "default of text": (column(sa.Text), column(sa.Text, server_default="it's")),
    "default of number": (
        column(sa.Integer, server_default="1"),
        column(sa.Integer, server_default=sa.text("2")),
    ),
    "default of time": (
        column(sa.DateTime, server_default=sa.text("timezone('utc', now())")),
        column(sa.DateTime, server_default=sa.func.now()),
    ),
    "default of json": (column(pg.JSONB), column(pg.JSONB, server_default='{"a": 1}')),
    "default of array": (
        column(pg.ARRAY(sa.Integer), server_default="{}"),
        column(pg.ARRAY(sa.Integer), server_default="{1,2}"),
    ),
    "default of uuid": (
        column(pg.UUID),
        column(pg.UUID, server_default=sa.text("gen_random_uuid()")),
    ),
    "default of boolean": (
        column(sa.Boolean, server_default=sa.true()),
        column(sa.Boolean, server_default=sa.false()),
    ),
    "default of interval": (
        column(sa.Interval, server_default="1 day"),
        column(sa.Interval, server_default="2 days"),
    ),
    "default of another type": (
        column(sa.String(20), server_default="x"),
        column(sa.String(20), server_default=sa.text("'x'::text")),
    ),
    "default of a shorter type": (
        column(sa.String(20), server_default="x"),
        column(sa.String(20), server_default=sa.text("'x'::varchar(20)")),
    ),
    "default in quotes": (
        column(sa.Numeric, server_default="-1"),
        column(sa.Numeric, server_default=sa.text("-1")),
    ),
    "default of bits": (
        column(pg.BIT(4), server_default="0101"),
        column(pg.BIT(4), server_default=sa.text("B'0101'")),
    ),
    "length": (column(sa.String(10)), column(sa.String(20))),
    "precision": (column(sa.Numeric(10, 2)), column(sa.Numeric(12, 4))),
    "precision of time": (column(pg.TIMESTAMP), column(pg.TIMESTAMP(precision=3))),
    "time zone": (column(sa.DateTime), column(sa.DateTime(timezone=True))),
    "json": (column(sa.JSON), column(pg.JSONB)),
    "json with default": (
        column(sa.JSON, server_default="{}"),
        column(pg.JSONB, server_default="{}"),
    ),
    "text to number": (column(sa.Text, server_default="1"), column(sa.Integer, server_default="1")),
    "text to boolean": (column(sa.Text), column(sa.Boolean)),
    "text to uuid": (column(sa.Text), column(pg.UUID)),
    "text to date": (column(sa.Text), column(sa.Date)),
    "number to boolean": (
        column(sa.Integer, server_default="0"),
        column(sa.Boolean, server_default=sa.false()),
    ),
    "item type of array": (column(pg.ARRAY(sa.Integer)), column(pg.ARRAY(sa.BigInteger))),
    "array": (column(pg.ARRAY(sa.Text)), column(pg.ARRAY(sa.String(5)))),
    "kinds of bits": (column(pg.BIT(4)), column(pg.BIT(4, varying=True))),
    "serial gets bigger": (
        lambda: thing(sa.Column("id", sa.Integer, primary_key=True)),
        lambda: thing(sa.Column("id", sa.BigInteger, primary_key=True)),
    ),
    "serial": (
        lambda: thing(sa.Column("id", sa.Integer, primary_key=True)),
        lambda: thing(sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)),
    ),
    "serial to identity": (
        lambda: thing(sa.Column("id", sa.Integer, primary_key=True)),
        lambda: thing(sa.Column("id", sa.Integer, sa.Identity(), primary_key=True)),
    ),
    "identity": (
        lambda: thing(sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)),
        lambda: thing(sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True)),
    ),
    "options of identity": (
        lambda: thing(sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)),
        lambda: thing(
            sa.Column(
                "id",
                sa.BigInteger,
                sa.Identity(
                    always=True,
                    start=10,
                    increment=5,
                    minvalue=5,
                    maxvalue=900,
                    cycle=True,
                    cache=3,
                ),
                primary_key=True,
            )
        ),
    ),
    "identity gets bigger": (
        lambda: thing(sa.Column("id", sa.Integer, sa.Identity(), primary_key=True)),
        lambda: thing(sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)),
    ),
    "identity for a default": (
        column(sa.Integer, "size", server_default="7", nullable=False),
        column(sa.Integer, "size"),
    ),
    "new identity": (PLAIN, lambda: thing(sa.Column("number", sa.Integer, sa.Identity()))),
    "computed": (
        lambda: thing(sa.Column("twice", sa.Integer, sa.Computed("size * 2"))),
        lambda: thing(sa.Column("twice", sa.Integer, sa.Computed("size * 3"))),
    ),
    "new computed": (PLAIN, lambda: thing(sa.Column("twice", sa.Integer, sa.Computed("size * 2")))),
    "computed and plain": (
        lambda: thing(sa.Column("twice", sa.Integer, sa.Computed("size * 2"))),
        lambda: thing(sa.Column("twice", sa.Integer)),
    ),
    "computed with index": (
        lambda: thing(
            sa.Column("twice", sa.Integer, sa.Computed("size * 2")),
            sa.Index("ix_twice", "twice"),
            sa.CheckConstraint("twice > -1", name="ck_twice"),
            sa.UniqueConstraint("id", "twice", name="uq_twice"),
        ),
        lambda: thing(
            sa.Column("twice", sa.Integer, sa.Computed("size * 3")),
            sa.Index("ix_twice", "twice"),
            sa.CheckConstraint("twice > -1", name="ck_twice"),
            sa.UniqueConstraint("id", "twice", name="uq_twice"),
        ),
    ),
    "type under computed": (
        lambda: thing(
            sa.Column("size", sa.Integer),
            sa.Column("twice", sa.BigInteger, sa.Computed("size * 2")),
        ),
        lambda: thing(
            sa.Column("size", sa.BigInteger),
            sa.Column("twice", sa.BigInteger, sa.Computed("size * 2")),
        ),
    ),
    # indexes
    "index where": (index("name"), index("name", postgresql_where=sa.text("size > 1"))),
    "index where changed": (
        index("name", postgresql_where=sa.text("size > 1")),
        index("name", postgresql_where=sa.text("size > 2 AND name <> 'x'")),
    ),
    "index include": (index("name"), index("name", postgresql_include=["size"])),
    "index method": (index("name"), index("name", postgresql_using="hash")),
    "index opclass": (index("name"), index("name", postgresql_ops={"name": "varchar_pattern_ops"})),
    "index order": (index("size"), index(lambda: sa.text("size DESC"))),
    "index nulls": (
        index(lambda: sa.text("size DESC")),
        index(lambda: sa.text("size DESC NULLS LAST")),
    ),
    "index nulls first": (
        index(lambda: sa.column("size").asc().nulls_first()),
        index(lambda: sa.column("size").asc()),
    ),
    "index with": (index("name"), index("name", postgresql_with={"fillfactor": 50})),
    "index expression": (
        index(lambda: sa.text("lower(name)")),
        index(lambda: sa.text("upper(name)"), "size"),
    ),
    "index unique": (index("name"), index("name", unique=True)),
    "index nulls not distinct": (
        index("name", unique=True),
        index("name", unique=True, postgresql_nulls_not_distinct=True),
    ),
    "index gin": (
        column(pg.JSONB),
        lambda: thing(
            sa.Column("more", pg.JSONB),
            sa.Index(
                "ix_more",
                "more",
                postgresql_using="gin",
                postgresql_ops={"more": "jsonb_path_ops"},
            ),
        ),
    ),
    "index tablespace": (index("name"), index("name", postgresql_tablespace="pg_default")),
    "index of a cast": (
        index(lambda: sa.text("(size::text)")),
        index(lambda: sa.text("(size::smallint)")),
    ),
    # checks
    "check": (PLAIN, check("size > 0")),
    "check changed": (check("size > 0"), check("size > -1")),
    "check unnamed": (PLAIN, check("size > 0", None)),
    "check unnamed changed": (check("size > 0", None), check("size > -1", None)),
    "checks unnamed": (PLAIN, unnamed("size > 0", "size < 99", "name <> 'a'", "size <> 5")),
    "checks unnamed changed": (
        unnamed("size > 0", "name <> 'a'", "size <> 5::bigint"),
        unnamed("size > 0", "name <> 'b'", "size <> 5::bigint"),
    ),
    "checks unnamed of a new table": (
        PLAIN,
        lambda: unnamed("id <> 5", "id < 99", "id > 0", metadata=thing(), name="new")(),
    ),
    "index of a text": (index(lambda: sa.text('("id"::text)')), index("id")),
    "check with in": (check("name IN ('one', 'two')"), check("name IN ('one', 'two', 'three')")),
    "check with cast": (check("size > 0"), check("size::smallint > 0")),
    "check with like": (check("name LIKE 'o%'  OR true"), check("name LIKE 't%' OR true")),
    "check with between": (check("size BETWEEN 0 AND 10"), check("size >= 0 AND size <= 11")),
    "check of boolean": (
        column(sa.Boolean),
        column(lambda: sa.Boolean(create_constraint=True, name="ck_more")),
    ),
    "check of enum": (
        column(lambda: mood("a", "b", native_enum=False, create_constraint=True)),
        column(lambda: mood("a", "b", "c", native_enum=False, create_constraint=True)),
    ),
    # keys
    "primary key": (
        lambda: parents(sa.PrimaryKeyConstraint("id", name="thing_pkey")),
        lambda: parents(sa.PrimaryKeyConstraint("id", name="pk_thing")),
    ),
    "primary key of other columns": (
        lambda: thing(sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)),
        lambda: thing(
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("name", sa.String(40), primary_key=True),
        ),
    ),
    "primary key that others lead to": (
        lambda: parents(sa.PrimaryKeyConstraint("id", name="pk_thing")),
        lambda: parents(sa.UniqueConstraint("id", name="uq_thing")),
    ),
    "primary key include": (
        lambda: parents(sa.PrimaryKeyConstraint("id", name="pk_thing")),
        lambda: parents(
            sa.PrimaryKeyConstraint("id", name="pk_thing", postgresql_include=["name"])
        ),
    ),
    "primary key deferrable": (
        lambda: thing(sa.PrimaryKeyConstraint("id", name="pk_thing")),
        lambda: thing(
            sa.PrimaryKeyConstraint("id", name="pk_thing", deferrable=True, initially="DEFERRED")
        ),
    ),
    "unique": (PLAIN, lambda: thing(sa.UniqueConstraint("name", name="uq_thing"))),
    "unique unnamed": (PLAIN, lambda: thing(sa.UniqueConstraint("name", "size"))),
    "unique deferrable": (
        lambda: thing(sa.UniqueConstraint("name", name="uq_thing")),
        lambda: thing(
            sa.UniqueConstraint("name", name="uq_thing", deferrable=True, initially="DEFERRED")
        ),
    ),
    "unique nulls": (
        lambda: thing(sa.UniqueConstraint("name", name="uq_thing")),
        lambda: thing(
            sa.UniqueConstraint("name", name="uq_thing", postgresql_nulls_not_distinct=True)
        ),
    ),
    "unique include": (
        lambda: thing(sa.UniqueConstraint("name", name="uq_thing")),
        lambda: thing(sa.UniqueConstraint("name", name="uq_thing", postgresql_include=["size"])),
    ),
    "foreign key": (child(), child("other.id")),
    "foreign key actions": (child(), child(ondelete="CASCADE", onupdate="SET NULL")),
    "foreign key sets columns": (child(), child(ondelete="SET NULL (ref)")),
    "foreign key deferrable": (child(), child(deferrable=True, initially="DEFERRED")),
    "foreign key match": (child(), child(match="FULL")),
    "foreign keys in a ring": (PLAIN, ring()),
    "foreign keys in a ring changed": (ring(), ring(ondelete="CASCADE")),
    "type of keys": (
        lambda: typed_keys(sa.Integer),
        lambda: typed_keys(sa.String(20)),
    ),
    "exclude": (column(pg.TSRANGE, "during"), exclude(("during", "&&"))),
    "exclude changed": (exclude(("during", "&&")), exclude(("during", "-|-"))),
    "exclude where": (
        exclude(("during", "&&")),
        exclude(("during", "&&"), where=sa.text("size > 5")),
    ),
    "exclude unnamed": (
        column(pg.TSRANGE, "during"),
        exclude(("during", "&&"), name=None, deferrable=True, initially="DEFERRED"),
    ),
    "exclude of an expression": (
        column(pg.TSRANGE, "during"),
        exclude((sa.text("(lower(during))"), "="), ("size", "="), using="btree"),
    ),
    # sequences
    "sequence": (PLAIN, with_sequence()),
    "sequence options": (
        with_sequence(),
        with_sequence(start=5, increment=2, minvalue=3, maxvalue=99, cycle=True, cache=4),
    ),
    "sequence going down": (with_sequence(), with_sequence(increment=-1)),
    "sequence type": (with_sequence(), with_sequence(data_type=sa.Integer)),
    "sequence of a default": (counted_by(None), counted_by({})),
    "sequence of a default changed": (counted_by({}), counted_by({"start": 100})),
    "sequence of a column": (
        PLAIN,
        lambda: thing(sa.Column("number", sa.Integer, sa.Sequence("numbers"))),
    ),
    # enumerated types
    "enum": (PLAIN, feeling("good", "bad")),
    "enum value appended": (feeling("good", "bad"), feeling("good", "bad", "new")),
    "enum value first": (feeling("good", "bad"), feeling("new", "good", "bad")),
    "enum values inserted": (feeling("good", "bad"), feeling("good", "so", "la", "bad", "new")),
    "enum value used at once": (
        feeling("good", "bad", server_default="good"),
        feeling("good", "bad", "new", server_default="new"),
    ),
    "enum reordered": (
        feeling("good", "bad", server_default="good"),
        feeling("bad", "good", server_default="good"),
    ),
    "enum with dependants": (
        lambda: thing(
            sa.Column("feels", mood("good", "bad", "old"), server_default="good"),
            sa.Column("felt", pg.ARRAY(mood("good", "bad", "old"))),
            sa.CheckConstraint("feels <> 'bad'", name="ck_feels"),
            sa.Index("ix_feels", "feels"),
            sa.Index("ix_good", "name", postgresql_where=sa.text("feels = 'good'")),
        ),
        lambda: thing(
            sa.Column("feels", mood("bad", "good"), server_default="good"),
            sa.Column("felt", pg.ARRAY(mood("bad", "good"))),
            sa.CheckConstraint("feels <> 'bad'", name="ck_feels"),
            sa.Index("ix_feels", "feels"),
            sa.Index("ix_good", "name", postgresql_where=sa.text("feels = 'good'")),
        ),
    ),
    "enum in an array": (PLAIN, lambda: thing(sa.Column("felt", pg.ARRAY(mood("good", "bad"))))),
    "enum alone": (alone(None), alone(lambda m: mood("good", "bad", metadata=m))),
    "enum alone in a schema": (
        alone(None),
        alone(lambda m: mood("good", "bad", metadata=m, schema="apart")),
    ),
    "enum with odd names": (
        feeling("good", "bad"),
        lambda: thing(sa.Column("feels", mood("it's", "100 %", 'q"q', name="Odd Mood"))),
    ),
    "enum and text": (feeling("good", "bad"), column(sa.String(10), "feels")),
    "enum and text with default": (
        feeling("good", "bad", server_default="good"),
        column(sa.String(10), "feels", server_default="good"),
    ),
    "enum of another name": (
        feeling("good", "bad", server_default="good"),
        lambda: thing(
            sa.Column("feels", mood("good", "bad", name="temper"), server_default="good")
        ),
    ),
    # comments of constraints
    "comment of a check": (check("size > 0"), check("size > 0", comment="it's 100 % :so")),
    "comment of a changed check": (
        check("size > 0", comment="one"),
        check("size > -1", comment="two"),
    ),
    "comment of a changed foreign key": (child(), child("other.id", comment="to others")),
    "comment of a key made anew": (
        lambda: parents(sa.PrimaryKeyConstraint("id", name="pk"), comment="two"),
        lambda: parents(sa.UniqueConstraint("id", name="uq", comment="one"), comment="two"),
    ),
    "comment in a new table": (
        PLAIN,
        lambda: parents(sa.PrimaryKeyConstraint("id", name="pk", comment="one"), comment="two"),
    ),
    # domains
    "domain": (PLAIN, domain()),
    "domain default": (domain(), domain(default=sa.text("7"))),
    "domain not null": (
        domain(default=sa.text("1")),
        domain(not_null=True, default=sa.text("1")),
    ),
    "domain default, not null and check": (
        domain(not_null=True, default=sa.text("1"), check="VALUE > 0"),
        domain(not_null=True, default=sa.text("2"), check="VALUE > 0"),
    ),
    "domain check": (domain(), domain(check="VALUE > 0")),
    "domain check changed": (
        domain(check="VALUE > 0", constraint_name="ok"),
        domain(check="VALUE > 1 OR VALUE < -5", constraint_name="ok"),
    ),
    "domain check of a list": (
        domain(sa.String(9), check="VALUE <> ''"),
        domain(sa.String(9), check="VALUE IN ('a', 'b')"),
    ),
    "domain check of numbers": (
        domain(sa.Numeric(9, 2)),
        domain(sa.Numeric(9, 2), check="VALUE BETWEEN -5 AND 100", default=sa.text("-1")),
    ),
    "domain and another type": (domain(sa.Numeric(9, 2)), column(sa.SmallInteger, "amount")),
    "domain type": (
        domain(default=sa.text("1"), check="VALUE > 0"),
        domain(sa.BigInteger, default=sa.text("1"), check="VALUE > 0"),
    ),
    "domain of text": (PLAIN, domain(sa.Text, collation="C", check="VALUE <> ''")),
    "domain alone": (alone(None), alone(lambda m: pg.DOMAIN("apart", sa.Text, metadata=m))),
    "domain and its base": (domain(), column(sa.Integer, "amount")),
    # tables
    "unlogged": (PLAIN, lambda: thing(prefixes=["UNLOGGED"])),
    "fillfactor": (PLAIN, lambda: thing(postgresql_with={"fillfactor": 70})),
    "storage": (
        lambda: thing(postgresql_with={"fillfactor": 70, "autovacuum_enabled": False}),
        lambda: thing(postgresql_with={"fillfactor": 80}),
    ),
    "schema": (in_schema(), in_schema("inside")),
    "partitioned": (
        PLAIN,
        lambda: divided(),
    ),
    "inherited": (PLAIN, lambda: inherited()),
    "table comment": (PLAIN, lambda: thing(comment="it's a thing")),
}


def typed_keys(type_: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("thing", metadata, sa.Column("id", type_, primary_key=True, autoincrement=False))
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ref", type_, sa.ForeignKey("thing.id", name="fk_child")),
    )
    return metadata


def divided() -> sa.MetaData:
    metadata = thing()
    sa.Table(
        "log",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Index("ix_log", "day"),
        postgresql_partition_by="RANGE (day)",
    )
    return metadata


def inherited() -> sa.MetaData:
    metadata = thing()
    sa.Table("special", metadata, sa.Column("extra", sa.Text), postgresql_inherits="thing")
    return metadata
