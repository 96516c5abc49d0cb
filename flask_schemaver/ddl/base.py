"""Statements of ALTER TABLE as SQLAlchemy's DDL elements, and the spelling of names in them.

The project itself deals in strings; plugins make and compile elements of these classes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement

from ..dialects.base import dialect_for


class AlterTable(DDLElement):
    """A change of a table that is known by its name."""

    inherit_cache = False

    def __init__(self, table_name: str, schema: Any = None) -> None:
        self.table_name = table_name
        self.schema = schema


class RenameTable(AlterTable):
    """Another name for a table."""

    def __init__(self, old_table_name: str, new_table_name: str, schema: Any = None) -> None:
        super().__init__(old_table_name, schema=schema)
        self.new_table_name = new_table_name


class AddColumn(AlterTable):
    """A column that comes."""

    def __init__(self, name: str, column: sa.Column[Any], schema: Any = None) -> None:
        super().__init__(name, schema=schema)
        self.column = column


class DropColumn(AlterTable):
    """A column that goes."""

    def __init__(self, name: str, column: sa.Column[Any], schema: Any = None) -> None:
        super().__init__(name, schema=schema)
        self.column = column


@compiles(RenameTable)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that gives a table another name."""
    spelling = dialect_for(compiler.dialect)
    (statement,) = spelling.rename_table(element.table_name, element.new_table_name, element.schema)
    return str(statement)


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


def format_type(compiler: Any, type_: Any) -> str:
    """A type as SQL writes it."""
    text: str = compiler.dialect.type_compiler_instance.process(type_)
    return text
