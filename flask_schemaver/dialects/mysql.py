"""MySQL and MariaDB: columns are written anew as a whole, constraints dropped by their kind.

Facts: https://dev.mysql.com/doc/refman/8.4/en/alter-table.html and
https://mariadb.com/kb/en/alter-table/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import BIT, YEAR

from ..errors import CommandError
from . import mysql_reading
from .base import GUARDED, UNCHANGED, ColumnChange, Dialect, TableKey, normal_form

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import ReflectedIndex
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

    from .reflected import ReflectedTable

DROPPED_AS = {
    "foreignkey": "FOREIGN KEY",
    "primary": "PRIMARY KEY",
    "unique": "INDEX",
    "check": "CHECK",
}

# What DEFAULT takes without parentheses; any other expression needs them.
_PLAIN_DEFAULT = re.compile(
    r"""\(.*\) | [bnx]?'(?:[^'\\]|''|\\.)*' | "(?:[^"\\]|""|\\.)*" | [+-]?[\d.]+(?:e[+-]?\d+)?
      | null | true | false
      | (?:current_timestamp|now|localtime|localtimestamp)(?:\(\d*\))?
        (?:\s+on\s+update\s+.*)?""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


_TICKED = re.compile(r"`(\w+)`")
_QUOTED_NUMBER = re.compile(r"'-?\d+(?:\.\d+)?'")
_NOW = re.compile(r"\b(?:now|current_timestamp|localtime|localtimestamp)\b(?:\((\d*)\))?")

_ROUTINE = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?"
    r"(?:aggregate\s+)?(?:procedure|function|trigger|event)\b",
    re.IGNORECASE,
)

CHECK_OF_COLUMN = sa.text("""
    SELECT check_clause FROM information_schema.check_constraints
    WHERE constraint_schema = coalesce(:schema, database()) AND table_name = :table
      AND constraint_name = :column AND level = 'Column'
""")


class MySQLDialect(Dialect):
    """What MySQL writes differently."""

    name = "mysql"
    comments = True
    writes_whole_columns = True
    counts_by_column = True
    indexes_of_tables = True
    rebuilds_tables = True
    moves_columns = True
    keys_hold_columns = True
    shows_key_indexes = True
    plain_actions: ClassVar[tuple[str, ...]] = ("NO ACTION", "RESTRICT")
    type_synonyms: ClassVar[dict[str, str]] = {
        "BOOL": "TINYINT",
        "BOOLEAN": "TINYINT",
        "INT": "INTEGER",
        "NUMERIC": "DECIMAL",
        "DOUBLE PRECISION": "DOUBLE",
        "JSON": "LONGTEXT",
    }
    guards: ClassVar[frozenset[str]] = frozenset(
        {"create_table", "drop_table", "create_schema", "drop_schema"}
    )
    dropped_as: ClassVar[dict[str, str]] = DROPPED_AS

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

    def compared_type_text(self, spelled: str) -> str:
        # How wide numbers are shown means nothing: '(11)' of INTEGER(11).
        text = super().compared_type_text(spelled)
        text = re.sub(r"^(\w*INT(?:EGER)?)\(\d+\)", r"\1", text)
        # MariaDB's JSON is a LONGTEXT that compares by bytes.
        return text.removesuffix(" CHARACTER SET UTF8MB4 COLLATE UTF8MB4_BIN")

    def normal_expression(self, sql: str) -> str:
        return normal_form(_TICKED.sub(r"\1", sql))

    def normal_default(self, sql: str, type_: TypeEngine[Any]) -> str:
        normal = self.normal_expression(sql)
        if normal in ("true", "false"):
            return str(int(normal == "true"))
        if isinstance(type_, sa.Integer | sa.Numeric) and _QUOTED_NUMBER.fullmatch(normal):
            return normal[1:-1]
        if normal.startswith("'"):
            return normal
        return normal_form(_NOW.sub(r"current_timestamp(\1)", normal))

    def reflected_index(self, index: ReflectedIndex) -> str:
        return str(index["definition"])  # type: ignore[typeddict-item]

    def normal_index(self, text: str) -> str:
        return self.normal_expression(text)

    def read_tables(
        self,
        connection: Connection,
        schema: str | None,
        wanted: Callable[[TableKey], bool],
    ) -> list[ReflectedTable]:
        return mysql_reading.read_tables(self, connection, schema, wanted)

    def stored_forms(
        self, connection: Connection, tables: Sequence[sa.Table]
    ) -> list[ReflectedTable | None]:
        return mysql_reading.stored_forms(self, connection, tables)

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
        from .mysql_rebuild import rebuild

        rebuild(connection, self, table, schema, order)

    def forgets(self, change: ColumnChange) -> str:
        kept = change.default is UNCHANGED and change.existing_default is UNCHANGED
        if not kept or _changed(change) <= {"default"} or self._only_renames(change):
            return ""
        return "a server default and a comment, if it has them"

    def _only_renames(self, change: ColumnChange) -> bool:
        return _changed(change) == {"new_name"} and self._renames_columns()

    # -- columns ----------------------------------------------------------------------------

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        """One statement: what MODIFY and CHANGE do not repeat of a column, the column loses."""
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        name = self.quote(column)
        only = _changed(change)
        if change.generated is not UNCHANGED:
            only |= self._generated_anew(name, change)
        if self._only_renames(change):
            yield f"{start}RENAME COLUMN {name} TO {self.quote(str(change.new_name))}"
        elif only == {"default"} and not self._writes_all(change):
            yield f"{start}ALTER COLUMN {name} {self._default_words(change.default)}"
        elif only:
            new = self.quote(change.new_name or column)
            words = f"CHANGE {name} {new}" if self._is_named(change, only) else f"MODIFY {name}"
            yield f"{start}{words} {self.whole_column(change, f'{table}.{column}')}"

    def _generated_anew(self, name: str, change: ColumnChange) -> set[str]:
        """A computed column takes another expression; nothing else becomes one, or ends to be."""
        old, new = change.existing_generated, change.generated
        kept = [bool(one.persisted) for one in (old, new) if isinstance(one, sa.Computed)]
        if kept not in ([True, True], [False, False]):
            list(super().alter_generated("", name, change))
        return {"generated"}

    @staticmethod
    def _is_named(change: ColumnChange, only: set[str]) -> bool:
        return change.new_name is not None or only == {"default"}

    def _renames_columns(self) -> bool:
        """RENAME COLUMN is there since MySQL 8.0 and MariaDB 10.5.2."""
        version = getattr(self.engine, "server_version_info", None)
        least = (10, 5, 2) if getattr(self.engine, "is_mariadb", False) else (8, 0)
        return version is None or version >= least

    @staticmethod
    def _writes_all(change: ColumnChange) -> bool:
        """Whether SET DEFAULT does not take this default: the time, and what ON UPDATE does."""
        if change.default is None:
            return False
        time = isinstance(change.existing_type, sa.DateTime) and "'" not in change.default
        return time or re.search(r"\bon\s+update\b", change.default, re.IGNORECASE) is not None

    def _default_words(self, default: str | None) -> str:
        return "DROP DEFAULT" if default is None else f"SET DEFAULT {in_parentheses(default)}"

    def whole_column(self, change: ColumnChange, label: str) -> str:
        """Everything of a column but its name, as it is to be; `label` names it in errors."""
        type_ = _known_type(change, label)
        nullable = change.existing_nullable if change.nullable is None else change.nullable
        if nullable is None:
            raise _missing("existing_nullable", label)
        default = change.existing_default if change.default is UNCHANGED else change.default
        comment = change.existing_comment if change.comment is UNCHANGED else change.comment
        increments = change.autoincrement
        if increments is None:
            increments = change.existing_autoincrement
        words = [self.type_spelling(type_)]
        same = change.generated is UNCHANGED
        generated = change.existing_generated if same else change.generated
        if isinstance(generated, sa.Computed):
            words.append(self.ddl.process(generated))
            default = None
        else:
            words.append("NULL" if nullable else "NOT NULL")
        if default is not None and default is not UNCHANGED:
            words.append(f"DEFAULT {in_parentheses(default)}")
        words += ["AUTO_INCREMENT"] if increments is True else []
        words += [f"COMMENT {self.literal(comment)}"] if comment else []
        words += [f"CHECK ({change.existing_check})"] if change.existing_check else []
        return " ".join(words)


