"""What every database has in common: spellings and abilities that a dialect may override.

CREATE TABLE, CREATE INDEX, types and defaults go through SQLAlchemy's own compilers, so that a
database nobody here knows works as far as SQLAlchemy knows it. A dialect deals in strings and in
SQLAlchemy's types; what a column or an index is to this project it does not know.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.schema import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    DropIndex,
    DropTable,
)

from ..errors import CommandError
from .beside import BesideTables
from .change import UNCHANGED as UNCHANGED
from .change import ColumnChange as ColumnChange
from .change import default_clause as default_clause
from .comments import Comments
from .compared_columns import ComparedColumns
from .judged import Judged
from .names import OtherNames
from .normal import normal_form as normal_form
from .normal import without_outer_parentheses as without_outer_parentheses
from .own_options import OwnOptions
from .plain import GUARDED as GUARDED
from .plain import undoubled as undoubled
from .reading import read_with_inspector as read_with_inspector
from .reflected import ReflectedSchema, ReflectedTable
from .registry import class_for, register
from .row_values import RowValues

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
    from sqlalchemy.sql import Executable
    from sqlalchemy.sql.compiler import DDLCompiler, IdentifierPreparer
    from sqlalchemy.types import TypeEngine

TableKey = tuple[str | None, str]

INLINE = "schemaver_inline"
"""Where a column's `info` says which of its keys belong into its own definition."""


