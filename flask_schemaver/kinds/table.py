"""Tables: created and dropped with what is written inside CREATE TABLE, or renamed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..schema.model import Kind, Ref, Schema, column_ref, key_ref, table_ref
from ..schema.operation import Call, Item, Operation
from ..schema.record import record, remark, replace
from ._constraint import kept_unnamed
from ._items import (
    constrained_columns,
    constraints_of,
    copied_column,
    copied_item,
    given,
    is_free,
    item_options,
    plain_info,
    rendered_name,
    rendered_options,
    stand_in,
    target_of,
)
from ._mentions import column_refs
from .check import is_type_bound, render_check
from .column.model import render_column, type_refs
from .comment import commenting
from .exclude import render_exclude
from .foreign_key import adding_foreign_key, leads_to_dots, render_foreign_key
from .table_options import AlterTableOptionsOp
from .unique import render_unique

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class TableModel:
    """A table without its parts, which stand beside it in a schema.

    `options` and `prefixes` serve to write it again; `stored_options` are what of them the
    database can be asked for.
    """

    schema: str | None
    name: str
    comment: str | None = None
    stored_options: tuple[tuple[str, Any], ...] = ()
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    prefixes: tuple[str, ...] = remark(default=(), compare=False)
    info: dict[str, Any] = remark(default_factory=dict, compare=False)
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", table_ref(self.schema, self.name))

    def requires(self) -> frozenset[Ref]:
        return frozenset()

    def settled(self, stored: TableModel) -> TableModel:
        return replace(self, stored_options=stored.stored_options)


class CreateTableOp(Operation):
    """Create a table with its columns and constraints."""

    directive = "create_table"

    def __init__(
        self,
        table_name: str,
        columns: Iterable[Any],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        comment: str | None = None,
        info: dict[str, Any] | None = None,
        prefixes: Iterable[str] | None = None,
        _namespace_metadata: sa.MetaData | None = None,
        _constraints_included: bool = False,
        **kw: Any,
    ) -> None:
        # Plugins that copy an operation hand these two on; nothing here needs them.
        self._namespace_metadata = _namespace_metadata
        self._constraints_included = _constraints_included
        self.table_name = table_name
        self.columns: list[Any] = list(columns)
        self.schema = schema
        self.if_not_exists = if_not_exists
        self.comment = comment
        self.info: dict[str, Any] = dict(info or {})
        self.prefixes: list[str] = list(prefixes or [])
        self.kw = kw

    @classmethod
    def call(
        cls,
        table_name: str,
        *columns: sa.schema.SchemaItem,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> CreateTableOp:
        """Create a table of `columns` and constraints; returns the sa.Table.

        `kw`: `schema`, `comment`, `info`, `prefixes`, and the options of a database. Indexes
        that columns ask for with `index=True` are made too.
        """
        return cls(table_name, columns, if_not_exists=if_not_exists, **kw)

    @classmethod
    def from_table(
        cls, table: sa.Table, _namespace_metadata: sa.MetaData | None = None
    ) -> CreateTableOp:
        """The operation that creates a table, its constraints in the order of their declaration."""
        constraints = [c for c in constraints_of(table, sa.Constraint) if _stands_alone(c, table)]
        return cls(
            table.name,
            [*table.columns, *constraints],
            schema=table.schema,
            comment=table.comment,
            info=dict(table.info),
            prefixes=list(getattr(table, "_prefixes", ())),
            **item_options(table),
        )

    def to_diff_tuple(self) -> Any:
        return ("add_table", self.to_table())

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return sa.inspect(connection).has_table(self.table_name, schema=self.schema)

    @property
    def ref(self) -> Ref:
        return table_ref(self.schema, self.table_name)

    def to_table(self, migration_context: Any = None) -> sa.Table:
        """The sa.Table, of copies of the columns and constraints, in a MetaData of its own."""
        self._attach()
        return stand_in(
            self.table_name,
            self.schema,
            *(copied_item(item) for item in self.columns),
            dialect=migration_context,
            comment=self.comment,
            info=dict(self.info),
            prefixes=self.prefixes,
            **self.kw,
        )

    def _attach(self) -> None:
        """Put constraints that are on no table yet on one: only such can be copied."""
        free = [item for item in self.columns if is_free(item)]
        if free:
            columns = [copied_column(c) for c in self.columns if isinstance(c, sa.Column)]
            sa.Table(self.table_name, sa.MetaData(), *columns, *free, schema=self.schema)

    def _models(self, dialect: Dialect) -> list[Any]:
        from . import KINDS

        table = self.to_table(dialect)
        return [model for kind in KINDS for model in kind.declare(table, dialect)]

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.with_models(*self._models(dialect))

    def reverse(self) -> DropTableOp:
        return DropTableOp(
            self.table_name, schema=self.schema, if_exists=self.if_not_exists, _reverse=self
        )

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        table = self.to_table(dialect)
        for column in table.columns:
            yield from dialect.prepare_column(column)
        guard = bool(self.if_not_exists) and self.guards_itself(dialect)
        yield from dialect.create_table(table, if_not_exists=guard)
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            yield from dialect.create_index(index, if_not_exists=guard)

    def describe(self) -> str:
        return f"create table '{self.table_name}'"

    def rendering(self) -> Call:
        table = self.to_table()
        items: list[Any] = [Item("column", c, render_column(c)) for c in table.columns]
        # Those of a kind stay in order: by it the server counts the names that it gives.
        items += sorted(_rendered_constraints(table), key=lambda item: item.value.function)
        options = given(schema=self.schema, if_not_exists=self.if_not_exists, comment=self.comment)
        options |= rendered_options(self.kw)
        if self.prefixes:
            options["prefixes"] = self.prefixes
        if info := plain_info(self.info):
            options["info"] = info
        return Call("op.create_table", self.table_name, *items, **options)

    def provides(self) -> Iterable[Ref]:
        return (self.ref, *self._part_refs())

    def _part_refs(self) -> Iterable[Ref]:
        """The columns, and what a foreign key can lead to."""
        names = [column.name for column in self.columns if isinstance(column, sa.Column)]
        for name in names:
            yield Ref("column", self.schema, self.table_name, name)
        for item in self.columns:
            if isinstance(item, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
                yield key_ref(self.schema, self.table_name, constrained_columns(item))

    def requires(self) -> Iterable[Ref]:
        """What its foreign keys lead to."""
        for elements in self._foreign_keys():
            schema, table, _ = target_of(elements[0])
            if (schema, table) != (self.schema, self.table_name):
                columns = [target_of(element)[2] for element in elements]
                yield table_ref(schema, table)
                yield key_ref(schema, table, columns)
                # A type may have to change before.
                yield from column_refs(schema, table, columns)
        for column in self.columns:
            if isinstance(column, sa.Column):
                yield from type_refs(column.type)

    def _foreign_keys(self) -> Iterable[list[sa.ForeignKey]]:
        for item in self.columns:
            if isinstance(item, sa.ForeignKeyConstraint):
                yield list(item.elements)
            elif isinstance(item, sa.Column):
                yield from ([key] for key in item.foreign_keys)

    def without_foreign_keys(
        self, dialect: Dialect, which: Callable[[sa.ForeignKeyConstraint], bool]
    ) -> tuple[Operation, list[Operation]] | None:
        """This table without some foreign keys, and the operations that add them later."""
        table = self.to_table()
        keys = sorted(
            filter(which, table.foreign_key_constraints), key=lambda key: tuple(key.column_keys)
        )
        if not keys:
            return None
        additions = [adding_foreign_key(key, dialect) for key in keys]
        plain = CreateTableOp(
            self.table_name,
            [c for c in self.columns if not isinstance(c, sa.ForeignKeyConstraint)]
            + [copied_item(k) for k in table.foreign_key_constraints if k not in keys],
            schema=self.schema,
            comment=self.comment,
            prefixes=self.prefixes,
            **self.kw,
        )
        return plain, list(additions)


def _stands_alone(constraint: sa.Constraint, table: sa.Table) -> bool:
    """Whether a constraint is neither a column's, nor a type's, nor an empty key."""
    if isinstance(constraint, sa.CheckConstraint):
        return constraint.parent is table and not is_type_bound(constraint)
    return not isinstance(constraint, sa.PrimaryKeyConstraint) or bool(constraint.columns)


def _rendered_constraints(table: sa.Table) -> Iterable[Item]:
    from ..dialects.base import plain_dialect

    dialect = plain_dialect()
    for constraint in constraints_of(table, sa.Constraint):
        if isinstance(constraint, sa.PrimaryKeyConstraint):
            if constraint.columns:
                yield Item("primary_key", constraint, _render_primary_key(constraint))
        elif isinstance(constraint, sa.UniqueConstraint):
            yield Item("unique", constraint, render_unique(constraint))
        elif isinstance(constraint, sa.ForeignKeyConstraint):
            yield Item("foreign_key", constraint, render_foreign_key(constraint))
        elif isinstance(constraint, sa.CheckConstraint) and _stands_alone(constraint, table):
            yield Item("check", constraint, render_check(constraint, dialect))
        elif constraint.__visit_name__ == "exclude_constraint":
            yield Item("exclude", constraint, render_exclude(constraint))


def _render_primary_key(key: sa.PrimaryKeyConstraint) -> Call:
    options = given(deferrable=key.deferrable, initially=key.initially)
    if key.name is not None:
        options["name"] = rendered_name(key.name)
    options |= rendered_options(item_options(key))
    return Call("sa.PrimaryKeyConstraint", *(c.name for c in key.columns), **options)


class DropTableOp(Operation):
    """Drop a table, with its rows and everything that is a part of it."""

    directive = "drop_table"

    def __init__(
        self,
        table_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        table_kw: dict[str, Any] | None = None,
        _reverse: CreateTableOp | None = None,
        _namespace_metadata: sa.MetaData | None = None,
    ) -> None:
        self._namespace_metadata = _namespace_metadata
        self.table_name = table_name
        self.schema = schema
        self.if_exists = if_exists
        self.table_kw: dict[str, Any] = dict(table_kw or {})
        self._reverse = _reverse

    @classmethod
    def call(
        cls,
        table_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> DropTableOp:
        """Drop a table and all its rows."""
        return cls(table_name, schema=schema, if_exists=if_exists, table_kw=kw)

    @classmethod
    def from_table(
        cls, table: sa.Table, _namespace_metadata: sa.MetaData | None = None
    ) -> DropTableOp:
        """The operation that drops a table, and knows how to make it again."""
        return CreateTableOp.from_table(table).reverse()

    def to_diff_tuple(self) -> Any:
        return ("remove_table", self.to_table())

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return not sa.inspect(connection).has_table(self.table_name, schema=self.schema)

    @property
    def ref(self) -> Ref:
        return table_ref(self.schema, self.table_name)

    def to_table(self, migration_context: Any = None) -> sa.Table:
        if self._reverse is not None:
            return self._reverse.to_table(migration_context)
        return stand_in(self.table_name, self.schema, dialect=migration_context, **self.table_kw)

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.without_table(self.ref)

    def reverse(self) -> Operation:
        return self._reverse if self._reverse is not None else super().reverse()

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        guard = bool(self.if_exists) and self.guards_itself(dialect)
        yield from dialect.drop_table(self.to_table(dialect), if_exists=guard)

    def describe(self) -> str:
        return f"drop table '{self.table_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_exists=self.if_exists)
        return Call("op.drop_table", self.table_name, **options)

    def removes(self) -> Iterable[Ref]:
        return (self.ref, *(self._reverse._part_refs() if self._reverse else ()))

    def frees(self) -> Iterable[Ref]:
        return self._reverse.requires() if self._reverse is not None else ()

    def without_foreign_keys(
        self, dialect: Dialect, which: Callable[[sa.ForeignKeyConstraint], bool]
    ) -> tuple[Operation, list[Operation]] | None:
        """The table dropped after some foreign keys, and the operations that drop these."""
        parted = self._reverse.without_foreign_keys(dialect, which) if self._reverse else None
        if parted is None:
            return None
        plain, additions = parted
        return plain.reverse(), [addition.reverse() for addition in additions]


class TableKind(Kind):
    """Tables."""

    name = "table"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[TableModel]:
        options = item_options(table)
        prefixes = tuple(getattr(table, "_prefixes", ()))
        yield TableModel(
            dialect.normal_schema(table.schema),
            table.name,
            dialect.declared_comment(table),
            _stored(options, prefixes, table.schema, dialect),
            options,
            prefixes,
            dict(table.info),
        )

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[TableModel]:
        options, prefixes = dict(table.options), table.prefixes
        yield TableModel(
            table.schema,
            table.name,
            (table.comment or None) if dialect.comments else None,
            _stored(options, prefixes, table.schema, dialect),
            options,
            prefixes,
        )

    def created(self, model: TableModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield from _written(creating(model, after, dialect), dialect)

    def dropped(self, model: TableModel, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        creation = _written(creating(model, before, dialect), dialect)
        yield from (operation.reverse() for operation in reversed(creation))

    def altered(
        self, old: TableModel, new: TableModel, before: Schema, after: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        if old.comment != new.comment:
            yield commenting(new.name, new.schema, new.comment, existing=old.comment)
        was, will = dict(old.stored_options), dict(new.stored_options)
        changed = {n: will.get(n) for n in {**was, **will} if was.get(n) != will.get(n)}
        if changed and dialect.options_need_columns:
            taken = {n: was[n] for n, value in changed.items() if value is None}
            added = {n: value for n, value in changed.items() if value is not None}
            if taken:
                yield AlterTableOptionsOp.taking(new.name, new.schema, taken)
            if added:
                yield AlterTableOptionsOp.giving(new.name, new.schema, added)
        elif changed:
            existing = {name: was[name] for name in changed if name in was}
            yield AlterTableOptionsOp(new.name, schema=new.schema, existing=existing, **changed)


def _stored(
    options: dict[str, Any], prefixes: Iterable[str], schema: str | None, dialect: Dialect
) -> tuple[tuple[str, Any], ...]:
    schema = dialect.normal_schema(schema)
    return tuple(sorted(dialect.compared_options(options, tuple(prefixes), schema).items()))


def parted(operation: Operation, dialect: Dialect) -> tuple[Operation, list[Operation]] | None:
    """Take the foreign keys out of a table's creation, or removal, where tables form a ring."""
    if isinstance(operation, CreateTableOp | DropTableOp):
        return operation.without_foreign_keys(dialect, _leads_elsewhere)
    return None


