"""PostgreSQL's scratch space: what it would store, asked of it and taken back.

Temporary tables under the names of the declared ones, in a savepoint that is rolled back; types
that the tables need and the database lacks, or has otherwise, are made for that long as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateSequence, CreateTable

from ..reflected import ReflectedTable
from .catalogue import Catalogue, OwnType

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .dialect import PostgreSQLDialect

KEPT_OPTIONS: Final = ("postgresql_inherits", "postgresql_tablespace")
"""Options that a temporary table does not have, or should not ask the server for."""


def stored_tables(
    connection: Connection, tables: Sequence[sa.Table], dialect: PostgreSQLDialect
) -> list[ReflectedTable]:
    """The tables as the server would store them; raises what it raises if it cannot."""
    if not tables:
        return []
    with scratch_space(connection):
        prepare_types(connection, [t for table in tables for t in named_types(table)], dialect)
        prepare_sequences(connection, tables)
        for table in tables:
            copy = scratch_copy(table)
            connection.execute(CreateTable(copy))
            for index in copy.indexes:
                connection.execute(CreateIndex(index))
        stored = Catalogue(connection, dialect.engine).scratch()
    by_name = {table.name: table for table in stored}
    return [_under_its_own_name(by_name[table.name], table, dialect) for table in tables]


def stored_domains(
    connection: Connection, domains: Sequence[Any], dialect: PostgreSQLDialect
) -> list[Mapping[str, Any] | None]:
    """The domains as the server would store them; raises what it raises if it cannot."""
    default = str(dialect.engine.default_schema_name)
    with scratch_space(connection):
        present = {(t.schema, t.name): t for t in Catalogue(connection, dialect.engine).types}
        for domain in domains:
            found = present.get((domain.schema or default, str(domain.name)))
            if found is not None:
                _put_aside(connection, found, dialect)
        prepare_types(connection, [domain.data_type for domain in domains], dialect)
        for domain in domains:
            for statement in dialect.create_domain(domain):
                _run(connection, statement)
        found_types = Catalogue(connection, dialect.engine).types
    stored = {(t.schema, t.name): t.domain for t in found_types}
    return [stored.get((d.schema or default, str(d.name))) for d in domains]


@contextmanager
def scratch_space(connection: Connection) -> Iterator[None]:
    """A savepoint of which nothing stays."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def _under_its_own_name(
    stored: ReflectedTable, table: sa.Table, dialect: PostgreSQLDialect
) -> ReflectedTable:
    options = dict(stored.options)
    options |= {n: table.dialect_kwargs[n] for n in KEPT_OPTIONS if table.dialect_kwargs.get(n)}
    return replace(
        stored,
        schema=dialect.normal_schema(table.schema),
        options=options,
        prefixes=tuple(getattr(table, "_prefixes", ())),
    )


def named_types(table: sa.Table) -> list[Any]:
    """The types of a table's columns, elements of arrays in their place."""
    return [getattr(column.type, "item_type", column.type) for column in table.columns]


def prepare_sequences(connection: Connection, tables: Sequence[sa.Table]) -> None:
    """Make the sequences that defaults may count by."""
    counted = [t for t in tables if any(_counts(column) for column in t.columns)]
    sequences = {s.name: s for t in counted for s in t.metadata._sequences.values()}
    for sequence in sequences.values():
        connection.execute(CreateSequence(sequence, if_not_exists=True))


def _counts(column: sa.Column[Any]) -> bool:
    argument = getattr(column.server_default, "arg", None)
    if isinstance(argument, sa.sql.functions.next_value):
        return True
    return argument is not None and "nextval" in str(getattr(argument, "text", argument)).lower()


