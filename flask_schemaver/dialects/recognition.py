"""What finds unchanged tables quickly: columns that are declared, and stored, alike are seen once.

A table that is not recognised is not known to be different: the reader has to look at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.sql.functions import now

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

    from .base import Dialect

# Parts of a table, and what is said of a part, are parted by characters that names do not have.
PART, WORD = "\x1e", "\x1f"

USUAL_TYPES: set[type[TypeEngine[Any]]] = {
    *(sa.Integer, sa.SmallInteger, sa.BigInteger, sa.Numeric, sa.Float, sa.Double, sa.Boolean),
    *(sa.String, sa.Text, sa.Unicode, sa.UnicodeText, sa.LargeBinary, sa.JSON, sa.Uuid),
    *(sa.DateTime, sa.Date, sa.Time),
}


def type_key(type_: TypeEngine[Any]) -> tuple[Any, ...] | None:
    """What equal types of the usual kinds have in common; None for other kinds."""
    # The key of an Enum does not say its values, that of a variant not the other types.
    usual = type(type_) in USUAL_TYPES and not type_._variant_mapping
    key = type_._static_cache_key if usual else None
    return key if isinstance(key, tuple) else None


def column_key(column: sa.Column[Any]) -> tuple[Any, ...] | None:
    """Columns with equal keys are written alike; None where that is not easily said."""
    type_ = type_key(column.type)
    if type_ is None or column.constraints or column.identity is not None:
        return None
    default: Any = column.server_default
    if default is None:
        return (type_,)
    argument = getattr(default, "arg", None)
    if isinstance(argument, str):
        return (type_, argument)
    if isinstance(argument, sa.TextClause):
        return (type_, "text", argument.text)
    if isinstance(argument, sa.True_ | sa.False_):
        return (type_, "word", type(argument))
    if isinstance(argument, now) and not len(argument.clauses):
        return (type_, "word", now)
    return None


def has_options(item: Any) -> bool:
    """Whether anything is said for one dialect alone; to ask the item makes room for answers."""
    return "dialect_options" in vars(item) and bool(item.dialect_kwargs)


def by_schema(
    tables: Iterable[sa.Table], dialect: Dialect
) -> Iterable[tuple[str | None, list[sa.Table]]]:
    """Declared tables with the schema that they are in."""
    found: dict[str | None, list[sa.Table]] = {}
    for table in tables:
        found.setdefault(dialect.normal_schema(table.schema), []).append(table)
    return found.items()


def leading_to_known(tables: Iterable[sa.Table]) -> list[sa.Table]:
    """Those of the tables that refer to some of them alone.

    What refers to another one may have to leave, and come back, while that one changes.
    """
    tables = list(tables)
    known = {table.key for table in tables}
    return [t for t in tables if all(_target(key) in known for key in t.foreign_keys)]


def _target(key: sa.ForeignKey) -> str:
    """The key by which a MetaData knows the table that a foreign key leads to."""
    schema, table, _ = key._column_tokens
    return f"{schema}.{table}" if schema else table


class Recogniser:
    """Compares columns, and texts, as declared with what was read of them."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.alike: set[tuple[Any, ...]] = set()
        """What has been seen to be alike, and is not looked at again."""

    def is_as_read(self, column: sa.Column[Any], read: Any) -> bool:
        """Whether all is as declared that every database keeps of a column, but its type."""
        return (
            bool(column.nullable) == read["nullable"]
            and self.dialect.stored_comment(column.comment) == read["comment"]
            and self._default(column) == self._stored_default(read)
            and self._computed(column) == self._stored_computed(read)
        )

    def same_text(self, one: str, other: str) -> bool:
        """Whether two expressions have the same cheap normal form."""
        return self.dialect.normal_expression(one) == self.dialect.normal_expression(other)

    def _default(self, column: sa.Column[Any]) -> str | None:
        if column.computed is not None or column.server_default is None:
            return None
        spelled = self.dialect.default_spelling(column)
        return None if spelled is None else self.dialect.normal_default(spelled, column.type)

    def _stored_default(self, read: Any) -> str | None:
        text = self.dialect.reflected_default(read)
        return None if text is None else self.dialect.normal_default(text, read["type"])

    def _computed(self, column: sa.Column[Any]) -> str | None:
        if column.computed is None:
            return None
        text = self.dialect.expression_spelling(column.computed.sqltext)
        return self._normal_computed(text, persisted=column.computed.persisted)

    def _stored_computed(self, read: Any) -> str | None:
        if "computed" not in read:
            return None
        computed = read["computed"]
        return self._normal_computed(computed["sqltext"], persisted=computed["persisted"])

    def _normal_computed(self, text: str, *, persisted: bool | None) -> str:
        storage = self.dialect.computed_storage(persisted=persisted)
        return self.dialect.normal_expression(text) + storage
