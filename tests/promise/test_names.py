"""The promise where models and database call a column differently, or a name is hard to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from .promise import finds_nothing, keeps_promise

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")


def kept() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("kept", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def keyed(**options: Any) -> sa.MetaData:
    """Columns that have another `key` in the models, and all that can refer to them by it."""
    metadata = kept()
    sa.Table(
        "parent",
        metadata,
        sa.Column("parent id", sa.Integer, primary_key=True, key="id"),
        sa.Column("code", sa.Integer, unique=True, key="number"),
    )
    sa.Table(
        "child",
        metadata,
        sa.Column("child id", sa.Integer, primary_key=True, key="id"),
        sa.Column("parent_id", sa.ForeignKey("parent.id", name="fk_parent", **options), key="up"),
        sa.Column("code", sa.ForeignKey("parent.number", name="fk_code"), key="number"),
        sa.Column("like", sa.ForeignKey("child.id", name="fk_like"), key="similar"),
        sa.UniqueConstraint("up", "number", name="uq_up", postgresql_include=["id"]),
        sa.Index("ix_up", "up", postgresql_include=["id"], postgresql_ops={"up": "int4_ops"}),
    )
    return metadata


@ALL
def test_columns_with_another_key(engine: sa.Engine, tmp_path: Path) -> None:
    """Foreign keys and included columns are compared and written by the names of the database."""
    finds_nothing(engine, tmp_path / "same", keyed())
    assert keeps_promise(engine, tmp_path / "new", kept(), keyed())
    assert keeps_promise(engine, tmp_path / "other", keyed(), keyed(ondelete="CASCADE"))


def dotted(**options: Any) -> sa.MetaData:
    metadata = kept()
    parent = sa.Table("p.q", metadata, sa.Column("a.b", sa.Integer, primary_key=True))
    child = sa.Table("c.d", metadata, sa.Column("id.x", sa.Integer, primary_key=True))
    for name, target in (("up", parent.c["a.b"]), ("like", child.c["id.x"])):
        key = sa.ForeignKey(target, name=f"fk_{name}", **options)
        child.append_column(sa.Column(name, sa.Integer, key))
    return metadata


@ALL
def test_names_with_dots(engine: sa.Engine, tmp_path: Path) -> None:
    """A foreign key leads to a name with a dot, which no dotted text can say."""
    finds_nothing(engine, tmp_path / "same", dotted())
    assert keeps_promise(engine, tmp_path / "new", kept(), dotted())
    assert keeps_promise(engine, tmp_path / "other", dotted(), dotted(ondelete="CASCADE"))


def set_null(name: str, action: str, **options: Any) -> sa.MetaData:
    metadata = kept()
    key = sa.ForeignKey("kept.id", name="fk_up", ondelete=action)
    up = sa.Column(name, sa.Integer, key, **options)
    sa.Table("child", metadata, sa.Column("id", sa.Integer, primary_key=True), up)
    return metadata


@pytest.mark.databases("postgresql")
def test_columns_that_become_null(engine: sa.Engine, tmp_path: Path) -> None:
    """SET NULL (columns) is compared by what it names, and follows a column that is renamed."""
    for number, action in enumerate(['set null ("up")', "SET  NULL (Up)"]):
        finds_nothing(engine, tmp_path / str(number), set_null("up", action))
    finds_nothing(engine, tmp_path / "odd", set_null("x Y", 'SET NULL ("x Y")'))
    after = set_null("Over", 'SET NULL ("Over")', info={"renamed_from": "up"})
    text = keeps_promise(engine, tmp_path / "m", set_null("up", "SET NULL (up)"), after)
    assert text is not None
    assert "create_foreign_key" not in text
