"""Indexes that are the means of a key, where the database shows them as indexes of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..schema.model import Ref, Schema
from ..schema.operation import Operation
from ..schema.record import replace
from ._constraint import DropConstraintOp
from .column.operations import AddColumnOp, DropColumnOp
from .foreign_key import ForeignKeyModel
from .index import DropIndexOp, IndexModel
from .primary_key import CreatePrimaryKeyOp
from .table import DropTableOp
from .unique import UniqueModel

if TYPE_CHECKING:
    from ..dialects.base import Dialect


def without_key_indexes(declared: Schema, reflected: Schema, dialect: Dialect) -> Schema:
    """`reflected` with each unique index as what it was declared as, and without foreign keys'
    own indexes where the keys stay.
    """
    if not dialect.shows_key_indexes:
        return reflected
    reflected = _without_copies(declared, _as_declared(declared, reflected, dialect))
    return _without_indexes_of_keys(declared, reflected)


def _without_copies(declared: Schema, reflected: Schema) -> Schema:
    """`reflected` with one of the keys that are declared several times without a name."""
    copies: list[Ref] = []
    for unique in declared.of_kind("unique"):
        if unique.copies > 1:
            found = reflected.parts(unique.ref.owner, "unique")
            same = [u.ref for u in found if u.columns == unique.columns and u.ref not in declared]
            copies += same[1 : unique.copies]
    return reflected.without(*copies)


def _as_declared(declared: Schema, reflected: Schema, dialect: Dialect) -> Schema:
    """A unique index may be declared as one, or as a UNIQUE constraint: the database has no word
    for the difference."""
    same: dict[Ref, IndexModel] = {}
    for unique in reflected.of_kind("unique"):
        ref = Ref("index", unique.schema, unique.table, str(unique.name))
        if ref in declared and unique.ref not in declared:
            same[unique.ref] = _index_of(unique, dialect)
    return reflected.without(*same).with_models(*same.values()) if same else reflected


def _index_of(unique: UniqueModel, dialect: Dialect) -> IndexModel:
    words = ", ".join(dialect.quote(name) for name in unique.columns)
    return IndexModel(
        unique.schema,
        unique.table,
        str(unique.name),
        True,
        dialect.normal_index(f"({words})"),
        unique.columns,
        columns=unique.columns,
    )


def _without_indexes_of_keys(declared: Schema, reflected: Schema) -> Schema:
    kept = {_place(key) for key in declared.of_kind("foreign_key")}
    hidden: list[Ref] = []
    tied: list[ForeignKeyModel] = []
    for key in reflected.of_kind("foreign_key"):
        for ref in _own_indexes(key, reflected.parts(key.ref.owner, "index")):
            if ref in declared:
                continue
            if key.ref.owner not in declared:
                # The key comes back with its name, and its index is named after that then.
                hidden += [ref] if ref.name == key.name else []
            elif _place(key) in kept:
                hidden.append(ref)
            else:
                # The index can go when the key is gone, and not before.
                tied.append(replace(key, index=ref))
    return reflected.without(*hidden).with_models(*tied)


def without_needless_drops(operations: Iterable[Operation], dialect: Dialect) -> list[Operation]:
    """The operations without drops of indexes whose tables are dropped as well.

    An index that serves a foreign key cannot be dropped before it, and both go with the table.
    """
    operations = list(operations)
    if not dialect.shows_key_indexes:
        return operations
    gone = {op.ref for op in operations if isinstance(op, DropTableOp)}
    return [o for o in operations if not (isinstance(o, DropIndexOp) and o.ref.owner in gone)]


def with_inline_keys(operations: Iterable[Operation], dialect: Dialect) -> list[Operation]:
    """The operations with a column that counts and its key made, or dropped, in one statement.

    MySQL takes no such column that is not a key, not for a moment.
    """
    operations = list(operations)
    if not dialect.shows_key_indexes:
        return operations
    for place, operation in enumerate(list(operations)):
        if isinstance(operation, CreatePrimaryKeyOp):
            added = next((o for o in operations if _adds_counting(o, operation)), None)
            if isinstance(added, AddColumnOp):
                other = next(i for i, o in enumerate(operations) if o is added)
                added.inline_primary_key = True
                operations[place], operations[other] = added, _Nothing()
        elif isinstance(operation, DropConstraintOp) and operation.constraint_type == "primary":
            key = operation.reverse()
            gone = next((o for o in operations if _drops_counting(o, key)), None)
            if gone is not None:
                other = next(i for i, o in enumerate(operations) if o is gone)
                operations[place], operations[other] = gone, _Nothing()
    return [operation for operation in operations if not isinstance(operation, _Nothing)]


class _Nothing(Operation):
    """The place of an operation that stands elsewhere."""


def _adds_counting(operation: Operation, key: Any) -> bool:
    return isinstance(operation, AddColumnOp) and _is_counting(operation, operation, key)


def _drops_counting(operation: Operation, key: Any) -> bool:
    made = getattr(operation, "_reverse", None)
    return isinstance(operation, DropColumnOp) and _is_counting(operation, made, key)


def _is_counting(operation: Any, made: Any, key: Any) -> bool:
    same = (operation.schema, operation.table_name) == (key.schema, key.table_name)
    column = getattr(made, "column", None)
    if column is None or column.autoincrement is not True:
        return False
    return same and list(key.columns) == [column.name]


def _place(key: ForeignKeyModel) -> tuple[str | None, str, tuple[str, ...]]:
    return key.schema, key.table, key.columns


def _own_indexes(key: ForeignKeyModel, indexes: Iterable[IndexModel]) -> list[Ref]:
    """The indexes that the server has made for a key: named as the key, or as its first column."""
    names = (key.name, key.columns[0])
    return [
        index.ref
        for index in indexes
        if index.name in names and not index.unique and tuple(index.elements) == key.columns
    ]
