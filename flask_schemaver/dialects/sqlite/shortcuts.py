"""Changes that ALTER TABLE can make of some tables only: found out from what is stored.

https://sqlite.org/lang_altertable.html#altertabdropcol
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalogue import read_catalogue
from .definition import ConstraintDefinition, TableDefinition
from .indexes import IndexDefinition
from .tokens import folded, literal, mentioned_names, same

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

DROP_COLUMN = (3, 35, 5)
"""Since when DROP COLUMN is there and right: https://sqlite.org/releaselog/3_35_5.html."""

ALTER_CONSTRAINT = (3, 53)
"""Since when ALTER TABLE knows constraints and SET NOT NULL."""


def can_drop_column(
    connection: Connection, schema: str | None, table: TableDefinition, name: str
) -> bool:
    """Whether DROP COLUMN takes this column: nothing but its own definition names it."""
    if not table.has_column(name) or len(table.columns) == 1 or table.users_of(name):
        return False
    own = [c for c in table.constraints if c.column is not None and same(c.column, name)]
    if any(c.kind in ("primary_key", "unique") for c in own):
        return False
    if any(c.column is None and c.mentions(name) for c in table.constraints):
        return False
    word = folded(table.column(name).name)
    dependents = f"type IN ('view', 'trigger') OR tbl_name = {literal(table.name)} COLLATE NOCASE"
    for row in read_catalogue(connection, schema, f"({dependents}) AND sql IS NOT NULL"):
        if row.type == "index" and word in IndexDefinition.parse(row.sql).mentioned():
            return False
        if row.type in ("view", "trigger") and word in mentioned_names(row.sql):
            return False
    return not read_catalogue(connection, "temp", "type IN ('view', 'trigger')")


def can_drop_constraint(constraint: ConstraintDefinition) -> bool:
    """Whether DROP CONSTRAINT takes this one."""
    return constraint.name is not None and constraint.kind in ("check", "foreign_key")
