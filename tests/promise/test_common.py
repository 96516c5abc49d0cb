"""The promise, one change at a time, for what all databases have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .promise import keeps_promise

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")


def models(*items: Any, **options: Any) -> sa.MetaData:
    """A table `thing` with a key, a name and what is given besides."""
    metadata = sa.MetaData()
    names = {item.name for item in items if isinstance(item, sa.Column)}
    usual = [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40)),
        sa.Column("size", sa.Integer),
    ]
    sa.Table("thing", metadata, *(c for c in usual if c.name not in names), *items, **options)
    return metadata


def computed(text: str) -> sa.Column[int]:
    return sa.Column("calc", sa.Integer, sa.Computed(text, persisted=True))


ROWS = {"thing": [{"id": 1, "name": "one", "size": 1}, {"id": 2, "name": "two", "size": 2}]}
Make = Callable[[], sa.MetaData]
PAIRS: dict[str, tuple[Make, Make]] = {
    "a column": (models, lambda: models(sa.Column("more", sa.Text))),
    "a length": (models, lambda: models(sa.Column("name", sa.String(80)))),
    "a default": (models, lambda: models(sa.Column("size", sa.Integer, server_default="7"))),
    "a unique constraint": (
        models,
        lambda: models(sa.UniqueConstraint("name", name="uq_thing_name")),
    ),
    "an index": (models, lambda: models(sa.Index("ix_thing_size", "size"))),
    "the column under a computed one": (
        lambda: models(sa.Column("base", sa.Integer), computed("base * 2")),
        lambda: models(sa.Column("ground", sa.Integer), computed("ground + 1")),
    ),
    "a computed column and its columns": (
        models,
        lambda: models(sa.Column("base", sa.Integer), computed("base + size")),
    ),
    "a check": (models, lambda: models(sa.CheckConstraint("size > 0", name="ck_thing_size"))),
}


@ALL
@pytest.mark.parametrize("change", PAIRS)
def test_a_change_and_its_opposite(engine: sa.Engine, tmp_path: Path, change: str) -> None:
    """There and back, from either side, with rows in the table."""
    before, after = PAIRS[change]
    keeps_promise(engine, tmp_path / "there", before(), after(), ROWS)
    keeps_promise(engine, tmp_path / "back", after(), before(), ROWS)


@pytest.mark.databases("postgresql", "mariadb")
def test_the_comment_of_a_table(engine: sa.Engine, tmp_path: Path) -> None:
    """A comment comes, changes and goes."""
    said = [models(), models(comment="it's a thing"), models(comment="another")]
    for number, (a, b) in enumerate([(0, 1), (1, 2), (2, 0)]):
        keeps_promise(engine, tmp_path / str(number), said[a], said[b], ROWS)