def prepare_types(connection: Connection, types: Sequence[Any], dialect: PostgreSQLDialect) -> None:
    """Make the enumerated types and domains that are not there as they are declared."""
    wanted: dict[tuple[str | None, str], Any] = {}
    for type_ in types:
        native: Any = dialect.native_type(type_)
        name = getattr(native, "name", None)
        if name and (_is_enum(native) or _is_domain(native)):
            wanted[(native.schema, str(name))] = native
            if _is_domain(native):
                prepare_types(connection, [native.data_type], dialect)
    if not wanted:
        return
    present = {(t.schema, t.name): t for t in Catalogue(connection, dialect.engine).types}
    default = str(dialect.engine.default_schema_name)
    schemas = {schema for schema, _ in wanted if schema}
    for missing in schemas - set(sa.inspect(connection).get_schema_names()):
        connection.execute(CreateSchema(missing))
    for (schema, name), type_ in wanted.items():
        found = present.get((schema or default, name))
        if found is not None and (not _is_enum(type_) or found.labels == tuple(type_.enums)):
            continue
        if found is not None:
            _put_aside(connection, found, dialect)
        making = (
            dialect.create_domain(type_)
            if _is_domain(type_)
            else dialect.create_enum(name, type_.enums, schema)
        )
        for statement in making:
            _run(connection, statement)


def _run(connection: Connection, statement: Any) -> None:
    if isinstance(statement, str):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    else:
        connection.execute(statement)


def _put_aside(connection: Connection, found: OwnType, dialect: PostgreSQLDialect) -> None:
    old = dialect.qualified(found.name, found.schema)
    # A CHECK is named by its domain, unless another one in the schema has that name.
    for check in found.domain.get("checks", ()):
        other = dialect.quote(check[:50] + "__other")
        _run(connection, f"ALTER DOMAIN {old} RENAME CONSTRAINT {dialect.quote(check)} TO {other}")
    _run(connection, f"ALTER TYPE {old} RENAME TO {dialect.quote(found.name[:50] + '__other')}")


def _is_enum(type_: Any) -> bool:
    return isinstance(type_, sa.Enum) and type_.native_enum


def _is_domain(type_: Any) -> bool:
    from sqlalchemy.dialects.postgresql import DOMAIN

    return isinstance(type_, DOMAIN)


def scratch_copy(table: sa.Table) -> sa.Table:
    """The table under its own name, so that the server names its parts as it would; no keys
    to other tables, which a temporary table cannot have."""
    named_alike = sa.MetaData(naming_convention=table.metadata.naming_convention)
    copy = table.to_metadata(named_alike, schema=None)  # type: ignore[arg-type]
    _order_as(copy, table)
    for constraint in list(copy.foreign_key_constraints):
        copy.constraints.discard(constraint)
    for column in copy.columns:
        # A copied type may have followed the copied table into another schema.
        column.type = table.c[column.key].type
    prefixes = [p for p in getattr(copy, "_prefixes", ()) if str(p).upper() != "UNLOGGED"]
    copy._prefixes = [*prefixes, "TEMPORARY"]
    for option in KEPT_OPTIONS:
        if copy.dialect_kwargs.get(option):
            copy.dialect_options["postgresql"][option.removeprefix("postgresql_")] = None
    return copy


def _order_as(copy: sa.Table, table: sa.Table) -> None:
    """Put the constraints into the order of the table's own, in which the server names them.

    SQLAlchemy copies them in the order of a set, which is that of the copies' creation.
    """
    originals = [c for c in table.constraints if _is_copied(c)]
    copies = sorted((c for c in copy.constraints if _is_copied(c)), key=_creation)
    places = sorted(map(_creation, copies))
    pairs = zip(originals, copies, strict=False)
    in_order = sorted(pairs, key=lambda pair: _creation(pair[0]))
    for place, (_, copied) in zip(places, in_order, strict=False):
        copied._creation_order = place


def _creation(constraint: sa.Constraint) -> int:
    return constraint._creation_order


def _is_copied(constraint: sa.Constraint) -> bool:
    """Whether it is copied from the set, and not by a column or the type of one."""
    key = isinstance(constraint, sa.PrimaryKeyConstraint)
    return not (key or constraint._type_bound or getattr(constraint, "_column_flag", False))
