"""Whole schemas of MySQL and MariaDB, read from information_schema in a fixed number of queries.

https://mariadb.com/kb/en/information-schema-tables/ and
https://dev.mysql.com/doc/refman/8.4/en/information-schema.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..base import TableKey
from ..reflected import ReflectedSchema
from .facts import (
    ColumnFacts,
    IndexFacts,
    ServerDefaults,
    TableFacts,
    column_of_check,
    create_options,
    reflected_table,
    told_method,
)
from .tokens import quoted_value
from .types import parsed_type, same_charset

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .dialect import MySQLDialect

# Each question names the schema as a constant: the server then looks into no other one.
TABLES = """
    SELECT table_name, engine, table_collation, create_options, table_comment
    FROM information_schema.tables
    WHERE table_schema = %s AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
"""
COLUMNS = """
    SELECT table_name, column_name, column_type, collation_name, is_nullable, column_default,
           extra, generation_expression, column_comment
    FROM information_schema.columns WHERE table_schema = %s
    ORDER BY table_name, ordinal_position
"""
INDEXES = """
    SELECT table_name, index_name, non_unique, column_name, collation, sub_part, index_type
    {more} FROM information_schema.statistics WHERE table_schema = %s
    ORDER BY table_name, index_name, seq_in_index
"""
KEY_COLUMNS = """
    SELECT table_name, constraint_name, column_name, referenced_table_schema,
           referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = %s AND referenced_table_name IS NOT NULL
    ORDER BY table_name, constraint_name, ordinal_position
"""
ACTIONS = """
    SELECT table_name, constraint_name, update_rule, delete_rule, match_option
    FROM information_schema.referential_constraints WHERE constraint_schema = %s
"""
CHECKS_OF_MARIADB = """
    SELECT table_name, constraint_name, check_clause, level = 'Column'
    FROM information_schema.check_constraints WHERE constraint_schema = %s
"""
CHECKS_OF_MYSQL = """
    SELECT t.table_name, c.constraint_name, c.check_clause, 0
    FROM information_schema.check_constraints c
    JOIN information_schema.table_constraints t
      ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
    WHERE c.constraint_schema = %s AND t.table_schema = %s AND t.constraint_type = 'CHECK'
"""
SEQUENCES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = %s AND table_type = 'SEQUENCE'
"""
COLLATIONS = """
    SELECT character_set_name, default_collate_name FROM information_schema.character_sets
"""
DATABASE = """
    SELECT default_collation_name, @@default_storage_engine
    FROM information_schema.schemata WHERE schema_name = %s
"""


UNSAID = "????"
"""A character that the catalogue, in utf8mb3, cannot say inside an expression."""


def read_schema(
    dialect: MySQLDialect,
    connection: Connection,
    schema: str | None,
    wanted: Callable[[TableKey], bool],
) -> ReflectedSchema:
    """The tables of one schema that are `wanted`, and its sequences. Reads only."""
    reader = _Reader(dialect, connection, schema)
    learn(connection, dialect.defaults, schema, reader.database)
    names = reader.tables(wanted)
    if names:
        reader.columns()
        reader.indexes()
        reader.foreign_keys()
        reader.checks()
        reader.unsaid()
    tables = [reflected_table(table, schema, dialect) for table in names.values()]
    return ReflectedSchema(schema, tables, sequences=reader.sequences())


def learn(
    connection: Connection, defaults: ServerDefaults, schema: str | None, database: str
) -> None:
    """Ask what the server, and this database, do where nothing is said."""
    if not defaults.collations:
        for charset, collation in connection.exec_driver_sql(COLLATIONS):
            defaults.collations[same_charset(charset) or ""] = same_charset(collation) or ""
    for collation, engine in connection.exec_driver_sql(DATABASE, (database,)):
        defaults.databases[schema] = same_charset(collation) or ""
        defaults.engine = engine