class Dialect(OtherNames, BesideTables, Judged, ComparedColumns, OwnOptions, RowValues, Comments):
    """The spellings of standard SQL, around one of SQLAlchemy's dialects."""

    name = "default"

    transactional_ddl = False
    """DDL can be rolled back."""

    alters_constraints = True
    """ALTER TABLE can change a column and add or drop a constraint."""

    names_constraints = True
    """A constraint that is declared without a name gets one from the database."""

    drops_columns = True
    """ALTER TABLE can drop any column."""

    refers_in_own_schema = False
    """A foreign key that names no schema leads to a table of its own table's schema."""

    refers_across_schemas = True
    """A foreign key can lead to a table of another schema; if not, it is not written at all."""

    options_need_columns = False
    """Options of a table demand something of its columns and its key: given last, taken first."""

    options_of_keys: ClassVar[tuple[str, ...]] = ()
    """The options that a table cannot have while it has no primary key."""

    guards: ClassVar[frozenset[str]] = GUARDED
    """The directives whose statements can say IF EXISTS or IF NOT EXISTS themselves."""

    writes_whole_columns = False
    """A change of a column repeats what stays of it: what is not known is read beforehand."""

    counts_by_column = False
    """`alter_column(autoincrement=...)` makes a column count, or stops it."""

    indexes_of_tables = False
    """Names of indexes are unique in their table only, which has to be named to drop one."""

    plain_actions: ClassVar[tuple[str, ...]] = ("NO ACTION",)
    """What ON DELETE and ON UPDATE of a foreign key may say that happens anyway."""

    rebuilds_tables = False
    """`rebuild_table` works: a table can be built anew, its columns in another order."""

    keys_hold_columns = False
    """A column of a foreign key cannot be dropped before the key is."""

    moves_columns = False
    """ALTER TABLE itself can put a column beside another one."""

    shows_key_indexes = False
    """The catalogue shows the index behind a key as one more index, or cannot tell them apart."""

    batch_separator: str | None = None
    """The line that ends a statement, or a batch of them, in a SQL script."""

    begin_words = "BEGIN"
    """How a transaction begins in a SQL script; '' where one is always open."""

    other_spellings: ClassVar[dict[str, str]] = {}
    """Spellings of a type, in capitals, that mean another spelling."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        register(cls)

    def __init__(self, engine_dialect: EngineDialect) -> None:
        self.engine: EngineDialect = undoubled(engine_dialect)
        engine_dialect = self.engine
        self.naming_convention: dict[str, Any] = {}
        self.comments: bool = self.comments or bool(engine_dialect.supports_comments)
        self.constraint_comments: bool = bool(engine_dialect.supports_constraint_comments)
        self.preparer: IdentifierPreparer = engine_dialect.identifier_preparer
        # Without a statement: the compiler serves for the parts of one.
        self.ddl: DDLCompiler = engine_dialect.ddl_compiler(engine_dialect, None)  # type: ignore[arg-type]
        self._type_compiler = engine_dialect.type_compiler_instance

    # -- abilities that depend on what is asked ---------------------------------------------

    def adds_column(self, column: sa.Column[Any]) -> bool:
        """Whether ALTER TABLE can add this column, with the constraints that are its own."""
        return True

    def adds_constraint(self, kind: str) -> bool:
        """Whether ALTER TABLE can add a constraint of this kind ('check', 'unique' ...)."""
        return self.alters_constraints

    def alters_column(self, change: ColumnChange) -> bool:
        """Whether ALTER TABLE can make this change."""
        return True

    def can_convert(self, old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
        """Whether values of a column can pass from one type to another without being told how."""
        return True

    def enforces(self, check: sa.CheckConstraint) -> bool:
        """Whether CREATE TABLE writes this CHECK: one that belongs to a type may not apply."""
        rule = getattr(check, "_create_rule", None)
        return rule is None or bool(rule(self.ddl))

    # -- names ------------------------------------------------------------------------------

    def quote(self, name: str) -> str:
        return self.preparer.quote(name)

    def name_read(self, name: str) -> str:
        """A column's name as SQLAlchemy's inspector reads it, in the database's own letters."""
        return name

    def normal_schema(self, schema: str | None) -> str | None:
        """A schema's name; None for the default one, however it is written."""
        return None if schema == self.engine.default_schema_name else schema

    def qualified(self, table: str, schema: str | None) -> str:
        quoted = self.quote(table)
        return f"{self.preparer.quote_schema(schema)}.{quoted}" if schema else quoted

    @contextmanager
    def naming(self, convention: Mapping[str, Any] | None) -> Iterator[None]:
        """Another naming convention inside the block; None changes nothing."""
        usual = self.naming_convention
        self.naming_convention = usual if convention is None else dict(convention)
        try:
            yield
        finally:
            self.naming_convention = usual

    def constraint_name(self, constraint: sa.Constraint | sa.Index) -> str | None:
        """The name an object will really have: naming conventions and truncation applied."""
        if constraint.name is None:
            return None
        name = self.preparer.format_constraint(constraint, _alembic_quote=False)
        return None if name is None else str(name)

    def default_constraint_name(self, kind: str, table: str, columns: Sequence[str]) -> str:
        """A name for a constraint whose model has none, as the server would give it."""
        prefix = {"unique": "uq", "foreign_key": "fk", "check": "ck", "primary_key": "pk"}[kind]
        return self.shortened("_".join([prefix, table, *columns]))

    def shortened(self, name: str) -> str:
        """`name`, cut to what the database allows; the end is kept unique by its digest."""
        limit = self.engine.max_identifier_length
        if len(name) <= limit:
            return name
        import hashlib

        return f"{name[: limit - 9]}_{hashlib.sha1(name.encode()).hexdigest()[:8]}"

    # -- spellings of values ----------------------------------------------------------------

    def type_spelling(self, type_: TypeEngine[Any]) -> str:
        """How the database writes a type; what two types are compared by."""
        spelled = self._type_compiler.process(type_)
        return re.sub(r"\s+", " ", spelled).strip()

    def compared_type(self, type_: TypeEngine[Any]) -> str:
        """The spelling of a type with synonyms resolved."""
        return self.compared_type_text(self.type_spelling(type_))

    def compared_type_text(self, spelled: str) -> str:
        """The same for a type as the catalogue or a compiler wrote it."""
        spelled = re.sub(r"\s+", " ", spelled).strip().upper()
        head, bracket, rest = spelled.partition("(")
        head = self.other_spellings.get(head.strip(), head.strip())
        return head + bracket + rest.replace(", ", ",")

    def default_spelling(self, column: sa.Column[Any]) -> str | None:
        """The DEFAULT of a declared column as SQL, None without one."""
        return self.ddl.get_column_default_string(column)

    def reflected_default(self, found: ReflectedColumn) -> str | None:
        """The DEFAULT of a column that was read, None without one of its own."""
        return found.get("default")

    def reflected_check(self, sql: str) -> str:
        """The text of a CHECK that was read, as it can be typed again."""
        return sql

    def normal_expression(self, sql: str) -> str:
        """The cheap normal form of an expression: equal forms mean equal expressions."""
        return normal_form(sql)

    def computed_storage(self, *, persisted: bool | None) -> str:
        """What tells a computed column that is stored from one that is not, if both are there."""
        return ""

    def conflict_clause(self, item: sa.Constraint | sa.Column[Any]) -> str | None:
        """What a declared constraint, or NOT NULL of a column, says about rows that violate it."""
        return None

    def expression_spelling(self, expression: Any) -> str:
        """A SQL expression, or its text, with its values written out and no table names."""
        if isinstance(expression, str):
            return expression
        return str(
            self.ddl.sql_compiler.process(expression, include_table=False, literal_binds=True)
        )

    # -- statements -------------------------------------------------------------------------

    def create_table(
        self, table: sa.Table, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        yield CreateTable(table, if_not_exists=if_not_exists)
        yield from self.table_comments(table)

    def drop_table(self, table: sa.Table, *, if_exists: bool = False) -> Iterator[Executable]:
        yield DropTable(table, if_exists=if_exists)

    def create_index(self, index: sa.Index, *, if_not_exists: bool = False) -> Iterator[Executable]:
        yield CreateIndex(index, if_not_exists=if_not_exists)

    def drop_index(self, index: sa.Index, *, if_exists: bool = False) -> Iterator[str | Executable]:
        yield DropIndex(index, if_exists=if_exists)

    def add_constraint(self, constraint: sa.Constraint) -> Iterator[str | Executable]:
        # Without this, the constraint would be missing in a later CREATE TABLE of its own table;
        # the argument 'isolate_from_table' says the same, but is new in SQLAlchemy 2.0.39.
        rule = constraint._create_rule
        statement = AddConstraint(constraint)
        constraint._create_rule = rule
        yield statement
        yield from self.said_of([constraint])

    def drop_constraint(
        self,
        name: str,
        kind: str | None,
        table: str,
        schema: str | None,
        *,
        if_exists: bool = False,
    ) -> Iterator[str]:
        guard = "IF EXISTS " if if_exists else ""
        yield (
            f"ALTER TABLE {self.qualified(table, schema)} DROP CONSTRAINT {guard}{self.quote(name)}"
        )

    def column_specification(self, column: sa.Column[Any]) -> str:
        """A column as CREATE TABLE writes it, with its own CHECKs; its keys only if INLINE says so.

        `column.info[INLINE]` may hold "primary_key" and "references".
        """
        text = self.ddl.get_column_specification(column)
        checks = [c for c in column.constraints if isinstance(c, sa.CheckConstraint)]
        inline = column.info.get(INLINE, ())
        keys = ["PRIMARY KEY"] if "primary_key" in inline else []
        if "references" in inline:
            keys += [self.inline_reference(key) for key in column.foreign_keys]
        return " ".join([text, *keys, *(self.ddl.process(c) for c in checks)])

    def inline_reference(self, key: sa.ForeignKey) -> str:
        """A foreign key as it stands in a column's own definition, its name kept."""
        assert key.constraint is not None
        text = self.ddl.process(key.constraint)
        name, _, clause = text.partition("FOREIGN KEY")
        return name + clause[clause.index("REFERENCES") :]

    def prepare_column(self, column: sa.Column[Any]) -> Iterator[str | Executable]:
        """What must be there before a column of this type can be made."""
        return iter(())

    def add_column(
        self, column: sa.Column[Any], table: str, schema: str | None, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        yield from self.prepare_column(column)
        guard = "IF NOT EXISTS " if if_not_exists else ""
        specification = self.column_specification(column)
        yield f"ALTER TABLE {self.qualified(table, schema)} ADD COLUMN {guard}{specification}"
        if column.comment is not None and self.comments and not self.engine.inline_comments:
            yield from self.comment_column(table, schema, column.name, column.comment)

    def drop_column(
        self, name: str, table: str, schema: str | None, *, if_exists: bool = False
    ) -> Iterator[str]:
        guard = "IF EXISTS " if if_exists else ""
        yield f"ALTER TABLE {self.qualified(table, schema)} DROP COLUMN {guard}{self.quote(name)}"

    def before_drop_column(
        self, name: str, table: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        """What has to go before a column can be dropped; `options` are those of `drop_column`."""
        return iter(())

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        """The statements of a change of one column, in an order that works on rows."""
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        name = self.quote(column)
        if change.type_ is not None:
            yield from self.alter_type(start, name, change)
        if change.nullable is not None:
            verb = "DROP" if change.nullable else "SET"
            yield f"{start}ALTER COLUMN {name} {verb} NOT NULL"
        if change.default is not UNCHANGED:
            yield f"{start}ALTER COLUMN {name} {default_clause(change.default)}"
        if change.generated is not UNCHANGED:
            yield from self.alter_generated(start, name, change)
        if change.comment is not UNCHANGED:
            yield from self.comment_column(table, schema, column, change.comment)
        if change.new_name is not None:
            yield f"{start}RENAME COLUMN {name} TO {self.quote(change.new_name)}"

    def alter_type(self, start: str, name: str, change: ColumnChange) -> Iterator[str | Executable]:
        assert change.type_ is not None
        yield f"{start}ALTER COLUMN {name} TYPE {self.type_spelling(change.type_)}"

    def exclude_parts(self, text: str) -> dict[str, Any]:
        """An EXCLUDE constraint taken apart: using, elements, where, deferrable, initially."""
        raise NotImplementedError

    def keeps_generated(self, old: Any, new: Any) -> bool:
        """Whether ALTER COLUMN leads from one Identity or Computed, or None, to another.

        If not, the column is dropped and added anew.
        """
        return not isinstance(old, sa.Computed) and not isinstance(new, sa.Computed)

    def declared_counting(self, column: sa.Column[Any]) -> bool:
        """Whether the server itself numbers the rows in a declared column, as it is stored.

        False where that is not compared.
        """
        return False

    def reflected_counting(self, found: ReflectedColumn) -> bool:
        """The same of a column that was read."""
        return False

    def identity_options(self, identity: Any, type_: TypeEngine[Any]) -> Mapping[str, Any] | None:
        """All options of an Identity, or of what was read of one; None where none are compared."""
        return None

    def disturbs_keys(self, old: TypeEngine[Any] | None, new: TypeEngine[Any] | None) -> bool:
        """Whether foreign keys have to leave while a column of theirs changes its type."""
        return False

    def rewrites_expressions(self, old: TypeEngine[Any] | None, new: TypeEngine[Any]) -> bool:
        """Whether an expression on a column is stored otherwise after this change of its type."""
        return False

    def alter_generated(
        self, start: str, name: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        """Make a column an identity or a computed one, another such one, or a plain one."""
        wanted = "IDENTITY" if isinstance(change.generated, sa.Identity) else "GENERATED"
        raise CommandError(
            f"The column {name} cannot be changed to or from {wanted} on '{self.name}'.",
            hint="Drop the column and add it anew: op.drop_column(), then op.add_column().",
        )

    def literal(self, value: str | None) -> str:
        """A string as SQL."""
        if value is None:
            return "NULL"
        return "'" + value.replace("'", "''") + "'"

    def binary_literal(self, value: bytes) -> str:
        """Bytes as SQL."""
        return f"X'{value.hex()}'"

    def add_constraint_of_column(self, constraint: sa.Constraint) -> Iterator[str | Executable]:
        """What a column brings along, after ADD COLUMN."""
        return self.add_constraint(constraint)

    def forgets(self, change: ColumnChange) -> str:
        """What of the column gets lost by this change, if it is there and not known; or ''."""
        return ""

    def insert_rows(
        self, table: sa.TableClause, columns: Collection[str], inserts: Iterable[Executable]
    ) -> Iterator[str | Executable]:
        """`inserts` of values for `columns`, and what must be said before and after them."""
        yield from inserts

    def script_statement(self, text: str) -> str:
        """A statement as it stands in a SQL script, with what ends it."""
        return f"{text.removesuffix(';')};"

    # -- what a migration asks ----------------------------------------------------------------

    def has_invalid_index(self, connection: Connection, name: str, schema: str | None) -> bool:
        """Whether an index is there that was never finished, and serves nobody. Reads only."""
        return False

    def commits_alone(self, directive: str, options: Mapping[str, Any]) -> bool:
        """Whether a statement of this directive cannot run inside a transaction."""
        return False

    def native_type(self, type_: TypeEngine[Any]) -> TypeEngine[Any]:
        """The type that really is used on this database: variants and decorators resolved."""
        if isinstance(type_, sa.TypeDecorator):
            type_ = type_.load_dialect_impl(self.engine)
        return type_._variant_mapping.get(self.engine.name, type_)

    def rebuild_table(
        self, connection: Connection, table: str, schema: str | None, order: Sequence[str]
    ) -> None:
        """Build a table anew with its columns in this order, and keep all that it has."""
        raise NotImplementedError

    # -- indexes ----------------------------------------------------------------------------

    def declared_index(self, index: sa.Index) -> str:
        """What an index is on, as text: all that follows the table in CREATE INDEX."""
        if not index.dialect_kwargs and all(isinstance(e, sa.Column) for e in index.expressions):
            return f"({', '.join(self.quote(column.name) for column in index.columns)})"
        text = str(CreateIndex(index).compile(dialect=self.engine))
        assert index.table is not None
        # SQLite says its schema with the index: https://www.sqlite.org/lang_createindex.html
        spelled = (
            self.preparer.format_table(index.table, use_schema=said) for said in (True, False)
        )
        return next((rest for t in spelled if (rest := text.partition(f" ON {t} ")[2])), "")

    def reflected_index(self, index: ReflectedIndex) -> str:
        """The same of an index that was read from a database."""
        sorting = index.get("column_sorting", {})
        elements = []
        for name in index.get("expressions") or index["column_names"]:
            plain = name is not None and name in index["column_names"]
            descending = plain and "desc" in sorting.get(str(name), ("",))
            word = self.quote(str(name)) if plain else str(name)
            elements.append(f"{word} DESC" if descending else word)
        return f"({', '.join(elements)})"

    def normal_default(self, sql: str, type_: TypeEngine[Any]) -> str:
        """The cheap normal form of a DEFAULT of a column of this type."""
        return self.normal_expression(sql)

    def normal_index(self, text: str) -> str:
        """The cheap normal form of an index's text."""
        return normal_form(text)

    # -- reading ----------------------------------------------------------------------------

    def read_schema(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> ReflectedSchema:
        """One schema: its tables that are `wanted`, and what stands beside them. Reads only."""
        return ReflectedSchema(schema, self.read_tables(connection, schema, wanted))

    def read_tables(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> list[ReflectedTable]:
        """All tables of one schema that are `wanted`, with their parts. Reads only."""
        inspector = sa.inspect(connection)
        names = [n for n in inspector.get_table_names(schema=schema) if wanted((schema, n))]
        return read_with_inspector(inspector, schema, names) if names else []

    def read_column(
        self, connection: Connection, table: str, schema: str | None, column: str
    ) -> Mapping[str, Any] | None:
        """What the database knows of one column, None if it is not there. Reads only."""
        inspector = sa.inspect(connection)
        if not inspector.has_table(table, schema=schema):
            return None
        columns = inspector.get_columns(table, schema=schema)
        return next((found for found in columns if self.name_read(found["name"]) == column), None)

    def read_types(self, connection: Connection, schema: str | None) -> dict[str, tuple[str, ...]]:
        """The enumerated types of a schema, each with its values; empty where there are none."""
        return {}

    def unchanged(self, connection: Connection, tables: Iterable[sa.Table]) -> list[sa.Table]:
        """Those of the tables that are seen to be as declared; others may be, too. Reads only."""
        return []

    def stored_forms(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable | None]:
        """What the server would store if each table were created, None where it cannot be asked."""
        return [None for _ in tables]


@functools.cache
def plain_dialect() -> Dialect:
    """The dialect of no database in particular: for text that is not to be run."""
    return Dialect(DefaultDialect())


def dialect_for(engine_dialect: EngineDialect) -> Dialect:
    """The spellings for one of SQLAlchemy's dialects; the common ones for an unknown one."""
    class_: type[Dialect] = class_for(engine_dialect) or Dialect
    elements = sys.modules.get(f"{__package__}.elements")
    if elements is not None:  # else nobody can have told how one is written
        class_ = elements.by_elements(class_, engine_dialect.name)
    return class_(engine_dialect)
