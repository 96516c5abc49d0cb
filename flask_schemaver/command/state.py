"""The commands that tell of a database what was done to it, and that note something about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from ..config import Config
from ..errors import ConfigError
from .running import run_environment, setting

if TYPE_CHECKING:
    from ..runtime.history import Applied
    from ..runtime.journal import Entry
    from ..runtime.migration import MigrationContext
    from ..script.directory import ScriptDirectory
    from ..script.revision import Script


class Pending(NamedTuple):
    """A revision that is still to be run; `created` is what its file says."""

    revision: str
    message: str
    created: datetime | None

    @property
    def days(self) -> int | None:
        """How old the file is, in days."""
        if self.created is None:
            return None
        moment = self.created if self.created.tzinfo else self.created.replace(tzinfo=UTC)
        return max((datetime.now(UTC) - moment).days, 0)


class Status(NamedTuple):
    """One database: its address without a password, its rows, and what is to be said of it."""

    url: str
    rows: tuple[str, ...]
    unknown: tuple[str, ...]
    """Rows that no file has."""
    pending: tuple[Pending, ...]
    changed: tuple[str, ...]
    """Applied revisions whose file means something else now."""
    half_done: str
    protected: str | None
    last: Applied | None
    differences: tuple[str, ...] | None = None
    """What the models have otherwise than the database; None if that was not asked for."""


def status(config: Config, *, differences: bool = False) -> tuple[Status, ...]:
    """Where each database is, what is to be run, and what is odd; writes nothing.

    With `differences`, the models are compared with the database as it is, whether revisions are
    pending or not. Raises `NoModels` if there are none.
    """
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found: list[Status] = []

    def look(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        one = _status_of(script, rows, context)
        found.append(one._replace(differences=_differing(context)) if differences else one)
        return ()

    run_environment(config, script, look)
    return tuple(found)


def _differing(context: MigrationContext) -> tuple[str, ...]:
    from ..autogenerate.api import compare
    from .draft import has_models

    metadata = context.opts.get("target_metadata")
    # Of several databases, one may be no concern of the models.
    if context.database is not None and not has_models(context):
        return ()
    return tuple(found.describe() for found in compare(context, metadata).operations)


def _status_of(script: ScriptDirectory, rows: tuple[str, ...], context: MigrationContext) -> Status:
    from ..runtime.applied_files import changed_revisions
    from ..runtime.history import protected_name
    from ..runtime.journal import told
    from ..runtime.planner import plan_upgrade

    known = script.revision_map
    unknown = tuple(row for row in rows if row not in known)
    steps = () if unknown else plan_upgrade(known, rows, "heads").steps
    connection = context.bind_connection
    applied = context.history.read(connection)
    entries: tuple[Entry, ...] = context.journal.read(connection)
    half = f"Revision '{entries[0].revision}' is half done. {told(entries)}" if entries else ""
    return Status(
        connection.engine.url.render_as_string(hide_password=True),
        rows,
        unknown,
        tuple(_pending(step.script) for step in steps),
        changed_revisions(context, rows),
        half,
        protected_name(applied),
        applied[-1] if applied else None,
    )


def _pending(script: Script) -> Pending:
    return Pending(script.revision, script.doc, _created(script.longdoc))


def _created(text: str) -> datetime | None:
    found = re.search(r"^Create Date:\s*(.+?)\s*$", text, re.MULTILINE)
    try:
        return None if found is None else datetime.fromisoformat(found[1])
    except ValueError:
        return None


def applied(config: Config) -> tuple[Applied, ...]:
    """The history, the oldest row first; of several databases, one after another."""
    from ..script.directory import ScriptDirectory

    found: list[Applied] = []

    def look(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        found.extend(context.history.read(context.bind_connection))
        return ()

    run_environment(config, ScriptDirectory.from_config(config), look)
    return tuple(found)


def accept(config: Config, revisions: str | Sequence[str]) -> tuple[str, ...]:
    """Note that the files of applied revisions are all right as they are now."""
    from ..runtime.history import made
    from ..runtime.planner import applied_revisions
    from ..script.digest import digests_of
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    wanted = script.get_revisions(revisions)
    names = tuple(found.revision for found in wanted)

    def note(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        done = script.revision_map.ancestors(row for row in rows if row in script.revision_map)
        version = setting(config, "app_version")
        for found in wanted:
            if found.revision not in done:
                applied_revisions(script.revision_map, rows)  # refuses a row that no file has
                raise ConfigError(
                    f"Revision '{found.revision}' is not applied, so there is nothing to accept.",
                    hint="'flask db status' lists the applied files that have changed.",
                )
            meaning, source = digests_of(found.path)
            known = {"revision": found.revision, "message": found.doc, "app_version": version}
            context.note(made("accept", digest=meaning, source=source, **known))
        return ()

    run_environment(config, script, note)
    return names


def protect(config: Config, name: str, *, remove: bool = False) -> None:
    """Mark the database by a name that has to be said before anything in it is destroyed."""
    from ..runtime.history import made
    from ..script.directory import ScriptDirectory

    def note(rows: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        marked = context.protected_name()
        if remove and marked != name:
            raise ConfigError(
                f"The database is not protected by the name '{name}'.",
                hint="'flask db status' shows the name.",
            )
        context.note(made("unprotect" if remove else "protect", message=name))
        return ()

    run_environment(config, ScriptDirectory.from_config(config), note)
