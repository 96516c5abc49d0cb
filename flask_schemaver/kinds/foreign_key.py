"""FOREIGN KEY constraints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..dialects.index_text import bare_name, split_commas
from ..schema.model import Ref, column_ref, key_ref, table_ref
from ..schema.operation import Call
from ..schema.record import record, remark, replace
from ._constraint import (
    AddConstraintOp,
    ConstraintKind,
    constraint_ref,
    initially_unless_immediate,
    name_words,
    requires_columns,
)
from ._items import (
    KEY_ACTIONS,
    columns_named,
    constraints_of,
    final_name,
    given,
    item_options,
    rendered_name,
    rendered_options,
    target_of,
)

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedTable


@record
class ForeignKeyModel:
    """A foreign key; actions that say what would happen anyway are None."""

    schema: str | None
    table: str
    name: str | None
    columns: tuple[str, ...]
    referred_schema: str | None
    referred_table: str
    referred_columns: tuple[str, ...]
    onupdate: str | None = None
    ondelete: str | None = None
    deferrable: bool = False
    initially: str | None = None
    match: str | None = None
    options: dict[str, Any] = remark(default_factory=dict, compare=False)
    index: Ref | None = remark(default=None, compare=False)
    # The name of the default schema, where a key has to say it.
    said_schema: str | None = remark(default=None, compare=False)
    # Not what the server calls a key without a name.
    given_name: bool = remark(default=True, compare=False)
    ref: Ref = remark(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", constraint_ref("foreign_key", self))

    def signature(self) -> str:
        target = f"{self.referred_table} ({', '.join(self.referred_columns)})"
        return f"({', '.join(self.columns)}) references {target}"

    def requires(self) -> frozenset[Ref]:
        referred = (
            column_ref(self.referred_schema, self.referred_table, name)
            for name in self.referred_columns
        )
        target = table_ref(self.referred_schema, self.referred_table)
        key = key_ref(self.referred_schema, self.referred_table, self.referred_columns)
        own = [] if self.index is None else [self.index]
        return requires_columns(self) | {target, key} | frozenset([*referred, *own])

    def settled(self, stored: ForeignKeyModel) -> ForeignKeyModel:
        return replace(self, name=self.name or stored.name)

    def named(self, name: str) -> ForeignKeyModel:
        return replace(self, name=name, given_name=False)

    def actions(self) -> dict[str, Any]:
        return given(**{name: getattr(self, name) for name in KEY_ACTIONS})

    def targets(self) -> list[Any]:
        """The columns that it leads to, as `sa.ForeignKeyConstraint` takes them."""
        schema, table, names = self.referred_schema, self.referred_table, self.referred_columns
        if has_dots(table, *names):
            items = columns_named(names)
            return list(sa.Table(table, sa.MetaData(), *items, schema=schema).columns)
        prefix = f"{schema}.{table}" if schema else table
        return [f"{prefix}.{name}" for name in names]

    def to_constraint(self) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint(
            list(self.columns),
            self.targets(),
            name=final_name(self.name),
            info=given(**{SAID_SCHEMA: self.said_schema}),
            **self.actions(),
            **self.options,
        )


SAID_SCHEMA = "schemaver_referent_schema"


@AddConstraintOp.register_add_constraint("foreign_key_constraint")
class CreateForeignKeyOp(AddConstraintOp):
    """Add a foreign key."""

    directive = "create_foreign_key"
    constraint_type = "foreignkey"
    kind = "foreign_key"

    def __init__(
        self,
        constraint_name: str | None,
        source_table: str,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        source_schema: str | None = None,
        referent_schema: str | None = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.source_table = source_table
        self.referent_table = referent_table
        self.local_cols: list[str] = list(local_cols)
        self.remote_cols: list[str] = list(remote_cols)
        self.source_schema = source_schema
        self.referent_schema = referent_schema
        self.kw = kw

    @classmethod
    def call(
        cls,
        constraint_name: str | None,
        source_table: str,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        onupdate: str | None = None,
        ondelete: str | None = None,
        deferrable: bool | None = None,
        initially: str | None = None,
        match: str | None = None,
        source_schema: str | None = None,
        referent_schema: str | None = None,
        **dialect_kw: Any,
    ) -> CreateForeignKeyOp:
        """Demand that the values of `local_cols` are found in `remote_cols` of another table."""
        actions = given(
            onupdate=onupdate,
            ondelete=ondelete,
            deferrable=deferrable,
            initially=initially,
            match=match,
        )
        return cls(
            constraint_name,
            source_table,
            referent_table,
            local_cols,
            remote_cols,
            source_schema=source_schema,
            referent_schema=referent_schema,
            **actions,
            **dialect_kw,
        )

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateForeignKeyOp:
        """The operation that adds a key which is on a table."""
        targets = [target_of(element) for element in constraint.elements]
        return cls(
            constraint.name,
            constraint.table.name,
            targets[0][1],
            [element.parent.name for element in constraint.elements],
            [column for _, _, column in targets],
            source_schema=constraint.table.schema,
            referent_schema=targets[0][0],
            **given(**{name: getattr(constraint, name) for name in KEY_ACTIONS}),
            **item_options(constraint),
        )

    def to_diff_tuple(self) -> Any:
        return ("add_fk", self.to_constraint())

    # What the shared code calls the table of a constraint has names of its own here.
    @property
    def table_name(self) -> str:  # type: ignore[override]
        return self.source_table

    @property
    def schema(self) -> str | None:  # type: ignore[override]
        return self.source_schema

    def _model(self) -> ForeignKeyModel:
        return ForeignKeyModel(
            self.source_schema,
            self.source_table,
            self.constraint_name,
            tuple(self.local_cols),
            self.referent_schema,
            self.referent_table,
            tuple(self.remote_cols),
        )

    def signature(self) -> str:
        return self._model().signature()

    def items(self) -> list[Any]:
        targets = self._model().targets()
        key = sa.ForeignKeyConstraint(
            self.local_cols, targets, name=self.constraint_name, **self.kw
        )
        own = self.remote_cols if targets_itself(self) else []
        return [*columns_named([*self.local_cols, *own]), key]

    def requires(self) -> Iterable[Ref]:
        referred = (self.referent_schema, self.referent_table)
        return (table_ref(*referred), key_ref(*referred, self.remote_cols))

    def rendering(self) -> Call:
        referent_schema = self.referent_schema or self.info.get(SAID_SCHEMA)
        options = given(source_schema=self.source_schema, referent_schema=referent_schema)
        return Call(
            "op.create_foreign_key",
            rendered_name(self.constraint_name),
            self.source_table,
            self.referent_table,
            self.local_cols,
            self.remote_cols,
            **options,
            **rendered_options(self.kw),
        )


def targets_itself(operation: CreateForeignKeyOp) -> bool:
    source = (operation.source_schema, operation.source_table)
    return source == (operation.referent_schema, operation.referent_table)


def render_foreign_key(constraint: sa.ForeignKeyConstraint) -> Call:
    """The constraint as an argument of `create_table`."""
    options = given(**{name: getattr(constraint, name) for name in KEY_ACTIONS})
    if constraint.name is not None:
        options["name"] = rendered_name(constraint.name)
    options |= rendered_options(item_options(constraint))
    columns = [element.parent.name for element in constraint.elements]
    found = [target_of(element) for element in constraint.elements]
    said = constraint.info.get(SAID_SCHEMA)
    named = [(schema or said, table, column) for schema, table, column in found]
    targets = [".".join(word for word in words if word) for words in named]
    return Call("sa.ForeignKeyConstraint", columns, targets, **options)


def adding_foreign_key(constraint: sa.ForeignKeyConstraint, dialect: Dialect) -> CreateForeignKeyOp:
    """The operation that adds, afterwards, a foreign key that stands in a CREATE TABLE."""
    model = next(m for m in declared_keys(constraint.table, dialect) if _is(m, constraint))
    words = name_words(model, dialect)
    named = model.name or dialect.default_constraint_name("foreign_key", model.table, words)
    return ForeignKeyKind().adding(model.named(named))


def _is(model: ForeignKeyModel, constraint: sa.ForeignKeyConstraint) -> bool:
    return list(model.columns) == [element.parent.name for element in constraint.elements]


def has_dots(*names: str) -> bool:
    """Whether the dotted text by which a table or a column is referred to would mean others."""
    return any("." in name for name in names)


def leads_to_dots(constraint: sa.ForeignKeyConstraint) -> bool:
    """Whether CREATE TABLE in a script cannot say where the key leads."""
    return any(has_dots(*target_of(element)[1:]) for element in constraint.elements)


class ForeignKeyKind(ConstraintKind):
    """Foreign keys."""

    name = "foreign_key"
    scratch = False

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[ForeignKeyModel]:
        return declared_keys(table, dialect)

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[ForeignKeyModel]:
        for found in table.foreign_keys:
            options: dict[str, Any] = dict(found.get("options") or {})
            yield ForeignKeyModel(
                table.schema,
                table.name,
                found["name"],
                tuple(found["constrained_columns"]),
                dialect.normal_schema(found["referred_schema"]),
                found["referred_table"],
                tuple(found["referred_columns"]),
                _action(options.get("onupdate"), dialect),
                _action(options.get("ondelete"), dialect),
                bool(options.get("deferrable")),
                initially_unless_immediate(options.get("initially")),
                _match(options.get("match")),
                said_schema=_said(table.schema, found["referred_schema"], dialect),
            )

    def adding(self, model: ForeignKeyModel) -> CreateForeignKeyOp:
        operation = CreateForeignKeyOp(
            model.name,
            model.table,
            model.referred_table,
            model.columns,
            model.referred_columns,
            source_schema=model.schema,
            referent_schema=model.referred_schema,
            **model.actions(),
            **model.options,
        )
        operation.info |= given(**{SAID_SCHEMA: model.said_schema})
        return operation


def declared_keys(table: sa.Table, dialect: Dialect) -> Iterable[ForeignKeyModel]:
    """The models of the foreign keys of a declared table."""
    schema = dialect.normal_schema(table.schema)
    for constraint in constraints_of(table, sa.ForeignKeyConstraint):
        targets = [target_of(element) for element in constraint.elements]
        referred_schema, referred_table, _ = targets[0]
        elsewhere = dialect.normal_schema(referred_schema) != schema
        if elsewhere and not dialect.refers_across_schemas:
            continue
        yield ForeignKeyModel(
            schema,
            table.name,
            dialect.constraint_name(constraint),
            tuple(element.parent.name for element in constraint.elements),
            dialect.normal_schema(referred_schema),
            referred_table,
            tuple(column for _, _, column in targets),
            _action(constraint.onupdate, dialect),
            _action(constraint.ondelete, dialect),
            bool(constraint.deferrable),
            initially_unless_immediate(constraint.initially),
            _match(constraint.match),
            item_options(constraint),
            said_schema=_said(schema, referred_schema, dialect),
        )


def _said(schema: str | None, referred: str | None, dialect: Dialect) -> str | None:
    """The default schema by its name, for a key that would lead elsewhere without it."""
    if not dialect.refers_in_own_schema or schema is None:
        return None
    default = dialect.engine.default_schema_name
    return (referred or default) if dialect.normal_schema(referred) is None else None


def _action(action: str | None, dialect: Dialect) -> str | None:
    """An action in capitals; None for what would happen anyway.

    PostgreSQL's SET NULL and SET DEFAULT may name columns, in quotes only where these are needed.
    """
    words, _, listed = (action or "").partition("(")
    word = " ".join(words.upper().split())
    if not listed:
        return None if not word or word in dialect.plain_actions else word
    names = [_plain(name) for name in split_commas(listed.rpartition(")")[0])]
    return f"{word} ({', '.join(map(dialect.quote, names))})"


def _plain(name: str) -> str:
    """A name as the database has it: without quotes it is one in small letters."""
    bare = bare_name(name)
    return bare if bare != name else name.lower()


def _match(match: str | None) -> str | None:
    """MATCH; SIMPLE is what standard SQL does without it."""
    spelled = (match or "SIMPLE").upper()
    return None if spelled in ("SIMPLE", "NONE") else spelled
