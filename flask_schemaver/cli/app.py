"""Assembles the commands, runs one line of words, and turns errors into exit codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from .. import __version__
from ..errors import CommandError, Interrupted
from . import output
from .line import Directory, Line, XArgument, option
from .shared import shared

if TYPE_CHECKING:
    from .files import SettingsFiles

HELP = "Manage the database schema: revisions, upgrades, start-up."

# Without a value for '--help', Typer would make one of None, and load pydantic for it.
_NO_HELP = {"default_map": {"help": False}}

COMMANDS: dict[str, tuple[str, ...]] = {
    "author": ("init", "list-templates", "revision", "migrate", "merge", "edit"),
    "move": ("upgrade", "downgrade", "stamp", "ensure-version"),
    "look": ("current", "heads", "branches", "history", "show", "graph", "check"),
    "repair": ("repair",),
    "state": ("status", "accept", "protect"),
    "verify": ("doctor",),
    "adoption": ("adopt",),
}
"""The commands, by the module that has them."""


def commands(words: Sequence[str] | None = None) -> Any:
    """The commands, as the group of Typer's own click; of a line, those alone that it names."""
    all_names = [name for names in COMMANDS.values() for name in names]
    # A command that is not built costs nothing; a line that names none shows or suggests them all.
    return _group(tuple(name for name in all_names if name in (words or ())) or tuple(all_names))


@cache
def _group(names: Sequence[str]) -> Any:
    app = typer.Typer(
        help=HELP,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], **_NO_HELP},
    )
    app.callback()(shared(before_all))
    for name in names:
        # A symbol such as '-1' is no option.
        odd = name in ("downgrade", "show", "edit")
        settings = {"ignore_unknown_options": odd, **_NO_HELP}
        app.command(name, context_settings=settings)(shared(_function(name)))
    group: Any = typer.main.get_command(app)
    for found in (group, *group.commands.values()):
        for parameter in found.params:
            parameter.process_value = _kept_text(parameter)
            if parameter.param_type_name == "argument":
                # The help would say "<str>" behind the name of each.
                parameter.display_type_rich = _nothing
    return group


def _nothing(ctx: Any) -> str:
    return ""


def _function(name: str) -> Callable[..., None]:
    home = next(module for module, names in COMMANDS.items() if name in names)
    function: Callable[..., None] = import_module(f".{home}", __package__).COMMANDS[name]
    return function


def _kept_text(parameter: Any) -> Callable[[Any, Any], Any]:
    """Take a text as it is: Typer would load pydantic to convert it, for a tenth of a second."""
    convert = parameter.process_value
    is_flag = getattr(parameter, "is_flag", False)
    several = parameter.nargs == -1 or getattr(parameter, "multiple", False)

    def value_of(context: Any, value: Any) -> Any:
        if is_flag or (not value and parameter.required):
            return convert(context, value)
        return value or () if several else value

    return value_of


def _say_version(ctx: typer.Context, *, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        output.say(f"flask_schemaver {__version__}")
        raise typer.Exit


def before_all(
    ctx: typer.Context,
    directory: Directory = None,
    x_arg: XArgument = None,
    trace: bool = option(
        False,
        "--traceback",
        envvar="SCHEMAVER_TRACEBACK",
        help="Show where in the code an error comes from.",
    ),
    quiet: bool = option(False, "-q", "--quiet", help="Print results and errors alone."),
    raise_errors: bool = option(
        False, "--raiseerr", help="Let an error through as Python's, with exit code 1."
    ),
    version: bool = option(
        False, "--version", is_eager=True, callback=_say_version, help="Show the version."
    ),
) -> None:
    """What stands before the name of a command."""
    line = ctx.find_object(Line)
    assert line is not None
    line.directory = directory
    line.x_arg = x_arg or []
    line.trace = trace
    line.quiet = quiet
    line.raise_errors = raise_errors


def run(
    args: Sequence[str],
    *,
    prog_name: str,
    command: str | None,
    env_prefix: str | None,
    files: SettingsFiles | None = None,
) -> int:
    """Run one line, for the current app or for files of settings, and return the exit code."""
    line = Line(command=command, prog_name=prog_name, files=files)
    with _exit_codes(line) as outcome:
        commands(args).main(
            args=list(args), prog_name=prog_name, obj=line, auto_envvar_prefix=env_prefix
        )
    return outcome[0]


@contextmanager
def _exit_codes(line: Line) -> Iterator[list[int]]:
    """Run a block that may leave by any door; the list holds the exit code afterwards."""
    outcome = [0]
    try:
        yield outcome
    except SystemExit as leaving:
        outcome[0] = _code_of(leaving)
    except CommandError as error:
        if line.raise_errors:
            raise
        outcome[0] = _report(line, error, error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        stopped = Interrupted()
        outcome[0] = _report(line, stopped, stopped.message, stopped.hint, stopped.exit_code)
    except Exception as error:
        if line.raise_errors or not _of_database(error):
            raise
        hint = "'flask db --traceback ...' shows where it comes from."
        outcome[0] = _report(line, error, output.first_lines(error), hint, 1)


def _report(line: Line, error: Exception, message: str, hint: str | None, code: int) -> int:
    if line.progress is not None:
        line.progress.close()
    if line.trace:
        traceback.print_exception(error, file=sys.stderr)
    output.error(str(line.worded(message)), line.worded(hint))
    if line.json:
        from ..loading import as_json

        output.say(as_json(type(error).__name__, message, hint, code))
    return code


def _code_of(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    output.error(str(leaving.code), None)
    return 1


def _of_database(error: Exception) -> bool:
    """Whether the database refused something; SQLAlchemy is not imported only to find out."""
    module = sys.modules.get("sqlalchemy.exc")
    return module is not None and isinstance(error, module.DBAPIError)


def completions(
    args: Sequence[str],
    incomplete: str,
    *,
    prog_name: str,
    command: str | None,
    env_prefix: str | None,
    files: SettingsFiles | None = None,
) -> list[tuple[str, str, str | None]]:
    """What may follow on the line, each with its kind and help; empty if Typer cannot say."""
    settings: dict[str, Any] = {"obj": Line(command=command, prog_name=prog_name, files=files)}
    try:
        from typer._click.shell_completion import _resolve_context, _resolve_incomplete

        context = _resolve_context(commands(), settings, prog_name, list(args))
        asked, rest = _resolve_incomplete(context, list(args), incomplete)
        found = asked.shell_complete(context, rest)
    except (ImportError, AttributeError, TypeError):
        # Typer keeps its click to itself, and may move it; TAB is no reason for a traceback.
        return []
    return [(item.value, item.type, item.help) for item in found]
