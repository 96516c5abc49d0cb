"""AutogenContext: what hooks, comparators and renderers are told of the comparison at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..runtime.plugins import Chosen
from .filters import Filters

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect
    from sqlalchemy.engine.reflection import Inspector

    from ..dialects.base import Dialect
    from ..runtime.dispatch import PriorityDispatcher
    from ..runtime.migration import MigrationContext

DEFAULTS: Mapping[str, Any] = {
    "alembic_module_prefix": "op.",
    "sqlalchemy_module_prefix": "sa.",
    "user_module_prefix": None,
    "render_item": None,
    "render_as_batch": False,
    "render_type_decorators": False,
    "include_schemas": False,
    "upgrade_token": "upgrades",
    "downgrade_token": "downgrades",
}
"""What `context.configure` was not told, of what a comparison and its rendering go by."""


class AutogenContext:
    """One comparison: its models and its database, its options and what it has to import."""

    def __init__(
        self,
        migration_context: MigrationContext | None,
        metadata: sa.MetaData | Sequence[sa.MetaData] | None = None,
        opts: Mapping[str, Any] | None = None,
        autogenerate: bool = True,
    ) -> None:
        """`opts` go before those of the migration context. Touches no database."""
        self.migration_context = migration_context
        given = {} if migration_context is None else migration_context.opts
        self.opts: dict[str, Any] = {**DEFAULTS, **_told(given), **(opts or {})}
        self.metadata: sa.MetaData | Sequence[sa.MetaData] | None = (
            self.opts.get("target_metadata") if metadata is None else metadata
        )
        self.autogenerate = autogenerate
        self.imports: set[str] = set()
        self.filters: Filters = Filters(
            self.opts,
            _version_table(migration_context),
            None if self.dialect is None else self.dialect.default_schema_name,
        )
        self._has_batch = bool(self.opts["render_as_batch"])

    @property
    def connection(self) -> Connection | None:
        return None if self.migration_context is None else self.migration_context.connection

    @property
    def dialect(self) -> EngineDialect | None:
        return None if self.migration_context is None else self.migration_context.dialect

    @property
    def spelling(self) -> Dialect | None:
        """How the database at hand spells things; None where there is none."""
        return None if self.migration_context is None else self.migration_context.spelling

    @cached_property
    def inspector(self) -> Inspector:
        """SQLAlchemy's own reflection of the database."""
        assert self.migration_context is not None
        return sa.inspect(self.migration_context.bind_connection)

    @cached_property
    def chosen(self) -> Chosen:
        """The plug-ins that take part."""
        return Chosen(self.opts.get("autogenerate_plugins"))

    @property
    def comparators(self) -> PriorityDispatcher:
        """The comparators of programs and plug-ins; ours are no part of it."""
        return self.chosen.comparators

    # -- the models ---------------------------------------------------------------------------

    @property
    def several_metadata(self) -> list[sa.MetaData]:
        if self.metadata is None:
            return []
        return [self.metadata] if isinstance(self.metadata, sa.MetaData) else list(self.metadata)

    @cached_property
    def sorted_tables(self) -> list[sa.Table]:
        """The tables of the models, each after those that its foreign keys lead to."""
        return [table for one in self.several_metadata for table in one.sorted_tables]

    @cached_property
    def table_key_to_table(self) -> dict[str, sa.Table]:
        """The tables of the models by their keys."""
        return {table.key: table for one in self.several_metadata for table in one.tables.values()}

    # -- the filters --------------------------------------------------------------------------

    @property
    def _name_filters(self) -> list[Any]:
        return _present([self.filters.include_name])

    @property
    def _object_filters(self) -> list[Any]:
        return _present([self.filters.include_object])

    def run_name_filters(
        self, name: str | None, type_: str, parent_names: dict[str, str | None]
    ) -> bool:
        """Whether `include_name` lets a name of the database take part."""
        return self.filters.named(name, type_, parent_names)

    def run_object_filters(
        self, object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any
    ) -> bool:
        """Whether `include_object` lets an object take part."""
        return self.filters.keeps_object(object_, name, type_, reflected, compare_to)

    run_filters = run_object_filters


def _told(opts: Mapping[str, Any]) -> dict[str, Any]:
    """Options without those that are None because nobody said anything."""
    spoken = ("alembic_module_prefix", "sqlalchemy_module_prefix")
    return {name: value for name, value in opts.items() if value is not None or name in spoken}


def _version_table(context: MigrationContext | None) -> tuple[str | None, str]:
    if context is None:
        return (None, "")
    schema = context.spelling.normal_schema(context.version_table_schema)
    return (schema, context.version_table)


def _present(functions: Iterable[Any]) -> list[Any]:
    return [function for function in functions if function is not None]
