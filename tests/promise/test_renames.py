"""The promise for renames that models hint at: nothing is lost, and what is named after follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.command.make import make_revision

from .promise import Project, emptied, keeps_promise

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")
CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ROWS = {
    "users": [{"id": 1, "name": "one", "age": 1}, {"id": 2, "name": "two", "age": 2}],
    "posts": [{"id": 1, "author_id": 2}],
}


def shop(
    *,
    users: str = "users",
    name: str = "name",
    author: str = "author_id",
    convention: bool = False,
    hints: tuple[str | None, str | None, str | None] = (None, None, None),
    **options: Any,
) -> sa.MetaData:
    """Users with all that can be named after them, and posts that refer to users."""
    metadata = sa.MetaData(naming_convention=CONVENTION if convention else None)
    sa.Table(
        users,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            name,
            options.get("type", sa.String(40)),
            nullable=options.get("nullable", True),
            server_default=options.get("default"),
            unique=options.get("unique", True),
            info=hint(hints[1]),
        ),
        sa.Column("age", sa.Integer, index=True),
        sa.Column("twice", sa.Integer, sa.Computed("age * 2", persisted=True)),
        sa.CheckConstraint(f"{name} <> 'age'", name="name" if convention else None),
        sa.CheckConstraint("age > 0", name="age" if convention else None),
        sa.Index(f"ix_{users}_both", name, "age"),
        info=hint(hints[0]),
    )
    sa.Table(
        "posts",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            author,
            sa.Integer,
            sa.ForeignKey(f"{users}.id", ondelete=options.get("ondelete"), name=options.get("key")),
            index=True,
            info=hint(hints[2]),
        ),
    )
    return metadata


def hint(old: str | None) -> dict[str, str]:
    return {} if old is None else {"renamed_from": old}


def to(key: str | None = None, **changes: Any) -> Callable[[bool], tuple[sa.MetaData, sa.MetaData]]:
    """A pair of models: as they were, and with changes that hint at the old names."""
    olds = {"users": "users", "name": "name", "author": "author_id"}
    hints = tuple(old if key in changes else None for key, old in olds.items())

    def pair(convention: bool) -> tuple[sa.MetaData, sa.MetaData]:
        common = {"convention": convention, "key": key}
        return shop(**common), shop(**common, hints=hints, **changes)  # type: ignore[arg-type]

    return pair


PAIRS = {
    "a column": to(name="full_name"),
    "a column of a foreign key": to(author="writer_id"),
    "a table": to(users="people"),
    "a table and its columns": to(users="people", name="full_name", author="writer_id"),
    "a column and its type": to(name="full_name", type=sa.String(80)),
    "a column and all of it": to(name="full_name", type=sa.String(90), nullable=False, default="x"),
    "a column and no key any more": to(name="full_name", unique=False),
    "a table and what a key to it does": to("fk_a", users="people", ondelete="CASCADE"),
    "a column of a key and what it does": to("fk_a", author="writer_id", ondelete="SET NULL"),
    "a name that has to be quoted": to(users="order", author="Group"),
}


@ALL
@pytest.mark.parametrize("convention", [False, True], ids=["unnamed", "named"])
@pytest.mark.parametrize("change", PAIRS)
def test_a_rename(engine: sa.Engine, tmp_path: Path, change: str, convention: bool) -> None:
    """Names and what is named after them change, rows stay, and all of it goes back."""
    before, after = PAIRS[change](convention)
    text = keeps_promise(engine, tmp_path / "m", before, after, ROWS)
    assert text is not None
    assert "op.drop_column" not in text
    assert "op.drop_table" not in text


def tree(table: str, parent: str, mood: str, *hints: str | None) -> sa.MetaData:
    """A table that refers to itself, with a column of an enumerated type."""
    metadata = sa.MetaData()
    of_table, of_parent, of_mood = hints or (None, None, None)
    sa.Table(
        table,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(parent, sa.Integer, sa.ForeignKey(f"{table}.id"), info=hint(of_parent)),
        sa.Column(mood, sa.Enum("good", "bad", name="mood"), info=hint(of_mood)),
        info=hint(of_table),
    )
    return metadata


@ALL
def test_a_table_that_refers_to_itself(engine: sa.Engine, tmp_path: Path) -> None:
    """The key follows both its table and its column; a type of its own stays."""
    before = tree("nodes", "parent_id", "mood")
    after = tree("leaves", "above_id", "temper", "nodes", "parent_id", "mood")
    rows = {"nodes": [{"id": 1, "mood": "good"}, {"id": 2, "parent_id": 1, "mood": "bad"}]}
    text = keeps_promise(engine, tmp_path / "m", before, after, rows)
    assert text is not None
    assert "drop_" not in text.replace("op.drop_constraint", "")


@ALL
def test_names_that_move_on(engine: sa.Engine, tmp_path: Path) -> None:
    """One column takes the name that another one leaves."""
    before, after = sa.MetaData(), sa.MetaData()
    sa.Table(
        "t",
        before,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.String(10)),
        sa.Column("b", sa.String(10)),
    )
    sa.Table(
        "t",
        after,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("b", sa.String(10)),
        sa.Column("c", sa.String(10), info=hint("b")),
    )
    rows = {"t": [{"id": 1, "a": "1", "b": "2"}]}
    keeps_promise(engine, tmp_path / "m", before, after, rows)


@ALL
def test_what_a_type_brings_along(engine: sa.Engine, tmp_path: Path) -> None:
    """The CHECK of a boolean or of a choice follows its column, named or not."""

    def made(flag: str, letter: str, *hints: str | None) -> sa.MetaData:
        metadata = sa.MetaData(naming_convention=CONVENTION)
        of_flag, of_letter = hints or (None, None)
        choice = sa.Enum("a", "b", name="letter", native_enum=False, create_constraint=True)
        sa.Table(
            "t",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(flag, sa.Boolean(name="flag"), info=hint(of_flag)),
            sa.Column(letter, choice, nullable=False, info=hint(of_letter)),
        )
        return metadata

    rows = {"t": [{"id": 1, "is_on": True, "letter": "a"}]}
    after = made("is_active", "sign", "is_on", "letter")
    text = keeps_promise(engine, tmp_path / "m", made("is_on", "letter"), after, rows)
    assert text is not None
    assert "drop_column" not in text


@pytest.mark.databases("postgresql")
def test_names_of_postgresql(engine: sa.Engine, tmp_path: Path) -> None:
    """In a schema of its own, with an identity, partial and expression indexes, and INCLUDE."""

    def made(table: str, name: str, *hints: str | None) -> sa.MetaData:
        metadata = sa.MetaData(schema="app")
        of_table, of_name = hints or (None, None)
        sa.Table(
            table,
            metadata,
            sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
            sa.Column(name, sa.String(20), comment="a name", info=hint(of_name)),
            sa.Column("age", sa.Integer, server_default="1"),
            sa.Index(f"ix_{table}_lower", sa.text(f"lower({name})")),
            sa.Index(f"ix_{table}_partial", "age", postgresql_where=sa.text(f"{name} <> 'x'")),
            sa.Index(f"ix_{table}_include", "age", postgresql_include=[name]),
            sa.UniqueConstraint(name, "age"),
            sa.UniqueConstraint("age", postgresql_include=[name]),
            info=hint(of_table),
        )
        # The server cuts what is too long; in bytes.
        more = "_größer" * 5
        sa.Table(
            table + more,
            metadata,
            sa.Column(
                name + more, sa.Integer, primary_key=True, info=hint(of_name and "name" + more)
            ),
            sa.Column("age", sa.Integer),
            sa.UniqueConstraint(name + more, "age"),
            info=hint(of_table and "users" + more),
        )
        return metadata

    before, after = made("users", "name"), made("people", "full_name", "users", "name")
    for models in (before, after):
        sa.event.listen(models, "before_create", sa.DDL("CREATE SCHEMA IF NOT EXISTS app"))
    rows = {"app.users": [{"name": "one", "age": 1}]}
    text = keeps_promise(engine, tmp_path / "m", before, after, rows)
    assert text is not None
    assert "drop_" not in text


def named(*names: str, **hints: str) -> sa.MetaData:
    metadata = sa.MetaData()
    columns = (sa.Column(name, sa.Integer, info=hint(hints.get(name))) for name in names)
    sa.Table("thing", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


@ALL
def test_names_that_move_up(engine: sa.Engine, tmp_path: Path) -> None:
    """A column takes the name that another one leaves; afterwards the hints are over."""
    rows = {"thing": [{"id": 1, "a": 10, "b": 20}]}
    after = named("b", "c", b="a", c="b")
    text = keeps_promise(engine, tmp_path / "m", named("a", "b"), after, rows)
    assert text is not None
    assert "add_column" not in text


@ALL
def test_a_name_with_dots_that_is_left(engine: sa.Engine, tmp_path: Path) -> None:
    """A hint says the old name; one with dots is taken as a whole where there is such a name."""
    text = keeps_promise(engine, tmp_path / "m", named("a.b"), named("c", c="a.b"))
    assert text is not None
    assert "add_column" not in text


@ALL
@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (named("a"), named("a", "b", b="a"), "the models still have 'thing.a'"),
        (named("a", "b"), named("b", b="a"), "the database has a column 'b' already"),
    ],
)
def test_a_hint_that_cannot_be_followed(
    engine: sa.Engine, tmp_path: Path, before: sa.MetaData, after: sa.MetaData, reason: str
) -> None:
    """Its two names are both there, in the models or in the database: a warning says so."""
    emptied(engine)
    before.create_all(engine)
    project = Project(tmp_path / "m", engine)
    project.config.attributes["metadata"] = after
    made = make_revision(project.config, "change", autogenerate=True)
    assert made.comparison is not None
    assert any(reason in warning for warning in made.comparison.warnings)
