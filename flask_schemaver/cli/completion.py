"""What TAB offers for the arguments of commands: revisions with their messages, databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import typer

from .line import Line

Offer = Callable[[typer.Context, str], list[tuple[str, str]]]

_SYMBOLS: Final = {
    "head": "the newest revision",
    "heads": "the newest revisions of all branches",
    "current": "where the database is",
    "base": "before the first revision",
}


def revisions(*symbols: str) -> Offer:
    """Revisions by their ids and branch labels, the newest first, and some symbols."""

    def offer(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        return _beginning_with(incomplete, partial(_revisions, ctx, symbols))

    return offer


def heads(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The revisions that none follows, and their symbol."""
    return _beginning_with(incomplete, partial(_heads, ctx))


def databases(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The databases of the app by the names that '--bind' takes."""
    return _beginning_with(incomplete, partial(_databases, ctx))


def _beginning_with(
    incomplete: str, every: Callable[[], Iterator[tuple[str, str]]]
) -> list[tuple[str, str]]:
    try:
        return [(name, text) for name, text in every() if name.startswith(incomplete)]
    except Exception:
        # Whoever presses TAB is in the middle of a line: what is wrong is said when it is run.
        return []


def _revisions(ctx: typer.Context, symbols: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    script = _script(ctx)
    for one in script.walk_revisions():
        yield one.revision, one.doc
    for one in script.walk_revisions():
        for label in sorted(one.branch_labels):
            yield f"{label}@head", "the newest revision of the branch"
    for symbol in symbols:
        yield symbol, _SYMBOLS[symbol]


def _heads(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    for one in _script(ctx).get_revisions("heads"):
        yield one.revision, one.doc
    yield "heads", _SYMBOLS["heads"]


def _databases(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    for one in _line(ctx).state().all_databases:
        yield one.label, one.url.render_as_string(hide_password=True)


def _script(ctx: typer.Context) -> Any:
    from ..script.directory import ScriptDirectory

    # The callback that stands before the commands does not run while a line is still typed.
    before = {} if ctx.parent is None else ctx.parent.params
    directory = ctx.params.get("directory") or before.get("directory")
    return ScriptDirectory.from_config(_line(ctx).config(directory))


def _line(ctx: typer.Context) -> Line:
    line = ctx.find_object(Line)
    assert line is not None
    return line
