"""The promise where rows have no value: NOT NULL columns come and go in tables with rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .promise import keeps_promise

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
