"""What a dialect reads: SQLAlchemy's own reflection dictionaries, gathered by table and schema."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.types import UserDefinedType

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import (
        ReflectedCheckConstraint,
        ReflectedColumn,
        ReflectedForeignKeyConstraint,
        ReflectedIndex,
        ReflectedPrimaryKeyConstraint,
        ReflectedUniqueConstraint,
    )


@dataclass(frozen=True, slots=True)
class ReflectedTable:
    """One table as the database's catalogue describes it; `schema` None is the default one."""

    schema: str | None
    name: str
    columns: list[ReflectedColumn]
    primary_key: ReflectedPrimaryKeyConstraint | None = None
    uniques: list[ReflectedUniqueConstraint] = field(default_factory=list)
    checks: list[ReflectedCheckConstraint] = field(default_factory=list)
    foreign_keys: list[ReflectedForeignKeyConstraint] = field(default_factory=list)
    excludes: list[dict[str, Any]] = field(default_factory=list)
    indexes: list[ReflectedIndex] = field(default_factory=list)
    comment: str | None = None
    constraint_comments: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReflectedSchema:
    """One schema as the database's catalogue describes it; `name` None is the default one.

    Beside its tables: its sequences that no column owns, each as the arguments of `sa.Sequence`;
    the values of its enumerated types by name; and its domains, each as the arguments of
    PostgreSQL's `DOMAIN`. `users` are, by their names, the tables of other schemas that need them,
    None for anything else; `used_elsewhere` are those that something needs which was not read.
    `exists` says whether the schema is there at all.
    """

    name: str | None
    tables: list[ReflectedTable]
    sequences: dict[str, dict[str, Any]] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    domains: dict[str, dict[str, Any]] = field(default_factory=dict)
    exists: bool = True
    users: dict[str, set[tuple[str | None, str] | None]] = field(default_factory=dict)
    used_elsewhere: frozenset[str] = frozenset()

    def beside(self, read: Container[tuple[str | None, str]]) -> ReflectedSchema:
        """The same, knowing what is used by something that is none of the tables `read`."""
        used = [
            n for n, users in self.users.items() if any(u is None or u not in read for u in users)
        ]
        return replace(self, used_elsewhere=frozenset(used))


class NamedType(UserDefinedType[Any]):
    """A type that SQLAlchemy has no class for, spelled as the database spells it."""

    cache_ok: bool | None = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **_: Any) -> str:
        return self.spelling
