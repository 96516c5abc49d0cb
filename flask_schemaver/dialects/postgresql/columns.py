"""Changes of a column on PostgreSQL: its type, and how the server fills it by itself.

https://www.postgresql.org/docs/current/sql-altertable.html: identity since 10, DROP EXPRESSION
since 13, SET EXPRESSION since 17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from ..base import UNCHANGED, ColumnChange, default_clause
from .enums import NamedTypes
from .names import given_object_name
from .types import arithmetic, conversion, same_family

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import ReflectedColumn
    from sqlalchemy.sql import Executable
    from sqlalchemy.types import TypeEngine

BOUNDS: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
SERIALS: Final = {"smallint": "SMALLSERIAL", "integer": "SERIAL", "bigint": "BIGSERIAL"}
IDENTITY_WORDS: Final = {
    "start": "START WITH",
    "increment": "INCREMENT BY",
    "minvalue": "MINVALUE",
    "maxvalue": "MAXVALUE",
    "cache": "CACHE",
}


def counter_options(given: Any, type_name: str) -> dict[str, Any]:
    """All options of a sequence, or an identity, with what the server takes where none is given.

    https://www.postgresql.org/docs/current/sql-createsequence.html
    """
    options: Mapping[str, Any] = given if isinstance(given, Mapping) else vars(given)
    read: Callable[[str], Any] = options.get
    largest = BOUNDS.get(type_name, BOUNDS["bigint"])
    step = 1 if read("increment") is None else int(read("increment"))
    low, high = (1, largest) if step > 0 else (-largest - 1, -1)
    if read("minvalue") is not None:
        low = int(read("minvalue"))
    if read("maxvalue") is not None:
        high = int(read("maxvalue"))
    start = read("start")
    return {
        "start": (low if step > 0 else high) if start is None else int(start),
        "increment": step,
        "minvalue": low,
        "maxvalue": high,
        "cache": int(read("cache") or 1),
        "cycle": bool(read("cycle")),
    }


def counter_clauses(options: Mapping[str, Any]) -> list[str]:
    """Options as ALTER SEQUENCE says them."""
    words = {"data_type": "AS", **IDENTITY_WORDS}
    clauses = [f"{words[name]} {value}" for name, value in options.items() if name in words]
    if "cycle" in options:
        clauses.append("CYCLE" if options["cycle"] else "NO CYCLE")
    return clauses


def counting_within(name: str, bounds: Mapping[str, Any], clauses: str) -> str:
    """Change a sequence, whose `name` is SQL; one that is outside its new bounds begins anew."""
    low, high, start = bounds["minvalue"], bounds["maxvalue"], bounds["start"]
    return (
        f"DO $schemaver$ DECLARE name text := {name}; place bigint; again text := ''; BEGIN "
        "EXECUTE 'SELECT last_value FROM ' || name INTO place; "
        f"IF place NOT BETWEEN {low} AND {high} THEN again := ' RESTART WITH {start}'; END IF; "
        f"EXECUTE 'ALTER SEQUENCE ' || name || ' {clauses}' || again; END $schemaver$"
    )


class Columns(NamedTypes):
    """The statements that change a column."""

    def declared_counting(self, column: sa.Column[Any]) -> bool:
        """Whether CREATE TABLE makes the column a serial one."""
        if not column.primary_key or column.identity is not None:
            return False
        if column is not column.table._autoincrement_column:
            return False
        default = column.default
        optional = isinstance(default, sa.Sequence) and default.optional
        return column.server_default is None and (default is None or optional)

    def reflected_counting(self, found: ReflectedColumn) -> bool:
        return "serial" in found

    def identity_options(self, identity: Any, type_: TypeEngine[Any]) -> Mapping[str, Any] | None:
        options = counter_options(identity, self.compared_type(type_))
        read = identity.get if isinstance(identity, Mapping) else vars(identity).get
        return {"always": bool(read("always")), **options}

    def column_specification(self, column: sa.Column[Any]) -> str:
        text = super().column_specification(column)
        if column.autoincrement is not True or column.primary_key:
            return text
        # ADD COLUMN of a serial column: its key is added afterwards.
        serial = SERIALS.get(self.compared_type(column.type))
        if serial is None or column.identity is not None or column.server_default is not None:
            return text
        start = self.preparer.format_column(column) + " "
        return start + serial + text.removeprefix(start + self.type_spelling(column.type))

    def disturbs_keys(self, old: TypeEngine[Any] | None, new: TypeEngine[Any] | None) -> bool:
        return old is not None and new is not None and not same_family(old, new)

    def rewrites_expressions(self, old: TypeEngine[Any] | None, new: TypeEngine[Any]) -> bool:
        """A CHECK on a number keeps the casts of the type that it was made with.

        https://www.postgresql.org/docs/current/sql-altertable.html: constraints on the column are
        "reparsed", and what is reparsed has its casts written out.
        """
        return old is not None and arithmetic(old) != arithmetic(new)

    def keeps_generated(self, old: Any, new: Any) -> bool:
        """Whether ALTER COLUMN leads from one way to fill a column to the other."""
        if isinstance(new, sa.Computed):
            return isinstance(old, sa.Computed) and self._version() >= (17,)
        return not isinstance(old, sa.Computed) or self._version() >= (13,)

    def _type_name(self, type_: TypeEngine[Any]) -> str:
        """A type without its lengths: within one, a default need not be read again."""
        return self.compared_type(type_).partition("(")[0]

    def _version(self) -> tuple[int, ...]:
        return tuple(getattr(self.engine, "server_version_info", None) or (15,))

    def alter_column(
        self, table: str, schema: str | None, column: str, change: ColumnChange
    ) -> Iterator[str | Executable]:
        start = f"ALTER TABLE {self.qualified(table, schema)} "
        name = self.quote(column)
        place = (table, schema, column)
        if change.existing_autoincrement and change.autoincrement is False:
            yield from self._end_serial(start, place)
        if change.generated is not UNCHANGED:
            yield from self._end_generated(start, name, change)
        if change.type_ is not None:
            yield from self.alter_type(start, name, change)
            if change.existing_autoincrement and change.autoincrement is None:
                yield self._serial_type(place, change.type_)
        yield from self._alter_values(f"{start}ALTER COLUMN {name} ", change)
        if change.generated is not UNCHANGED:
            yield from self._begin_generated(start, name, place, change)
        if change.autoincrement and not change.existing_autoincrement:
            yield from self._begin_serial(place, change.type_ or change.existing_type)
        if change.comment is not UNCHANGED:
            yield from self.comment_column(table, schema, column, change.comment)
        if change.new_name is not None:
            yield f"{start}RENAME COLUMN {name} TO {self.quote(change.new_name)}"

    def _alter_values(self, start: str, change: ColumnChange) -> Iterator[str]:
        if change.nullable is not None:
            yield f"{start}{'DROP' if change.nullable else 'SET'} NOT NULL"
        if change.default is not UNCHANGED:
            yield f"{start}{default_clause(change.default)}"

    def alter_type(self, start: str, name: str, change: ColumnChange) -> Iterator[str | Executable]:
        assert change.type_ is not None
        yield from self.prepare_type(change.type_)
        spelled = self.type_spelling(change.type_)
        using = change.using or conversion(name, change.existing_type, change.type_, spelled)
        # A default of the old type need not have a cast to the new one, and one of an enumerated
        # type would keep that from being dropped.
        known = change.existing_default is not UNCHANGED
        before = change.existing_type
        converted = using is not None or (
            before is not None and self._type_name(before) != self._type_name(change.type_)
        )
        default = change.existing_default if known and converted else None
        if default is not None:
            yield f"{start}ALTER COLUMN {name} DROP DEFAULT"
        clause = f" USING {using}" if using is not None else ""
        yield f"{start}ALTER COLUMN {name} TYPE {spelled}{clause}"
        if default is not None and change.default is UNCHANGED:
            yield f"{start}ALTER COLUMN {name} SET DEFAULT {default}"

    # -- identity and computed columns ------------------------------------------------------

    def _end_generated(self, start: str, name: str, change: ColumnChange) -> Iterator[str]:
        old, new = change.existing_generated, change.generated
        if isinstance(old, sa.Computed) and not isinstance(new, sa.Computed):
            yield f"{start}ALTER COLUMN {name} DROP EXPRESSION"
        elif isinstance(old, sa.Identity) and not isinstance(new, sa.Identity):
            yield f"{start}ALTER COLUMN {name} DROP IDENTITY"
        default = change.existing_default
        if old is None and isinstance(new, sa.Identity) and default not in (None, UNCHANGED):
            yield f"{start}ALTER COLUMN {name} DROP DEFAULT"

    def _begin_generated(
        self, start: str, name: str, place: tuple[str, str | None, str], change: ColumnChange
    ) -> Iterator[str | Executable]:
        old, new = change.existing_generated, change.generated
        start = f"{start}ALTER COLUMN {name} "
        if isinstance(new, sa.Computed):
            version = getattr(self.engine, "server_version_info", None) or (17,)
            if not isinstance(old, sa.Computed) or version < (17,):
                yield from super().alter_generated(start, name, change)
            yield f"{start}SET EXPRESSION AS ({self.expression_spelling(new.sqltext)})"
        elif isinstance(new, sa.Identity):
            if isinstance(old, sa.Identity):
                type_ = change.type_ or change.existing_type
                yield from self._change_identity(start, place, old, new, type_)
            else:
                yield f"{start}ADD {self.ddl.process(new)}"
                type_ = change.type_ or change.existing_type
                type_name = "bigint" if type_ is None else self.compared_type(type_)
                least = counter_options(new, type_name)["minvalue"]
                yield self._counter_beyond_rows(place, least)

    def _change_identity(
        self,
        start: str,
        place: tuple[str, str | None, str],
        old: sa.Identity,
        new: sa.Identity,
        type_: TypeEngine[Any] | None,
    ) -> Iterator[str]:
        if bool(old.always) != bool(new.always):
            yield f"{start}SET GENERATED {'ALWAYS' if new.always else 'BY DEFAULT'}"
        type_name = "bigint" if type_ is None else self.compared_type(type_)
        before, after = counter_options(old, type_name), counter_options(new, type_name)
        changed = {n: v for n, v in after.items() if before[n] != v}
        if {"minvalue", "maxvalue"} & set(changed):
            clauses = " ".join(counter_clauses(changed))
            yield counting_within(self._sequence_of(place), after, clauses)
        elif changed:
            yield start + " ".join(f"SET {clause}" for clause in counter_clauses(changed))

    # -- serial columns ---------------------------------------------------------------------

    def _sequence_of(self, place: tuple[str, str | None, str]) -> str:
        table, schema, column = place
        owner = self.literal(self.qualified(table, schema))
        return f"pg_get_serial_sequence({owner}, {self.literal(column)})"

    def _counter_beyond_rows(self, place: tuple[str, str | None, str], least: int = 1) -> str:
        """The counter goes on behind the rows; `least` is what it can begin with."""
        table, schema, column = place
        name = self.quote(column)
        return (
            f"SELECT setval({self._sequence_of(place)}, max({name})) "
            f"FROM {self.qualified(table, schema)} HAVING max({name}) >= {least}"
        )

    def _begin_serial(
        self, place: tuple[str, str | None, str], type_: TypeEngine[Any] | None
    ) -> Iterator[str]:
        table, schema, column = place
        name, owner = self.quote(column), self.qualified(table, schema)
        sequence = self.qualified(given_object_name(table, [column], "seq"), schema)
        kind = "integer" if type_ is None else self.compared_type(type_)
        yield f"CREATE SEQUENCE {sequence} AS {kind if kind in BOUNDS else 'integer'}"
        yield f"ALTER SEQUENCE {sequence} OWNED BY {owner}.{name}"
        default = f"nextval({self.literal(sequence)}::regclass)"
        yield f"ALTER TABLE {owner} ALTER COLUMN {name} SET DEFAULT {default}"
        yield self._counter_beyond_rows(place)

    def _end_serial(self, start: str, place: tuple[str, str | None, str]) -> Iterator[str]:
        drop = f"{start}ALTER COLUMN {self.quote(place[2])} DROP DEFAULT"
        yield self._with_sequence(
            place, f"EXECUTE {self.literal(drop)}; EXECUTE 'DROP SEQUENCE ' || name;"
        )

    def _serial_type(self, place: tuple[str, str | None, str], type_: TypeEngine[Any]) -> str:
        ending = self.literal(f" AS {self.compared_type(type_)}")
        return self._with_sequence(place, f"EXECUTE 'ALTER SEQUENCE ' || name || {ending};")

    def _with_sequence(self, place: tuple[str, str | None, str], body: str) -> str:
        """Statements about the sequence of a serial column, whatever its `name` is."""
        return (
            f"DO $schemaver$ DECLARE name text := {self._sequence_of(place)}; "
            f"BEGIN IF name IS NOT NULL THEN {body} END IF; END $schemaver$"
        )
