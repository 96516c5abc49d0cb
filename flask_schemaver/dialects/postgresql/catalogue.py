"""Reading PostgreSQL's catalogue: all tables of a schema, and what stands beside them.

Six questions, however many tables there are; no name is looked up twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy.dialects import postgresql

from ..index_text import split_commas
from ..reflected import ReflectedSchema, ReflectedTable
from . import queries
from .names import catalogue_spelling, type_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine import Dialect as EngineDialect
    from sqlalchemy.types import TypeEngine

    from ..base import TableKey

ACTIONS: Final[Mapping[str, str | None]] = {
    "a": None,
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}
MATCHES: Final = {"f": "FULL", "p": "PARTIAL"}


class OwnType(NamedTuple):
    """An enumerated type or a domain of the database, or another type that is not the server's."""

    oid: int
    schema: str
    name: str
    sort: str
    labels: tuple[str, ...]
    domain: dict[str, Any]
    own: bool


class Catalogue:
    """One reading of a database's catalogue; the types are looked up once for all schemas."""

    def __init__(self, connection: Connection, engine_dialect: EngineDialect) -> None:
        self._connection = connection
        self._engine: Any = engine_dialect
        self._version = int((self._engine.server_version_info or (15,))[0])
        self._default_schema = self._engine.default_schema_name
        self.types: list[OwnType]
        self.types, self._by_oid = self._read_types()
        self._made: dict[tuple[str, int | None, str | None], TypeEngine[Any]] = {}

    # -- schemas ----------------------------------------------------------------------------

    def schema(
        self, schema: str | None, wanted: Callable[[str], bool] = lambda name: True
    ) -> ReflectedSchema:
        """One schema, its tables that are wanted, and what stands beside them."""
        parameters = {"schema": schema}
        exists = bool(self._connection.scalar(queries.HAS_SCHEMA, parameters))
        rows = self._connection.execute(queries.tables(queries.IN_SCHEMA), parameters).all()
        rows = [row for row in rows if wanted(row.relname)]
        found = self._connection.execute(queries.sequences(queries.IN_SCHEMA), parameters).all()
        tables = self._tables(list(rows), schema, found)
        free = {row.oid: row for row in found if row.deptype is None}
        name = schema or self._default_schema
        types = [t for t in self.types if t.own and t.schema == name]
        names = {oid: row.relname for oid, row in free.items()} | {t.oid: t.name for t in types}
        return ReflectedSchema(
            schema,
            tables,
            sequences={row.relname: _sequence(row) for row in free.values()},
            enums={t.name: t.labels for t in types if t.sort == "e"},
            domains={t.name: t.domain for t in types if t.sort == "d"},
            exists=exists,
            users=self._others_uses(names, [row.oid for row in rows]),
        )

    def scratch(self) -> list[ReflectedTable]:
        """The temporary tables of this session, as tables of no schema."""
        rows = self._connection.execute(queries.tables(queries.IN_SCRATCH)).all()
        found = self._connection.execute(queries.sequences(queries.IN_SCRATCH)).all()
        return self._tables(list(rows), None, found)

    def _others_uses(
        self, names: dict[int, str], tables: list[int]
    ) -> dict[str, set[TableKey | None]]:
        """By name, the types and sequences that something uses which is none of these tables."""
        found: dict[str, set[TableKey | None]] = {}
        if names:
            parameters = {"objects": list(names), "oids": tables}
            for oid, schema, table in self._connection.execute(queries.others_uses, parameters):
                place = None if schema == self._default_schema else schema
                found.setdefault(names[oid], set()).add(table and (place, table))
        return found

    # -- types ------------------------------------------------------------------------------

    def _read_types(self) -> tuple[list[OwnType], dict[int, OwnType]]:
        found: list[OwnType] = []
        by_oid: dict[int, OwnType] = {}
        bases: dict[int, int] = {}
        for row in self._connection.execute(queries.types):
            domain = _domain(row) if row.typtype == "d" else {}
            labels = tuple(row.labels or ())
            type_ = OwnType(row.oid, row.nspname, row.typname, row.typtype, labels, domain, row.own)
            found.append(type_)
            by_oid[row.oid] = type_
            bases[row.oid] = row.typbasetype
            if row.typarray:
                by_oid[row.typarray] = type_
        self._by_oid = by_oid
        self._made = {}
        for type_ in found:
            if type_.sort == "d":
                base, collation = type_.domain["data_type"], type_.domain["collation"]
                spelled = f"{base} COLLATE {collation}" if collation else base
                type_.domain["data_type"] = self.type(spelled, bases[type_.oid])
                type_.domain["type_text"] = self.spelling(spelled, bases[type_.oid])
        return found, by_oid

    def spelling(self, spelled: str, oid: int) -> str:
        """What `format_type` wrote; a type of another schema is named with it in any case."""
        own = self._by_oid.get(oid)
        if own is None or not own.own or own.sort not in "ed":
            return spelled
        quote = self._engine.identifier_preparer.quote
        name = quote(own.name)
        if own.schema != self._default_schema:
            name = f"{quote(own.schema)}.{name}"
        return f"{name}[]" if spelled.endswith("[]") else name

    def type(self, spelled: str, oid: int) -> TypeEngine[Any]:
        """The SQLAlchemy type of a column, made once for all that share it."""
        own = self._by_oid.get(oid)
        key = (spelled, oid if own is not None else None, None)
        made = self._made.get(key)
        if made is None:
            named = None if own is None else self._named_type(own)
            made = self._made[key] = type_of(spelled, self._engine.ischema_names, named)
        return made

    def _named_type(self, own: OwnType) -> TypeEngine[Any] | None:
        schema = None if own.schema == self._default_schema else own.schema
        if own.sort == "e":
            return postgresql.ENUM(*own.labels, name=own.name, schema=schema)
        if own.sort == "d":
            domain = {k: v for k, v in own.domain.items() if k not in ("checks", "type_text")}
            check = next(iter(own.domain["checks"].items()), (None, None))
            return postgresql.DOMAIN(
                own.name,
                domain.pop("data_type"),
                schema=schema,
                constraint_name=check[0],
                check=check[1],
                create_type=False,
                **domain,
            )
        return None

    # -- tables -----------------------------------------------------------------------------

    def _tables(
        self, rows: list[Any], schema: str | None, sequences: Iterable[Any]
    ) -> list[ReflectedTable]:
        oids = {"oids": [row.oid for row in rows]}
        if not rows:
            return []
        columns, names = self._columns(oids, sequences)
        constraints = self._constraints(oids, names)
        indexes = self._indexes(oids)
        return [
            ReflectedTable(
                schema,
                row.relname,
                columns[row.oid],
                comment=row.comment,
                options=options_of(row),
                prefixes=("UNLOGGED",) if row.relpersistence == "u" else (),
                indexes=indexes.get(row.oid, []),
                **constraints[row.oid],
            )
            for row in rows
        ]

    def _columns(
        self, oids: dict[str, Any], sequences: Iterable[Any]
    ) -> tuple[dict[int, list[Any]], dict[tuple[int, int], str]]:
        """The columns of each table, and their names by table and number."""
        owned = {(s.refobjid, s.refobjsubid): s for s in sequences if s.deptype is not None}
        columns: defaultdict[int, list[Any]] = defaultdict(list)
        names: dict[tuple[int, int], str] = {}
        for (
            table,
            number,
            name,
            type_,
            type_oid,
            not_null,
            default,
            identity,
            generated,
            collation,
            collation_schema,
            comment,
        ) in self._connection.execute(queries.columns(self._version), oids).all():
            names[table, number] = name
            spelled = type_
            if collation is not None:
                prefix = f'"{collation_schema}".' if collation_schema else ""
                spelled = f"{type_} COLLATE {prefix}{collation}"
            column = {
                "name": name,
                "type": self.type(spelled, type_oid),
                "type_text": self.spelling(spelled, type_oid),
                "nullable": not not_null,
                "default": default,
                "autoincrement": False,
                "comment": comment,
            }
            filled(column, generated, identity, owned.get((table, number)))
            columns[table].append(column)
        return columns, names

    def _indexes(self, oids: dict[str, Any]) -> dict[int, list[Any]]:
        found: defaultdict[int, list[Any]] = defaultdict(list)
        rows = self._connection.execute(queries.indexes, oids).all()
        for table, name, unique, definition, tablespace in rows:
            index = {"name": name, "unique": unique, "column_names": [], "definition": definition}
            if tablespace is not None:
                index["tablespace"] = tablespace
            found[table].append(index)
        return found

    def _constraints(
        self, oids: dict[str, Any], names: Mapping[tuple[int, int], str]
    ) -> defaultdict[int, dict[str, Any]]:
        found: defaultdict[int, dict[str, Any]] = defaultdict(_no_constraints)
        for row in self._connection.execute(queries.constraints(self._version), oids).all():
            table, sort = found[row.conrelid], row.contype
            # A column that comes from a parent table is not read, nor is its number known.
            columns = [names.get((row.conrelid, n), "?") for n in row.conkey or ()]
            if row.comment is not None:
                table["constraint_comments"][row.conname] = row.comment
            if sort == "c":
                table["checks"].append(
                    {"name": row.conname, "sqltext": row.text, "columns": columns}
                )
            elif sort == "f":
                table["foreign_keys"].append(self._foreign_key(row, columns, names))
            elif sort == "u":
                table["uniques"].append(
                    {
                        "name": row.conname,
                        "column_names": columns,
                        "dialect_options": _key_options(row),
                    }
                )
            elif sort == "p":
                table["primary_key"] = {
                    "name": row.conname,
                    "constrained_columns": columns,
                    "dialect_options": _key_options(row),
                }
            else:
                table["excludes"].append(
                    {
                        "name": row.conname,
                        "definition": row.text,
                        "columns": columns,
                        "parts": exclude_parts(row.text),
                    }
                )
        return found

    def _foreign_key(
        self, row: Any, columns: list[str], names: Mapping[tuple[int, int], str]
    ) -> dict[str, Any]:
        on_delete = ACTIONS[row.on_delete]
        if row.set_columns:
            quote = self._engine.identifier_preparer.quote
            chosen = ", ".join(quote(names[row.conrelid, n]) for n in row.set_columns)
            on_delete = f"{on_delete} ({chosen})"
        schema = row.referred_schema
        return {
            "name": row.conname,
            "constrained_columns": columns,
            "referred_schema": None if schema == self._default_schema else schema,
            "referred_table": row.referred,
            "referred_columns": list(row.referred_columns),
            "options": {
                "onupdate": ACTIONS[row.on_update],
                "ondelete": on_delete,
                "deferrable": row.condeferrable,
                "initially": "DEFERRED" if row.condeferred else None,
                "match": MATCHES.get(row.match),
            },
        }


