"""`Operations` binds the directives of `op` to the migration at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds.table import CreateTableOp
from ..schema.operation import Operation, TableOperation
from . import ops
from .rebuild import needs_rebuild, run_rebuild

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine import Dialect as EngineDialect
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from .batch import BatchOperations, Recreate

P = ParamSpec("P")
T = TypeVar("T")


class Migration(Protocol):
    """What operations need of the migration context that they are bound to."""

    @property
    def connection(self) -> Connection | None: ...
    @property
    def dialect(self) -> EngineDialect: ...
    @property
    def spelling(self) -> Dialect: ...
    @property
    def as_sql(self) -> bool: ...
    @property
    def opts(self) -> dict[str, Any]: ...
    def run_statement(self, statement: str | Executable) -> Any: ...


class OutsideMigration(CommandError, NameError):
    """A directive of `op` was called while no migration is running."""


_current: ContextVar[Operations] = ContextVar("operations")


def current() -> Operations:
    """The operations of the migration that runs in this thread or task."""
    try:
        return _current.get()
    except LookupError:
        raise OutsideMigration(
            "A directive of 'op' was called while no migration is running.",
            hint="Call it inside upgrade() or downgrade() of a revision file.",
        ) from None


def directive(
    make: Callable[P, Operation],
) -> Callable[Concatenate[Operations, P], None]:
    """A method that makes an operation of its arguments and runs it."""

    @wraps(make)
    def run(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> None:
        self.invoke(make(*args, **kwargs))

    return run


class Operations:
    """The directives of `op`, as methods on one migration."""

    def __init__(self, migration_context: Migration) -> None:
        self.migration_context = migration_context
        metadata = migration_context.opts.get("target_metadata")
        if isinstance(metadata, sa.MetaData):
            migration_context.spelling.naming_convention = dict(metadata.naming_convention)

    @classmethod
    @contextmanager
    def context(cls, migration_context: Any) -> Iterator[Operations]:
        """Make `op` mean this migration, in this thread or task, inside the block."""
        operations = cls(migration_context)
        token = _current.set(operations)
        try:
            yield operations
        finally:
            _current.reset(token)

    def invoke(self, operation: Operation) -> Any:
        """Run an operation; a sa.Table comes back from a `CreateTableOp`, else None."""
        context = self.migration_context
        if isinstance(operation, ops.OpContainer):
            for part in operation.ops:
                self.invoke(part)
            return None
        if isinstance(operation, TableOperation) and needs_rebuild([operation], context.spelling):
            run_rebuild([operation], context)
            return None
        for statement in operation.statements(context.spelling):
            context.run_statement(statement)
        return operation.to_table() if isinstance(operation, CreateTableOp) else None

    # -- directives, in the order of the documentation --------------------------------------

    add_column = directive(ops.AddColumnOp.call)
    alter_column = directive(ops.AlterColumnOp.call)
    drop_column = directive(ops.DropColumnOp.call)
    drop_table = directive(ops.DropTableOp.call)
    rename_table = directive(ops.RenameTableOp.call)
    create_index = directive(ops.CreateIndexOp.call)
    drop_index = directive(ops.DropIndexOp.call)
    create_primary_key = directive(ops.CreatePrimaryKeyOp.call)
    create_unique_constraint = directive(ops.CreateUniqueConstraintOp.call)
    create_foreign_key = directive(ops.CreateForeignKeyOp.call)
    create_check_constraint = directive(ops.CreateCheckConstraintOp.call)
    drop_constraint = directive(ops.DropConstraintOp.call)
    create_table_comment = directive(ops.CreateTableCommentOp.call)
    drop_table_comment = directive(ops.DropTableCommentOp.call)
    create_enum = directive(ops.CreateEnumOp.call)
    drop_enum = directive(ops.DropEnumOp.call)
    execute = directive(ops.ExecuteSQLOp.call)
    bulk_insert = directive(ops.BulkInsertOp.call)

    def create_table(
        self,
        table_name: str,
        *columns: sa.schema.SchemaItem,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> sa.Table:
        """Create a table of `columns` and constraints, and return it for `bulk_insert`."""
        table: sa.Table = self.invoke(
            CreateTableOp.call(table_name, *columns, if_not_exists=if_not_exists, **kw)
        )
        return table

    @contextmanager
    def batch_alter_table(
        self,
        table_name: str,
        schema: str | None = None,
        recreate: Recreate = "auto",
        partial_reordering: Sequence[tuple[str, ...]] | None = None,
        copy_from: sa.Table | None = None,
        table_args: Sequence[Any] = (),
        table_kwargs: Mapping[str, Any] | None = None,
        reflect_args: Sequence[Any] = (),
        reflect_kwargs: Mapping[str, Any] | None = None,
        naming_convention: Mapping[str, str] | None = None,
    ) -> Iterator[BatchOperations]:
        """Gather changes of one table and make them together when the block ends.

        Where the database cannot ALTER, the table is rebuilt once for all of them; `recreate`
        "always" rebuilds even so, "never" refuses to. Nothing is run if the block raises.
        By `naming_convention` a constraint without a name can be dropped under the name that it
        would have. A rebuild edits the stored definition of the table and loses nothing of it,
        and the order of its columns stays: the other arguments, with which scripts of Alembic
        make up for reflection, are allowed and change nothing.
        """
        from .batch import BatchOperations

        if recreate not in ("auto", "always", "never"):
            raise CommandError(f"recreate is '{recreate}'.", hint="'auto', 'always' or 'never'.")
        batch = BatchOperations(table_name, schema, recreate)
        yield batch
        with self.migration_context.spelling.naming(naming_convention):
            batch.run(self)

    def f(self, name: str) -> str:
        """A name that is final: no naming convention is applied to it any more."""
        return sa.schema.conv(name)

    def inline_literal(self, value: Any, type_: Any = None) -> sa.BindParameter[Any]:
        """A value that is written into the statement instead of being sent beside it."""
        return sa.literal(value, type_, literal_execute=True)

    def get_bind(self) -> Connection:
        """The connection that the migration runs on."""
        connection = self.migration_context.connection
        if connection is None:
            raise CommandError(
                "A revision asks for the database connection, and there is none while SQL is "
                "only written.",
                hint="Run it online, or guard it with context.is_offline_mode().",
            )
        return connection

    def get_context(self) -> Any:
        """The MigrationContext of the migration at hand."""
        return self.migration_context
