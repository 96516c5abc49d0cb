"""What is on one side only is told by what it is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from laws.schemas import Connected

from flask_schemaver.autogenerate.api import compare
from flask_schemaver.autogenerate.explain import explained


def stored() -> sa.MetaData:
    metadata = sa.MetaData()
    columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text)]
    sa.Table("author", metadata, *columns)
    sa.Sequence("numbers", start=5, metadata=metadata)
    return metadata


def declared() -> sa.MetaData:
    metadata = sa.MetaData()
    kind = sa.Enum("new", "used", name="kind")
    name = sa.Column("name", sa.Text, sa.ForeignKey("book.title", name="fk"))
    once = sa.UniqueConstraint("name", name="uq", comment="only once")
    sa.Table("author", metadata, sa.Column("id", sa.Integer, nullable=False), name, once)
    title = sa.Column("title", sa.Text, primary_key=True)
    sa.Table("book", metadata, title, sa.Column("kind", kind))
    return metadata


@pytest.mark.databases("postgresql")
def test_what_is_on_one_side_only(engine: sa.Engine) -> None:
    """Its columns, values, type, options or comment."""
    with engine.connect() as connection:
        stored().create_all(connection)
        found = compare(Connected(connection), declared())  # type: ignore[arg-type]
        told = {
            e.object: (e.stored, e.declared) for e in explained(found) if e.aspect == "presence"
        }
    assert told.pop("sequence 'numbers'")[0].startswith("(data_type=BIGINT, start=5, increment=1")
    assert told == {
        "enum 'kind'": ("-", "(new, used)"),
        "table 'book'": ("-", "(title, kind)"),
        "primary key of 'author'": ("(id)", "-"),
        "unique 'author.uq'": ("-", "(name)"),
        "constraint comment 'author.uq'": ("-", "only once"),
        "foreign key 'author.fk'": ("-", "(name)"),
    }
