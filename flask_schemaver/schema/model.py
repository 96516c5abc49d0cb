"""What a schema is made of: references, the models they lead to, and the kinds of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..dialects.reflected import ReflectedSchema, ReflectedTable
    from .operation import Operation


class Ref(NamedTuple):
    """Where an object is. `table` is None for an object that belongs to no table.

    An object without a name of its own (an unnamed constraint) is found by its signature,
    which begins with a parenthesis so that no name can equal it.
    """

    kind: str
    schema: str | None
    table: str | None
    name: str

    @property
    def owner(self) -> Ref | None:
        """The table that this object is a part of."""
        return None if self.table is None else Ref("table", self.schema, None, self.table)

    @property
    def table_key(self) -> tuple[str | None, str] | None:
        """Schema and name of the table that this object is, or is a part of."""
        if self.kind == "table":
            return (self.schema, self.name)
        return None if self.table is None else (self.schema, self.table)


def table_ref(schema: str | None, name: str) -> Ref:
    return Ref("table", schema, None, name)


def column_ref(schema: str | None, table: str, name: str) -> Ref:
    return Ref("column", schema, table, name)


def key_ref(schema: str | None, table: str, columns: Iterable[str]) -> Ref:
    """Whatever makes these columns unique together, so that a foreign key can lead to them."""
    return Ref("key", schema, table, f"({', '.join(sorted(columns))})")


class Model(Protocol):
    """An immutable description of one object; equal models need no operation."""

    @property
    def ref(self) -> Ref: ...

    def requires(self) -> frozenset[Ref]:
        """What has to exist as long as this object exists."""
        ...

    def settled(self, stored: Any) -> Any:
        """This model with what is compared taken from the server's own `stored` form of it."""
        ...


class Schema(Mapping[Ref, Any]):
    """The objects of a database, or of a MetaData, by reference; never changed in place.

    Two schemas are equal when they hold equal models; the order of insertion (the order of
    columns, for one) is kept and not compared.
    """

    __slots__ = ("_kinds", "_models", "_parts")

    def __init__(self, models: Iterable[Model] | Mapping[Ref, Any] = ()) -> None:
        if isinstance(models, Mapping):
            self._models: dict[Ref, Any] = dict(models)
        else:
            self._models = {model.ref: model for model in models}
        self._parts: dict[tuple[str | None, str, str | None], list[Any]] | None = None
        self._kinds: dict[str, list[Any]] | None = None

    def __getitem__(self, ref: Ref) -> Any:
        return self._models[ref]

    def __contains__(self, ref: object) -> bool:
        return ref in self._models

    def __iter__(self) -> Iterator[Ref]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def __repr__(self) -> str:
        return f"Schema({list(self._models.values())!r})"

    def unlike(self, other: Schema) -> set[Ref]:
        """The references that lead to different models in two schemas, or in one of them only."""
        mine, theirs = self._models, other._models
        changed = {ref for ref, model in mine.items() if theirs.get(ref) != model}
        return changed | (theirs.keys() - mine.keys())

    def parts(self, owner: Ref, kind: str | None = None) -> list[Any]:
        """The models that are parts of the table `owner`, of one kind or of all, in order."""
        if self._parts is None:
            self._parts = {}
            for ref, model in self._models.items():
                kind_, schema, table, _ = ref
                if table is not None:
                    self._parts.setdefault((schema, table, kind_), []).append(model)
                    self._parts.setdefault((schema, table, None), []).append(model)
        return list(self._parts.get((owner.schema, owner.name, kind), ()))

    def of_kind(self, kind: str) -> list[Any]:
        if self._kinds is None:
            self._kinds = {}
            for ref, model in self._models.items():
                self._kinds.setdefault(ref[0], []).append(model)
        return list(self._kinds.get(kind, ()))

    def with_models(self, *models: Model) -> Schema:
        """A schema with these models added, or put in place of the ones they refer to."""
        if not models:
            return self
        merged = dict(self._models)
        merged.update((model.ref, model) for model in models)
        return Schema(merged)

    def without(self, *refs: Ref) -> Schema:
        """A schema without these objects; they need not be there."""
        gone = set(refs)
        return Schema({ref: model for ref, model in self._models.items() if ref not in gone})

    def without_table(self, table: Ref) -> Schema:
        """A schema without a table and all its parts."""
        return Schema({r: m for r, m in self._models.items() if r != table and r.owner != table})

    def replaced(self, old: Ref, model: Model) -> Schema:
        """A schema where `model` stands in the place (and in the order) of `old`."""
        return Schema(
            {(model.ref if r == old else r): (model if r == old else m) for r, m in self.items()}
        )


class Kind:
    """What is the same for all objects of one kind; each kind of object derives from it.

    `inline`: created and dropped together with its table, never by an operation of its own
    when the table is new or gone. `scratch`: a table in scratch space can have it.
    """

    name: ClassVar[str]
    inline: ClassVar[bool] = False
    scratch: ClassVar[bool] = True

    def declare(self, table: sa.Table, dialect: Dialect) -> Iterable[Model]:
        """The models of this kind that a table of a MetaData stands for."""
        return ()

    def declare_beside(self, metadata: sa.MetaData, dialect: Dialect) -> Iterable[Model]:
        """The models of this kind that a MetaData has beside its tables."""
        return ()

    def read(self, table: ReflectedTable, dialect: Dialect) -> Iterable[Model]:
        """The models of this kind in what was read of one table."""
        return ()

    def check_declared(self, models: Iterable[Any]) -> None:
        """Raise where what models declare of this kind contradicts itself."""

    def read_beside(self, found: ReflectedSchema, dialect: Dialect) -> Iterable[Model]:
        """The models of this kind in what was read of one schema beside its tables."""
        return ()

    def settle_beside(
        self, connection: Connection, models: Iterable[Any], dialect: Dialect
    ) -> Iterable[Model]:
        """These models, which belong to no table, as the server would store them."""
        return ()

    def created(self, model: Any, after: Schema, dialect: Dialect) -> Iterable[Operation]:
        """The operations that make `model`; `after` is the schema that holds it."""
        raise NotImplementedError

    def dropped(self, model: Any, before: Schema, dialect: Dialect) -> Iterable[Operation]:
        """The operations that remove `model`; `before` is the schema that held it."""
        raise NotImplementedError

    def altered(
        self, old: Any, new: Any, before: Schema, after: Schema, dialect: Dialect
    ) -> Iterable[Operation]:
        """The operations that turn `old` into `new`: by default a drop and a create."""
        yield from self.dropped(old, before, dialect)
        yield from self.created(new, after, dialect)
