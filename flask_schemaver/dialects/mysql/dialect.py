"""MySQL and MariaDB: columns are written anew as a whole, constraints dropped by their kind.

Facts: https://dev.mysql.com/doc/refman/8.4/en/alter-table.html and
https://mariadb.com/kb/en/alter-table/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import BIT, YEAR
from sqlalchemy.schema import CreateIndex

from ...errors import CommandError
from ..base import GUARDED, ColumnChange, TableKey
from ..recognition import by_schema, leading_to_known, type_key
from ..row_values import RowNumbers
from . import catalogue, scratch, sequences
from .casing import Casing
from .columns import WholeColumns
from .expressions import normal_default, normal_expression, normal_index
from .facts import ServerDefaults, stored_type
from .options import TableOptions
from .tokens import ticked
from .types import TypeText, collated, parsed_type

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

    from ..reflected import ReflectedSchema, ReflectedTable

DROPPED_AS = {
    "foreignkey": "FOREIGN KEY",
    "primary": "PRIMARY KEY",
    "unique": "INDEX",
    "check": "CHECK",
}

_USING = re.compile(r" USING \w+$")
_ROUTINE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?"
    r"(?:aggregate\s+)?(?:procedure|function|trigger|event)\b",
    re.IGNORECASE,
)


class MySQLDialect(Casing, TableOptions, WholeColumns):
    """What MySQL writes differently."""

    name = "mysql"
    comments: bool = True
    counts_by_column = True
    indexes_of_tables = True
    rebuilds_tables = True
    moves_columns = True
    keys_hold_columns = True
    shows_key_indexes = True
    plain_actions: ClassVar[tuple[str, ...]] = ("NO ACTION", "RESTRICT")
    counts_as_key = True
    refers_in_own_schema = True
    named_in_schema: ClassVar[frozenset[str]] = frozenset({"foreign_key"})
    regardless_of_case: ClassVar[frozenset[str]] = frozenset({"column"})
    keeps_column_checks = False
    ignores_indexes = False
    guards: ClassVar[frozenset[str]] = frozenset(
        {"create_table", "drop_table", "create_schema", "drop_schema"}
    )
    dropped_as: ClassVar[dict[str, str]] = DROPPED_AS

    def __init__(self, engine_dialect: EngineDialect) -> None:
        super().__init__(engine_dialect)
        self.defaults: ServerDefaults = ServerDefaults()
        self._types: dict[Any, TypeText] = {}

    def name_read(self, name: str) -> str:
        # SQLAlchemy leaves the backtick doubled that SHOW CREATE TABLE doubles.
        return name.replace("``", "`")

    def literal(self, value: str | None) -> str:
        escaped = value
        if value is not None and getattr(self.engine, "_backslash_escapes", True):
            escaped = value.replace("\\", "\\\\")
        return super().literal(escaped)

    def constraint_name(self, constraint: sa.Constraint | sa.Index) -> str | None:
        # Every primary key is called PRIMARY, whatever name it is given.
        if isinstance(constraint, sa.PrimaryKeyConstraint):
            return None
        return super().constraint_name(constraint)

    def empty_literal(self, type_: TypeEngine[Any]) -> str | None:
        if isinstance(type_, sa.TIMESTAMP):  # which begins a second after the epoch, in UTC
            return "'1970-01-02 00:00:00'"
        return "0" if isinstance(type_, YEAR | BIT) else None

    def numbered_rows(self, place: str, options: Mapping[str, Any]) -> RowNumbers:
        # There is no name for a row's place: https://mariadb.com/kb/en/user-defined-variables/
        start = ", (SELECT @row_number := 0) AS start"
        return RowNumbers("(@row_number := @row_number + 1)", joined=start)

    # -- what is compared -------------------------------------------------------------------

    @property
    def shows_widths(self) -> bool:
        """Whether the server remembers how wide whole numbers are shown: MySQL ended to, 8.0.19."""
        version = self.engine_version
        return version is not None and version < (8, 0, 19)

    @property
    def engine_version(self) -> tuple[Any, ...] | None:
        """The server's version, None before it is known."""
        return getattr(self.engine, "server_version_info", None)

    @property
    def reads_checks(self) -> bool:
        """Whether the catalogue has CHECK constraints: MySQL ignores them before 8.0.16."""
        version = self.engine_version
        return version is None or version >= (8, 0, 16)

    def compared_type_text(self, spelled: str) -> str:
        return str(parsed_type(spelled, shows_widths=self.shows_widths))

    def stored_type(self, column: sa.Column[Any]) -> str:
        type_ = self._parsed(column.type)
        if not type_.has_collation:
            return str(type_)
        usual = self.defaults.databases.get(self.normal_schema(column.table.schema))
        collation = type_.collation or self.defaults.collation_of(type_.charset)
        if collation is None and type_.charset is None:
            collation = self.declared_collation(column.table) or usual
        return stored_type(type_, collation, usual) if collation else str(type_)

    def _parsed(self, type_: TypeEngine[Any]) -> TypeText:
        """A type taken apart; equal types of the usual kinds are compiled once."""
        key = type_key(type_)
        if key is None:
            return parsed_type(self.type_spelling(type_), shows_widths=self.shows_widths)
        known = self._types.get(key)
        if known is None:
            spelled = self.type_spelling(type_)
            known = self._types[key] = parsed_type(spelled, shows_widths=self.shows_widths)
        return known

    def declared_counting(self, column: sa.Column[Any]) -> bool:
        if column.table is None or column is not column.table._autoincrement_column:
            return False
        default = column.default
        counted = isinstance(default, sa.Sequence) and not default.optional
        if counted and self.engine.supports_sequences:
            return False
        return column.server_default is None or isinstance(column.server_default, sa.Identity)

    def normal_expression(self, sql: str) -> str:
        return normal_expression(sql)

    def reflected_counting(self, found: ReflectedColumn) -> bool:
        return bool(found.get("increments"))

    def computed_storage(self, *, persisted: bool | None) -> str:
        return " stored" if persisted else " virtual"

    def keeps_generated(self, old: Any, new: Any) -> bool:
        """What is kept can be made of anything that is kept, what is not of its like only.

        https://mariadb.com/kb/en/generated-columns/
        """
        if isinstance(old, sa.Identity) or isinstance(new, sa.Identity):
            return False
        return _is_virtual(old) == _is_virtual(new)

    def disturbs_keys(self, old: TypeEngine[Any] | None, new: TypeEngine[Any] | None) -> bool:
        return True

    def types_to_write(
        self,
        old: tuple[TypeEngine[Any], str],
        new: tuple[TypeEngine[Any], str],
        schema: str | None = None,
    ) -> tuple[TypeEngine[Any], TypeEngine[Any]]:
        """With their collations, where these differ: that of the table may just have changed."""
        before, after = parsed_type(old[1]), parsed_type(new[1])
        if before.collation == after.collation or not (
            before.has_collation and after.has_collation
        ):
            return old[0], new[0]
        return self.said_type(*old, schema), self.said_type(*new, schema)

    def said_type(self, type_: TypeEngine[Any], stored: str, schema: str | None) -> TypeEngine[Any]:
        usual = self.defaults.databases.get(schema)
        found = parsed_type(stored)
        return collated(type_, found, found.collation or usual) if found.has_collation else type_

    def refuse_lost_values(
        self,
        connection: Connection,
        table: str,
        schema: str | None,
        column: str,
        types: tuple[str, TypeEngine[Any]],
    ) -> None:
        from .values import refuse_lost_values

        texts = parsed_type(types[0]), self._parsed(types[1])
        refuse_lost_values(self, connection, table, schema, column, texts)

    def default_spelling(self, column: sa.Column[Any]) -> str | None:
        spelled = super().default_spelling(column)
        # A column without a default has this one.
        return None if spelled is not None and spelled.strip(" ()").upper() == "NULL" else spelled

    def normal_default(self, sql: str, type_: TypeEngine[Any]) -> str:
        return normal_default(sql, self._parsed(type_).name)

    def declared_index(self, index: sa.Index) -> str:
        if not index.dialect_kwargs and all(isinstance(e, sa.Column) for e in index.expressions):
            return f"({', '.join(self.quote(column.name) for column in index.columns)})"
        text = str(CreateIndex(index).compile(dialect=self.engine))
        if not self.chooses_method(index.table):
            text = _USING.sub("", text)
        assert index.table is not None
        start, _, rest = text.partition(f" ON {self.preparer.format_table(index.table)} ")
        words = start.split()[:2]
        kind = next((word for word in words if word in ("FULLTEXT", "SPATIAL")), "")
        return f"{kind} {rest}".strip()

    def reflected_index(self, index: ReflectedIndex) -> str:
        return str(index["definition"])  # type: ignore[typeddict-item]

    def normal_index(self, text: str) -> str:
        return normal_index(text)

    # -- reading ----------------------------------------------------------------------------

    def read_schema(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> ReflectedSchema:
        return catalogue.read_schema(self, connection, schema, wanted)

    def read_column(
        self, connection: Connection, table: str, schema: str | None, column: str
    ) -> Mapping[str, Any] | None:
        found = scratch.shown_table(self, connection, table, schema)
        columns: Sequence[Any] = [] if found is None else found.columns
        return next((c for c in columns if c["name"] == column), None)

    def stored_forms(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable | None]:
        return scratch.stored_forms(self, connection, tables)

    def script_statement(self, text: str) -> str:
        """A routine has semicolons inside: the client is told to wait for another end."""
        if ";" not in text or not _ROUTINE.match(text):
            return super().script_statement(text)
        return f"DELIMITER //\n{text.removesuffix(';')}\n//\nDELIMITER ;"

    def rename_table(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        # A new name without its schema would be one in the connection's own.
        start = f"ALTER TABLE {self.qualified(old, schema)}"
        yield f"{start} RENAME TO {self.qualified(new, schema)}"

    def renames_constraint(self, type_: str | None) -> bool:
        """https://mariadb.com/kb/en/alter-table/: only what is an index can be renamed."""
        return type_ == "unique"

    def rename_constraint(
        self, old: str, new: str, table: str, schema: str | None
    ) -> Iterator[str]:
        return self.rename_index(old, new, table, schema, None)

    def rename_index(
        self, old: str, new: str, table: str | None, schema: str | None, text: str | None
    ) -> Iterator[str]:
        start = f"ALTER TABLE {self.qualified(str(table), schema)}"
        yield f"{start} RENAME INDEX {self.quote(old)} TO {self.quote(new)}"

    def given_name(
        self, kind: str, table: str, columns: Sequence[str], expression: str | None
    ) -> str | None:
        # Foreign keys follow their table by themselves, and CHECKs are only numbered.
        return columns[0] if kind == "unique" else None

    def comment_table(self, table: str, schema: str | None, comment: str | None) -> Iterator[str]:
        yield f"ALTER TABLE {self.qualified(table, schema)} COMMENT {self.literal(comment or '')}"

    def drop_constraint(
        self,
        name: str,
        kind: str | None,
        table: str,
        schema: str | None,
        *,
        if_exists: bool = False,
    ) -> Iterator[str]:
        if kind == "exclude":
            raise CommandError(
                f"Table '{table}' has no exclude constraint '{name}': '{self.engine.name}' has no "
                "such constraints.",
                hint="Guard it: if op.get_context().dialect.name == 'postgresql'.",
            )
        start = f"ALTER TABLE {self.qualified(table, schema)} DROP "
        # Without a kind: MySQL since 8.0.19, MariaDB since 10.2.
        words = "CONSTRAINT" if kind is None else self.dropped_as[kind]
        if kind == "primary":
            if if_exists:
                raise CommandError(
                    f"A primary key cannot be dropped IF EXISTS on '{self.engine.name}'.",
                    hint="Leave if_exists out.",
                )
            yield start + words
            return
        yield f"{start}{words} {'IF EXISTS ' if if_exists else ''}{self.quote(name)}"

    def before_drop_column(
        self, name: str, table: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        for key in options.get("foreign_keys", ()):
            yield from self.drop_constraint(key, "foreignkey", table, schema)

    def drop_schema(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str | Executable]:
        """A schema is a database, which always goes with all its tables."""
        yield f"DROP SCHEMA {'IF EXISTS ' if if_exists else ''}{self.preparer.quote_schema(name)}"

    def rebuild_table(
        self, connection: Connection, table: str, schema: str | None, order: Sequence[str]
    ) -> None:
        from .rebuild import rebuild

        rebuild(connection, self, table, schema, order)


class MariaDBDialect(MySQLDialect):
    """What MariaDB can do beyond MySQL."""

    guards: ClassVar[frozenset[str]] = GUARDED
    dropped_as: ClassVar[dict[str, str]] = {**DROPPED_AS, "check": "CONSTRAINT"}

    keeps_column_checks = True
    # What happens without a word is RESTRICT here; both are kept as they were said.
    plain_actions: ClassVar[tuple[str, ...]] = ("RESTRICT",)

    def stored_comment(self, comment: str | None) -> str | None:
        """Comments are kept in utf8mb3, which has the first 65,536 characters alone."""
        kept = super().stored_comment(comment)
        return None if kept is None else re.sub("[\U00010000-\U0010ffff]", "?", kept)

    def has_sequences(self) -> bool:
        # SQLAlchemy knows of them only when it has met a server: they are new in 10.3.
        met = getattr(self.engine, "server_version_info", None) is not None
        return self.engine.supports_sequences or not met

    @property
    def compared_sequences(self) -> bool:  # type: ignore[override]
        return self.engine.supports_sequences

    def sequence_options(self, sequence: Any) -> Mapping[str, Any]:
        return sequences.all_options(sequence)

    def alter_sequence(
        self, name: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        yield from sequences.change(self.qualified(name, schema), options)

    def rename_sequence(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        """https://mariadb.com/kb/en/sequence-overview/: as if it were a table."""
        yield f"RENAME TABLE {self.qualified(old, schema)} TO {self.qualified(new, schema)}"

    @property
    def shows_widths(self) -> bool:
        return True

    @property
    def reads_checks(self) -> bool:
        """Whether the catalogue tells a CHECK of a column from one of the table: since 10.5.10."""
        version = self.engine_version
        return version is None or version >= (10, 5, 10)

    @property
    def ignores_indexes(self) -> bool:  # type: ignore[override]
        """Whether an index can be IGNORED: since 10.6."""
        version = self.engine_version
        return version is None or version >= (10, 6)

    def unchanged(self, connection: Connection, tables: Iterable[sa.Table]) -> list[sa.Table]:
        from .unchanged import unchanged

        if not self.minds_case:
            return []
        return leading_to_known(
            table
            for schema, several in by_schema(tables, self)
            for table in unchanged(connection, schema, several, self)
        )

    def column_check(self, column: sa.Column[Any]) -> str | None:
        checks = [c for c in column.constraints if isinstance(c, sa.CheckConstraint)]
        return self.expression_spelling(checks[0].sqltext) if checks else None

    def whole_column(self, change: ColumnChange, label: str) -> str:
        """With the CHECK that MariaDB keeps in the column itself, as it does for JSON."""
        check, column = change.existing_check, label.rpartition(".")[2]
        if check is not None:
            if change.type_ is not None and check.startswith("json_valid("):
                check = None
            elif change.new_name is not None:
                check = check.replace(ticked(column), ticked(change.new_name))
        change.existing_check = check
        return super().whole_column(change, label)


def _is_virtual(generated: Any) -> bool:
    return isinstance(generated, sa.Computed) and not generated.persisted
