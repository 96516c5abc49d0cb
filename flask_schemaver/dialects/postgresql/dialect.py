"""PostgreSQL: its spellings, its catalogue, and its scratch space for asking what it would store.

Facts about the catalogue: https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError, DBAPIError

from ..base import TableKey, normal_form
from ..index_text import parse_index_text
from ..normal import without_outer_parentheses
from ..recognition import by_schema, leading_to_known
from ..reflected import ReflectedSchema, ReflectedTable
from ..row_values import RowNumbers
from .catalogue import Catalogue, exclude_parts
from .columns import Columns, counter_clauses, counter_options, counting_within
from .defaults import bare_literal, normal_literal
from .expressions import as_it_was_typed, normal_expression
from .names import catalogue_spelling, given_object_name
from .queries import INVALID_INDEX, OWNED_SEQUENCES
from .scratch import stored_domains, stored_tables
from .types import base_of, can_convert, distinct_value, empty_literal

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

IDENTIFIER_LIMIT: Final = 63


class PostgreSQLDialect(Columns):
    """What PostgreSQL writes differently, and what it can be asked."""

    name = "postgresql"
    counts_by_column = True
    numbers_keys = True
    transactional_ddl = True
    comments: bool = True
    rebuilds_tables = True
    enum_types = True
    domain_types = True
    compared_sequences = True
    compared_schemas = True

    def __init__(self, engine_dialect: EngineDialect) -> None:
        super().__init__(engine_dialect)
        self._spelled: dict[Any, str] = {}

    # -- spellings --------------------------------------------------------------------------

    def default_constraint_name(self, kind: str, table: str, columns: Sequence[str]) -> str:
        suffix = {"unique": "key", "foreign_key": "fkey", "check": "check", "primary_key": "pkey"}
        suffix |= {"exclude": "excl", "sequence": "seq"}
        words = [] if kind == "primary_key" else columns
        return given_object_name(table, words, suffix[kind])

    def native_type(self, type_: TypeEngine[Any]) -> TypeEngine[Any]:
        # SQLAlchemy's own decorator, which is none here.
        if isinstance(type_, sa.Interval) and type_.native:
            return postgresql.INTERVAL(precision=type_.second_precision)
        return super().native_type(type_)

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

    def compared_type(self, type_: TypeEngine[Any]) -> str:
        # Twelve thousand columns have a few dozen types: each is compiled once.
        key: Any = None
        if not type_._variant_mapping:
            key = (type_.__class__, *type_.__dict__.values())
            try:
                known = self._spelled.get(key)
            except TypeError:
                key = known = None
            if known is not None:
                return known
        spelled = self.compared_type_text(self.type_spelling(type_))
        if key is not None:
            self._spelled[key] = spelled
        return spelled

    def compared_type_text(self, spelled: str) -> str:
        known = self._spelled.get(spelled)
        if known is None:
            own = f"{self.quote(str(self.engine.default_schema_name))}."
            known = catalogue_spelling(spelled).removeprefix(own)
            self._spelled[spelled] = known
        return known

    def reflected_default(self, found: ReflectedColumn) -> str | None:
        # The default of a serial column is how the server does autoincrement.
        if found.get("serial"):
            return None
        # The column's type says what a literal is: the cast is the server's own note of it.
        default = found.get("default")
        if default is None:
            return None
        stored = base_of(found["type"])
        text = found.get("type_text") if stored is found["type"] else self.compared_type(stored)
        return bare_literal(default, str(text))

    def binary_literal(self, value: bytes) -> str:
        return rf"'\x{value.hex()}'"

    def empty_literal(self, type_: TypeEngine[Any]) -> str | None:
        return empty_literal(type_, self.compared_type(type_))

    def numbered_rows(self, place: str, options: Mapping[str, Any]) -> RowNumbers:
        rows = f"SELECT ctid AS row_place, row_number() OVER () AS row_number FROM {place}"
        source = f" FROM ({rows}) AS numbered WHERE numbered.row_place = {place}.ctid"
        return RowNumbers("numbered.row_number", source=source)

    def distinct_value(self, number: str, type_: TypeEngine[Any]) -> str | None:
        own = distinct_value(number, self.native_type(type_), self.type_spelling(type_))
        return super().distinct_value(number, type_) if own is None else own

    def normal_expression(self, sql: str) -> str:
        return normal_expression(sql)

    def normal_default(self, sql: str, type_: TypeEngine[Any]) -> str:
        # A literal of a domain is one of the type that the domain is made of.
        literal = normal_literal(sql.strip(), self.compared_type(base_of(self.native_type(type_))))
        return normal_expression(sql) if literal is None else literal

    def reflected_check(self, sql: str) -> str:
        return as_it_was_typed(sql)

    def rebuild_table(
        self, connection: Connection, table: str, schema: str | None, order: Sequence[str]
    ) -> None:
        from .rebuild import rebuild

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
        text = as_it_was_typed(definition[definition.index(" USING ") + 1 :])
        tablespace = index.get("tablespace")
        if tablespace is None:
            return text
        start, where, condition = text.partition(" WHERE ")
        return f"{start} TABLESPACE {self.quote(str(tablespace))}{where}{condition}"

    def exclude_parts(self, text: str) -> dict[str, Any]:
        return exclude_parts(text)

    def normal_index(self, text: str) -> str:
        return _normal_index(text)

    # -- options of tables ------------------------------------------------------------------

    def compared_options(
        self, options: Mapping[str, Any], prefixes: Sequence[str], schema: str | None = None
    ) -> dict[str, Any]:
        found = {
            name: options[name]
            for name in ("postgresql_tablespace", "postgresql_using")
            if options.get(name)
        }
        if storage := options.get("postgresql_with"):
            found["postgresql_with"] = {k: _storage_value(v) for k, v in storage.items()}
        if inherits := options.get("postgresql_inherits"):
            several = inherits if isinstance(inherits, list | tuple) else [inherits]
            found["postgresql_inherits"] = tuple(str(name) for name in several)
        if divided := options.get("postgresql_partition_by"):
            found["postgresql_partition_by"] = normal_form(divided).replace(" (", "(")
        if "UNLOGGED" in [str(prefix).upper() for prefix in prefixes]:
            found["prefixes"] = ("UNLOGGED",)
        return found

    def sequence_options(self, sequence: Any) -> Mapping[str, Any]:
        read = sequence.get if isinstance(sequence, Mapping) else vars(sequence).get
        type_ = read("data_type")
        kind = "bigint" if type_ is None else self.compared_type(sa.types.to_instance(type_))
        return {"data_type": kind, **counter_options(sequence, kind)}

    def alter_sequence(
        self, name: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        clauses = " ".join(counter_clauses(options))
        place = self.qualified(name, schema)
        if {"minvalue", "maxvalue"} <= set(options) and "start" in options:
            yield counting_within(self.literal(place), options, clauses)
        else:
            yield f"ALTER SEQUENCE {place} {clauses}"

    def has_table_option(self, name: str) -> bool:
        return name == "prefixes" or super().has_table_option(name)

    def alter_table_options(
        self,
        table: str,
        schema: str | None,
        options: Mapping[str, Any],
        existing: Mapping[str, Any] | None = None,
    ) -> Iterator[str | Executable]:
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        for name, value in options.items():
            if name == "prefixes":
                yield f"{start}SET {'UNLOGGED' if value else 'LOGGED'}"
            elif name == "postgresql_with":
                yield from self._set_storage(start, table, schema, value or {})
            elif name == "postgresql_tablespace":
                yield f"{start}SET TABLESPACE {self.quote(value or 'pg_default')}"
            elif name == "postgresql_using":
                yield f"{start}SET ACCESS METHOD {self.quote(value or 'heap')}"
            else:
                yield from super().alter_table_options(table, schema, {name: value})

    def _set_storage(
        self, start: str, table: str, schema: str | None, wanted: Mapping[str, Any]
    ) -> Iterator[str]:
        """Set what is wanted, and take back all else, whatever it is."""
        kept = ", ".join(self.literal(name) for name in wanted)
        others = f" AND NOT o.option_name IN ({kept})" if kept else ""
        yield (
            "DO $schemaver$ DECLARE names text; BEGIN "
            "SELECT string_agg(quote_ident(o.option_name), ', ') INTO names FROM pg_class c, "
            "pg_options_to_table(c.reloptions) o "
            f"WHERE c.oid = {self.literal(self.qualified(table, schema))}::regclass{others}; "
            f"IF names IS NOT NULL THEN EXECUTE {self.literal(start + 'RESET (')} || names || "
            "')'; END IF; END $schemaver$"
        )
        if wanted:
            settings = ", ".join(f"{n} = {_storage_value(v)}" for n, v in wanted.items())
            yield f"{start}SET ({settings})"

    # -- reading ----------------------------------------------------------------------------

    def read_schema(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> ReflectedSchema:
        catalogue = Catalogue(connection, self.engine)
        return catalogue.schema(schema, lambda name: wanted((schema, name)))

    def unchanged(self, connection: Connection, tables: Iterable[sa.Table]) -> list[sa.Table]:
        from .unchanged import unchanged

        return leading_to_known(
            table
            for schema, several in by_schema(tables, self)
            for table in unchanged(connection, schema, several, self)
        )

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

    def stored_domains(
        self, connection: Connection, domains: Sequence[Any]
    ) -> list[Mapping[str, Any] | None]:
        if not domains:
            return []
        try:
            return stored_domains(connection, domains, self)
        except (DBAPIError, CompileError):
            return [None for _ in domains]

    def _stored(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable] | None:
        try:
            return stored_tables(connection, tables, self)
        except (DBAPIError, CompileError):
            return None


def _storage_value(value: Any) -> str:
    """A storage parameter as the catalogue keeps it: text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _normal_index(text: str) -> str:
    """An index's elements, each without the words that say what is so anyway, and its options.

    The result can be read again: names of columns in it are exchanged when these are renamed.
    """
    parsed = parse_index_text(text)
    elements = [
        _plain_name(e) if p else _normal_element(e)
        for e, p in zip(parsed.elements, parsed.plain, strict=True)
    ]
    words = [f"USING {parsed.method or 'btree'} ({', '.join(elements)})"]
    if parsed.include:
        words.append(f"INCLUDE ({', '.join(sorted(map(_plain_name, parsed.include)))})")
    if parsed.nulls_not_distinct:
        words.append("NULLS NOT DISTINCT")
    if parsed.storage:
        settings = (f"{name}='{value}'" for name, value in sorted(parsed.storage))
        words.append(f"WITH ({', '.join(settings)})")
    if parsed.tablespace not in (None, "pg_default"):
        words.append(f"TABLESPACE {parsed.tablespace}")
    if parsed.where is not None:
        words.append(f"WHERE {normal_expression(parsed.where)}")
    return " ".join(words)


