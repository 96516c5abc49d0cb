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
            (sa.Interval(), [None, "1 day"]),
            (postgresql.INET(), [None, "10.0.0.1"]),
            (postgresql.BIT(4), [None, sa.text("B'0101'")]),
            (postgresql.DATERANGE(), [None, "empty"]),
            (postgresql.ARRAY(sa.Enum("a", "b", name="letter")), [None, "{a}"]),
            (postgresql.ARRAY(sa.Numeric(10, 2)), [None, sa.text("'{}'::numeric[]")]),
            (postgresql.DOMAIN("amount", sa.Integer, check="VALUE > -9"), [None, "3"]),
            (sa.Numeric(), [None, sa.text("-1"), sa.text("'2.5'::numeric")]),
            (sa.Text(collation="C"), [None, sa.text("lower('A')")]),
        ],
        "sqlite": [
            (sa.JSON(), [None]),
            (sa.DateTime(), [None, sa.text("(datetime('now'))")]),
            (sa.Text(collation="NOCASE"), [None, "-- no /* comment"]),
            (sa.Boolean(create_constraint=True), [None]),
        ],
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
    for name in names:
        columns = some_columns(draw, name, kinds or column_kinds(dialect_name), dialect_name)
        if kinds is None:
            columns = with_server_values(draw, columns, dialect_name)
        add_table(draw, result, name, columns, dialect_name)
    for table in result.tables.values():
        add_foreign_keys(draw, result, table, dialect_name)
    return result


INDEX_OPTIONS: list[dict[str, Any]] = [
    {},
    {"postgresql_include": ["id"]},
    {"postgresql_with": {"fillfactor": 70}},
    {"postgresql_nulls_not_distinct": True},
]
REMARKS = [None, None, "a remark", "it's 100 % :so"]
CHECKS = ["id > 0", "id <> 5 AND id < 1000", "id IN (1, 2, 3)"]


def some_columns(
    draw: st.DrawFn, table: str, kinds: list[tuple[Any, list[Any]]], dialect_name: str
) -> list[sa.Column[Any]]:
    """A key, and up to four columns of these kinds."""
    columns: list[sa.Column[Any]] = [sa.Column("id", sa.Integer, primary_key=True)]
    for name in draw(st.lists(st.sampled_from(COLUMNS), unique=True, max_size=4)):
        type_, defaults = draw(st.sampled_from(kinds))
        default = draw(st.sampled_from(defaults))
        type_ = type_.copy() if isinstance(type_, sa.types.SchemaType) else type_
        if isinstance(type_, sa.Enum) and not type_.native_enum:
            type_ = sa.Enum(
                "a", "b", name=f"vowel_{name}_{table}", native_enum=False, create_constraint=True
            )
        nullable = draw(st.booleans())
        remark = None if dialect_name == "sqlite" else draw(st.sampled_from(REMARKS))
        columns.append(
            sa.Column(name, type_, server_default=default, nullable=nullable, comment=remark)
        )
    return columns


def with_server_values(
    draw: st.DrawFn, columns: list[sa.Column[Any]], dialect_name: str
) -> list[sa.Column[Any]]:
    """The same with what the server fills: a computed column, an identity instead of a serial."""
    if dialect_name == "mysql":  # which computes nothing from a column that counts
        return columns
    if dialect_name == "postgresql" and draw(st.booleans()):
        options = draw(st.sampled_from([{}, {"always": True, "start": 5, "increment": 3}]))
        key = sa.Column("id", sa.Integer, sa.Identity(**options), primary_key=True)
        columns = [key, *columns[1:]]
    if draw(st.booleans()):
        text = draw(st.sampled_from(["id * 2", "id + 1", "CASE WHEN id > 1 THEN 1 ELSE 0 END"]))
        columns.append(sa.Column("twice", sa.Integer, sa.Computed(text, persisted=True)))
    return columns


def add_table(
    draw: st.DrawFn,
    result: sa.MetaData,
    name: str,
    columns: list[sa.Column[Any]],
    dialect_name: str,
) -> None:
    mysql = dialect_name == "mysql"
    remark = None if dialect_name == "sqlite" else draw(st.sampled_from(REMARKS))
    table = sa.Table(name, result, *columns, comment=remark)
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
        add_index(draw, table, plain, dialect_name)


def add_index(draw: st.DrawFn, table: sa.Table, names: list[str], dialect_name: str) -> None:
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    where = draw(st.sampled_from([None, "id > 3"]))
    options = {}
    if where is not None:
        options = {"postgresql_where": sa.text(where), "sqlite_where": sa.text(where)}
    if dialect_name == "postgresql":
        options |= draw(st.sampled_from(INDEX_OPTIONS))
    elements = [table.c[n] for n in chosen]
    if "id" not in chosen[1:] and draw(st.booleans()):
        elements[0] = table.c.id.desc()
    sa.Index(f"ix_{table.name}", *elements, unique=draw(st.booleans()), **options)


def add_foreign_keys(
    draw: st.DrawFn, result: sa.MetaData, table: sa.Table, dialect_name: str
) -> None:
    if not draw(st.booleans()):
        return
    target = draw(st.sampled_from(sorted(result.tables)))
    action = draw(st.sampled_from([None, "CASCADE", "SET NULL", "NO ACTION"]))
    late = dialect_name != "mysql" and draw(st.booleans())
    options: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"} if late else {}
    table.append_column(sa.Column("ref_id", sa.Integer))
    table.append_constraint(
        sa.ForeignKeyConstraint(
            ["ref_id"],
            [result.tables[target].c.id],
            ondelete=action,
            name=f"fk_{table.name}_ref",
            **options,
        )
    )


def same_twice(result: sa.MetaData) -> sa.MetaData:
    """An equal MetaData made of other objects."""
    copy = sa.MetaData()
    for table in result.tables.values():
        table.to_metadata(copy)
    return copy
