"""PostgreSQL: its spellings, its catalogue, and its scratch space for asking what it would store.

Facts about the catalogue: https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from .base import UNCHANGED, ColumnChange, Dialect, TableKey, normal_form, read_with_inspector
from .postgresql_types import NUMBERS, can_convert, conversion
from .reflected import ReflectedTable

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

IDENTIFIER_LIMIT = 63

# The tables of a schema that are an application's own: no partition, and nothing that an
# extension brought along and will remove with itself.
OWN_TABLES = sa.text("""
    SELECT c.relname FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname = coalesce(:schema, current_schema())
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                        AND d.deptype = 'e')
    ORDER BY c.relname
""")

# Indexes that no constraint owns, each with the statement that would make it.
FREE_INDEXES = """
    SELECT t.relname, i.relname, x.indisunique, pg_catalog.pg_get_indexdef(i.oid)
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    WHERE {where} AND t.relname = ANY(:names)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                      WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY t.relname, i.relname
"""
# What SQLAlchemy does not read of UNIQUE constraints.
DEFERRABLE = """
    SELECT t.relname, k.conname, k.condeferred
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    WHERE {where} AND t.relname = ANY(:names) AND k.contype = 'u' AND k.condeferrable
"""
# 'a' of a serial column, 'i' of an identity.
OWNED_SEQUENCES = sa.text("""
    SELECT t.relname, a.attname, s.relname
    FROM pg_catalog.pg_class s
    JOIN pg_catalog.pg_depend d ON d.objid = s.oid AND d.classid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i') AND t.relname = ANY(:tables)
      AND n.nspname = coalesce(:schema, current_schema())
""")
INVALID_INDEX = sa.text("""
    SELECT FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
    WHERE i.relname = :name AND NOT x.indisvalid
      AND n.nspname = coalesce(:schema, current_schema())
