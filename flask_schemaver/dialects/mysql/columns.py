"""Columns of MySQL and MariaDB, which are written anew as a whole to be changed.

https://dev.mysql.com/doc/refman/8.4/en/alter-table.html and
https://mariadb.com/kb/en/alter-table/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...errors import CommandError
from ..base import UNCHANGED, ColumnChange, Dialect
from .types import parsed_type

if TYPE_CHECKING:
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

# What DEFAULT takes without parentheses; any other expression needs them.
_PLAIN_DEFAULT = re.compile(
    r"""\(.*\) | [bnx]?'(?:[^'\\]|''|\\.)*' | "(?:[^"\\]|""|\\.)*" | [+-]?[\d.]+(?:e[+-]?\d+)?
      | null(?:\s+on\s+update\s+.*)? | true | false
      | (?:current_timestamp|now|localtime|localtimestamp)(?:\(\d*\))?
        (?:\s+on\s+update\s+.*)?""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


_ON_UPDATE = re.compile(r"\bon\s+update\b", re.IGNORECASE)


class WholeColumns(Dialect):
    """Changes of columns, in one statement each that repeats what stays."""

    writes_whole_columns = True

    def forgets(self, change: ColumnChange) -> str:
        kept = change.default is UNCHANGED and change.existing_default is UNCHANGED
        if not kept or _changed(change) <= {"default"} or self._only_renames(change):
            return ""
        return "a server default and a comment, if it has them"

    def _only_renames(self, change: ColumnChange) -> bool:
        return _changed(change) == {"new_name"} and self._renames_columns()

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        """One statement: what MODIFY and CHANGE do not repeat of a column, the column loses."""
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        name = self.quote(column)
        only = _changed(change)
        if "generated" in only and not self.keeps_generated(
            change.existing_generated, change.generated
        ):
            list(self.alter_generated("", name, change))
        if self._only_renames(change):
            yield f"{start}RENAME COLUMN {name} TO {self.quote(str(change.new_name))}"
        elif only == {"default"} and not self._writes_all(change):
            yield f"{start}ALTER COLUMN {name} {self._default_words(change.default)}"
        elif only:
            new = self.quote(change.new_name or column)
            if self._ends_dashes(change):
                # A UUID becomes a text with dashes, for which there is no room.
                yield f"{start}MODIFY {name} CHAR(36)"
                place = self.qualified(table, schema)
                yield f"UPDATE {place} SET {name} = REPLACE({name}, '-', '')"
            words = f"CHANGE {name} {new}" if self._is_named(change, only) else f"MODIFY {name}"
            yield f"{start}{words} {self.whole_column(change, f'{table}.{column}')}"

    def _ends_dashes(self, change: ColumnChange) -> bool:
        if change.type_ is None or change.existing_type is None:
            return False
        types = (change.existing_type, change.type_)
        old, new = (parsed_type(self.type_spelling(type_)) for type_ in types)
        short = new.name in ("CHAR", "VARCHAR") and 32 <= int(new.arguments[0]) < 36
        return old.name == "UUID" and short

    @staticmethod
    def _is_named(change: ColumnChange, only: set[str]) -> bool:
        return change.new_name is not None or only == {"default"}

    def _renames_columns(self) -> bool:
        """RENAME COLUMN is there since MySQL 8.0 and MariaDB 10.5.2."""
        version = getattr(self.engine, "server_version_info", None)
        least = (10, 5, 2) if getattr(self.engine, "is_mariadb", False) else (8, 0)
        return version is None or version >= least

    @staticmethod
    def _writes_all(change: ColumnChange) -> bool:
        """Whether SET and DROP DEFAULT do not do: for the time, and for what ON UPDATE does."""
        if _ON_UPDATE.search(f"{change.default or ''} {change.existing_default or ''}"):
            return True
        time = isinstance(change.existing_type, sa.DateTime | sa.TIMESTAMP)
        return time and change.default is not None and "'" not in change.default

    def _default_words(self, default: str | None) -> str:
        return "DROP DEFAULT" if default is None else f"SET DEFAULT {in_parentheses(default)}"

    def whole_column(self, change: ColumnChange, label: str) -> str:
        """Everything of a column but its name, as it is to be; `label` names it in errors."""
        type_ = _known_type(change, label)
        nullable = change.existing_nullable if change.nullable is None else change.nullable
        if nullable is None:
            raise _missing("existing_nullable", label)
        default = change.existing_default if change.default is UNCHANGED else change.default
        comment = change.existing_comment if change.comment is UNCHANGED else change.comment
        increments = change.autoincrement
        if increments is None:
            increments = change.existing_autoincrement
        generated = change.generated
        if generated is UNCHANGED:
            generated = change.existing_generated
        words = [self.type_spelling(type_)]
        if isinstance(generated, sa.Computed):
            words.append(self.ddl.process(generated))
            default = None
        else:
            words.append("NULL" if nullable else "NOT NULL")
        words += ["INVISIBLE"] if change.existing_invisible else []
        if default is not None and default is not UNCHANGED:
            words.append(f"DEFAULT {in_parentheses(default)}")
        words += ["AUTO_INCREMENT"] if increments is True else []
        words += [f"COMMENT {self.literal(comment)}"] if comment else []
        check = change.existing_check if change.check is UNCHANGED else change.check
        words += [f"CHECK ({check})"] if check else []
        return " ".join(words)


def in_parentheses(default: str) -> str:
    """A default as MySQL takes it: an expression stands in parentheses."""
    return default if _PLAIN_DEFAULT.fullmatch(default.strip()) else f"({default})"


def _changed(change: ColumnChange) -> set[str]:
    """What is to change, by the attributes' names."""
    found = {n for n in ("type_", "nullable", "new_name", "autoincrement") if _is_set(change, n)}
    words = ("default", "comment", "generated", "check")
    return found | {n for n in words if getattr(change, n) is not UNCHANGED}


def _is_set(change: ColumnChange, name: str) -> bool:
    return getattr(change, name) is not None


def _known_type(change: ColumnChange, label: str) -> TypeEngine[Any]:
    type_ = change.existing_type if change.type_ is None else change.type_
    if type_ is None:
        raise _missing("existing_type", label)
    return type_


def _missing(argument: str, label: str) -> CommandError:
    return CommandError(
        f"MySQL writes column '{label}' anew as a whole to change it, and it is not known what is "
        "there: it would be lost.",
        hint=f"Say what the column has by '{argument}=' in op.alter_column().",
    )
