"""SQLAlchemy's schema items made from bare names, for operations that know no more than names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.types import NULLTYPE, SchemaType, TypeEngine
from sqlalchemy.util import set_creation_order

from ..schema.operation import Call

if TYPE_CHECKING:
    from ..dialects.base import Dialect

UNNAMED = ""
"""In place of a constraint's name: it gets none, whatever the naming convention says.

It stands in operations and in revision files; a table that is made for a dialect has None.
"""

AnyConstraint = TypeVar("AnyConstraint", bound=sa.Constraint)


def copied_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """A type for one more column: types that attach themselves to a table must not be shared."""
    if not isinstance(type_, SchemaType):
        return type_
    return _with_words(type_.copy(), type_)


def copied_column(column: sa.Column[Any]) -> sa.Column[Any]:
    """A column for one more table, without the constraints that its table has of it."""
    copied = column._copy()
    _with_words(copied.type, column.type)
    return copied


def _with_words(copied: TypeEngine[Any], type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The copy of a type with what MySQL's ENUM does not copy."""
    if copied is not type_:
        for name in ("charset", "collation", "ascii", "unicode", "binary", "national"):
            if getattr(type_, name, None):
                setattr(copied, name, getattr(type_, name))
    return copied


def stand_in(
    name: str, schema: str | None, *items: Any, dialect: Dialect | None = None, **options: Any
) -> sa.Table:
    """A table of a MetaData of its own, with empty tables wherever a foreign key leads.

    Constraints among the `items` that are on a table already are copied.
    """
    # Hooks written for Alembic hand over the MigrationContext.
    dialect = getattr(dialect, "spelling", dialect)
    convention = dialect.naming_convention if dialect is not None else None
    metadata = sa.MetaData(naming_convention=convention or None)
    placed = [item for item in items if is_placed(item)]
    fresh = [item for item in items if not is_placed(item)]
    table = sa.Table(name, metadata, *fresh, schema=schema, **options)
    for constraint in placed:
        if isinstance(constraint, sa.ForeignKeyConstraint):
            table.append_constraint(_copied_key(constraint, table))
        else:
            table.append_constraint(constraint._copy(target_table=table))
    for constraint in constraints_of(table, sa.CheckConstraint) if placed else ():
        if getattr(constraint, "_type_bound", False):
            # What a type brings along comes behind what the table says itself.
            set_creation_order(constraint)
    for constraint in table.constraints if dialect is not None else ():
        if constraint.name == UNNAMED:
            constraint.name = None
    for constraint in list(table.constraints):
        if isinstance(constraint, sa.ForeignKeyConstraint):
            _stub_referred(metadata, constraint)
    return table


def is_free(item: Any) -> bool:
    """Whether a constraint or an index is on no table yet."""
    if isinstance(item, sa.Index):
        return item.table is None
    return isinstance(item, sa.Constraint) and getattr(item, "parent", None) is None


def is_placed(item: Any) -> bool:
    """Whether a constraint is on a table already."""
    return isinstance(item, sa.Constraint) and not is_free(item)


def copied_item(item: Any) -> Any:
    """A column, or an index that is on a table, for one more table; constraints as they are."""
    if isinstance(item, sa.Index):
        elements = [e.name if isinstance(e, sa.Column) else e for e in item.expressions]
        return sa.Index(item.name, *elements, unique=item.unique, **item.dialect_kwargs)
    return copied_column(item) if isinstance(item, sa.Column) else item


def constraints_of(table: sa.Table, kind: type[AnyConstraint]) -> list[AnyConstraint]:
    """The constraints of one class in the order of their declaration.

    Those that a column carries, as a CheckConstraint among its arguments, are not the table's.
    """
    found = [c for c in table.constraints if isinstance(c, kind)]
    for column in table.columns:
        if column.constraints:
            found += [c for c in column.constraints if isinstance(c, kind)]
    return sorted(found, key=lambda constraint: constraint._creation_order)


def constrained_columns(constraint: sa.PrimaryKeyConstraint | sa.UniqueConstraint) -> list[str]:
    """The columns of a key, whether or not it is on a table yet."""
    pending = getattr(constraint, "_pending_colargs", ())
    found = list(constraint.columns) or [c for c in pending if c is not None]
    return [c if isinstance(c, str) else c.name for c in found]


def _stub_referred(metadata: sa.MetaData, constraint: sa.ForeignKeyConstraint) -> None:
    """Put the columns that a foreign key leads to into the MetaData, so that it can be compiled."""
    for element in constraint.elements:
        _stub(metadata, *target_of(element))


def _stub(metadata: sa.MetaData, schema: str | None, table: str, column: str) -> sa.Column[Any]:
    """A column of a table by the names that both have in the database, made if there is none."""
    key = f"{schema}.{table}" if schema else table
    found = metadata.tables.get(key)
    if found is None:
        found = sa.Table(table, metadata, schema=schema)
    known = next((c for c in found.c if column in (c.name, c.key)), None)
    if known is None:
        known = sa.Column(column, NULLTYPE)
        found.append_column(known)
    return known


