"""The options of a table that a database has beside its columns, as far as it knows any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import CommandError

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable


class OwnOptions:
    """Options of tables, none of which is known or can be changed unless a dialect says so."""

    name: str

    def compared_options(
        self, options: Mapping[str, Any], prefixes: Sequence[str], schema: str | None = None
    ) -> dict[str, Any]:
        """What of the options of a table in `schema` the catalogue can tell; nothing here.

        Declared or read, the names are arguments of `create_table`; an option that says what the
        server does anyway is left out.
        """
        return {}

    def has_table_option(self, name: str) -> bool:
        """Whether an option of a table is this database's own."""
        return name.startswith(f"{self.name}_")

    def alter_table_options(
        self,
        table: str,
        schema: str | None,
        options: Mapping[str, Any],
        existing: Mapping[str, Any] | None = None,
    ) -> Iterator[str | Executable]:
        """Give a table that exists other options; None takes one back.

        `existing` has what the table has of them, as far as it is known.
        """
        words = ", ".join(sorted(options))
        raise CommandError(
            f"The options {words} of table '{table}' cannot be changed on '{self.name}'.",
            hint="Make the table anew, or write the statement: op.execute('ALTER TABLE ...').",
        )
