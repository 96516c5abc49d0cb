"""The promise on MariaDB for many small tables at once, each with a change of its own.

What was found by pairs of random models stands here; a table more costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from .promise import Project, keeps_promise

pytestmark = pytest.mark.databases("mariadb")

Items = Callable[[str], list[Any]]
"""What stands in a table of this name, beside its key."""


def of(*makes: Callable[[], Any]) -> Items:
    return lambda table: [make() for make in makes]


def column(name: str, type_: Any, *items: Callable[[], Any], **given: Any) -> Callable[[], Any]:
    return lambda: sa.Column(name, type_, *(item() for item in items), **given)


def check(text: str, name: str | None = None) -> Callable[[], sa.CheckConstraint]:
    return lambda: sa.CheckConstraint(text, name=name)


def link(
    type_: Any = sa.Integer, name: str | None = None, *others: Callable[[], Any], **given: Any
) -> Items:
    """A column `up` that leads to the key of its own table."""
    return lambda table: [
        sa.Column(
            "up", type_, sa.ForeignKey(f"{table}.id", name=name and f"{table}_{name}", **given)
        ),
        *(other() for other in others),
    ]


class Compressed(sa.types.UserDefinedType[str]):
    """A type of which SQLAlchemy knows nothing."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT COMPRESSED"


COMPRESSED = {"mysql_row_format": "COMPRESSED", "mysql_key_block_size": "8"}
FLAGGED = sa.Enum("a", "b", native_enum=False, create_constraint=True, name="flag")
SETTLED = (
    column("n", sa.Integer),
    column("c", sa.String(20)),
    column("t", sa.Text(300)),
    column("at", mysql.TIME(fsp=2), server_default="10:00:00"),
    check("NOT (n = 99)", "ck_n"),
    check("c not in ('q''q', \"y\")", "ck_c"),
)
TABLES: dict[str, tuple[Items | None, Items | None, dict[str, Any], dict[str, Any]]] = {
    "compressed": (of(*SETTLED), of(*SETTLED, column("m", sa.Integer)), COMPRESSED, COMPRESSED),
    "double_quoted": (of(*SETTLED), of(*SETTLED[:-1], check('c <> "y"', "ck_c")), {}, {}),
    "enum_collated": (
        of(column("a", sa.Integer)),
        of(
            column("e", mysql.ENUM("a", "b", collation="utf8mb4_bin")),
            column("l", mysql.ENUM("a", "b", charset="latin1")),
        ),
        {},
        {},
    ),
    "collation": (
        of(
            column("gone", sa.Enum("a", "b"), server_default="b"),
            column("text", sa.String(20)),
            column("kept", FLAGGED, nullable=False, server_default="a"),
            column("number", sa.Uuid(native_uuid=False)),
        ),
        of(
            column("kept", FLAGGED, nullable=False, server_default="a"),
            column("number", sa.Uuid(native_uuid=False)),
        ),
        {},
        {"mysql_collate": "utf8mb4_bin"},
    ),
    "dropped": (link(), None, {}, {}),
    "created": (
        None,
        of(
            column("a", sa.Integer),
            column("b", sa.Boolean(create_constraint=True)),
            check("a > 0"),
        ),
        {},
        {},
    ),
    "link_action": (link(), link(ondelete="SET NULL"), {}, {}),
    "link_named": (link(), link(sa.Integer, "fk"), {}, {}),
    "link_renamed": (link(sa.Integer, "fk"), link(sa.Integer, "key"), {}, {}),
    "link_served": (
        link(),
        link(sa.Integer, None, column("t", sa.String(20)), lambda: prefixed("up", "t")),
        {},
        {},
    ),
    "unique_twice": (
        of(column("c", sa.String(9), unique=True), lambda: sa.UniqueConstraint("c")),
        of(
            column("c", sa.String(9), unique=True), lambda: sa.UniqueConstraint("c"), check("1 = 1")
        ),
        {},
        {},
    ),
    "link_unique": (link(), link(sa.Integer, None, lambda: sa.UniqueConstraint("up")), {}, {}),
    "link_unique_index": (
        link(sa.Integer, None, lambda: sa.Index("ix_link", "up", unique=True)),
        link(sa.Integer, None, lambda: sa.Index("ix_link", "up")),
        {},
        {},
    ),
    "link_hash": (
        link(),
        link(sa.Integer, None, lambda: sa.Index("ix_hash", "up", "id", mysql_using="hash")),
        {},
        {},
    ),
    "link_no_action": (link(ondelete="NO ACTION"), link(ondelete="RESTRICT"), {}, {}),
    "emoji": (
        of(
            column("c", sa.String(20), comment="c \U0001f600", server_default="\U0001f600"),
            check("c <> 'x \U0001f600'", "ck_emoji"),
        ),
        of(
            column("c", sa.String(20), comment="\U0001f601", server_default="x"),
            column("d", sa.String(20), lambda: sa.Computed("concat(c, '\U0001f601')")),
            check("c <> 'x \U0001f601'", "ck_emoji"),
        ),
        {"comment": "t \U0001f600", "mysql_charset": "utf8mb4"},
        {"comment": "t \u20ac", "mysql_charset": "utf8mb4"},
    ),
    "check_twice": (
        of(column("n", sa.Integer)),
        of(column("n", sa.Integer), check("n < 9"), check("n < 9")),
        {},
        {},
    ),
    "long_unique": (
        of(column("t", sa.Text)),
        of(column("t", sa.Text), lambda: sa.UniqueConstraint("t", name="uq_long")),
        {},
        {},
    ),
    "descending_prefix": (
        of(*SETTLED),
        of(*SETTLED, lambda: sa.Index("ix_desc", sa.text("c(5) DESC"), "n", sa.text("t(4)"))),
        {},
        {},
    ),
    "letter_case": (of(column("name", sa.Integer)), of(column("Name", sa.Integer)), {}, {}),
    "stamped": (
        of(column("at", sa.DateTime)),
        of(
            column(
                "at",
                sa.DateTime,
                nullable=False,
                server_default=sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
            ),
        ),
        {},
        {},
    ),
    "numbers": (
        of(column("n", sa.Integer), check("n / 3.0 < 99", "ck_numbers")),
        of(column("n", sa.Integer), check("n / 3 < 99", "ck_numbers")),
        {},
        {},
    ),
    "two_digits": (of(column("y", mysql.YEAR(2))), of(column("y", mysql.YEAR)), {}, {}),
    "from_aria": (of(), of(), {"mysql_engine": "Aria"}, {}),
    "few_rows": (
        of(),
        of(),
        {"mysql_min_rows": "3", "mysql_avg_row_length": "9", "mysql_insert_method": "LAST"},
        {"mysql_checksum": "0"},
    ),
    "comment_option": (of(), of(), {"mysql_comment": "said"}, {"mysql_comment": "other"}),
    "in_memory": (
        of(column("n", sa.Integer, index=True)),
        of(
            column("n", sa.Integer),
            lambda: sa.Index("ix_in_memory_n", "n", mysql_using="btree"),
        ),
        {"mysql_engine": "MEMORY"},
        {"mysql_engine": "MEMORY"},
    ),
    "compressed_text": (of(column("t", Compressed())), of(column("t", sa.Text)), {}, {}),
    "uuid": (
        of(column("u", sa.UUID(), server_default=sa.text("(uuid())"))),
        of(column("u", sa.CHAR(32), server_default=sa.text("(replace(uuid(), '-', ''))"))),
        {},
        {},
    ),
    "link_unserved": (
        link(sa.Integer, None, lambda: sa.Index("ix_up", sa.text("up DESC"), "id")),
        link(),
        {},
        {},
    ),
}