class MariaDBDialect(MySQLDialect):
    """What MariaDB can do beyond MySQL."""

    guards: ClassVar[frozenset[str]] = GUARDED
    dropped_as: ClassVar[dict[str, str]] = {**DROPPED_AS, "check": "CONSTRAINT"}

    def has_sequences(self) -> bool:
        # SQLAlchemy knows of them only when it has met a server: they are new in 10.3.
        met = getattr(self.engine, "server_version_info", None) is not None
        return self.engine.supports_sequences or not met

    def rename_sequence(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        """https://mariadb.com/kb/en/sequence-overview/: as if it were a table."""
        yield f"RENAME TABLE {self.qualified(old, schema)} TO {self.qualified(new, schema)}"

    def read_column(
        self, connection: Connection, table: str, schema: str | None, column: str
    ) -> Mapping[str, Any] | None:
        found = super().read_column(connection, table, schema, column)
        if found is None:
            return None
        where = {"table": table, "schema": schema, "column": column}
        return {**found, "check": connection.scalar(CHECK_OF_COLUMN, where)}

    def whole_column(self, change: ColumnChange, label: str) -> str:
        """With the CHECK that MariaDB keeps in the column itself, as it does for JSON."""
        check, column = change.existing_check, label.rpartition(".")[2]
        if check is not None:
            if change.type_ is not None and check.startswith("json_valid("):
                check = None
            elif change.new_name is not None:
                check = check.replace(_ticked(column), _ticked(change.new_name))
        change.existing_check = check
        return super().whole_column(change, label)


def _ticked(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def in_parentheses(default: str) -> str:
    """A default as MySQL takes it: an expression stands in parentheses."""
    return default if _PLAIN_DEFAULT.fullmatch(default.strip()) else f"({default})"


def _changed(change: ColumnChange) -> set[str]:
    """What is to change, by the attributes' names."""
    found = {n for n in ("type_", "nullable", "new_name", "autoincrement") if _is_set(change, n)}
    return found | {n for n in ("default", "comment") if getattr(change, n) is not UNCHANGED}


def _is_set(change: ColumnChange, name: str) -> bool:
    return getattr(change, name) is not None


def _known_type(change: ColumnChange, label: str) -> TypeEngine[Any]:
    type_ = change.existing_type if change.type_ is None else change.type_
    if type_ is None:
        raise _missing("existing_type", label)
    return type_


def _missing(argument: str, label: str) -> CommandError:
    return CommandError(
        f"MySQL writes column '{label}' anew as a whole to change it, and it is not known what is "
        "there: it would be lost.",
        hint=f"Say what the column has by '{argument}=' in op.alter_column().",
    )
