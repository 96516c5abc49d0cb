"""What takes an operation back, as SQL text that is noted before the operation runs.

Noted then, it does not depend on what the file says later. What rows lose cannot be taken back: an
operation that drops a table or a column has no such text, nor have statements that write rows.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from ..operations.facts import completed
from ..schema.operation import TableOperation
from .offline import text_dialect, text_of

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .journal import Entry
    from .migration import MigrationContext

_LOSES_ROWS = ("drop_table", "drop_column")
_NAME = r"(?P<name>(?:[\w$.]|`[^`]+`|\"[^\"]+\")+)"
_CREATED = {
    "TABLE": re.compile(rf"\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.IGNORECASE),
    "VIEW": re.compile(rf"\s*CREATE\s+VIEW\s+{_NAME}", re.IGNORECASE),
    "SEQUENCE": re.compile(rf"\s*CREATE\s+SEQUENCE\s+{_NAME}", re.IGNORECASE),
}
_INDEX = re.compile(
    r"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
    rf"{_NAME}\s+ON\s+{_NAME.replace('name', 'table')}",
    re.IGNORECASE,
)
_ROWS_OF = re.compile(
    rf"\s*(?:INSERT\s+(?:IGNORE\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+{_NAME}",
    re.IGNORECASE,
)
_QUOTES = str.maketrans("", "", '`"')


def undo_of(operation: Operation, context: MigrationContext, *, online: bool = True) -> str | None:
    """The statements that take an operation back, as JSON; None if nothing can.

    With `online` the database is as it is before the operation, and is asked what it says not.
    """
    if operation.directive in _LOSES_ROWS:
        return None
    statements: list[str] = []
    with suppress(Exception):  # whatever an operation cannot say of its way back
        known = completed(operation, context) if online else operation
        for back in known.reverses():
            if isinstance(back, TableOperation) and not back.native(context.spelling):
                return None
            dialect = text_dialect(context.dialect)
            statements += [text_of(one, dialect) for one in back.statements(context.spelling)]
    return json.dumps(statements) if statements else None


def statements_back(entries: tuple[Entry, ...], database: str) -> list[str] | None:
    """What takes back the operation that `entries` are the statements of; None if nothing can."""
    first = entries[0]
    if first.undo:
        return [str(one) for one in json.loads(first.undo)]
    if len(entries) > 1 or first.sort != "schema":
        return None
    for kind, pattern in _CREATED.items():
        found = pattern.match(first.sql)
        if found:
            return [f"DROP {kind} {found['name']}"]
    found = _INDEX.match(first.sql)
    if found is None:
        return None
    place = f" ON {found['table']}" if database in ("mysql", "mariadb") else ""
    return [f"DROP INDEX {found['name']}{place}"]


def table_made_by(entry: Entry) -> str | None:
    """The table that a statement creates, without its quotes."""
    found = _CREATED["TABLE"].match(entry.sql)
    return found["name"].translate(_QUOTES) if found else None


def table_filled_by(entry: Entry) -> str | None:
    """The table whose rows a statement changes, without its quotes."""
    found = _ROWS_OF.match(entry.sql)
    return found["name"].translate(_QUOTES) if found else None
