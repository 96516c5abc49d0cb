"""What all constraints share: how one is added, dropped, found by its name, and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from hashlib import sha1
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import sqlalchemy as sa

from ..errors import CommandError, NoSuchConstraint
from ..schema.model import Kind, Model, Ref, Schema, table_ref
from ..schema.operation import Call, IrreversibleError, TableOperation
from ._items import UNNAMED, columns_named, final_name, name_of, option_of, stand_in
from ._present import constraint_names

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from ..dialects.sqlite.definition import ConstraintDefinition, TableDefinition
    from ..schema.operation import Operation


class ConstraintModel(Model, Protocol):
    """What the shared code needs of the model of a constraint."""

    @property
    def schema(self) -> str | None: ...
    @property
    def table(self) -> str: ...
    @property
    def name(self) -> str | None: ...

    def named(self, name: str) -> Any:
        """The same constraint under another name."""
        ...

    def signature(self) -> str:
        """What tells an unnamed constraint from the other ones of its table."""
        ...

    def to_constraint(self) -> sa.Constraint:
        """A new constraint, not attached to any table."""
        ...


AddClass = TypeVar("AddClass", bound="type[AddConstraintOp]")


def constraint_ref(kind: str, model: ConstraintModel) -> Ref:
    return Ref(kind, model.schema, model.table, model.name or model.signature())


class AddConstraintOp(TableOperation):
    """Add a constraint to a table; each kind of constraint has a class of its own."""

    constraint_type: ClassVar[str]
    """The word for this kind of constraint in `drop_constraint(type_=...)`."""

    kind: ClassVar[str]
    constraint_name: str | None
    dropped_as: str | None = None
    """The name by which a constraint is found that is given none."""

    made_from: ClassVar[dict[str, type[AddConstraintOp]]] = {}

    @classmethod
    def register_add_constraint(cls, type_: str) -> Callable[[AddClass], AddClass]:
        """Say which class adds the constraints whose `__visit_name__` is `type_`."""

        def register(class_: AddClass) -> AddClass:
            AddConstraintOp.made_from[type_] = class_
            return class_

        return register

    @classmethod
    def from_constraint(cls, constraint: Any) -> AddConstraintOp:
        """The operation that adds a constraint which is on a table."""
        visited = constraint.__visit_name__
        class_ = AddConstraintOp.made_from.get(visited)
        if class_ is None:
            raise CommandError(
                f"There is no operation that adds a '{visited}'.",
                hint="Register a class with AddConstraintOp.register_add_constraint().",
            )
        return class_.from_constraint(constraint)

    def to_diff_tuple(self) -> Any:
        return ("add_constraint", self.to_constraint())

    def items(self) -> list[Any]:
        """The columns that the constraint needs, and the constraint itself, last."""
        raise NotImplementedError

    def to_constraint(self, migration_context: Any = None) -> sa.Constraint:
        """The constraint, attached to a table that has just what the constraint needs."""
        items = self.items()
        stand_in(self.table_name, self.schema, *items, dialect=migration_context)
        constraint: sa.Constraint = items[-1]
        return constraint

    @property
    def ref(self) -> Ref:
        name = self.constraint_name or self.signature()
        return Ref(self.kind, self.schema, self.table_name, name)

    def signature(self) -> str:
        raise NotImplementedError

    def model(self, dialect: Dialect) -> Any:
        from . import KINDS

        table = self.to_constraint(dialect).table
        kind = next(kind for kind in KINDS if kind.name == self.kind)
        return next(iter(kind.declare(table, dialect)))

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        return schema.with_models(self.model(dialect))

    def reverse(self) -> DropConstraintOp:
        return DropConstraintOp(
            self.constraint_name or self.dropped_as,
            self.table_name,
            type_=self.constraint_type,
            schema=self.schema,
            _reverse=self,
        )

    def native(self, dialect: Dialect) -> bool:
        return dialect.adds_constraint(self.kind)

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.add_constraint(self.to_constraint(dialect))

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        constraint = self.to_constraint(dialect)
        # Raises, naming table and column, if one of them is not there.
        for column in getattr(constraint, "columns", ()):
            definition.column(column.name)
        # SQLite takes two of one name, of which a later revision would drop only the first.
        name = dialect.constraint_name(constraint)
        for present in [c for c in definition.constraints if name and c.name == name]:
            definition = definition.without_constraint(present)
        return definition.with_constraint(dialect.ddl.process(constraint))

    def describe(self) -> str:
        words = self.kind.replace("_", " ")
        name = f" '{self.constraint_name}'" if self.constraint_name else ""
        return f"add {words}{name} to table '{self.table_name}'"

    def provides(self) -> Iterable[Ref]:
        return (self.ref, *self.keys())

    def keys(self) -> Iterable[Ref]:
        """What foreign keys can lead to because of this constraint."""
        return ()


def keys_beginning(schema: Schema, table: Ref | None, columns: Iterable[str]) -> list[Ref]:
    """The foreign keys of a table that an index on these columns can serve."""
    names = tuple(columns)
    keys = [] if table is None else schema.parts(table, "foreign_key")
    return [key.ref for key in keys if names[: len(key.columns)] == key.columns]


class DropConstraintOp(TableOperation):
    """Drop a constraint from a table."""

    directive = "drop_constraint"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: str,
        type_: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        _reverse: AddConstraintOp | None = None,
        _ref: Ref | None = None,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.constraint_type = type_
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse
        self._ref = _ref

    @classmethod
    def call(
        cls,
        constraint_name: str,
        table_name: str,
        type_: str | None = None,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
    ) -> DropConstraintOp:
        """Drop a constraint; `type_` is "foreignkey", "primary", "unique", "check" or None."""
        if type_ is not None and type_ not in KIND_OF_TYPE:
            raise CommandError(
                f"The constraint '{constraint_name}' of table '{table_name}' cannot be of type "
                f"'{type_}'.",
                hint=f"type_ is one of {', '.join(map(repr, KIND_OF_TYPE))}, or left out.",
            )
        return cls(constraint_name, table_name, type_, schema=schema, if_exists=if_exists)

    @classmethod
    def from_constraint(cls, constraint: Any) -> DropConstraintOp:
        """The operation that drops a constraint, and knows how to make it again."""
        return AddConstraintOp.from_constraint(constraint).reverse()

    def to_constraint(self, migration_context: Any = None) -> sa.Constraint:
        return self.reverse().to_constraint(migration_context)

    def to_diff_tuple(self) -> Any:
        word = "remove_fk" if self.constraint_type == "foreignkey" else "remove_constraint"
        return (word, self.to_constraint())

    def disturbs(self, before: Schema, dialect: Dialect) -> Iterable[Ref]:
        """On MySQL a key of the table's own serves its foreign keys, too."""
        columns = getattr(self._reverse, "columns", ())
        is_key = self.constraint_type in ("unique", "primary")
        if not is_key or not columns or not dialect.shows_key_indexes:
            return ()
        return keys_beginning(before, table_ref(self.schema, self.table_name), columns)

    def _refs(self) -> list[Ref]:
        if self._reverse is not None:
            return [self._reverse.ref]
        name = self.constraint_name or ""
        return [Ref(kind, self.schema, self.table_name, name) for kind in self._kinds()]

    def apply(self, schema: Schema, dialect: Dialect) -> Schema:
        parts = schema.parts(table_ref(self.schema, self.table_name))
        unnamed = [part.ref for part in parts if self._means_unnamed(part, dialect)]
        return schema.without(*self._refs(), *unnamed)

    def _means_unnamed(self, model: Any, dialect: Dialect) -> bool:
        """Whether a model without a name is the constraint: its name would be this one."""
        kind = model.ref.kind
        if kind not in self._kinds() or model.name is not None:
            return False
        return bool(with_name(model, kind, dialect).name == self.constraint_name)

    def _kinds(self) -> Collection[str]:
        kind = self.constraint_type
        return KIND_OF_TYPE.values() if kind is None else [KIND_OF_TYPE[kind]]

    def name_in(self, dialect: Dialect) -> str:
        """The name that the constraint has: with its type, the convention says more of it."""
        name = self._named()
        convention = dialect.naming_convention
        if self.constraint_type is None or not convention or isinstance(name, sa.schema.conv):
            return name
        (kind,) = self._kinds()
        template = convention.get(CONVENTION_OF_KIND.get(kind, ""))
        if not isinstance(template, str) or "%(constraint_name)s" not in template:
            return name
        try:
            return template % {"table_name": self.table_name, "constraint_name": name}
        except KeyError:
            return name

    def guards_itself(self, dialect: Dialect) -> bool:
        # A rebuild sees for itself whether there is such a constraint.
        return not self.native(dialect) or super().guards_itself(dialect)

    def is_done(self, connection: Connection, dialect: Dialect) -> bool:
        return self.name_in(dialect) not in constraint_names(
            connection, self.table_name, self.schema
        )

    def reverse(self) -> AddConstraintOp:
        if self._reverse is None:
            raise IrreversibleError(
                f"Dropping the constraint '{self.constraint_name}' of '{self.table_name}' cannot "
                "be reversed: the operation does not know what the constraint said."
            )
        return self._reverse

    def native(self, dialect: Dialect) -> bool:
        return dialect.alters_constraints

    def _named(self) -> str:
        if not self.constraint_name:
            raise NoSuchConstraint(
                f"A constraint of table '{self.table_name}' is to be dropped and has no name.",
                hint="Give its name in drop_constraint().",
            )
        return self.constraint_name

    def statements(self, dialect: Dialect) -> Iterable[str | Executable]:
        yield from dialect.drop_constraint(
            self.name_in(dialect),
            self.constraint_type,
            self.table_name,
            self.schema,
            if_exists=bool(self.if_exists) and super().guards_itself(dialect),
        )

    def edited(self, definition: TableDefinition, dialect: Dialect) -> TableDefinition:
        self._named()
        names = {str(self.constraint_name), self.name_in(dialect)}
        own = [c for c in definition.constraints if c.kind in self._kinds()]
        found = next((c for c in own if c.name in names), None) or next(
            (c for c in own if c.name is None and names & self._given_names(c, dialect)), None
        )
        if found is not None:
            return definition.without_constraint(found)
        if self.if_exists:
            return definition
        known = sorted(c.name for c in definition.constraints if c.name)
        raise NoSuchConstraint(
            f"Table '{self.table_name}' has no constraint '{self.constraint_name}'.",
            hint=f"It has: {', '.join(map(repr, known))}." if known else "It has none with a name.",
        )

    def _given_names(self, constraint: ConstraintDefinition, dialect: Dialect) -> set[str | None]:
        """The names that a constraint without one would be given."""
        words = {tuple(name_words(constraint, dialect)), tuple(constraint.columns)}
        return {
            conventional_name(constraint, self.table_name, dialect),
            *(
                dialect.default_constraint_name(constraint.kind, self.table_name, several)
                for several in words
            ),
        }

    def describe(self) -> str:
        name = self.constraint_name or (self._reverse.signature() if self._reverse else "?")
        return f"drop constraint '{name}' of table '{self.table_name}'"

    def rendering(self) -> Call:
        options: dict[str, Any] = {}
        if self.constraint_type is not None:
            options["type_"] = self.constraint_type
        if self.schema is not None:
            options["schema"] = self.schema
        if self.if_exists:
            options["if_exists"] = True
        name = Call("op.f", str(self._named()))
        return Call("op.drop_constraint", name, self.table_name, **options)

    def removes(self) -> Iterable[Ref]:
        unnamed = () if self._ref is None else (self._ref,)
        return (*self._reverse.provides(), *unnamed) if self._reverse is not None else ()


