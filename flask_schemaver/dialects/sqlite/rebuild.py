"""Gives a table another definition where ALTER TABLE cannot: SQLite's own procedure.

https://sqlite.org/lang_altertable.html#otheralter, steps 3 to 10. The caller holds the transaction;
it has switched foreign keys off before and checks them before it commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import IntegrityError

from ...errors import DatabaseError
from .catalogue import TEMPORARY_PREFIX, Stored, read_catalogue, read_definition
from .definition import TableDefinition
from .indexes import IndexDefinition
from .preflight import Rows, check_children, check_rows, check_triggers, children
from .tokens import folded, literal, qualifiers, quoted, significant

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class _Statistics(NamedTuple):
    """What ANALYZE has noted of the table."""

    place: str
    rows: list[tuple[Any, ...]]


class _Kept(NamedTuple):
    """What DROP TABLE takes away beside the rows."""

    dependents: list[Stored]
    temporary_triggers: list[Stored]
    sequence: int | None
    statistics: list[_Statistics]


class _Copy(NamedTuple):
    """The columns that are filled from the old table, and the SQL each is filled with."""

    columns: list[str]
    values: list[str]


def rebuild(
    connection: Connection,
    table: str,
    schema: str | None,
    target: TableDefinition,
    *,
    copy: Mapping[str, str] | None = None,
) -> None:
    """Make the table what `target` says; its rows, indexes and triggers stay.

    `copy` maps a column of `target` to SQL on the old table; without an entry a column keeps the
    value of the column of its name, or gets its default if there is none. Indexes on columns that
    are gone are gone too. Raises `CommandError` before it touches anything if rows do not fit, and
    if foreign keys are enforced and rows of other tables would be changed. Whatever fails later
    is undone up to the beginning of this call.
    """
    source = read_definition(connection, table, schema)
    copy = {target.column(name).name: sql for name, sql in (copy or {}).items()}
    values = dict(_values(source, target, copy))
    check_rows(Rows(connection, schema, source, target, values))
    kept = _kept(connection, schema, source)
    triggers = [row for row in kept.dependents if row.type == "trigger"]
    check_triggers(source, target, [*triggers, *kept.temporary_triggers])
    enforced = bool(_pragma(connection, "foreign_keys"))
    referring = children(connection, schema, source.name) if enforced else []
    check_children(connection, schema, source.name, referring)
    work = _Rebuild(connection, schema, source, target, values)
    with work.undone_on_error():
        if referring or _names_itself(target, source.name):
            work.refill(enforced=enforced)
        else:
            work.swap()
        work.restore(kept)


def _values(
    source: TableDefinition, target: TableDefinition, copy: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for column in target.columns:
        if column.generated is not None:
            continue
        if column.name in copy:
            yield column.name, copy[column.name]
        elif source.has_column(column.name):
            yield column.name, quoted(source.column(column.name).name)


def _names_itself(target: TableDefinition, name: str) -> bool:
    """Whether an expression qualifies a column with the table's name: no other name will do."""
    expressions = [c.expression for c in target.constraints if c.expression is not None]
    expressions += [c.generated.expression for c in target.columns if c.generated is not None]
    return any(folded(name) in qualifiers(expression) for expression in expressions)


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


@contextmanager
def _setting(connection: Connection, name: str, value: int) -> Iterator[None]:
    """A PRAGMA for a while; ROLLBACK does not restore these."""
    before = _pragma(connection, name)
    connection.exec_driver_sql(f"PRAGMA {name}={value}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA {name}={before}")


# -- what is kept ---------------------------------------------------------------------------------


