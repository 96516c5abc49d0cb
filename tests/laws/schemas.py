"""Random schemas as MetaData, and a migration that is nothing but a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from flask_schemaver.dialects.base import Dialect, dialect_for

TABLES = ["author", "book", "Odd Name", "order"]
COLUMNS = ["name", "size", "Mixed", "select", "note"]


@dataclass
class Connected:
    """The least that operations need of a migration context."""

    connection: Any
    version_table: str = "schemaver_version"
    version_table_schema: str | None = None
    opts: dict[str, Any] = field(default_factory=dict)
    as_sql: bool = False

    def __post_init__(self) -> None:
        self.dialect = self.connection.dialect
        self.bind = self.connection
        self.spelling: Dialect = dialect_for(self.dialect)

    def run_statement(self, statement: Any) -> Any:
        if isinstance(statement, str):
            return self.connection.exec_driver_sql(
                statement, execution_options={"no_parameters": True}
            )
        return self.connection.execute(statement)


def column_kinds(name: str) -> list[tuple[Any, list[Any]]]:
    """Types of a database, each with the server defaults that it can have."""
    common = [
        (sa.Integer(), [None, "7", sa.text("0")]),
        (sa.BigInteger(), [None, sa.text("42")]),
        (sa.String(20), [None, "plain", "it's", "", "a:b %s"]),
        (sa.String(40), [None, "longer"]),
        (sa.Text(), [None, "text"]),
        (sa.Boolean(), [None, sa.true(), sa.false()]),
        (sa.Numeric(10, 2), [None, sa.text("1.50")]),
        (sa.Float(), [None, sa.text("0.5")]),
        (sa.DateTime(), [None, sa.func.now()]),
        (sa.Date(), [None]),
        (sa.LargeBinary(), [None]),
        (sa.Enum("a", "b", name="letter"), [None, "a"]),
        (sa.Enum("a", "b", name="vowel", native_enum=False, create_constraint=True), [None, "b"]),
    ]
    own = {
        "postgresql": [
            (postgresql.JSONB(), [None, sa.text("'{}'::jsonb")]),
            (postgresql.UUID(), [None, sa.text("gen_random_uuid()")]),
            (postgresql.ARRAY(sa.Integer()), [None, "{}"]),
            (sa.DateTime(timezone=True), [None, sa.text("now()")]),
            (sa.Float(53), [None]),
        ],
        "sqlite": [(sa.JSON(), [None]), (sa.DateTime(), [None, sa.text("(datetime('now'))")])],
    }
    return common + own.get(name, [])


CONVERTIBLE: list[tuple[Any, list[Any]]] = [
    (sa.Integer(), [None, "7", sa.text("0")]),
    (sa.BigInteger(), [None]),
    (sa.Numeric(10, 2), [None, sa.text("1.50")]),
    (sa.String(20), [None, "5"]),
    (sa.String(40), [None]),
    (sa.Text(), [None]),
]
"""Types whose values '1' and '2' can be converted from any of them to any other."""


@st.composite
def metadata(
    draw: st.DrawFn, dialect_name: str, kinds: list[tuple[Any, list[Any]]] | None = None
) -> sa.MetaData:
    """A MetaData of up to four tables with keys, constraints and indexes."""
    result = sa.MetaData()
    names = draw(st.lists(st.sampled_from(TABLES), unique=True, max_size=4))
    kinds = kinds or column_kinds(dialect_name)
    for name in names:
        add_table(draw, result, name, kinds, dialect_name)
    for table in result.tables.values():
        add_foreign_keys(draw, result, table)
    return result


CHECKS = ["id > 0", "id <> 5 AND id < 1000", "id IN (1, 2, 3)"]


def add_table(
    draw: st.DrawFn,
    result: sa.MetaData,
    name: str,
    kinds: list[tuple[Any, list[Any]]],
    dialect_name: str,
) -> None:
    mysql = dialect_name == "mysql"
    columns: list[sa.Column[Any]] = [sa.Column("id", sa.Integer, primary_key=True)]
    for column in draw(st.lists(st.sampled_from(COLUMNS), unique=True, max_size=4)):
        type_, defaults = draw(st.sampled_from(kinds))
        default = draw(st.sampled_from(defaults))
        type_ = type_.copy() if isinstance(type_, sa.Enum) else type_
        if isinstance(type_, sa.Enum) and not type_.native_enum:
            type_ = sa.Enum(
                "a", "b", name=f"vowel_{column}_{name}", native_enum=False, create_constraint=True
            )
        nullable = draw(st.booleans())
        columns.append(sa.Column(column, type_, server_default=default, nullable=nullable))
    table = sa.Table(name, result, *columns)
    # MySQL takes no index of a TEXT or a BLOB without a length, and names parts its own way.
    whole = (postgresql.JSONB, *((sa.Text, sa.LargeBinary) if mysql else ()))
    unnamed = [] if mysql else [None]
    plain = [c.name for c in columns if not isinstance(c.type, whole)]
    # A model without a name is content with any: a constraint has a name in all schemas or in
    # none. PostgreSQL merges a UNIQUE on the columns of the primary key into it, name and all.
    if plain != ["id"] and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(plain[1:]), min_size=1, max_size=2, unique=True))
        label = None if unnamed and len(chosen) == 1 else f"uq_{name}"
        table.append_constraint(sa.UniqueConstraint(*chosen, name=label))
    # MariaDB takes no CHECK on an AUTO_INCREMENT column.
    last = columns[-1].name
    others = [f"`{last}` IS NULL OR 1 > 0", f"1 IN (1, 2, 3) OR `{last}` IS NOT NULL"]
    if not (mysql and last == "id") and draw(st.booleans()):
        text = draw(st.sampled_from(others if mysql else CHECKS))
        label = None if unnamed and text == CHECKS[0] else f"ck_{name}"
        table.append_constraint(sa.CheckConstraint(text, name=label))
    if draw(st.booleans()):
        add_index(draw, table, plain)


def add_index(draw: st.DrawFn, table: sa.Table, names: list[str]) -> None:
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    where = draw(st.sampled_from([None, "id > 3"]))
    options = {}
    if where is not None:
        options = {"postgresql_where": sa.text(where), "sqlite_where": sa.text(where)}
    elements = [table.c[n] for n in chosen]
    if "id" not in chosen[1:] and draw(st.booleans()):
        elements[0] = table.c.id.desc()
    sa.Index(f"ix_{table.name}", *elements, unique=draw(st.booleans()), **options)


def add_foreign_keys(draw: st.DrawFn, result: sa.MetaData, table: sa.Table) -> None:
    if not draw(st.booleans()):
        return
    target = draw(st.sampled_from(sorted(result.tables)))
    action = draw(st.sampled_from([None, "CASCADE", "SET NULL", "NO ACTION"]))
    table.append_column(sa.Column("ref_id", sa.Integer))
    table.append_constraint(
        sa.ForeignKeyConstraint(
            ["ref_id"],
            [result.tables[target].c.id],
            ondelete=action,
            name=f"fk_{table.name}_ref",
        )
    )


def same_twice(result: sa.MetaData) -> sa.MetaData:
    """An equal MetaData made of other objects."""
    copy = sa.MetaData()
    for table in result.tables.values():
        table.to_metadata(copy)
    return copy
