"""Finds tables of MariaDB that are stored as their models say; makes no models of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..recognition import WORD, Recogniser, column_key, has_options
from .catalogue import UNSAID, column_facts, learn
from .facts import TableFacts, create_options, reflected_column
from .gathered import Gathered, gathered
from .types import same_charset

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .dialect import MariaDBDialect

Columns = tuple[str, ...]


def unchanged(
    connection: Connection, schema: str | None, tables: Sequence[sa.Table], dialect: MariaDBDialect
) -> list[sa.Table]:
    """Those of the declared tables of one schema that are stored as they would be created.

    Eight questions, however many tables there are.
    """
    database = schema or dialect.engine.default_schema_name or ""
    learn(connection, dialect.defaults, schema, database)
    found = gathered(connection, database, ignores_indexes=dialect.ignores_indexes)
    looker = _Looker(dialect, schema, database)
    return [t for t in tables if t.name in found and looker.recognises(t, found[t.name])]


class _Looker(Recogniser):
    """Compares tables of one schema."""

    dialect: MariaDBDialect

    def __init__(self, dialect: MariaDBDialect, schema: str | None, database: str) -> None:
        super().__init__(dialect)
        self.schema = schema
        self.database = database
        self.usual = dialect.defaults.databases.get(schema)

    def recognises(self, table: sa.Table, found: Gathered) -> bool:
        try:
            return (
                len(table.columns) == len(found.columns)
                and not getattr(table, "_prefixes", ())
                and self._same_options(table, found)
                and self._same_columns(table, found)
                and self._same_checks(table, found)
                and self._same_indexes_and_keys(table, found)
            )
        except (SQLAlchemyError, LookupError, ValueError):
            # The reader of the models tells what cannot be written, and of which column.
            return False

    # -- the table itself ---------------------------------------------------------------------

    def _same_options(self, table: sa.Table, found: Gathered) -> bool:
        engine, collation, options, comment = found.row
        if self.dialect.declared_comment(table) != (comment or None):
            return False
        declared = table.dialect_kwargs if has_options(table) else {}
        seen = (tuple(sorted(declared.items())), engine, collation, options)
        if seen not in self.alike:
            stored = {"engine": engine, "collate": same_charset(collation)}
            stored |= {n.lower(): v for n, v in create_options(options).items()}
            stored.pop("partitioned", None)
            prefix = self.dialect.engine.name
            named = {f"{prefix}_{name}": value for name, value in stored.items()}
            compared = self.dialect.compared_options
            if compared(declared, (), self.schema) != compared(named, (), self.schema):
                return False
            self.alike.add(seen)
        return True

    # -- columns ------------------------------------------------------------------------------

    def _same_columns(self, table: sa.Table, found: Gathered) -> bool:
        collation = self.dialect.declared_collation(table)
        stored = TableFacts(table.name, same_charset(found.row[1]))
        return all(
            self._same_column(column, found.columns[column.name], found, stored, collation)
            for column in table.columns
        )

    def _same_column(
        self,
        column: sa.Column[Any],
        text: str,
        found: Gathered,
        stored: TableFacts,
        collation: str | None,
    ) -> bool:
        if UNSAID in text:
            return False
        check = found.column_checks.get(column.name)
        counting = column.primary_key and self.dialect.declared_counting(column)
        key = column_key(column)
        seen = (key, bool(column.nullable), column.comment, counting, collation, text)
        if check is None and key is not None and seen in self.alike:
            return True
        facts = column_facts(column.name, *text.split(WORD), mariadb=True)
        facts.check = check
        read = reflected_column(facts, stored, self.usual, set(), self.dialect)
        if not self._is_as_read(column, read, counting=counting):
            return False
        if check is None and key is not None:
            self.alike.add(seen)
        return True

    def _is_as_read(self, column: sa.Column[Any], read: Any, *, counting: bool) -> bool:
        check, stored_check = self.dialect.column_check(column), read["check"]
        return (
            column.identity is None
            and self.dialect.stored_type(column) == read["stored_type"]
            and counting == bool(read["increments"])
            and self.is_as_read(column, read)
            and (check is None) == (stored_check is None)
            and (check is None or self.same_text(check, stored_check))
        )

    def same_text(self, one: str, other: str) -> bool:
        return UNSAID not in one and UNSAID not in other and super().same_text(one, other)

    # -- constraints and indexes --------------------------------------------------------------

    def _same_checks(self, table: sa.Table, found: Gathered) -> bool:
        declared = [
            check
            for check in table.constraints
            if isinstance(check, sa.CheckConstraint) and self.dialect.enforces(check)
        ]
        if len(declared) != len(found.checks):
            return False
        rest = dict(found.checks)
        for check in sorted(declared, key=lambda check: check.name is None):
            text = self.dialect.expression_spelling(check.sqltext)
            name = self.dialect.constraint_name(check)
            if name is None:
                name = next((n for n in rest if self.same_text(rest[n], text)), "")
            if name not in rest or not self.same_text(rest.pop(name), text):
                return False
        return True

    def _same_indexes_and_keys(self, table: sa.Table, found: Gathered) -> bool:
        indexes = self._declared_indexes(table)
        keys = self._same_keys(table, found)
        if indexes is None or keys is None:
            return False
        expected = {
            part
            for (name, unique), columns in indexes.items()
            for part in _parts(name, columns, unique=unique)
        }
        return expected <= found.indexes and _are_own(
            found.indexes - expected, keys, list(indexes.values())
        )

    def _declared_indexes(self, table: sa.Table) -> dict[tuple[str, bool], Columns] | None:
        """The columns of each index by its name and whether it is unique; None if one says more."""
        found: dict[tuple[str, bool], Columns] = {}
        primary = table.primary_key.columns
        if primary:
            found["PRIMARY", True] = tuple(c.name for c in primary)
        items: list[Any] = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
        for item in (*items, *table.indexes):
            own = getattr(item, "expressions", item.columns)
            if has_options(item):
                return None
            if not all(isinstance(column, sa.Column) for column in own):
                return None
            columns = tuple(column.name for column in own)
            name = self.dialect.constraint_name(item)
            if name is None and isinstance(item, sa.Index):
                return None
            unique = not isinstance(item, sa.Index) or bool(item.unique)
            key = (name or columns[0], unique)
            if key in found:
                return None
            found[key] = columns
        return found

    def _same_keys(self, table: sa.Table, found: Gathered) -> list[tuple[str, Columns]] | None:
        """The foreign keys by their names, with their columns; None if they are not the same."""
        declared = table.foreign_key_constraints
        if len(declared) != len(found.keys):
            return None
        names: list[tuple[str, Columns]] = []
        rest = dict(found.keys)
        for key in sorted(declared, key=lambda key: key.name is None):
            wanted = self._key_texts(key)
            name = self.dialect.constraint_name(key)
            if name is None:
                name = next((n for n, texts in rest.items() if texts == wanted), "")
            if wanted is None or rest.pop(name, None) != wanted:
                return None
            names.append((name, tuple(element.parent.name for element in key.elements)))
        return names

    def _key_texts(self, key: sa.ForeignKeyConstraint) -> list[str] | None:
        """What the catalogue says of a key that is stored; None where it cannot say it."""
        if key.deferrable is not None or key.initially is not None or key.match is not None:
            return None
        texts = []
        for number, element in enumerate(key.elements, 1):
            schema, table, column = element._column_tokens
            words = (str(number), element.parent.name, schema or self.database, table, column)
            texts.append(WORD.join(map(str, words)))
        actions = [_action(key.onupdate), _action(key.ondelete)]
        return [*sorted(texts), WORD.join(actions)]


def _action(action: str | None) -> str:
    return (action or "RESTRICT").upper()


def _parts(name: str, columns: Columns, *, unique: bool) -> Iterable[str]:
    """What the catalogue says of each column of a plain index."""
    for number, column in enumerate(columns, 1):
        words = (name, str(number), str(int(not unique)), column, "A", "", "BTREE", "NO")
        yield WORD.join(words)


def _are_own(parts: set[str], keys: list[tuple[str, Columns]], indexes: list[Columns]) -> bool:
    """Whether these parts of indexes are of those that the server made for foreign keys."""
    if not parts:
        return True
    of_index: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        of_index[part.partition(WORD)[0]].add(part)
    served: set[Columns] = set()
    for name, several in of_index.items():
        for key, columns in keys:
            own = name in (key, columns[0]) and set(_parts(name, columns, unique=False)) == several
            if own and not any(index[: len(columns)] == columns for index in indexes):
                break
        else:
            return False
        if columns in served:
            return False
        served.add(columns)
    return True
