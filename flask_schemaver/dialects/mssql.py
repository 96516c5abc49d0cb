"""SQL Server: ADD without COLUMN, names changed by sp_rename, comments as extended properties.

Facts: https://learn.microsoft.com/en-us/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.types import NullType

from ..errors import CommandError
from .base import UNCHANGED, ColumnChange, Dialect

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

# What has to go before a column does. Each names the constraints of one kind as 'k'.
# https://learn.microsoft.com/en-us/sql/relational-databases/system-catalog-views/
OF_COLUMN = {
    "default": "sys.default_constraints AS k WHERE k.parent_column_id = @column",
    "check": (
        "sys.check_constraints AS k WHERE (k.parent_column_id = @column OR EXISTS "
        "(SELECT 1 FROM sys.sql_expression_dependencies AS d WHERE d.referencing_id = k.object_id "
        "AND d.referenced_id = @table AND d.referenced_minor_id = @column))"
    ),
    "foreign_key": (
        "sys.foreign_keys AS k WHERE EXISTS (SELECT 1 FROM sys.foreign_key_columns AS f "
        "WHERE f.constraint_object_id = k.object_id AND f.parent_column_id = @column)"
    ),
}


class MSSQLDialect(Dialect):
    """What SQL Server writes differently."""

    name = "mssql"
    transactional_ddl = True
    comments: bool = True
    writes_whole_columns = True
    indexes_of_tables = True
    batch_separator: str | None = "GO"
    begin_words = "BEGIN TRANSACTION"
    guards: ClassVar[frozenset[str]] = frozenset(
        {
            "drop_column",
            "drop_table",
            "drop_index",
            "drop_constraint",
            "drop_sequence",
            "create_schema",
            "drop_schema",
        }
    )
    other_spellings: ClassVar[dict[str, str]] = {"INTEGER": "INT", "DECIMAL": "NUMERIC"}

    def unicode(self, value: str) -> str:
        """A string of T-SQL that keeps every character."""
        return f"N{self.literal(value)}"

    # -- tables and their parts -------------------------------------------------------------

    def renames_constraint(self, type_: str | None) -> bool:
        return True

    def rename_constraint(
        self, old: str, new: str, table: str, schema: str | None
    ) -> Iterator[str]:
        place = self.unicode(self.qualified(old, schema))
        yield f"EXEC sp_rename {place}, {self.unicode(new)}, 'OBJECT'"

    def rename_index(
        self, old: str, new: str, table: str | None, schema: str | None, text: str | None
    ) -> Iterator[str]:
        place = self.unicode(f"{self.qualified(str(table), schema)}.{self.quote(old)}")
        yield f"EXEC sp_rename {place}, {self.unicode(new)}, 'INDEX'"

    def rename_sequence(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        return self.rename_table(old, new, schema)

    def alter_sequence(
        self, name: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        """https://learn.microsoft.com/sql/t-sql/statements/alter-sequence-transact-sql"""
        for statement in super().alter_sequence(name, schema, options):
            yield statement.replace(" START WITH ", " RESTART WITH ")

    def rename_table(self, old: str, new: str, schema: str | None) -> Iterator[str]:
        yield f"EXEC sp_rename {self.unicode(self.qualified(old, schema))}, {self.unicode(new)}"

    def comment_table(self, table: str, schema: str | None, comment: str | None) -> Iterator[str]:
        yield self._described(table, schema, None, comment)

    def comment_column(
        self, table: str, schema: str | None, column: str, comment: str | None
    ) -> Iterator[str]:
        yield self._described(table, schema, column, comment)

    def _described(
        self, table: str, schema: str | None, column: str | None, comment: str | None
    ) -> str:
        """The block that says or takes back a comment, whether or not there is one."""
        owner = "SCHEMA_NAME()" if schema is None else self.unicode(schema)
        words = ["N'MS_Description'", "N'SCHEMA'", "@schema", "N'TABLE'", self.unicode(table)]
        minor = "0"
        if column is not None:
            words += ["N'COLUMN'", self.unicode(column)]
            minor = self._column_id(table, schema, column)
        there = (
            "EXISTS (SELECT 1 FROM sys.extended_properties WHERE class = 1 "
            f"AND major_id = {self._object_id(table, schema)} AND minor_id = {minor} "
            "AND name = N'MS_Description')"
        )
        if comment is None:
            end = f"IF {there}\n    EXEC sys.sp_dropextendedproperty {', '.join(words)}"
        else:
            said = ", ".join([words[0], self.unicode(comment), *words[1:]])
            end = (
                f"IF {there}\n    EXEC sys.sp_updateextendedproperty {said}\n"
                f"ELSE\n    EXEC sys.sp_addextendedproperty {said}"
            )
        return f"DECLARE @schema sysname = {owner};\n{end}"

    def _object_id(self, table: str, schema: str | None) -> str:
        return f"OBJECT_ID({self.unicode(self.qualified(table, schema))})"

    def _column_id(self, table: str, schema: str | None, column: str) -> str:
        return self._column_property(table, schema, column, "ColumnId")

    def _column_property(self, table: str, schema: str | None, column: str, what: str) -> str:
        place = self._object_id(table, schema)
        return f"COLUMNPROPERTY({place}, {self.unicode(column)}, '{what}')"

    # -- columns ----------------------------------------------------------------------------

    def add_column(
        self, column: sa.Column[Any], table: str, schema: str | None, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        specification = self.column_specification(column)
        yield f"ALTER TABLE {self.qualified(table, schema)} ADD {specification}"
        if column.comment is not None:
            yield from self.comment_column(table, schema, column.name, column.comment)

    def before_drop_column(
        self, name: str, table: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        """What keeps the column from being dropped: its default, and on demand what else does."""
        for kind in OF_COLUMN:
            if options.get(f"mssql_drop_{kind}", kind == "default"):
                yield self._drop_constraints(kind, name, table, schema)

    def _drop_constraints(self, kind: str, column: str, table: str, schema: str | None) -> str:
        """A block that finds the constraints of a column, whose names the server may have made."""
        start = self.unicode(f"ALTER TABLE {self.qualified(table, schema)} DROP CONSTRAINT ")
        return (
            f"DECLARE @table int = {self._object_id(table, schema)};\n"
            f"DECLARE @column int = COLUMNPROPERTY(@table, {self.unicode(column)}, 'ColumnId');\n"
            "DECLARE @sql nvarchar(max) = N'';\n"
            f"SELECT @sql = @sql + {start} + QUOTENAME(k.name) + N'; '\n"
            f"FROM {OF_COLUMN[kind]} AND k.parent_object_id = @table;\n"
            "EXEC (@sql)"
        )

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        name = self.quote(column)
        label = f"{table}.{column}"
        default = change.default
        if change.type_ is not None and default is UNCHANGED:
            # A column with a default keeps its type: the default goes, and comes back.
            default = change.existing_default or UNCHANGED
        if default is not UNCHANGED:
            yield self._drop_constraints("default", column, table, schema)
        if change.type_ is not None or change.nullable is not None:
            yield f"{start}ALTER COLUMN {name} {self._type_and_null(change, label)}"
        if default is not UNCHANGED and default is not None:
            yield f"{start}ADD DEFAULT {default} FOR {name}"
        if change.generated is not UNCHANGED:
            yield from self.alter_generated(start, name, change)
        if change.comment is not UNCHANGED:
            yield from self.comment_column(table, schema, column, change.comment)
        if change.new_name is not None:
            place = self.unicode(f"{self.qualified(table, schema)}.{name}")
            yield f"EXEC sp_rename {place}, {self.unicode(change.new_name)}, 'COLUMN'"

    def _type_and_null(self, change: ColumnChange, label: str) -> str:
        """Both are always said: ALTER COLUMN makes a column that does not say NOT NULL nullable."""
        type_: TypeEngine[Any] | None = change.type_
        type_ = change.existing_type if type_ is None else type_
        if type_ is None:
            raise _missing("existing_type", label)
        nullable = change.existing_nullable if change.nullable is None else change.nullable
        if nullable is None:
            raise _missing("existing_nullable", label)
        return f"{self.type_spelling(type_)} {'NULL' if nullable else 'NOT NULL'}"

    # -- rows -------------------------------------------------------------------------------

    def insert_rows(
        self, table: sa.TableClause, columns: Collection[str], inserts: Iterable[Executable]
    ) -> Iterator[str | Executable]:
        """Values for an IDENTITY column are taken only after this was said."""
        wanted = self._takes_identities(table, columns)
        if wanted is None:
            yield from inserts
            return
        name = self.preparer.format_table(table)
        yield f"{wanted}SET IDENTITY_INSERT {name} ON"
        yield from inserts
        yield f"{wanted}SET IDENTITY_INSERT {name} OFF"

    def _takes_identities(self, table: sa.TableClause, columns: Collection[str]) -> str | None:
        """When to say it: '' always, None never; the server is asked about a mere `sa.table`."""
        if isinstance(table, sa.Table):
            column = table._autoincrement_column
            return None if column is None or column.key not in columns else ""
        numbers = [c.name for c in table.c if c.key in columns and _may_count(c.type)]
        if not numbers:
            return None
        asked = [self._column_property(table.name, table.schema, n, "IsIdentity") for n in numbers]
        return f"IF 1 IN ({', '.join(asked)}) "

    # -- schemas ----------------------------------------------------------------------------

    def drop_index(self, index: sa.Index, *, if_exists: bool = False) -> Iterator[str | Executable]:
        if not if_exists:
            yield from super().drop_index(index)
            return
        # The oldest SQLAlchemy that is supported leaves IF EXISTS out here.
        assert index.table is not None
        table = self.qualified(index.table.name, index.table.schema)
        yield f"DROP INDEX IF EXISTS {self.quote(str(index.name))} ON {table}"

    def create_schema(
        self, name: str, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        create = f"CREATE SCHEMA {self.preparer.quote_schema(name)}"
        if not if_not_exists:
            yield create
            return
        # CREATE SCHEMA has to be the only statement of its batch.
        yield f"IF SCHEMA_ID({self.unicode(name)}) IS NULL EXEC ({self.unicode(create)})"

    def drop_schema(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str | Executable]:
        if cascade:
            raise CommandError(
                f"SQL Server drops the schema '{name}' only when nothing is in it any more.",
                hint="Drop its tables first, and leave cascade out.",
            )
        yield f"DROP SCHEMA {'IF EXISTS ' if if_exists else ''}{self.preparer.quote_schema(name)}"


def _may_count(type_: TypeEngine[Any]) -> bool:
    """Whether a column of the type may be an IDENTITY: whole numbers, and what is not known."""
    return isinstance(type_, (sa.Integer, sa.Numeric, NullType)) and not isinstance(type_, sa.Float)


def _missing(argument: str, label: str) -> CommandError:
    return CommandError(
        f"SQL Server needs both type and nullability to change either, and of column '{label}' "
        "one is not known.",
        hint=f"Say what the column has by '{argument}=' in op.alter_column().",
    )
