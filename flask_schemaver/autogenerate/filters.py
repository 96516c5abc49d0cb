"""Which tables and objects take part in a comparison."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from ..kinds.column.model import ColumnModel
from ..kinds.table import TableModel, creating
from ..runtime.ledger import OWN_TABLES, journal_name
from ..schema.model import Ref, Schema

if TYPE_CHECKING:
    import sqlalchemy as sa

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
        self._own = {version_table, (schema, journal_name(table))}
        self._excluded = _any_of(opts.get("exclude_tables"))
        self._ignored = _any_of(opts.get("ignore"))
        self._ignores = bool(opts.get("ignore"))

    @property
    def look_inside(self) -> bool:
        """Whether the parts of tables are to be looked at one by one."""
        return self._ignores or self.include_object is not None or self.include_name is not None

    def schemas(
        self, declared: Iterable[sa.Table], present: Callable[[], list[str]], dialect: Dialect
    ) -> list[str | None]:
        """The schemas to read: those of the models, and with `include_schemas` every other."""
        names: dict[str | None, None] = {None: None}
        names.update({dialect.normal_schema(table.schema): None for table in declared})
        if self.include_schemas:
            own = [n for n in present() if n != "information_schema"]
            names.update({dialect.normal_schema(name): None for name in own})
        return [name for name in names if self._named(name, "schema", {})]

    def wants(self, key: TableKey) -> bool:
        """Whether a table of the database is to be read at all."""
        schema, name = key
        if key in self._own or self.excludes(key):
            return False
        if name in VERSION_TABLES and key not in self.declared:
            return False
        return self._named(name, "table", {"schema_name": schema})

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

    def _named(self, name: str | None, type_: str, parents: dict[str, Any]) -> bool:
        return self.include_name is None or bool(self.include_name(name, type_, parents))

    def reduced(
        self, declared: Schema, reflected: Schema, tables: Iterable[sa.Table], dialect: Dialect
    ) -> tuple[Schema, Schema]:
        """Both sides without the tables and objects that the filters leave out."""
        if not self.look_inside:
            return declared, reflected
        originals = {(dialect.normal_schema(t.schema), t.name): t for t in tables}
        out = {
            ref
            for ref in {**reflected, **declared}
            if not self._keeps(ref, declared, reflected, originals)
        }
        out |= {ref for ref in {**reflected, **declared} if ref.owner in out}
        return declared.without(*out), reflected.without(*out)

    def _keeps(
        self, ref: Ref, declared: Schema, reflected: Schema, originals: Mapping[TableKey, sa.Table]
    ) -> bool:
        if self._ignores and self._is_ignored(ref):
            return False
        type_ = ELEMENT_TYPES.get(ref.kind)
        if type_ is None:
            return True
        name = None if ref.name.startswith("(") else ref.name
        if ref in reflected and type_ != "table":
            parents = {"schema_name": ref.schema, "table_name": ref.table}
            if not self._named(name, type_, parents):
                return False
        if self.include_object is None:
            return True
        ours = declared.get(ref) and _object(declared[ref], declared, originals)
        theirs = reflected.get(ref) and _object(reflected[ref], reflected, {})
        if ours is not None:
            return bool(self.include_object(ours, name, type_, False, theirs))
        return bool(self.include_object(theirs, name, type_, True, None))


def _any_of(patterns: Any) -> re.Pattern[str]:
    """What matches one of some patterns with '*' and '?'; nothing without any."""
    several = [patterns] if isinstance(patterns, str) else list(patterns or ())
    return re.compile("|".join(map(translate, several)) or r"(?!)")


def _object(model: Any, schema: Schema, originals: Mapping[TableKey, sa.Table]) -> Any:
    """The SQLAlchemy object that a filter expects to see: the declared one where there is one."""
    key = model.ref.table_key
    table = originals.get(key) if key is not None else None
    if table is None:
        owner = model if isinstance(model, TableModel) else schema[model.ref.owner]
        table = creating(owner, schema).to_table()
    if isinstance(model, TableModel):
        return table
    if isinstance(model, ColumnModel):
        return table.c[model.name]
    found: list[Any] = [*table.indexes, *table.constraints]
    return next((item for item in found if str(item.name) == model.name), table)
