"""Reads all tables of a SQLite database in one query: what a table is, its stored text says.

The catalogue is https://sqlite.org/schematab.html. The text is read rather than the PRAGMAs, which
know no constraint's name, no CHECK and no DEFERRABLE, and need several queries for each table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import CommandError
from ..reflected import ReflectedTable
from .definition import ColumnDefinition, ConstraintDefinition, TableDefinition
from .indexes import IndexDefinition
from .stored_types import stored_type
from .tokens import folded, literal, quoted, same

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

TEMPORARY_PREFIX = "_schemaver_tmp_"
"""What the names of tables begin with that exist only while a table is rebuilt."""

# Suffixes of the tables behind FTS and R*Tree tables, for a SQLite that cannot name them itself.
_SHADOWS = (
    "config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir", "segments",
    "stat",
)  # fmt: skip


class Stored(NamedTuple):
    """A row of the catalogue."""

    type: str
    name: str
    table: str
    sql: str


def read_tables(
    connection: Connection,
    schema: str | None,
    wanted: Callable[[str], bool] = lambda name: True,
) -> list[ReflectedTable]:
    """The tables of one schema whose names are `wanted`, sorted by name. Reads only.

    Left out are SQLite's own tables, views, virtual tables with the tables behind them, and what
    an interrupted rebuild has left. One query; a second one if there are virtual tables.
    """
    rows = read_catalogue(connection, schema)
    texts = _table_texts(connection, schema, rows)
    names = {folded(name): name for name in texts}
    indexes: dict[str, list[IndexDefinition]] = {}
    read = {folded(name) for name in texts if wanted(name)}
    for row in rows:
        if row.type == "index" and row.sql and folded(row.table) in read:
            indexes.setdefault(folded(row.table), []).append(IndexDefinition.parse(row.sql))

    @cache
    def definition(name: str) -> TableDefinition | None:
        """A table by its folded name; only those that a foreign key leads to are read besides."""
        return TableDefinition.parse(texts[names[name]]) if name in names else None

    return [
        _reflected(found, schema, indexes.get(name, ()), definition)
        for name in sorted(read, key=names.__getitem__)
        if (found := definition(name)) is not None
    ]


def read_definition(connection: Connection, table: str, schema: str | None) -> TableDefinition:
    """The stored text of one table; raises `CommandError` if there is no such table."""
    condition = f"type = 'table' AND name = {literal(table)} COLLATE NOCASE"
    rows = read_catalogue(connection, schema, condition)
    if not rows:
        raise CommandError(
            f"There is no table '{table}'" + (f" in '{schema}'." if schema else "."),
            hint="Run 'flask db current' to see where the database is.",
        )
    if _is_virtual(rows[0].sql):
        raise CommandError(
            f"'{table}' is a virtual table, which SQLite cannot alter.",
            hint="Drop it and create it again.",
        )
    return TableDefinition.parse(rows[0].sql)


def reflect_definition(definition: TableDefinition, schema: str | None = None) -> ReflectedTable:
    """What a text says of its table; a foreign key's columns stay empty where it names none."""
    own = {folded(definition.name): definition}
    return _reflected(definition, schema or definition.schema, (), own.get)


def read_catalogue(
    connection: Connection, schema: str | None, condition: str = "type IN ('table', 'index')"
) -> list[Stored]:
    """The rows of one schema's catalogue for which the condition holds."""
    place = quoted(schema or "main")
    query = f"SELECT type, name, tbl_name, sql FROM {place}.sqlite_master WHERE {condition}"
    rows = connection.exec_driver_sql(query).all()
    return [Stored(type_, name, table, sql or "") for type_, name, table, sql in rows]


def _is_virtual(sql: str) -> bool:
    return sql[:40].upper().split()[:2] == ["CREATE", "VIRTUAL"]


def _table_texts(
    connection: Connection, schema: str | None, rows: Iterable[Stored]
) -> dict[str, str]:
    """The texts of the tables that are the user's own."""
    found = {row.name: row.sql for row in rows if row.type == "table"}
    virtual = [name for name, sql in found.items() if _is_virtual(sql)]
    hidden = _shadow_tables(connection, schema, virtual) if virtual else set()
    return {
        name: sql
        for name, sql in found.items()
        if not name.lower().startswith(("sqlite_", TEMPORARY_PREFIX))
        and name not in hidden
        and name not in virtual
    }


def _shadow_tables(connection: Connection, schema: str | None, virtual: list[str]) -> set[str]:
    """The tables behind virtual ones: https://sqlite.org/vtab.html#xshadowname."""
    version = connection.dialect.server_version_info or (0,)
    if version < (3, 37):
        return {f"{name}_{suffix}" for name in virtual for suffix in _SHADOWS}
    query = f"SELECT name FROM pragma_table_list WHERE schema = {literal(schema or 'main')}"
    return {row[0] for row in connection.exec_driver_sql(f"{query} AND type = 'shadow'")}


