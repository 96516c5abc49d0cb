"""Which tables and objects take part in a comparison."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..kinds.column.model import ColumnModel
from ..kinds.table import TableModel, creating
from ..runtime.ledger import OWN_TABLES, journal_name
from ..schema.model import Ref, Schema, table_ref

if TYPE_CHECKING:
    from ..dialects.base import Dialect, TableKey

VERSION_TABLES = OWN_TABLES | {
    "alembic_version",
    "django_migrations",
    "flyway_schema_history",
    "databasechangelog",
    "databasechangeloglock",
    "schema_migrations",
    "ar_internal_metadata",
    "_prisma_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "SequelizeMeta",
    "goose_db_version",
    "aerich",
}
"""Tables in which migration tools, this one or another, keep their own state."""

ELEMENT_TYPES = {
    "table": "table",
    "column": "column",
    "index": "index",
    "unique": "unique_constraint",
    "foreign_key": "foreign_key_constraint",
    "check": "check_constraint",
}
"""What `include_name` and `include_object` call each kind."""

IncludeName = Callable[[str | None, str, dict[str, Any]], bool]
IncludeObject = Callable[[Any, str | None, str, bool, Any], bool]


class Filters:
    """The answers of `include_name` and `include_object`, and what is never compared."""

    def __init__(
        self, opts: Mapping[str, Any], version_table: TableKey, default_schema: str | None = None
    ) -> None:
        self._default_schema = default_schema
        self.include_name: IncludeName | None = opts.get("include_name")
        self.include_object: IncludeObject | None = opts.get("include_object")
        self.include_schemas: bool = bool(opts.get("include_schemas", False))
        self.declared: frozenset[TableKey] = frozenset()
        """The tables of the models: one may well be called as another tool's own."""

        schema, table = version_table
        self._never = {version_table, (schema, journal_name(table))}
        self._excluded = _any_of(opts.get("exclude_tables"))
        self._ignored = _any_of(opts.get("ignore"))
        self._ignores = bool(opts.get("ignore"))

    @property
    def look_inside(self) -> bool:
        """Whether the parts of tables are to be looked at one by one."""
        return self._ignores or self.include_object is not None or self.include_name is not None

    def leave_alone(self, keys: Iterable[TableKey]) -> None:
        """Never compare these: they are in the MetaData and no tables for a revision to make."""
        self._never.update(keys)

    def schemas(
        self,
        declared: Iterable[sa.Table],
        present: Callable[[], list[str]],
        dialect: Dialect,
        beside: Iterable[Ref] = (),
    ) -> list[str | None]:
        """The schemas to read: those of the models, and with `include_schemas` every other."""
        names: dict[str | None, None] = {None: None}
        names.update({dialect.normal_schema(table.schema): None for table in declared})
        # What stands beside tables, a type for one, may be in a schema that has no table.
        names.update({ref.name: None for ref in beside if ref.kind == "schema"})
        if self.include_schemas:
            own = [n for n in present() if n != "information_schema"]
            names.update({dialect.normal_schema(name): None for name in own})
        return [name for name in names if self.named(name, "schema", {})]

    def wants(self, key: TableKey) -> bool:
        """Whether a table of the database is to be read at all."""
        schema, name = key
        if key in self._never or self.excludes(key):
            return False
        if name in VERSION_TABLES and key not in self.declared:
            return False
        return self.named(name, "table", {"schema_name": schema})

    def excludes_model(self, key: TableKey) -> bool:
        """Whether a declared table takes no part: a reflected one may be the version table."""
        return key in self._never or self.excludes(key)

    def excludes(self, key: TableKey) -> bool:
        """Whether a pattern of the settings names the table, or its schema and the table.

        A pattern without a dot means tables of any schema.
        """
        schema, name = key
        words = [name, f"{schema or self._default_schema}.{name}"]
        return any(self._excluded.match(word) is not None for word in words)

    def _is_ignored(self, ref: Ref) -> bool:
        """Whether a pattern names the object: its kind, and its name with or without its table."""
        kind = ref.kind.replace("_", " ")
        words = [word for word in (ref.schema, ref.table, ref.name) if word]
        names = {".".join(words[start:]) for start in range(len(words))}
        return any(self._ignored.match(f"{kind} {name}") for name in names)

    def named(self, name: str | None, type_: str, parents: dict[str, Any]) -> bool:
        """Whether a name of the database takes part; completes `parents`."""
        if self.include_name is None:
            return True
        table = name if type_ == "table" else parents.get("table_name")
        if table is not None:
            schema = parents.get("schema_name")
            parents["schema_qualified_table_name"] = f"{schema}.{table}" if schema else table
        return bool(self.include_name(name, type_, parents))

    def keeps_object(
        self, object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any
    ) -> bool:
        """Whether an object takes part."""
        if self.include_object is None:
            return True
        return bool(self.include_object(object_, name, type_, reflected, compare_to))

    # -- on schemas ---------------------------------------------------------------------------

    def reduced(
        self, declared: Schema, reflected: Schema, tables: Iterable[sa.Table], dialect: Dialect
    ) -> tuple[Schema, Schema]:
        """Both sides without the tables and columns that the filters leave out.

        A name that `include_name` hides is left out of the database's side alone.
        """
        if not self.look_inside:
            return declared, reflected
        declared, reflected = self._without_ignored(declared, reflected)
        hidden = [ref for ref in reflected if not self._shows(ref, declared)]
        reflected = reflected.without(*hidden)
        if self.include_object is None:
            return declared, reflected
        objects = Objects(declared, reflected, tables, dialect)
        out = {ref for ref in objects.refs("table") if not self._keeps(ref, objects)}
        out |= {ref for ref in {**reflected, **declared} if ref.owner in out}
        for ref in objects.refs("column"):
            if ref.owner not in out and not _goes_along(ref, declared):
                out |= set() if self._keeps(ref, objects) else {ref}
        return declared.without(*out), reflected.without(*out)

    def reduced_parts(
        self, declared: Schema, reflected: Schema, tables: Iterable[sa.Table], dialect: Dialect
    ) -> tuple[Schema, Schema]:
        """Both sides without the constraints and indexes that `include_object` leaves out.

        It is asked only for those that differ.
        """
        if self.include_object is None:
            return declared, reflected
        objects = Objects(declared, reflected, tables, dialect)
        out = [
            ref
            for kind in PARTS
            for ref in objects.refs(kind)
            if declared.get(ref) != reflected.get(ref)
            and not _goes_along(ref, declared)
            and not self._keeps(ref, objects)
        ]
        return declared.without(*out), reflected.without(*out)

    def _without_ignored(self, declared: Schema, reflected: Schema) -> tuple[Schema, Schema]:
        if not self._ignores:
            return declared, reflected
        out = {ref for ref in {**reflected, **declared} if self._is_ignored(ref)}
        out |= {ref for ref in {**reflected, **declared} if ref.owner in out}
        return declared.without(*out), reflected.without(*out)

    def _shows(self, ref: Ref, declared: Schema) -> bool:
        """Whether the database's object is seen: parts of a table that goes are, with it."""
        if ref.kind in BESIDE and ref not in declared:
            return self.named(ref.name, ref.kind, {"schema_name": ref.schema})
        type_ = ELEMENT_TYPES.get(ref.kind)
        if type_ is None or ref.table is None or ref.owner not in declared:
            return True
        parents = {"schema_name": ref.schema, "table_name": ref.table}
        return self.named(_name(ref), type_, parents)

    def _keeps(self, ref: Ref, objects: Objects) -> bool:
        ours, theirs = objects.declared(ref), objects.reflected(ref)
        type_, name = ELEMENT_TYPES[ref.kind], _name(ref)
        if ours is not None:
            return self.keeps_object(ours, name, type_, False, theirs)
        return self.keeps_object(theirs, name, type_, True, None)