KIND_OF_TYPE = {
    "primary": "primary_key",
    "unique": "unique",
    "check": "check",
    "foreignkey": "foreign_key",
    "exclude": "exclude",
}
CONVENTION_OF_KIND = {"primary_key": "pk", "unique": "uq", "check": "ck", "foreign_key": "fk"}


class ConstraintKind(Kind):
    """A kind of constraint: written inside CREATE TABLE, added and dropped afterwards."""

    inline = True
    add: ClassVar[type[AddConstraintOp]]

    def adding(self, model: Any) -> AddConstraintOp:
        """The operation that adds the constraint of this model."""
        raise NotImplementedError

    def created(self, model: Any, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        yield self._adding(model, dialect)

    def dropped(self, model: Any, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        addition = self._adding(model, dialect)
        yield DropConstraintOp(
            final_name(addition.constraint_name or addition.dropped_as),
            addition.table_name,
            type_=addition.constraint_type,
            schema=addition.schema,
            _reverse=addition,
            _ref=model.ref,
        )

    def _adding(self, model: Any, dialect: Dialect) -> AddConstraintOp:
        named = with_name(model, self.name, dialect)
        if dialect.names_constraints:
            return self.adding(named)
        addition = self.adding(kept_unnamed(model, dialect))
        addition.dropped_as = named.name
        return addition


def kept_unnamed(model: Any, dialect: Dialect | None) -> Any:
    """The model of a constraint, said to have no name where a convention would give it one."""
    if model.name is not None or dialect is None or dialect.names_constraints:
        return model
    convention = dialect.naming_convention.get(CONVENTION_OF_KIND.get(model.ref.kind, ""))
    return model if convention is None else model.named(UNNAMED)


def with_name(model: Any, kind: str, dialect: Dialect) -> Any:
    """The model under the name it will have: every operation on a constraint needs one."""
    if model.name is not None:
        return model
    words = name_words(model, dialect)
    return model.named(dialect.default_constraint_name(kind, model.table, words))


def name_words(constraint: Any, dialect: Dialect) -> list[str]:
    """What the name of an unnamed constraint is made of: its columns, or its text's digest."""
    expression = getattr(constraint, "expression", None)
    if not expression:
        target = None if dialect.names_constraints else getattr(constraint, "referred_table", None)
        return [*constraint.columns, *([target] if target else [])]
    normal = dialect.normal_expression(expression)
    return [sha1(normal.encode(), usedforsecurity=False).hexdigest()[:8]]


def conventional_name(constraint: ConstraintDefinition, table: str, dialect: Dialect) -> str | None:
    """The name that the naming convention has for a constraint without one; None without it."""
    columns = list(constraint.columns)
    item: sa.Constraint
    if constraint.kind == "unique":
        item = sa.UniqueConstraint(*columns)
    elif constraint.kind == "primary_key":
        item = sa.PrimaryKeyConstraint(*columns)
    elif constraint.kind == "foreign_key" and constraint.referred_columns:
        targets = [f"{constraint.referred_table}.{name}" for name in constraint.referred_columns]
        item = sa.ForeignKeyConstraint(columns, targets)
    else:
        return None
    stand_in(table, None, *columns_named(columns), item, dialect=dialect)
    return None if item.name is None else str(item.name)


def initially_unless_immediate(initially: str | None) -> str | None:
    """INITIALLY; IMMEDIATE is what standard SQL does without it."""
    spelled = (initially or "IMMEDIATE").upper()
    return None if spelled == "IMMEDIATE" else spelled


def included_columns(constraint: sa.Constraint, dialect: Dialect) -> tuple[str, ...]:
    """The columns that only the index of a key has, by PostgreSQL's INCLUDE."""
    included = option_of(constraint, f"{dialect.name}_include") or ()
    return tuple(name_of(column, constraint.table) for column in included)


def requires_columns(model: Any) -> frozenset[Ref]:
    """The table of a constraint, the columns it is on and those that its index includes."""
    owner = table_ref(model.schema, model.table)
    names = (*model.columns, *getattr(model, "include", ()))
    columns = (Ref("column", model.schema, model.table, name) for name in names)
    return frozenset([owner, *columns])
