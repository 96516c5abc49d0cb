"""How a command reaches a database: through env.py; and what it says of where that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..config import Config
from ..errors import DatabaseNotAtHead, ResolutionError
from .loops import run_env
from .results import Moved, Position

if TYPE_CHECKING:
    from ..runtime.migration import MigrationContext
    from ..runtime.planner import Plan, Step
    from ..script.directory import ScriptDirectory
    from ..script.revision import Script

    Planner = Callable[[tuple[str, ...], MigrationContext], Plan | tuple[()]]


RUN_SETTINGS = (
    "lock_timeout",
    "lock_timeout_ddl",
    "checksums",
    "on_database_ahead",
    "app_version",
)
"""The settings that a run on a database knows: see `Settings`."""


def setting(config: Config, name: str) -> Any:
    """A setting as the app or the program has it, else as a file does; None if nobody set it."""
    found = config.attributes.get(name)
    return config.get_alembic_option(name) if found is None else found


def run_environment(config: Config, script: ScriptDirectory, fn: Planner, **options: Any) -> Moved:
    """Run env.py, which runs what `fn` plans for each database."""
    from ..runtime.environment import EnvironmentContext

    options["observer"] = config.attributes.get("observer")
    options.update({name: setting(config, name) for name in RUN_SETTINGS})
    with EnvironmentContext(config, script, fn=fn, **options) as environment:
        run_env(config, script)
    sql = bool(options.get("as_sql"))
    heads = tuple(script.get_heads(consider_depends_on=True))
    return Moved(tuple(environment.results), heads, sql)


def positions_of(config: Config, script: ScriptDirectory) -> tuple[Position, ...]:
    """Where each database is, as env.py sees it."""
    found: list[Position] = []

    def look(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        url = None
        if context.connection is not None:
            url = context.connection.engine.url.render_as_string(hide_password=True)
        found.append(Position(heads, _scripts_at(script, heads), url, context.database))
        return ()

    run_environment(config, script, look)
    return tuple(found)


def position_of(config: Config, script: ScriptDirectory) -> Position:
    """Where the database is; of several, the rows of all of them."""
    found = positions_of(config, script)
    if len(found) == 1:
        return found[0]
    rows = tuple(dict.fromkeys(row for one in found for row in one.rows))
    scripts = tuple(dict.fromkeys(script for one in found for script in one.scripts))
    return Position(rows, scripts, next((one.url for one in found), None), None, found)


def _scripts_at(script: ScriptDirectory, rows: Sequence[str]) -> tuple[Script, ...]:
    """The files that the version rows name; a row without a file is an error that says so."""
    from ..runtime.planner import applied_revisions

    applied_revisions(script.revision_map, rows)
    return tuple(script.get_revisions(tuple(rows)))


def database_label(name: str | None) -> str:
    """What a database is called where there are several; the default one has no name."""
    return name or "default"


def require_heads(
    script: ScriptDirectory, rows: tuple[str, ...], database: str | None = None
) -> None:
    """Raise unless nothing is left to be run."""
    from ..runtime.planner import plan_upgrade

    steps = plan_upgrade(script.revision_map, rows, "heads").steps
    if steps:
        several = len(script.get_heads()) > 1
        line = "flask db upgrade heads" if several else "flask db upgrade"
        raise DatabaseNotAtHead(_behind(script, rows, steps, database), hint=f"Run '{line}' first.")


def _behind(
    script: ScriptDirectory, rows: tuple[str, ...], steps: Sequence[Step], database: str | None
) -> str:
    name = "" if database is None else f" '{database_label(database)}'"
    place = f"at {quoted(rows)}" if rows else "at no revision yet"
    count = "one revision" if len(steps) == 1 else f"{_number(len(steps))} revisions"
    heads = script.get_heads(consider_depends_on=True)
    return f"The database{name} is {place}, {count} behind {quoted(heads)}."


def quoted(names: Sequence[str]) -> str:
    """Names as a sentence lists them: 'a', 'b' and 'c'."""
    *others, last = [f"'{name}'" for name in names] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)


def ends_of(revision: str, *, sql: bool) -> tuple[str | None, str]:
    """The start and the end of a move; a start is for SQL alone, which cannot ask the database."""
    start, colon, target = revision.rpartition(":")
    if not colon:
        return None, revision
    if not sql:
        raise ResolutionError(
            f"'{revision}' is a range, and a database starts from where it is.",
            hint="Name the end alone, or add --sql.",
        )
    if ":" in start:
        raise ResolutionError(f"'{revision}' has more than two ends.", hint="Write FROM:TO.")
    return start or "base", target or "head"