""")
IN_SCHEMA = "n.nspname = coalesce(:schema, current_schema())"
IN_SCRATCH = "n.oid = pg_catalog.pg_my_temp_schema()"

_CAST = re.compile(
    r"::(?:\"[^\"]+\"|[a-z_][\w.]*)(?: varying| precision| with(?:out)? time zone)?"
    r"(?:\(\d+(?:,\d+)?\))?(?:\[\])*",
    re.IGNORECASE,
)


class PostgreSQLDialect(Dialect):
    """What PostgreSQL writes differently, and what it can be asked."""

    name = "postgresql"
    transactional_ddl = True
    comments = True
    rebuilds_tables = True
    enum_types = True
    type_synonyms: ClassVar[dict[str, str]] = {
        "FLOAT": "DOUBLE PRECISION",
        "DOUBLE": "DOUBLE PRECISION",
        "DECIMAL": "NUMERIC",
        "TIMESTAMP": "TIMESTAMP WITHOUT TIME ZONE",
        "TIME": "TIME WITHOUT TIME ZONE",
    }

    def __init__(self, engine_dialect: EngineDialect) -> None:
        super().__init__(engine_dialect)
        self._enum_types: dict[int, Any] = {}

    # -- spellings --------------------------------------------------------------------------

    def default_constraint_name(self, kind: str, table: str, columns: Sequence[str]) -> str:
        suffix = {"unique": "key", "foreign_key": "fkey", "check": "check", "primary_key": "pkey"}
        words = [] if kind == "primary_key" else columns
        return self.shortened("_".join([table, *words, suffix[kind]]))

    def can_convert(self, old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
        return can_convert(self.native_type(old), self.native_type(new))

    def renames_constraint(self, type_: str | None) -> bool:
        return True

    def given_name(
        self, kind: str, table: str, columns: Sequence[str], expression: str | None
    ) -> str | None:
        # A CHECK on a single column is named by it, one on several by the table alone.
        words = list(columns) if expression is None or len(columns) == 1 else []
        return PostgreSQLDialect.default_constraint_name(self, kind, table, words)

    def owned_sequences(
        self, connection: Connection, schema: str | None, tables: Sequence[str]
    ) -> dict[tuple[str, str], str]:
        where = {"schema": schema, "tables": list(tables)}
        found = connection.execute(OWNED_SEQUENCES, where)
        return {(table, column): name for table, column, name in found}

    def compared_type_text(self, spelled: str) -> str:
        # A precision without its bracket filled, FLOAT(53), is DOUBLE PRECISION to the server.
        text = super().compared_type_text(spelled)
        text = re.sub(r"^FLOAT\((\d+)\)$", _float_name, text)
        return re.sub(r"^DOUBLE PRECISION\(\d+\)$", "DOUBLE PRECISION", text)

    def reflected_default(self, found: ReflectedColumn) -> str | None:
        default = found.get("default")
        # The default of a serial column is how the server does autoincrement.
        if found.get("autoincrement") and str(default).startswith("nextval("):
            return None
        # The column's type says what a literal is: the cast is the server's own note of it.
        literal = _CAST_LITERAL.fullmatch(default or "")
        return literal[1] if literal else default

    def normal_expression(self, sql: str) -> str:
        parts = re.split(r"('(?:[^']|'')*')", sql)
        bare = "".join(p if i % 2 else _CAST.sub("", p) for i, p in enumerate(parts))
        return _IN.sub(r"\1=any(array[\2])", without_atom_parentheses(normal_form(bare)))

    def normal_default(self, sql: str, type_: TypeEngine[Any]) -> str:
        normal = self.normal_expression(sql)
        # The server reads a literal at once: DEFAULT '0' of a number is stored as 0.
        if isinstance(type_, NUMBERS) and _QUOTED_NUMBER.fullmatch(normal):
            return normal[1:-1]
        return normal

    def reflected_check(self, sql: str) -> str:
        """The text of a CHECK, such that the server stores it again as it is.

        IN is shown as `= ANY (ARRAY[...]::text[])`, which is stored differently when it is typed
        again.
        """
        return _ANY.sub(_as_in, sql)

    def alter_type(self, start: str, name: str, change: ColumnChange) -> Iterator[str | Executable]:
        assert change.type_ is not None
        yield from self.prepare_type(change.type_)
        spelled = self.type_spelling(change.type_)
        using = change.using or conversion(name, change.existing_type, change.type_, spelled)
        # A default of the old type need not have a cast to the new one, and one of an enumerated
        # type would keep that from being dropped.
        known = change.existing_default is not UNCHANGED
        converted = using is not None or isinstance(change.existing_type, sa.Enum)
        default = change.existing_default if known and converted else None
        if default is not None:
            yield f"{start}ALTER COLUMN {name} DROP DEFAULT"
        clause = f" USING {using}" if using is not None else ""
        yield f"{start}ALTER COLUMN {name} TYPE {spelled}{clause}"
        if default is not None and change.default is UNCHANGED:
            yield f"{start}ALTER COLUMN {name} SET DEFAULT {default}"

    def alter_generated(
        self, start: str, name: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        """https://www.postgresql.org/docs/current/sql-altertable.html: identity since 10, DROP
        EXPRESSION since 13, SET EXPRESSION since 17."""
        old, new = change.existing_generated, change.generated
        start = f"{start}ALTER COLUMN {name} "
        if isinstance(new, sa.Computed):
            if not isinstance(old, sa.Computed):
                yield from super().alter_generated(start, name, change)
            yield f"{start}SET EXPRESSION AS ({self.expression_spelling(new.sqltext)})"
            return
        if isinstance(old, sa.Computed):
            yield f"{start}DROP EXPRESSION"
        if isinstance(new, sa.Identity):
            yield from self._set_identity(start, old, new)
        elif not isinstance(old, sa.Computed):
            yield f"{start}DROP IDENTITY"

    def _set_identity(self, start: str, old: Any, new: sa.Identity) -> Iterator[str]:
        if not isinstance(old, sa.Identity):
            yield f"{start}ADD {self.ddl.process(new)}"
            return
        if bool(old.always) != bool(new.always):
            yield f"{start}SET GENERATED {'ALWAYS' if new.always else 'BY DEFAULT'}"
        names = {"start": "START WITH", "increment": "INCREMENT BY", "minvalue": "MINVALUE"}
        names |= {"maxvalue": "MAXVALUE", "cache": "CACHE"}
        clauses = [
            f"SET {words} {getattr(new, option)}"
            for option, words in names.items()
            if getattr(new, option) not in (None, getattr(old, option))
        ]
        if new.cycle is not None and new.cycle != old.cycle:
            clauses.append("SET CYCLE" if new.cycle else "SET NO CYCLE")
        if clauses:
            yield start + " ".join(clauses)

    # -- enumerated types -------------------------------------------------------------------

    def prepare_column(self, column: sa.Column[Any]) -> Iterator[str | Executable]:
        return self.prepare_type(column.type)

    def prepare_type(self, type_: TypeEngine[Any]) -> Iterator[str]:
        element = self.native_type(getattr(type_, "item_type", type_))
        named = isinstance(element, sa.Enum) and element.native_enum and element.name
        if named and getattr(element, "create_type", True):
            assert isinstance(element, sa.Enum)
            yield from self.create_enum(str(element.name), element.enums, element.schema)

    def create_enum(self, name: str, values: Sequence[str], schema: str | None) -> Iterator[str]:
        literals = ", ".join(self.literal(value) for value in values)
        create = f"CREATE TYPE {self.qualified(name, schema)} AS ENUM ({literals})"
        # CREATE TYPE has no IF NOT EXISTS, and several tables may share the type.
        yield (
            f"DO $schemaver$ BEGIN {create}; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $schemaver$"
        )

    def drop_enum(self, name: str, schema: str | None) -> Iterator[str]:
        yield f"DROP TYPE IF EXISTS {self.qualified(name, schema)}"

    def add_enum_value(
        self, name: str, value: str, schema: str | None, place: str, *, if_not_exists: bool = False
    ) -> Iterator[str]:
        guard = "IF NOT EXISTS " if if_not_exists else ""
        words = f"ALTER TYPE {self.qualified(name, schema)} ADD VALUE {guard}{self.literal(value)}"
        yield f"{words} {place}".strip()

    def rename_enum_value(self, name: str, old: str, new: str, schema: str | None) -> Iterator[str]:
        type_ = self.qualified(name, schema)
        yield f"ALTER TYPE {type_} RENAME VALUE {self.literal(old)} TO {self.literal(new)}"

    def rebuild_table(
        self, connection: Connection, table: str, schema: str | None, order: Sequence[str]
    ) -> None:
        from .postgresql_rebuild import rebuild

        rebuild(connection, self, table, schema, order)

    def has_invalid_index(self, connection: Connection, name: str, schema: str | None) -> bool:
        """https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY:
        a concurrent build that fails leaves an index behind that is not valid."""
        found = connection.execute(INVALID_INDEX, {"name": name, "schema": schema})
        return found.first() is not None

    def commits_alone(self, directive: str, options: Mapping[str, Any]) -> bool:
        if directive == "add_enum_value":
            # https://www.postgresql.org/docs/12/release-12.html, "ALTER TYPE ... ADD VALUE".
            version = getattr(self.engine, "server_version_info", None)
            return version is not None and version < (12,)
        return bool(options.get("postgresql_concurrently"))

    # -- extensions -------------------------------------------------------------------------

    def create_extension(
        self,
        name: str,
        schema: str | None,
        version: str | None,
        *,
        if_not_exists: bool = False,
        cascade: bool = False,
    ) -> Iterator[str]:
        words = ["CREATE EXTENSION"]
        words += ["IF NOT EXISTS"] if if_not_exists else []
        words.append(self.quote(name))
        words += [f"SCHEMA {self.preparer.quote_schema(schema)}"] if schema else []
        words += [f"VERSION {self.literal(version)}"] if version else []
        words += ["CASCADE"] if cascade else []
        yield " ".join(words)

    def drop_extension(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str]:
        guard = "IF EXISTS " if if_exists else ""
        end = " CASCADE" if cascade else ""
        yield f"DROP EXTENSION {guard}{self.quote(name)}{end}"

    # -- indexes ----------------------------------------------------------------------------

    def declared_index(self, index: sa.Index) -> str:
        text = super().declared_index(index)
        return text if text.startswith("USING ") else f"USING btree {text}"

    def reflected_index(self, index: ReflectedIndex) -> str:
        definition = str(index["definition"])  # type: ignore[typeddict-item]
        return definition[definition.index(" USING ") + 1 :]

    def normal_index(self, text: str) -> str:
        return self.normal_expression(text)

    # -- reading ----------------------------------------------------------------------------

    def read_tables(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> list[ReflectedTable]:
        names = connection.scalars(OWN_TABLES, {"schema": schema}).all()
        names = [name for name in names if wanted((schema, name))]
        if not names:
            return []
        read = read_with_inspector(sa.inspect(connection), schema, names, kind=ObjectKind.TABLE)
        return self._completed(connection, read, IN_SCHEMA, schema)

    def _completed(
        self, connection: Connection, tables: list[ReflectedTable], where: str, schema: str | None
    ) -> list[ReflectedTable]:
        """Put in the indexes, each with its own statement, and which UNIQUE is deferrable."""
        parameters: dict[str, Any] = {"names": [table.name for table in tables]}
        if ":schema" in where:
            parameters["schema"] = schema
        question = sa.text(FREE_INDEXES.format(where=where))
        found = defaultdict(list)
        for table, name, unique, definition in connection.execute(question, parameters):
            found[table].append(
                {"name": name, "unique": unique, "column_names": [], "definition": definition}
            )
        question = sa.text(DEFERRABLE.format(where=where))
        deferrable = {row[:2]: row[2] for row in connection.execute(question, parameters)}
        for read in tables:
            cast("list[Any]", read.indexes)[:] = found[read.name]
            for constraint in read.uniques:
                deferred = deferrable.get((read.name, constraint["name"]))
                if deferred is not None:
                    options = dict(constraint.get("dialect_options") or {})
                    options |= {"deferrable": True, "initially": "DEFERRED" if deferred else None}
                    constraint["dialect_options"] = options
        return tables

    def stored_forms(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable | None]:
        """Create temporary tables in a savepoint that is rolled back, and read them.

        All at once; one at a time if one of them cannot be created, or two share their name.
        """
        together = self._stored(connection, tables)
        if together is not None:
            return list(together)
        found = (self._stored(connection, [table]) for table in tables)
        return [one[0] if one else None for one in found]

    def _stored(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable] | None:
        if not tables:
            return []
        savepoint = connection.begin_nested()
        try:
            for table in tables:
                self._create_scratch(connection, _scratch_copy(table))
            read = read_with_inspector(
                sa.inspect(connection),
                None,
                [table.name for table in tables],
                kind=ObjectKind.TABLE,
                scope=ObjectScope.TEMPORARY,
            )
            stored = self._completed(connection, read, IN_SCRATCH, None)
        except (DBAPIError, CompileError):
            return None
        finally:
            savepoint.rollback()
        by_name = {table.name: table for table in stored}
        return [
            replace(by_name[table.name], schema=self.normal_schema(table.schema))
            for table in tables
        ]

    def _create_scratch(self, connection: Connection, table: sa.Table) -> None:
        for column in table.columns:
            for statement in self.prepare_type(column.type):
                connection.exec_driver_sql(statement)
        connection.execute(CreateTable(table))
        for index in table.indexes:
            connection.execute(CreateIndex(index))


_CAST_LITERAL = re.compile(rf"('(?:[^']|'')*'){_CAST.pattern}", re.IGNORECASE)
_ANY = re.compile(
    r"(?P<column>\b\w+|\"(?:[^\"]|\"\")+\")(?:::text)? = ANY "
    r"\(ARRAY\[(?P<items>(?:[^\]']|'(?:[^']|'')*')*)\](?:::text\[\])?\)"
)
_IN = re.compile(r"(\w+|\"(?:[^\"]|\"\")+\") in\(((?:[^()']|'(?:[^']|'')*')*)\)")
_QUOTED_NUMBER = re.compile(r"'-?\d+(?:\.\d+)?'")
_ATOM = re.compile(r"(?<![\w\"])\(([\w.]+|'(?:[^']|'')*'|array\[[^\[\]()]*\]|\([^()]*\))\)")


def _as_in(match: re.Match[str]) -> str:
    parts = re.split(r"('(?:[^']|'')*')", match["items"])
    items = "".join(p if i % 2 else _CAST.sub("", p) for i, p in enumerate(parts))
    return f"{match['column']} IN ({items})"


def without_atom_parentheses(sql: str) -> str:
    """Drop parentheses around a single name, literal or array, and doubled ones."""
    while (shorter := _ATOM.sub(r"\1", sql)) != sql:
        sql = shorter
    return sql


def _float_name(match: re.Match[str]) -> str:
    return "REAL" if int(match[1]) <= 24 else "DOUBLE PRECISION"


def _scratch_copy(table: sa.Table) -> sa.Table:
    """The table under its own name, so that the server names its parts as it would; no keys
    to other tables, which a temporary table cannot have."""
    named_alike = sa.MetaData(naming_convention=table.metadata.naming_convention)
    copy = table.to_metadata(named_alike, schema=None)  # type: ignore[arg-type]
    for constraint in list(copy.foreign_key_constraints):
        copy.constraints.discard(constraint)
    copy._prefixes = [*getattr(copy, "_prefixes", ()), "TEMPORARY"]
    return copy
