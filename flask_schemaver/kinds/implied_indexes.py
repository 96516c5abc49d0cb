"""Indexes that MySQL and MariaDB make by themselves behind foreign keys, as the server would.

A foreign key needs an index that begins with its columns; where there is none the server makes
one, under the key's name or that of its first column. Dropping the key leaves it.
https://dev.mysql.com/doc/refman/8.4/en/create-table-foreign-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from itertools import count
from typing import TYPE_CHECKING, Any

from ..schema.model import Ref, Schema, table_ref
from ..schema.operation import Operation
from ..schema.record import replace
from ._constraint import DropConstraintOp
from .foreign_key import CreateForeignKeyOp, ForeignKeyModel
from .index import IndexKind, IndexModel

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
        start = dialect.stored_name(table.name)
        keys = _named(after.parts(table.ref, "foreign_key"), start)
        unnamed += [key.ref for key in after.parts(table.ref, "foreign_key") if key.name is None]
        found = _Indexes(after, table.ref, by_table.get(table.ref, []))
        new += [found.served(key) for key in keys]
        new += found.made
        old += found.left_over()
        old += _replaced(before, after, table.ref, found)
    return before.with_models(*old), after.without(*unnamed).with_models(*new)


def _named(keys: Sequence[ForeignKeyModel], table: str) -> list[ForeignKeyModel]:
    """The keys under the names that the server gives to those without one: with free numbers.

    The number of a key that goes is free: it goes first.
    """
    numbers = re.compile(rf"{re.escape(table)}_ibfk_(\d+)")
    taken = {found[1] for key in keys if (found := numbers.fullmatch(key.name or ""))}
    free = (number for number in count(1) if str(number) not in taken)
    return [
        replace(key, name=f"{table}_ibfk_{next(free)}", given_name=False)
        if key.name is None
        else key
        for key in keys
    ]


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
        from ..dialects.mysql.expressions import normal_index

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
            index if index.ref in self.used else _replaced_by(index, self.cover(index.columns))
            for index in self.hidden
        ]


def _replaced_by(index: IndexModel, other: Ref | None) -> IndexModel:
    """The index, to be dropped once another one is there: if that does not have its name."""
    same = other is not None and other.name.lower() == index.name.lower()
    return index if same else replace(index, replaced_by=other)


def _covers(schema: Schema, table: Ref) -> Iterable[tuple[Ref, tuple[str, ...]]]:
    for kind in ("primary_key", "unique", "index"):
        for model in schema.parts(table, kind):
            yield model.ref, model.serving if kind == "index" else tuple(model.columns)


def _replaced(before: Schema, after: Schema, table: Ref, found: _Indexes) -> Iterable[IndexModel]:
    """Indexes that go, and that a key needs until another one is there."""
    keys = [key.columns for key in after.parts(table, "foreign_key") if key.ref in before]
    for index in before.parts(table, "index"):
        if index.ref in after or any(index.ref == made.ref for made in found.made):
            continue
        served = [columns for columns in keys if index.serving[: len(columns)] == columns]
        covers = {found.cover(columns) for columns in served}
        if len(covers) == 1:
            yield _replaced_by(index, covers.pop())


def with_own_indexes(
    operations: Iterable[Operation],
    hidden: Iterable[IndexModel],
    before: Schema,
    after: Schema,
    dialect: Dialect,
) -> list[Operation]:
    """The operations with the index behind a key made anew, where the key itself is.

    An index that the server made gives way to the one that it makes for the key that comes back,
    and that is named after the key then, which has a name by now.
    """
    operations = list(operations)
    own = {index.ref for index in hidden}
    for key in [op for op in operations if own and isinstance(op, CreateForeignKeyOp)]:
        gone = next((op for op in operations if _drops_alike(op, key)), None)
        index = None if gone is None else _behind(key, before, own)
        name = None if index is None else _name_behind(key, after)
        if index is None or name is None or name == index.name == key.constraint_name:
            continue
        if any(index.ref in operation.removes() for operation in operations):
            continue
        kind = IndexKind()
        place = next(place for place, op in enumerate(operations) if op is gone)
        operations[place + 1 : place + 1] = kind.dropped(index, before, dialect)
        place = next(place for place, op in enumerate(operations) if op is key)
        operations[place:place] = kind.created(replace(index, name=name), after, dialect)
    return operations


def _drops_alike(operation: Operation, key: CreateForeignKeyOp) -> bool:
    """Whether a foreign key on the same columns is dropped."""
    if not isinstance(operation, DropConstraintOp) or operation.constraint_type != "foreignkey":
        return False
    made = operation.reverse()
    return isinstance(made, CreateForeignKeyOp) and _place(made) == _place(key)


def _place(key: CreateForeignKeyOp) -> tuple[Any, ...]:
    return key.source_schema, key.source_table, tuple(key.local_cols)


def _behind(key: CreateForeignKeyOp, before: Schema, own: Set[Ref]) -> IndexModel | None:
    """The index behind a key, one of the server's `own`, if no other key needs it."""
    owner, columns = table_ref(key.source_schema, key.source_table), tuple(key.local_cols)
    others = [k for k in before.parts(owner, "foreign_key") if k.columns[:1] == columns[:1]]
    indexes = [i for i in before.parts(owner, "index") if i.ref in own and i.serving == columns]
    return indexes[0] if len(others) == len(indexes) == 1 else None


def _name_behind(key: CreateForeignKeyOp, after: Schema) -> str | None:
    """The name of the index that the server would make for a key; None where it needs none."""
    owner, columns = table_ref(key.source_schema, key.source_table), tuple(key.local_cols)
    model = next(
        (k for k in after.parts(owner, "foreign_key") if k.name == key.constraint_name), None
    )
    covers = [ref.name for ref, several in _covers(after, owner) if several == columns]
    if model is None or len(covers) != 1:
        return None
    if model.given_name:
        return str(model.name)
    taken = {index.name for index in after.parts(owner, "index") if index.name != covers[0]}
    return None if columns[0] in taken else columns[0]
