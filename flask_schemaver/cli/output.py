"""Text for a person: colour where it is wanted, progress, and results a line each."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .. import command
from .clock import Clock, at_terminal, width_of

if TYPE_CHECKING:
    from ..runtime.hanging import Blocker
    from ..runtime.planner import Step
    from ..runtime.runner import StepResult
    from ..script.revision import Script
    from .line import Line


def say(text: str = "", *, end: bool = True, to_stderr: bool = False) -> None:
    """Print; styles are left out where NO_COLOR says so, and by Typer where no terminal is."""
    typer.echo(text, nl=end, err=to_stderr, color=False if os.environ.get("NO_COLOR") else None)


def note(text: str, *, quiet: bool) -> None:
    """Print what a quiet line leaves out."""
    if not quiet:
        say(text)


def error(message: str, hint: str | None) -> None:
    """Print what is wrong and what to do, on stderr."""
    say(f"{typer.style('Error:', fg='red', bold=True)} {message}", to_stderr=True)
    if hint:
        say(hint, to_stderr=True)


def first_lines(cause: Exception) -> str:
    """The text of an error of SQLAlchemy, without its link to a page for programmers."""
    lines = [line for line in str(cause).splitlines() if not line.startswith("(Background on")]
    return "\n".join(lines)


def revision_id(name: str) -> str:
    return typer.style(name, fg="yellow")


class Progress:
    """Shows a run as it goes: a line for each revision, and who is waited for."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._open = False
        self._database = ""
        self._text = ""
        self._total = 0
        self._began = time.monotonic()
        self._clock = Clock(lambda text: self._say(text, end=False))

    def _say(self, text: str, *, end: bool = True, to_stderr: bool = False) -> None:
        """Print; a run is not given up because nobody reads of it any more."""
        try:
            say(text, end=end, to_stderr=to_stderr)
        except OSError:
            self._quiet = True
            self._open = False

    def on_waiting(self, seconds: float, holder: str | None) -> None:
        who = f" ({holder})" if holder else ""
        self._say(
            f"Another process is migrating this database{who}; waiting since {seconds:.0f} s ...",
            to_stderr=True,
        )

    def on_blocked(self, seconds: float, blockers: Sequence[Blocker]) -> None:
        """Say who is in the way; the line of the revision stays open."""
        if self._open:
            self._say("", to_stderr=True)
        self._say(f"No progress for {seconds:.0f} s, blocked by:", to_stderr=True)
        for one in blockers:
            self._say(f"  {one}", to_stderr=True)

    def on_database(self, name: str) -> None:
        self._database = f"{typer.style(command.database_label(name), bold=True)}: "

    def on_warning(self, message: str, hint: str | None) -> None:
        """Say what does not stop the run, below the line of a revision that is open."""
        if self._open:
            self._say("", to_stderr=True)
        text = f"{typer.style('Warning:', fg='yellow')} {message}"
        self._say(f"{text} {hint}" if hint else text, to_stderr=True)

    def on_step_start(self, step: Step, number: int, total: int) -> None:
        if not self._quiet:
            self._text = f"{_counted(number, total)}{self._database}{_words(step)} ..."
            self._total = total
            self._say(self._text, end=False)
            self._open = True
            self._clock.start(self._text)

    def on_step_done(self, result: StepResult) -> None:
        start = self._line_again()
        if not self._quiet:
            self._say(f"{start} done ({result.seconds:.2f} s{self._in_all()})")
            self._open = False

    def _in_all(self) -> str:
        """How long the run takes already, where a person waits for the rest of it."""
        if self._total < 2 or not at_terminal():
            return ""
        return f", {time.monotonic() - self._began:.0f} s in all"

    def _line_again(self) -> str:
        """What brings the line of the revision back, if its seconds were counted on it."""
        return f"\r{self._text}" if self._clock.stop() else ""

    def close(self) -> None:
        """End the line of a revision that did not come to its end."""
        start = self._line_again()
        if self._open:
            self._say(f"{start} failed")
            self._open = False


def _counted(number: int, total: int) -> str:
    return f"[{number:>{len(str(total))}}/{total}] "


