"""A front door: the elements of ALTER TABLE, and the words and names in their statements.

A package that tells by `compiles` how an element is written for its database is followed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from ..dialects.elements import (
    AddColumn,
    AlterColumn,
    AlterTable,
    ColumnComment,
    ColumnDefault,
    ColumnName,
    ColumnNullable,
    ColumnType,
    DropColumn,
    RenameTable,
    visit_column_comment,
    visit_column_default,
    visit_column_name,
    visit_column_nullable,
    visit_column_type,
    visit_rename_table,
)

__all__ = [
    "AddColumn",
    "AlterColumn",
    "AlterTable",
    "ColumnComment",
    "ColumnDefault",
    "ColumnName",
    "ColumnNullable",
    "ColumnType",
    "DropColumn",
    "RenameTable",
    "add_column",
    "alter_column",
    "alter_table",
    "drop_column",
    "format_column_name",
    "format_server_default",
    "format_table_name",
    "format_type",
    "visit_add_column",
    "visit_column_comment",
    "visit_column_default",
    "visit_column_name",
    "visit_column_nullable",
    "visit_column_type",
    "visit_drop_column",
    "visit_rename_table",
]


@compiles(AddColumn)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_add_column(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that adds a column."""
    start = alter_table(compiler, element.table_name, element.schema)
    return f"{start} {add_column(compiler, element.column, **kw)}"


@compiles(DropColumn)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_drop_column(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that drops a column."""
    start = alter_table(compiler, element.table_name, element.schema)
    return f"{start} {drop_column(compiler, element.column.name)}"


def alter_table(compiler: Any, name: str, schema: str | None) -> str:
    """How a statement begins that changes a table."""
    return f"ALTER TABLE {format_table_name(compiler, name, schema)}"


def add_column(compiler: Any, column: sa.Column[Any], **kw: Any) -> str:
    """The words that add a column, with its definition."""
    return f"ADD COLUMN {compiler.get_column_specification(column, **kw)}"


def drop_column(compiler: Any, name: str, **kw: Any) -> str:
    """The words that drop a column."""
    return f"DROP COLUMN {format_column_name(compiler, name)}"


def format_table_name(compiler: Any, name: str, schema: str | None) -> str:
    """A table's name as SQL writes it, with its schema."""
    quoted: str = compiler.preparer.quote(name)
    return f"{compiler.preparer.quote(schema)}.{quoted}" if schema else quoted


def format_column_name(compiler: Any, name: str) -> str:
    """A column's name as SQL writes it."""
    quoted: str = compiler.preparer.quote(name)
    return quoted


def alter_column(compiler: Any, name: str) -> str:
    """The words that begin the change of a column."""
    return f"ALTER COLUMN {format_column_name(compiler, name)}"


def format_server_default(compiler: Any, default: Any) -> str:
    """A default as SQL writes it."""
    column: sa.Column[Any] = sa.Column("x", sa.types.NullType(), server_default=default)
    text: str = compiler.get_column_default_string(column)
    return text


def format_type(compiler: Any, type_: Any) -> str:
    """A type as SQL writes it."""
    text: str = compiler.dialect.type_compiler_instance.process(type_)
    return text
