"""The promise where rows have no value: NOT NULL columns come and go in tables with rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from flask_schemaver.dialects.reflected import NamedType

from .promise import Project, emptied, keeps_promise

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")
ROWS = {"thing": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]}

COLUMNS: dict[str, sa.Column[Any]] = {
    "a text": sa.Column("extra", sa.String(20), nullable=False),
    "a number": sa.Column("extra", sa.Numeric(9, 2), nullable=False),
    "a time": sa.Column("extra", sa.DateTime, nullable=False),
    "a choice": sa.Column("extra", sa.Enum("a", "b", name="letter"), nullable=False),
    "a unique text": sa.Column("extra", sa.String(20), nullable=False, unique=True),
    "a unique number": sa.Column("extra", sa.Integer, nullable=False, unique=True),
    "a unique index": sa.Column("extra", sa.String(20), nullable=False, unique=True, index=True),
    "a span": sa.Column("extra", sa.Interval, nullable=False),
    "a number of 128 bits": sa.Column("extra", sa.Uuid, nullable=False),
    "an object": sa.Column("extra", sa.JSON, nullable=False),
    "bytes": sa.Column("extra", sa.LargeBinary, nullable=False),
    "a float": sa.Column("extra", sa.Double, nullable=False),
    "any object": sa.Column("extra", sa.PickleType, nullable=False),
    "a span by default": sa.Column(
        "extra", sa.Interval, nullable=False, default=timedelta(days=1, seconds=7)
    ),
    "128 bits by default": sa.Column("extra", sa.Uuid, nullable=False, default=UUID(int=5)),
    "an object by default": sa.Column("extra", sa.JSON, nullable=False, default={"a": "it's 5%"}),
    "bytes by default": sa.Column("extra", sa.LargeBinary, nullable=False, default=b"\x00a'"),
    "a called default": sa.Column("extra", sa.String(20), nullable=False, default=lambda: "x"),
}


def things(column: sa.Column[Any] | None = None) -> sa.MetaData:
    metadata = sa.MetaData()
    table = sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
    )
    if column is not None:
        table.append_column(column._copy())
    return metadata


@ALL
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_rows_have_no_value_for(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    """Added where nobody can be asked, and brought back by a downgrade."""
    keeps_promise(engine, tmp_path / "there", things(), things(COLUMNS[name]), ROWS)
    rows = {"thing": [{**row, "extra": None} for row in ROWS["thing"]]}
    values = {"a text": "xy", "a number": 12, "a choice": "ab", "a called default": "xy"}
    if name in values:
        for number, row in enumerate(rows["thing"]):
            row["extra"] = str(values[name])[number]
        keeps_promise(engine, tmp_path / "back", things(COLUMNS[name]), things(), rows)
    if "unique" in name:
        for row in rows["thing"]:
            row["extra"] = row["id"]
        keeps_promise(engine, tmp_path / "back", things(COLUMNS[name]), things(), rows)


VALUES = [name for name in COLUMNS if name.endswith("by default")]


@ALL
@pytest.mark.parametrize("name", VALUES)
def test_a_default_of_the_models(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    """Rows read it back as the value that the models give."""
    emptied(engine)
    things().create_all(engine)
    with engine.begin() as connection:
        connection.execute(things().tables["thing"].insert(), ROWS["thing"])
    project = Project(tmp_path / "m", engine)
    after = things(COLUMNS[name])
    assert project.revise(after)
    project.upgrade()
    with engine.connect() as connection:
        found = connection.scalars(sa.select(after.tables["thing"].c.extra)).all()
    assert found == [COLUMNS[name].default.arg] * 2  # type: ignore[union-attr]


@ALL
def test_null_where_it_must_not_be(engine: sa.Engine, tmp_path: Path) -> None:
    """Rows that hold NULL get the empty value of the type."""
    before, after = things(), sa.MetaData()
    sa.Table(
        "thing",
        after,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20), nullable=False),
    )
    rows = {"thing": [{"id": 1, "name": "one"}, {"id": 2, "name": None}]}
    text = keeps_promise(engine, tmp_path / "m", before, after, rows)
    assert text is not None
    assert "WHERE name IS NULL" in text


def apart(column: sa.Column[Any] | None, *keys: str, **options: Any) -> sa.MetaData:
    """A table with a key of these columns, and one whose values may not repeat."""
    metadata = sa.MetaData()
    table = sa.Table(
        "thing",
        metadata,
        *(sa.Column(name, sa.Integer, primary_key=name in keys) for name in ("id", "number")),
    )
    if column is not None:
        table.append_column(column._copy())
        table.append_constraint(sa.UniqueConstraint("code", name="uq_code", **options))
    return metadata


UNIQUE = {
    "number": sa.Column("code", sa.Integer, server_default="7"),
    "text": sa.Column("code", sa.String(20), server_default="x", nullable=False),
    "default of the model": sa.Column("code", sa.String(20), default="x", nullable=False),
}


@ALL
@pytest.mark.parametrize("name", UNIQUE)
def test_a_default_that_may_not_repeat(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    """A column that is UNIQUE gets another value in each row, not the default in all of them."""
    rows = {"thing": [{"id": 1, "number": 1}, {"id": 2, "number": 1}]}
    pair = (apart(None, "id"), apart(UNIQUE[name], "id"))
    keeps_promise(engine, tmp_path / "there", *pair, rows)
    for row in rows["thing"]:
        row["code"] = row["id"]
    keeps_promise(engine, tmp_path / "back", *reversed(pair), rows)


@ALL
@pytest.mark.parametrize("keys", [(), ("id", "number")])
def test_rows_without_a_key_of_one_column(
    engine: sa.Engine, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """Rows are told apart by their places where no single column does it."""
    rows = {"thing": [{"id": 1, "number": n, "code": n} for n in (1, 2)]}
    column = sa.Column("code", sa.Integer, nullable=False)
    keeps_promise(engine, tmp_path / "back", apart(column, *keys), apart(None, *keys), rows)


@pytest.mark.databases("postgresql")
def test_null_that_may_not_repeat(engine: sa.Engine, tmp_path: Path) -> None:
    """NULLS NOT DISTINCT: rows without a value are alike, so each gets one."""
    rows = {"thing": [{"id": n, "code": n} for n in (1, 2)]}
    column = sa.Column("code", sa.Integer)
    before = apart(column, "id", postgresql_nulls_not_distinct=True)
    keeps_promise(engine, tmp_path / "back", before, apart(None, "id"), rows)


@pytest.mark.databases("postgresql")
def test_the_key_goes_and_comes_back(engine: sa.Engine, tmp_path: Path) -> None:
    """The primary key is exchanged and its column dropped; on the way back it is numbered anew."""
    rows = {"thing": [{"id": n, "code": n} for n in (5, 6)]}
    code = sa.Column("code", sa.Integer, primary_key=True, autoincrement=False)
    after = sa.MetaData()
    sa.Table("thing", after, code._copy(), sa.Column("number", sa.Integer))
    before = sa.MetaData()
    key = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
    plain = sa.Column("code", sa.Integer, nullable=False)
    sa.Table("thing", before, key, plain, sa.Column("number", sa.Integer))
    keeps_promise(engine, tmp_path / "back", before, after, rows)


POSTGRESQL = {
    "domain": pg.DOMAIN("kind", sa.Integer),
    "domain of a list": pg.DOMAIN("kind", sa.String(9), check="VALUE IN ('x', 'y')"),
    "domain of numbers": pg.DOMAIN("kind", sa.Integer, check="VALUE IN (-1, 5)"),
    "domain that is not null": pg.DOMAIN("kind", sa.Text, not_null=True),
    "domain with a default": pg.DOMAIN("kind", sa.Text, default="x", not_null=True),
    "xml": NamedType("XML"),
    "point": NamedType("POINT"),
    "circle": NamedType("CIRCLE"),
}


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("name", POSTGRESQL)
@pytest.mark.parametrize("nullable", [False, True])
def test_types_of_postgresql(engine: sa.Engine, tmp_path: Path, name: str, nullable: bool) -> None:
    """Rows get a value that the type takes, where they must have one."""
    column = sa.Column("extra", POSTGRESQL[name], nullable=nullable)
    keeps_promise(engine, tmp_path / "there", things(), things(column), ROWS)
    if name.startswith("domain"):
        values = {"domain of a list": "x", "domain of numbers": 5, "domain": 1}
        rows = {"thing": [{**row, "extra": values.get(name, "1")} for row in ROWS["thing"]]}
        keeps_promise(engine, tmp_path / "back", things(column), things(), rows)


LISTED = {
    "numbers": sa.Column("extra", sa.Integer, nullable=False),
    "texts": sa.Column("extra", sa.Text, nullable=False),
}


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("name", LISTED)
def test_a_list_of_values(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    """A CHECK keeps the column to some values: rows get the first of them."""
    listed = "(5, 6)" if name == "numbers" else "('x', 'y')"
    before = things(LISTED[name])
    check = sa.CheckConstraint(f"extra IN {listed}", name="ck_extra")
    before.tables["thing"].append_constraint(check)
    value: Any = 5 if name == "numbers" else "x"
    rows = {"thing": [{**row, "extra": value} for row in ROWS["thing"]]}
    keeps_promise(engine, tmp_path / "back", before, things(), rows)
