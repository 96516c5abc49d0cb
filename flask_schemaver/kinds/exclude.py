"""EXCLUDE constraints of PostgreSQL: added and dropped by hand; they are not compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import CommandError
from ..schema.model import Schema
from ..schema.operation import Call
from ._constraint import AddConstraintOp
from ._items import columns_named, given, rendered_expression, rendered_name, rendered_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect


@AddConstraintOp.register_add_constraint("exclude_constraint")
class CreateExcludeConstraintOp(AddConstraintOp):
    """Add an EXCLUDE constraint."""

    directive = "create_exclude_constraint"
    constraint_type = "exclude"
    kind = "exclude"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: str,
        elements: Iterable[tuple[Any, str]],
        *,
        where: Any = None,
        schema: str | None = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.elements: list[tuple[Any, str]] = list(elements)
        self.where = where
        self.schema = schema
        self.kw = kw

    @classmethod
    def call(
        cls,
        constraint_name: str | None,
        table_name: str,
        *elements: tuple[Any, str],
        where: Any = None,
        using: str | None = None,
        deferrable: bool | None = None,
        initially: str | None = None,
        schema: str | None = None,
        **kw: Any,
    ) -> CreateExcludeConstraintOp:
        """Demand that no two rows compare true in all `elements`: pairs of column and operator.

        On PostgreSQL only; `where` limits it to some rows, `using` names the index method.
        """
        options = given(using=using, deferrable=deferrable, initially=initially) | kw
        return cls(constraint_name, table_name, elements, where=where, schema=schema, **options)

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateExcludeConstraintOp:
        """The operation that adds a constraint which is on a table."""
        elements = [
            (what.name if isinstance(what, sa.Column) else what, sign)
            for what, _, sign in constraint._render_exprs
        ]
        return cls(
            constraint.name,
            constraint.table.name,
            elements,
            where=constraint.where,
            schema=constraint.table.schema,
            **given(
                using=constraint.using,
                deferrable=constraint.deferrable,
                initially=constraint.initially,
            ),
        )

    def signature(self) -> str:
        return f"(exclude {', '.join(f'{what} {sign}' for what, sign in self.elements)})"

    def items(self) -> list[Any]:
        from sqlalchemy.dialects.postgresql import ExcludeConstraint

        names = [what for what, _ in self.elements if isinstance(what, str)]
        where = sa.text(self.where) if isinstance(self.where, str) else self.where
        constraint = ExcludeConstraint(
            *self.elements, name=self.constraint_name, where=where, **self.kw
        )
        return [*columns_named(names), constraint]

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        """These constraints are not read, so that a schema does not hold them."""
        return schema

    def native(self, dialect: Dialect) -> bool:
        return True

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if dialect.name != "postgresql":
            raise CommandError(
                f"Table '{self.table_name}' cannot have the exclude constraint "
                f"'{self.constraint_name}': '{dialect.name}' has no such constraints.",
                hint="Guard it: if op.get_context().dialect.name == 'postgresql'.",
            )
        return super().statements(dialect)

    def rendering(self) -> Call:
        options: dict[str, Any] = given(schema=self.schema)
        if self.where is not None:
            options["where"] = rendered_expression(self.where)
        options |= {name: rendered_option(value) for name, value in sorted(self.kw.items())}
        elements = [
            (what if isinstance(what, str) else rendered_expression(what), sign)
            for what, sign in self.elements
        ]
        name = rendered_name(self.constraint_name)
        return Call("op.create_exclude_constraint", name, self.table_name, *elements, **options)
