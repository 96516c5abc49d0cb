"""SQLite: what its ALTER TABLE can do, and a stored form that is the text of CREATE TABLE.

Facts about ALTER TABLE: https://sqlite.org/lang_altertable.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteTypeCompiler
from sqlalchemy.schema import ColumnCollectionConstraint, CreateTable

from ...errors import CommandError
from ..base import GUARDED, INLINE, UNCHANGED, ColumnChange, Dialect, TableKey
from ..recognition import by_schema
from ..reflected import ReflectedTable
from ..row_values import RowNumbers
from .shortcuts import ALTER_CONSTRAINT
from .tokens import default_clause_text, folded

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine import Dialect as EngineDialect
    from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine


class Types(SQLiteTypeCompiler):
    """Spells types; a column needs none, and models that were read have columns without one."""

    def visit_null(self, type_: Any, **kw: Any) -> str:
        return ""


class SQLiteDialect(Dialect):
    """What SQLite writes differently; what its ALTER cannot do is done by a rebuild."""

    name = "sqlite"
    transactional_ddl = True
    alters_constraints = False
    names_constraints = False
    drops_columns = False
    refers_across_schemas = False
    options_need_columns = True  # STRICT wants types that it knows
    options_of_keys: ClassVar[tuple[str, ...]] = ("sqlite_with_rowid", "sqlite_autoincrement")
    regardless_of_case: ClassVar[frozenset[str]] = frozenset({"table", "column"})
    guards: ClassVar[frozenset[str]] = GUARDED - {"add_column", "drop_column", "drop_constraint"}

    def adds_column(self, column: sa.Column[Any]) -> bool:
        if column.primary_key or (column.computed is not None and column.computed.persisted):
            return False
        if any(isinstance(c, sa.UniqueConstraint) for c in column.table.constraints):
            return False
        if any(self.enforces(c) for c in column.table.constraints if _is_type_bound(c)):
            return False
        default = self.default_spelling(column)
        if default is None:
            return bool(column.nullable)
        return is_constant(default) and not column.foreign_keys

    def reflected_default(self, found: ReflectedColumn) -> str | None:
        # PRAGMA and the stored text give an expression without the parentheses it must have.
        default = found.get("default")
        return None if default is None else default_clause_text(default)

    def __init__(self, engine_dialect: EngineDialect) -> None:
        super().__init__(engine_dialect)
        self._type_compiler = self.engine.type_compiler_instance = Types(self.engine)

    def rename_table(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        if folded(old) != folded(new):
            yield from super().rename_table(old, new, schema)
            return
        from .catalogue import TEMPORARY_PREFIX

        # SQLite says that there is a table of this name already.
        between = TEMPORARY_PREFIX + old
        yield from super().rename_table(old, between, schema)
        yield from super().rename_table(between, new, schema)

    def create_table(
        self, table: sa.Table, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        if not any(isinstance(column.type, sa.types.NullType) for column in table.columns):
            yield from super().create_table(table, if_not_exists=if_not_exists)
            return
        creation = CreateTable(table, if_not_exists=if_not_exists)
        yield str(creation.compile(dialect=self.engine)).strip()

    def empty_literal(self, type_: TypeEngine[Any]) -> str | None:
        return "''" if isinstance(type_, sa.types.NullType) else None

    def numbered_rows(self, place: str, options: Mapping[str, Any]) -> RowNumbers | None:
        # https://www.sqlite.org/rowidtable.html
        return None if options.get("sqlite_with_rowid") is False else RowNumbers("rowid")

    def distinct_value(self, number: str, type_: TypeEngine[Any]) -> str | None:
        # https://www.sqlite.org/lang_datefunc.html; SQLAlchemy reads what these return.
        times = ((sa.DateTime, "datetime"), (sa.Date, "date"), (sa.Time, "time"))
        for class_, function in times:
            if isinstance(type_, class_):
                unit = "days" if class_ is sa.Date else "seconds"
                return f"{function}('1970-01-01', '+' || {number} || ' {unit}')"
        if isinstance(type_, sa.LargeBinary | sa.types.NullType):
            return f"CAST({number} AS BLOB)"
        if isinstance(type_, sa.JSON):
            return f"CAST({number} AS TEXT)"
        return super().distinct_value(number, type_)

    def computed_storage(self, *, persisted: bool | None) -> str:
        return " STORED" if persisted else ""

    def constraint_name(self, constraint: sa.Constraint | sa.Index) -> str | None:
        # SQLAlchemy writes AUTOINCREMENT behind PRIMARY KEY in the column, and no name there.
        if isinstance(constraint, sa.PrimaryKeyConstraint):
            table = getattr(constraint, "table", None)
            if table is not None and table.dialect_options["sqlite"]["autoincrement"]:
                return None
        return super().constraint_name(constraint)

    def conflict_clause(self, item: sa.Constraint | sa.Column[Any]) -> str | None:
        options = item.dialect_options["sqlite"]
        if isinstance(item, sa.Column):
            found = None if item.nullable else options["on_conflict_not_null"]
        else:
            found = options["on_conflict"]
            word = _COLUMN_CONFLICTS.get(type(item))
            columns = list(item.columns) if isinstance(item, ColumnCollectionConstraint) else []
            if found is None and word is not None and len(columns) == 1:
                found = columns[0].dialect_options["sqlite"][word]
        return None if found is None else str(found).upper()

    def since(self, version: tuple[int, ...]) -> bool:
        """Whether the SQLite that runs is as new; one that nobody has asked yet is not."""
        running = getattr(self.engine, "server_version_info", None)
        return running is not None and tuple(running) >= version

    def adds_constraint(self, kind: str) -> bool:
        return kind == "check" and self.since(ALTER_CONSTRAINT)

    def alters_column(self, change: ColumnChange) -> bool:
        if change.nullable is not None and not self.since(ALTER_CONSTRAINT):
            return False
        kept = change.default is UNCHANGED and change.generated is UNCHANGED
        return change.type_ is None and kept

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        if change.nullable is not None:
            verb = "DROP" if change.nullable else "SET"
            yield f"{start}ALTER COLUMN {self.quote(column)} {verb} NOT NULL"
        if change.new_name is not None:
            yield f"{start}RENAME COLUMN {self.quote(column)} TO {self.quote(change.new_name)}"

    def add_column(
        self, column: sa.Column[Any], table: str, schema: str | None, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        references = [self.inline_reference(key) for key in column.foreign_keys]
        if "references" in column.info.get(INLINE, ()):
            references = []
        specification = " ".join([self.column_specification(column), *references])
        yield f"ALTER TABLE {self.qualified(table, schema)} ADD COLUMN {specification}"

    def compared_options(
        self, options: Mapping[str, Any], prefixes: Sequence[str], schema: str | None = None
    ) -> dict[str, Any]:
        usual = {"sqlite_strict": False, "sqlite_with_rowid": True, "sqlite_autoincrement": False}
        given = {n: bool(v) for n, v in options.items() if n in usual and v is not None}
        return {name: value for name, value in given.items() if value is not usual[name]}

    def renames_constraint(self, type_: str | None) -> bool:
        return True

    def rename_index(
        self, old: str, new: str, table: str | None, schema: str | None, text: str | None
    ) -> Iterator[str]:
        """SQLite has no word for it: the index is made anew, of its stored text."""
        body = None if text is None else _INDEX_NAME.match(text)
        if text is None or body is None:
            raise CommandError(
                f"To rename the index '{old}', SQLite has to read what it is on; that cannot be "
                "written as SQL beforehand.",
                hint="Run the upgrade online, or use op.drop_index() and op.create_index().",
            )
        place = self.qualified(new, schema)
        yield f"DROP INDEX {self.qualified(old, schema)}"
        yield f"{body['start']} {place} {text[body.end() :]}"

    def stored_index_text(
        self, connection: Connection, name: str, schema: str | None
    ) -> str | None:
        master = self.qualified("sqlite_master", schema)
        question = f"SELECT sql FROM {master} WHERE type = 'index' AND name = :name"
        text = connection.scalar(sa.text(question), {"name": name})
        if text is None:
            raise CommandError(
                f"There is no index '{name}' to rename.",
                hint="An index that SQLite made for a constraint has no name to change.",
            )
        return str(text)

    def create_schema(
        self, name: str, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        """A schema is another file, attached by the application."""
        return iter(())

    def drop_schema(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str | Executable]:
        return iter(())

    def add_constraint_of_column(self, constraint: sa.Constraint) -> Iterator[Executable]:
        """Foreign keys stand in the column's definition; the rest makes a rebuild."""
        return iter(())

    def reflected_index(self, index: ReflectedIndex) -> str:
        text = str(index["sqlite_sql"])  # type: ignore[typeddict-item]
        return index_body(text)

    def read_tables(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> list[ReflectedTable]:
        from .catalogue import read_tables

        return read_tables(connection, schema, lambda name: wanted((schema, name)))

    def unchanged(self, connection: Connection, tables: Iterable[sa.Table]) -> list[sa.Table]:
        from .unchanged import unchanged

        return [
            table
            for schema, several in by_schema(tables, self)
            for table in unchanged(connection, schema, several, self)
        ]

    def table_text(self, table: sa.Table) -> str:
        """The text that SQLite stores for a declared table: it leaves out the schema."""
        text = str(CreateTable(table).compile(dialect=self.engine)).strip()
        if table.schema is None:
            return text
        start = f"CREATE TABLE {self.preparer.format_table(table)}"
        return f"CREATE TABLE {self.quote(table.name)}{text.removeprefix(start)}"

    def index_text(self, index: sa.Index) -> str:
        """The text that SQLite stores for a declared index."""
        assert index.table is not None
        unique = "UNIQUE " if index.unique else ""
        name, table = self.constraint_name(index), self.quote(index.table.name)
        # The reader of the models tells which index has no name.
        return f"CREATE {unique}INDEX {self.quote(name or '')} ON {table} " + self.declared_index(
            index
        )

    def stored_forms(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable | None]:
        """SQLite stores the text of CREATE TABLE, so that compiling it says what it would store."""
        return [self._stored_form(table) for table in tables]

    def _stored_form(self, table: sa.Table) -> ReflectedTable:
        from .catalogue import reflect_definition
        from .definition import TableDefinition

        schema = self.normal_schema(table.schema)
        read = reflect_definition(TableDefinition.parse(self.table_text(table)), schema)
        return replace(
            read,
            schema=schema,
            name=table.name,
            indexes=[self._stored_index(index) for index in table.indexes],
        )

    def _stored_index(self, index: sa.Index) -> Any:
        return {
            "name": self.constraint_name(index),
            "unique": bool(index.unique),
            "column_names": [],
            "sqlite_sql": f"CREATE INDEX i ON t {self.declared_index(index)}",
        }


_COLUMN_CONFLICTS: dict[type[sa.Constraint], str] = {
    sa.PrimaryKeyConstraint: "on_conflict_primary_key",
    sa.UniqueConstraint: "on_conflict_unique",
}
"""Where a column says what SQLAlchemy writes for a constraint on that column alone."""

_CONSTANT = re.compile(
    r"[+-]?\s*[\d.]+(e[+-]?\d+)?|'(?:[^']|'')*'|x'[0-9a-f]*'|null|true|false", re.IGNORECASE
)


def _is_type_bound(constraint: sa.Constraint) -> TypeGuard[sa.CheckConstraint]:
    return isinstance(constraint, sa.CheckConstraint) and bool(
        getattr(constraint, "_type_bound", False)
    )


def is_constant(default: str) -> bool:
    """Whether ALTER TABLE ADD COLUMN takes this default on a table that has rows."""
    return _CONSTANT.fullmatch(default.strip()) is not None


_INDEX_NAME = re.compile(
    r"""(?P<start>CREATE\s+(?:UNIQUE\s+)?INDEX)\s+(?:IF\s+NOT\s+EXISTS\s+)?
        (?:"(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`|[^\s"\[`]+)\s+(?=ON\s)""",
    re.IGNORECASE | re.VERBOSE,
)
_INDEX_HEAD = re.compile(
    r"""CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?
        (?:"(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`|[^\s"\[`]+)\s+ON\s+
        (?:"(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`|[^\s"\[`(]+)\s*""",
    re.IGNORECASE | re.VERBOSE,
)


def index_body(sql: str) -> str:
    """What follows the table in the stored text of an index."""
    return _INDEX_HEAD.sub("", sql.strip(), count=1)
