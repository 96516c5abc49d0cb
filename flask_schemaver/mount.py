"""Puts the commands on `app.cli` as one click command that hands its whole line to Typer.

Typer carries a click of its own, whose commands and errors are strangers to Flask's; and it loads
much. So nothing of it is imported here, except inside the functions that run a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import click
from click.shell_completion import CompletionItem
from flask import Flask, current_app
from flask.cli import FlaskGroup, ScriptInfo

from .errors import CommandError

Completion = tuple[str, str, str | None]
"""What may follow on a line, with its kind and help."""
Offers = Callable[[Sequence[str], str], Sequence[Completion] | None]

_running: ContextVar[bool] = ContextVar("schemaver_command_is_running", default=False)


@contextmanager
def command_running() -> Iterator[None]:
    """Mark that a command works on the database, so that start-up leaves it alone."""
    token = _running.set(True)
    try:
        yield
    finally:
        _running.reset(token)


def in_command(names: Collection[str]) -> bool:
    """Whether one of our commands runs, or is about to: the app may be loaded to look it up."""
    return _running.get() or _being_looked_up(names)


def _being_looked_up(names: Collection[str]) -> bool:
    """Whether Flask loads the app in search of one of `names`, or to list its commands."""
    context = click.get_current_context(silent=True)
    root = None if context is None else context.find_root()
    if root is None or not isinstance(root.command, FlaskGroup):
        return False
    if root.invoked_subcommand is not None:
        return root.invoked_subcommand in names
    words = _words_after_options(root)
    # No name, or help, or a press of TAB: the commands are listed and nothing is started.
    return root.resilient_parsing or not words or words[0] in names


def _words_after_options(root: click.Context) -> list[str]:
    """The command line from the name of the command on; click has not stored it anywhere yet."""
    try:
        return list(root.command.make_parser(root).parse_args(sys.argv[1:])[1])
    except click.UsageError:
        return []


@contextmanager
def errors_shown() -> Iterator[None]:
    """Let an error in the making of an app be a line of text where `flask ...` loads the app.

    The error keeps its class; elsewhere, under a server for one, it passes through unchanged.
    """
    try:
        yield
    except CommandError as error:
        if click.get_current_context(silent=True) is None or isinstance(
            error, click.ClickException
        ):
            raise
        kind = type(error)
        shown = type(kind.__name__, (kind, click.ClickException), {"format_message": kind.__str__})
        raise shown(error.message, hint=error.hint) from error


def remember(app: Flask) -> None:
    """Keep for the line at hand that `app` was set up, should the rest of its making fail."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta["flask_schemaver.prepared_app"] = app


class MountedCommand(click.Command):
    """The whole of `flask db ...` as one command of Flask's click."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            help="Manage the database schema: revisions, upgrades, start-up.",
            add_help_option=False,
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Typer reads the line, with its '--', '-1' and '--help', so it must stay as it was typed.
        ctx.args = list(args)
        return ctx.args

    def invoke(self, ctx: click.Context) -> None:
        with command_running():
            code = self._run(ctx)
        if code:
            ctx.exit(code)

    def _run(self, ctx: click.Context) -> int:
        from .cli.app import run

        if not current_app and self.needs_app(ctx.args):
            from .loading import load_app

            surroundings = self._surroundings(ctx)
            load_app(ctx, ctx.args, surroundings["prog_name"])
        code: int = run(ctx.args, **self._surroundings(ctx))
        return code

    def needs_app(self, args: Sequence[str]) -> bool:
        """Whether a line is for an app, which is loaded if Flask has not done so."""
        return bool(args) and {"-h", "--help", "--version"}.isdisjoint(args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from .cli.app import completions

        with self._loaded(ctx):
            return _items(completions(ctx.args, incomplete, **self._surroundings(ctx)))

    @contextmanager
    def _loaded(self, ctx: click.Context) -> Iterator[None]:
        """The app's context, which click has left by the time it asks for completions; or none."""
        from .loading import load_app

        with ExitStack() as stack:
            stack.callback(ctx.close)  # what is entered now is not left by click any more
            with suppress(click.ClickException):
                stack.enter_context(ctx.scope(cleanup=False))
                load_app(ctx, ctx.args)
            yield

    def _surroundings(self, ctx: click.Context) -> dict[str, Any]:
        """The names by which the command is known to the person and to the environment."""
        assert self.name is not None
        return {
            "prog_name": ctx.command_path,
            "command": self.name,
            "env_prefix": ctx.auto_envvar_prefix or f"FLASK_{self.name.upper()}",
        }


def _items(found: Sequence[Completion]) -> list[CompletionItem]:
    return [CompletionItem(value, type=kind, help=text) for value, kind, text in found]


class StandaloneCommand(MountedCommand):
    """The same commands as a program: `schemaver --app shop upgrade`."""

    def __init__(self, offers: Offers | None = None) -> None:
        super().__init__("schemaver")
        self._offers = offers

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the app from the start of the line, or from FLASK_APP, and leave the rest."""
        rest = list(args)
        path = os.environ.get("FLASK_APP")
        if rest and rest[0] in ("-A", "--app") and len(rest) > 1:
            path, rest = rest[1], rest[2:]
        elif rest and rest[0].startswith("--app="):
            path, rest = rest[0].partition("=")[2], rest[1:]
        ctx.obj = ScriptInfo(app_import_path=path)
        return super().parse_args(ctx, rest)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = None
        if self._offers is not None and not ctx.obj.app_import_path:
            found = self._offers(ctx.args, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else _items(found)

    def _surroundings(self, ctx: click.Context) -> dict[str, Any]:
        return {"prog_name": ctx.command_path, "command": None, "env_prefix": "SCHEMAVER"}


def main(offers: Offers | None = None) -> None:
    """The console script `schemaver`; `offers` completes a line that is for no app."""
    StandaloneCommand(offers).main(prog_name="schemaver")
