"""What MariaDB's catalogue has of each table, as one text a table for its columns, and so on.

Rows cost a program more than the server needs to put them together: of a thousand tables, 12,000
rows of columns took eleven times the CPU time of 1,000 texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..recognition import PART, WORD
from .catalogue import CHECKS_OF_MARIADB, TABLES
from .facts import column_of_check

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def _gathered(source: str, *words: str) -> str:
    """The question for one text a table.

    It is cut after a megabyte, unless more is asked for: https://mariadb.com/kb/en/group_concat/
    """
    text = ", x'1f', ".join(words)
    return (
        f"SET STATEMENT group_concat_max_len = 16777216 FOR SELECT table_name, "
        f"GROUP_CONCAT({text} SEPARATOR x'1e') FROM information_schema.{source} "
        "GROUP BY table_name"
    )


COLUMNS = _gathered(
    "columns WHERE table_schema = %s",
    *("column_name", "column_type", "IFNULL(collation_name, '')", "is_nullable"),
    *("IFNULL(column_default, 'NULL')", "extra", "IFNULL(generation_expression, '')"),
    "column_comment",
)
INDEXES = _gathered(
    "statistics WHERE table_schema = %s",
    *("index_name", "seq_in_index", "non_unique", "column_name", "IFNULL(collation, '')"),
    *("IFNULL(sub_part, '')", "index_type", "{ignored}"),
)
KEYS = _gathered(
    "key_column_usage WHERE table_schema = %s AND referenced_table_name IS NOT NULL",
    *("constraint_name", "ordinal_position", "column_name", "referenced_table_schema"),
    *("referenced_table_name", "referenced_column_name"),
)
ACTIONS = _gathered(
    "referential_constraints WHERE constraint_schema = %s",
    *("constraint_name", "update_rule", "delete_rule"),
)


@dataclass(slots=True)
class Gathered:
    """One table: its row of information_schema.tables but the name, and the texts of its parts."""

    row: tuple[Any, ...]
    columns: dict[str, str] = field(default_factory=dict)
    """What is said of each column, by its name."""
    indexes: set[str] = field(default_factory=set)
    """A text for each column of each index."""
    keys: dict[str, list[str]] = field(default_factory=dict)
    """The texts of each foreign key by its name: its columns, its actions last."""
    checks: dict[str, str] = field(default_factory=dict)
    column_checks: dict[str, str] = field(default_factory=dict)


def gathered(
    connection: Connection, database: str, *, ignores_indexes: bool
) -> dict[str, Gathered]:
    """All tables of a database, in six questions. Reads only."""

    def rows(question: str) -> Iterable[Any]:
        return connection.exec_driver_sql(question, (database,)).all()

    found = {name: Gathered(tuple(row)) for name, *row in rows(TABLES)}
    nowhere = Gathered(())  # what belongs to a view, or to a sequence
    for name, text in rows(COLUMNS):
        pieces = [piece.partition(WORD) for piece in text.split(PART)]
        found.get(name, nowhere).columns = {column: rest for column, _, rest in pieces}
    ignored = "ignored" if ignores_indexes else "'NO'"
    for name, text in rows(INDEXES.replace("{ignored}", ignored)):
        found.get(name, nowhere).indexes = set(text.split(PART))
    for question in (KEYS, ACTIONS):
        for name, text in rows(question):
            keys = found.get(name, nowhere).keys
            for piece in sorted(text.split(PART)):
                key, _, rest = piece.partition(WORD)
                keys.setdefault(key, []).append(rest)
    for name, check, clause, of_column in rows(CHECKS_OF_MARIADB):
        table = found.get(name, nowhere)
        owner = column_of_check(check, clause, table.columns) if of_column else None
        if owner is None:
            table.checks[check] = clause
        else:
            table.column_checks[owner] = clause
    return found
