"""Indexes: on columns and expressions, unique, partial, and with a database's own options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from ..dialects.index_text import IndexText, parse_index_text
from ..errors import CommandError
from ..schema.model import Kind, Ref, Schema, table_ref
from ..schema.operation import Call, IrreversibleError, TableOperation
from ..schema.record import record, remark, replace
from ._constraint import keys_beginning
from ._items import (
    columns_named,
    final_name,
    given,
    item_options,
    rendered_expression,
    rendered_name,
    rendered_options,
    stand_in,
    text_clause,
    with_names,
)
from ._mentions import column_refs, mentioned
from ._present import has_index

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import ReflectedIndex
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable
    from ..schema.operation import Operation

_ORDERED = re.compile(r"(?:`((?:[^`]|``)+)`|(\w+))(?:\s+(?:asc|desc))?", re.IGNORECASE)


@record
class IndexModel:
    """An index; `definition` is all that follows its table in CREATE INDEX, in normal form."""

    schema: str | None
    table: str
    name: str
    unique: bool
    definition: str
    elements: tuple[Any, ...] = remark(default=(), compare=False)
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    used: tuple[str, ...] = remark(default=(), compare=False)
    columns: tuple[str, ...] = remark(default=(), compare=False)
    # The index that has to be there before this one can go, on MySQL.
    replaced_by: Ref | None = remark(default=None, compare=False)
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", Ref("index", self.schema, self.table, self.name))

    @property
    def serving(self) -> tuple[str, ...]:
        """The columns at its beginning by which it can serve foreign keys: whole ones."""
        if any(n.endswith("_prefix") or v == "hash" for n, v in self.options.items()):
            return ()
        lengths = next((v for n, v in self.options.items() if n.endswith("_length")), ())
        if isinstance(lengths, int):
            return ()
        names = map(_column_of, self.elements)
        return tuple(takewhile(lambda name: name and name not in lengths, names))

    def requires(self) -> frozenset[Ref]:
        names = {*self.used, *self.columns, *(e for e in self.elements if isinstance(e, str))}
        columns = column_refs(self.schema, self.table, names)
        return frozenset([table_ref(self.schema, self.table), *columns])

    def settled(self, stored: IndexModel) -> IndexModel:
        return replace(self, definition=stored.definition)

    def texts(self) -> list[str]:
        """The expressions of the index, its predicate among them."""
        parts = [*self.elements, *self.options.values()]
        return [part.text for part in parts if isinstance(part, sa.TextClause)]


def _column_of(element: Any) -> str:
    """The column that an element of an index is, whatever its order; '' for an expression."""
    if isinstance(element, str):
        return element
    found = _ORDERED.fullmatch(str(element.text).strip())
    return "" if found is None else (found[1] or "").replace("``", "`") or found[2]


class CreateIndexOp(TableOperation):
    """Make an index."""

    directive = "create_index"

    def __init__(
        self,
        index_name: str | None,
        table_name: str,
        columns: Sequence[Any],
        *,
        schema: str | None = None,
        unique: bool = False,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        self.index_name = index_name
        self.table_name = table_name
        self.columns: list[Any] = list(columns)
        self.schema = schema
        self.unique = unique
        self.if_not_exists = if_not_exists
        self.kw = kw

    @classmethod
    def call(
        cls,
        index_name: str | None,
        table_name: str,
        columns: Sequence[str | sa.TextClause | sa.ColumnElement[Any]],
        *,
        schema: str | None = None,
        unique: bool = False,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> CreateIndexOp:
        """Make an index on columns (by name) and expressions (`sa.text("lower(name)")`).

        `kw` are the options of a database, such as `postgresql_where` or `sqlite_where`.
        """
        return cls(
            index_name,
            table_name,
            columns,
            schema=schema,
            unique=unique,
            if_not_exists=if_not_exists,
            **kw,
        )

    @classmethod
    def from_index(cls, index: sa.Index) -> CreateIndexOp:
        """The operation that makes an index which is on a table."""
        assert index.table is not None
        elements = [e.name if isinstance(e, sa.Column) else e for e in index.expressions]
        return cls(
            index.name,
            index.table.name,
            elements,
            schema=index.table.schema,
            unique=bool(index.unique),
            **with_names(item_options(index), index.table),
        )

    def to_diff_tuple(self) -> Any:
        return ("add_index", self.to_index())

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return has_index(connection, self.ref)

    def commits_alone(self, dialect: Dialect) -> bool:
        return dialect.commits_alone(self.directive, self.kw)

    @property
    def ref(self) -> Ref:
        return Ref("index", self.schema, self.table_name, str(self.index_name))

    def _column_names(self) -> list[str]:
        """The columns that a table must have for the index to be written."""
        named = [e for e in self.columns if isinstance(e, str)]
        include = [c for n, v in self.kw.items() if n.endswith("_include") for c in v or ()]
        used = [
            column.name
            for e in self.columns
            if isinstance(e, sa.ClauseElement)
            for column in sa.sql.visitors.iterate(e)
            if isinstance(column, sa.sql.elements.ColumnClause) and not column.is_literal
        ]
        return [*named, *used, *(c if isinstance(c, str) else c.name for c in include)]

    def to_index(self, migration_context: Any = None) -> sa.Index:
        """The index, on a table that has just the columns it needs."""
        index = sa.Index(self.index_name, *self.columns, unique=self.unique, **self.kw)
        columns = columns_named(self._column_names())
        if index.table is None:
            stand_in(self.table_name, self.schema, *columns, index, dialect=migration_context)
        return index

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.with_models(declared_index(self.to_index(dialect), self.schema, dialect))

    def reverse(self) -> DropIndexOp:
        # What concerns the making alone means nothing to the dropping.
        kw = {name: value for name, value in self.kw.items() if name.endswith("_concurrently")}
        return DropIndexOp(
            self.index_name,
            self.table_name,
            schema=self.schema,
            if_exists=self.if_not_exists,
            _reverse=self,
            **kw,
        )

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        guard = bool(self.if_not_exists) and self.guards_itself(dialect)
        yield from dialect.create_index(self.to_index(dialect), if_not_exists=guard)

    def describe(self) -> str:
        unique = "unique index" if self.unique else "index"
        return f"add {unique} '{self.index_name}' on '{self.table_name}'"

    def rendering(self) -> Call:
        options = given(schema=self.schema, if_not_exists=self.if_not_exists)
        return Call(
            "op.create_index",
            rendered_name(self.index_name),
            self.table_name,
            [rendered_expression(_grouped(e)) for e in self.columns],
            unique=self.unique,
            **options,
            **rendered_options(self.kw),
        )

    def provides(self) -> Iterable[Ref]:
        return (self.ref,)


def _grouped(element: Any) -> Any:
    """An element of an index, an operator in the parentheses that CREATE INDEX wants."""
    return element.self_group() if isinstance(element, sa.ColumnElement) else element


class DropIndexOp(TableOperation):
    """Drop an index."""

    directive = "drop_index"
    replaced_by: Ref | None = None
    """The index that has to be there before: a foreign key needs one of the two."""

    def __init__(
        self,
        index_name: str | None,
        table_name: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: CreateIndexOp | None = None,
        **kw: Any,
    ) -> None:
        self.index_name = index_name
        self.table_name = table_name  # type: ignore[assignment]
        self.schema = schema
        self.if_exists = if_exists
        self.kw = kw
        self._reverse = _reverse

    @classmethod
    def call(
        cls,
        index_name: str,
        table_name: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> DropIndexOp:
        """Drop an index; some databases need `table_name` to find it."""
        return cls(index_name, table_name, schema=schema, if_exists=if_exists, **kw)

    @classmethod
    def from_index(cls, index: sa.Index) -> DropIndexOp:
        """The operation that drops an index, and knows how to make it again."""
        return CreateIndexOp.from_index(index).reverse()

    def to_diff_tuple(self) -> Any:
        made = self._reverse
        return ("remove_index", self.to_index() if made is None else made.to_index())

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return self.table_name is not None and not has_index(connection, self.ref)

    def commits_alone(self, dialect: Dialect) -> bool:
        return dialect.commits_alone(self.directive, self.kw)

    @property
    def ref(self) -> Ref:
        return Ref("index", self.schema, self.table_name, str(self.index_name))

    def to_index(self, migration_context: Any = None) -> sa.Index:
        """The index, with what it is on as far as that is known."""
        if self._reverse is not None:
            return self.reverse().to_index(migration_context)
        return self._index_by_name(migration_context)

    def _index_by_name(self, dialect: Dialect | None) -> sa.Index:
        index = sa.Index(self.index_name, sa.text("1"), **self.kw)
        stand_in(self.table_name or "no_table", self.schema, index, dialect=dialect)
        return index

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        if self.table_name is not None:
            return schema.without(self.ref)
        named = [m.ref for m in schema.of_kind("index") if m.name == self.index_name]
        return schema.without(*named)

    def reverse(self) -> CreateIndexOp:
        if self._reverse is None:
            raise IrreversibleError(
                f"Dropping the index '{self.index_name}' cannot be reversed: the operation does "
                "not know what the index was on."
            )
        made = self._reverse
        same = all(made.kw.get(name) is value for name, value in self.kw.items())
        if same and self.index_name == made.index_name:
            return made
        # A hook has given the operation another name, or options.
        changed = copy(made)
        changed.index_name, changed.kw = self.index_name, {**made.kw, **self.kw}
        return changed

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        if self.table_name is None and dialect.indexes_of_tables:
            raise CommandError(
                f"Index '{self.index_name}' is to be dropped, and '{dialect.name}' finds an index "
                "by its table.",
                hint="Say table_name= in op.drop_index().",
            )
        guard = bool(self.if_exists) and self.guards_itself(dialect)
        yield from dialect.drop_index(self._index_by_name(dialect), if_exists=guard)

    def describe(self) -> str:
        return f"drop index '{self.index_name}' of '{self.table_name}'"

    def rendering(self) -> Call:
        options = given(table_name=self.table_name, schema=self.schema, if_exists=self.if_exists)
        name = rendered_name(self.index_name)
        return Call("op.drop_index", name, **options, **rendered_options(self.kw))

    def removes(self) -> Iterable[Ref]:
        return (self.ref,) if self.table_name is not None else ()

    def requires(self) -> Iterable[Ref]:
        return () if self.replaced_by is None else (self.replaced_by,)

    def disturbs(self, before: Schema, dialect: Dialect) -> Iterable[Ref]:
        index = before.get(self.ref)
        if index is None or self.replaced_by is not None or not dialect.shows_key_indexes:
            return ()
        return keys_beginning(before, self.ref.owner, index.columns)


def declared_index(index: sa.Index, schema: str | None, dialect: Dialect) -> IndexModel:
    """The model of a declared index, which must be attached to a table."""
    assert index.table is not None
    name = dialect.constraint_name(index)
    if name is None:
        columns = ", ".join(c.name for c in index.columns)
        raise CommandError(
            f"An index of table '{index.table.name}' on ({columns}) has no name.",
            hint="Name it: Index('ix_...', ...).",
        )
    text = dialect.declared_index(index)
    elements, options = _elements(index, text), _declared_options(index, dialect)
    return IndexModel(
        schema,
        index.table.name,
        name,
        bool(index.unique),
        dialect.normal_index(text),
        elements,
        options,
        _used(text, elements, options, (column.name for column in index.table.columns)),
        tuple(column.name for column in index.columns),
    )


def _used(
    text: str, elements: Iterable[Any], options: Mapping[str, Any], columns: Iterable[str]
) -> tuple[str, ...]:
    """Which of `columns` are in more than a plain place of the index: it knows those by itself."""
    if options or not all(isinstance(element, str) for element in elements):
        return mentioned(text, columns)
    return ()


def _elements(index: sa.Index, text: str) -> tuple[Any, ...]:
    """A column by its name, an expression by its text in CREATE INDEX.

    There an operator has its parentheses, and an operator class for a label stands in its place.
    """
    written = parse_index_text(text).elements
    return tuple(
        expression.name if isinstance(expression, sa.Column) else text_clause(element)
        for expression, element in zip(index.expressions, written, strict=True)
    )


def _declared_options(index: sa.Index, dialect: Dialect) -> dict[str, Any]:
    assert index.table is not None
    options = with_names(item_options(index, dialect), index.table)
    classes = options.get("postgresql_ops")
    if classes:
        columns = {e.name for e in index.expressions if isinstance(e, sa.Column)}
        options["postgresql_ops"] = {k: v for k, v in classes.items() if k in columns}
    return options


def read_index(found: ReflectedIndex, table: ReflectedTable, dialect: Dialect) -> IndexModel:
    """The model of an index that was read from a database."""
    text, ready = dialect.reflected_index(found), cast("Any", found)
    if "elements" in found:  # taken apart already
        parts, options = ready["elements"], dict(ready["options"])
        columns = tuple(ready["column_names"])
    else:
        parsed = parse_index_text(text)
        parts = zip(parsed.elements, parsed.plain, strict=True)
        options, columns = _options(parsed, dialect.name), ()
    elements = tuple(element if plain else text_clause(element) for element, plain in parts)
    return IndexModel(
        table.schema,
        table.name,
        str(found["name"]),
        bool(found["unique"]),
        dialect.normal_index(text),
        elements,
        options,
        _used(text, elements, options, (str(column["name"]) for column in table.columns)),
        columns,
    )


def _options(parsed: IndexText, prefix: str) -> dict[str, Any]:
    """The keyword arguments that make an index of this text again."""
    options = given(
        using=None if parsed.method in (None, "btree") else parsed.method,
        include=list(parsed.include) or None,
        nulls_not_distinct=parsed.nulls_not_distinct,
        tablespace=parsed.tablespace,
    )
    if parsed.storage:
        options["with"] = dict(parsed.storage)
    if parsed.where:
        options["where"] = text_clause(parsed.where)
    return {f"{prefix}_{name}": value for name, value in options.items()}


class IndexKind(Kind):
    """Indexes that are not the means of a constraint."""

    name = "index"

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[IndexModel]:
        schema = dialect.normal_schema(table.schema)
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            yield declared_index(index, schema, dialect)

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[IndexModel]:
        for found in table.indexes:
            if not found.get("duplicates_constraint"):
                yield read_index(found, table, dialect)

    def created(self, model: IndexModel, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield self._creating(model)

    def dropped(self, model: IndexModel, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        operation = self._creating(model).reverse()
        if model.replaced_by is not None:
            # The server may have dropped it already, when the other one was made.
            operation.replaced_by, operation.if_exists = model.replaced_by, True
        yield operation

    @staticmethod
    def _creating(model: IndexModel) -> CreateIndexOp:
        return CreateIndexOp(
            final_name(model.name),
            model.table,
            model.elements,
            schema=model.schema,
            unique=model.unique,
            **model.options,
        )
