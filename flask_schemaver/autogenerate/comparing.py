"""Comparators of programs and plug-ins, called around our own comparison, and what they add."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..kinds.column.alter import AlterColumnOp
from ..kinds.table import CreateTableOp, DropTableOp
from ..operations.containers import ModifyTableOps, UpgradeOps, by_table
from ..runtime.dispatch import Comparator, DispatchPriority, PriorityDispatchResult
from ..schema.model import Ref, table_ref
from ..schema.operation import Operation
from ..schema.record import record
from .filters import Objects

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ..dialects.base import TableKey
    from ..kinds.column.model import ColumnModel
    from ..schema.model import Schema
    from .autogen_context import AutogenContext

GROUPS: dict[str, frozenset[str]] = {
    "tables": frozenset({"create_table", "drop_table"}),
    "indexes": frozenset({"create_index", "drop_index", "create_unique_constraint", "unique"}),
    "foreignkeys": frozenset({"create_foreign_key", "foreignkey"}),
    "checkconstraints": frozenset({"create_check_constraint", "check"}),
    "comments": frozenset({"create_table_comment", "drop_table_comment", "set_constraint_comment"}),
}
"""What of our own operations belongs to each group that a comparator can stop."""

UNCHANGED: dict[str, dict[str, Any]] = {
    "types": {"modify_type": None},
    "server_default": {"modify_server_default": False},
    "nullable": {"modify_nullable": None},
    "comments": {"modify_comment": False},
}
"""What takes each group of changes out of the operation on a column."""


@record
class Sides:
    """What was compared: two schemas, the tables of the models, the names of the schemas."""

    declared: Schema
    reflected: Schema
    tables: Sequence[sa.Table]
    schemas: Sequence[str | None]


def with_comparators(
    found: Iterable[Operation], sides: Sides, autogen: AutogenContext
) -> list[Operation]:
    """Our own operations and those that the comparators add to them, or make of them."""
    operations = list(found)
    engine = autogen.dialect
    if not len(autogen.comparators) or engine is None:
        return operations
    return _Round(sides, autogen, engine.name).run(operations)


class _Round:
    """One call of each comparator: those of `FIRST` priority before ours, the others after."""

    def __init__(self, sides: Sides, autogen: AutogenContext, qualifier: str) -> None:
        assert autogen.spelling is not None
        self._sides = sides
        self._autogen = autogen
        self._objects = Objects(sides.declared, sides.reflected, sides.tables, autogen.spelling)
        self._by_target = {
            target: autogen.comparators.for_target(target, qualifier)
            for target in ("autogenerate", "schema", "table", "column")
        }

    def run(self, operations: list[Operation]) -> list[Operation]:
        schemas = set(self._sides.schemas)
        first = UpgradeOps()
        self._call("autogenerate", first, early=True)
        stopped = self._call("schema", first, schemas, early=True)
        if "tables" in stopped:
            operations = []
        ours = UpgradeOps(by_table(operations))
        if self._by_target["table"] or self._by_target["column"]:
            for key in self._table_keys():
                self._table(key, ours)
        self._call("schema", ours, schemas, early=False)
        self._call("autogenerate", ours, early=False)
        return [*first.flattened(), *ours.flattened()]

    def _call(self, target: str, *arguments: Any, early: bool) -> set[str]:
        """Call those before ours, or those after; the groups in which one said to stop."""
        stopped: set[str] = set()
        for one in self._by_target[target]:
            if _is_early(one) != early or one.subgroup in stopped:
                continue
            result = one.function(self._autogen, *arguments)
            if result is PriorityDispatchResult.STOP and one.subgroup is not None:
                stopped.add(one.subgroup)
        return stopped

    def _table_keys(self) -> list[TableKey]:
        both = {**self._sides.reflected, **self._sides.declared}
        keys = {ref.table_key for ref in both if ref.kind == "table"}
        return sorted((key for key in keys if key is not None), key=lambda k: (k[0] or "", k[1]))

    def _table(self, key: TableKey, ours: UpgradeOps) -> None:
        schema, name = key
        tables = (self._objects.reflected_table(key), self._objects.declared_table(key))
        before = ModifyTableOps(name, schema=schema)
        stopped = self._call("table", before, schema, name, *tables, early=True)
        for group in stopped:
            _take_out(ours, key, GROUPS.get(group, frozenset()))
        container = _container(ours, key)
        if all(table is not None for table in tables):
            self._columns(key, container, ours)
        self._call("table", container, schema, name, *tables, early=False)
        _place(ours, key, before, container)

    def _columns(self, key: TableKey, container: ModifyTableOps, ours: UpgradeOps) -> None:
        if not self._by_target["column"]:
            return
        table = table_ref(*key)
        for model in self._sides.declared.parts(table, "column"):
            if model.ref in self._sides.reflected:
                self._column(model.ref, container, ours)

    def _column(self, ref: Ref, container: ModifyTableOps, ours: UpgradeOps) -> None:
        changes = [op for op in ours.flattened() if isinstance(op, AlterColumnOp)]
        known = next((op for op in changes if op.ref == ref), None)
        change = known or _unchanging(self._sides.reflected[ref])
        columns = (self._objects.reflected(ref), self._objects.declared(ref))
        place = (change, ref.schema, ref.table, ref.name)
        for group in self._call("column", *place, *columns, early=True):
            vars(change).update(UNCHANGED.get(group, {}))
        self._call("column", *place, *columns, early=False)
        if known is None and change.has_changes():
            container.ops.append(change)
        elif known is not None and not change.has_changes():
            _remove(ours, known)


def _is_early(comparator: Comparator) -> bool:
    return comparator.priority > DispatchPriority.MEDIUM


def _unchanging(model: ColumnModel) -> AlterColumnOp:
    """An operation on a column as it is, for comparators to put changes into."""
    return AlterColumnOp(
        model.table,
        model.name,
        schema=model.schema,
        existing_type=model.type,
        existing_nullable=model.nullable,
        existing_server_default=model.server_default if model.default is not None else None,
        existing_comment=model.comment,
    )


def _is_of(operation: Operation, key: TableKey) -> bool:
    name = getattr(operation, "table_name", None)
    return (getattr(operation, "schema", None), name) == key


def _take_out(ours: UpgradeOps, key: TableKey, directives: frozenset[str]) -> None:
    """Take the operations of a group that are on one table out of what was found."""
    for operation in [op for op in ours.flattened() if _is_of(op, key)]:
        words = {operation.directive, getattr(operation, "constraint_type", None)}
        if words & directives:
            _remove(ours, operation)


def _remove(ours: UpgradeOps, operation: Operation) -> None:
    for container in [ours, *(op for op in ours.ops if isinstance(op, ModifyTableOps))]:
        container.ops[:] = [op for op in container.ops if op is not operation]


def _container(ours: UpgradeOps, key: TableKey) -> ModifyTableOps:
    """The last run of changes of a table; an empty one, not placed yet, where there is none."""
    found = [op for op in ours.ops if isinstance(op, ModifyTableOps) and _is_of(op, key)]
    return found[-1] if found else ModifyTableOps(key[1], schema=key[0])


def _place(
    ours: UpgradeOps, key: TableKey, before: ModifyTableOps, container: ModifyTableOps
) -> None:
    """Put what the comparators of a table have made among the operations on this table."""
    if container.ops and not any(op is container for op in ours.ops):
        dropped = (place for place, op in enumerate(ours.ops) if isinstance(op, DropTableOp))
        last = next((place for place in dropped if _is_of(ours.ops[place], key)), len(ours.ops))
        ours.ops.insert(last, container)
    if before.ops:
        places = [n for n, op in enumerate(ours.ops) if _is_of(op, key)]
        first = places[0] if places else len(ours.ops)
        if places and isinstance(ours.ops[first], CreateTableOp):
            first += 1
        ours.ops.insert(first, before)
