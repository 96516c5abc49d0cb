"""What programs call: one function for each command; they return results and print nothing.

Each takes a `Config` first, raises a `CommandError` for what a person can mend, and leaves
logging, the terminal and the process alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config import Config
from .errors import ConfigError, DatabaseNotAtHead, NoModels, ResolutionError, ScriptError

if TYPE_CHECKING:
    from .runtime.migration import MigrationContext
    from .runtime.planner import Plan, Step
    from .runtime.runner import RunResult, StepResult
    from .script.directory import ScriptDirectory
    from .script.revision import Script

    Planner = Callable[[tuple[str, ...], MigrationContext], Plan | tuple[()]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What an upgrade, a downgrade or a stamp did, a run for each database."""

    runs: tuple[RunResult, ...]
    heads: tuple[str, ...]
    sql: bool = False

    @property
    def done(self) -> tuple[StepResult, ...]:
        return tuple(step for run in self.runs for step in run.done)

    @property
    def before(self) -> tuple[str, ...]:
        return self.runs[-1].before if self.runs else ()

    @property
    def after(self) -> tuple[str, ...]:
        """The rows of the version table as they are now."""
        return self.runs[-1].after if self.runs else ()


@dataclass(frozen=True, slots=True)
class Position:
    """Where a database is: its rows, the files they name, and its address without a password."""

    rows: tuple[str, ...]
    scripts: tuple[Script, ...]
    url: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    script: Script
    is_current: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing models and database came to; `changes` are words for a person."""

    model_tables: int
    database_tables: int
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """The files that were written, and the comparison that filled them, if there was one."""

    scripts: tuple[Script, ...]
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Initialised:
    """The migrations folder that was made."""

    directory: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A form of migrations folder that `init` can make."""

    name: str
    summary: str


# -- making ---------------------------------------------------------------------------------


def list_templates(config: Config) -> tuple[Template, ...]:
    """The templates that `init` knows, by name."""
    folder = Path(config.get_template_directory())
    found = sorted(path.parent for path in folder.glob("*/README"))
    return tuple(Template(path.name, _first_line(path / "README")) for path in found)


def init(
    config: Config, directory: str, template: str = "flask", package: bool = False
) -> Initialised:
    """Make a migrations folder; one that holds anything is refused. Touches no database."""
    target = Path(directory)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ScriptError(
            f"The folder '{directory}' exists already and is not empty.",
            hint="Name another one with --directory, or move it out of the way.",
        )
    source = _template_folder(config, template)
    versions = target / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    files = [target / path.name for path in sorted(source.iterdir()) if path.is_file()]
    for file in files:
        file.write_bytes((source / file.name).read_bytes())
    if package:
        packages = [target / "__init__.py", versions / "__init__.py"]
        for file in packages:
            file.touch()
        files += packages
    return Initialised(target, tuple(files))


def revision(
    config: Config,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    depends_on: str | Sequence[str] | None = None,
    process_revision_directives: Callable[..., None] | None = None,
) -> Script | list[Script]:
    """Write a revision file; an empty list means that nothing differed and nothing was written.

    With `autogenerate` the database is read, and must be at every head.
    """
    made = make_revision(
        config,
        message,
        autogenerate=autogenerate,
        sql=sql,
        head=head,
        splice=splice,
        branch_label=branch_label,
        version_path=version_path,
        rev_id=rev_id,
        depends_on=depends_on,
        process_revision_directives=process_revision_directives,
    )
    return made.scripts[0] if len(made.scripts) == 1 else list(made.scripts)