class _Reader:
    """Fills the facts of the tables of one database, one question a kind."""

    def __init__(self, dialect: MySQLDialect, connection: Connection, schema: str | None) -> None:
        self.dialect = dialect
        self.connection = connection
        self.schema = schema
        self.database = schema or dialect.engine.default_schema_name or ""
        self.found: dict[str, TableFacts] = {}
        self.columns_of: dict[str, dict[str, ColumnFacts]] = {}
        # https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html
        self.mariadb = dialect.keeps_column_checks

    def rows(self, question: str, *more: str) -> Iterable[Any]:
        given = (self.database, *more)
        return self.connection.exec_driver_sql(question, given).all()

    def tables(self, wanted: Callable[[TableKey], bool]) -> dict[str, TableFacts]:
        for stored, engine, collation, options, comment in self.rows(TABLES):
            name = self.dialect.expected(self.schema, stored)
            if wanted((self.schema, name)):
                given = {"ENGINE": engine, **create_options(options)} if engine else {}
                given.pop("PARTITIONED", None)
                own = same_charset(collation)
                self.found[stored] = TableFacts(name, own, comment or None, given)
        return self.found

    def columns(self) -> None:
        for table, *row in self.rows(COLUMNS):
            if table in self.found:
                column = column_facts(*row, mariadb=self.mariadb)
                self.found[table].columns.append(column)
                self.columns_of.setdefault(table, {})[column.name] = column

    def indexes(self) -> None:
        if self.mariadb:
            more = ", NULL" if not self.dialect.ignores_indexes else ", ignored"
            question = INDEXES.replace("{more}", more + ", NULL")
        else:
            question = INDEXES.replace("{more}", ", is_visible, expression")
        for table, *row in self.rows(question):
            facts = self.found.get(table)
            if facts is not None:
                self._index_part(facts, *row)

    def _index_part(
        self,
        table: TableFacts,
        name: str,
        non_unique: int,
        column: str | None,
        order: str | None,
        length: int | None,
        type_: str,
        ignored: str | None,
        expression: str | None,
    ) -> None:
        if name == "PRIMARY":
            table.primary_key.append(str(column))
            return
        index = table.indexes.get(name)
        if index is None:
            kind = type_ if type_ in ("FULLTEXT", "SPATIAL") else "" if non_unique else "UNIQUE"
            index = IndexFacts(name, kind, using=told_method(type_, table.options))
            index.ignored = ignored in ("YES", "NO") and (ignored == "YES") == self.mariadb
            table.indexes[name] = index
        is_expression = column is None
        text = plain_strings(str(expression)) if is_expression else str(column)
        index.parts.append((text, length, order == "D", is_expression))

    def foreign_keys(self) -> None:
        dialect = self.dialect
        keys: dict[tuple[str, str], dict[str, Any]] = {}
        for table, name, column, schema, referred, referred_column in self.rows(KEY_COLUMNS):
            if table not in self.found:
                continue
            key = keys.get((table, name))
            if key is None:
                key = keys[table, name] = {
                    "name": name,
                    "constrained_columns": [],
                    "referred_schema": schema,
                    "referred_table": dialect.expected(dialect.normal_schema(schema), referred),
                    "referred_columns": [],
                    "options": {},
                }
                self.found[table].foreign_keys.append(key)
            key["constrained_columns"].append(column)
            key["referred_columns"].append(referred_column)
        if not keys:
            return
        for table, name, on_update, on_delete, match in self.rows(ACTIONS):
            if (table, name) in keys:
                keys[table, name]["options"] = {
                    "onupdate": on_update,
                    "ondelete": on_delete,
                    "match": match,
                }

    def checks(self) -> None:
        if not self.dialect.reads_checks:
            return
        question, more = CHECKS_OF_MARIADB, ()
        if not self.mariadb:
            question, more = CHECKS_OF_MYSQL, (self.database,)  # type: ignore[assignment]
        for table, name, clause, of_column in self.rows(question, *more):
            if table not in self.found:
                continue
            text = clause if self.mariadb else plain_strings(clause)
            columns = self.columns_of[table]
            owner = column_of_check(name, text, columns) if of_column else None
            column = None if owner is None else columns[owner]
            if column is not None:
                column.check = text
            else:
                self.found[table].checks.append((name, text))

    def unsaid(self) -> None:
        """Ask SHOW CREATE TABLE for the expressions that the catalogue cannot say."""
        from .scratch import shown_facts

        for name, table in self.found.items():
            texts = [text for _, text in table.checks]
            texts += [t for c in table.columns for t in (c.default, c.generated, c.check) if t]
            if any(UNSAID in text for text in texts):
                shown = shown_facts(self.dialect, self.connection, name, self.schema)
                table.checks = shown.checks
                of_name = {column.name: column for column in shown.columns}
                for column in table.columns:
                    column.default = of_name[column.name].default
                    column.generated = of_name[column.name].generated
                    column.check = of_name[column.name].check

    def sequences(self) -> dict[str, dict[str, Any]]:
        """All sequences, in one question however many there are."""
        if not self.dialect.engine.supports_sequences:
            return {}
        names = [name for (name,) in self.rows(SEQUENCES)]
        quote = self.dialect.preparer.quote_identifier
        questions = [
            f"SELECT {quoted_value(name)}, start_value, increment, minimum_value, maximum_value, "
            f"cycle_option, cache_size FROM {quote(self.database)}.{quote(name)}"
            for name in names
        ]
        if not questions:
            return {}
        text = " UNION ALL ".join(questions).replace("%", "%%")
        options = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache")
        found = {}
        for stored, *row in self.connection.exec_driver_sql(text):
            values = dict(zip(options, row, strict=True))
            name = self.dialect.expected(self.schema, stored)
            found[name] = {**values, "cycle": bool(values["cycle"])}
        return found


def column_facts(
    name: str,
    type_text: str,
    collation: str | None,
    nullable: str,
    default: str | None,
    extra: str,
    generated: str | None,
    comment: str,
    *,
    mariadb: bool,
) -> ColumnFacts:
    """What a row of information_schema.columns says."""
    words = extra.upper()
    if not mariadb:
        default = mysql_default(default, type_text, words)
        generated = plain_strings(generated) if generated else None
    on_update = extra[words.index("ON UPDATE") + 10 :].strip() if "ON UPDATE" in words else None
    return ColumnFacts(
        name,
        type_text,
        same_charset(collation),
        nullable == "YES",
        None if default == "NULL" else default,
        on_update,
        generated or None,
        "STORED" in words or "PERSISTENT" in words,
        "AUTO_INCREMENT" in words,
        "INVISIBLE" in words,
        comment or None,
    )


def plain_strings(text: str) -> str:
    r"""MySQL 8 shows expressions with the quotes of their strings escaped: _utf8mb4\'x\'."""
    return text.replace("\\'", "'")


def mysql_default(default: str | None, type_text: str, extra: str) -> str | None:
    """A default as SQL: MySQL shows literals without their quotes, and says what is none."""
    if default is None:
        return None
    if "DEFAULT_GENERATED" in extra:
        return plain_strings(default)
    upper = default.upper()
    name = parsed_type(type_text).name
    if upper.startswith("CURRENT_TIMESTAMP") and name in ("DATETIME", "TIMESTAMP"):
        return default
    if name == "BIT":
        return default
    return quoted_value(default.replace("\\", "\\\\"))
