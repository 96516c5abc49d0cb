"""Comparing models with a database, and writing the difference down as Python."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import AutogenerateError, NoModels
from ..kinds import KINDS
from ..kinds.column.alter import AlterColumnOp
from ..kinds.column.operations import AddColumnOp
from ..kinds.enum_values import without_steps_between
from ..kinds.implied_indexes import with_implied_indexes, with_own_indexes
from ..kinds.key_indexes import with_inline_keys, without_key_indexes, without_needless_drops
from ..kinds.table import TableKind, parted
from ..kinds.table_options import with_said_types
from ..operations.containers import DowngradeOps, MigrationScript, UpgradeOps, by_table
from ..schema.diff import diff
from ..schema.model import Schema
from ..schema.operation import IrreversibleError, Operation
from ..schema.record import record, replace
from ..schema.rename import HINT, Candidate
from ..schema.sources import declare, reflect, settle
from .apart import distinct
from .autogen_context import AutogenContext
from .choices import Choices
from .comparing import Sides, with_comparators
from .conversions import inconvertible, marked
from .fill import Fills, filled
from .filters import Filters
from .page import render_python_code, template_variables
from .renames import following, resolved
from .rules import Rules
from .unfilled import Unfilled, unfilled
from .unwritten import is_view, views_of, views_told
from .values import Key, Special, listed, scalar_defaults

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect, TableKey
    from ..runtime.migration import MigrationContext

NOTHING_CHOSEN = Choices()


__all__ = [
    "AutogenContext",
    "Comparison",
    "compare",
    "compare_metadata",
    "compared",
    "migration_script",
    "produce_migrations",
    "render_python_code",
    "template_variables",
]


class DuplicateTable(AutogenerateError, ValueError):
    """Two MetaData have a table of the same name."""


@record
class Comparison:
    """What a comparison found: the operations, and what was compared with what.

    Of a table that is unchanged the schemas may hold no more than the table itself.
    """

    operations: tuple[Operation, ...]
    declared: Schema
    reflected: Schema
    unsettled: tuple[str, ...]
    unwritten: tuple[str, ...] = ()
    undecided: tuple[Candidate, ...] = ()
    unfilled: tuple[Unfilled, ...] = ()
    before: Schema | None = None
    """The database's schema with its renames made: what `declared` is compared with."""

    typed: Schema | None = None
    """What the models say, before the server was asked how it would store it."""

    inconvertible: frozenset[Key] = frozenset()
    """Columns whose values no cast brings to their new type."""

    @property
    def declared_tables(self) -> int:
        return len(self.declared.of_kind("table"))

    @property
    def reflected_tables(self) -> int:
        return len(self.reflected.of_kind("table"))


def compare(
    context: MigrationContext,
    metadata: sa.MetaData | Sequence[sa.MetaData] | None,
    choices: Choices = NOTHING_CHOSEN,
    *,
    allow_no_models: bool = False,
) -> Comparison:
    """Compare the tables of `metadata` with the database of `context`.

    `choices` say what is a rename, and who can be asked; by default what hints do not tell of is
    dropped and added. Reads the catalogue. Where an expression is written differently on the two
    sides, the server is asked what it would store, in scratch space that is rolled back. Raises
    `NoModels` when the metadata has no table, unless `allow_no_models`.
    """
    several_of(metadata)
    return compared(AutogenContext(context, metadata), choices, allow_no_models=allow_no_models)


@contextmanager
def collecting_later() -> Iterator[None]:
    """No garbage is collected inside the block, unless it was not before either.

    Tens of thousands of small values are made and all of them kept: a third of the time would be
    the collector's, which finds nothing.
    """
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()


def compared(
    autogen: AutogenContext,
    choices: Choices = NOTHING_CHOSEN,
    *,
    allow_no_models: bool = False,
) -> Comparison:
    """What `compare` does, with hooks that are told of this AutogenContext."""
    with collecting_later():
        return _compared(autogen, choices, allow_no_models=allow_no_models)


