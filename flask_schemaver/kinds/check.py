"""CHECK constraints, those of a type (Enum, Boolean) among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from ..schema.model import Ref, table_ref
from ..schema.operation import Call
from ..schema.record import record, remark, replace
from ._constraint import AddConstraintOp, ConstraintKind, constraint_ref
from ._items import (
    constraints_of,
    final_name,
    given,
    item_options,
    rendered_expression,
    rendered_name,
    rendered_options,
    text_clause,
)
from ._mentions import column_refs, mentioned

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class CheckModel:
    """A CHECK constraint; `type_bound` when a column's type brings it along."""

    schema: str | None
    table: str
    name: str | None
    expression: str
    on_conflict: str | None = None
    text: str = remark(default="", compare=False)
    type_bound: bool = remark(default=False, compare=False)
    used: tuple[str, ...] = remark(default=(), compare=False)
    options: dict[str, Any] = remark(default_factory=dict, compare=False)

    columns: tuple[str, ...] = ()
    copy: int = remark(default=0, compare=False)
    """How many of the table's say the same without a name before this one."""

    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", constraint_ref("check", self))

    def signature(self) -> str:
        again = f" {self.copy + 1}" if self.copy else ""
        return f"(check {self.expression}){again}"

    def requires(self) -> frozenset[Ref]:
        used = column_refs(self.schema, self.table, self.used)
        return frozenset([table_ref(self.schema, self.table), *used])

    def settled(self, stored: CheckModel) -> CheckModel:
        return replace(
            self,
            name=self.name or stored.name,
            expression=stored.expression,
            used=stored.used or self.used,
        )

    def named(self, name: str) -> CheckModel:
        return replace(self, name=name)

    def to_constraint(self) -> sa.CheckConstraint:
        return sa.CheckConstraint(
            text_clause(self.text), name=final_name(self.name), **self.all_options()
        )

    def all_options(self) -> dict[str, Any]:
        return self.options | given(sqlite_on_conflict=self.on_conflict)


@AddConstraintOp.register_add_constraint("check_constraint")
@AddConstraintOp.register_add_constraint("table_or_column_check_constraint")
@AddConstraintOp.register_add_constraint("column_check_constraint")
class CreateCheckConstraintOp(AddConstraintOp):
    """Add a CHECK constraint."""

    directive = "create_check_constraint"
    constraint_type = "check"
    kind = "check"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: str,
        condition: str | sa.ColumnElement[bool] | sa.TextClause,
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.condition = condition
        self.schema = schema
        self.kw = kw

    @classmethod
    def call(
        cls,
        constraint_name: str | None,
        table_name: str,
        condition: str | sa.ColumnElement[bool] | sa.TextClause,
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> CreateCheckConstraintOp:
        """Demand `condition` of every row; fails where a row does not meet it."""
        return cls(constraint_name, table_name, condition, schema=schema, **kw)

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateCheckConstraintOp:
        """The operation that adds a constraint which is on a table."""
        table = constraint.table
        options = given(deferrable=constraint.deferrable, initially=constraint.initially)
        options |= item_options(constraint)
        return cls(constraint.name, table.name, constraint.sqltext, schema=table.schema, **options)

    def signature(self) -> str:
        return f"(check {self.condition})"

    def items(self) -> list[Any]:
        condition = self.condition
        if isinstance(condition, str):
            condition = text_clause(condition)
        return [sa.CheckConstraint(condition, name=self.constraint_name, **self.kw)]

    def rendering(self) -> Call:
        name = rendered_name(self.constraint_name)
        options = given(schema=self.schema) | rendered_options(self.kw)
        condition = rendered_expression(self.condition)
        return Call("op.create_check_constraint", name, self.table_name, condition, **options)


def is_type_bound(constraint: sa.CheckConstraint) -> bool:
    """Whether a column's type brings the constraint along: Enum and Boolean can."""
    return bool(getattr(constraint, "_type_bound", False))


def render_check(constraint: sa.CheckConstraint, dialect: Dialect) -> Call:
    """The constraint as an argument of `create_table`."""
    options = given(deferrable=constraint.deferrable, initially=constraint.initially)
    if constraint.name is not None:
        options["name"] = rendered_name(constraint.name)
    options |= rendered_options(item_options(constraint))
    text = text_clause(dialect.expression_spelling(constraint.sqltext)).text
    return Call("sa.CheckConstraint", Call("sa.text", text) if ":" in text else text, **options)


def told_apart(models: Iterable[CheckModel]) -> Iterable[CheckModel]:
    """The models, of which no two have one reference: the server keeps a CHECK that is said twice.

    https://mariadb.com/kb/en/constraint/#check-constraints
    """
    seen: Counter[Ref] = Counter()
    for model in models:
        copies = seen[model.ref]
        seen[model.ref] += 1
        yield replace(model, copy=copies) if copies and model.name is None else model


class CheckKind(ConstraintKind):
    """CHECK constraints."""

    name = "check"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[CheckModel]:
        return told_apart(self._declared(table, dialect))

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[CheckModel]:
        return told_apart(self._read(table, dialect))

    def _declared(self, table: sa.Table, dialect: Dialect) -> Iterable[CheckModel]:
        schema = dialect.normal_schema(table.schema)
        for constraint in constraints_of(table, sa.CheckConstraint):
            carried = dialect.keeps_column_checks and constraint.parent is not table
            if dialect.enforces(constraint) and not carried:
                text = dialect.expression_spelling(constraint.sqltext)
                yield CheckModel(
                    schema,
                    table.name,
                    dialect.constraint_name(constraint),
                    dialect.normal_expression(text),
                    dialect.conflict_clause(constraint),
                    text,
                    is_type_bound(constraint),
                    used=mentioned(text, (column.name for column in table.columns)),
                    options=item_options(constraint),
                )

    def _read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[CheckModel]:
        for found in table.checks:
            text = dialect.reflected_check(found["sqltext"])
            normal = dialect.normal_expression(found["sqltext"])
            conflict = (found.get("dialect_options") or {}).get("sqlite_on_conflict")
            # Which columns it is on, PostgreSQL's catalogue tells.
            names = cast("Any", found).get("columns")
            columns = (str(column["name"]) for column in table.columns)
            used = mentioned(text, columns) if names is None else tuple(names)
            yield CheckModel(
                table.schema, table.name, found["name"], normal, conflict, text, used=used
            )

    def adding(self, model: CheckModel) -> CreateCheckConstraintOp:
        condition = text_clause(model.text)
        name = final_name(model.name)
        return CreateCheckConstraintOp(
            name, model.table, condition, schema=model.schema, **model.all_options()
        )