def _words(step: Step) -> str:
    verb = "stamp" if step.is_stamp else "upgrade" if step.is_upgrade else "downgrade"
    source = ", ".join(step.from_revisions) or "base"
    target = ", ".join(step.to_revisions) or "base"
    doc = getattr(step.revision, "doc", None)
    ends = f"{revision_id(source)} -> {revision_id(target)}"
    return f"{verb} {ends}{f': {doc}' if doc else ''}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines whose columns stand one below another, styled or not."""
    widths = [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        " ".join(
            cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


# -- moves ----------------------------------------------------------------------------------


def moved(result: command.Moved, *, quiet: bool) -> None:
    """Say where the databases are after an upgrade or a downgrade."""
    if quiet or result.sql:
        return
    if len(result.runs) < 2:
        start = "" if result.done else "Nothing to do. "
        say(f"{start}The database is at {place(result.after, result.heads)}.")
        return
    for run in result.runs:
        start = "" if run.done else "nothing to do; "
        say(f"{_name(run.database)}: {start}it is at {place(run.after, result.heads)}.")


def stamped(result: command.Moved, *, quiet: bool) -> None:
    """Say what the version tables say now."""
    if quiet or result.sql:
        return
    for run in result.runs:
        where = place(run.after, result.heads)
        name = f"database '{command.database_label(run.database)}'"
        subject = name if len(result.runs) > 1 else "database"
        say(
            f"The {subject} was recorded as being at {where} already."
            if sorted(run.after) == sorted(run.before)
            else f"The {subject} is now recorded as being at {where}; no revision was run."
        )


def _name(database: str | None) -> str:
    return typer.style(command.database_label(database), bold=True)


def place(rows: Sequence[str], heads: Sequence[str]) -> str:
    """The version rows as a person says them."""
    if not rows:
        return "base: no revision is applied"
    *others, last = [f"'{revision_id(row)}'" for row in sorted(rows)]
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{names} ({'heads' if len(rows) > 1 else 'head'})" if set(rows) >= set(heads) else names


# -- looks ----------------------------------------------------------------------------------


def position(found: command.Position, *, verbose: bool) -> None:
    """Print where a database is: a line for each of its revisions; of several, each by name."""
    for one in found.all:
        say(f"{_name(one.database)}:")
        position(one, verbose=verbose)
    if found.all:
        return
    if verbose and found.url:
        say(f"Current revisions of {found.url}:")
    if not found.rows:
        say("base (no revision is applied)")
    scripts(found.scripts, verbose=verbose)


def scripts(found: Sequence[Script], *, verbose: bool, resolve_dependencies: bool = False) -> None:
    """Print revisions: a line or, when `verbose`, a paragraph each."""
    for script in found:
        say(
            script.cmd_format(
                verbose, include_branches=True, tree_indicators=not resolve_dependencies
            )
        )


def branches(found: Sequence[Script], *, verbose: bool) -> None:
    """Print branch points, each with the revisions that follow it."""
    for script in found:
        say(script.cmd_format(verbose, include_branches=True))
        for following in sorted(script.nextrev):
            say(f"{' ' * 4}-> {following}")
    if not found:
        say("No revision is followed by more than one.")


def history(found: Sequence[command.Entry], *, verbose: bool) -> None:
    """Print revisions, the newest first, the database's own marked if that was asked for."""
    lines = [
        entry.script.cmd_format(
            verbose,
            include_branches=True,
            include_doc=True,
            include_parents=True,
            current=entry.is_current,
        )
        for entry in found
    ]
    # At once: a line at a time would be sent to the terminal a line at a time.
    say("\n".join(lines) if lines else "There is no revision yet.")


def templates(found: Sequence[command.Template]) -> None:
    for template in found:
        say(f"{template.name} - {template.summary}")


# -- files ----------------------------------------------------------------------------------


def initialised(result: command.Initialised, line: Line) -> None:
    """Say what was made and what comes next."""
    folder = typer.style(f"{result.directory}/", bold=True)
    note(f"Made the migrations folder {folder}", quiet=line.quiet)
    first = "migrate" if line.files is None else "revision"
    following = f"Next: 'flask db {first} -m \"first tables\"', then 'flask db upgrade'."
    note(str(line.worded(following)), quiet=line.quiet)


def made(result: command.Made, line: Line, *, explain: bool = False) -> None:
    """Say which files were written, and what was compared."""
    if result.comparison is not None:
        comparison(result.comparison)
        if explain:
            explanations(result.comparison)
    written(result.scripts)
    if result.scripts and result.comparison is not None:
        note(str(line.worded("Read it through, then run 'flask db upgrade'.")), quiet=line.quiet)


def merged(script: Script, line: Line) -> None:
    """Say which file joins the heads."""
    written([script])
    note(str(line.worded("Next: 'flask db upgrade'.")), quiet=line.quiet)


def written(found: Sequence[Script]) -> None:
    for script in found:
        say(f"Wrote {typer.style(shortened(script.path), bold=True)}")


def comparison(result: command.Comparison) -> None:
    """Say what was compared, what differs, and what a person should know of it."""
    counts = f"{_tables(result.model_tables)} with {result.database_tables}"
    if result.url is not None and not result.operations:
        counts += f" of {result.url}"
    ending = ":" if result.operations else ": no difference."
    say(f"Compared {counts}{ending}")
    for change in result.changes:
        say(f"  {change}")
    for warning in result.warnings:
        say(f"{typer.style('Warning:', fg='yellow')} {warning}", to_stderr=True)
    if not result.operations and not result.rows and result.database_tables:
        say(UNRECORDED)


def explanations(result: command.Comparison) -> None:
    """Print both sides of each difference, as written and as compared."""
    for one in result.explanations:
        say(f"{typer.style(one.object, bold=True)}: {one.aspect}, {one.compared}")
        for side, raw, normal in (
            ("database", one.stored_raw, one.stored),
            ("models", one.declared_raw, one.declared),
        ):
            say(f"  {side:<8}  {raw}" + (f"  ->  {normal}" if raw != normal else ""))


UNRECORDED = (
    "The tables are there although no revision is applied: create_all() may have made them. "
    "Write the first revision on an empty database, then run 'flask db stamp' on this one."
)


def _tables(count: int) -> str:
    return "1 table" if count == 1 else f"{count} tables"


def shortened(path: Any) -> str:
    """A path as seen from the working directory, if it is below it."""
    full = Path(path).absolute()
    here = Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full)


def returned(name: str, result: Any, options: Any) -> None:
    """Print what a command returned to a program that has read the line by itself."""
    quiet, verbose = bool(options.quiet), bool(getattr(options, "verbose", False))
    if name in ("upgrade", "downgrade"):
        moved(result, quiet=quiet)
    elif name == "stamp":
        stamped(result, quiet=quiet)
    elif name in ("heads", "show"):
        scripts(result, verbose=verbose or name == "show")
    elif name == "current":
        position(result, verbose=verbose)
    elif name == "branches":
        branches(result, verbose=verbose)
    elif name == "history":
        history(result, verbose=verbose)
    elif name == "list_templates":
        templates(result)
    elif name == "check":
        comparison(result)
    elif name in ("revision", "merge"):
        written(result if isinstance(result, list) else [result])