def _any_of(patterns: Any) -> re.Pattern[str]:
    """What matches one of some patterns with '*' and '?'; nothing without any."""
    several = [patterns] if isinstance(patterns, str) else list(patterns or ())
    return re.compile("|".join(map(translate, several)) or r"(?!)")


BESIDE = ("sequence", "enum", "domain")
"""What stands beside tables; `include_name` is asked whether one that no model has may go."""

PARTS = ("index", "unique", "foreign_key", "check")


def _name(ref: Ref) -> str | None:
    return None if ref.name.startswith("(") else ref.name


def _goes_along(ref: Ref, declared: Schema) -> bool:
    """Whether an object goes because its table does: what brings it back needs all of it."""
    return ref.owner not in declared


class Objects:
    """The SQLAlchemy objects of two schemas that hooks expect to see."""

    def __init__(
        self, declared: Schema, reflected: Schema, tables: Iterable[sa.Table], dialect: Dialect
    ) -> None:
        self._declared = declared
        self._reflected = reflected
        self._originals = {(dialect.normal_schema(t.schema), t.name): t for t in tables}
        self._made: dict[TableKey, sa.Table] = {}

    def refs(self, kind: str) -> list[Ref]:
        """The objects of a kind that either side has."""
        return [ref for ref in {**self._reflected, **self._declared} if ref.kind == kind]

    def declared(self, ref: Ref) -> Any:
        """The object of the models, None where they have none."""
        model = self._declared.get(ref)
        table = None if model is None else self.declared_table(ref.table_key)
        return None if table is None else _item(model, table)

    def reflected(self, ref: Ref) -> Any:
        """The object of the database, None where it has none."""
        model = self._reflected.get(ref)
        table = None if model is None else self.reflected_table(ref.table_key)
        return None if table is None else _item(model, table)

    def declared_table(self, key: TableKey | None) -> sa.Table | None:
        return None if key is None else self._originals.get(key)

    def reflected_table(self, key: TableKey | None) -> sa.Table | None:
        """A table of the database as SQLAlchemy would have reflected it; made when asked for."""
        owner = None if key is None else self._reflected.get(table_ref(*key))
        if key is None or owner is None:
            return None
        if key not in self._made:
            self._made[key] = reflected_table(owner, self._reflected)
        return self._made[key]