def _copied_key(constraint: sa.ForeignKeyConstraint, table: sa.Table) -> sa.ForeignKeyConstraint:
    """A foreign key for one more table; SQLAlchemy's copy knows the target by its `key` alone."""
    place = (constraint.table.schema, constraint.table.name)
    targets = [target_of(element) for element in constraint.elements]
    own = (table.schema, table.name)
    actions = {name: getattr(constraint, name) for name in KEY_ACTIONS}
    return sa.ForeignKeyConstraint(
        [element.parent.key for element in constraint.elements],
        [
            _stub(table.metadata, *(own if (schema, name) == place else (schema, name)), column)
            for schema, name, column in targets
        ],
        name=constraint.name,
        use_alter=constraint.use_alter,
        comment=constraint.comment,
        info=dict(constraint.info),
        **actions,
        **item_options(constraint),
    )


def target_of(element: sa.ForeignKey) -> tuple[str | None, str, str]:
    """Schema, table and column that a foreign key leads to, whether or not the table is known.

    A column that is known has its name in the database; models may call it by another `key`.
    """
    try:
        column = element.column
    except InvalidRequestError:
        column = None
    if column is not None and column.table is not None:
        return column.table.schema, column.table.name, column.name
    schema_and_table, _, name = element.target_fullname.rpartition(".")
    schema, _, table = schema_and_table.rpartition(".")
    return schema or None, table, name


def columns_named(names: Iterable[str]) -> list[sa.Column[Any]]:
    return [sa.Column(name, NULLTYPE) for name in dict.fromkeys(names)]


def option_of(item: Any, name: str) -> Any:
    """One dialect option of a schema item, None where it has none."""
    # To ask for the options makes room for them, which most items need not have.
    return item.dialect_kwargs.get(name) if item.__dict__.get("dialect_options") else None


def name_of(column: Any, table: sa.Table) -> str:
    """The name of a column that an option gives as an object, or by the `key` it has in models."""
    if not isinstance(column, str):
        return str(column.name)
    return table.c[column].name if column in table.c else column


def with_names(options: dict[str, Any], table: sa.Table) -> dict[str, Any]:
    """The options of an index or a key with the names of columns in place of their keys."""
    for name, value in options.items():
        if name.endswith("_include"):
            options[name] = [name_of(column, table) for column in value or ()]
        elif name.endswith("_ops"):
            options[name] = {name_of(column, table): v for column, v in (value or {}).items()}
    return options


def item_options(item: Any, dialect: Dialect | None = None) -> dict[str, Any]:
    """The dialect options of a schema item (`postgresql_where=...`), expressions as text."""
    if not item.__dict__.get("dialect_options"):
        return {}
    return {
        name: value if dialect is None else plain_option(value, dialect)
        for name, value in item.dialect_kwargs.items()
    }


def text_clause(sql: str) -> sa.TextClause:
    """SQL text as a clause; a colon that would be taken for a bind parameter is escaped."""
    return sa.text(re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql))


def plain_option(value: Any, dialect: Dialect) -> Any:
    """An option's value without ties to a table: expressions become text, columns their names."""
    if isinstance(value, sa.Column):
        return value.name
    if isinstance(value, sa.ClauseElement):
        return text_clause(dialect.expression_spelling(value))
    if isinstance(value, list | tuple):
        return [plain_option(v, dialect) for v in value]
    return value


def rendered_option(value: Any) -> Any:
    """An option's value for a script."""
    if isinstance(value, sa.ClauseElement):
        return rendered_expression(value)
    if isinstance(value, list | tuple):
        return [rendered_option(v) for v in value]
    if isinstance(value, Mapping):
        return {name: rendered_option(v) for name, v in value.items()}
    return value


def rendered_expression(expression: Any, dialect: Dialect | None = None) -> Any:
    """A SQL expression for a script, a column by its name; a plain string stays one."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, sa.TextClause) and not expression._bindparams:
        return Call("sa.text", expression.text)
    if isinstance(expression, sa.Column):
        return expression.name
    from ..dialects.base import plain_dialect

    spelled = (dialect or plain_dialect()).expression_spelling(expression)
    return Call("sa.text", text_clause(spelled).text)


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments that differ from their usual value, which is None or False."""
    return {n: value for n, value in arguments.items() if value is not None and value is not False}


def final_name(name: str | None) -> Any:
    """A name to which no naming convention is applied any more."""
    return None if name is None else sa.schema.conv(name)


def rendered_name(name: Any) -> Any:
    """The name of a constraint or an index: final, no naming convention applies to it again."""
    return Call("op.f", plain_name(name)) if isinstance(name, str) else None


def plain_name(name: str) -> str:
    """A name without the mark that it is final; how it is to be quoted stays with it."""
    quote = getattr(name, "quote", None)
    return str(name) if quote is None else sa.quoted_name(str(name), quote)


KEY_ACTIONS = ("onupdate", "ondelete", "deferrable", "initially", "match")
"""What a foreign key says besides its columns, as arguments of `sa.ForeignKeyConstraint`."""

OWN_NOTES = frozenset({"database", "implied", "note", "renamed_from", "stored_types", "warnings"})
"""What this project itself notes in the `info` of operations, or reads in that of a model."""


def plain_info(info: Mapping[str, Any]) -> dict[str, Any]:
    """What of an item's `info` a script can write: names with plain values."""
    return {
        name: value
        for name, value in info.items()
        if name not in OWN_NOTES and _is_plain(name) and _is_plain(value)
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, [*value, *value.values()]))
    return value is None or type(value) in (str, bytes, bool, int, float)


def rendered_changes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that change, for a script: None takes one back."""
    return {name: rendered_option(value) for name, value in sorted(options.items())}


def rendered_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for a script, without those that reflection found to be empty."""
    return {
        name: rendered_option(value)
        for name, value in sorted(options.items())
        if value is not None and value != [] and value != {}
    }
