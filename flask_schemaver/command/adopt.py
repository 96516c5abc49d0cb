"""Takes over a project that was begun with Alembic or Flask-Migrate: its files and its databases.

Everything is looked at first; what is wrong is an error, and then nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..config import ADOPTED_SECTION, ADOPTED_TABLE, SECTION, Config, Settings
from ..errors import ConfigError, DatabaseError
from .rewriting import Rewriting, rewritten
from .running import quoted, run_environment

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..runtime.ledger import Ledger
    from ..runtime.migration import MigrationContext
    from ..script.directory import ScriptDirectory


class AdoptedDatabase(NamedTuple):
    """One database: its version table as it is, and what is, or would be, done to it."""

    url: str
    table: str
    rows: tuple[str, ...]
    widened_from: int | None = None
    """The characters that the version column had, None if it is wide enough."""
    renamed_to: str | None = None
    history_begun: bool = False

    @property
    def changes(self) -> bool:
        return bool(self.widened_from or self.renamed_to or self.history_begun)


class Adopted(NamedTuple):
    """What was found and done; after a dry run, what would be done."""

    settings: tuple[str, ...]
    """The files of settings that are read."""
    directory: str
    revisions: int
    heads: tuple[str, ...]
    databases: tuple[AdoptedDatabase, ...]
    rewritten: tuple[str, ...] = ()
    """The files whose imports name this project now."""
    dry_run: bool = False


def adopt(
    config: Config,
    version_table: str | None = None,
    rewrite_imports: bool = False,
    dry_run: bool = False,
) -> Adopted:
    """Check files and databases, widen the version column, and begin the history.

    `version_table` renames the version table; without it, it stays as it is, and Alembic can go
    on at any time. `rewrite_imports` changes `alembic` to `flask_schemaver` in the files. What was
    done already is left alone, so that a second call changes nothing.
    """
    from ..script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    files = tuple(script.get_revisions("heads"))
    changes = rewritten(script, rewrite=rewrite_imports)
    looked = _each(config, script, lambda context: _looked_at(context, version_table))
    if not dry_run:
        if any(one.changes for one in looked):
            _each(config, script, lambda context: _taken_over(context, version_table))
        _written(config, changes, looked, version_table)
    named = (config.config_file_name, config.toml_file_name)
    return Adopted(
        tuple(name for name in named if name is not None),
        script.dir,
        len(script.revision_map),
        tuple(one.revision for one in files),
        tuple(looked),
        tuple(change.path for change in changes),
        dry_run,
    )


def _each(
    config: Config,
    script: ScriptDirectory,
    look: Callable[[MigrationContext], AdoptedDatabase],
) -> list[AdoptedDatabase]:
    """Call a function for each database that env.py names."""
    found: list[AdoptedDatabase] = []

    def plan(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        found.append(look(context))
        return ()

    run_environment(config, script, plan)
    return found


# -- one database ---------------------------------------------------------------------------


def _looked_at(context: MigrationContext, wanted: str | None) -> AdoptedDatabase:
    """What is there and what is to be done; raises what a person has to settle first."""
    from ..runtime.ledger import ID_LENGTH

    connection, ledger = context.bind_connection, context.ledger
    url = connection.engine.url.render_as_string(hide_password=True)
    if not ledger.exists(connection):
        return AdoptedDatabase(url, ledger.label, ())
    rows = _checked_rows(context, url)
    _require_one_table(connection, ledger, rows, wanted)
    if wanted is not None and wanted != ledger.name:
        _require_free_name(context, wanted)
    width = _width(connection, ledger)
    narrow = width is not None and width < ID_LENGTH and connection.dialect.name != "sqlite"
    return AdoptedDatabase(
        url,
        ledger.label,
        rows,
        width if narrow else None,
        wanted if wanted != ledger.name else None,
        bool(rows) and not context.history.read(connection),
    )


def _checked_rows(context: MigrationContext, url: str) -> tuple[str, ...]:
    """The rows, each of which a file knows and none of which includes another."""
    from ..runtime.planner import applied_revisions

    graph = context.revision_map
    rows = context.ledger.rows(context.bind_connection)
    applied_revisions(graph, rows)
    for row in dict.fromkeys(rows):
        below = graph.ancestors([row]) - {row}
        inside = sorted(below.intersection(rows)) or ([row] if rows.count(row) > 1 else [])
        if inside:
            raise DatabaseError(
                f"The version table '{context.ledger.label}' of '{url}' has the rows "
                f"{quoted(rows)}, and '{row}' includes '{inside[0]}': one row stands for both.",
                hint=f"If everything up to '{row}' was run: 'flask db stamp --purge {row}'; "
                f"else name the revision that was: 'flask db stamp --purge {inside[0]}'.",
            )
    return rows


def _require_one_table(
    connection: Connection, ledger: Ledger, rows: Sequence[str], wanted: str | None
) -> None:
    """Refuse a database that was stamped by both tools, in a table each."""
    from ..runtime.ledger import VERSION_TABLE, Ledger

    for name in dict.fromkeys((VERSION_TABLE, ADOPTED_TABLE, wanted)):
        if name is None or name == ledger.name:
            continue
        others = Ledger(name, ledger.schema).read(connection)
        if rows and others:
            raise DatabaseError(
                f"Two tools have stamped this database: '{ledger.label}' has {quoted(rows)}, "
                f"'{name}' has {quoted(others)}.",
                hint="Find out which one is right, drop the other table, and adopt again.",
            )


def _require_free_name(context: MigrationContext, wanted: str) -> None:
    """Refuse another name where the table would not be found by it afterwards."""
    from ..runtime.ledger import VERSION_TABLE

    config, named = context.config, context.opts.get("version_table")
    settings = None if config is None else config.attributes.get("settings")
    if settings is not None and named == settings.version_table and _of_files(config, settings):
        named = None
    if named not in (None, wanted):
        raise ConfigError(
            f"The app or env.py names the version table '{context.ledger.name}', so it would not "
            f"be found as '{wanted}'.",
            hint=f"Say version_table='{wanted}' there, or leave out '--version-table'.",
        )
    usual = wanted in (VERSION_TABLE, ADOPTED_TABLE)
    if config is None or (not usual and _place_of_settings(config) is None):
        raise ConfigError(
            f"There is no file that could say that the version table is called '{wanted}'.",
            hint=f"Name the file of settings with '-c', or call the table '{VERSION_TABLE}'.",
        )


def _of_files(config: Config | None, settings: Settings) -> bool:
    """Whether it is an ini or toml file that names the version table, or nobody."""
    origin = settings.origin("version_table")
    names = () if config is None else (config.config_file_name, config.toml_file_name)
    return origin == "default" or any(origin.startswith(name) for name in names if name)


def _width(connection: Connection, ledger: Ledger) -> int | None:
    import sqlalchemy as sa

    columns = sa.inspect(connection).get_columns(ledger.name, schema=ledger.schema)
    type_ = next((c["type"] for c in columns if c["name"] == ledger.table.c[0].name), None)
    return getattr(type_, "length", None)


def _taken_over(context: MigrationContext, wanted: str | None) -> AdoptedDatabase:
    """Do what `_looked_at` says, under the lock; what another process has done is left."""
    from ..runtime.lock import TIMEOUT, migration_lock

    connection = context.bind_connection
    seconds = context.opts.get("lock_timeout")
    timeout = TIMEOUT if seconds is None else float(seconds)
    with migration_lock(connection, context.ledger.label, timeout=timeout):
        # Another process may have been quicker.
        context.get_current_heads()
        found = _looked_at(context, wanted)
        if found.changes:
            _change(context, found)
    return found


def _change(context: MigrationContext, found: AdoptedDatabase) -> None:
    from ..runtime.history import made
    from ..runtime.transaction import transaction_for

    transaction = transaction_for(context.bind_connection)
    with transaction.session():
        transaction.begin()
        try:
            if found.widened_from:
                _widen(context, found.widened_from)
            if found.renamed_to:
                _rename(context, found.renamed_to)
            if found.history_begun:
                context.history.ensure(context.bind_connection)
                row = made("stamp", revision=", ".join(found.rows), message="adopted")
                context.history.add(context.bind_connection, row)
            transaction.commit()
        except BaseException:
            transaction.rollback()
            raise


def _widen(context: MigrationContext, width: int) -> None:
    import sqlalchemy as sa

    from ..operations.facade import Operations
    from ..runtime.ledger import ID_LENGTH

    ledger = context.ledger
    Operations(context).alter_column(
        ledger.name,
        ledger.table.c[0].name,
        type_=sa.String(ID_LENGTH),
        existing_type=sa.String(width),
        existing_nullable=False,
        schema=ledger.schema,
    )


def _rename(context: MigrationContext, name: str) -> None:
    """Rename the table, on PostgreSQL its key too: a new table could not have that name."""
    import sqlalchemy as sa

    from ..operations.facade import Operations
    from ..runtime.ledger import Ledger

    old, connection = context.ledger, context.bind_connection
    operations = Operations(context)
    new = Ledger(name, old.schema)
    if new.exists(connection):
        operations.drop_table(name, schema=old.schema)
    operations.rename_table(old.name, name, schema=old.schema)
    if connection.dialect.name == "postgresql":
        key = sa.inspect(connection).get_pk_constraint(name, schema=old.schema)
        if key["name"] == f"{old.name}_pkc":
            operations.rename_constraint(f"{old.name}_pkc", f"{name}_pkc", name, schema=old.schema)
    context.use_ledger(new)


# -- files ----------------------------------------------------------------------------------


def _written(
    config: Config,
    changes: Sequence[Rewriting],
    looked: Sequence[AdoptedDatabase],
    version_table: str | None,
) -> None:
    for change in changes:
        change.write()
    if any(one.renamed_to for one in looked):
        _note_version_table(config, str(version_table))


def _note_version_table(config: Config, name: str) -> None:
    """Say in the file of settings what the version table is called now."""
    place = _place_of_settings(config)
    if place is None or config.get_alembic_option("version_table") == name:
        return
    path, number, lines = place
    rest = lines[number + 1 :]
    end = next((n for n, line in enumerate(rest) if line.startswith("[")), len(rest))
    kept = [line for line in rest[:end] if not re.match(r"version_table\s*[=:]", line)]
    value = f'"{name}"' if path.suffix == ".toml" else name
    lines[number + 1 :] = [f"version_table = {value}\n", *kept, *rest[end:]]
    path.write_text("".join(lines), encoding="utf-8")


def _place_of_settings(config: Config) -> tuple[Path, int, list[str]] | None:
    """The ini or toml file with the settings, the line where they begin, and all lines."""
    tables = [f"[tool.{SECTION}]", f"[tool.{ADOPTED_SECTION}]"]
    for file, heads in (
        (config.config_file_name, [f"[{config.config_ini_section}]"]),
        (config.toml_file_name, tables),
    ):
        path = Path(file) if file is not None else None
        if path is None or not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines):
            if line.strip() in heads:
                return path, number, lines
    return None
