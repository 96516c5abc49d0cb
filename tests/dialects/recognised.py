"""What is recognised as unchanged, and changes of the table "other" that have to be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from laws.schemas import Connected


def recognised(context: Connected, models: sa.MetaData) -> set[str]:
    found = context.spelling.unchanged(context.connection, models.tables.values())
    return {table.name for table in found}


def changed(**words: Any) -> Callable[[sa.MetaData], None]:
    """Another value for an attribute of the column `name`."""

    def change(metadata: sa.MetaData) -> None:
        for attribute, value in words.items():
            setattr(metadata.tables["other"].c.name, attribute, value)

    return change


def added(make: Callable[[], Any]) -> Callable[[sa.MetaData], None]:
    return lambda metadata: metadata.tables["other"].append_constraint(make())


def without(kind: type[Any]) -> Callable[[sa.MetaData], None]:
    def change(metadata: sa.MetaData) -> None:
        table = metadata.tables["other"]
        item = next(item for item in table.constraints if isinstance(item, kind))
        table.constraints.discard(item)
        if isinstance(item, sa.ForeignKeyConstraint):
            table.c.item_id.foreign_keys.clear()
            table.foreign_keys.clear()

    return change


def acting(word: str | None) -> Callable[[sa.MetaData], None]:
    def change(metadata: sa.MetaData) -> None:
        for key in metadata.tables["other"].foreign_key_constraints:
            key.ondelete = word

    return change


Change = Callable[[sa.MetaData], None]

COMMON: dict[str, Change] = {
    "type": changed(type=sa.String(21)),
    "nullable": changed(nullable=False),
    "default": changed(server_default=sa.DefaultClause("x")),
    "comment": changed(comment=None),
    "a column more": lambda m: m.tables["other"].append_column(sa.Column("new", sa.Integer)),
    "comment of the table": lambda m: setattr(m.tables["other"], "comment", None),
    "index": added(lambda: sa.Index("ix", "twice")),
    "unique": added(lambda: sa.UniqueConstraint("twice")),
    "no unique": without(sa.UniqueConstraint),
    "check": added(lambda: sa.CheckConstraint("item_id > 0")),
    "no check": without(sa.CheckConstraint),
    "action": acting(None),
    "another action": acting("SET NULL"),
    "no key": without(sa.ForeignKeyConstraint),
}
"""Changes that have to be seen on every database."""


def overlooked(
    context: Connected, make: Callable[[], sa.MetaData], changes: dict[str, Change]
) -> list[str]:
    """The changes with which "other" is recognised all the same, or another table is not."""
    make().create_all(context.connection)
    rest = set(make().tables) - {"other"}
    missed = []
    for name, change in changes.items():
        models = make()
        change(models)
        if recognised(context, models) != rest:
            missed.append(name)
    return missed
