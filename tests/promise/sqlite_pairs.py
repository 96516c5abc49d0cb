"""Pairs of models for SQLite: one change each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

Make = Callable[[], sa.MetaData]
CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ROWS = {
    "up": [{"id": 1, "a": 5, "b": 6}, {"id": 2, "a": 7, "b": 8}],
    "thing": [
        {"id": 1, "name": "one", "size": 1, "up_id": 1, "kind": "x"},
        {"id": 2, "name": "two", "size": 2, "up_id": 2, "kind": "y"},
    ],
    "below": [{"id": 1, "thing_id": 1}, {"id": 2, "thing_id": 2}],
}
USUAL = {
    "id": lambda: sa.Column("id", sa.Integer, primary_key=True),
    "name": lambda: sa.Column("name", sa.String(40)),
    "size": lambda: sa.Column("size", sa.Integer),
    "up_id": lambda: sa.Column("up_id", sa.Integer),
    "kind": lambda: sa.Column("kind", sa.String(10)),
}


def thing(
    *items: Any,
    without: tuple[str, ...] = (),
    convention: dict[str, str] | None = None,
    **options: Any,
) -> Make:
    """What makes models of a table `thing`, one that it may refer to, and one that refers to it.

    A column among the `items` is there instead of the usual one of its name.
    """

    def make() -> sa.MetaData:
        metadata = sa.MetaData(naming_convention=convention)
        sa.Table(
            "up",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("a", sa.Integer, unique=True),
            sa.Column("b", sa.Integer),
            sa.UniqueConstraint("a", "b", name="uq_up"),
        )
        given = {item.name for item in items if isinstance(item, sa.Column)}
        usual = [c() for name, c in USUAL.items() if name not in (*given, *without)]
        columns = [i._copy() for i in items if isinstance(i, sa.Column)]
        rest = [i() if callable(i) else i for i in items if not isinstance(i, sa.Column)]
        table = sa.Table("thing", metadata, *usual, *columns, *rest, **options)
        if list(table.primary_key.columns.keys()) == ["id"]:
            sa.Table(
                "below",
                metadata,
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column(
                    "thing_id", sa.ForeignKey("thing.id", ondelete="CASCADE", name="fk_below")
                ),
            )
        return metadata

    return make


def unique(*columns: str, **options: Any) -> Callable[[], sa.UniqueConstraint]:
    return lambda: sa.UniqueConstraint(*columns, **options)


def check(text: str, **options: Any) -> Callable[[], sa.CheckConstraint]:
    return lambda: sa.CheckConstraint(text, **options)


def key(*columns: str, to: str = "up.id", **options: Any) -> Callable[[], Any]:
    return lambda: sa.ForeignKeyConstraint(columns, to.split(), **options)


def primary(*columns: str, **options: Any) -> Callable[[], sa.PrimaryKeyConstraint]:
    return lambda: sa.PrimaryKeyConstraint(*columns, **options)


def index(*elements: Any, name: str = "ix_thing", **options: Any) -> Callable[[], sa.Index]:
    return lambda: sa.Index(name, *(e() if callable(e) else e for e in elements), **options)


def text(sql: str) -> Callable[[], sa.TextClause]:
    return lambda: sa.text(sql)


def column(name: str, type_: Any = sa.Integer, *more: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, *more, **options)


def computed(sql: str, persisted: bool | None = None) -> sa.Column[Any]:
    return sa.Column("twice", sa.Integer, sa.Computed(sql, persisted=persisted))


def letters(*values: str, **options: Any) -> sa.Column[Any]:
    return sa.Column("kind", sa.Enum(*values, native_enum=False, **options))


CHECKED = {"create_constraint": True}
plain = thing()
no_id = ("id",)
PAIRS: dict[str, tuple[Make, Make]] = {
    # columns
    "a column": (plain, thing(column("more", sa.Text))),
    "a NOT NULL column": (plain, thing(column("more", sa.Integer, nullable=False, default=3))),
    "a column with a default": (plain, thing(column("more", sa.Text, server_default="it's"))),
    "a NOT NULL column with a default": (
        plain,
        thing(column("more", sa.Integer, nullable=False, server_default="7")),
    ),
    "a column with CURRENT_TIMESTAMP": (
        plain,
        thing(column("more", sa.DateTime, server_default=sa.func.now())),
    ),
    "a column with an expression": (
        plain,
        thing(column("more", sa.Text, server_default=sa.text("(datetime('now', '-1 day'))"))),
    ),
    "a column with a key": (plain, thing(column("more"), key("more", name="fk_more"))),
    "a column with an unnamed key": (plain, thing(column("more"), key("more"))),
    "a unique column": (plain, thing(column("more", unique=True))),
    "an indexed column": (plain, thing(column("more", index=True))),
    "a checked column": (plain, thing(column("more"), check("more > 0"))),
    "an odd column": (plain, thing(column('a "b" %(c)s [d] é', sa.Text))),
    "a reserved column": (plain, thing(column("order", sa.Text), column("select"))),
    "a type": (plain, thing(column("size", sa.BigInteger))),
    "a type of another family": (plain, thing(column("size", sa.String(20)))),
    "a length": (plain, thing(column("name", sa.String(80)))),
    "no length": (plain, thing(column("name", sa.String))),
    "text": (plain, thing(column("name", sa.Text))),
    "a scale": (thing(column("size", sa.Numeric(10))), thing(column("size", sa.Numeric(10, 4)))),
    "a float": (thing(column("size", sa.Float)), thing(column("size", sa.Double))),
    "a nullable column": (plain, thing(column("name", sa.String(40), nullable=False))),
    "a default": (plain, thing(column("size", server_default="7"))),
    "another default": (
        thing(column("size", server_default="7")),
        thing(column("size", server_default="8")),
    ),
    "a text and an expression": (
        thing(column("name", sa.String(40), server_default="1+1")),
        thing(column("name", sa.String(40), server_default=sa.text("(1+1)"))),
    ),
    "a keyword and its text": (
        thing(column("name", sa.String(40), server_default=sa.text("CURRENT_DATE"))),
        thing(column("name", sa.String(40), server_default="CURRENT_DATE")),
    ),
    "letter case in a default": (
        thing(column("name", sa.String(40), server_default="Draft")),
        thing(column("name", sa.String(40), server_default="draft")),
    ),
    "a number and its text": (
        thing(column("size", server_default=sa.text("1"))),
        thing(column("size", server_default="1")),
    ),
    "a null default": (plain, thing(column("size", server_default=sa.text("NULL")))),
    "space in a default": (
        thing(column("name", sa.String(40), server_default="a b")),
        thing(column("name", sa.String(40), server_default="a  b")),
    ),
    "colon and percent in a default": (
        plain,
        thing(column("name", sa.String(40), server_default="a:b %s %(c)s \\ \n")),
    ),
    "everything of a column": (
        plain,
        thing(column("size", sa.Text, nullable=False, server_default="0")),
    ),
    "a collation": (plain, thing(column("name", sa.String(40, collation="NOCASE")))),
    "another collation": (
        thing(column("name", sa.String(40, collation="NOCASE"))),
        thing(column("name", sa.String(40, collation="RTRIM"))),
    ),
    "a collation and a length": (
        thing(column("name", sa.String(40, collation="NOCASE"))),
        thing(column("name", sa.String(80))),
    ),
    "a column with a collation": (plain, thing(column("more", sa.Text(collation="NOCASE")))),
    "an unlike type": (
        thing(column("size", sa.Integer)),
        thing(column("size", sa.Float)),
    ),
    # computed columns
    "a computed column": (plain, thing(computed("size * 2"))),
    "a stored computed column": (plain, thing(computed("size * 2", True))),
    "another expression": (thing(computed("size * 2")), thing(computed("size * 3"))),
    "another stored expression": (
        thing(computed("size * 2", True)),
        thing(computed("size + size + 1", True)),
    ),
    "virtual and stored": (thing(computed("size * 2")), thing(computed("size * 2", True))),
    "plain and computed": (thing(column("twice")), thing(computed("size * 2"))),
    "a computed column of another type": (
        thing(computed("size * 2")),
        thing(column("twice", sa.Text, sa.Computed("size * 2"))),
    ),
    "a computed column that is NOT NULL": (
        thing(computed("id * 2")),
        thing(column("twice", sa.Integer, sa.Computed("id * 2"), nullable=False)),
    ),
    "an index of a computed column": (
        thing(computed("size * 2"), index("twice")),
        thing(computed("size * 3"), index("twice")),
    ),
    "case and quotes in an expression": (
        thing(column("more", sa.Text, sa.Computed("name || 'A'"))),
        thing(column("more", sa.Text, sa.Computed("name || 'a'"))),
    ),
    # keys
    "AUTOINCREMENT": (plain, thing(sqlite_autoincrement=True)),
    "another key": (
        thing(column("id", nullable=False), primary("name"), without=no_id),
        thing(column("id", nullable=False), column("name", sa.String(40), nullable=False)),
    ),
    "a composite key": (
        thing(column("id"), primary("id"), without=no_id),
        thing(column("id"), column("size", nullable=False), primary("id", "size"), without=no_id),
    ),
    "the order of a key": (
        thing(column("id"), column("size"), primary("id", "size"), without=no_id),
        thing(column("id"), column("size"), primary("size", "id"), without=no_id),
    ),
    "no key": (thing(column("id", nullable=False)), thing(column("id"), primary("id"))),
    "another name of a key": (
        thing(column("id"), primary("id", name="pk_old")),
        thing(column("id"), primary("id", name="pk_new")),
    ),
    "a conflict clause of a key": (
        thing(column("id"), primary("id")),
        thing(column("id"), primary("id", sqlite_on_conflict="IGNORE")),
    ),
    "a type of a key": (
        plain,
        thing(column("id", sa.BigInteger, primary_key=True)),
    ),
    # unique constraints
    "a unique constraint": (plain, thing(unique("name", name="uq_thing_name"))),
    "an unnamed unique constraint": (plain, thing(unique("name"))),
    "a unique constraint named by convention": (
        thing(convention=CONVENTION),
        thing(unique("name"), convention=CONVENTION),
    ),
    "columns of a unique constraint": (
        thing(unique("name", name="uq_thing")),
        thing(unique("name", "size", name="uq_thing")),
    ),
    "the order of a unique constraint": (
        thing(unique("name", "size", name="uq_thing")),
        thing(unique("size", "name", name="uq_thing")),
    ),
    "the order of an unnamed unique constraint": (
        thing(unique("name", "size")),
        thing(unique("size", "name")),
    ),
    "the name of a unique constraint": (
        thing(unique("name", name="uq_old")),
        thing(unique("name", name="uq_new")),
    ),
    "an odd name of a unique constraint": (plain, thing(unique("name", name='uq "x" %s é'))),
    "a unique index and a constraint": (
        thing(unique("name", name="uq_thing")),
        thing(index("name", name="uq_thing", unique=True)),
    ),
    "a conflict clause of a unique constraint": (
        thing(unique("name", name="uq_thing")),
        thing(unique("name", name="uq_thing", sqlite_on_conflict="REPLACE")),
    ),
    "another conflict clause": (
        thing(unique("name", name="uq_thing", sqlite_on_conflict="IGNORE")),
        thing(unique("name", name="uq_thing", sqlite_on_conflict="REPLACE")),
    ),
    "a conflict clause of an unnamed constraint": (
        thing(unique("name")),
        thing(unique("name", sqlite_on_conflict="REPLACE")),
    ),
    "a conflict clause of a column": (
        thing(column("name", sa.String(40), unique=True)),
        thing(column("name", sa.String(40), unique=True, sqlite_on_conflict_unique="IGNORE")),
    ),
    "a conflict clause of NOT NULL": (
        thing(column("name", sa.String(40), nullable=False)),
        thing(column("name", sa.String(40), nullable=False, sqlite_on_conflict_not_null="IGNORE")),
    ),
    "a conflict clause of a column's key": (
        thing(column("id", primary_key=True)),
        thing(column("id", primary_key=True, sqlite_on_conflict_primary_key="FAIL")),
    ),
    # checks
    "a check": (plain, thing(check("size > 0", name="ck_thing"))),
    "an unnamed check": (plain, thing(check("size > 0"))),
    "a changed check": (
        thing(check("size > 0", name="ck_thing")),
        thing(check("size > -1", name="ck_thing")),
    ),
    "a changed unnamed check": (thing(check("size > 0")), thing(check("size > -1"))),
    "the name of a check": (
        thing(check("size > 0", name="ck_old")),
        thing(check("size > 0", name="ck_new")),
    ),
    "letter case in a check": (
        thing(check("name <> 'A'", name="ck_thing")),
        thing(check("name <> 'a'", name="ck_thing")),
    ),
    "a check by convention": (
        thing(convention=CONVENTION),
        thing(check("size > 0", name="positive"), convention=CONVENTION),
    ),
    "a check of LIKE": (plain, thing(check("name NOT LIKE '%x:y%'", name="ck_thing"))),
    "two checks": (plain, thing(check("size > 0"), check("size < 99", name="ck_two"))),
    "a check of a dropped column": (
        thing(column("more"), check("more > 0 OR more IS NULL", name="ck_more")),
        plain,
    ),
    # enumerations and booleans
    "a value": (thing(letters("x", "y")), thing(letters("x", "y", "z"))),
    "a value and a CHECK": (
        thing(letters("x", "y", name="letter", **CHECKED)),
        thing(letters("x", "y", "z", name="letter", **CHECKED)),
    ),
    "a value of an unnamed CHECK": (
        thing(letters("x", "y", **CHECKED)),
        thing(letters("x", "y", "z", **CHECKED)),
    ),
    "a longer value": (
        thing(letters("x", "y", **CHECKED)),
        thing(letters("x", "y", "longer", **CHECKED)),
    ),
    "the order of values": (
        thing(letters("x", "y", **CHECKED)),
        thing(letters("y", "x", **CHECKED)),
    ),
    "a CHECK of an enumeration": (thing(letters("x", "y")), thing(letters("x", "y", **CHECKED))),
    "text and enumeration": (plain, thing(letters("x", "y", **CHECKED))),
    "a column with an enumeration": (
        plain,
        thing(sa.Column("more", sa.Enum("p", "q", name="pq", native_enum=False, **CHECKED))),
    ),
    "a boolean": (plain, thing(column("more", sa.Boolean(create_constraint=True)))),
    "a named boolean": (
        plain,
        thing(column("more", sa.Boolean(create_constraint=True, name="flag"))),
    ),
    "number and boolean": (
        thing(column("up_id", sa.Integer)),
        thing(column("more", sa.Boolean(create_constraint=True), server_default=sa.false())),
    ),
    # foreign keys
    "a key": (plain, thing(key("up_id", name="fk_thing"))),
    "an unnamed key": (plain, thing(key("up_id"))),
    "a key by convention": (
        thing(convention=CONVENTION),
        thing(key("up_id"), convention=CONVENTION),
    ),
    "the target of a key": (
        thing(column("size"), key("size", name="fk_thing", to="up.id")),
        thing(column("size"), key("size", name="fk_thing", to="thing.id")),
    ),
    "the target of an unnamed key": (
        thing(key("up_id", to="up.id")),
        thing(key("up_id", to="thing.id")),
    ),
    "ON DELETE": (thing(key("up_id")), thing(key("up_id", ondelete="CASCADE"))),
    "another ON DELETE": (
        thing(key("up_id", name="fk_thing", ondelete="SET NULL")),
        thing(key("up_id", name="fk_thing", ondelete="RESTRICT")),
    ),
    "ON UPDATE": (
        thing(key("up_id", name="fk_thing")),
        thing(key("up_id", name="fk_thing", onupdate="CASCADE", ondelete="SET DEFAULT")),
    ),
    "DEFERRABLE": (
        thing(key("up_id", name="fk_thing")),
        thing(key("up_id", name="fk_thing", deferrable=True)),
    ),
    "INITIALLY": (
        thing(key("up_id", deferrable=True)),
        thing(key("up_id", deferrable=True, initially="DEFERRED")),
    ),
    "MATCH": (
        thing(key("up_id", name="fk_thing")),
        thing(key("up_id", name="fk_thing", match="FULL")),
    ),
    "the name of a key": (
        thing(key("up_id", name="fk_old")),
        thing(key("up_id", name="fk_new")),
    ),
    "a key to itself": (plain, thing(key("size", to="thing.id", name="fk_self"))),
    "an unnamed key to itself": (plain, thing(key("size", to="thing.id"))),
    "a key of a dropped column": (
        thing(column("more"), key("more", name="fk_more")),
        plain,
    ),
    "two keys on one column": (
        thing(key("up_id")),
        thing(key("up_id"), key("up_id", to="thing.id")),
    ),
    # indexes
    "an index": (plain, thing(index("size"))),
    "columns of an index": (thing(index("size")), thing(index("size", "name"))),
    "the order of an index": (thing(index("name", "size")), thing(index("size", "name"))),
    "a unique index": (thing(index("size")), thing(index("size", unique=True))),
    "the name of an index": (thing(index("size")), thing(index("size", name="ix_other"))),
    "an expression": (plain, thing(index(text("lower(name)")))),
    "another expression of an index": (
        thing(index(text("lower(name)"))),
        thing(index(text("upper(name)"))),
    ),
    "an expression and a column": (
        thing(index("size", text("lower(name)"))),
        thing(index(text("lower(name)"), "size")),
    ),
    "a predicate": (thing(index("size")), thing(index("size", sqlite_where=sa.text("size > 1")))),
    "another predicate": (
        thing(index("size", sqlite_where=sa.text("name <> 'A'"))),
        thing(index("size", sqlite_where=sa.text("name <> 'a'"))),
    ),
    "DESC": (thing(index("size")), thing(index(text("size DESC")))),
    "COLLATE": (thing(index("name")), thing(index(text("name COLLATE NOCASE")))),
    "an odd name of an index": (plain, thing(index("size", name='ix "x" [y] %s é'))),
    "an index by convention": (
        thing(convention=CONVENTION),
        thing(column("size", index=True), convention=CONVENTION),
    ),
    "an index of a changed column": (
        thing(index("name")),
        thing(column("name", sa.String(80, collation="NOCASE")), index("name")),
    ),
    "an index of a dropped column": (thing(column("more"), index("size", "more")), plain),
    "an index of an expression on a dropped column": (
        thing(column("more", sa.Text), index(text("lower(more)"))),
        plain,
    ),
    # options
    "STRICT": (
        thing(*(column(n, sa.Text) for n in ("name", "kind"))),
        thing(*(column(n, sa.Text) for n in ("name", "kind")), sqlite_strict=True),
    ),
    "WITHOUT ROWID": (plain, thing(sqlite_with_rowid=False)),
    "the letter case of a column": (thing(), thing(column("Size"), without=("size",))),
    "a default that is a name": (
        thing(column("size", server_default=sa.text("five"))),
        thing(column("size", server_default=sa.text('"six"'))),
    ),
    "a check that is said twice": (thing(), thing(check("size > 0"), check("size > 0"))),
    "STRICT and WITHOUT ROWID": (
        thing(*(column(n, sa.Text) for n in ("name", "kind"))),
        thing(
            *(column(n, sa.Text) for n in ("name", "kind")),
            sqlite_strict=True,
            sqlite_with_rowid=False,
        ),
    ),
    "WITHOUT ROWID and AUTOINCREMENT": (
        thing(sqlite_with_rowid=False),
        thing(sqlite_autoincrement=True),
    ),
    "AUTOINCREMENT and the type of a key": (
        thing(column("id", sa.BigInteger, primary_key=True)),
        thing(sqlite_autoincrement=True),
    ),
    "another key WITHOUT ROWID": (
        thing(
            column("id", primary_key=True, autoincrement=False),
            column("size", autoincrement=False, nullable=False),
            index("size"),
            sqlite_with_rowid=False,
        ),
        thing(
            column("id", primary_key=True, autoincrement=False),
            column("size", primary_key=True, autoincrement=False),
            index("name"),
            sqlite_with_rowid=False,
        ),
    ),
    "the name of a key with AUTOINCREMENT": (
        thing(column("id"), primary("id", name="pk_old"), sqlite_autoincrement=True),
        thing(column("id"), primary("id", name="pk_new"), sqlite_autoincrement=True),
    ),
    "STRICT and types that it knows": (
        plain,
        thing(*(column(n, sa.Text) for n in ("name", "kind")), sqlite_strict=True),
    ),
    # computed columns
    "a check and an index on a computed column": (
        thing(column("c", sa.Integer, sa.Computed("size * 2")), check("c > 0"), index(text("-c"))),
        thing(column("c", sa.Integer, sa.Computed("size * 3")), check("c > 0"), index(text("-c"))),
    ),
    "a computed column of a computed one": (
        thing(
            column("c", sa.Integer, sa.Computed("size * 2")),
            column("d", sa.Integer, sa.Computed("c + 1")),
        ),
        thing(
            column("c", sa.Integer, sa.Computed("size * 3")),
            column("d", sa.Integer, sa.Computed("c + 1")),
        ),
    ),
    "the type of a column under a computed one": (
        thing(column("c", sa.Integer, sa.Computed("size * 2"))),
        thing(column("size", sa.BigInteger), column("c", sa.Integer, sa.Computed("size * 2"))),
    ),
    # many at once
    "many changes": (
        thing(
            column("old", sa.Text, server_default="x"),
            unique("name"),
            check("size > 0"),
            key("up_id", ondelete="CASCADE"),
            index("size", "old"),
        ),
        thing(
            column("new", sa.Date),
            column("name", sa.String(80), nullable=False, index=True),
            unique("name", "size"),
            check("size >= 0", name="ck_size"),
            key("up_id", name="fk_up", ondelete="SET NULL"),
            sqlite_autoincrement=True,
        ),
    ),
}

NAMED: dict[str, tuple[Make, Make]] = {
    "a name of a key": (
        thing(column("id"), primary("id")),
        thing(column("id"), primary("id", name="pk_thing")),
    ),
    "unnamed and named by convention": (
        thing(unique("name")),
        thing(unique("name"), convention=CONVENTION),
    ),
    "a unique constraint gets a name": (
        thing(unique("name")),
        thing(unique("name", name="uq_thing")),
    ),
    "a check gets a name": (thing(check("size > 0")), thing(check("size > 0", name="ck_thing"))),
    "a key gets a name": (thing(key("up_id")), thing(key("up_id", name="fk_thing"))),
}
"""A constraint gets a name; a model that gives none is content with any."""
