"""What the arguments of a batch want of a table, besides the changes inside the block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds._constraint import AddConstraintOp
from ..kinds._items import columns_named, stand_in
from ..kinds._present import constraint_names
from ..kinds.table_options import AlterTableOptionsOp
from ..schema.record import record, remark, replace

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..dialects.sqlite.definition import TableDefinition
    from ..schema.operation import Operation


@record
class Shape:
    """A table, the order of its columns, more constraints and options; and what it is like now.

    `copy_from` is asked only while SQL is written: otherwise the database knows better.
    """

    table: str
    schema: str | None
    reordering: tuple[tuple[str, ...], ...] = ()
    constraints: tuple[sa.Constraint, ...] = ()
    options: Mapping[str, Any] = remark(default_factory=dict)
    copy_from: sa.Table | None = None
    always: bool = False

    def bare(self) -> Shape:
        """The table alone: the rest waits for the last rebuild."""
        return replace(self, reordering=(), constraints=(), options={})

    def changes(self) -> bool:
        """Whether there is anything to do, even without a change inside the block."""
        return bool(self.reordering or self.constraints or self._sqlite_options())

    def _sqlite_options(self) -> dict[str, Any]:
        return {name: v for name, v in self.options.items() if name.startswith("sqlite_")}

    def additions(self, connection: Connection | None, dialect: Dialect) -> Iterator[Operation]:
        """The options, and those constraints with a name that the table does not have yet."""
        if self.options:
            yield AlterTableOptionsOp(self.table, schema=self.schema, **self.options)
        named = [c for c in self.constraints if c.name is not None]
        if not named or connection is None:
            return
        present = constraint_names(connection, self.table, self.schema)
        found = sa.inspect(connection).get_columns(self.table, schema=self.schema)
        for constraint in named:
            columns = columns_named(dialect.name_read(column["name"]) for column in found)
            stand_in(self.table, self.schema, *columns, constraint, dialect=dialect)
            if dialect.constraint_name(constraint) not in present:
                yield AddConstraintOp.from_constraint(constraint)

    def applied(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        for constraint in self.constraints:
            definition = _with_constraint(definition, constraint, dialect)
        definition = definition.with_table_options(self._sqlite_options())
        if self.reordering:
            names = [column.name for column in definition.columns]
            definition = definition.reordered(self.ordered(names))
        return definition

    def ordered(self, names: Sequence[str]) -> list[str]:
        """The columns in the order that the batch wants."""
        return _ordered(names, self.reordering, self.table)


def _with_constraint(
    definition: TableDefinition, constraint: sa.Constraint, dialect: Dialect
) -> TableDefinition:
    """The constraint added, unless the table has it already: scripts repeat what it has."""
    columns = columns_named(column.name for column in definition.columns)
    table = stand_in(definition.name, None, *columns, constraint, dialect=dialect)
    added = next(c for c in table.constraints if not isinstance(c, sa.PrimaryKeyConstraint))
    longer = definition.with_constraint(str(dialect.ddl.process(added)))
    (new,) = longer.constraints[-1:]
    for known in definition.constraints:
        same = known.kind == new.kind and known.columns == new.columns
        if same and _normal(known.expression, dialect) == _normal(new.expression, dialect):
            return definition
    return longer


def _normal(expression: str | None, dialect: Dialect) -> str | None:
    return None if expression is None else dialect.normal_expression(expression)


def _ordered(names: Sequence[str], reordering: Sequence[Sequence[str]], table: str) -> list[str]:
    """The columns in their order, but for those that have to come after others."""
    before: dict[str, set[str]] = {name: set() for name in names}
    for run in reordering:
        for name in run:
            if name not in before:
                raise CommandError(
                    f"Table '{table}' has no column '{name}', which partial_reordering names.",
                    hint=f"It has: {', '.join(map(repr, names))}.",
                )
        for first, second in pairwise(run):
            before[second].add(first)
    order: list[str] = []
    while len(order) < len(names):
        ready = [n for n in names if n not in order and before[n] <= set(order)]
        if not ready:
            raise CommandError(
                f"The partial_reordering of table '{table}' contradicts itself.",
                hint="A column is to stand both before and after another.",
            )
        order.append(ready[0])
    return order
