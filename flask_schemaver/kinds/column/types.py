"""What the type of a column means beyond its name: words for a person, and a CHECK of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .._items import copied_type, stand_in

if TYPE_CHECKING:
    from ...dialects.base import Dialect
    from ...dialects.sqlite.definition import TableDefinition
    from ...dialects.sqlite.parts import ConstraintDefinition


def check_of_type(
    type_: Any, column: str, table: str, schema: str | None, dialect: Dialect
) -> sa.CheckConstraint | None:
    """The CHECK that a type brings along, on a table of its own; None if it brings none."""
    plain: sa.Column[Any] = sa.Column(column, copied_type(sa.types.to_instance(type_)))
    made = stand_in(table, schema, plain, dialect=dialect)
    checks = [c for c in made.constraints if isinstance(c, sa.CheckConstraint)]
    return next((c for c in checks if dialect.enforces(c)), None)


def with_other_check(
    definition: TableDefinition,
    old: sa.CheckConstraint | None,
    new: sa.CheckConstraint | None,
    dialect: Dialect,
) -> TableDefinition:
    """The table with the CHECK of another type: the old one is found by what it says."""
    for found in _those_that_say(old, definition, dialect):
        definition = definition.without_constraint(found)
    if new is not None and not _those_that_say(new, definition, dialect):
        definition = definition.with_constraint(str(dialect.ddl.process(new)))
    return definition


def _those_that_say(
    check: sa.CheckConstraint | None, definition: TableDefinition, dialect: Dialect
) -> list[ConstraintDefinition]:
    if check is None:
        return []
    text = dialect.normal_expression(dialect.expression_spelling(check.sqltext))
    return [
        found
        for found in definition.constraints
        if found.kind == "check" and dialect.normal_expression(found.expression or "") == text
    ]


def type_words(type_: Any) -> str:
    """A type for a person, as standard SQL writes it where it can."""
    if type_ is None:
        return "?"
    instance = sa.types.to_instance(type_)
    try:
        return str(instance)
    except sa.exc.CompileError:
        return repr(instance)