def _kept(connection: Connection, schema: str | None, table: TableDefinition) -> _Kept:
    name = f"{literal(table.name)} COLLATE NOCASE"
    mine = f"tbl_name = {name} AND type IN ('index', 'trigger') AND sql IS NOT NULL"
    temporary = f"tbl_name = {name} AND type = 'trigger'"
    own = read_catalogue(
        connection, schema, "name IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')"
    )
    place = quoted(schema or "main")
    sequence = None
    statistics = []
    for row in own:
        if row.name == "sqlite_sequence":
            query = f"SELECT seq FROM {place}.sqlite_sequence WHERE name = {name}"
            sequence = connection.exec_driver_sql(query).scalar()
        else:
            query = f"SELECT * FROM {place}.{row.name} WHERE tbl = {name}"
            rows = [tuple(found) for found in connection.exec_driver_sql(query)]
            statistics.append(_Statistics(f"{place}.{row.name}", rows))
    return _Kept(
        read_catalogue(connection, schema, mine),
        [] if schema == "temp" else read_catalogue(connection, "temp", temporary),
        sequence,
        statistics,
    )


class _Rebuild:
    """One table on its way from one definition to another."""

    def __init__(
        self,
        connection: Connection,
        schema: str | None,
        source: TableDefinition,
        target: TableDefinition,
        values: Mapping[str, str],
    ) -> None:
        self.connection = connection
        self.schema = schema or "main"
        self.source = source
        self.target = target
        self.name = source.name
        self.spare_name = TEMPORARY_PREFIX + source.name
        self.copy = self._with_rowid(_Copy(list(map(quoted, values)), list(values.values())))

    def run(self, sql: str) -> Any:
        return self.connection.exec_driver_sql(sql)

    def place(self, name: str) -> str:
        return f"{quoted(self.schema)}.{quoted(name)}"

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Leave nothing half done in a transaction that the caller may yet commit."""
        self.run("SAVEPOINT schemaver_rebuild")
        try:
            yield
        except BaseException as cause:
            with suppress(Exception):
                self.run("ROLLBACK TO schemaver_rebuild")
                self.run("RELEASE schemaver_rebuild")
            if isinstance(cause, IntegrityError):
                raise self._misfit(cause) from cause
            raise
        self.run("RELEASE schemaver_rebuild")

    def _misfit(self, cause: IntegrityError) -> DatabaseError:
        said = str(cause.orig).replace(self.spare_name, self.name)
        return DatabaseError(
            f"The rows of table '{self.name}' do not fit its new definition: {said}.",
            hint="Correct or delete these rows first, in this revision or in one before it.",
        )

    def _with_rowid(self, copy: _Copy) -> _Copy:
        """Keep the rowid, which triggers and foreign tables may know, where no column is it."""
        if self.source.without_rowid or self.target.without_rowid:
            return copy
        old = _rowid_name(self.source)
        new = self.target.rowid_column
        name = _rowid_name(self.target) if new is None else quoted(new)
        if old is None or name is None or name in copy.columns:
            return copy
        return _Copy([name, *copy.columns], [old, *copy.values])

    # -- two ways -----------------------------------------------------------------------------

    def swap(self) -> None:
        """Fill a new table and give it the name of the old one; rows are written once."""
        self.run(f"DROP TABLE IF EXISTS {self.place(self.spare_name)}")
        self.run(self.target.renamed(self.spare_name).in_schema(self.schema).sql)
        self.fill(self.spare_name, self.copy.columns, self.copy.values, self.name)
        self.run(f"DROP TABLE {self.place(self.name)}")
        # Otherwise views and triggers that name the table stop the renaming: it is not there.
        with _setting(self.connection, "legacy_alter_table", 1):
            self.run(f"ALTER TABLE {self.place(self.spare_name)} RENAME TO {quoted(self.name)}")

    def refill(self, *, enforced: bool) -> None:
        """Put the rows aside and create the new table under its own name; rows are written twice.

        Foreign keys that are enforced then find the rows again when the transaction ends.
        """
        spare = [f"c{number}" for number in range(len(self.copy.columns))]
        self.run(f"DROP TABLE IF EXISTS {self.place(self.spare_name)}")
        self.run(f"CREATE TABLE {self.place(self.spare_name)} ({', '.join(spare)})")
        self.fill(self.spare_name, spare, self.copy.values, self.name)
        with _setting(self.connection, "defer_foreign_keys", int(enforced)):
            self.run(f"DROP TABLE {self.place(self.name)}")
            self.run(self.target.renamed(self.name).in_schema(self.schema).sql)
            self.fill(self.name, self.copy.columns, spare, self.spare_name)
            self.run(f"DROP TABLE {self.place(self.spare_name)}")

    def fill(self, into: str, columns: list[str], values: list[str], origin: str) -> None:
        """Copy all rows. OR ABORT: a table's own ON CONFLICT would drop or change rows silently."""
        if columns:
            listed = ", ".join(f"{value}\n" for value in values)
            self.run(
                f"INSERT OR ABORT INTO {self.place(into)} ({', '.join(columns)})"
                f" SELECT {listed} FROM {self.place(origin)}"
            )
        before, after = self.count(origin), self.count(into)
        if before != after:
            raise DatabaseError(
                f"Table '{self.name}' has {before} rows, of which {after} were copied.",
                hint="Nothing was changed. Please report it with the table's definition.",
            )

    def count(self, name: str) -> int:
        return int(self.run(f"SELECT count(*) FROM {self.place(name)}").scalar_one())

    # -- what hung on the old table -----------------------------------------------------------

    def restore(self, kept: _Kept) -> None:
        """Make indexes, triggers, the AUTOINCREMENT counter and ANALYZE's notes again."""
        for row in kept.dependents:
            if row.type == "trigger" or self._index_stays(row):
                self.run(_in_schema(row, self.schema))
        self._restore_temporary_triggers(kept.temporary_triggers)
        self._restore_sequence(kept.sequence)
        for statistics in kept.statistics:
            self._restore_statistics(statistics)

    def _index_stays(self, row: Stored) -> bool:
        gone = {folded(c.name) for c in self.source.columns if not self.target.has_column(c.name)}
        return not gone & IndexDefinition.parse(row.sql).mentioned()

    def _restore_temporary_triggers(self, triggers: list[Stored]) -> None:
        """Those that are gone were on this table, not on one of its name in another schema."""
        there = {row.name for row in read_catalogue(self.connection, "temp", "type = 'trigger'")}
        for row in triggers:
            if row.name not in there:
                self.run(_in_schema(row, "temp"))

    def _restore_sequence(self, sequence: int | None) -> None:
        if sequence is None or not any(column.autoincrement for column in self.target.columns):
            return
        table = f"{quoted(self.schema)}.sqlite_sequence"
        self.run(f"DELETE FROM {table} WHERE name = {literal(self.name)}")
        self.run(f"INSERT INTO {table} (name, seq) VALUES ({literal(self.name)}, {int(sequence)})")

    def _restore_statistics(self, statistics: _Statistics) -> None:
        names = read_catalogue(
            self.connection,
            self.schema,
            f"type = 'index' AND tbl_name = {literal(self.name)}",
        )
        present = {None, self.name, *(row.name for row in names)}
        for row in statistics.rows:
            if row[1] in present:
                marks = ", ".join("?" * len(row))
                self.connection.exec_driver_sql(
                    f"INSERT INTO {statistics.place} VALUES ({marks})", row
                )


def _rowid_name(table: TableDefinition) -> str | None:
    """A name of the rowid that no column has taken."""
    return next((n for n in ("rowid", "_rowid_", "oid") if not table.has_column(n)), None)


def _in_schema(row: Stored, schema: str) -> str:
    """The text of an index or a trigger, its name qualified.

    SQLite stores it without: https://sqlite.org/schematab.html#interpretation_of_the_schema_table.
    """
    words = significant(row.sql)
    kind = next(i for i, word in enumerate(words) if word.keyword in ("INDEX", "TRIGGER"))
    name = words[kind + 1]
    return f"{row.sql[: name.start]}{quoted(schema)}.{row.sql[name.start :]}"
