"""What migration scripts call: one line per operation, on the migration that is running."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from .operations import ops
from .operations.facade import Operations, is_running
from .operations.facade import current as running

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

    from .operations.batch import BatchOperations, Recreate

P = ParamSpec("P")
T = TypeVar("T")


_proxy: Operations | None = None
"""The operations that a test or a program has given to `op` while no migration runs."""


def current() -> Operations:
    """The operations of the migration that runs in this thread or task, else the `_proxy`."""
    # A test may have deleted the name, as it could with that of Alembic.
    proxy: Operations | None = globals().get("_proxy")
    return running() if proxy is None or is_running() else proxy


def command(make: Callable[P, ops.MigrateOperation]) -> Callable[P, None]:
    """A function that makes an operation of its arguments and runs it."""

    name: str = make.__self__.directive  # type: ignore[attr-defined]

    @wraps(make)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        getattr(current(), name)(*args, **kwargs)

    return run


add_column: Final = command(ops.AddColumnOp.call)
add_enum_value: Final = command(ops.AddEnumValueOp.call)
alter_column: Final = command(ops.AlterColumnOp.call)
alter_domain: Final = command(ops.AlterDomainOp.call)
alter_sequence: Final = command(ops.AlterSequenceOp.call)
alter_table_options: Final = command(ops.AlterTableOptionsOp.call)
bulk_insert: Final = command(ops.BulkInsertOp.call)
create_check_constraint: Final = command(ops.CreateCheckConstraintOp.call)
create_domain: Final = command(ops.CreateDomainOp.call)
change_enum_values: Final = command(ops.ChangeEnumValuesOp.call)
create_enum: Final = command(ops.CreateEnumOp.call)
create_exclude_constraint: Final = command(ops.CreateExcludeConstraintOp.call)
create_extension: Final = command(ops.CreateExtensionOp.call)
create_foreign_key: Final = command(ops.CreateForeignKeyOp.call)
create_index: Final = command(ops.CreateIndexOp.call)
create_primary_key: Final = command(ops.CreatePrimaryKeyOp.call)
create_schema: Final = command(ops.CreateSchemaOp.call)
create_sequence: Final = command(ops.CreateSequenceOp.call)
create_table_comment: Final = command(ops.CreateTableCommentOp.call)
create_unique_constraint: Final = command(ops.CreateUniqueConstraintOp.call)
drop_column: Final = command(ops.DropColumnOp.call)
drop_constraint: Final = command(ops.DropConstraintOp.call)
drop_domain: Final = command(ops.DropDomainOp.call)
drop_enum: Final = command(ops.DropEnumOp.call)
drop_extension: Final = command(ops.DropExtensionOp.call)
drop_index: Final = command(ops.DropIndexOp.call)
drop_schema: Final = command(ops.DropSchemaOp.call)
drop_sequence: Final = command(ops.DropSequenceOp.call)
drop_table: Final = command(ops.DropTableOp.call)
drop_table_comment: Final = command(ops.DropTableCommentOp.call)
execute: Final = command(ops.ExecuteSQLOp.call)
rename_constraint: Final = command(ops.RenameConstraintOp.call)
rename_enum_value: Final = command(ops.RenameEnumValueOp.call)
rename_index: Final = command(ops.RenameIndexOp.call)
rename_sequence: Final = command(ops.RenameSequenceOp.call)
rename_table: Final = command(ops.RenameTableOp.call)
set_constraint_comment: Final = command(ops.SetConstraintCommentOp.call)
todo: Final = command(ops.TodoOp.call)


def create_table(
    table_name: str,
    *columns: sa.schema.SchemaItem,
    if_not_exists: bool | None = None,
    **kw: Any,
) -> sa.Table:
    """Create a table of `columns` and constraints, and return it for `bulk_insert`."""
    return current().create_table(table_name, *columns, if_not_exists=if_not_exists, **kw)


def batch_alter_table(
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
) -> AbstractContextManager[BatchOperations]:
    """Gather changes of one table and make them together when the block ends."""
    return current().batch_alter_table(
        table_name,
        schema,
        recreate,
        partial_reordering,
        copy_from,
        table_args,
        table_kwargs,
        reflect_args,
        reflect_kwargs,
        naming_convention,
    )


def f(name: str) -> str:
    """A name that is final: no naming convention is applied to it any more."""
    return current().f(name)


def get_bind() -> Connection:
    """The connection that the migration runs on; one that writes, while SQL is written."""
    return current().get_bind()


def get_context() -> Any:
    """The MigrationContext of the migration at hand."""
    return current().get_context()


def inline_literal(value: Any, type_: Any = None) -> sa.BindParameter[Any]:
    """A value that is written into the statement instead of being sent beside it."""
    return current().inline_literal(value, type_)


def invoke(operation: ops.MigrateOperation) -> Any:
    """Run an operation object."""
    return current().invoke(operation)


def run_async(async_function: Callable[..., Awaitable[T]], *args: Any, **kw_args: Any) -> T:
    """Call `async_function(connection, *args, **kw_args)` and wait for its result."""
    return current().run_async(async_function, *args, **kw_args)


# To a type checker, a misspelt directive is an error; one that a program registers is not known.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """A directive that a program has registered with `Operations.register_operation`."""
        if name.startswith("_") or not hasattr(Operations, name):
            raise AttributeError(f"'op' has no directive '{name}'.")

        def run(*args: Any, **kwargs: Any) -> Any:
            return getattr(current(), name)(*args, **kwargs)

        return wraps(getattr(Operations, name))(run)
