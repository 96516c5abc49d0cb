"""Every type, default and nullability that SQLite takes: created, then found unchanged."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from .promise import Project, emptied

pytestmark = pytest.mark.databases("sqlite")


class Mood(enum.Enum):
    """A choice by its members."""

    good = "g"
    so_so = "s"


class Upper(sa.TypeDecorator[str]):
    """A type of an application."""

    impl = sa.String(12)
    cache_ok = True


class Money(sa.types.UserDefinedType[Any]):
    """A type that an application spells by itself."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "MONEY(10, 2)"


TYPES: list[Any] = [
    sa.Integer(),
    sa.SmallInteger(),
    sa.BigInteger(),
    sa.INTEGER(),
    sa.SMALLINT(),
    sa.BIGINT(),
    sa.Numeric(),
    sa.Numeric(10),
    sa.Numeric(10, 2),
    sa.NUMERIC(12, 4),
    sa.DECIMAL(8, 3),
    sa.Float(),
    sa.Float(24),
    sa.Float(53),
    sa.FLOAT(),
    sa.REAL(),
    sa.Double(),
    sa.DOUBLE(),
    sa.DOUBLE_PRECISION(),
    sa.String(),
    sa.String(20),
    sa.String(20, collation="NOCASE"),
    sa.VARCHAR(5),
    sa.CHAR(),
    sa.CHAR(3),
    sa.NCHAR(3),
    sa.NVARCHAR(7),
    sa.Unicode(30),
    sa.UnicodeText(),
    sa.Text(),
    sa.Text(100),
    sa.TEXT(collation="RTRIM"),
    sa.CLOB(),
    sa.Boolean(),
    sa.Boolean(create_constraint=True),
    sa.Boolean(create_constraint=True, name="is_it"),
    sa.Date(),
    sa.DateTime(),
    sa.DateTime(timezone=True),
    sa.Time(),
    sa.Time(timezone=True),
    sa.TIMESTAMP(),
    sa.TIMESTAMP(timezone=True),
    sa.Interval(),
    sa.Interval(native=False, second_precision=3),
    sa.LargeBinary(),
    sa.LargeBinary(10),
    sa.BINARY(4),
    sa.VARBINARY(8),
    sa.BLOB(),
    sa.PickleType(),
    sa.JSON(),
    sa.Uuid(),
    sa.Uuid(as_uuid=False),
    sa.Uuid(native_uuid=False),
    sa.UUID(),
    sa.Enum("a", "it's", "ccc"),
    sa.Enum("a", "b", name="letter"),
    sa.Enum("a", "b", name="checked", create_constraint=True),
    sa.Enum("a", "b%", name="short", native_enum=False, length=40),
    sa.Enum(Mood),
    sa.Enum(Mood, create_constraint=True, native_enum=False),
    sqlite.DATE(storage_format="%(day)02d.%(month)02d.%(year)04d"),
    sqlite.DATETIME(truncate_microseconds=True),
    sqlite.TIME(),
    sqlite.JSON(),
    sa.String(20).with_variant(sa.Text(), "sqlite"),
    sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    postgresql.JSONB().with_variant(sa.JSON(), "sqlite"),
    mysql.VARCHAR(30),
    Upper(),
    Money(),
]
DEFAULTS: list[Any] = [
    None,
    "",
    "plain",
    "it's 5% of :that",
    'a "quoted" \\ word',
    "NULL",
    "12",
    "(in parentheses)",
    "CURRENT_TIMESTAMP",
    "ünï\nline",
    sa.text("0"),
    sa.text("-1"),
    sa.text("+1.50"),
    sa.text("1e3"),
    sa.text("0x1F"),
    sa.text("'text'"),
    sa.text("x'00ff'"),
    sa.text("NULL"),
    sa.text("TRUE"),
    sa.text("CURRENT_TIMESTAMP"),
    sa.text("CURRENT_DATE"),
    sa.text("(datetime('now', '+1 day'))"),
    sa.text("(1 + 2 * 3)"),
    sa.text("(lower('A') || 'b')"),
    sa.func.now(),
    sa.func.current_timestamp(),
    sa.true(),
    sa.false(),
    sa.literal(7),
    sa.literal_column("'x'"),
]


def columns(type_: Any) -> list[sa.Column[Any]]:
    """A column of a type for each default, one that takes NULL and one that does not."""
    made = []
    for number, default in enumerate(DEFAULTS):
        for nullable in (True, False):
            name = f"c{number}" if nullable else f"n {number}"
            own = type_.copy()
            if isinstance(own, sa.Enum | sa.Boolean) and own.create_constraint and own.name:
                own.name = f"{own.name}_{number}_{nullable}"
            made.append(sa.Column(name, own, server_default=default, nullable=nullable))
    return made


def all_types() -> sa.MetaData:
    metadata = sa.MetaData()
    for number, type_ in enumerate(TYPES):
        sa.Table(
            f"t{number} {type(type_).__name__}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            *columns(type_),
        )
    return metadata


def test_what_was_created_is_unchanged(engine: sa.Engine, tmp_path: Path) -> None:
    """All of them at once: nothing differs."""
    emptied(engine)
    all_types().create_all(engine)
    assert Project(tmp_path / "m", engine).revise(all_types()) is None


def test_what_somebody_wrote_is_unchanged(engine: sa.Engine, tmp_path: Path) -> None:
    """Tables whose text is laid out otherwise are compared part by part: nothing differs."""
    emptied(engine)
    with engine.begin() as connection:
        for table in all_types().sorted_tables:
            text = str(CreateTable(table).compile(connection)).replace(" NOT NULL", "\tNOT  NULL")
            connection.exec_driver_sql(text.replace("(", "( /* by hand */ ", 1))
    assert Project(tmp_path / "m", engine).revise(all_types()) is None