def _no_constraints() -> dict[str, Any]:
    return {
        "uniques": [],
        "checks": [],
        "foreign_keys": [],
        "excludes": [],
        "constraint_comments": {},
    }


def _key_options(row: Any) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if row.condeferrable:
        options |= {"deferrable": True, "initially": "DEFERRED" if row.condeferred else None}
    if row.include:
        options["postgresql_include"] = list(row.include)
    if row.nulls_not_distinct:
        options["postgresql_nulls_not_distinct"] = True
    return options


def filled(column: dict[str, Any], generated: str, identity: str, sequence: Any) -> None:
    """Note how the server fills a column by itself: as a computed, an identity or a serial one.

    `sequence` is the row of the sequence that belongs to the column.
    """
    default = column["default"]
    if generated:
        column["default"] = None
        column["computed"] = {"sqltext": default, "persisted": generated == "s"}
    elif sequence is not None and (identity or (default is not None and "nextval(" in default)):
        _counted(column, identity, sequence)


def _counted(column: dict[str, Any], identity: str, sequence: Any) -> None:
    """Note how a column counts: as an identity, or as a serial one, by a sequence of its own."""
    column["autoincrement"] = True
    if identity:
        options = _sequence(sequence)
        options.pop("data_type")
        column["identity"] = {"always": identity == "a", **options}
        column["default"] = None
    else:
        column["serial"] = sequence.type