# -- from the text to SQLAlchemy's dictionaries ---------------------------------------------------

_Find = Callable[[str], "TableDefinition | None"]
"""Finds a table by its folded name."""


def _reflected(
    definition: TableDefinition,
    schema: str | None,
    indexes: Iterable[IndexDefinition],
    tables: _Find,
) -> ReflectedTable:
    key = definition.primary_key
    positions = {name: place for place, name in enumerate(key.columns if key else (), start=1)}
    constraints = definition.constraints
    return ReflectedTable(
        schema,
        definition.name,
        [_column(c, positions.get(c.name, 0)) for c in definition.columns],
        primary_key={
            "name": key.name if key else None,
            "constrained_columns": list(positions),
            "dialect_options": _conflict(key) if key else {},
        },
        uniques=_uniques(constraints),
        checks=[
            {"name": c.name, "sqltext": c.expression or "", "dialect_options": _conflict(c)}
            for c in constraints
            if c.kind == "check"
        ],
        foreign_keys=[
            # A foreign key cannot lead to another file: https://sqlite.org/lang_attach.html.
            _foreign_key(c, tables, schema)
            for c in constraints
            if c.kind == "foreign_key"
        ],
        indexes=[_index(index, definition) for index in indexes],
        options=_options(definition),
    )


def _column(column: ColumnDefinition, position: int) -> Any:
    """A column's dictionary. No column of a primary key is nullable: SQLAlchemy declares them so.

    SQLite does take NULL in a key that is neither INTEGER PRIMARY KEY nor NOT NULL.
    """
    found: dict[str, Any] = {
        "name": column.name,
        "type": stored_type(column.type_sql, column.collation),
        "nullable": not (column.not_null or position),
        "default": column.default,
        "autoincrement": column.autoincrement,
        "primary_key": position,
        "sqlite_type_text": _type_text(column),
        "sqlite_null_conflict": column.null_conflict,
    }
    if column.generated is not None:
        expression, stored = column.generated
        found["computed"] = {"sqltext": expression, "persisted": stored}
    return found


def _type_text(column: ColumnDefinition) -> str:
    """The type and the collation, as SQLAlchemy writes them."""
    if column.collation is None:
        return column.type_sql
    return f"{column.type_sql} COLLATE {quoted(column.collation)}".lstrip()


def _conflict(constraint: ConstraintDefinition) -> dict[str, Any]:
    found = constraint.on_conflict
    return {} if found is None else {"sqlite_on_conflict": found}


def _uniques(constraints: Iterable[ConstraintDefinition]) -> list[Any]:
    """The UNIQUE constraints; of two on the same columns the one that has a name."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for constraint in constraints:
        if constraint.kind != "unique":
            continue
        entry = found.setdefault(
            constraint.columns,
            {
                "name": None,
                "column_names": list(constraint.columns),
                "dialect_options": _conflict(constraint),
            },
        )
        entry["name"] = entry["name"] or constraint.name
    return list(found.values())


def _foreign_key(key: ConstraintDefinition, tables: _Find, schema: str | None) -> Any:
    given = {
        "onupdate": key.onupdate,
        "ondelete": key.ondelete,
        "deferrable": key.deferrable,
        "initially": key.initially,
        "match": key.match,
    }
    parent = tables(folded(key.referred_table or ""))
    columns = list(key.referred_columns)
    if parent is not None:
        parent_key = parent.primary_key
        columns = [_spelled(name, parent) for name in columns] or list(
            parent_key.columns if parent_key else ()
        )
    return {
        "name": key.name,
        "constrained_columns": list(key.columns),
        "referred_schema": schema,
        "referred_table": parent.name if parent is not None else key.referred_table,
        "referred_columns": columns,
        "options": {
            name: value
            for name, value in given.items()
            if value is not None and value != "NO ACTION"
        },
    }


def _spelled(name: str, table: TableDefinition) -> str:
    return next((column.name for column in table.columns if same(column.name, name)), name)


def _index(index: IndexDefinition, table: TableDefinition) -> Any:
    plain = [index.plain_column(element, table) for element in index.elements]
    found: dict[str, Any] = {
        "name": index.name,
        "unique": index.unique,
        "column_names": [name for name, _ in plain],
        "column_sorting": {name: ("desc",) for name, descending in plain if name and descending},
        "dialect_options": {"sqlite_where": index.where},
        "sqlite_sql": index.sql,
    }
    if None in found["column_names"]:
        found["expressions"] = [
            name if name is not None else element
            for (name, _), element in zip(plain, index.elements, strict=True)
        ]
    return found


def _options(definition: TableDefinition) -> dict[str, Any]:
    given = {
        "sqlite_strict": (True, definition.strict),
        "sqlite_with_rowid": (False, definition.without_rowid),
        "sqlite_autoincrement": (True, any(c.autoincrement for c in definition.columns)),
    }
    return {name: value for name, (value, is_set) in given.items() if is_set}
