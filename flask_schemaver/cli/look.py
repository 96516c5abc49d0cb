"""The commands that show revisions and databases, and change neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import typer

from .. import command
from ..errors import CommandError
from . import checks, output
from .completion import revisions
from .line import Directory, Verbose, XArgument, argument, line_of, option, symbol
from .state import say_applied

Range = Annotated[
    str | None, option("-r", "--rev-range", metavar="A:B", help="From one to another.")
]


def current(
    ctx: typer.Context,
    verbose: Verbose = False,
    check_heads: Annotated[
        bool, option("-c", "--check-heads", help="Fail unless it is at every head.")
    ] = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Show where the database is."""
    line = line_of(ctx)
    config = line.config(directory, x_arg)
    result = command.current(config, check_heads=check_heads, verbose=verbose)
    if not line.tell(result):
        output.position(result, verbose=verbose)


def heads(
    ctx: typer.Context,
    verbose: Verbose = False,
    resolve_dependencies: Annotated[
        bool, option("--resolve-dependencies", help="Leave out heads that others depend on.")
    ] = False,
    directory: Directory = None,
) -> None:
    """Show the newest revisions."""
    config = line_of(ctx).config(directory)
    found = command.heads(config, verbose, resolve_dependencies)
    if not line_of(ctx).tell(found):
        output.scripts(found, verbose=verbose, resolve_dependencies=resolve_dependencies)


def branches(
    ctx: typer.Context,
    verbose: Verbose = False,
    directory: Directory = None,
) -> None:
    """Show the revisions that several others follow."""
    found = command.branches(line_of(ctx).config(directory), verbose)
    if not line_of(ctx).tell(found):
        output.branches(found, verbose=verbose)


def history(
    ctx: typer.Context,
    rev_range: Range = None,
    verbose: Verbose = False,
    indicate_current: Annotated[
        bool, option("-i", "--indicate-current", help="Mark where the database is.")
    ] = False,
    applied: Annotated[
        bool, option("--applied", help="What was done to the database, when, and by whom.")
    ] = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Show the revisions in their order, the newest first."""
    config = line_of(ctx).config(directory, x_arg)
    if applied:
        rows = command.applied(config)
        if not line_of(ctx).tell(rows):
            say_applied(rows)
        return
    found = command.history(config, rev_range, verbose, indicate_current)
    if not line_of(ctx).tell(found):
        output.history(found, verbose=verbose)


def show(
    ctx: typer.Context,
    revision: Annotated[
        str,
        argument(
            metavar="REVISION",
            autocompletion=revisions("head", "current"),
            help="A revision, head, current ...",
        ),
    ] = "head",
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Show all there is to say about a revision."""
    config = line_of(ctx).config(directory, x_arg)
    found = command.show(config, symbol(ctx, revision))
    if not line_of(ctx).tell(found):
        output.scripts(found, verbose=True)


def graph(
    ctx: typer.Context,
    output_file: Annotated[
        str | None,
        option("-o", "--output", metavar="FILE", help="Draw into an .svg, .mmd or .md file."),
    ] = None,
    database: Annotated[
        bool, option("--database/--no-database", help="Tell applied (*) from pending (o).")
    ] = True,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Draw the revisions, and what of them is applied."""
    from . import drawing

    line = line_of(ctx)
    nodes = command.graph(line.config(directory, x_arg), database)
    if output_file is not None:
        drawing.file(nodes, output_file, quiet=line.quiet)
    elif not line.tell(nodes):
        drawing.terminal(nodes)


def check(
    ctx: typer.Context,
    explain: Annotated[
        bool, option("--explain", help="Show both sides of each difference.")
    ] = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Fail if files, database and models differ; write nothing."""
    line = line_of(ctx)
    try:
        config = line.watched(line.config(directory, x_arg), quiet=True)
        found = command.check(config)
    except CommandError as error:
        compared = getattr(error, "comparison", None)
        if line.json:
            output.say(checks.as_json(compared, error, line))
            raise typer.Exit(error.exit_code) from None
        if explain and compared is not None:
            output.explanations(compared)
        raise
    if line.json:
        output.say(checks.as_json(found, None, line))
    else:
        output.comparison(found)


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "current": current,
    "heads": heads,
    "branches": branches,
    "history": history,
    "show": show,
    "graph": graph,
    "check": check,
}