def prefixed(*names: str) -> sa.Index:
    return sa.Index("ix_prefixed", *names, mysql_length={names[-1]: 4})


ONE_WAY = {"link_named", "link_hash"}
"""What gets a name keeps it in models without one; USING of InnoDB is nowhere in the catalogue."""


def side(number: int, start: int) -> sa.MetaData:
    """All tables as they are before, or after, on the way from `start`."""
    metadata = sa.MetaData()
    for name, pair in TABLES.items():
        make, options = pair[start if name in ONE_WAY and start else number], pair[2 + number]
        if make is not None:
            key = sa.Column("id", sa.Integer, primary_key=True)
            sa.Table(name, metadata, key, *make(name), **options)
    linked(metadata, sa.Integer if number == 0 else mysql.BIGINT(unsigned=True))
    return metadata


def linked(metadata: sa.MetaData, type_: Any) -> None:
    """Two tables, one with a key to the other, of a type that changes on both; one more comes."""
    sa.Table("parent", metadata, sa.Column("id", type_, primary_key=True))
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", type_, sa.ForeignKey("parent.id")),
    )
    counting = type_ is not sa.Integer
    sa.Table(
        "counting",
        metadata,
        sa.Column("number", type_, primary_key=counting, nullable=not counting),
        sa.Column("text", sa.String(9)),
    )
    if counting:
        # Made before its parent's type changes, it would not fit.
        columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("parent_id", type_)]
        key = sa.ForeignKeyConstraint(["parent_id"], ["parent.id"], name="fk_another")
        sa.Table("another", metadata, *columns, key)


@pytest.mark.parametrize("start", [0, 1], ids=["there", "back"])
def test_all_at_once(engine: sa.Engine, tmp_path: Path, start: int) -> None:
    """Every table gets what it should have, and what it had; rows stay."""
    rows = {name: [{"id": 1}, {"id": 2}] for name, pair in TABLES.items() if pair[start]}
    keeps_promise(engine, tmp_path / "m", side(start, start), side(1 - start, start), rows)


def family(name: str, before: str | None, *keys: str) -> sa.MetaData:
    """A table whose unnamed foreign keys lead to itself."""
    metadata = sa.MetaData()
    columns = [sa.Column(key, sa.Integer, sa.ForeignKey(f"{name}.id")) for key in keys]
    info = {"renamed_from": before} if before else {}
    sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns, info=info)
    return metadata


