"""The promise on SQLite, one change at a time and both ways, with rows in the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .promise import Project, emptied, keeps_promise
from .sqlite_pairs import NAMED, PAIRS, ROWS

pytestmark = pytest.mark.databases("sqlite")


def rows_of(models: sa.MetaData) -> dict[str, list[dict[str, Any]]]:
    """Two rows for each table, of what its columns take."""
    return {
        table.name: [
            {n: v for n, v in row.items() if n in table.c and table.c[n].computed is None}
            for row in ROWS[table.name]
        ]
        for table in models.sorted_tables
    }


@pytest.mark.parametrize("change", PAIRS)
def test_a_change_and_its_opposite(engine: sa.Engine, tmp_path: Path, change: str) -> None:
    """There and back, from either side, with rows in the table."""
    for number, (a, b) in enumerate((PAIRS[change], PAIRS[change][::-1])):
        before, after = a(), b()
        keeps_promise(engine, tmp_path / str(number), before, after, rows_of(before))


@pytest.mark.parametrize("change", NAMED)
def test_a_constraint_gets_a_name(engine: sa.Engine, tmp_path: Path, change: str) -> None:
    """A name that the models have is given, and taken back; a name of the database may stay."""
    a, b = NAMED[change]
    written = keeps_promise(engine, tmp_path / "there", a(), b(), rows_of(a()))
    assert written is not None
    emptied(engine)
    b().create_all(engine)
    assert Project(tmp_path / "back", engine).revise(a()) is None


def test_the_letter_case_of_a_table(engine: sa.Engine, tmp_path: Path) -> None:
    """It is the same table, which keeps its rows; a key of another table follows."""
    models = [sa.MetaData(), sa.MetaData()]
    for name, metadata in zip(("thing", "Thing"), models, strict=True):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
        key = sa.Column("id", sa.Integer, sa.ForeignKey(f"{name}.id"), primary_key=True)
        sa.Table("below", metadata, key)
    rows = {"thing": [{"id": 1}], "below": [{"id": 1}]}
    text = keeps_promise(engine, tmp_path / "m", *models, rows)
    assert text is not None
    assert "op.rename_table('thing', 'Thing')" in text
    assert "drop" not in text
