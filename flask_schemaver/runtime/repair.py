"""What a person can do about a revision that was stopped in the middle: go on, take back, or mark.

Reads the journal and the catalogue, says of each operation what they know, and does what was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ..config import as_seconds
from ..errors import HalfDone
from . import evidence
from .contradiction import begun_was_done, contradictions
from .failures import hide_password, message_of
from .history import row_of, undone_row
from .journal import Entry
from .lock import TIMEOUT, migration_lock
from .transaction import settle
from .undo import statements_back, table_filled_by, table_made_by

if TYPE_CHECKING:
    from .migration import MigrationContext
    from .planner import Step


class Finding(NamedTuple):
    """One operation of a half-done revision: what the journal notes, what the catalogue shows."""

    number: int
    words: str
    is_done: bool | None
    """None: it cannot be known."""
    evidence: str


class Half(NamedTuple):
    """A revision that was stopped in the middle."""

    revision: str
    direction: str
    operation: int
    """The operation at which it goes on, from 1."""
    operations: int | None
    """How many the file has; None if that cannot be read from it."""
    findings: tuple[Finding, ...]
    not_begun: tuple[str, ...]
    cannot_undo: tuple[str, ...]
    """Why it cannot be taken back; empty if it can."""
    started: str
    process: int
    host: str
    database: str | None = None


def half_of(context: MigrationContext, entries: Sequence[Entry], calls: Sequence[str]) -> Half:
    """What is known of a half-done revision. Reads only; `calls` are those of its file."""
    connection = context.bind_connection
    findings = _findings(context, entries)
    operation, _ = place_of(context, entries)
    first = min(entries, key=lambda one: one.started)
    settle(connection)
    return Half(
        revision=first.revision,
        direction=first.direction,
        operation=operation,
        operations=len(calls) or None,
        findings=findings,
        not_begun=tuple(calls[findings[-1].number :]),
        cannot_undo=tuple(_irreversible(context, entries)),
        started=f"{first.started:%Y-%m-%d %H:%M:%S}",
        process=first.process,
        host=first.host,
        database=context.database,
    )


def _by_operation(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    ordered = sorted(entries, key=lambda one: one.place)
    return (tuple(group) for _, group in groupby(ordered, key=lambda one: one.operation))


def _findings(context: MigrationContext, entries: Sequence[Entry]) -> tuple[Finding, ...]:
    connection = context.bind_connection
    found = []
    for group in _by_operation(entries):
        last = group[-1]
        done: bool | None = True
        told = "done, by the journal and the catalogue"
        if last.finished is None:
            done = begun_was_done(connection, last)
            told = _told_of_begun(last, done=done)
        elif last.sort == "rows":
            told = "done: its rows and the note of them are one transaction"
        elif last.statements != last.statement and len(group) > 1:
            told = f"done up to its statement {last.statement}"
        found.append(Finding(last.operation, last.words, done, told))
    against = contradictions(connection, entries)
    return tuple(_contradicted(one, against) for one in found)


def _contradicted(finding: Finding, against: Sequence[str]) -> Finding:
    mine = [text for text in against if text.startswith(f"Operation {finding.number} ")]
    if not mine:
        return finding
    said = mine[0].partition(" is noted as done, and ")[2].rstrip(".")
    return finding._replace(evidence=f"noted as done, but {said}")


def _told_of_begun(entry: Entry, *, done: bool | None) -> str:
    if entry.error:
        return f"failed: {entry.error}"
    shows = {
        True: "the catalogue shows that it was done",
        False: "the catalogue shows that it was not done",
        None: "the catalogue does not tell whether it was done",
    }
    return f"begun; {shows[done]}"


def place_of(context: MigrationContext, entries: Sequence[Entry]) -> tuple[int, int]:
    """The operation and its statement at which a revision goes on; what is unsure is run again."""
    connection = context.bind_connection
    place = (1, 1)
    for group in _by_operation(entries):
        last = group[-1]
        done = last.finished is not None or begun_was_done(connection, last)
        if not done:
            return last.place
        complete = last.statements == last.statement
        place = (last.operation + 1, 1) if complete else (last.operation, last.statement + 1)
    return place


# -- taking it back -------------------------------------------------------------------------


def _irreversible(context: MigrationContext, entries: Sequence[Entry]) -> Iterator[str]:
    """What cannot be taken back, and why."""
    connection = context.bind_connection
    made = {table_made_by(entry) for entry in entries}
    for group in _by_operation(entries):
        last = group[-1]
        words = f"Operation {last.operation} ('{last.words}')"
        written = [one for one in group if one.sort == "rows" and one.finished is not None]
        if any(table_filled_by(one) not in made or not table_filled_by(one) for one in written):
            yield f"{words} wrote rows."
        elif written:
            continue
        elif last.finished is None and begun_was_done(connection, last) is None:
            yield f"{words} was begun, and the catalogue does not tell whether it was done."
        elif _was_done(context, group) and statements_back(group, connection.dialect.name) is None:
            yield f"{words} does not say what was there before, or rows went with it."


def _was_done(context: MigrationContext, group: Sequence[Entry]) -> bool:
    """Whether anything of an operation is in the database."""
    connection = context.bind_connection
    if any(entry.finished is not None for entry in group[:-1]):
        return True
    last = group[-1]
    state = evidence.state_of(connection, last.sql)
    if evidence.INVALID in state.values():
        return True
    if last.finished is None:
        return bool(begun_was_done(connection, last))
    # Taken back by an attempt that was itself stopped before it noted that.
    return not (len(group) == 1 and last.after and state == last.before)


def undo(context: MigrationContext, revision: str) -> None:
    """Take back what was done of a revision, the last operation first; it may be stopped, too.

    Raises HalfDone, before anything is changed, if one cannot be taken back.
    """
    connection, journal = context.bind_connection, context.journal
    with _at_work(context, revision) as entries:
        reasons = list(_irreversible(context, entries))
        settle(connection)
        if reasons:
            raise HalfDone(
                f"Revision '{revision}' cannot be taken back. {' '.join(reasons)}",
                hint="Nothing was changed. Go on with it: 'flask db repair --resume'; or bring the"
                " database to its end by hand, then: 'flask db repair --mark-done'.",
            )
        context.transaction.begin()
        for group in reversed(list(_by_operation(entries))):
            if group[0].sort != "rows" and _was_done(context, group):
                _take_back(context, group)
            for entry in group:
                journal.remove(connection, entry)
            if not context.transactional_ddl:
                connection.commit()
                context.transaction.begin()
        context.history.ensure(connection)
        context.history.add(connection, undone_row(entries[0], context.opts.get("app_version")))
        _forget(context, revision)


def _take_back(context: MigrationContext, group: tuple[Entry, ...]) -> None:
    for statement in statements_back(group, context.dialect.name) or ():
        try:
            if "CONCURRENTLY" in statement.upper():
                with context.autocommit_block():
                    context.run_statement(statement)
            else:
                context.run_statement(statement)
        except Exception as cause:
            context.transaction.rollback()
            url = context.bind_connection.engine.url
            raise HalfDone(
                f"Operation {group[0].operation} ('{group[0].words}') could not be taken back by"
                f" '{statement}': {hide_password(message_of(cause), url)}.",
                hint="Remove what is in the way, then run the same command again.",
            ) from cause


# -- marking it -----------------------------------------------------------------------------


def mark_done(context: MigrationContext, step: Step | None, revision: str) -> None:
    """Move the version row as if the revision had come to its end; run nothing of it."""
    connection = context.bind_connection
    with _at_work(context, revision):
        context.transaction.begin()
        if step is not None:
            context.ledger.ensure(connection)
            context.history.ensure(connection)
            context.move_rows(step.changes)
            version = context.opts.get("app_version")
            context.history.add(connection, row_of(step, 0.0, version, status="marked"))
        _forget(context, revision)


@contextmanager
def _at_work(context: MigrationContext, revision: str) -> Iterator[tuple[Entry, ...]]:
    """The lock, the journal as it is then, and transactions, which an error rolls back."""
    connection = context.bind_connection
    seconds = context.opts.get("lock_timeout")
    timeout = TIMEOUT if seconds is None else as_seconds(seconds, "lock_timeout")
    settle(connection)
    with (
        migration_lock(connection, context.ledger.label, timeout=timeout) as held,
        context.transaction.session(),
    ):
        held.check()
        entries = context.journal.read(connection)
        settle(connection)
        mine = tuple(entry for entry in entries if entry.revision == revision)
        if not mine:
            raise HalfDone(
                f"Revision '{revision}' is not half done any more.",
                hint="Another process finished it: 'flask db status' shows where the database is.",
            )
        try:
            yield mine
        except BaseException:
            context.transaction.rollback()
            raise


def _forget(context: MigrationContext, revision: str) -> None:
    """Clear the journal of a revision and commit; drop the journal if nothing else is in it."""
    connection, journal = context.bind_connection, context.journal
    journal.clear(connection, revision)
    if context.transactional_ddl:
        journal.discard(connection)
    context.transaction.commit()
    if not context.transactional_ddl:
        journal.discard(connection)
        settle(connection)