def _plain_name(name: str) -> str:
    """A column's name, in quotes where it is more than a word."""
    return name if _WORD.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _normal_element(element: str) -> str:
    match = _ORDER.fullmatch(element)
    assert match is not None
    text = _normal_indexed(match["what"])
    descending = (match["way"] or "").upper() == "DESC"
    first = descending if match["nulls"] is None else match["nulls"].upper() == "FIRST"
    words = [text, "DESC" if descending else ""]
    words.append("" if first == descending else f"NULLS {'FIRST' if first else 'LAST'}")
    return " ".join(word for word in words if word)


def _normal_indexed(text: str) -> str:
    """The normal form of what is indexed: a cast of all of it is the author's, to a text, too."""
    cast = _CAST_OF_ALL.fullmatch(without_outer_parentheses(text))
    if cast is None:
        return normal_expression(text)
    return f"({normal_expression(cast['what'])})::{catalogue_spelling(cast['type'])}"


_CAST_OF_ALL = re.compile(
    r'(?P<what>\(.*\)|\w+|"(?:[^"]|"")+")::(?P<type>text|character varying|varchar)',
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[a-z_][a-z0-9_$]*")
_ORDER = re.compile(
    r"(?P<what>.*?)(?:\s+(?P<way>ASC|DESC))?(?:\s+NULLS\s+(?P<nulls>FIRST|LAST))?",
    re.IGNORECASE | re.DOTALL,
)