def _sequence(row: Any) -> dict[str, Any]:
    """The options of a sequence as arguments of `sa.Sequence`, all of them."""
    return {
        "data_type": type_of(row.type, {}) if row.type not in _INTEGERS else _INTEGERS[row.type](),
        "start": row.seqstart,
        "increment": row.seqincrement,
        "minvalue": row.seqmin,
        "maxvalue": row.seqmax,
        "cache": row.seqcache,
        "cycle": row.seqcycle,
    }


_INTEGERS: dict[str, type[Any]] = {
    "smallint": postgresql.SMALLINT,
    "integer": postgresql.INTEGER,
    "bigint": postgresql.BIGINT,
}


def _domain(row: Any) -> dict[str, Any]:
    """A domain as arguments of `DOMAIN`; `checks` are all its constraints by name."""
    return {
        "data_type": catalogue_spelling(row.base),
        "collation": row.collation,
        "default": row.typdefault,
        "not_null": row.typnotnull,
        "checks": dict(row.checks or ()),
    }


def options_of(row: Any) -> dict[str, Any]:
    """The options of a table as arguments of `sa.Table`."""
    options: dict[str, Any] = {}
    if row.reloptions:
        options["postgresql_with"] = dict(o.partition("=")[::2] for o in row.reloptions)
    if row.partition_by:
        options["postgresql_partition_by"] = row.partition_by
    if row.spcname:
        options["postgresql_tablespace"] = row.spcname
    if row.access_method:
        options["postgresql_using"] = row.access_method
    if row.inherits:
        options["postgresql_inherits"] = [_unquoted(name) for name in row.inherits]
    return options


def _unquoted(name: str) -> str:
    if re.fullmatch(r'"(?:[^"]|"")*"', name):
        return name[1:-1].replace('""', '"')
    return name


def exclude_parts(definition: str) -> dict[str, Any]:
    """An EXCLUDE as the catalogue writes it, taken apart: method, elements, WHERE and the rest."""
    match = _EXCLUDE.match(definition)
    if match is None:
        return {"elements": []}
    inside, rest = _enclosed(definition[match.end() - 1 :])
    where = None
    if found := re.match(r"\s*WHERE\s*(?=\()", rest):
        where, rest = _enclosed(rest[found.end() :])
    elements = []
    for element in split_commas(inside):
        what, _, sign = element.rpartition(" WITH ")
        elements.append((what, sign))
    return {
        "using": match[1],
        "elements": elements,
        "where": where,
        "deferrable": " DEFERRABLE" in rest or None,
        "initially": "DEFERRED" if "INITIALLY DEFERRED" in rest else None,
    }


_EXCLUDE = re.compile(r"EXCLUDE USING (\w+) ?\(")


def _enclosed(text: str) -> tuple[str, str]:
    """What the parenthesis at the start encloses, and what follows it."""
    depth, quote = 0, ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                return text[1:place], text[place + 1 :]
    return text[1:], ""
