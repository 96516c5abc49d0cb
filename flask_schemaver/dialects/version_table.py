"""The table of the applied revisions, as it is made where nobody wants another one."""

from __future__ import annotations

import sqlalchemy as sa

ID_LENGTH = 255
"""The width of the version column, in characters."""


def version_table(name: str, schema: str | None, *, primary_key: bool) -> sa.Table:
    """The table, in a MetaData of its own."""
    column = sa.Column("version_num", sa.String(ID_LENGTH), nullable=False)
    table = sa.Table(name, sa.MetaData(), column, schema=schema)
    if primary_key:
        table.append_constraint(sa.PrimaryKeyConstraint(column, name=f"{name}_pkc"))
    return table
