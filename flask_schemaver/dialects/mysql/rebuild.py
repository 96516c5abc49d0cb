"""Builds a table of MySQL or MariaDB anew, its columns in another order.

The server does it itself: ALTER TABLE ... FORCE creates, copies, drops and renames, and keeps keys,
triggers, AUTO_INCREMENT and whatever refers to the table.
https://mariadb.com/kb/en/alter-table/#force
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..base import Dialect

# A line of SHOW CREATE TABLE for a column; line breaks inside of texts are escaped there.
_COLUMN = re.compile(r"^  ([`\"])((?:(?!\1).|\1\1)+)\1 (.*?),?$", re.MULTILINE)


def rebuild(
    connection: Connection, dialect: Dialect, table: str, schema: str | None, order: Sequence[str]
) -> None:
    """Write the table anew, with its columns in this order."""
    place = dialect.qualified(table, schema)
    (_, text), *_ = connection.exec_driver_sql(f"SHOW CREATE TABLE {place}").all()
    found = {name.replace(mark * 2, mark): words for mark, name, words in _COLUMN.findall(text)}
    clauses = [*_moves(dialect, found, order), "FORCE"]
    connection.exec_driver_sql(
        f"ALTER TABLE {place} {', '.join(clauses)}", execution_options={"no_parameters": True}
    )


def _moves(dialect: Dialect, found: Mapping[str, str], order: Sequence[str]) -> Iterator[str]:
    """A MODIFY for each column that does not stand where it should; the server says what it is."""
    current = list(found)
    for place, name in enumerate(order):
        if current[place] != name:
            current.remove(name)
            current.insert(place, name)
            where = f"AFTER {dialect.quote(order[place - 1])}" if place else "FIRST"
            yield f"MODIFY COLUMN {dialect.quote(name)} {found[name]} {where}"
