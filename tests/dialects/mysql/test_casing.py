"""Names of tables on a server that keeps them in small letters, as on Windows.

This server minds the case: it is given names in small letters, and said to keep them so.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from laws.schemas import Connected

from flask_schemaver.autogenerate.api import compare


@pytest.fixture
def context(mariadb_url: str) -> Iterator[Connected]:
    engine = sa.create_engine(mariadb_url)
    with engine.connect() as connection:
        engine.dialect._casing = 1  # type: ignore[attr-defined]
        yield Connected(connection)
    engine.dispose()


def models(*names: str, size: int = 20, before: str | None = None) -> sa.MetaData:
    """A table, one that refers to it, and a sequence."""
    person, item, counter = names
    metadata = sa.MetaData()
    sa.Table(
        person,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("Name", sa.String(size)),
        info={"renamed_from": before} if before else {},
    )
    sa.Table(
        item,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("PersonId", sa.Integer, sa.ForeignKey(f"{person}.id")),
        sa.CheckConstraint("NOT (PersonId = 99)"),
    )
    sa.Sequence(counter, metadata=metadata)
    return metadata


SMALL, MIXED = ("person", "someitem", "counter"), ("Person", "SomeItem", "Counter")


def test_the_case_of_names(context: Connected) -> None:
    """Nothing differs but what does, and it is done to the tables as the models call them."""
    models(*SMALL).create_all(context.connection)
    assert compare(context, models(*MIXED)).operations == ()  # type: ignore[arg-type]
    found = compare(context, models(*MIXED, size=30)).operations  # type: ignore[arg-type]
    assert [operation.describe() for operation in found] == [
        "change column 'Person.Name': type VARCHAR(20) -> VARCHAR(30)"
    ]


def test_a_renamed_table(context: Connected) -> None:
    """A hint names the old table as the models did."""
    models(*SMALL).create_all(context.connection)
    after = models("Human", *MIXED[1:], before="Person")
    found = compare(context, after).operations  # type: ignore[arg-type]
    assert [operation.describe() for operation in found] == ["rename table 'Person' to 'Human'"]
