"""EXCLUDE constraints of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..dialects.index_text import bare_name, is_name
from ..errors import CommandError
from ..schema.model import Ref
from ..schema.operation import Call
from ..schema.record import record, remark, replace
from ._constraint import AddConstraintOp, ConstraintKind, constraint_ref, requires_columns
from ._items import (
    columns_named,
    final_name,
    given,
    rendered_expression,
    rendered_name,
    rendered_option,
    text_clause,
)

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class ExcludeModel:
    """An EXCLUDE constraint, compared by its text as the database writes it."""

    schema: str | None
    table: str
    name: str | None
    definition: str
    columns: tuple[str, ...] = remark(default=(), compare=False)
    elements: tuple[tuple[Any, str], ...] = remark(default=(), compare=False)
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", constraint_ref("exclude", self))

    def signature(self) -> str:
        return f"(exclude {self.definition})"

    def requires(self) -> frozenset[Ref]:
        return requires_columns(self)

    def settled(self, stored: ExcludeModel) -> ExcludeModel:
        return replace(self, name=self.name or stored.name, definition=stored.definition)

    def named(self, name: str) -> ExcludeModel:
        return replace(self, name=name)

    def to_constraint(self) -> sa.Constraint:
        constraint: sa.Constraint = ExcludeKind().adding(self).items()[-1]
        return constraint


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
        where = text_clause(self.where) if isinstance(self.where, str) else self.where
        constraint = ExcludeConstraint(
            *self.elements, name=self.constraint_name, where=where, **self.kw
        )
        return [*columns_named(names), constraint]

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


def render_exclude(constraint: Any) -> Call:
    """A constraint as it stands in `op.create_table`, where a hook has put one."""
    call = CreateExcludeConstraintOp.from_constraint(constraint).rendering()
    name, _, *elements = call.args
    options = {key: value for key, value in call.kwargs.items() if key != "schema"}
    named = [(Call("sa.column", w) if isinstance(w, str) else w, sign) for w, sign in elements]
    return Call("postgresql.ExcludeConstraint", *named, **given(name=name), **options)


class ExcludeKind(ConstraintKind):
    """EXCLUDE constraints: they come after their table, as the operators may need types of it."""

    name = "exclude"
    inline = False

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[ExcludeModel]:
        if dialect.name == "postgresql":
            found = (c for c in table.constraints if c.__visit_name__ == "exclude_constraint")
            for constraint in sorted(found, key=lambda c: c._creation_order):
                yield declared_exclude(constraint, table, dialect)

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[ExcludeModel]:
        for found in table.excludes:
            parts = found["parts"]
            yield ExcludeModel(
                table.schema,
                table.name,
                found["name"],
                dialect.normal_expression(found["definition"]),
                tuple(found["columns"]),
                tuple((_element(what), sign) for what, sign in parts["elements"]),
                given(
                    using=parts["using"],
                    where=None if parts["where"] is None else text_clause(parts["where"]),
                    deferrable=parts["deferrable"],
                    initially=parts["initially"],
                ),
            )

    def adding(self, model: ExcludeModel) -> CreateExcludeConstraintOp:
        name = final_name(model.name)
        return CreateExcludeConstraintOp(
            name, model.table, model.elements, schema=model.schema, **model.options
        )


def _element(what: str) -> Any:
    return bare_name(what) if is_name(what) else text_clause(what)


def declared_exclude(constraint: Any, table: sa.Table, dialect: Dialect) -> ExcludeModel:
    """The model of a declared constraint: its elements as the compiler writes them."""
    text = str(dialect.ddl.process(constraint))
    text = text[text.index("EXCLUDE USING") :]
    parts = dialect.exclude_parts(text)
    where = constraint.where
    return ExcludeModel(
        dialect.normal_schema(table.schema),
        table.name,
        dialect.constraint_name(constraint),
        dialect.normal_expression(text),
        tuple(column.name for column in constraint.columns),
        tuple((_element(what), sign) for what, sign in parts["elements"]),
        given(
            using=constraint.using,
            where=None if where is None else text_clause(dialect.expression_spelling(where)),
            deferrable=constraint.deferrable,
            initially=constraint.initially,
        ),
    )
