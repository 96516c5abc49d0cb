"""Statements of ALTER TABLE as SQLAlchemy's elements, which other packages may spell anew.

The project itself deals in strings. Where somebody has told by `sqlalchemy.ext.compiler.compiles`
how an element is written for the database at hand, that element is used in their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement

from .base import Dialect, dialect_for
from .change import UNCHANGED, ColumnChange

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable


class AlterTable(ExecutableDDLElement):
    """A change of a table that is known by its name."""

    inherit_cache: bool | None = False

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

    def __init__(
        self, name: str, column: sa.Column[Any], schema: Any = None, **options: Any
    ) -> None:
        super().__init__(name, schema=schema)
        self.column = column
        self.if_not_exists: bool | None = options.get("if_not_exists")
        self.inline_references: bool | None = options.get("inline_references")
        self.inline_primary_key: bool | None = options.get("inline_primary_key")


class DropColumn(AlterTable):
    """A column that goes."""

    def __init__(
        self,
        name: str,
        column: sa.Column[Any],
        schema: Any = None,
        *,
        if_exists: bool | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.column = column
        self.if_exists = if_exists


class AlterColumn(AlterTable):
    """A change of a column, with what is known of it."""

    def __init__(
        self,
        name: str,
        column_name: str,
        schema: Any = None,
        existing_type: Any = None,
        *,
        existing_nullable: bool | None = None,
        existing_server_default: Any = None,
        existing_comment: str | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.column_name = column_name
        self.existing_type = existing_type
        self.existing_nullable = existing_nullable
        self.existing_server_default = existing_server_default
        self.existing_comment = existing_comment


class ColumnNullable(AlterColumn):
    """Whether the column takes NULL."""

    def __init__(self, name: str, column_name: str, nullable: bool, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.nullable = nullable


class ColumnType(AlterColumn):
    """Another type."""

    def __init__(self, name: str, column_name: str, type_: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.type_: Any = sa.types.to_instance(type_)


class ColumnName(AlterColumn):
    """Another name."""

    def __init__(self, name: str, column_name: str, newname: str, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.newname = newname


class ColumnDefault(AlterColumn):
    """Another default, None for none."""

    def __init__(self, name: str, column_name: str, default: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default


class ColumnComment(AlterColumn):
    """Another comment, None for none."""

    def __init__(self, name: str, column_name: str, comment: str | None, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.comment = comment


ELEMENTS = (
    RenameTable,
    AddColumn,
    DropColumn,
    ColumnNullable,
    ColumnType,
    ColumnName,
    ColumnDefault,
    ColumnComment,
)


def is_spelled(element: type[Any], database: str) -> bool:
    """Whether somebody has told how the element is written for a database."""
    known = vars(element).get("_compiler_dispatcher")
    # Under "default" is what this module says for all databases.
    return known is not None and database != "default" and database in known.specs


def by_elements(class_: type[Dialect], database: str) -> type[Dialect]:
    """The class, with elements where others spell them for the database."""
    spelled = any(is_spelled(element, database) for element in ELEMENTS)
    return type(f"{class_.__name__}ByElements", (ByElements, class_), {}) if spelled else class_


class ByElements(Dialect):
    """Yields an element for what is spelled elsewhere, and strings for the rest."""

    def _spelled(self, element: type[AlterTable]) -> bool:
        return is_spelled(element, self.engine.name)

    def rename_table(self, old: str, new: str, schema: str | None) -> Iterator[Any]:
        if self._spelled(RenameTable):
            yield RenameTable(old, new, schema=schema)
        else:
            yield from super().rename_table(old, new, schema)

    def add_column(
        self, column: sa.Column[Any], table: str, schema: str | None, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        if self._spelled(AddColumn):
            yield AddColumn(table, column, schema=schema, if_not_exists=if_not_exists)
        else:
            yield from super().add_column(column, table, schema, if_not_exists=if_not_exists)

    def drop_column(
        self, name: str, table: str, schema: str | None, *, if_exists: bool = False
    ) -> Iterator[Any]:
        if self._spelled(DropColumn):
            column: sa.Column[Any] = sa.Column(name, sa.types.NullType())
            yield DropColumn(table, column, schema=schema, if_exists=if_exists)
        else:
            yield from super().drop_column(name, table, schema, if_exists=if_exists)

    def comment_column(
        self, table: str, schema: str | None, column: str, comment: str | None
    ) -> Iterator[Any]:
        if self._spelled(ColumnComment):
            yield ColumnComment(table, column, comment, schema=schema)
        else:
            yield from super().comment_column(table, schema, column, comment)

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        known: dict[str, Any] = {
            "schema": schema,
            "existing_type": change.existing_type,
            "existing_nullable": change.existing_nullable,
            "existing_server_default": change.existing_default,
            "existing_comment": change.existing_comment,
        }
        rest = copy(change)
        if change.type_ is not None and self._spelled(ColumnType):
            yield ColumnType(table, column, change.type_, **known)
            rest.type_ = None
        if change.nullable is not None and self._spelled(ColumnNullable):
            yield ColumnNullable(table, column, change.nullable, **known)
            rest.nullable = None
        if change.default is not UNCHANGED and self._spelled(ColumnDefault):
            default = None if change.default is None else sa.text(change.default)
            yield ColumnDefault(table, column, default, **known)
            rest.default = UNCHANGED
        named = change.new_name is not None and self._spelled(ColumnName)
        if named:
            rest.new_name = None
        yield from super().alter_column(table, schema, column, rest)
        if named:
            yield ColumnName(table, column, str(change.new_name), **known)


def _only(statements: Iterator[Any]) -> str:
    return "; ".join(map(str, statements))


def _text_of(default: Any, compiler: Any) -> str | None:
    if default is None:
        return None
    column: sa.Column[Any] = sa.Column("x", sa.types.NullType(), server_default=default)
    text: str | None = compiler.get_column_default_string(column)
    return text


@compiles(RenameTable)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_rename_table(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that gives a table another name."""
    spelling = dialect_for(compiler.dialect)
    names = element.table_name, element.new_table_name, element.schema
    return _only(spelling.rename_table(*names))


@compiles(ColumnComment)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_column_comment(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that gives a column another comment."""
    spelling = dialect_for(compiler.dialect)
    place = element.table_name, element.schema, element.column_name
    return _only(spelling.comment_column(*place, element.comment))


def _changed(element: AlterColumn, compiler: Any, **change: Any) -> str:
    change["existing_type"] = element.existing_type
    change["existing_nullable"] = element.existing_nullable
    change["existing_comment"] = element.existing_comment
    place = element.table_name, element.schema, element.column_name
    return _only(dialect_for(compiler.dialect).alter_column(*place, ColumnChange(**change)))


@compiles(ColumnNullable)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_column_nullable(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that says whether a column takes NULL."""
    return _changed(element, compiler, nullable=element.nullable)


@compiles(ColumnType)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_column_type(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that gives a column another type."""
    return _changed(element, compiler, type_=element.type_)


@compiles(ColumnName)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_column_name(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that gives a column another name."""
    return _changed(element, compiler, new_name=element.newname)


@compiles(ColumnDefault)  # type: ignore[no-untyped-call,untyped-decorator,unused-ignore]
def visit_column_default(element: Any, compiler: Any, **kw: Any) -> str:
    """The statement that gives a column another default."""
    return _changed(element, compiler, default=_text_of(element.default, compiler))
