"""Primary keys: made with their table, or exchanged on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Ref, Schema, table_ref
from ..schema.operation import Call
from ..schema.record import record, remark, replace
from ._constraint import (
    AddConstraintOp,
    ConstraintKind,
    included_columns,
    initially_unless_immediate,
    requires_columns,
)
from ._items import (
    columns_named,
    final_name,
    given,
    item_options,
    rendered_name,
    rendered_options,
    with_names,
)
from ._key import AddKeyOp
from .column.alter import AlterColumnOp
from .table_options import AlterTableOptionsOp

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable
    from ..dialects.sqlite.definition import TableDefinition
    from ..schema.operation import Operation
    from .column.model import ColumnModel


@record
class PrimaryKeyModel:
    """The primary key of a table; there is one at most, so its name does not tell it apart.

    `must_be_named`: a key without a name is another one, as the database would have kept this one.
    """

    schema: str | None
    table: str
    name: str | None
    columns: tuple[str, ...]
    on_conflict: str | None = None
    must_be_named: bool = False
    deferrable: bool = False
    initially: str | None = None
    include: tuple[str, ...] = ()
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "ref", Ref("primary_key", self.schema, self.table, self.signature())
        )

    def signature(self) -> str:
        return "(primary key)"

    def requires(self) -> frozenset[Ref]:
        return requires_columns(self)

    def settled(self, stored: PrimaryKeyModel) -> PrimaryKeyModel:
        return replace(self, name=self.name or stored.name)

    def named(self, name: str) -> PrimaryKeyModel:
        return replace(self, name=name)

    def to_constraint(self) -> sa.PrimaryKeyConstraint:
        return sa.PrimaryKeyConstraint(*self.columns, name=final_name(self.name), **self.options())

    def options(self) -> dict[str, Any]:
        return given(
            deferrable=self.deferrable,
            initially=self.initially,
            postgresql_include=list(self.include) or None,
            sqlite_on_conflict=self.on_conflict,
        )

    def __eq__(self, other: object) -> bool:
        """Equal on the same columns; a name is compared where both have one, or must have it."""
        if not isinstance(other, PrimaryKeyModel):
            return NotImplemented
        mine = (self.ref, self.columns, self.options())
        if mine != (other.ref, other.columns, other.options()):
            return False
        if self.must_be_named or other.must_be_named:
            return self.name == other.name
        return len({self.name, other.name} - {None}) < 2

    def __hash__(self) -> int:
        return hash((self.ref, self.columns))


@AddConstraintOp.register_add_constraint("primary_key_constraint")
class CreatePrimaryKeyOp(AddKeyOp):
    """Give a table a primary key."""

    directive = "create_primary_key"
    constraint_type = "primary"
    kind = "primary_key"

    @classmethod
    def call(
        cls,
        constraint_name: str | None,
        table_name: str,
        columns: Sequence[str],
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> CreatePrimaryKeyOp:
        """Make `columns` the primary key of a table that has none.

        `kw`: `deferrable`, `initially`, and the options of a database (`sqlite_on_conflict`).
        """
        return cls(constraint_name, table_name, columns, schema=schema, **kw)

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreatePrimaryKeyOp:
        """The operation that adds a key which is on a table."""
        columns = [column.name for column in constraint.columns]
        table = constraint.table
        options = given(deferrable=constraint.deferrable, initially=constraint.initially)
        return cls(
            constraint.name,
            table.name,
            columns,
            schema=table.schema,
            **options,
            **with_names(item_options(constraint), constraint.table),
        )

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.schema, self.table_name, self.signature())

    def signature(self) -> str:
        return "(primary key)"

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        # A table has one key: where it is built anew, as in a batch of Alembic's, this one is it.
        old = definition.primary_key
        without = definition if old is None else definition.without_constraint(old)
        return super().edited(without, dialect)

    def items(self) -> list[Any]:
        key = sa.PrimaryKeyConstraint(*self.columns, name=self.constraint_name, **self.kw)
        more = self.kw.get("postgresql_include") or ()
        return [*columns_named([*self.columns, *more]), key]

    def rendering(self) -> Call:
        name = rendered_name(self.constraint_name)
        options = given(schema=self.schema) | rendered_options(self.kw)
        return Call("op.create_primary_key", name, self.table_name, self.columns, **options)


def counting_changed(column: ColumnModel, *, counting: bool) -> AlterColumnOp:
    """The operation that lets a column count, or not, and changes nothing else of it."""
    return AlterColumnOp(
        column.table,
        column.name,
        schema=column.schema,
        existing_type=column.type,
        existing_nullable=column.nullable,
        existing_comment=column.comment,
        autoincrement=counting,
        existing_autoincrement=not counting,
    )


class PrimaryKeyKind(ConstraintKind):
    """Primary keys."""

    name = "primary_key"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[PrimaryKeyModel]:
        key = table.primary_key
        if key.columns:
            name = dialect.constraint_name(key)
            columns = tuple(c.name for c in key.columns)
            schema = dialect.normal_schema(table.schema)
            yield PrimaryKeyModel(
                schema,
                table.name,
                name,
                columns,
                dialect.conflict_clause(key),
                name is not None and not dialect.names_constraints,
                bool(key.deferrable),
                initially_unless_immediate(key.initially),
                included_columns(key, dialect),
            )

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[PrimaryKeyModel]:
        key = table.primary_key
        if key and key["constrained_columns"]:
            columns = tuple(key["constrained_columns"])
            options: dict[str, Any] = dict(key.get("dialect_options") or {})
            yield PrimaryKeyModel(
                table.schema,
                table.name,
                key.get("name"),
                columns,
                options.get("sqlite_on_conflict"),
                deferrable=bool(options.get("deferrable")),
                initially=options.get("initially"),
                include=tuple(options.get("postgresql_include") or ()),
            )

    def altered(
        self,
        old: PrimaryKeyModel,
        new: PrimaryKeyModel,
        before: Schema,
        after: Schema,
        dialect: Dialect,
    ) -> Iterable[Operation]:
        """Another key: a column that goes on counting ends to, for as long as there is none."""
        counting = [
            column
            for column in before.parts(table_ref(old.schema, old.table), "column")
            if dialect.counts_as_key and column.counting
        ]
        going_on = [c for c in counting if c.ref in after and after[c.ref].counting]
        for column in going_on:
            yield counting_changed(column, counting=False)
        options = _kept_options(new, before, after, dialect)
        if options:
            yield AlterTableOptionsOp.taking(new.table, new.schema, options)
        yield from super().altered(old, new, before, after, dialect)
        if options:
            yield AlterTableOptionsOp.giving(new.table, new.schema, options)
        for column in going_on:
            yield counting_changed(after[column.ref], counting=True)

    def adding(self, model: PrimaryKeyModel) -> CreatePrimaryKeyOp:
        return CreatePrimaryKeyOp(
            model.name, model.table, model.columns, schema=model.schema, **model.options()
        )


def _kept_options(
    key: PrimaryKeyModel, before: Schema, after: Schema, dialect: Dialect
) -> dict[str, Any]:
    """The options of a table that stay, and that it cannot have while it has no key."""
    if not dialect.options_of_keys:
        return {}
    owner = table_ref(key.schema, key.table)
    was, will = (dict(schema[owner].stored_options) for schema in (before, after))
    return {n: will[n] for n in dialect.options_of_keys if n in will and was.get(n) == will[n]}