def _compared(autogen: AutogenContext, choices: Choices, *, allow_no_models: bool) -> Comparison:
    assert autogen.migration_context is not None
    connection = _connected(autogen.migration_context)
    dialect: Dialect = autogen.migration_context.spelling
    filters, rules = autogen.filters, Rules(autogen)
    every = declared_tables(autogen.several_metadata)
    tables = [table for table in every if not filters.excludes_model(_key(table, dialect))]
    filters.declared = frozenset(_key(table, dialect) for table in tables)
    filters.leave_alone(_key(t, dialect) for t in views_of(autogen.several_metadata))
    beside = declare([], KINDS, dialect, autogen.several_metadata)
    dialect.expect(_names(every, beside, dialect))
    present = sa.inspect(connection).get_schema_names
    schemas = filters.schemas(tables, present, dialect, beside)
    look_inside = filters.look_inside or rules.look_inside
    same = [] if look_inside else _unchanged(connection, tables, filters, dialect)
    known = {_key(table, dialect) for table in same}
    reflected = reflect(
        connection, schemas, KINDS, dialect, lambda key: key not in known and filters.wants(key)
    )
    if not tables and not allow_no_models:
        raise _no_models(reflected)
    tables = [table for table in tables if _key(table, dialect) not in known]
    declared = declare(tables, KINDS, dialect, autogen.several_metadata)
    declared, reflected = filters.reduced(declared, reflected, tables, dialect)
    renames = resolved(reflected, declared, choices, dialect)
    before = without_key_indexes(declared, renames.schema, dialect)
    hidden = [m for m in renames.schema.of_kind("index") if m.ref not in before]
    settled, unsettled = settle(connection, declared, before, tables, KINDS, dialect)
    follow = following(connection, replace(renames, schema=before), declared, settled, dialect)
    found, before, settled = list(follow.operations), follow.before, follow.after
    settled, before = filters.reduced_parts(settled, before, tables, dialect)
    settled, before = rules.applied(settled, before, tables, dialect)
    before = with_said_types(before, settled, dialect)
    before, settled = with_implied_indexes(before, settled, hidden, dialect)
    # By the convention it is seen which constraint would not stay without a name.
    with dialect.naming(_convention(autogen.several_metadata)):
        changes = diff(before, settled, KINDS, dialect, lambda op: parted(op, dialect))
        found += with_own_indexes(changes, hidden, before, settled, dialect)
    operations = with_comparators(found, Sides(settled, before, tables, schemas), autogen)
    left_out = [*renames.unfollowed, *views_told(autogen.several_metadata)]
    alike = declare(same, [TableKind()], dialect).values()
    settled, reflected = settled.with_models(*alike), reflected.with_models(*alike)
    return Comparison(
        tuple(operations),
        settled,
        reflected,
        tuple(unsettled),
        tuple(left_out),
        renames.undecided,
        unfilled(operations, scalar_defaults(settled), connection, dialect),
        before,
        declared,
        inconvertible(operations, connection, dialect),
    )


def _convention(several: Sequence[sa.MetaData]) -> dict[str, Any]:
    """The names that unnamed constraints are given in a revision: those of the first MetaData."""
    return dict(several[0].naming_convention) if several else {}


def _connected(context: MigrationContext) -> Connection:
    if context.connection is None:
        raise AutogenerateError(
            "There is no database connection to compare the models with.",
            hint="Autogenerate reads the live database; leave out '--sql'.",
        )
    return context.connection


def _no_models(reflected: Schema) -> NoModels:
    return NoModels(
        f"The metadata has no table, and the database has "
        f"{len(reflected.of_kind('table'))}: none of the models is imported.",
        hint="Import the modules that define the models before the command runs, for one in "
        "create_app(); and check that they use the metadata given to SchemaVer.",
    )


def _key(table: sa.Table, dialect: Dialect) -> TableKey:
    return dialect.normal_schema(table.schema), table.name


def _names(tables: Iterable[sa.Table], beside: Schema, dialect: Dialect) -> Iterator[TableKey]:
    """The names of tables, those that they had, and of what stands beside them."""
    for table in tables:
        schema = dialect.normal_schema(table.schema)
        if HINT in table.info:
            yield schema, str(table.info[HINT])
        yield schema, table.name
    yield from ((ref.schema, ref.name) for ref in beside)


def _unchanged(
    connection: Connection, tables: Iterable[sa.Table], filters: Filters, dialect: Dialect
) -> list[sa.Table]:
    """The tables that need not be read: they are seen to be what they are declared as."""
    return dialect.unchanged(
        connection, [table for table in tables if filters.wants(_key(table, dialect))]
    )


def several_of(metadata: sa.MetaData | Sequence[sa.MetaData] | None) -> list[sa.MetaData]:
    """One MetaData, or several, as a list; raises where an environment gives none."""
    if metadata is None:
        raise AutogenerateError(
            "The environment gives no metadata to compare the database with.",
            hint="Pass target_metadata= to context.configure() in env.py.",
        )
    return [metadata] if isinstance(metadata, sa.MetaData) else list(metadata)


