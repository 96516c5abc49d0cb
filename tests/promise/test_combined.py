"""Changes that random pairs of models found to go wrong, many of them in one revision."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from flask_schemaver.errors import AutogenerateError

from .promise import Project, keeps_promise

CONVENTION = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"}


def key(*items: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, *items, primary_key=True, **options)


def of_types(types: dict[str, Any]) -> list[Any]:
    """A NOT NULL column of each type, none with a value twice."""
    return [sa.Column(name, type_, nullable=False, unique=True) for name, type_ in types.items()]


PG_TYPES: dict[str, Any] = {
    "a_date": sa.Date,
    "a_time": sa.Time,
    "a_timestamp": sa.DateTime,
    "a_timestamptz": sa.DateTime(timezone=True),
    "an_interval": sa.Interval,
    "a_uuid": pg.UUID,
    "bytes": sa.LargeBinary,
    "json": pg.JSONB,
    "numbers": pg.ARRAY(sa.Integer),
    "days": pg.ARRAY(sa.Date),
    "net": pg.CIDR,
    "address": pg.INET,
    "mac": pg.MACADDR,
    "bits": pg.BIT(8),
    "some_bits": pg.BIT(varying=True),
    "range": pg.INT4RANGE,
    "ranges": pg.DATEMULTIRANGE,
    "span": pg.TSRANGE,
    "words": pg.TSVECTOR,
    "oid": pg.OID,
    "text": sa.Text,
    "number": sa.Numeric(10, 2),
}


def of_postgresql(*, after: bool) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.event.listen(metadata, "before_create", sa.DDL("CREATE SCHEMA IF NOT EXISTS app"))
    # The type stands in the default schema, and only a table of another one uses it.
    mood = sa.Enum("good", "bad", name="temper" if after else "mood", metadata=metadata)
    sa.Table("person", metadata, key(), sa.Column("feels", mood), schema="app")
    values = ("a", "between", "z") if after else ("a", "b")
    hint = {"renamed_values": {"b": "z"}} if after else None
    letter = sa.Enum(*values, name="letter")
    # A key between columns of a type that loses a value, in one direction or the other.
    kinds = ("x", "y", "z") if after else ("x", "y")
    kind = sa.Enum(*kinds, name="kind")
    sa.Table(
        "known",
        metadata,
        key(),
        sa.Column("kind", kind, unique=True),
        sa.Column("like", kind, sa.ForeignKey("known.kind", name="fk_like")),
    )
    computed = [] if after else [sa.Computed("size * 2", persisted=True)]
    twice = sa.Column("twice", sa.Integer, *computed)
    many = sa.Table(
        "many",
        metadata,
        key(),
        sa.Column("letter", letter, info=hint),
        sa.Column("size", sa.Integer),
        twice,
        sa.Column("numbers", pg.ARRAY(sa.BigInteger if after else sa.Numeric(10, 2))),
        sa.Column("name", sa.String(10)),
        sa.Column("more", sa.Integer, sa.Computed(f"size * {3 + after}", persisted=True)),
        sa.UniqueConstraint("size", name="uq_more", postgresql_include=["more"]),
        sa.CheckConstraint("id <> 77" if after else "id::bigint <> 77", name="ck_cast"),
    )
    # Numbers of a counter that begins behind the rows.
    counted = sa.Table("counted", metadata, key(*[] if after else [sa.Identity(minvalue=5)]))
    if not after:
        many.append_constraint(sa.CheckConstraint(twice < 500, name="ck_size"))
        sa.Index("ix_some", many.c.size, postgresql_where=sa.text("name IN ('a', 'b')"))
        listed = sa.CheckConstraint("size = ANY (ARRAY[1, 2])", name="ck_gone")
        number = sa.Column("number", sa.Numeric, server_default=sa.text("-1"))
        size = sa.Column("size", sa.Numeric)
        sa.Table("gone", metadata, key(autoincrement=False), size, number, listed)
        many.append_column(sa.Column("kind", sa.String(5), nullable=False))
        many.append_constraint(sa.CheckConstraint("kind IN ('x', 'y')", name="ck_kind"))
        sa.Table("typed", metadata, key(), *of_types(PG_TYPES))
    else:
        counted.append_column(sa.Column("size", sa.Integer))
        counted.append_constraint(sa.CheckConstraint("size < 500", name="ck_size"))
        sa.Table("typed", metadata, key())
    return metadata


@pytest.mark.databases("postgresql")
def test_of_postgresql(engine: sa.Engine, tmp_path: Path) -> None:
    """Types that move, counters, values of all types that must differ, and what is typed again."""
    date, moment = datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    shown: dict[str, Any] = {
        "a_date": [date, date + datetime.timedelta(1)],
        "a_time": [datetime.time(1), datetime.time(2)],
        "a_timestamp": [moment.replace(tzinfo=None, hour=h) for h in (1, 2)],
        "a_timestamptz": [moment.replace(hour=h) for h in (1, 2)],
        "an_interval": [datetime.timedelta(1), datetime.timedelta(2)],
        "a_uuid": [f"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1{n}" for n in (1, 2)],
        "bytes": [b"1", b"2"],
        "json": [1, 2],
        "numbers": [[1], [2]],
        "days": [[date], []],
        "net": ["10.0.0.0/8", "11.0.0.0/8"],
        "address": ["10.0.0.1", "10.0.0.2"],
        "mac": ["08:00:2b:01:02:03", "08:00:2b:01:02:04"],
        "bits": ["00000001", "00000010"],
        "some_bits": ["1", "0"],
        "range": ["[1,2)", "[2,3)"],
        "ranges": ["{[2024-01-01,2024-01-02)}", "{}"],
        "span": ["[2024-01-01,2024-01-02)", "[2025-01-01,2025-01-02)"],
        "words": ["a", "b"],
        "oid": [1, 2],
        "text": ["a", "b"],
        "number": [1, 2],
    }
    rows = {
        "app.person": [{"feels": "good"}],
        "many": [{"letter": "b", "size": 1, "numbers": [1, 2], "name": "a", "kind": "y"}],
        "counted": [{"id": 1}, {"id": 2}],
        "typed": [{name: pair[n] for name, pair in shown.items()} for n in (0, 1)],
    }
    pair = (of_postgresql(after=False), of_postgresql(after=True))
    text = keeps_promise(engine, tmp_path / "m", *pair, rows, include_schemas=True)
    assert text is not None


@pytest.mark.databases("postgresql")
def test_a_type_with_two_lists_of_values(engine: sa.Engine, tmp_path: Path) -> None:
    """Columns that declare other values for one type are an error, with the names of both."""
    metadata = sa.MetaData()
    for table, values in (("one", ["a", "b"]), ("two", ["a", "c"])):
        sa.Table(table, metadata, key(), sa.Column("letter", sa.Enum(*values, name="letter")))
    said = r"'letter' has other values in 'one.letter' \(a, b\) than in 'two.letter' \(a, c\)"
    with pytest.raises(AutogenerateError, match=said):
        Project(tmp_path / "m", engine).revise(metadata)


SQLITE_TYPES: dict[str, Any] = {
    "a_date": sa.Date,
    "a_time": sa.Time,
    "a_timestamp": sa.DateTime,
    "bytes": sa.LargeBinary,
    "json": sa.JSON,
    "text": sa.Text,
    "number": sa.Numeric(10, 2),
}


def of_sqlite(*, after: bool) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=CONVENTION)
    # END is a keyword here, and a column's name there.
    sa.Table(
        "ends",
        metadata,
        key(),
        sa.Column("level", sa.Integer, sa.Computed("CASE WHEN id > 1 THEN 1 ELSE 0 END")),
        sa.CheckConstraint("CASE WHEN id > 0 THEN id < 99 ELSE 1 END", name="ck_ends"),
        *[] if after else [sa.Column("end", sa.Integer)],
    )
    # SQLAlchemy writes no name of a key with AUTOINCREMENT.
    sa.Table("counted", metadata, key(), sqlite_autoincrement=True)
    moved = ("b", "a") if after else ("a", "b")
    for name in ("a", "b"):
        sa.Table(name, metadata, key(), sa.Column("size", sa.Integer))
    sa.Index("ix_moved", metadata.tables[moved[0]].c.size)
    if moved[0] == "a":
        sa.Index("ix_other", metadata.tables["b"].c.id)
    listed = sa.Enum("x", "y", native_enum=False, create_constraint=True, name="ck_kind")
    kind = [] if after else [sa.Column("kind", listed, nullable=False)]
    sa.Table("typed", metadata, key(), *kind, *([] if after else of_types(SQLITE_TYPES)))
    # Rows are told apart by the key, which is still called by its other name then.
    label = [] if after else [sa.Column("label", sa.String(5), nullable=False, unique=True)]
    number = sa.Column(
        "number" if after else "id", sa.Integer, primary_key=True, info={"renamed_from": "id"}
    )
    sa.Table("labelled", metadata, number, *label)
    return metadata


@pytest.mark.databases("sqlite")
def test_of_sqlite(engine: sa.Engine, tmp_path: Path) -> None:
    """END in expressions, names that move to another table, values that must differ."""
    date = datetime.date(2024, 1, 1)
    shown: dict[str, Any] = {
        "a_date": [date, date + datetime.timedelta(1)],
        "a_time": [datetime.time(1), datetime.time(2)],
        "a_timestamp": [datetime.datetime.fromisoformat(f"2024-01-0{n}") for n in (1, 2)],
        "bytes": [b"1", b"2"],
        "json": [1, 2],
        "text": ["a", "b"],
        "number": [1, 2],
        "kind": ["x", "y"],
    }
    labels = [{"label": "a"}, {"label": "b"}]
    rows = {
        "ends": [{"end": 1}],
        "labelled": labels,
        "typed": [{n: v[i] for n, v in shown.items()} for i in (0, 1)],
    }
    pair = (of_sqlite(after=False), of_sqlite(after=True))
    text = keeps_promise(engine, tmp_path / "m", *pair, rows)
    assert text is not None
    assert "counted" not in text
