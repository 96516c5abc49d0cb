"""Options that every command has beside its own; they may stand before its name, too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from ..errors import Interrupted
from .completion import databases
from .line import line_of, option
from .output import say

Binds = Annotated[
    list[str] | None,
    option(
        "--bind",
        metavar="NAME",
        autocompletion=databases,
        help="Only this database of several; repeatable.",
    ),
]
Json = Annotated[bool, option("--json", help="Print the result as JSON.")]
OPTIONS: dict[str, tuple[Any, Any]] = {"bind": (Binds, None), "json": (Json, False)}


@contextmanager
def _interruptions_told() -> Iterator[None]:
    """Make an error of a Ctrl-C, which Typer would leave the command for without a word."""
    try:
        yield
    except KeyboardInterrupt as cause:
        raise Interrupted from cause
    except typer.Abort as cause:  # Ctrl-C at a question, or the end of the input
        if isinstance(cause.__context__, KeyboardInterrupt):
            say(to_stderr=True)  # the question's line is open
            raise Interrupted from cause
        raise


def shared(function: Callable[..., None]) -> Callable[..., None]:
    """A command with the options of all commands; what they are given is kept in its Line."""

    @wraps(function)
    def command(
        ctx: typer.Context, *, bind: Sequence[str] | None = None, json: bool = False, **given: Any
    ) -> None:
        line = line_of(ctx)
        # What stands before the name of a command stays, unless it is said again behind it.
        line.binds = [word for words in bind or () for word in words.split(",")] or line.binds
        line.json = json or line.json
        with _interruptions_told():
            function(ctx, **given)

    kind = inspect.Parameter.KEYWORD_ONLY
    new = [inspect.Parameter(name, kind, default=default) for name, (_, default) in OPTIONS.items()]
    signature = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    command.__annotations__ = {**hints, **{name: type_ for name, (type_, _) in OPTIONS.items()}}
    parameters = [*signature.parameters.values(), *new]
    parameters = [one.replace(annotation=command.__annotations__[one.name]) for one in parameters]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command