def declared_tables(several: Iterable[sa.MetaData]) -> list[sa.Table]:
    """The tables of the MetaData, in the order of their declaration; views are none."""
    tables: dict[str, sa.Table] = {}
    for each in several:
        for table in each.tables.values():
            if table.key in tables:
                raise DuplicateTable(
                    f"The table '{table.key}' is in two of the metadata.",
                    hint="A table belongs to one MetaData; give the other a name, or a schema.",
                )
            tables[table.key] = table
    return [table for table in tables.values() if not is_view(table)]


def compare_metadata(
    context: MigrationContext, metadata: sa.MetaData | Sequence[sa.MetaData]
) -> list[Any]:
    """The differences as tuples, those of one column in a list of their own; reads only."""
    found = compare(context, metadata, allow_no_models=True)
    return UpgradeOps(found.operations).as_diffs()


def produce_migrations(
    context: MigrationContext, metadata: sa.MetaData | Sequence[sa.MetaData] | None
) -> MigrationScript:
    """What would have to be done, both ways, to bring the database to the models; reads only."""
    found = compare(context, metadata, allow_no_models=True)
    return migration_script(found, context.spelling, None, context.opts)


def migration_script(
    comparison: Comparison,
    dialect: Dialect,
    fills: Fills | None = None,
    opts: Mapping[str, Any] | None = None,
) -> MigrationScript:
    """Both directions of a comparison; `info["warnings"]` holds what a person should know.

    `fills` are the values for rows that have none; None means that nobody was asked, and the empty
    values of the types serve. `opts` are those of the migration context; of them the tokens of the
    template are taken.
    """
    operations = comparison.operations
    chosen = {u.key: None for u in comparison.unfilled} if fills is None else fills
    defaults = scalar_defaults(comparison.declared)
    reverses = _reversed(operations)
    before = comparison.reflected if comparison.before is None else comparison.before
    upgrade, warnings = filled(
        operations,
        defaults,
        dialect,
        chosen,
        special=_special(before, comparison.declared, dialect, operations),
    )
    downgrade, _ = filled(
        reverses,
        {},
        dialect,
        restoring=True,
        special=_special(comparison.declared, before, dialect, reverses),
    )
    upgrade, downgrade = (
        marked(
            with_inline_keys(without_needless_drops(ops, dialect), dialect),
            comparison.inconvertible,
            dialect,
        )
        for ops in (upgrade, downgrade)
    )
    downgrade = without_steps_between(downgrade)
    script = MigrationScript(
        None,
        UpgradeOps(by_table(upgrade), _token(opts, "upgrade_token", "upgrades")),
        DowngradeOps(by_table(downgrade), _token(opts, "downgrade_token", "downgrades")),
    )
    script.info["warnings"] = _warnings(comparison, warnings)
    return script


def _warnings(comparison: Comparison, of_fills: Sequence[str]) -> list[str]:
    """What a person should know of a comparison, and of the values that rows are given."""
    unsettled = [
        f"The server could not be asked how it would store table '{name}'; its expressions were "
        "compared as they are written."
        for name in comparison.unsettled
    ]
    lost = [
        f"What may be a rename is dropped and added, and its rows' values are lost: "
        f"{candidate.describe()}. If it is one, give '{candidate.flag}'."
        for candidate in comparison.undecided
    ]
    waiting = [
        f"No cast brings the values of '{'.'.join(filter(None, key))}' to the new type: the file "
        "refuses to run until it is told how (see its TODO)."
        for key in sorted(comparison.inconvertible, key=str)
    ]
    return [*waiting, *lost, *of_fills, *comparison.unwritten, *unsettled]


def _special(
    before: Schema, after: Schema, dialect: Dialect, operations: Sequence[Operation]
) -> dict[Key, Special]:
    """What serves for columns that the empty value of their type does not serve for."""
    tables = _tables_of(operations)
    return {**distinct(before, after, dialect, tables), **listed(after, tables)}


def _tables_of(operations: Iterable[Operation]) -> list[TableKey]:
    """The tables whose columns are added or altered."""
    columns = [op for op in operations if isinstance(op, AddColumnOp | AlterColumnOp)]
    return [(op.schema, op.table_name) for op in columns]


def _token(opts: Mapping[str, Any] | None, name: str, usual: str) -> str:
    return (opts or {}).get(name) or usual


def _reversed(operations: Iterable[Operation]) -> list[Operation]:
    reverses: list[Operation] = []
    for operation in reversed(list(operations)):
        try:
            reverses += operation.reverses()
        except IrreversibleError as error:
            raise AutogenerateError(str(error)) from error
    return reverses
