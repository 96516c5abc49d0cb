"""UNIQUE constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Ref
from ..schema.operation import Call
from ..schema.record import record, remark, replace
from ._constraint import (
    AddConstraintOp,
    ConstraintKind,
    constraint_ref,
    included_columns,
    initially_unless_immediate,
    requires_columns,
)
from ._items import (
    columns_named,
    constraints_of,
    final_name,
    given,
    item_options,
    option_of,
    rendered_name,
    rendered_options,
    with_names,
)
from ._key import AddKeyOp

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class UniqueModel:
    """A UNIQUE constraint on some columns."""

    schema: str | None
    table: str
    name: str | None
    columns: tuple[str, ...]
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially: str | None = None
    on_conflict: str | None = None
    include: tuple[str, ...] = ()
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    # How often it is declared without a name: MySQL makes that many of it.
    copies: int = remark(default=1, compare=False)
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", constraint_ref("unique", self))

    def signature(self) -> str:
        return f"({', '.join(self.columns)})"

    def requires(self) -> frozenset[Ref]:
        return requires_columns(self)

    def settled(self, stored: UniqueModel) -> UniqueModel:
        return replace(self, name=self.name or stored.name)

    def named(self, name: str) -> UniqueModel:
        return replace(self, name=name)

    def to_constraint(self) -> sa.UniqueConstraint:
        return sa.UniqueConstraint(
            *self.columns,
            name=final_name(self.name),
            deferrable=self.deferrable or None,
            initially=self.initially,
            **self.options,
        )


@AddConstraintOp.register_add_constraint("unique_constraint")
class CreateUniqueConstraintOp(AddKeyOp):
    """Add a UNIQUE constraint."""

    directive = "create_unique_constraint"
    constraint_type = "unique"
    kind = "unique"

    @classmethod
    def call(
        cls,
        constraint_name: str | None,
        table_name: str,
        columns: Sequence[str],
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> CreateUniqueConstraintOp:
        """Demand that no two rows have the same values in `columns`; fails where two have.

        `kw`: `deferrable`, `initially`, and the options of a database.
        """
        return cls(constraint_name, table_name, columns, schema=schema, **kw)

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateUniqueConstraintOp:
        """The operation that adds a constraint which is on a table."""
        options = given(deferrable=constraint.deferrable, initially=constraint.initially)
        return cls(
            constraint.name,
            constraint.table.name,
            [column.name for column in constraint.columns],
            schema=constraint.table.schema,
            **options,
            **with_names(item_options(constraint), constraint.table),
        )

    def signature(self) -> str:
        return f"({', '.join(self.columns)})"

    def items(self) -> list[Any]:
        constraint = sa.UniqueConstraint(*self.columns, name=self.constraint_name, **self.kw)
        more = self.kw.get("postgresql_include") or ()
        return [*columns_named([*self.columns, *more]), constraint]

    def rendering(self) -> Call:
        name = rendered_name(self.constraint_name)
        options = given(schema=self.schema) | rendered_options(self.kw)
        return Call("op.create_unique_constraint", name, self.table_name, self.columns, **options)


def render_unique(constraint: sa.UniqueConstraint) -> Call:
    """The constraint as an argument of `create_table`."""
    options = given(deferrable=constraint.deferrable, initially=constraint.initially)
    if constraint.name is not None:
        options["name"] = rendered_name(constraint.name)
    options |= rendered_options(item_options(constraint))
    return Call("sa.UniqueConstraint", *(c.name for c in constraint.columns), **options)


class UniqueKind(ConstraintKind):
    """UNIQUE constraints."""

    name = "unique"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[UniqueModel]:
        schema = dialect.normal_schema(table.schema)
        alike: Counter[tuple[str, ...]] = Counter()
        for constraint in constraints_of(table, sa.UniqueConstraint):
            conflict = dialect.conflict_clause(constraint)
            columns = tuple(c.name for c in constraint.columns)
            alike[columns] += constraint.name is None
            yield UniqueModel(
                schema,
                table.name,
                dialect.constraint_name(constraint),
                columns,
                bool(option_of(constraint, f"{dialect.name}_nulls_not_distinct")),
                bool(constraint.deferrable),
                initially_unless_immediate(constraint.initially),
                conflict,
                included_columns(constraint, dialect),
                with_names(item_options(constraint, dialect), table)
                | given(sqlite_on_conflict=conflict),
                max(alike[columns], 1),
            )

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[UniqueModel]:
        for found in table.uniques:
            options: dict[str, Any] = dict(found.get("dialect_options") or {})
            distinct = bool(options.pop("postgresql_nulls_not_distinct", False))
            if distinct:
                options["postgresql_nulls_not_distinct"] = True
            deferrable, initially = options.pop("deferrable", None), options.pop("initially", None)
            yield UniqueModel(
                table.schema,
                table.name,
                found["name"],
                tuple(found["column_names"]),
                distinct,
                bool(deferrable),
                initially,
                options.get("sqlite_on_conflict"),
                tuple(options.get("postgresql_include") or ()),
                {k: v for k, v in options.items() if v},
            )

    def adding(self, model: UniqueModel) -> CreateUniqueConstraintOp:
        extra = given(deferrable=model.deferrable, initially=model.initially)
        return CreateUniqueConstraintOp(
            model.name, model.table, model.columns, schema=model.schema, **extra, **model.options
        )
