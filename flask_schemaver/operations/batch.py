"""`batch_alter_table`: changes of one table, gathered and made together."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, TypeVar

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds.index import CreateIndexOp, DropIndexOp
from ..schema.operation import Operation, TableOperation
from . import ops
from .placing import column_names, order_after, place_of, rebuild_in_order
from .plugins import (
    Implementation,
    OperationClass,
    add_implementation,
    implementation_of,
    method_of,
)
from .rebuild import needs_rebuild, run_rebuild
from .shape import Shape
from .turns import columns_first, consecutive_changes, drops_first

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from .facade import Operations

P = ParamSpec("P")
T = TypeVar("T")

logger: Final = logging.getLogger("flask_schemaver.operations")


def on_table(
    make: Callable[Concatenate[str, P], Operation],
) -> Callable[Concatenate[BatchOperations, P], None]:
    """A method for a directive whose first argument is the table."""

    @wraps(make)
    def gather(self: BatchOperations, /, *args: P.args, **kwargs: P.kwargs) -> None:
        kwargs["schema"] = self.schema
        self.gathered.append(make(self.table_name, *args, **kwargs))

    return gather


def named_on_table(
    make: Callable[Concatenate[Any, str, P], Operation],
) -> Callable[Concatenate[BatchOperations, str | None, P], None]:
    """A method for a directive whose first arguments are a name and the table."""

    @wraps(make)
    def gather(self: BatchOperations, /, *args: Any, **kwargs: Any) -> None:
        kwargs["schema"] = self.schema
        if args:
            name, *rest = args
            operation = make(name, self.table_name, *rest, **kwargs)
        else:
            operation = make(table_name=self.table_name, **kwargs)  # type: ignore[arg-type,call-arg]
        self.gathered.append(operation)

    return gather


Recreate = Literal["auto", "always", "never"]


class NoSuchDirective(CommandError, AttributeError):
    """A batch was asked for a directive that concerns more than one table."""


class BatchOperations:
    """The directives that concern one table, without its name."""

    def __init__(self, operations: Operations, shape: Shape, recreate: Recreate = "auto") -> None:
        self.operations = operations
        self.shape = shape
        self.table_name: str = shape.table
        self.schema: str | None = shape.schema
        self.recreate = recreate
        self.gathered: list[Operation] = []

    # The arguments ignored below: mypy sees that **kw might name the table a second time.
    alter_column: Final = on_table(ops.AlterColumnOp.call)  # type: ignore[arg-type]
    drop_column: Final = on_table(ops.DropColumnOp.call)  # type: ignore[arg-type]
    create_table_comment: Final = on_table(ops.CreateTableCommentOp.call)
    drop_table_comment: Final = on_table(ops.DropTableCommentOp.call)
    alter_table_options: Final = on_table(ops.AlterTableOptionsOp.call)  # type: ignore[arg-type]
    create_primary_key: Final = named_on_table(ops.CreatePrimaryKeyOp.call)  # type: ignore[arg-type]
    create_unique_constraint: Final = named_on_table(ops.CreateUniqueConstraintOp.call)  # type: ignore[arg-type]
    create_check_constraint: Final = named_on_table(ops.CreateCheckConstraintOp.call)  # type: ignore[arg-type]
    drop_constraint: Final = named_on_table(ops.DropConstraintOp.call)
    create_index: Final = named_on_table(ops.CreateIndexOp.call)  # type: ignore[arg-type]

    def add_column(
        self,
        column: sa.Column[Any],
        *,
        if_not_exists: bool | None = None,
        insert_before: str | None = None,
        insert_after: str | None = None,
        **options: Any,
    ) -> None:
        """Add a column, `insert_before` or `insert_after` another where tables are rebuilt.

        PostgreSQL does so with recreate="always", MySQL and MariaDB always; other databases that
        ALTER a table add it as the last one.
        """
        addition = ops.AddColumnOp.call(
            self.table_name, column, schema=self.schema, if_not_exists=if_not_exists, **options
        )
        addition.insert_before, addition.insert_after = insert_before, insert_after
        self.gathered.append(addition)

    def create_foreign_key(
        self,
        constraint_name: str | None,
        referent_table: str,
        local_cols: list[str],
        remote_cols: list[str],
        *,
        referent_schema: str | None = None,
        **options: Any,
    ) -> None:
        """Demand that the values of `local_cols` are found in `remote_cols` of another table."""
        self.gathered.append(
            ops.CreateForeignKeyOp.call(
                constraint_name,
                self.table_name,
                referent_table,
                local_cols,
                remote_cols,
                source_schema=self.schema,
                referent_schema=referent_schema,
                **options,
            )
        )

    def drop_index(self, index_name: str, *, if_exists: bool | None = None, **kw: Any) -> None:
        """Drop an index of the table."""
        self.gathered.append(
            ops.DropIndexOp.call(
                index_name, self.table_name, schema=self.schema, if_exists=if_exists, **kw
            )
        )

    def rename_index(self, old_index_name: str, new_index_name: str) -> None:
        """Rename an index of the table."""
        self.gathered.append(
            ops.RenameIndexOp.call(
                old_index_name, new_index_name, table_name=self.table_name, schema=self.schema
            )
        )

    def rename_constraint(
        self, old_constraint_name: str, new_constraint_name: str, type_: str | None = None
    ) -> None:
        """Rename a constraint of the table; `type_` is one of those of `drop_constraint`."""
        self.gathered.append(
            ops.RenameConstraintOp.call(
                old_constraint_name,
                new_constraint_name,
                self.table_name,
                type_,
                schema=self.schema,
            )
        )

    def execute(self, sqltext: str | sa.Executable, **options: Any) -> None:
        """Run a statement in its place among the changes."""
        self.gathered.append(ops.ExecuteSQLOp.call(sqltext, **options))

    def create_exclude_constraint(
        self, constraint_name: str | None, *elements: tuple[Any, str], **kw: Any
    ) -> None:
        """Demand that no two rows compare true in all `elements`; on PostgreSQL only."""
        self.gathered.append(
            ops.CreateExcludeConstraintOp.call(
                constraint_name, self.table_name, *elements, schema=self.schema, **kw
            )
        )

    def invoke(self, operation: Operation) -> Any:
        """Take an operation object into the batch; one of one's own adds what it consists of."""
        implementation = implementation_of(type(operation))
        if implementation is not None:
            return implementation(self, operation)
        self.gathered.append(operation)
        return None

    def f(self, name: str) -> str:
        """A name that is final: no naming convention is applied to it any more."""
        return self.operations.f(name)

    def inline_literal(self, value: Any, type_: Any = None) -> sa.BindParameter[Any]:
        """A value that is written into the statement instead of being sent beside it."""
        return self.operations.inline_literal(value, type_)

    def get_bind(self) -> Connection:
        """The connection that the migration runs on; the batch has changed nothing yet."""
        return self.operations.get_bind()

    def get_context(self) -> Any:
        """The MigrationContext of the migration at hand."""
        return self.operations.get_context()

    def run_async(
        self, async_function: Callable[..., Awaitable[T]], *args: Any, **kw_args: Any
    ) -> T:
        """Call `async_function(connection, ...)` at once and wait for its result."""
        return self.operations.run_async(async_function, *args, **kw_args)

    @property
    def migration_context(self) -> Any:
        return self.operations.migration_context

    @property
    def impl(self) -> BatchOperations:
        """What knows `table_name` and `schema`, which directives of one's own ask for."""
        return self

    @classmethod
    def register_operation(
        cls, name: str, sourcename: str | None = None
    ) -> Callable[[OperationClass], OperationClass]:
        """Make a directive of one's own: `batch_op.<name>(...)` calls a classmethod."""

        def register(class_: OperationClass) -> OperationClass:
            before = getattr(cls, name, None)
            setattr(cls, name, method_of(class_, name, sourcename or name, before))
            return class_

        return register

    @classmethod
    def implementation_for(
        cls, op_cls: type[Operation], replace: bool = False
    ) -> Callable[[Implementation], Implementation]:
        """Say what operations of a class do, in a batch and outside of one."""

        def register(function: Implementation) -> Implementation:
            add_implementation(op_cls, function, replace=replace)
            return function

        return register

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise NoSuchDirective(
                f"A batch of table '{self.__dict__.get('table_name')}' has no '{name}'.",
                hint=f"Use op.{name}() outside of the block.",
            )

    # -- at the end of the block ------------------------------------------------------------

    def discard(self, cause: BaseException) -> None:
        """Tell what is not done since the block raised."""
        if self.gathered:
            logger.warning(
                "The batch on table '%s' was left by %s; none of its %d changes was made: %s.",
                self.table_name,
                type(cause).__name__,
                len(self.gathered),
                ", ".join(operation.describe() for operation in self.gathered),
            )

    def run(self) -> None:
        """Make the changes: each run of consecutive table changes in one rebuild if need be."""
        dialect = self.operations.migration_context.spelling
        if dialect.alters_constraints:
            self._run_by_alter(dialect)
            return
        shape = self.shape
        self._take_new_key()
        runs = consecutive_changes(columns_first(drops_first(self.gathered)))
        for run in runs:
            changes = [op for op in run if isinstance(op, TableOperation)]
            if len(changes) == len(run) and self._rebuilds(changes, dialect):
                last = run is runs[-1]
                wanted = shape if last else shape.bare()
                run_rebuild(changes, self.operations.migration_context, wanted)
                shape = shape.bare() if last else shape
                continue
            for operation in run:
                self.operations.invoke(operation)
        if shape.changes() and self.recreate != "never":
            run_rebuild([], self.operations.migration_context, shape)

    def _take_new_key(self) -> None:
        """Let a new column that is declared as the primary key be it, if the old one goes."""
        new = [
            op for op in self.gathered if isinstance(op, ops.AddColumnOp) and op.column.primary_key
        ]
        connection, before = self.operations.migration_context.connection, self.shape.copy_from
        if len(new) != 1 or (connection is None and before is None):
            return
        if before is not None:
            keys = [column.name for column in before.primary_key]
        else:
            inspector = sa.inspect(connection)
            found: Any = inspector.get_pk_constraint(self.table_name, schema=self.schema)
            keys = found["constrained_columns"]
        gone = {op.column_name for op in self.gathered if isinstance(op, ops.DropColumnOp)}
        if new[0].inline_primary_key is None and gone.issuperset(keys):
            new[0].inline_primary_key = True

    def _run_by_alter(self, dialect: Dialect) -> None:
        """Make the changes one by one; then put the columns into order, if that is asked for."""
        context, shape = self.operations.migration_context, self.shape
        wanted = self._order(dialect)
        for operation in self.gathered:
            self.operations.invoke(operation)
        if wanted is not None:
            for addition in shape.additions(context.connection, dialect):
                self.operations.invoke(addition)
            rebuild_in_order(context, shape, wanted)

    def _order(self, dialect: Dialect) -> list[str] | None:
        """The order of the columns after a rebuild; None where there is to be none."""
        context, shape = self.operations.migration_context, self.shape
        placed = [operation for operation in self.gathered if any(place_of(operation))]
        always = self.recreate == "always" and dialect.rebuilds_tables
        moves = dialect.moves_columns and self.recreate == "auto"
        if not always and not (moves and (placed or shape.reordering)):
            self._warn_of_places(placed, dialect)
            return None
        if context.connection is None or context.as_sql:
            self._write_place(placed)
            return None
        names = column_names(context.connection, dialect, self.table_name, self.schema)
        return order_after(names, self.gathered, self.table_name)

    def _warn_of_places(self, placed: list[Operation], dialect: Dialect) -> None:
        for operation in placed:
            advice = "; recreate='always' puts it there" if dialect.rebuilds_tables else ""
            logger.warning(
                "To %s beside '%s' is not possible on '%s', it keeps its place or is the last "
                "column%s.",
                operation.describe(),
                next(filter(None, place_of(operation))),
                dialect.name,
                advice,
            )

    def _write_place(self, placed: list[Operation]) -> None:
        """Say in a script what is left out of it; refuse what would make a difference."""
        if placed or self.shape.reordering:
            words = ", ".join(operation.describe() for operation in placed) or "reorder columns"
            raise CommandError(
                f"To {words}, table '{self.table_name}' has to be read and built anew; that "
                "cannot be written as SQL beforehand.",
                hint="Run the upgrade online, or leave the columns' places out.",
            )
        self.operations.migration_context.static_output(
            f"-- Table '{self.table_name}' is altered, not built anew: the result is the same."
        )

    def _rebuilds(self, changes: list[TableOperation], dialect: Dialect) -> bool:
        edits = not isinstance(changes[0], CreateIndexOp | DropIndexOp)
        if self.recreate == "always" and edits:
            return True
        needed = needs_rebuild(changes, dialect)
        if needed and self.recreate == "never":
            words = ", ".join(change.describe() for change in changes)
            raise CommandError(
                f"To {words}, the table '{self.table_name}' has to be built anew, which "
                "recreate='never' forbids.",
                hint="Leave the argument out.",
            )
        return needed