def make_revision(
    config: Config,
    message: str | None = None,
    *,
    autogenerate: bool = False,
    sql: bool = False,
    head: str | Sequence[str] = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    depends_on: str | Sequence[str] | None = None,
    process_revision_directives: Callable[..., None] | None = None,
) -> Made:
    """What `revision` does, with what the comparison came to."""
    from .script.directory import ScriptDirectory
    from .script.naming import new_revision_id

    script = ScriptDirectory.from_config(config)
    environment = config.get_alembic_boolean_option("revision_environment")
    _refuse_sql(sql=sql, autogenerate=autogenerate, environment=environment)
    comparison: Comparison | None = None
    template_args: dict[str, Any] = {"config": config}
    if autogenerate:
        comparison, filled = _autogenerate(config, script, process_revision_directives)
        if not comparison.changes:
            return Made((), comparison)
        template_args.update(filled)
    elif environment:
        _run(config, script, lambda heads, context: (), as_sql=sql)
    made = script.generate_revision(
        rev_id or new_revision_id(),
        message,
        head=head,
        splice=splice,
        branch_labels=branch_label,
        version_path=version_path,
        depends_on=depends_on,
        **template_args,
    )
    return Made(() if made is None else (made,), comparison)


def check(config: Config) -> Comparison:
    """Compare the models with the database; differences are an `AutogenerateDiffsDetected`."""
    from .errors import AutogenerateDiffsDetected
    from .script.directory import ScriptDirectory

    comparison, filled = _autogenerate(config, ScriptDirectory.from_config(config), None)
    if comparison.changes:
        raise AutogenerateDiffsDetected(
            f"The models and the database differ: {'; '.join(comparison.changes)}.",
            diffs=list(filled.get("diffs", ())),
            hint="Run 'flask db migrate' to write a revision.",
        )
    return comparison


def merge(
    config: Config,
    revisions: str | Sequence[str],
    message: str | None = None,
    branch_label: str | None = None,
    rev_id: str | None = None,
    splice: bool = False,
) -> Script:
    """Write a revision that joins several heads. Touches no database."""
    names = (revisions,) if isinstance(revisions, str) else tuple(revisions)
    if not names:
        raise ScriptError("There is nothing to merge.", hint="Name the heads, or say 'heads'.")
    made = make_revision(
        config,
        message or f"merge {' and '.join(names)}",
        head=names,
        splice=splice,
        branch_label=branch_label,
        rev_id=rev_id,
    )
    return made.scripts[0]


def edit(config: Config, rev: str) -> None:
    """Open a revision's file in the editor that $EDITOR or $VISUAL names, and wait for it."""
    found = show(config, rev)
    if not found:
        raise ResolutionError(
            f"No revision has a file for '{rev}'.", hint="'flask db history' lists them."
        )
    for script in found:
        _open_in_editor(script.path)


# -- moving ---------------------------------------------------------------------------------


def upgrade(config: Config, revision: str, sql: bool = False, tag: str | None = None) -> Moved:
    """Run the revisions up to `revision`, each in a transaction of its own, under the lock."""
    from .runtime.planner import plan_upgrade
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    start, target = _ends(revision, sql=sql)

    def plan(heads: tuple[str, ...], context: MigrationContext) -> Plan:
        return plan_upgrade(script.revision_map, heads, target)

    return _run(
        config, script, plan, as_sql=sql, starting_rev=start, destination_rev=target, tag=tag
    )


