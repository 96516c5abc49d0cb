"""What keeps the databases of an app from being where its revision files are; writes nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..errors import CommandError
from ..runtime.adopted import going_on
from ..runtime.ledger import Ledger
from ..runtime.planner import plan_upgrade, unknown_row
from .startup import user_tables

if TYPE_CHECKING:
    from ..runtime.planner import Plan, Step
    from ..script.directory import ScriptDirectory
    from .startup import Application, DatabaseOfApp


class PendingRevision(NamedTuple):
    """A revision that is to be applied; `sql` None: it cannot be told without the database."""

    revision: str
    message: str
    path: str
    sql: str | None = None


class Pending(NamedTuple):
    """One database that is not where it should be; `problem` None: an upgrade mends it."""

    database: str
    url: str
    rows: tuple[str, ...]
    revisions: tuple[PendingRevision, ...] = ()
    problem: str | None = None
    hint: str | None = None

    @property
    def message(self) -> str:
        """What is wrong, as one sentence."""
        if self.problem is not None:
            return self.problem
        count = len(self.revisions)
        number = "one revision is" if count == 1 else f"{count} revisions are"
        return f"The database '{self.url}' is behind: {number} to be applied."


def pending(app: Application, *, with_sql: bool = False) -> tuple[Pending, ...]:
    """The databases of an app that are not at the heads; one query each where all are.

    Raises NoScriptDirectory, CannotConnect and what else a command would.
    """
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(app.config())
    if not script.revision_map.heads:
        return ()
    found = [_of_database(app, script, one, with_sql=with_sql) for one in app.databases]
    return tuple(one for one in found if one is not None)


def _of_database(
    app: Application, script: ScriptDirectory, database: DatabaseOfApp, *, with_sql: bool
) -> Pending | None:
    options = database.options
    ledger = Ledger(options["version_table"], options["version_table_schema"])
    with database.connect() as connection:
        rows = ledger.read(connection)
        if not rows:
            ledger = going_on(connection, ledger, script)
            rows = ledger.read(connection)
        tables = () if rows else user_tables(connection, database.several_metadata, ledger)
        connection.rollback()
    url = database.engine.url.render_as_string(hide_password=True)
    here = Pending(database.label, url, rows)
    unknown = [row for row in rows if row not in script.revision_map]
    if unknown:
        error = unknown_row(script.revision_map, unknown[0])
        return here._replace(problem=error.message, hint=error.hint)
    plan = plan_upgrade(script.revision_map, rows, "heads")
    if not plan.steps:
        return None
    here = here._replace(revisions=_told(app, database, plan, with_sql=with_sql))
    return _with_problem(here, script, tables)


def _with_problem(here: Pending, script: ScriptDirectory, tables: Sequence[str]) -> Pending:
    """What a person has to decide before an upgrade."""
    heads = [head for head in script.get_revisions("heads") if not head.branch_labels]
    if len(script.get_heads()) > 1 and heads:
        names = ", ".join(f"'{name}'" for name in script.get_heads())
        return here._replace(
            problem=f"The revisions end in several heads: {names}.",
            hint="Join them with 'flask db merge heads', then upgrade.",
        )
    if tables:
        return here._replace(
            problem=f"The database '{here.url}' has tables and no version row, so it is not known"
            " which revisions they contain.",
            hint="If they are what the models say, run 'flask db stamp head'.",
        )
    return here


def _told(
    app: Application, database: DatabaseOfApp, plan: Plan, *, with_sql: bool
) -> tuple[PendingRevision, ...]:
    return tuple(
        PendingRevision(
            step.script.revision,
            step.script.doc,
            step.script.place,
            _sql_of(app, database, step) if with_sql else None,
        )
        for step in plan.steps
    )


def _sql_of(app: Application, database: DatabaseOfApp, step: Step) -> str | None:
    """The SQL of one step; a revision that needs rows of the database cannot tell it."""
    from .. import command

    name = database.options.get("engine_name")
    config = app.config(binds=() if name is None else (database.label,))
    config.output_buffer = io.StringIO()
    source = step.script.parents[0] if step.script.parents else "base"
    try:
        command.upgrade(config, f"{source}:{step.script.revision}", sql=True)
    except CommandError:
        return None
    table = str(database.options["version_table"])
    blocks = [block.strip() for block in config.output_buffer.getvalue().split("\n\n")]
    return "\n\n".join(block for block in blocks if block and not _is_around(block, table))


def _is_around(statement: str, version_table: str) -> bool:
    """Whether a statement is none of the revision's own: its transaction, its version row."""
    if statement.startswith(("-- ", "BEGIN", "COMMIT", "START TRANSACTION")):
        return True
    verbs = r"(CREATE TABLE|INSERT INTO|UPDATE|DELETE FROM)"
    name = rf"(\S+\.)?[\"`\[]?{re.escape(version_table)}\b"
    return re.match(rf"{verbs}\s+{name}", statement) is not None
