"""`Operations` binds the directives of `op` to the migration at hand."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds.table import CreateTableOp
from ..schema.operation import Operation, TableOperation
from . import ops
from .data import run_async
from .doing import Doing
from .events import announced
from .facts import completed
from .naming import convention_of, metadata_of
from .plugins import (
    Implementation,
    OperationClass,
    add_implementation,
    implementation_of,
    method_of,
)
from .rebuild import needs_rebuild, run_rebuild

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine import Dialect as EngineDialect
    from sqlalchemy.sql import Executable

    from ..dialects.base import Dialect
    from .batch import BatchOperations, Recreate

P = ParamSpec("P")
T = TypeVar("T")

logger: Final = logging.getLogger("flask_schemaver.operations")


class Migration(Protocol):
    """What operations need of the migration context that they are bound to."""

    @property
    def connection(self) -> Connection | None: ...
    @property
    def bind(self) -> Connection | None: ...
    @property
    def dialect(self) -> EngineDialect: ...
    @property
    def spelling(self) -> Dialect: ...
    @property
    def as_sql(self) -> bool: ...
    @property
    def opts(self) -> dict[str, Any]: ...
    def run_statement(self, statement: str | Executable) -> Any: ...
    def static_output(self, text: str) -> None: ...
    def autocommit_block(self) -> AbstractContextManager[None]: ...


class OutsideMigration(CommandError, NameError):
    """A directive of `op` was called while no migration is running."""


class WrongArgument(CommandError, ValueError):
    """An argument has none of its possible values."""


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


def is_running() -> bool:
    """Whether a migration runs in this thread or task."""
    return _current.get(None) is not None


@contextmanager
def bound(operations: Operations) -> Iterator[None]:
    """Make `op` mean these operations, in this thread or task, inside the block."""
    token = _current.set(operations)
    try:
        yield
    finally:
        _current.reset(token)


def directive(
    make: Callable[P, Operation],
) -> Callable[Concatenate[Operations, P], None]:
    """A method that makes an operation of its arguments and runs it."""

    @wraps(make)
    def run(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> None:
        self.invoke(make(*args, **kwargs))

    return run


class _Implementations:
    """What operations do, by their classes, in the form of a registry."""

    @staticmethod
    def dispatch_for(
        target: type[Operation], replace: bool = False
    ) -> Callable[[Implementation], Implementation]:
        return Operations.implementation_for(target, replace=replace)

    @staticmethod
    def dispatch(obj: Operation | type[Operation]) -> Implementation:
        class_ = obj if isinstance(obj, type) else type(obj)
        return implementation_of(class_) or Operations.run_own_statements


class Operations:
    """The directives of `op`, as methods on one migration."""

    _to_impl: Final = _Implementations()

    def __init__(self, migration_context: Migration) -> None:
        self.migration_context = migration_context
        self._metadata = metadata_of(migration_context.opts.get("target_metadata"))
        usual = convention_of(self._metadata, None, None)
        if usual is not None:
            migration_context.spelling.naming_convention = dict(usual)
        self._usual_convention = migration_context.spelling.naming_convention

    @classmethod
    @contextmanager
    def context(cls, migration_context: Any) -> Iterator[Operations]:
        """Make `op` mean this migration, in this thread or task, inside the block."""
        operations = cls(migration_context)
        with bound(operations):
            yield operations

    @property
    def impl(self) -> Doing:
        """What implementations of one's own call; the spellings of the database, too."""
        return Doing(self)

    def invoke(self, operation: Operation) -> Any:
        """Run an operation; a sa.Table comes back from a `CreateTableOp`, else None.

        An operation of one's own returns what its implementation returns.
        """
        if isinstance(operation, ops.OpContainer):
            for part in operation.ops:
                self.invoke(part)
            return None
        recorder = getattr(self.migration_context, "recorder", None)
        if recorder is None:
            result = self._invoke(operation)
        else:
            result = recorder.perform(operation, lambda: self._invoke(operation))
        return operation.to_table() if isinstance(operation, CreateTableOp) else result

    def _invoke(self, operation: Operation) -> Any:
        with self._naming(
            getattr(operation, "table_name", None), getattr(operation, "schema", None)
        ):
            return self._invoke_named(operation)

    def _naming(
        self, table: str | None, schema: str | None, given: Mapping[str, Any] | None = None
    ) -> AbstractContextManager[None]:
        """The naming convention `given` for a table, or that of its MetaData, inside the block."""
        spelling = self.migration_context.spelling
        if given is None and spelling.naming_convention is self._usual_convention:
            # Not the one that a batch was given.
            given = convention_of(self._metadata, table, schema)
        return spelling.naming(given)

    def _invoke_named(self, operation: Operation) -> Any:
        implementation = implementation_of(type(operation))
        if implementation is not None:
            return implementation(self, operation)
        self.run_own_statements(operation)
        return None

    def run_own_statements(self, operation: Operation) -> Any:
        """Do what an operation says itself, whatever is registered for its class."""
        if self._rest() is not None or not self._is_done(operation):
            if operation.commits_alone(self.migration_context.spelling) and not self._autocommits():
                self._run_alone(operation)
            else:
                self._run(operation)
        return operation.to_table() if isinstance(operation, CreateTableOp) else None

    def _run(self, operation: Operation) -> None:
        context = self.migration_context
        rest = self._rest()
        if rest is not None:
            for text in rest:
                context.run_statement(text)
            return
        if isinstance(operation, TableOperation) and needs_rebuild([operation], context.spelling):
            run_rebuild([operation], context)
            return
        if isinstance(operation, ops.CreateIndexOp) and operation.commits_alone(context.spelling):
            self._clear_away(operation)
        statements = list(completed(operation, context).statements(context.spelling))
        recorder = getattr(context, "recorder", None)
        if recorder is not None:
            recorder.plan(statements)
        for statement in statements:
            with announced(statement, context):
                context.run_statement(statement)

    def _rest(self) -> list[str] | None:
        """What is left of the operation at hand, if it was stopped in the middle before."""
        recorder = getattr(self.migration_context, "recorder", None)
        rest: list[str] | None = None if recorder is None else recorder.rest()
        return rest

    def _clear_away(self, operation: ops.CreateIndexOp) -> None:
        """Drop what an earlier, failed attempt to make the same index has left behind."""
        context, name = self.migration_context, operation.index_name
        if context.connection is None or context.as_sql or name is None:
            return
        if context.spelling.has_invalid_index(context.connection, name, operation.schema):
            logger.warning("The index '%s' was left unfinished by a failure: made anew.", name)
            recorder = getattr(context, "recorder", None)
            with recorder.aside() if recorder is not None else nullcontext():
                for statement in operation.reverse().statements(context.spelling):
                    context.run_statement(statement)

    def _is_done(self, operation: Operation) -> bool:
        """Whether IF EXISTS, or IF NOT EXISTS, leaves nothing to do: asked where SQL cannot say it.

        A rebuild finds out for itself.
        """
        context = self.migration_context
        if not operation.guarded() or operation.guards_itself(context.spelling):
            return False
        if context.connection is None or context.as_sql:
            raise CommandError(
                f"To {operation.describe()} only where need be, the catalogue of "
                f"'{context.spelling.name}' has to be read; that cannot be written as SQL.",
                hint="Leave out 'if_exists' or 'if_not_exists', or run the upgrade online.",
            )
        return operation.is_done(context.connection, context.spelling)

    def _autocommits(self) -> bool:
        return bool(getattr(self.migration_context, "in_autocommit_block", False))

    def _run_alone(self, operation: Operation) -> None:
        logger.warning(
            "%s cannot run in a transaction: what the revision did before it is committed now, "
            "and a failure after it does not take it back. Put it into a revision of its own, or "
            "inside 'with op.get_context().autocommit_block():'.",
            operation.describe().capitalize(),
        )
        with self.migration_context.autocommit_block():
            self._run(operation)

    @classmethod
    def register_operation(
        cls, name: str, sourcename: str | None = None
    ) -> Callable[[OperationClass], OperationClass]:
        """Make a directive of one's own: `op.<name>(...)` calls a classmethod of the class.

        The classmethod is called `name`, or `sourcename`; its first arguments are the class and
        the `Operations`, on which it calls `invoke`.
        """

        def register(class_: OperationClass) -> OperationClass:
            before = getattr(cls, name, None)
            setattr(cls, name, method_of(class_, name, sourcename or name, before))
            return class_

        return register

    @classmethod
    def implementation_for(
        cls,
        op_cls: type[Operation],
        replace: bool = False,
    ) -> Callable[[Implementation], Implementation]:
        """Say what operations of a class do: the function gets the `Operations` and the operation.

        Raises ValueError if that is known already, unless `replace`.
        """

        def register(function: Implementation) -> Implementation:
            add_implementation(op_cls, function, replace=replace)
            return function

        return register

    # -- directives, in the order of the documentation --------------------------------------

    add_column: Final = directive(ops.AddColumnOp.call)
    alter_column: Final = directive(ops.AlterColumnOp.call)
    drop_column: Final = directive(ops.DropColumnOp.call)
    drop_table: Final = directive(ops.DropTableOp.call)
    rename_table: Final = directive(ops.RenameTableOp.call)
    create_index: Final = directive(ops.CreateIndexOp.call)
    drop_index: Final = directive(ops.DropIndexOp.call)
    rename_index: Final = directive(ops.RenameIndexOp.call)
    create_primary_key: Final = directive(ops.CreatePrimaryKeyOp.call)
    create_unique_constraint: Final = directive(ops.CreateUniqueConstraintOp.call)
    create_foreign_key: Final = directive(ops.CreateForeignKeyOp.call)
    create_check_constraint: Final = directive(ops.CreateCheckConstraintOp.call)
    create_exclude_constraint: Final = directive(ops.CreateExcludeConstraintOp.call)
    drop_constraint: Final = directive(ops.DropConstraintOp.call)
    rename_constraint: Final = directive(ops.RenameConstraintOp.call)
    set_constraint_comment: Final = directive(ops.SetConstraintCommentOp.call)
    create_table_comment: Final = directive(ops.CreateTableCommentOp.call)
    drop_table_comment: Final = directive(ops.DropTableCommentOp.call)
    alter_table_options: Final = directive(ops.AlterTableOptionsOp.call)
    alter_domain: Final = directive(ops.AlterDomainOp.call)
    create_domain: Final = directive(ops.CreateDomainOp.call)
    drop_domain: Final = directive(ops.DropDomainOp.call)
    change_enum_values: Final = directive(ops.ChangeEnumValuesOp.call)
    alter_sequence: Final = directive(ops.AlterSequenceOp.call)
    create_enum: Final = directive(ops.CreateEnumOp.call)
    add_enum_value: Final = directive(ops.AddEnumValueOp.call)
    rename_enum_value: Final = directive(ops.RenameEnumValueOp.call)
    drop_enum: Final = directive(ops.DropEnumOp.call)
    create_sequence: Final = directive(ops.CreateSequenceOp.call)
    drop_sequence: Final = directive(ops.DropSequenceOp.call)
    rename_sequence: Final = directive(ops.RenameSequenceOp.call)
    create_schema: Final = directive(ops.CreateSchemaOp.call)
    drop_schema: Final = directive(ops.DropSchemaOp.call)
    create_extension: Final = directive(ops.CreateExtensionOp.call)
    drop_extension: Final = directive(ops.DropExtensionOp.call)
    execute: Final = directive(ops.ExecuteSQLOp.call)
    bulk_insert: Final = directive(ops.BulkInsertOp.call)
    todo: Final = directive(ops.TodoOp.call)

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
        would have. A rebuild edits the stored definition of the table and loses nothing of it:
        `reflect_args` and `reflect_kwargs` are allowed and change nothing, `copy_from` says what
        the table is while SQL is written. `partial_reordering` (runs of names that are to follow
        each other), `table_args` (more constraints) and `table_kwargs` (`sqlite_autoincrement`,
        `sqlite_strict`, `sqlite_with_rowid`) shape a table of SQLite.
        """
        from .batch import BatchOperations
        from .shape import Shape

        if recreate not in ("auto", "always", "never"):
            raise WrongArgument(f"recreate is '{recreate}'.", hint="'auto', 'always' or 'never'.")
        shape = Shape(
            table_name,
            schema,
            tuple(map(tuple, partial_reordering or ())),
            tuple(item for item in table_args if isinstance(item, sa.Constraint)),
            dict(table_kwargs or {}),
            copy_from,
            recreate == "always",
        )
        batch = BatchOperations(self, shape, recreate)
        try:
            yield batch
        except BaseException as cause:
            batch.discard(cause)
            raise
        with self._naming(table_name, schema, naming_convention):
            batch.run()

    def f(self, name: str) -> str:
        """A name that is final: no naming convention is applied to it any more."""
        return sa.schema.conv(name)

    def inline_literal(self, value: Any, type_: Any = None) -> sa.BindParameter[Any]:
        """A value that is written into the statement instead of being sent beside it."""
        return sa.literal(value, type_, literal_execute=True)

    def get_bind(self) -> Connection:
        """The connection that the migration runs on; one that writes, while SQL is written."""
        connection = self.migration_context.bind
        if connection is None:
            raise CommandError(
                "A revision asks for the database connection, and the context has none.",
                hint="Give 'connection=' to 'MigrationContext.configure'.",
            )
        return connection

    def get_context(self) -> Any:
        """The MigrationContext of the migration at hand."""
        return self.migration_context

    def run_async(
        self, async_function: Callable[..., Awaitable[T]], *args: Any, **kw_args: Any
    ) -> T:
        """Call `async_function(connection, *args, **kw_args)` and wait for its result.

        The connection is an AsyncConnection in the transaction of the migration. Raises
        ValueError where the engine is not an async one, and when SQL is only written.
        """
        connection = None if self.migration_context.as_sql else self.migration_context.connection
        return run_async(connection, async_function, *args, **kw_args)


AbstractOperations = Operations
"""What programs call the class that has the directives of plugins, too."""
