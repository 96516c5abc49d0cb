"""The commands that move a database, or what is recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import ConfigError, ResolutionError
from .destruction import asked_first
from .results import Moved
from .running import ends_of, quoted, run_environment

if TYPE_CHECKING:
    from ..runtime.migration import MigrationContext
    from ..runtime.planner import Plan
    from ..script.directory import ScriptDirectory


def upgrade(config: Config, revision: str, sql: bool = False, tag: str | None = None) -> Moved:
    """Run the revisions up to `revision`, each in a transaction of its own, under the lock."""
    from ..runtime.planner import plan_upgrade
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    script.sealed = True
    start, target = ends_of(revision, sql=sql)

    def plan(heads: tuple[str, ...], context: MigrationContext) -> Plan:
        found = plan_upgrade(script.revision_map, heads, target)
        if sql and not found.steps:
            _refuse_backwards(script, heads, target)
        return found

    return run_environment(
        config,
        script,
        plan,
        as_sql=sql,
        starting_rev=start,
        destination_rev=target,
        tag=tag,
        looks_at_applied=True,
        consent=asked_first(config),
    )


def _refuse_backwards(script: ScriptDirectory, start: tuple[str, ...], target: str) -> None:
    """Raise if an upgrade as SQL would go down, which would be an empty script."""
    ends = {found.revision for found in script.get_revisions(target)}
    if ends < script.revision_map.ancestors(start) and not ends & set(start):
        raise ResolutionError(
            f"There is no upgrade from {quoted(start)} to '{target}', which is below it.",
            hint=f"To go down: 'flask db downgrade --sql {start[0]}:{target}'.",
        )


def downgrade(config: Config, revision: str, sql: bool = False, tag: str | None = None) -> Moved:
    """Run the downgrades down to `revision`; `-1` is one step."""
    from ..runtime.planner import plan_downgrade
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    start, target = ends_of(revision, sql=sql)
    if sql and start is None:
        raise ConfigError(
            "A downgrade as SQL must know where it starts.",
            hint="Give both ends: 'flask db downgrade --sql FROM:TO'.",
        )

    def plan(heads: tuple[str, ...], context: MigrationContext) -> Plan:
        return plan_downgrade(script.revision_map, heads, target)

    return run_environment(
        config, script, plan, as_sql=sql, starting_rev=start, destination_rev=target, tag=tag
    )


def stamp(
    config: Config,
    revision: str | Sequence[str],
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
) -> Moved:
    """Write the rows of the version table as if the revisions had run; run nothing."""
    from ..runtime.planner import plan_stamp
    from ..script.directory import ScriptDirectory

    if sql and purge:
        raise ConfigError(
            "A stamp as SQL cannot purge: the rows to be forgotten are not known.",
            hint="Leave out --purge or --sql.",
        )
    script = ScriptDirectory.from_config(config)
    names = (revision,) if isinstance(revision, str) else tuple(revision)
    ends = [ends_of(name, sql=sql) for name in names]
    targets = tuple(target for _, target in ends)
    start = next((first for first, _ in ends if first is not None), None)

    def plan(heads: tuple[str, ...], context: MigrationContext) -> Plan:
        return plan_stamp(script.revision_map, heads, targets, purge=purge)

    return run_environment(
        config,
        script,
        plan,
        as_sql=sql,
        starting_rev=start if start is not None or not sql else "base",
        destination_rev=targets,
        tag=tag,
        purge=purge,
    )


def ensure_version(config: Config, sql: bool = False) -> None:
    """Create the version table if it is not there."""
    from sqlalchemy.schema import CreateTable

    from ..script.directory import ScriptDirectory

    def create(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        if context.as_sql:
            context.sql_script.statement(CreateTable(context.ledger.table))
        else:
            context.ledger.ensure(context.bind_connection)
        return ()

    run_environment(config, ScriptDirectory.from_config(config), create, as_sql=sql)
