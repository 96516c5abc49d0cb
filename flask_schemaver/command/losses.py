"""The command that says what a downgrade would destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config import Config
from .destruction import Losses, losses_of
from .running import run_environment

if TYPE_CHECKING:
    from ..runtime.migration import MigrationContext

__all__ = ["Losses", "losses"]


def losses(config: Config, revision: str) -> Losses:
    """Look at what a downgrade to `revision` would drop; changes nothing."""
    from ..runtime.planner import plan_downgrade
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found: list[Losses] = []

    def look(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        plan = plan_downgrade(script.revision_map, rows, revision)
        found.append(losses_of(context, plan.steps))
        return ()

    run_environment(config, script, look)
    tables: dict[str, int] = {}
    for one in found:
        for table, rows in one.tables.items():
            tables[table] = tables.get(table, 0) + rows
    marked = next((one.protected for one in found if one.protected is not None), None)
    return Losses(tables, marked, sum(one.steps for one in found))
