"""Indexes that MySQL and MariaDB make by themselves behind foreign keys, as the server would.

A foreign key needs an index that begins with its columns; where there is none the server makes
one, under the key's name or that of its first column. Dropping the key leaves it.
https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..schema.model import Ref, Schema
from ..schema.record import replace
from .foreign_key import ForeignKeyModel
from .index import IndexModel

if TYPE_CHECKING:
    from ..dialects.base import Dialect


def with_implied_indexes(
    before: Schema, after: Schema, hidden: Iterable[IndexModel], dialect: Dialect
) -> tuple[Schema, Schema]:
    """Both schemas with the indexes behind foreign keys of tables that both have.

    `hidden` are the indexes behind keys that the database has and `before` does not show.
    """
    if not dialect.shows_key_indexes:
        return before, after
    by_table: dict[Ref | None, list[IndexModel]] = {}
    for index in hidden:
        by_table.setdefault(index.ref.owner, []).append(index)
    old: list[IndexModel] = []
    new: list[IndexModel | ForeignKeyModel] = []
    unnamed: list[Ref] = []
    for table in after.of_kind("table"):
        if table.ref not in before or not after.parts(table.ref, "foreign_key"):
            continue
        keys = _named(before.parts(table.ref, "foreign_key"), after.parts(table.ref, "foreign_key"))
        unnamed += [key.ref for key in after.parts(table.ref, "foreign_key") if key.name is None]
        found = _Indexes(after, table.ref, by_table.get(table.ref, []))
        new += [found.served(key) for key in keys]
        new += found.made
        old += found.left_over()
        old += _replaced(before, after, table.ref, found)
    return before.with_models(*old), after.without(*unnamed).with_models(*new)


def _named(
    before: Sequence[ForeignKeyModel], after: Sequence[ForeignKeyModel]
) -> list[ForeignKeyModel]:
    """The keys under the names that the server gives to those without one."""
    counts = [int(n) for key in (*before, *after) if (n := _number(key)) is not None]
    last = max(counts, default=0)
    named = []
    for key in after:
        if key.name is None:
            last += 1
            given = f"{key.table}_ibfk_{last}"
            named.append(replace(key, name=given, given_name=False))
        else:
            named.append(key)
    return named


def _number(key: ForeignKeyModel) -> str | None:
    found = re.fullmatch(rf"{re.escape(key.table)}_ibfk_(\d+)", key.name or "")
    return None if found is None else found[1]


class _Indexes:
    """The indexes of one table, those for its keys made on the way."""

    def __init__(self, after: Schema, table: Ref, hidden: list[IndexModel]) -> None:
        self.hidden = hidden
        self.used: set[Ref] = set()
        self.made: list[IndexModel] = []
        self.declared = list(_covers(after, table))
        self.names = {ref.name for ref, _ in self.declared}

    def cover(self, columns: Sequence[str]) -> Ref | None:
        """The index that begins with these columns, None without one."""
        made = [(index.ref, index.columns) for index in self.made]
        whole = tuple(columns)
        return next((r for r, c in [*self.declared, *made] if c[: len(whole)] == whole), None)

    def served(self, key: ForeignKeyModel) -> ForeignKeyModel:
        """The key, once there is an index for it."""
        if self.cover(key.columns) is None:
            same = [index for index in self.hidden if index.columns == key.columns]
            index = same[0] if same else self._made(key)
            self.made.append(index)
            self.used.add(index.ref)
        return replace(key, index=self.cover(key.columns))

    def _made(self, key: ForeignKeyModel) -> IndexModel:
        name = str(key.name) if key.given_name else self._free(key.columns[0])
        text = ", ".join(f"`{column.replace('`', '``')}`" for column in key.columns)
        return IndexModel(
            key.schema,
            key.table,
            name,
            unique=False,
            definition=self._normal(text),
            elements=key.columns,
            columns=key.columns,
        )

    @staticmethod
    def _normal(text: str) -> str:
        from ..dialects.mysql_expressions import normal_index

        return normal_index(f"({text})")

    def _free(self, name: str) -> str:
        taken = {*self.names, *(index.name for index in self.made)}
        number, found = 2, name
        while found in taken:
            found, number = f"{name}_{number}", number + 1
        return found

    def left_over(self) -> list[IndexModel]:
        """All hidden ones: shown again; what serves no key any more gives way to what does."""
        return [
            index
            if index.ref in self.used
            else replace(index, replaced_by=self.cover(index.columns))
            for index in self.hidden
        ]


def _covers(schema: Schema, table: Ref) -> Iterable[tuple[Ref, tuple[str, ...]]]:
    for kind in ("primary_key", "unique", "index"):
        for model in schema.parts(table, kind):
            plain = kind != "index" or model.serves_keys
            if plain:
                yield model.ref, tuple(model.columns)


def _replaced(before: Schema, after: Schema, table: Ref, found: _Indexes) -> Iterable[IndexModel]:
    """Indexes that go, and that a key needs until another one is there."""
    keys = [key.columns for key in after.parts(table, "foreign_key") if key.ref in before]
    for index in before.parts(table, "index"):
        if index.ref in after or any(index.ref == made.ref for made in found.made):
            continue
        served = [columns for columns in keys if index.columns[: len(columns)] == columns]
        covers = {found.cover(columns) for columns in served}
        if len(covers) == 1:
            yield replace(index, replaced_by=covers.pop())
