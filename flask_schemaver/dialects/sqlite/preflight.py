"""What would make a rebuild fail or lose rows, found out before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from ...errors import CommandError
from .catalogue import Stored, read_catalogue, read_definition
from .definition import ColumnDefinition, ConstraintDefinition, TableDefinition
from .tokens import default_value, folded, literal, mentioned_names, quoted, same, significant

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

DESTRUCTIVE = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT")


class Rows:
    """The rows of a table as they will be after a rebuild, before it; reads only.

    `values` says for each column where its value comes from, as SQL on the old table; a column
    that is missing there is filled by its default.
    """

    def __init__(
        self,
        connection: Connection,
        schema: str | None,
        source: TableDefinition,
        target: TableDefinition,
        values: Mapping[str, str],
    ) -> None:
        self.connection = connection
        self.schema: str = schema or "main"
        self.source = source
        self.target = target
        self.values = values
        self.visible: dict[str, str] = dict(self._visible())

    def _visible(self) -> Iterator[tuple[str, str]]:
        for column in self.target.columns:
            if column.generated is None:
                missing = "NULL" if column.default is None else default_value(column.default)
                yield column.name, self.values.get(column.name, missing)
            elif self.source.has_column(column.name):
                old = self.source.column(column.name)
                if old.generated == column.generated:
                    yield column.name, quoted(old.name)

    @property
    def place(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.source.name)}"

    def select(self, alias: str) -> str:
        """The rows as an item of FROM."""
        items = ", ".join(f"({sql}\n) AS {quoted(name)}" for name, sql in self.visible.items())
        return f"(SELECT {items} FROM {self.place}) AS {quoted(alias)}"

    def count(self, query: str) -> int:
        return int(self.connection.exec_driver_sql(query).scalar_one())

    def total(self) -> int:
        return self.count(f"SELECT count(*) FROM {self.place}")


def check_rows(rows: Rows) -> None:
    """Raise `CommandError` if rows do not fit what is new: NOT NULL, UNIQUE, CHECK, keys."""
    _check_not_null(rows)
    old = {_bare(constraint) for constraint in rows.source.constraints}
    for constraint in rows.target.constraints:
        if _bare(constraint) not in old:
            _CHECKS[constraint.kind](rows, constraint)


def _bare(constraint: ConstraintDefinition) -> tuple[object, ...]:
    """What a constraint demands, wherever it stands and whatever it is called."""
    expression = constraint.expression and " ".join(
        token.text for token in significant(constraint.expression)
    )
    columns = tuple(map(folded, constraint.columns))
    referred = folded(constraint.referred_table or ""), constraint.referred_columns
    return constraint.kind, columns, expression, referred


# -- NOT NULL -------------------------------------------------------------------------------------


def _check_not_null(rows: Rows) -> None:
    new = [column for column in rows.target.columns if _newly_not_null(column, rows)]
    if not new:
        return
    sums = ", ".join(f"sum({quoted(column.name)} IS NULL)" for column in new)
    alias = rows.target.name
    found = rows.connection.exec_driver_sql(f"SELECT {sums} FROM {rows.select(alias)}").one()
    for column, count in zip(new, found, strict=True):
        if count:
            raise _no_value(column, count, rows)


def _newly_not_null(column: ColumnDefinition, rows: Rows) -> bool:
    if column.name not in rows.visible:
        return False
    if not _refuses_null(column, rows.target):
        return False
    if column.name not in rows.values:
        return rows.target.rowid_column != column.name
    unchanged = rows.source.has_column(column.name) and same(
        rows.values[column.name], quoted(rows.source.column(column.name).name)
    )
    return not unchanged or not _refuses_null(rows.source.column(column.name), rows.source)


def _refuses_null(column: ColumnDefinition, table: TableDefinition) -> bool:
    """Whether the column takes no NULL; INTEGER PRIMARY KEY would make up a number for it."""
    key = table.primary_key
    in_key = key is not None and column.name in key.columns
    return column.not_null or (
        in_key and (table.without_rowid or table.rowid_column == column.name)
    )


def _no_value(column: ColumnDefinition, count: int, rows: Rows) -> CommandError:
    table, name = rows.source.name, column.name
    if name not in rows.values and not rows.source.has_column(name):
        return CommandError(
            f"Column '{name}' of table '{table}' is new and NOT NULL, and {_rows(count)} would"
            " have no value in it.",
            hint="Give it a server_default, or add it as nullable, fill it, then alter it.",
        )
    return CommandError(
        f"Column '{name}' of table '{table}' cannot be NOT NULL: {_rows(count)} {_have(count)}"
        " no value in it.",
        hint=f"Fill them first: UPDATE {quoted(table)} SET {quoted(name)} = ... WHERE"
        f" {quoted(name)} IS NULL.",
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


# -- constraints ----------------------------------------------------------------------------------


def _check_check(rows: Rows, constraint: ConstraintDefinition) -> None:
    """Where the values that will be stored are not known, the copying of the rows finds out.

    A column's affinity converts values, and its collation compares them:
    https://sqlite.org/datatype3.html.
    """
    expression = constraint.expression or ""
    unknown = {folded(c.name) for c in rows.target.columns if not _is_kept(c, rows)}
    if unknown & mentioned_names(expression):
        return
    source = rows.select(rows.target.name)
    count = rows.count(f"SELECT count(*) FROM {source} WHERE NOT ({expression}\n)")
    if count:
        raise _violated(rows, constraint, f"{_rows(count)} {_have(count)} other values")


def _is_kept(column: ColumnDefinition, rows: Rows) -> bool:
    """Whether a column has the values, and compares them, as it did."""
    if not rows.source.has_column(column.name):
        return False
    old = rows.source.column(column.name)
    kind = (old.type_sql, old.collation, old.generated)
    if kind != (column.type_sql, column.collation, column.generated):
        return False
    return column.generated is not None or rows.values.get(column.name) == quoted(old.name)


def _check_unique(rows: Rows, constraint: ConstraintDefinition) -> None:
    place = constraint.spans[0]
    words = {t.keyword for t in significant(rows.target.sql[place.start : place.end])}
    # The index may compare by another collation than its column.
    if "COLLATE" in words or any(name not in rows.visible for name in constraint.columns):
        return
    given = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in constraint.columns)
    groups = ", ".join(_collated(rows.target.column(name)) for name in constraint.columns)
    count = rows.count(
        f"SELECT count(*) FROM (SELECT 1 FROM {rows.select(rows.target.name)}"
        f" WHERE {given} GROUP BY {groups} HAVING count(*) > 1)"
    )
    if count:
        values = "1 value is" if count == 1 else f"{count} values are"
        raise _violated(rows, constraint, f"{values} there more than once")


def _collated(column: ColumnDefinition) -> str:
    return f"{quoted(column.name)} COLLATE {quoted(column.collation or 'BINARY')}"


def _check_foreign_key(rows: Rows, constraint: ConstraintDefinition) -> None:
    parent = _parent(rows, constraint)
    if parent is None or any(name not in rows.visible for name in constraint.columns):
        return
    own = same(parent.name, rows.source.name)
    place = rows.select("p") if own else f'{quoted(rows.schema)}.{quoted(parent.name)} AS "p"'
    key = parent.primary_key
    referred = constraint.referred_columns or (key.columns if key else ())
    if len(referred) != len(constraint.columns) or not all(map(parent.has_column, referred)):
        return
    given = " AND ".join(f'"c".{quoted(name)} IS NOT NULL' for name in constraint.columns)
    equal = " AND ".join(
        f'"p".{quoted(there)} = "c".{quoted(here)}'
        for here, there in zip(constraint.columns, referred, strict=True)
    )
    count = rows.count(
        f"SELECT count(*) FROM {rows.select('c')} WHERE {given}"
        f" AND NOT EXISTS (SELECT 1 FROM {place} WHERE {equal})"
    )
    if count:
        verb = "refers" if count == 1 else "refer"
        raise _violated(rows, constraint, f"{_rows(count)} {verb} to no row of '{parent.name}'")


def _parent(rows: Rows, constraint: ConstraintDefinition) -> TableDefinition | None:
    name = constraint.referred_table or ""
    if same(name, rows.source.name):
        return rows.target
    is_it = f"type = 'table' AND name = {literal(name)} COLLATE NOCASE"
    if not read_catalogue(rows.connection, rows.schema, is_it):
        return None
    return read_definition(rows.connection, name, rows.schema)


def _violated(rows: Rows, constraint: ConstraintDefinition, what: str) -> CommandError:
    return CommandError(
        f"Table '{rows.source.name}' cannot have {constraint.words()}: {what}.",
        hint="Correct or delete these rows first, in this revision or in one before it.",
    )


_CHECKS = {
    "check": _check_check,
    "unique": _check_unique,
    "primary_key": _check_unique,
    "foreign_key": _check_foreign_key,
}


# -- what else hangs on the table -----------------------------------------------------------------


def check_triggers(
    source: TableDefinition, target: TableDefinition, triggers: Iterable[Stored]
) -> None:
    """Raise `CommandError` if a trigger uses a column that will be gone: it would fail later."""
    gone = {folded(c.name): c.name for c in source.columns if not target.has_column(c.name)}
    for trigger in triggers if gone else ():
        for used in sorted(_columns_used(trigger.sql) & set(gone)):
            raise CommandError(
                f"Trigger '{trigger.name}' uses column '{gone[used]}' of table '{source.name}'.",
                hint=f"Drop the trigger first: op.execute('DROP TRIGGER {trigger.name}').",
            )


def _columns_used(sql: str) -> set[str]:
    """The folded names of columns in NEW.x, OLD.x and UPDATE OF x, y."""
    found = significant(sql)
    used = {
        folded(name.name)
        for row, dot, name in zip(found, found[1:], found[2:], strict=False)
        if row.keyword in ("NEW", "OLD") and dot.text == "."
    }
    for index, (update, of) in enumerate(pairwise(found)):
        if (update.keyword, of.keyword) == ("UPDATE", "OF"):
            place = index + 2
            used.add(folded(found[place].name))
            while found[place + 1].text == ",":
                place += 2
                used.add(folded(found[place].name))
    return used


def children(connection: Connection, schema: str | None, table: str) -> list[tuple[str, str]]:
    """The tables that refer to a table, itself included, each with an ON DELETE action."""
    place = schema or "main"
    rows = connection.exec_driver_sql(
        f"SELECT m.name, f.on_delete FROM {quoted(place)}.sqlite_master AS m"
        f" JOIN pragma_foreign_key_list(m.name, {literal(place)}) AS f"
        f" WHERE m.type = 'table' AND f.\"table\" = {literal(table)} COLLATE NOCASE"
    )
    return [(name, action) for name, action in rows]


def check_children(
    connection: Connection, schema: str | None, table: str, found: Iterable[tuple[str, str]]
) -> None:
    """Raise `CommandError` if dropping the table would change rows of others.

    With foreign keys enforced DROP TABLE deletes the rows first, actions included:
    https://sqlite.org/foreignkeys.html#fk_schemacommands.
    """
    for child, action in found:
        if action not in DESTRUCTIVE or same(child, table):
            continue
        place = f"{quoted(schema or 'main')}.{quoted(child)}"
        if connection.exec_driver_sql(f"SELECT EXISTS (SELECT 1 FROM {place})").scalar_one():
            raise CommandError(
                f"Table '{table}' cannot be rebuilt while foreign keys are enforced: rows of"
                f" '{child}' refer to it with ON DELETE {action}.",
                hint="Execute 'PRAGMA foreign_keys=OFF' on the connection before its transaction"
                " begins, or let 'flask db upgrade' make its own connection.",
            )