@pytest.mark.parametrize("keys", [("up",), ("up", "down"), ("down",)], ids="-".join)
def test_unnamed_keys_of_a_renamed_table(
    engine: sa.Engine, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """The server renames them with their table; a key more gets the next number."""
    before, after = family("people", None, "up"), family("humans", "people", *keys)
    keeps_promise(engine, tmp_path / "m", before, after, {"people": [{"id": 1}]})


def documents(*names: str, before: str | None = None) -> sa.MetaData:
    """A table with JSON columns and one that has a CHECK of its own; the first may be renamed."""
    first, *others = names
    metadata = sa.MetaData()
    info = {"renamed_from": before} if before else {}
    sa.Table(
        "document",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(first, sa.JSON, info=info),
        *(sa.Column(name, sa.JSON) for name in others),
    )
    return metadata


def test_renamed_json(engine: sa.Engine, tmp_path: Path) -> None:
    """The CHECK of a JSON column, which keeps its name, stays with it; also beside a new one."""
    rows = {"document": [{"id": 1, "data": {"a": 1}}]}
    before, after = documents("data"), documents("content", before="data")
    keeps_promise(engine, tmp_path / "m", before, after, rows)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE document RENAME COLUMN data TO content")
        connection.exec_driver_sql("ALTER TABLE document ADD COLUMN data JSON")
    assert Project(tmp_path / "n", engine).revise(documents("content", "data")) is None


def checked(name: str, before: str | None = None) -> sa.MetaData:
    """A table with a column that has a CHECK of its own, and is in another one of the table."""
    metadata = sa.MetaData()
    sa.Table(
        "thing",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            name,
            sa.Integer,
            sa.CheckConstraint(f"`{name}` > -9"),
            info={"renamed_from": before} if before else {},
        ),
        sa.CheckConstraint(f"`{name}` < 99", name="ck_thing"),
    )
    return metadata


@pytest.mark.parametrize("name", ["size", "the size"])
def test_a_renamed_column_with_its_check(engine: sa.Engine, tmp_path: Path, name: str) -> None:
    """What the CHECKs say follows the column: nothing else is to be changed, there or back."""
    rows = {"thing": [{"id": 1, name: 5}]}
    text = keeps_promise(engine, tmp_path / "m", checked(name), checked("new", name), rows)
    assert text is not None
    assert "check" not in text


def test_an_index_stays_ignored(engine: sa.Engine, tmp_path: Path) -> None:
    """The optimizer is to leave it alone also after its column was changed, there and back."""

    def ignored() -> list[str]:
        rows = "SELECT ignored FROM information_schema.statistics WHERE index_name = 'ix_a'"
        with engine.connect() as connection:
            return list(connection.exec_driver_sql(rows).scalars())

    def models(type_: Any, *more: sa.Column[Any]) -> sa.MetaData:
        metadata = sa.MetaData()
        key = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table("thing", metadata, key, sa.Column("a", type_), *more, sa.Index("ix_a", "a"))
        return metadata

    models(sa.Integer).create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE thing ALTER INDEX ix_a IGNORED")
    project = Project(tmp_path / "m", engine)
    assert project.revise(models(sa.Integer)) is None
    assert project.revise(models(sa.BigInteger, sa.Column("b", sa.Integer)))
    project.upgrade()
    assert ignored() == ["YES"]
    project.downgrade()
    assert ignored() == ["YES"]


@pytest.mark.parametrize("namesake", [False, True])
def test_a_key_from_another_database(engine: sa.Engine, tmp_path: Path, namesake: bool) -> None:
    """It leads to the table of this one, and not to the namesake beside it, there and back."""
    here = str(engine.url.database)
    there = f"{here}_2"

    def models(key: bool) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=here)
        name = "thing" if namesake else "other"
        number = sa.Column("id", sa.Integer, primary_key=True)
        other = sa.Table(name, metadata, number, sa.Column("up", sa.Integer), schema=there)
        if key:
            other.append_constraint(sa.ForeignKeyConstraint(["up"], [f"{here}.thing.id"]))
        return metadata

    def target() -> list[str]:
        rows = (
            "SELECT referenced_table_schema FROM information_schema.key_column_usage "
            f"WHERE table_schema = '{there}' AND referenced_table_name = 'thing'"
        )
        with engine.connect() as connection:
            return list(connection.exec_driver_sql(rows).scalars())

    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE `{there}`")
    try:
        for start in (False, True):
            models(start).create_all(engine)
            options = {"include_name": lambda n, t, p: t != "schema" or n in (None, there)}
            project = Project(tmp_path / f"{start}", engine, include_schemas=True, **options)
            assert project.revise(models(not start))
            project.upgrade()
            assert project.revise(models(not start)) is None
            project.downgrade()
            assert target() == [here] * start
            models(start).drop_all(engine)
            with engine.begin() as connection:
                connection.exec_driver_sql("DROP TABLE schemaver_version, schemaver_history")
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP DATABASE `{there}`")
