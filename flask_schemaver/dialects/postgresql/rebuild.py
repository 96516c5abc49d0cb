"""Builds a table of PostgreSQL anew, its columns in another order, and keeps all that it had.

ALTER TABLE adds columns at the end only (https://wiki.postgresql.org/wiki/Alter_column_position):
a new table is made and filled, takes the place of the old one, and gets back its keys, indexes,
triggers, policies, privileges and comments. What names the table and cannot be given back, a view
for one, is a reason to refuse before anything is touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...errors import CommandError, DatabaseError
from .parts import (
    ACCESS,
    COLUMNS,
    COMMENTS,
    CONSTRAINTS,
    DEPENDENTS,
    IDENTITIES,
    INCOMING,
    INDEXES,
    OWNED,
    POLICIES,
    STATISTICS,
    TABLE,
    TRIGGERS,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

    from ..base import Dialect

SPARE_PREFIX = "_schemaver_"


def rebuild(
    connection: Connection, dialect: Dialect, table: str, schema: str | None, order: Sequence[str]
) -> None:
    """Make the table anew with its columns in this order; needs a transaction, and locks it.

    Raises `CommandError`, before it changes anything, if something else of the database hangs on
    the table that this could not restore.
    """
    place = dialect.qualified(table, schema)
    connection.exec_driver_sql(f"LOCK TABLE {place} IN ACCESS EXCLUSIVE MODE")
    found = connection.execute(sa.text(TABLE), {"place": place}).one()
    _refuse(connection, found, table)
    work = _Rebuild(connection, dialect, found, table, schema)
    restoring = list(work.restoring())
    work.create(order)
    work.fill()
    work.replace()
    for statement in restoring:
        work.run(statement)


def _refuse(connection: Connection, found: Row[Any], table: str) -> None:
    hindrances = [str(name) for name in connection.scalars(sa.text(DEPENDENTS), {"oid": found.oid})]
    if found.special is not None:
        hindrances.insert(0, found.special)
    if hindrances:
        raise CommandError(
            f"The table '{table}' cannot be built anew, because of {', '.join(hindrances)}.",
            hint="Drop it before the batch and create it again after it, or leave out "
            "recreate='always': PostgreSQL alters the table in place then, and new columns come "
            "last.",
        )


class _Rebuild:
    """One table on its way from one order of columns to another."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        found: Row[Any],
        table: str,
        schema: str | None,
    ) -> None:
        self.connection = connection
        self.dialect = dialect
        self.found = found
        self.place = dialect.qualified(table, schema)
        self.name = table
        self.spare_name = dialect.shortened(SPARE_PREFIX + table)
        self.spare = dialect.qualified(self.spare_name, schema)
        self.columns = self.read(COLUMNS)

    def run(self, statement: str) -> int:
        options = {"no_parameters": True}
        return self.connection.exec_driver_sql(statement, execution_options=options).rowcount

    def read(self, question: str) -> list[Any]:
        return list(self.connection.execute(sa.text(question), {"oid": self.found.oid}))

    # -- the new table ------------------------------------------------------------------------

    def create(self, order: Sequence[str]) -> None:
        by_name = {column.name: column for column in self.columns}
        listed = ", ".join(self._definition(by_name[name]) for name in order)
        unlogged = "UNLOGGED " if self.found.unlogged else ""
        options = f" WITH ({self.found.options})" if self.found.options else ""
        space = f" TABLESPACE {self.found.tablespace}" if self.found.tablespace else ""
        self.run(
            f"CREATE {unlogged}TABLE {self.spare} ({listed}) USING {self.found.method}"
            f"{options}{space}"
        )
        for column in self.columns:
            for words in self._storage(column):
                self.run(f"ALTER TABLE {self.spare} ALTER COLUMN {column.quoted} {words}")

    @staticmethod
    def _definition(column: Any) -> str:
        words = [column.quoted, column.type]
        words += [f"COLLATE {column.collation}"] if column.collation else []
        if column.generated:
            kind = "STORED" if column.generated == "s" else "VIRTUAL"
            words.append(f"GENERATED ALWAYS AS ({column.default}) {kind}")
        words += ["NOT NULL"] if column.inline_not_null else []
        return " ".join(words)

    @staticmethod
    def _storage(column: Any) -> Iterator[str]:
        if column.storage:
            yield f"SET STORAGE {column.storage}"
        if column.compression:
            yield f"SET COMPRESSION {column.compression}"
        if column.target >= 0:
            yield f"SET STATISTICS {column.target}"
        if column.options:
            yield f"SET ({column.options})"

    def fill(self) -> None:
        """Copy all rows; with row security off, so that no policy can hide one."""
        names = ", ".join(column.quoted for column in self.columns if not column.generated)
        before = self.connection.exec_driver_sql("SHOW row_security").scalar()
        self.run("SET LOCAL row_security = off")
        rows = self.connection.exec_driver_sql(f"SELECT count(*) FROM {self.place}").scalar_one()
        copied = rows
        if names:
            copied = self.run(
                f"INSERT INTO {self.spare} ({names}) SELECT {names} FROM {self.place}"
            )
        else:
            self.run(f"INSERT INTO {self.spare} SELECT FROM {self.place}")
        self.run(f"SET LOCAL row_security = {before}")
        if copied != rows:
            raise DatabaseError(
                f"Table '{self.name}' has {rows} rows, of which {copied} were copied.",
                hint="Nothing was changed. Please report it with the table's definition.",
            )

    def replace(self) -> None:
        """Put the new table in the place of the old one."""
        for key in self.incoming:
            self.run(f"ALTER TABLE {key.place} DROP CONSTRAINT {key.name}")
        for sequence in self.owned:
            self.run(f"ALTER SEQUENCE {sequence.name} OWNED BY NONE")
        self.run(f"DROP TABLE {self.place}")
        self.run(f"ALTER TABLE {self.spare} RENAME TO {self.dialect.quote(self.name)}")

    # -- what it had ----------------------------------------------------------------------------

    def restoring(self) -> list[str]:
        """The statements that give the new table what the old one had; read beforehand."""
        self.incoming = self.read(INCOMING)
        self.owned = self.read(OWNED)
        alter = f"ALTER TABLE {self.place}"
        return [
            *([f"{alter} OWNER TO {self.found.owner}"] if self.found.owner else []),
            *(f"ALTER SEQUENCE {s.name} OWNED BY {self.place}.{s.quoted}" for s in self.owned),
            *self._defaults(alter),
            *self._identities(alter),
            *(f"{alter} ADD CONSTRAINT {c.name} {c.definition}" for c in self.read(CONSTRAINTS)),
            *self._indexes(alter),
            *(s.definition for s in self.read(STATISTICS)),
            *(
                f"ALTER TABLE {key.place} ADD CONSTRAINT {key.name} {key.definition}"
                for key in self.incoming
            ),
            *self._triggers(alter),
            *self._security(alter),
            *(f"COMMENT ON {c.target} IS {self.dialect.literal(c.text)}" for c in self._comments()),
            *self._privileges(),
        ]

    def _comments(self) -> list[Any]:
        question, values = sa.text(COMMENTS), {"oid": self.found.oid, "place": self.place}
        return list(self.connection.execute(question, values))

    def _defaults(self, alter: str) -> Iterator[str]:
        for column in self.columns:
            if column.default is not None and not column.generated:
                yield f"{alter} ALTER COLUMN {column.quoted} SET DEFAULT {column.default}"

    def _identities(self, alter: str) -> Iterator[str]:
        """With the sequence under its own name, counting on from where it was."""
        for one in self.read(IDENTITIES):
            state = f"SELECT last_value, is_called FROM {one.sequence}"
            last, called = self.connection.exec_driver_sql(state).one()
            kind = "ALWAYS" if one.kind == "a" else "BY DEFAULT"
            yield (
                f"{alter} ALTER COLUMN {one.quoted} ADD GENERATED {kind} AS IDENTITY "
                f"(SEQUENCE NAME {one.sequence} {one.options})"
            )
            name = self.dialect.literal(one.sequence)
            yield f"SELECT pg_catalog.setval({name}, {last}, {str(called).lower()})"

    def _indexes(self, alter: str) -> Iterator[str]:
        for index in self.read(INDEXES):
            if index.definition is not None:
                yield index.definition
            if index.clustered:
                yield f"{alter} CLUSTER ON {index.name}"
            if index.identifies:
                yield f"{alter} REPLICA IDENTITY USING INDEX {index.name}"
        if self.found.replica in ("f", "n"):
            yield f"{alter} REPLICA IDENTITY {'FULL' if self.found.replica == 'f' else 'NOTHING'}"

    def _triggers(self, alter: str) -> Iterator[str]:
        words = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
        for trigger in self.read(TRIGGERS):
            yield trigger.definition
            if trigger.enabled in words:
                yield f"{alter} {words[trigger.enabled]} TRIGGER {trigger.name}"

    def _security(self, alter: str) -> Iterator[str]:
        if self.found.row_security:
            yield f"{alter} ENABLE ROW LEVEL SECURITY"
        if self.found.forced:
            yield f"{alter} FORCE ROW LEVEL SECURITY"
        for policy in self.read(POLICIES):
            using = f" USING ({policy.using})" if policy.using else ""
            check = f" WITH CHECK ({policy.checking})" if policy.checking else ""
            yield (
                f"CREATE POLICY {policy.name} ON {self.place} AS {policy.manner} "
                f"FOR {policy.command} TO {policy.roles}{using}{check}"
            )

    def _privileges(self) -> Iterator[str]:
        """None of the privileges that a new table may have by default, and all that were given."""
        granted = self.read(ACCESS)
        if self.found.granted:
            yield (
                "DO $schemaver$ DECLARE g record; BEGIN FOR g IN SELECT DISTINCT coalesce("
                "quote_ident(r.rolname), 'PUBLIC') AS name FROM pg_catalog.pg_class c, "
                "pg_catalog.aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles r "
                f"ON r.oid = a.grantee WHERE c.oid = {self.dialect.literal(self.place)}::regclass "
                f"LOOP EXECUTE 'REVOKE ALL ON {self._in_text()} FROM ' || g.name; END LOOP; "
                "END $schemaver$"
            )
        for grant in granted:
            column = f" ({grant.quoted})" if grant.quoted else ""
            option = " WITH GRANT OPTION" if grant.grantable else ""
            yield f"GRANT {grant.privilege}{column} ON {self.place} TO {grant.grantee}{option}"

    def _in_text(self) -> str:
        return self.place.replace("'", "''")