def downgrade(config: Config, revision: str, sql: bool = False, tag: str | None = None) -> Moved:
    """Run the downgrades down to `revision`; `-1` is one step."""
    from .runtime.planner import plan_downgrade
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    start, target = _ends(revision, sql=sql)
    if sql and start is None:
        raise ConfigError(
            "A downgrade as SQL must know where it starts.",
            hint="Give both ends: 'flask db downgrade --sql FROM:TO'.",
        )

    def plan(heads: tuple[str, ...], context: MigrationContext) -> Plan:
        return plan_downgrade(script.revision_map, heads, target)

    return _run(
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
    from .runtime.planner import plan_stamp
    from .script.directory import ScriptDirectory

    if sql and purge:
        raise ConfigError(
            "A stamp as SQL cannot purge: the rows to be forgotten are not known.",
            hint="Leave out --purge or --sql.",
        )
    script = ScriptDirectory.from_config(config)
    names = (revision,) if isinstance(revision, str) else tuple(revision)
    ends = [_ends(name, sql=sql) for name in names]
    targets = tuple(target for _, target in ends)
    start = next((first for first, _ in ends if first is not None), None)

    def plan(heads: tuple[str, ...], context: MigrationContext) -> Plan:
        return plan_stamp(script.revision_map, heads, targets, purge=purge)

    return _run(
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

    from .script.directory import ScriptDirectory

    def create(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        if context.as_sql:
            context.sql_script.statement(CreateTable(context.ledger.table))
        else:
            context.ledger.ensure(context.bind_connection)
        return ()

    _run(config, ScriptDirectory.from_config(config), create, as_sql=sql)


# -- looking --------------------------------------------------------------------------------


def current(config: Config, check_heads: bool = False, verbose: bool = False) -> Position:
    """Where the database is; creates nothing. With `check_heads`, an error unless at the heads."""
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    position = _position(config, script)
    if check_heads:
        _require_heads(script, position.rows)
    return position


def heads(
    config: Config, verbose: bool = False, resolve_dependencies: bool = False
) -> tuple[Script, ...]:
    """The newest revisions; without those that others depend on, if asked."""
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    names = "heads" if resolve_dependencies else script.get_heads()
    return tuple(script.get_revisions(names))


def branches(config: Config, verbose: bool = False) -> tuple[Script, ...]:
    """The revisions that several others follow."""
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    return tuple(found for found in script.walk_revisions() if found.is_branch_point)


def history(
    config: Config,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
) -> tuple[Entry, ...]:
    """The revisions from the newest to the oldest, both ends of the range included.

    The database is read only if the range names `current`, or if that is to be indicated.
    """
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    lower, upper = _history_ends(rev_range)
    rows: tuple[str, ...] = ()
    if indicate_current or "current" in (lower, upper):
        rows = _position(config, script).rows
    base: str | tuple[str, ...] = rows or "base" if lower == "current" else lower
    head: str | tuple[str, ...] = rows or "base" if upper == "current" else upper
    return tuple(
        Entry(found, indicate_current and found.revision in rows)
        for found in script.walk_revisions(base=base, head=head)
    )


def show(config: Config, rev: str) -> tuple[Script, ...]:
    """The revisions that a symbol names; the database is read for `current` alone."""
    from .script.directory import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    if rev == "current":
        return _position(config, script).scripts
    return tuple(script.get_revisions(rev))


# -- how it is done -------------------------------------------------------------------------


def _run(config: Config, script: ScriptDirectory, fn: Planner, **options: Any) -> Moved:
    """Run env.py, which runs what `fn` plans for each database."""
    from .runtime.environment import EnvironmentContext

    options["observer"] = config.attributes.get("observer")
    options["lock_timeout"] = config.attributes.get("lock_timeout")
    with EnvironmentContext(config, script, fn=fn, **options) as environment:
        script.run_env()
    sql = bool(options.get("as_sql"))
    return Moved(tuple(environment.results), tuple(script.get_heads()), sql)


def _position(config: Config, script: ScriptDirectory) -> Position:
    """Where the database is, as env.py sees it."""
    rows: list[str] = []
    urls: list[str] = []

    def look(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        rows.extend(heads)
        if context.connection is not None:
            urls.append(context.connection.engine.url.render_as_string(hide_password=True))
        return ()

    _run(config, script, look)
    return Position(tuple(rows), _scripts_at(script, rows), next(iter(urls), None))


def _scripts_at(script: ScriptDirectory, rows: Sequence[str]) -> tuple[Script, ...]:
    """The files that the version rows name; a row without a file is an error that says so."""
    from .runtime.planner import plan_upgrade

    if not rows:
        return ()
    plan_upgrade(script.revision_map, rows, rows)
    return tuple(script.get_revisions(tuple(rows)))


def _require_heads(script: ScriptDirectory, rows: tuple[str, ...]) -> None:
    """Raise unless nothing is left to be run."""
    from .runtime.planner import plan_upgrade

    steps = plan_upgrade(script.revision_map, rows, "heads").steps
    if steps:
        raise DatabaseNotAtHead(_behind(script, rows, steps), hint="Run 'flask db upgrade' first.")


def _behind(script: ScriptDirectory, rows: tuple[str, ...], steps: Sequence[Step]) -> str:
    place = f"at {_quoted(rows)}" if rows else "at no revision yet"
    count = "one revision" if len(steps) == 1 else f"{_number(len(steps))} revisions"
    return f"The database is {place}, {count} behind {_quoted(script.get_heads())}."


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f"'{name}'" for name in names)


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)


def _ends(revision: str, *, sql: bool) -> tuple[str | None, str]:
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


def _history_ends(rev_range: str | None) -> tuple[str, str]:
    """The lower and the upper end of a range of the history."""
    if rev_range is None:
        return "base", "heads"
    lower, colon, upper = rev_range.strip().partition(":")
    if not colon or ":" in upper:
        raise ResolutionError(
            f"'{rev_range}' is no range.", hint="Write FROM:TO, FROM: or :TO, as in 'a1b2:head'."
        )
    return lower or "base", upper or "heads"


def _refuse_sql(*, sql: bool, autogenerate: bool, environment: bool) -> None:
    if sql and autogenerate:
        raise ConfigError(
            "A revision cannot be compared with a database that is not connected to.",
            hint="Leave out --sql or --autogenerate.",
        )
    if sql and not environment:
        raise ConfigError(
            "--sql changes nothing here: env.py is not run for an empty revision.",
            hint="Leave it out, or set 'revision_environment'.",
        )


def _template_folder(config: Config, template: str) -> Path:
    """The folder of a template, by its name or by a path."""
    known = Path(config.get_template_directory())
    source = Path(template) if "/" in template or "\\" in template else known / template
    if not (source / "env.py").is_file():
        names = _quoted([one.name for one in list_templates(config)])
        raise ScriptError(f"There is no template '{template}'.", hint=f"Known are {names}.")
    return source


def _first_line(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0]


def _open_in_editor(path: str | Path) -> None:
    import os
    import shlex
    import shutil
    import subprocess

    named = os.environ.get("EDITOR") or os.environ.get("VISUAL")
    usual = ("sensible-editor", "editor", "nano", "vim", "vi", "code", "notepad")
    editor = named or next((name for name in usual if shutil.which(name)), None)
    if editor is None:
        raise ConfigError("No editor was found.", hint="Set $EDITOR to the name of yours.")
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=True)
    except (OSError, subprocess.CalledProcessError) as cause:
        raise ConfigError(
            f"The editor '{editor}' failed: {cause}.", hint="Set $EDITOR to one that works."
        ) from cause


def _autogenerate(
    config: Config, script: ScriptDirectory, hook: Callable[..., None] | None
) -> tuple[Comparison, dict[str, Any]]:
    """Compare models and database; returns what was found and the variables of the template."""
    from .autogenerate import api

    found: list[tuple[Comparison, dict[str, Any]]] = []

    def compare(heads: tuple[str, ...], context: MigrationContext) -> tuple[()]:
        _require_heads(script, heads)
        _require_models(config, context)
        drafted = api.draft(context, heads, hook)
        found.append((Comparison(*drafted.counts, drafted.changes), drafted.template_args))
        return ()

    _run(config, script, compare)
    return found[-1]


def _require_models(config: Config, context: MigrationContext) -> None:
    """Raise if the metadata is empty: then every table of the database would be dropped."""
    metadata = context.opts.get("target_metadata")
    several = metadata if isinstance(metadata, list | tuple) else (metadata,)
    if any(one is not None and one.tables for one in several):
        return
    state = config.attributes.get("app_state")
    app = "" if state is None else f" in the app '{state.name}'"
    raise NoModels(
        f"No models are registered{app}: its metadata has no tables.",
        hint="Import the modules of the models where the app is made, before this command runs.",
    )