def reflected_table(owner: TableModel, schema: Schema) -> sa.Table:
    """The sa.Table of a table's model, with its indexes."""
    table = creating(owner, schema).to_table()
    for model in schema.parts(owner.ref, "index"):
        elements = [table.c.get(e, e) if isinstance(e, str) else e for e in model.elements]
        index = sa.Index(model.name, *elements, unique=model.unique, **model.options)
        if index.table is None:
            table.append_constraint(index)
    return table


CLASSES: dict[str, type[Any]] = {
    "index": sa.Index,
    "unique": sa.UniqueConstraint,
    "foreign_key": sa.ForeignKeyConstraint,
    "check": sa.CheckConstraint,
    "primary_key": sa.PrimaryKeyConstraint,
}


def _item(model: Any, table: sa.Table) -> Any:
    """The part of `table` that a model stands for, by its name or by what it is on."""
    if isinstance(model, TableModel):
        return table
    if isinstance(model, ColumnModel):
        return next((c for c in table.columns if c.name == model.name), None)
    class_ = CLASSES.get(model.ref.kind, sa.Constraint)
    found = [item for item in (*table.indexes, *table.constraints) if isinstance(item, class_)]
    named = next((item for item in found if str(item.name) == model.name), None)
    if named is not None or not getattr(model, "columns", ()):
        return named if named is not None else next(iter(found), None)
    columns = list(model.columns)
    return next((i for i in found if [c.name for c in i.columns] == columns), None)
