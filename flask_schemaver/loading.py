"""Loads the app that a line of `flask db` is for, and says in a line why that cannot be done.

Loaded where a command runs; Flask's click alone is needed for it.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from flask import Flask
from flask.cli import NoAppException, ScriptInfo

PREPARED = "flask_schemaver.prepared_app"
"""Where click's `Context.meta` holds the app that a SchemaVer was set up on last."""

# The models of an app that failed half-way may be incomplete: a comparison would drop tables.
_NEED_ALL_MODELS = frozenset({"migrate", "revision", "check"})
_ON_THE_DATABASE = frozenset(
    {"upgrade", "downgrade", "stamp", "ensure-version", "current", "status", "history", "heads"}
)


class AppNotLoaded(click.ClickException):
    """The app of a line cannot be loaded; the message is the cause, in a line."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.json = False
        """Whether a program reads what the line writes, as '--json' asks for."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"{_styled('Error:', fg='red', bold=True)} {self.message}", err=True)
        if self.hint:
            click.echo(self.hint, err=True)
        if self.json:
            click.echo(as_json(type(self).__name__, self.message, self.hint, self.exit_code))


class LoadingInterrupted(AppNotLoaded):
    """Ctrl-C came before there was an app."""

    exit_code = 130


class NoApp(AppNotLoaded):
    """No app was found, or no factory that can be called: the line has to name it otherwise."""

    exit_code = 2


def load_app(ctx: click.Context, args: Sequence[str], name: str = "flask db") -> Flask:
    """The app of `ctx`, in whose context the rest of the line runs.

    A factory that fails because it asks the database for tables that are still to be made is no
    reason to refuse the upgrade that makes them: the app is used as far as it was set up.
    Raises AppNotLoaded, or the error of click's that the app itself raised.
    """
    try:
        with _nothing_collected(args):
            app = ctx.ensure_object(ScriptInfo).load_app()
    except Exception as error:
        if isinstance(error, click.ClickException) and not isinstance(error, NoAppException):
            raise
        if _traceback_wanted(args):
            traceback.print_exception(error)
        prepared = ctx.meta.get(PREPARED)
        if prepared is None or not _may_go_on(error, args):
            raise _told(_why(error, name), args) from error
        _warn(error)
        app = prepared
    except KeyboardInterrupt as cause:
        stopped = LoadingInterrupted("Interrupted while the app was loaded; nothing was done.")
        raise _told(stopped, args) from cause
    ctx.with_resource(app.app_context())
    return app


@contextmanager
def _nothing_collected(args: Sequence[str]) -> Iterator[None]:
    """Load without looking for garbage: modules and models stay, and there are 300,000 objects.

    Where the process runs this line alone, they are not looked through later either, nor at its
    end: together a seventh of the time of `flask db current`.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if args and sys.argv[-len(args) :] == [*args]:
            gc.freeze()
            atexit.register(gc.freeze)
        gc.enable()


def _may_go_on(error: Exception, args: Sequence[str]) -> bool:
    words = set(args)
    return bool(_of_database(error) and words & _ON_THE_DATABASE and not words & _NEED_ALL_MODELS)


def as_json(kind: str, message: str, hint: str | None, exit_code: int) -> str:
    """An error for a program that reads what a line with '--json' writes."""
    import json

    told = {"type": kind, "message": message, "hint": hint, "exit_code": exit_code}
    return json.dumps({"error": told}, indent=2, ensure_ascii=False)


def _told(error: AppNotLoaded, args: Sequence[str]) -> AppNotLoaded:
    error.json = "--json" in args
    return error


def _why(error: Exception, name: str) -> AppNotLoaded:
    cause = _cause(error)
    if isinstance(cause, NoAppException):
        return NoApp(f"{cause.format_message()} '{name}' needs the app.")
    verb = "import" if isinstance(cause, ImportError | SyntaxError) else "start"
    hint = None
    if _of_database(cause):
        hint = (
            "It asks the database while it is made. Ask later, or not 'if schemaver.in_command()', "
            "as its tables may be still to come."
        )
    message = f"The app failed to {verb}: {_in_words(cause)}; '{name}' needs it."
    return AppNotLoaded(message, hint)


def _cause(error: Exception) -> BaseException:
    """What went wrong: Flask puts the text of an ImportError into an exception of its own."""
    inner = error.__context__
    if isinstance(error, NoAppException) and isinstance(inner, ImportError):
        return inner if "Traceback" in error.format_message() else error
    return error


def _warn(error: Exception) -> None:
    click.echo(
        f"{_styled('Warning:', fg='yellow')} The app failed to start: {_in_words(error)}. "
        "Its databases are known already: going on with it as it is.",
        err=True,
    )


def _in_words(error: BaseException) -> str:
    """The kind of error, its first line, and where in the user's code it was raised."""
    kind = type(error).__name__
    if isinstance(error, SyntaxError):
        place = f" ({_shortened(error.filename or '?')}, line {error.lineno})"
        return f"{kind}: {error.msg}{place}"
    text = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"{kind}: {text}{_place(error)}" if text else f"{kind}{_place(error)}"


def _place(error: BaseException) -> str:
    """The last line of the traceback that is neither Python's nor an installed package's."""
    others = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
    found = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if not frame.filename.startswith(("<", *others, str(Path(__file__).parent))):
            found = f" ({_shortened(frame.filename)}, line {frame.lineno})"
    return found


def _shortened(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else name


def _of_database(error: BaseException) -> bool:
    module = sys.modules.get("sqlalchemy.exc")
    return module is not None and isinstance(error, module.DBAPIError)


def _traceback_wanted(args: Sequence[str]) -> bool:
    off = ("", "0", "false", "no", "off")
    return "--traceback" in args or os.environ.get("SCHEMAVER_TRACEBACK", "").lower() not in off


def _styled(text: str, **style: Any) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)
