"""What stands beside tables: types, sequences, schemas and extensions, made and dropped.

Nothing is what most databases have of these; a dialect says what it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateSchema, CreateSequence, DropSchema, DropSequence

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Executable


class BesideTables:
    """The statements for objects that belong to no table."""

    engine: Any
    ddl: Any

    def qualified(self, table: str, schema: str | None) -> str:
        raise NotImplementedError

    enum_types = False
    """Enumerated types are objects of their own."""

    domain_types = False
    """Domains are there, and compared."""

    compared_sequences = False
    """Sequences that no column owns are read and compared."""

    compared_schemas = False
    """Schemas that models need and the database lacks are created."""

    # -- types ------------------------------------------------------------------------------

    def create_enum(self, name: str, values: Sequence[str], schema: str | None) -> Iterator[str]:
        """An enumerated type, unless it is there; nothing where types are no objects."""
        return iter(())

    def drop_enum(self, name: str, schema: str | None) -> Iterator[str]:
        return iter(())

    def add_enum_value(
        self, name: str, value: str, schema: str | None, place: str, *, if_not_exists: bool = False
    ) -> Iterator[str]:
        """One more value of an enumerated type; `place` is '', or BEFORE or AFTER another."""
        return iter(())

    def rename_enum_value(self, name: str, old: str, new: str, schema: str | None) -> Iterator[str]:
        return iter(())

    def change_enum_values(
        self,
        name: str,
        values: Sequence[str],
        schema: str | None,
        mapping: Mapping[str, str | None],
    ) -> Iterator[str]:
        """Other values of an enumerated type, or another order; `mapping` says what becomes of
        values that are to go."""
        return iter(())

    def create_domain(self, domain: Any) -> Iterator[str | Executable]:
        return iter(())

    def stored_domains(
        self, connection: Connection, domains: Sequence[Any]
    ) -> list[Mapping[str, Any] | None]:
        """What the server would store of each domain, None where it cannot be asked."""
        return [None for _ in domains]

    def drop_domain(self, name: str, schema: str | None) -> Iterator[str]:
        return iter(())

    def change_domain_type(self, name: str, schema: str | None, type_: Any) -> Iterator[str]:
        return iter(())

    def alter_domain(
        self, name: str, schema: str | None, changes: Mapping[str, Any]
    ) -> Iterator[str]:
        """`changes`: default (SQL or None), not_null, drop_checks (names), add_checks (pairs)."""
        return iter(())

    # -- sequences, schemas, extensions ------------------------------------------------------

    def has_sequences(self) -> bool:
        """Whether the database, or its newest version where none is asked, has sequences."""
        return bool(self.engine.supports_sequences)

    def create_sequence(
        self, sequence: sa.Sequence, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        """A sequence; nothing where databases have none."""
        if self.has_sequences():
            yield CreateSequence(sequence, if_not_exists=if_not_exists)

    def drop_sequence(
        self, sequence: sa.Sequence, *, if_exists: bool = False
    ) -> Iterator[str | Executable]:
        if self.has_sequences():
            yield DropSequence(sequence, if_exists=if_exists)

    def alter_sequence(
        self, name: str, schema: str | None, options: Mapping[str, Any]
    ) -> Iterator[str]:
        """Other options of a sequence, by the names of `sa.Sequence`'s arguments."""
        clauses = self.ddl.get_identity_options(sa.Sequence(name, **options))
        if self.has_sequences() and clauses:
            yield f"ALTER SEQUENCE {self.qualified(name, schema)} {clauses}"

    def sequence_options(self, sequence: Any) -> Mapping[str, Any]:
        """All options of a sequence, declared or read, with what the server takes by itself."""
        return {}

    def create_schema(
        self, name: str, *, if_not_exists: bool = False
    ) -> Iterator[str | Executable]:
        """A schema; nothing where a database has but one."""
        yield CreateSchema(name, if_not_exists=if_not_exists)

    def drop_schema(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str | Executable]:
        yield DropSchema(name, if_exists=if_exists, cascade=cascade)

    def create_extension(
        self,
        name: str,
        schema: str | None,
        version: str | None,
        *,
        if_not_exists: bool = False,
        cascade: bool = False,
    ) -> Iterator[str]:
        """An extension of the server; nothing where servers have none."""
        return iter(())

    def drop_extension(
        self, name: str, *, if_exists: bool = False, cascade: bool = False
    ) -> Iterator[str]:
        return iter(())
