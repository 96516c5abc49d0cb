"""The functions of Flask-Migrate: `from flask_schemaver.flask_migrate import Migrate, upgrade`.

Each needs an app context and takes the folder first. What is to be shown is written to standard
output and returned too; a mistake raises a CommandError, and never ends the process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import command
from .config import Config
from .extension.schemaver import SchemaVer
from .extension.state import AppState, current_schemaver
from .script.alias import VERSION

if TYPE_CHECKING:
    from .command import Comparison, Entry, Initialised, Moved, Position, Template
    from .script.revision import Script

Migrate = SchemaVer

alembic_version: tuple[int, ...] = tuple(int(part) for part in VERSION.split("."))
"""The Alembic whose surface is kept, for code that compares versions."""

Folder = str | Path | None
XArguments = str | Sequence[str] | None
T = TypeVar("T")

__all__ = [
    "Config",
    "Migrate",
    "alembic_version",
    "branches",
    "check",
    "current",
    "downgrade",
    "edit",
    "heads",
    "history",
    "init",
    "list_templates",
    "merge",
    "migrate",
    "revision",
    "show",
    "stamp",
    "upgrade",
]


def _run(
    function: Callable[[Config], T], directory: Folder, x_arg: XArguments = None, **options: object
) -> T:
    """Call what works on a `Config` of the current app, as one of its commands."""
    state: AppState = current_schemaver._get_current_object()  # type: ignore[attr-defined]
    return state.within(lambda: function(state.config(directory, x_arg, options)))


def _shown(lines: Sequence[str]) -> None:
    printer = Config()
    for line in lines:
        printer.print_stdout(line)


def _show_scripts(found: Sequence[Script], *, verbose: bool) -> None:
    _shown([one.cmd_format(verbose, include_branches=True) for one in found])


def list_templates() -> tuple[Template, ...]:
    """Print the forms of migrations folders that `init` can make."""
    found = _run(command.list_templates, None)
    _shown([f"{one.name} - {one.summary}" for one in found])
    return found


def init(
    directory: Folder = None,
    multidb: bool = False,
    template: str | None = None,
    package: bool = False,
) -> Initialised:
    """Make a migrations folder."""
    form = template or ("flask-multidb" if multidb else "flask")
    target = str(directory or current_schemaver.settings.directory)
    return _run(lambda config: command.init(config, target, form, package), directory)


def revision(
    directory: Folder = None,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
) -> Script | list[Script]:
    """Write a revision file; an empty list if nothing differed."""
    return _run(
        lambda config: command.revision(
            config, message, autogenerate, sql, head, splice, branch_label, version_path, rev_id
        ),
        directory,
        autogenerate=autogenerate,
    )


def migrate(
    directory: Folder = None,
    message: str | None = None,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    x_arg: XArguments = None,
) -> Script | list[Script]:
    """Write a revision file of what differs; an empty list if nothing does."""
    return _run(
        lambda config: command.revision(
            config, message, True, sql, head, splice, branch_label, version_path, rev_id
        ),
        directory,
        x_arg,
        autogenerate=True,
    )


def edit(directory: Folder = None, revision: str = "current") -> None:
    """Open a revision's file in the editor."""
    _run(lambda config: command.edit(config, revision), directory)


def merge(
    directory: Folder = None,
    revisions: str | Sequence[str] = "",
    message: str | None = None,
    branch_label: str | None = None,
    rev_id: str | None = None,
) -> Script:
    """Write a revision that joins several heads; without any named, an error."""
    names = [revisions] if isinstance(revisions, str) else list(revisions)
    wanted = [name for name in names if name]
    return _run(
        lambda config: command.merge(config, wanted, message, branch_label, rev_id), directory
    )


def upgrade(
    directory: Folder = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    x_arg: XArguments = None,
) -> Moved:
    """Bring the database up to a revision."""
    return _run(lambda config: command.upgrade(config, revision, sql, tag), directory, x_arg)


def downgrade(
    directory: Folder = None,
    revision: str = "-1",
    sql: bool = False,
    tag: str | None = None,
    x_arg: XArguments = None,
) -> Moved:
    """Take the database back, one revision by default."""
    target = "head:-1" if sql and revision == "-1" else revision
    return _run(lambda config: command.downgrade(config, target, sql, tag), directory, x_arg)


def show(directory: Folder = None, revision: str = "head") -> tuple[Script, ...]:
    """Print all there is to say about a revision."""
    found = _run(lambda config: command.show(config, revision), directory)
    _show_scripts(found, verbose=True)
    return found


def history(
    directory: Folder = None,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
) -> tuple[Entry, ...]:
    """Print the revisions, the newest first."""
    found = _run(
        lambda config: command.history(config, rev_range, verbose, indicate_current), directory
    )
    _shown(
        [
            one.script.cmd_format(
                verbose,
                include_branches=True,
                include_doc=True,
                include_parents=True,
                current=one.is_current,
            )
            for one in found
        ]
    )
    return found


def heads(
    directory: Folder = None, verbose: bool = False, resolve_dependencies: bool = False
) -> tuple[Script, ...]:
    """Print the newest revisions."""
    found = _run(lambda config: command.heads(config, verbose, resolve_dependencies), directory)
    _show_scripts(found, verbose=verbose)
    return found


def branches(directory: Folder = None, verbose: bool = False) -> tuple[Script, ...]:
    """Print the revisions that several others follow."""
    found = _run(lambda config: command.branches(config, verbose), directory)
    _show_scripts(found, verbose=verbose)
    return found


def current(directory: Folder = None, verbose: bool = False) -> Position:
    """Print where the database is."""
    found = _run(lambda config: command.current(config, verbose=verbose), directory)
    _show_scripts(found.scripts, verbose=verbose)
    return found


def stamp(
    directory: Folder = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
) -> Moved:
    """Record that the database is at a revision; run nothing."""
    return _run(lambda config: command.stamp(config, revision, sql, tag, purge), directory)


def check(directory: Folder = None) -> Comparison:
    """Compare files, database and models; a difference is an error."""
    return _run(command.check, directory)