def _leads_elsewhere(key: sa.ForeignKeyConstraint) -> bool:
    return {target_of(e)[:2] for e in key.elements} != {(key.table.schema, key.table.name)}


def _written(creation: CreateTableOp, dialect: Dialect) -> list[Operation]:
    """A table's creation, and behind it the foreign keys that it cannot say in a script."""
    keys = [i for i in creation.columns if isinstance(i, sa.ForeignKeyConstraint)]
    if not any(map(leads_to_dots, keys)):
        return [creation]
    parted = creation.without_foreign_keys(dialect, leads_to_dots)
    return [creation] if parted is None else [parted[0], *parted[1]]


def creating(model: TableModel, schema: Schema, dialect: Dialect | None = None) -> CreateTableOp:
    """The operation that creates a table with the inline parts that `schema` has of it."""
    items: list[Any] = [column.to_column() for column in schema.parts(model.ref, "column")]
    if dialect is not None:
        _tell_what_does_not_count(items, model.ref, schema, dialect)
    for kind in ("primary_key", "foreign_key", "unique", "check"):
        for part in schema.parts(model.ref, kind):
            if not getattr(part, "type_bound", False):
                items.append(kept_unnamed(part, dialect).to_constraint())
    operation = CreateTableOp(
        model.name,
        items,
        schema=model.schema,
        comment=model.comment,
        info=model.info,
        prefixes=model.prefixes,
        **model.options,
    )
    # Hooks copy the items, and a constraint knows its columns only once it is on a table.
    operation._attach()
    return operation


def _tell_what_does_not_count(
    columns: list[Any], owner: Ref, schema: Schema, dialect: Dialect
) -> None:
    """Say so of a key that SQLAlchemy would let the server number, where the server does not."""
    for key in schema.parts(owner, "primary_key") if dialect.numbers_keys else ():
        for column in columns if len(key.columns) == 1 else ():
            model = schema[column_ref(owner.schema, str(owner.name), column.name)]
            plain = column.server_default is None and model.generated is None
            whole = isinstance(column.type, sa.Integer)
            if column.name in key.columns and plain and whole and not model.counting:
                column.autoincrement = False
