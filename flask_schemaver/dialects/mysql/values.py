"""Values of ENUM and SET that rows hold, and that a column is to lose.

In strict mode the server stops at the first of such rows and names no value; else it writes '' in
its place. https://mariadb.com/kb/en/enum/ and https://mariadb.com/kb/en/sql-mode/#strict-mode
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import CommandError
from .types import TEXTS, TypeText

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .dialect import MySQLDialect

CHOICES = ("ENUM", "SET")


def refuse_lost_values(
    dialect: MySQLDialect,
    connection: Connection,
    table: str,
    schema: str | None,
    column: str,
    types: tuple[TypeText, TypeText],
) -> None:
    """Raise `CommandError` if rows hold what the second of the types has no value for. Reads."""
    old, new = types
    if new.name not in CHOICES or old.name not in TEXTS:
        return
    known = {value.casefold() for value in new.arguments}
    if old.name in CHOICES and known >= {value.casefold() for value in old.arguments}:
        return
    place, name = dialect.qualified(table, schema), dialect.quote(column)
    texts = f"SELECT {name}, COUNT(*) FROM {place} WHERE {name} <> '' GROUP BY 1 ORDER BY 1"
    rows = connection.exec_driver_sql(texts, execution_options={"no_parameters": True})
    for held, count in rows:
        lost = next((v for v in _values(held, new) if v.casefold() not in known), None)
        if lost is not None:
            raise CommandError(
                f"{count} row(s) of '{table}' hold {dialect.literal(lost)} in column '{column}', "
                "which is none of its new values.",
                hint=f'Give them another value first: op.execute("UPDATE {place} SET {name} = ... '
                f'WHERE {name} = {dialect.literal(str(held))}"); or leave the value in the model.',
            )


def _values(held: object, new: TypeText) -> Iterator[str]:
    """The values in what a row holds: a SET may hold several."""
    if isinstance(held, set):  # as some drivers read it
        yield from sorted(held)
    else:
        yield from [str(held)] if new.name == "ENUM" else str(held).split(",")
