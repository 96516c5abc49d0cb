"""What steps would destroy: tables with their rows, counted before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..config import Config

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..runtime.migration import MigrationContext
    from ..runtime.planner import Plan, Step


class Losses(NamedTuple):
    """How many rows each table has that would be dropped; the name of a protected database."""

    tables: dict[str, int]
    protected: str | None
    steps: int

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def losses_of(context: MigrationContext, steps: Sequence[Step]) -> Losses:
    """What steps would drop in the database of a context; reads only."""
    from ..script.tables import tables_dropped_by

    names: dict[str, None] = {}
    for step in steps:
        if not step.is_stamp:
            direction = "upgrade" if step.is_upgrade else "downgrade"
            dropped = tables_dropped_by(step.script, direction, context.database)
            names.update(dict.fromkeys(dropped))
    tables = {name: rows_in(context.bind_connection, name) for name in names}
    return Losses(tables, context.protected_name(), len(steps))


def asked_first(config: Config) -> Callable[[MigrationContext, Plan], None] | None:
    """What an upgrade calls before it runs a plan: `attributes["consent"]`, given the losses.

    That function raises if something would be destroyed that nobody said yes to.
    """
    consent: Callable[[Losses], None] | None = config.attributes.get("consent")
    if consent is None:
        return None
    return lambda context, plan: consent(losses_of(context, plan.steps))


def rows_in(connection: Connection, name: str) -> int:
    """The rows of a table; none of one that is not there."""
    import sqlalchemy as sa

    schema, _, table = name.rpartition(".")
    if not sa.inspect(connection).has_table(table, schema=schema or None):
        return 0
    counted = sa.select(sa.func.count()).select_from(sa.table(table, schema=schema or None))
    return int(connection.scalar(counted) or 0)
