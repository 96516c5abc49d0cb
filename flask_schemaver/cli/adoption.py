"""The command that takes over a project of Alembic's or Flask-Migrate's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import typer

from .. import command
from . import output
from .line import Directory, XArgument, line_of, option


def adopt(
    ctx: typer.Context,
    version_table: Annotated[
        str | None,
        option("--version-table", metavar="NAME", help="Rename the version table."),
    ] = None,
    rewrite_imports: Annotated[
        bool, option("--rewrite-imports", help="Import flask_schemaver instead of alembic.")
    ] = False,
    dry_run: Annotated[
        bool, option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
    x_arg: XArgument = None,
    directory: Directory = None,
) -> None:
    """Take over a project of Alembic or Flask-Migrate."""
    line = line_of(ctx)
    config = line.config(directory, x_arg)
    result = command.adopt(config, version_table, rewrite_imports, dry_run)
    if not line.tell(result):
        _say(result)


def _say(result: command.Adopted) -> None:
    would = "Would have " if result.dry_run else ""
    files = ", ".join(output.shortened(name) for name in result.settings) or "no file of settings"
    heads = ", ".join(f"'{output.revision_id(name)}'" for name in result.heads) or "none"
    output.say(f"Read {files} and {result.revisions} revisions; heads: {heads}.")
    for one in result.databases:
        rows = ", ".join(f"'{output.revision_id(row)}'" for row in one.rows)
        output.say(f"Database {one.url}: {rows or 'no revision is applied'}, in '{one.table}'.")
        for words in _changes(one):
            output.say(f"  {would}{words if not would else words[0].lower() + words[1:]}.")
    for path in result.rewritten:
        output.say(f"{would or ''}{'r' if would else 'R'}ewritten: {output.shortened(path)}")
    if not (result.rewritten or any(one.changes for one in result.databases)):
        output.say("Nothing was left to be done.")


def _changes(one: command.AdoptedDatabase) -> list[str]:
    words = []
    if one.widened_from:
        words.append(f"Widened the version column, which had {one.widened_from} characters")
    if one.renamed_to:
        words.append(f"Renamed the version table to '{one.renamed_to}'")
    if one.history_begun:
        words.append("Begun the history with what is applied")
    return words


COMMANDS: Final[dict[str, Callable[..., None]]] = {"adopt": adopt}
