"""Finds tables that are stored as their models say; makes no models of them.

The server puts together one text a table for its columns, one for its constraints, one for its
indexes. Reading such texts costs a program a small part of what the rows behind them cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..recognition import PART, WORD, Recogniser, column_key, has_options
from . import queries
from .catalogue import filled, options_of
from .names import type_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .dialect import PostgreSQLDialect


def unchanged(
    connection: Connection,
    schema: str | None,
    tables: Sequence[sa.Table],
    dialect: PostgreSQLDialect,
) -> list[sa.Table]:
    """Those of the declared tables of one schema that are stored as they would be created.

    Five questions, however many tables there are.
    """
    looker = _Looker(connection, schema, {table.name for table in tables}, dialect)
    return [table for table in tables if looker.recognises(table)]


class _Constraint(NamedTuple):
    """A constraint as the server writes it; `referred` is the schema a foreign key leads to."""

    sort: str
    referred: str
    text: str
    comment: str


class _Looker(Recogniser):
    """Compares tables of one schema with what the catalogue has of them."""

    dialect: PostgreSQLDialect

    def __init__(
        self,
        connection: Connection,
        schema: str | None,
        names: set[str],
        dialect: PostgreSQLDialect,
    ) -> None:
        super().__init__(dialect)
        version = (getattr(dialect.engine, "server_version_info", None) or (15,))[0]
        where = {"schema": schema}
        rows = connection.execute(queries.tables(queries.IN_SCHEMA), where).all()
        self._tables = {row.relname: row for row in rows if row.relname in names}
        oids = {"oids": [row.oid for row in self._tables.values()]}

        def parts(question: sa.TextClause) -> dict[int, list[list[str]]]:
            found = connection.execute(question, oids).all() if self._tables else ()
            return {oid: [part.split(WORD) for part in text.split(PART)] for oid, text in found}

        self._columns = parts(queries.column_texts(int(version)))
        self._constraints = parts(queries.CONSTRAINT_TEXTS)
        self._indexes = parts(queries.INDEX_TEXTS)
        counting = connection.execute(queries.sequences(queries.IN_SCHEMA), where).all()
        self._counters = {(row.refobjid, row.refobjsubid): row for row in counting if row.deptype}

    def recognises(self, table: sa.Table) -> bool:
        row = self._tables.get(table.name)
        if row is None:
            return False
        try:
            return (
                row.relpersistence == "p"
                and not (options_of(row) or has_options(table))
                and not getattr(table, "_prefixes", ())
                and self.dialect.declared_comment(table) == row.comment
                and self._same_columns(table, row.oid)
                and self._same_constraints(table, self._constraints.get(row.oid, ()))
                and self._same_indexes(table, self._indexes.get(row.oid, ()))
            )
        except (SQLAlchemyError, LookupError, TypeError, ValueError):
            # The reader of the models tells what cannot be written, and of which column.
            return False

    # -- columns ------------------------------------------------------------------------------

    def _same_columns(self, table: sa.Table, oid: int) -> bool:
        found = {name: rest for name, *rest in self._columns.get(oid, ())}
        return len(found) == len(table.columns) and all(
            self._same_column(column, oid, found[column.name]) for column in table.columns
        )

    def _same_column(self, column: sa.Column[Any], oid: int, stored: Sequence[str]) -> bool:
        number, type_, collation, of_server, not_null, default, identity, *rest = stored
        counting = column.primary_key and self.dialect.declared_counting(column)
        sequence = None
        if identity or "nextval(" in default:
            # Each has a sequence of its own, which its default names.
            sequence = self._counters.get((oid, int(number)))
            if sequence is None or of_server != "t":
                return False
            default = ""
        words = (type_, collation, of_server, not_null, default, identity, *rest)
        key = column_key(column)
        seen = (key, bool(column.nullable), column.comment, counting, sequence is None, words)
        if key is not None and seen in self.alike:
            return True
        if of_server != "t" or not self._is_as_stored(column, words, sequence):
            return False
        if key is not None:
            self.alike.add(seen)
        return True

    def _is_as_stored(self, column: sa.Column[Any], words: Sequence[str], sequence: Any) -> bool:
        type_, collation, _, not_null, default, identity, generated, comment = words
        spelled = f"{type_} COLLATE {collation}" if collation else type_
        engine: Any = self.dialect.engine
        read: Any = {
            "type": type_of(spelled, engine.ischema_names),
            "type_text": spelled,
            "nullable": not_null != "t",
            "default": "nextval(" if sequence is not None else default or None,
            "comment": comment or None,
        }
        filled(read, generated, identity, sequence)
        return (
            self.dialect.stored_type(column) == self.dialect.compared_type_text(spelled)
            and self.dialect.declared_counting(column) == self.dialect.reflected_counting(read)
            and self._identity(column.identity, column)
            == self._identity(read.get("identity"), column)
            and self.is_as_read(column, read)
        )

    def _identity(self, identity: Any, column: sa.Column[Any]) -> Any:
        return identity and self.dialect.identity_options(identity, column.type)

    # -- constraints and indexes --------------------------------------------------------------

    def _same_constraints(self, table: sa.Table, parts: Sequence[Sequence[str]]) -> bool:
        """Whether each is stored as it is declared; one that is declared unnamed may have any."""
        declared = [*table.constraints, *(k for c in table.columns for k in c.constraints)]
        rest = {name: _Constraint(*words) for name, *words in parts}
        for constraint in sorted(declared, key=lambda constraint: constraint.name is None):
            if isinstance(constraint, sa.PrimaryKeyConstraint) and not constraint.columns:
                continue
            if isinstance(constraint, sa.CheckConstraint) and not self.dialect.enforces(constraint):
                continue
            wanted = self._text(constraint)
            name = self.dialect.constraint_name(constraint)
            if wanted is None:
                return False
            if name is None:
                name = next((n for n, stored in rest.items() if self._alike(wanted, stored)), "")
            if name not in rest or not self._alike(wanted, rest.pop(name)):
                return False
        return not rest

    def _alike(self, declared: _Constraint, stored: _Constraint) -> bool:
        if declared == stored:
            return True
        same_but_text = declared._replace(text="") == stored._replace(text="")
        return same_but_text and declared.sort == "c" and self.same_text(declared.text, stored.text)

    def _text(self, constraint: Any) -> _Constraint | None:
        """A declared constraint as the server writes it; None of one that is not written here."""
        late = constraint.deferrable is not None or constraint.initially is not None
        if late or has_options(constraint):
            return None
        comment = constraint.comment or ""
        if isinstance(constraint, sa.CheckConstraint):
            text = self.dialect.expression_spelling(constraint.sqltext)
            return _Constraint("c", "", text, comment)
        if isinstance(constraint, sa.ForeignKeyConstraint):
            return self._key_text(constraint, comment)
        columns = self._names(column.name for column in constraint.columns)
        if isinstance(constraint, sa.PrimaryKeyConstraint):
            return _Constraint("p", "", f"PRIMARY KEY ({columns})", comment)
        if type(constraint) is sa.UniqueConstraint:
            return _Constraint("u", "", f"UNIQUE ({columns})", comment)
        return None

    def _key_text(self, key: sa.ForeignKeyConstraint, comment: str) -> _Constraint | None:
        if key.match is not None:
            return None
        targets = [element._column_tokens for element in key.elements]
        schema, table, _ = targets[0]
        default = str(self.dialect.engine.default_schema_name)
        place = self.dialect.qualified(table, None if schema == default else schema)
        columns = self._names(element.parent.name for element in key.elements)
        referred = self._names(column for _, _, column in targets)
        text = f"FOREIGN KEY ({columns}) REFERENCES {place}({referred})"
        for event, action in (("UPDATE", key.onupdate), ("DELETE", key.ondelete)):
            if action and action.upper() != "NO ACTION":
                text += f" ON {event} {action.upper()}"
        return _Constraint("f", schema or default, text, comment)

    def _same_indexes(self, table: sa.Table, parts: Sequence[Sequence[str]]) -> bool:
        """Whether the indexes, all of them plain ones, are stored as they are declared."""
        declared = set()
        for index in table.indexes:
            plain = all(isinstance(expression, sa.Column) for expression in index.expressions)
            name = self.dialect.constraint_name(index)
            if not plain or name is None or has_options(index):
                return False
            columns = self._names(column.name for column in index.columns)
            declared.add((name, "t" if index.unique else "f", "", f"USING btree ({columns})"))
        return len(declared) == len(table.indexes) and declared == set(map(tuple, parts))

    def _names(self, columns: Iterable[Any]) -> str:
        return ", ".join(self.dialect.quote(str(column)) for column in columns)
