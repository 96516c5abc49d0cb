"""The promise on MariaDB, one change at a time, each from either side and with rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from laws.schemas import Connected
from sqlalchemy.dialects import mysql

from benchmarks.tables import metadata_of
from flask_schemaver.autogenerate.api import compare

from .promise import keeps_promise

pytestmark = pytest.mark.databases("mariadb")

Make = Callable[[], sa.MetaData]
ROWS = {"thing": [{"id": 1}, {"id": 2}]}


def thing(*items: Any, **options: Any) -> sa.MetaData:
    """A table `thing` with a key and what is given besides."""
    metadata = sa.MetaData()
    key = [] if has_key(items) else [sa.Column("id", sa.Integer, primary_key=True)]
    sa.Table("thing", metadata, *key, *items, **options)
    return metadata


def has_key(items: tuple[Any, ...]) -> bool:
    return any(isinstance(item, sa.Column) and item.name == "id" for item in items)


def column(type_: Any, *items: Any, **options: Any) -> Make:
    """A table with a column `it` of this type."""
    return lambda: thing(sa.Column("it", type_, *items, **options))


def table(*items: Callable[[], Any], **options: Any) -> Make:
    """A table whose items are made anew each time, beside the columns `a`, `b` and `c`."""

    def make() -> sa.MetaData:
        plain = [
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer),
            sa.Column("c", sa.String(30)),
        ]
        made = [item() for item in items]
        own = {item.name for item in made if isinstance(item, sa.Column)}
        return thing(*(c for c in plain if c.name not in own), *made, **options)

    return make


def options(**given: Any) -> Make:
    return lambda: thing(sa.Column("c", sa.String(30)), sa.Column("d", sa.Text), **given)


TYPES: dict[str, tuple[Make, Make]] = {
    f"{one!r} and {other!r}": (column(one), column(other))
    for one, other in [
        (sa.Integer(), sa.BigInteger()),
        (sa.SmallInteger(), mysql.TINYINT()),
        (mysql.TINYINT(), sa.Boolean()),
        (sa.Integer(), mysql.INTEGER(unsigned=True)),
        (sa.Integer(), mysql.INTEGER(display_width=5, zerofill=True)),
        (mysql.INTEGER(display_width=5), mysql.INTEGER(display_width=7)),
        (sa.Integer(), mysql.MEDIUMINT()),
        (mysql.BIGINT(unsigned=True), sa.Numeric(20, 0)),
        (sa.String(20), sa.String(40)),
        (sa.String(20), sa.Text()),
        (sa.Text(), mysql.LONGTEXT()),
        (sa.Text(), sa.Text(300000)),
        (mysql.TINYTEXT(), mysql.MEDIUMTEXT()),
        (sa.CHAR(5), sa.String(5)),
        (sa.String(20), sa.Unicode(20, collation="utf8mb4_bin")),
        (sa.String(20), mysql.VARCHAR(20, charset="latin1")),
        (mysql.VARCHAR(20, charset="latin1"), mysql.VARCHAR(20, collation="latin1_bin")),
        (sa.String(20), mysql.NVARCHAR(20)),
        (sa.String(20), mysql.VARCHAR(20, binary=True)),
        (sa.Numeric(10, 2), sa.Numeric(12, 4)),
        (sa.Numeric(10), sa.Numeric(10, 4)),
        (sa.Numeric(10, 2), mysql.DECIMAL(10, 2, unsigned=True)),
        (sa.Float(), sa.Double()),
        (sa.Float(), sa.Float(53)),
        (mysql.FLOAT(7, 3), mysql.FLOAT(9, 3)),
        (mysql.DOUBLE(9, 3), sa.Double()),
        (sa.Float(), mysql.FLOAT(unsigned=True)),
        (sa.DateTime(), mysql.DATETIME(fsp=6)),
        (sa.TIMESTAMP(), mysql.TIMESTAMP(fsp=3)),
        (sa.Time(), mysql.TIME(fsp=2)),
        (sa.DateTime(), sa.Date()),
        (sa.Date(), mysql.YEAR()),
        (sa.LargeBinary(), mysql.LONGBLOB()),
        (mysql.VARBINARY(10), mysql.VARBINARY(20)),
        (mysql.BINARY(4), mysql.VARBINARY(4)),
        (mysql.BIT(1), mysql.BIT(8)),
        (sa.JSON(), mysql.LONGTEXT()),
        (sa.JSON(), mysql.LONGTEXT(collation="utf8mb4_bin")),
        (sa.Uuid(), sa.CHAR(32)),
        (sa.Enum("a", "b"), sa.Enum("a", "b", "c")),
        (sa.Enum("a", "b"), sa.Enum("b", "a")),
        (sa.Enum("a", "b"), sa.Enum("A", "b")),
        (sa.Enum("a", "b"), sa.Enum("a", "x", "b")),
        (sa.Enum("a", "it's"), sa.Enum("a", 'b"c', "d\\e", "100%")),
        (sa.Enum("a", "b"), sa.String(5)),
        (sa.Enum("a", "b"), mysql.ENUM("a", "b", charset="latin1")),
        (mysql.SET("a", "b"), mysql.SET("b", "a", "c")),
        (
            sa.Enum("a", "b", name="e", native_enum=False, create_constraint=True),
            sa.Enum("a", "bcd", name="e", native_enum=False, create_constraint=True),
        ),
        (
            sa.Enum("a", "b", native_enum=False, create_constraint=True),
            sa.Enum("a", "c", native_enum=False, create_constraint=True),
        ),
        (sa.Boolean(), sa.Boolean(create_constraint=True, name="is_flag")),
        (sa.Boolean(), sa.Boolean(create_constraint=True)),
    ]
}

now = sa.func.now
DEFAULTS: dict[str, tuple[Make, Make]] = {
    f"default {number}": (column(type_, **one), column(type_, **other))
    for number, (type_, one, other) in enumerate(
        [
            (sa.Integer(), {}, {"server_default": "7"}),
            (sa.Integer(), {"server_default": "7"}, {"server_default": sa.text("8")}),
            (sa.Integer(), {"server_default": "-7"}, {"server_default": sa.text("(1 + 2)")}),
            (sa.Numeric(10, 2), {"server_default": "1.5"}, {"server_default": sa.text("1.505")}),
            (sa.Float(), {"server_default": "0.5"}, {"server_default": sa.text("1e10")}),
            (sa.String(30), {"server_default": "it's"}, {"server_default": 'a\\b%c:d\n\te"f'}),
            (sa.String(30), {"server_default": ""}, {}),
            (sa.String(30), {"server_default": "NULL"}, {"server_default": sa.text("NULL")}),
            (sa.String(36), {"server_default": "5"}, {"server_default": sa.text("(uuid())")}),
            (
                sa.String(30),
                {"server_default": "a"},
                {"server_default": sa.text("concat('a','b')")},
            ),
            (sa.Text(), {"server_default": "a"}, {"server_default": sa.text("('b')")}),
            (sa.Boolean(), {"server_default": sa.true()}, {"server_default": sa.false()}),
            (sa.Boolean(), {"server_default": "1"}, {"server_default": sa.text("0")}),
            (sa.DateTime(), {"server_default": now()}, {}),
            (sa.DateTime(), {"server_default": now()}, {"server_default": "2020-01-02 03:04:05"}),
            (
                sa.DateTime(),
                {"server_default": now()},
                {"server_default": sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")},
            ),
            (
                sa.DateTime(),
                {},
                {"server_default": sa.text("NULL ON UPDATE CURRENT_TIMESTAMP")},
            ),
            (
                mysql.DATETIME(fsp=3),
                {"server_default": sa.text("now(3)")},
                {"server_default": sa.text("CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)")},
            ),
            (sa.TIMESTAMP(), {"server_default": now()}, {"server_default": None}),
            (sa.TIMESTAMP(), {"nullable": False, "server_default": now()}, {}),
            (
                sa.Date(),
                {"server_default": "2020-01-02"},
                {"server_default": sa.text("(curdate())")},
            ),
            (sa.Time(), {"server_default": "10:00:00"}, {"server_default": sa.text("(curtime())")}),
            (mysql.BIT(3), {"server_default": sa.text("b'101'")}, {"server_default": sa.text("2")}),
            (mysql.YEAR(), {"server_default": "2020"}, {"server_default": "2021"}),
            (sa.Enum("a", "b"), {"server_default": "a"}, {"server_default": "b"}),
            (sa.JSON(), {"server_default": "{}"}, {"server_default": sa.text("(json_array())")}),
            (sa.Uuid(), {"server_default": sa.text("(uuid())")}, {}),
            (mysql.VARBINARY(4), {"server_default": "ab"}, {"server_default": sa.text("0x4142")}),
            (
                mysql.INTEGER(display_width=5, zerofill=True),
                {"server_default": "3"},
                {"server_default": "00004"},
            ),
            (sa.Integer(), {"nullable": False, "server_default": "1"}, {"server_default": "1"}),
            (sa.String(30), {"comment": "it's"}, {"comment": 'a\\b"c %s :d'}),
            (sa.String(30), {"comment": "", "server_default": "x"}, {"comment": "said"}),
        ]
    )
}


def computed(text: str, persisted: bool | None = None) -> Callable[[], sa.Column[Any]]:
    return lambda: sa.Column("it", sa.Integer, sa.Computed(text, persisted=persisted))


def plain(**given: Any) -> Callable[[], sa.Column[Any]]:
    return lambda: sa.Column("it", sa.Integer, **given)


def check(text: str, name: str | None = None) -> Callable[[], sa.CheckConstraint]:
    return lambda: sa.CheckConstraint(text, name=name)


def index(name: str, *parts: Any, **given: Any) -> Callable[[], sa.Index]:
    return lambda: sa.Index(name, *parts, **given)


def unique(*names: str, name: str | None = None) -> Callable[[], sa.UniqueConstraint]:
    return lambda: sa.UniqueConstraint(*names, name=name)


def own_check(text: str | None, **given: Any) -> Callable[[], sa.Column[Any]]:
    checks = [] if text is None else [text]
    return lambda: sa.Column("it", sa.Integer, *map(sa.CheckConstraint, checks), **given)


NONE = table()
PARTS: dict[str, tuple[Make, Make]] = {
    "computed added": (NONE, table(computed("a + 1"))),
    "computed changed": (table(computed("a + 1")), table(computed("a + 2"))),
    "computed stored changed": (table(computed("a + 1", True)), table(computed("a + 2", True))),
    "computed virtual, stored": (table(computed("a + 1", False)), table(computed("a + 1", True))),
    "computed virtual, plain": (table(computed("a + 1", False)), table(plain())),
    "computed stored, plain": (table(computed("a + 1", True)), table(plain())),
    "computed stored, default": (table(computed("a + 1", True)), table(plain(server_default="5"))),
    "computed with index": (
        table(computed("a + 1"), index("ix_it", "it", "b"), unique("it", name="uq_it")),
        table(computed("a + 1", True), index("ix_it", "it", "b"), unique("it", name="uq_it")),
    ),
    "computed comment": (
        table(lambda: sa.Column("it", sa.Integer, sa.Computed("a + 1"), comment="x")),
        table(computed("a + 1")),
    ),
    "check added": (NONE, table(check("a > 0 OR a IS NULL", "ck_a"))),
    "check changed": (table(check("a < 9", "ck_a")), table(check("a < 10 and b <> 3", "ck_a"))),
    "check unnamed": (NONE, table(check("a < 9"))),
    "check unnamed changed": (table(check("a < 9")), table(check("a < 10"))),
    "check unnamed more": (table(check("a < 9")), table(check("a < 9"), check("b < 9"))),
    "check unnamed before": (
        table(check("a < 9", "x")),
        table(check("b < 9"), check("a < 9", "x")),
    ),
    "check with text": (
        table(check("c <> 'it''s 100%'", "ck_c")),
        table(check("c NOT LIKE '%\\\\_%' AND c IN ('a', \"b\")", "ck_c")),
    ),
    "check of a column": (table(plain()), table(own_check("it < 9"))),
    "check of a column changed": (table(own_check("it < 9")), table(own_check("it < 10"))),
    "check of a column kept": (
        table(own_check("it < 9")),
        table(own_check("it < 9", server_default="3", comment="c")),
    ),
    "check of a new column": (NONE, table(own_check("it < 9"))),
    "check of a column, of the table": (
        table(own_check("it < 9")),
        table(plain(), check("it < 9")),
    ),
    "unique": (NONE, table(unique("a", name="uq_a"))),
    "unique unnamed": (NONE, table(unique("a"))),
    "unique of a column": (NONE, table(lambda: sa.Column("a", sa.Integer, unique=True))),
    "unique unnamed more": (table(unique("a")), table(unique("a"), unique("a", "b"))),
    "unique columns": (table(unique("a", name="uq")), table(unique("a", "b", name="uq"))),
    "unique order": (table(unique("a", "b", name="uq")), table(unique("b", "a", name="uq"))),
    "unique renamed": (table(unique("a", name="uq")), table(unique("a", name="uq2"))),
    "unique, index": (table(unique("a", name="uq")), table(index("uq", "a"))),
    "unique, unique index": (table(unique("a", name="uq")), table(index("uq2", "a", unique=True))),
    "index": (NONE, table(index("ix", "a"))),
    "index of a column": (NONE, table(lambda: sa.Column("a", sa.Integer, index=True))),
    "index columns": (table(index("ix", "a")), table(index("ix", "a", "b"))),
    "index order": (table(index("ix", "a", "b")), table(index("ix", "b", "a"))),
    "index unique": (table(index("ix", "a")), table(index("ix", "a", unique=True))),
    "index descending": (table(index("ix", "a", "b")), table(index("ix", "a", sa.text("b DESC")))),
    "index prefix": (
        table(index("ix", "c", mysql_length=5)),
        table(index("ix", "c", mysql_length={"c": 9})),
    ),
    "index no prefix": (table(index("ix", "c", mysql_length=5)), table(index("ix", "c"))),
    "index unique prefix": (
        table(index("ix", "c", mysql_length=5)),
        table(index("ix", "c", mysql_length=5, unique=True)),
    ),
    "index fulltext": (NONE, table(index("ix", "c", mysql_prefix="FULLTEXT"))),
    "index fulltext, plain": (
        table(index("ix", "c", mysql_prefix="FULLTEXT")),
        table(index("ix", "c")),
    ),
    "columns of all kinds": (
        NONE,
        table(
            lambda: sa.Column("d", sa.String(9), server_default="x", comment="y", nullable=False),
            lambda: sa.Column("e", sa.JSON),
            lambda: sa.Column("f", sa.Enum("a", "b"), server_default="b"),
        ),
    ),
    "odd names": (
        table(lambda: sa.Column("select", sa.Integer), index("order", "select")),
        table(
            lambda: sa.Column("select", sa.String(8), comment="x"),
            lambda: sa.Column("Odd `Name` 100%", sa.Integer, server_default="1"),
            index("order", "Odd `Name` 100%"),
            check("`Odd ``Name`` 100%` > 0", "ck %"),
        ),
    ),
    "long names": (
        NONE,
        table(
            lambda: sa.Column("c" * 64, sa.Integer),
            index("i" * 64, "c" * 64),
            unique("c" * 64, "a", name="u" * 64),
        ),
    ),
    "long unnamed": (NONE, table(lambda: sa.Column("c" * 64, sa.Integer, unique=True))),
    "comment of the table": (table(comment="it's"), table(comment='a\\b "c" 100%')),
}


def linked(*items: Callable[[], Any], target: Any = sa.Integer, **given: Any) -> Make:
    """A table `thing` beside a table `other` that it may lead to."""

    def make() -> sa.MetaData:
        made = [item() for item in items]
        own = {item.name for item in made if isinstance(item, sa.Column)}
        plain_ones = [sa.Column(n, target) for n in ("a", "b") if n not in own]
        metadata = thing(*plain_ones, *made)
        sa.Table(
            "other",
            metadata,
            sa.Column("id", target, primary_key=True, autoincrement=False),
            sa.Column("x", target, nullable=False),
            sa.Column("y", target, nullable=False),
            sa.UniqueConstraint("x", "y", name="uq_other"),
            sa.UniqueConstraint("x", name="uq_x"),
            **given,
        )
        return metadata

    return make


def link(
    column: str = "a", target: str = "other.id", name: str | None = "fk", **given: Any
) -> Callable[[], Any]:
    columns, targets = column.split(), target.split()
    return lambda: sa.ForeignKeyConstraint(columns, targets, name=name, **given)


def number(**given: Any) -> Callable[[], sa.Column[Any]]:
    return lambda: sa.Column("id", sa.Integer, **given)


def also(**given: Any) -> Callable[[], sa.Column[Any]]:
    return lambda: sa.Column("k", sa.Integer, **given)


LINKS: dict[str, tuple[Make, Make]] = {
    "link": (linked(), linked(link())),
    "link unnamed": (linked(), linked(link(name=None))),
    "link of a column": (
        linked(),
        linked(lambda: sa.Column("a", sa.Integer, sa.ForeignKey("other.id"))),
    ),
    "link with a new column": (
        linked(),
        linked(lambda: sa.Column("new", sa.Integer, sa.ForeignKey("other.id"))),
    ),
    "links unnamed": (linked(link(name=None)), linked(link(name=None), link("b", name=None))),
    "link renamed": (linked(link()), linked(link(name="fk2"))),
    "link action": (linked(link()), linked(link(ondelete="CASCADE", onupdate="SET NULL"))),
    "link actions": (linked(link(ondelete="SET NULL")), linked(link(ondelete="CASCADE"))),
    "link target": (linked(link()), linked(link(target="other.x"))),
    "link to itself": (linked(), linked(link(target="thing.id"))),
    "link of two": (linked(), linked(link("a b", "other.x other.y"))),
    "link order": (
        linked(link("a b", "other.x other.y")),
        linked(link("b a", "other.x other.y")),
    ),
    "link index": (linked(link()), linked(link(), index("ix", "a"))),
    "link wide index": (linked(link()), linked(link(), index("ix", "a", "b"))),
    "link unique": (linked(link()), linked(link(), unique("a", name="uq"))),
    "link index instead": (
        linked(link(), index("ix", "a")),
        linked(link(), index("ix2", "a", "b")),
    ),
    "link index changed": (
        linked(link(), index("ix", "a")),
        linked(link(), index("ix", "a", "b")),
    ),
    "link and unnamed index": (
        linked(link(name=None)),
        linked(link(name=None), index("ix", "a")),
    ),
    "link type": (linked(link()), linked(link(), target=sa.BigInteger)),
    "link text": (linked(link(), target=sa.String(8)), linked(link(), target=sa.String(9))),
    "link comment": (
        linked(lambda: sa.Column("a", sa.Integer, comment="x"), link()),
        linked(lambda: sa.Column("a", sa.Integer, comment="y"), link()),
    ),
    "key counts": (
        table(number(primary_key=True, autoincrement=False)),
        table(number(primary_key=True)),
    ),
    "key wider": (
        table(number(primary_key=True), plain(nullable=False, server_default="1")),
        table(number(primary_key=True), plain(primary_key=True, server_default="1")),
    ),
    "key moved": (
        table(
            number(primary_key=True, autoincrement=False),
            also(nullable=False, server_default=sa.text("(uuid_short() % 2147483647)")),
        ),
        table(
            number(nullable=False),
            also(primary_key=True, server_default=sa.text("(uuid_short() % 2147483647)")),
        ),
    ),
    "key with type": (
        table(number(primary_key=True)),
        table(lambda: sa.Column("id", sa.BigInteger, primary_key=True, comment="x")),
    ),
    "key added": (
        table(number(nullable=False)),
        table(number(primary_key=True)),
    ),
    "key new": (
        table(number(nullable=False)),
        table(number(nullable=False), also(primary_key=True)),
    ),
    "key of text": (
        table(number(primary_key=True, autoincrement=False)),
        table(lambda: sa.Column("id", sa.String(10), primary_key=True)),
    ),
}


def counted(**given: Any) -> Make:
    """A table and a sequence beside it."""

    def make() -> sa.MetaData:
        metadata = table()()
        sa.Sequence("counter", metadata=metadata, **given)
        return metadata

    return make


SEQUENCES: dict[str, tuple[Make, Make]] = {
    "sequence": (NONE, counted(start=5)),
    "sequence steps": (counted(), counted(increment=2, cache=10)),
    "sequence cycles": (counted(maxvalue=100), counted(maxvalue=200, cycle=True)),
}

OPTIONS: dict[str, tuple[Make, Make]] = {
    "engine": (options(), options(mysql_engine="MyISAM")),
    "engine said": (options(mysql_engine="InnoDB"), options(mysql_engine="MyISAM")),
    "collation": (options(), options(mysql_collate="utf8mb4_bin")),
    "charset": (options(), options(mysql_charset="latin1")),
    "charset and collation": (
        options(mysql_charset="latin1"),
        options(mysql_default_charset="utf8mb4", mysql_collate="utf8mb4_unicode_ci"),
    ),
    "row format": (options(), options(mysql_row_format="COMPRESSED")),
    "row formats": (options(mysql_row_format="REDUNDANT"), options(mysql_row_format="dynamic")),
    "statistics": (options(), options(mysql_stats_persistent="1")),
    "auto increment": (options(), options(mysql_auto_increment="100")),
}


@pytest.mark.parametrize("change", [*TYPES, *DEFAULTS, *PARTS, *OPTIONS, *LINKS, *SEQUENCES])
def test_a_change_and_its_opposite(engine: sa.Engine, tmp_path: Path, change: str) -> None:
    """There and back, from either side, with rows in the table."""
    before, after = EVERYTHING[change]
    keeps_promise(engine, tmp_path / "there", before(), after(), ROWS)
    keeps_promise(engine, tmp_path / "back", after(), before(), ROWS)


EVERYTHING = {**TYPES, **DEFAULTS, **PARTS, **OPTIONS, **LINKS, **SEQUENCES}


@pytest.fixture
def context(engine: sa.Engine) -> Iterator[Connected]:
    with engine.connect() as connection:
        yield Connected(connection)


def test_nothing_is_found(context: Connected) -> None:
    """What create_all makes has no difference, whichever side of a pair."""
    found = {}
    for name, pair in EVERYTHING.items():
        for make in pair:
            models = make()
            models.create_all(context.connection)
            operations = compare(context, make()).operations  # type: ignore[arg-type]
            if operations:
                found[name] = [operation.describe() for operation in operations]
            models.drop_all(context.connection)
    assert found == {}


KINDS: list[tuple[Any, list[Any]]] = [
    (sa.Integer, [None, "7", sa.text("-7")]),
    (sa.BigInteger, [None, "9000000000"]),
    (sa.SmallInteger, [None, "0"]),
    (sa.Numeric, [None, "1"]),
    (sa.Numeric(12, 3), [None, "1.5", sa.text("0.001")]),
    (sa.Float, [None, "0.1", sa.text("1e3")]),
    (sa.Float(53), [None]),
    (sa.Double, [None, "2.5"]),
    (sa.REAL, [None]),
    (sa.Boolean, [None, sa.true(), sa.false(), "1"]),
    (sa.String(30), [None, "", "it's", "7", sa.text("'x'"), sa.func.now()]),
    (sa.Unicode(30), [None, "\u00fc"]),
    (sa.CHAR, [None, "x"]),
    (sa.CHAR(5), [None, "x"]),
    (sa.Text, [None, "text", sa.text("(repeat('a', 3))")]),
    (sa.Text(100), [None]),
    (sa.LargeBinary, [None]),
    (sa.LargeBinary(100), [None]),
    (sa.Date, [None, "2020-01-02", sa.text("(curdate())")]),
    (sa.DateTime, [None, sa.func.now(), sa.text("CURRENT_TIMESTAMP"), "2020-01-02 03:04:05"]),
    (sa.TIMESTAMP, [None, sa.func.now(), sa.text("now() ON UPDATE now()")]),
    (sa.Time, [None, "01:02:03"]),
    (sa.Interval, [None]),
    (sa.JSON, [None, "{}", sa.text("(json_object())")]),
    (sa.Uuid, [None, sa.text("(uuid())")]),
    (sa.Enum("a", "b's"), [None, "a", "b's"]),
    (sa.Enum("a", "b", native_enum=False), [None, "b"]),
    (mysql.TINYINT, [None, "3"]),
    (mysql.TINYINT(1), [None]),
    (mysql.MEDIUMINT(unsigned=True), [None, "3"]),
    (mysql.INTEGER(11), [None]),
    (mysql.INTEGER(6, zerofill=True), [None, "3"]),
    (mysql.BIGINT(unsigned=True), [None, sa.text("18446744073709551615")]),
    (mysql.DECIMAL(8, 2, unsigned=True), [None, "3"]),
    (mysql.FLOAT(8, 2), [None, "3.25"]),
    (mysql.DOUBLE(8, 2), [None, "3.25"]),
    (mysql.BIT, [None, sa.text("b'1'")]),
    (mysql.BIT(9), [None, sa.text("b'101'")]),
    (mysql.DATETIME(fsp=6), [None, sa.text("now(6)"), sa.text("now(6) ON UPDATE now(6)")]),
    (mysql.TIMESTAMP(fsp=3), [None, sa.text("current_timestamp(3)")]),
    (mysql.TIME(fsp=3), [None, "01:02:03.5"]),
    (mysql.YEAR, [None, "2020", sa.text("1999")]),
    (mysql.TINYTEXT, [None]),
    (mysql.MEDIUMTEXT(charset="latin1"), [None, "x"]),
    (mysql.LONGTEXT(collation="utf8mb4_bin"), [None]),
    (mysql.VARCHAR(9, charset="latin1", collation="latin1_general_cs"), [None, "x"]),
    (mysql.VARCHAR(9, ascii=True), [None]),
    (mysql.VARCHAR(9, national=True), [None]),
    (mysql.NCHAR(9), [None]),
    (mysql.BINARY(4), [None]),
    (mysql.VARBINARY(4), [None, "ab"]),
    (mysql.TINYBLOB, [None]),
    (mysql.LONGBLOB, [None]),
    (mysql.ENUM("a", "b", charset="latin1"), [None, "a"]),
    (mysql.SET("a", "b", "c"), [None, "a,b"]),
]


def every_kind(*, nullable: bool) -> sa.MetaData:
    metadata = sa.MetaData()
    for number, (type_, defaults) in enumerate(KINDS):
        columns = [
            sa.Column(f"c{place}", type_, server_default=default, nullable=nullable)
            for place, default in enumerate(defaults)
        ]
        key = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table(f"t{number}", metadata, key, *columns)
    return metadata


@pytest.mark.parametrize("nullable", [True, False])
def test_each_type_default_and_nullability(context: Connected, nullable: bool) -> None:
    """No type of SQLAlchemy or of MySQL, with no default, differs once it is there."""
    every_kind(nullable=nullable).create_all(context.connection)
    found = compare(context, every_kind(nullable=nullable)).operations  # type: ignore[arg-type]
    assert [operation.describe() for operation in found] == []


def test_without_the_right_to_temporary_tables(engine: sa.Engine) -> None:
    """What is alike in the normal form is alike, and the result says what could not be asked."""
    user, database = f"u{uuid4().hex[:12]}", engine.url.database
    models = table(check("a BETWEEN 1 AND 9", "ck"), check("CASE WHEN a > 1 THEN 1 ELSE 1 END"))()
    with engine.begin() as connection:
        models.create_all(connection)
        connection.exec_driver_sql(f"CREATE USER '{user}'@'%%' IDENTIFIED BY 'x'")
        connection.exec_driver_sql(f"GRANT SELECT ON `{database}`.* TO '{user}'@'%%'")
    own = sa.create_engine(engine.url.set(username=user, password="x"))
    try:
        with own.connect() as connection:
            changed = table(check("a BETWEEN 1 AND 8", "ck"))()
            found = compare(Connected(connection), changed)  # type: ignore[arg-type]
            assert found.unsettled == ("thing",)
            assert len(found.operations) == 3
            assert compare(Connected(connection), models).operations == ()  # type: ignore[arg-type]
    finally:
        own.dispose()
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP USER '{user}'@'%%'")


def test_the_number_of_queries_does_not_grow(context: Connected) -> None:
    """Ten tables and a hundred are read with as many questions, and none makes a table."""
    sent: list[str] = []
    sa.event.listen(
        context.connection, "before_cursor_execute", lambda *given: sent.append(given[2])
    )
    counts = []
    for number in (10, 100):
        models = metadata_of(number)
        models.create_all(context.connection)
        sent.clear()
        assert compare(context, metadata_of(number)).operations == ()  # type: ignore[arg-type]
        counts.append(len(sent))
        assert not [text for text in sent if "TEMPORARY" in text]
        models.drop_all(context.connection)
    assert counts[1] <= counts[0] <= 12
