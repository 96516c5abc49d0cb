"""Comparing models with a database, and writing the difference down as Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import AutogenerateError, NoModels
from ..kinds import KINDS
from ..kinds.key_indexes import without_key_indexes, without_needless_drops
from ..kinds.table import TableKind, parted
from ..operations.containers import DowngradeOps, MigrationScript, OpContainer, UpgradeOps
from ..schema.diff import diff
from ..schema.model import Schema
from ..schema.operation import IrreversibleError, Operation
from ..schema.record import record, replace
from ..schema.rename import Candidate
from ..schema.sources import declare, reflect, settle
from .choices import Choices
from .conversions import inconvertible, marked
from .fill import Fills, filled
from .filters import Filters
from .renames import following, resolved
from .render import Renderer, render_operations
from .unfilled import Unfilled, unfilled
from .unwritten import unwritten
from .values import Key, distinct, scalar_defaults

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect, TableKey
    from ..runtime.migration import MigrationContext

NOTHING_CHOSEN = Choices()


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
) -> Comparison:
    """Compare the tables of `metadata` with the database of `context`.

    `choices` say what is a rename, and who can be asked; by default what hints do not tell of is
    dropped and added. Reads the catalogue. Where an expression is written differently on the two
    sides, the server is asked what it would store, in scratch space that is rolled back. Raises
    `NoModels` when the metadata has no table.
    """
    connection = context.connection
    if connection is None:
        raise AutogenerateError(
            "There is no database connection to compare the models with.",
            hint="Autogenerate reads the live database; leave out '--sql'.",
        )
    dialect: Dialect = context.spelling
    version_table = (dialect.normal_schema(context.version_table_schema), context.version_table)
    filters = Filters(context.opts, version_table, dialect.engine.default_schema_name)
    tables = [t for t in declared_tables(metadata) if not filters.excludes(_key(t, dialect))]
    filters.declared = frozenset(_key(table, dialect) for table in tables)
    inspector_schemas = sa.inspect(connection).get_schema_names
    schemas = filters.schemas(tables, inspector_schemas, dialect)
    same = [] if filters.look_inside else _unchanged(connection, tables, filters, dialect)
    known = {_key(table, dialect) for table in same}
    reflected = reflect(
        connection, schemas, KINDS, dialect, lambda key: key not in known and filters.wants(key)
    )
    if not tables:
        raise NoModels(
            f"The metadata has no table, and the database has "
            f"{len(reflected.of_kind('table'))}: none of the models is imported.",
            hint="Import the modules that define the models before the command runs, for one in "
            "create_app(); and check that they use the metadata given to SchemaVer.",
        )
    tables = [table for table in tables if _key(table, dialect) not in known]
    declared = declare(tables, KINDS, dialect, several_of(metadata))
    declared, reflected = filters.reduced(declared, reflected, tables, dialect)
    renames = resolved(reflected, declared, choices, dialect)
    before = without_key_indexes(declared, renames.schema, dialect)
    settled, unsettled = settle(connection, declared, before, tables, KINDS, dialect)
    follow = following(connection, replace(renames, schema=before), declared, settled, dialect)
    operations, before, settled = list(follow.operations), follow.before, follow.after
    # By the convention it is seen which constraint would not stay without a name.
    with dialect.naming(dict(several_of(metadata)[0].naming_convention)):
        operations += diff(before, settled, KINDS, dialect, lambda op: parted(op, dialect))
    left_out = unwritten(tables, settled, before, dialect)
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


def _key(table: sa.Table, dialect: Dialect) -> TableKey:
    return dialect.normal_schema(table.schema), table.name


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


def declared_tables(
    metadata: sa.MetaData | Sequence[sa.MetaData] | None,
) -> list[sa.Table]:
    """The tables of one MetaData or of several, in the order of their declaration."""
    tables: dict[str, sa.Table] = {}
    for each in several_of(metadata):
        for table in each.tables.values():
            if table.key in tables:
                raise AutogenerateError(f"The table '{table.key}' is in two of the metadata.")
            if not table.info.get("is_view"):
                tables[table.key] = table
    return list(tables.values())


def produce_migrations(
    context: MigrationContext, metadata: sa.MetaData | Sequence[sa.MetaData] | None
) -> MigrationScript:
    """What would have to be done, both ways, to bring the database to the models; reads only."""
    return migration_script(compare(context, metadata), context.spelling)


def migration_script(
    comparison: Comparison, dialect: Dialect, fills: Fills | None = None
) -> MigrationScript:
    """Both directions of a comparison; `info["warnings"]` holds what a person should know.

    `fills` are the values for rows that have none; None means that nobody was asked, and the empty
    values of the types serve.
    """
    operations = comparison.operations
    chosen = {u.key: None for u in comparison.unfilled} if fills is None else fills
    defaults = scalar_defaults(comparison.declared)
    upgrade, warnings = filled(
        operations, defaults, dialect, chosen, distinct=distinct(comparison.declared, dialect)
    )
    downgrade, _ = filled(
        _reversed(operations),
        {},
        dialect,
        restoring=True,
        distinct=distinct(comparison.reflected, dialect),
    )
    upgrade, downgrade = (
        marked(without_needless_drops(ops, dialect), comparison.inconvertible, dialect)
        for ops in (upgrade, downgrade)
    )
    script = MigrationScript(None, UpgradeOps(upgrade), DowngradeOps(downgrade))
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
    script.info["warnings"] = [*waiting, *lost, *warnings, *comparison.unwritten, *unsettled]
    return script


def _reversed(operations: Iterable[Operation]) -> list[Operation]:
    reverses: list[Operation] = []
    for operation in reversed(list(operations)):
        try:
            reverses.append(operation.reverse())
        except IrreversibleError as error:
            raise AutogenerateError(str(error)) from error
    return reverses


def render_python_code(
    up_or_down_op: OpContainer,
    sqlalchemy_module_prefix: str = "sa.",
    alembic_module_prefix: str = "op.",
    render_as_batch: bool = False,
    imports: Sequence[str] = (),
    render_item: Any = None,
    migration_context: MigrationContext | None = None,
    user_module_prefix: str | None = None,
) -> str:
    """The operations as the body of a function. Touches no database."""
    renderer = Renderer(
        op_prefix=alembic_module_prefix,
        sa_prefix=sqlalchemy_module_prefix,
        dialect=None if migration_context is None else migration_context.spelling,
    )
    return render_operations(up_or_down_op.ops, renderer, batch=render_as_batch)


def template_variables(script: MigrationScript, context: MigrationContext) -> dict[str, Any]:
    """What a revision file's template is given: the two bodies and the imports they need."""
    renderer = Renderer(dialect=context.spelling)
    as_batch = bool(context.opts.get("render_as_batch", False)) or not (
        context.spelling.alters_constraints
    )
    upgrades = render_operations(script.upgrade_ops.ops, renderer, batch=as_batch)
    downgrades = render_operations(script.downgrade_ops.ops, renderer, batch=as_batch)
    imports = "\n".join(sorted({*renderer.imports, *script.imports}))
    variables = {
        script.upgrade_ops.upgrade_token: indented(upgrades),
        script.downgrade_ops.downgrade_token: indented(downgrades),
        "imports": imports,
    }
    checked(variables[script.upgrade_ops.upgrade_token])
    checked(variables[script.downgrade_ops.downgrade_token])
    return variables


def indented(body: str) -> str:
    """A function's body, indented as the template expects it: all lines but the first."""
    return body.replace("\n", "\n    ")


def checked(body: str) -> None:
    """Compile generated code before it is written."""
    try:
        compile(f"def generated():\n    {body}\n", "<generated>", "exec")
    except SyntaxError as error:
        raise AutogenerateError(
            f"The generated code is no Python: {error}. It begins: {body[:200]}"
        ) from error
