"""What a downgrade would destroy: tables with their rows, counted before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..config import Config
from .running import run_environment

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..runtime.migration import MigrationContext


class Losses(NamedTuple):
    """How many rows each table has that would be dropped; the name of a protected database."""

    tables: dict[str, int]
    protected: str | None
    steps: int

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def losses(config: Config, revision: str) -> Losses:
    """Look at what a downgrade to `revision` would drop; changes nothing."""
    from ..runtime.planner import plan_downgrade
    from ..script.directory import ScriptDirectory
    from ..script.tables import tables_dropped_by

    script = ScriptDirectory.from_config(config)
    tables: dict[str, int] = {}
    names: list[str] = []
    counted = [0]

    def look(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        steps = plan_downgrade(script.revision_map, rows, revision).steps
        counted[0] += len(steps)
        connection = context.bind_connection
        for step in steps:
            for table in tables_dropped_by(step.script, "downgrade"):
                tables[table] = tables.get(table, 0) + _count(connection, table)
        marked = context.protected_name()
        if marked is not None:
            names.append(marked)
        return ()

    run_environment(config, script, look)
    return Losses(tables, next(iter(names), None), counted[0])


def _count(connection: Connection, name: str) -> int:
    """The rows of a table; none of one that is not there."""
    import sqlalchemy as sa

    schema, _, table = name.rpartition(".")
    if not sa.inspect(connection).has_table(table, schema=schema or None):
        return 0
    counted = sa.select(sa.func.count()).select_from(sa.table(table, schema=schema or None))
    return int(connection.scalar(counted) or 0)
