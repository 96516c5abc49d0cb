"""`batch_alter_table`: changes of one table, gathered and made together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec

import sqlalchemy as sa

from ..errors import CommandError
from ..kinds.index import CreateIndexOp, DropIndexOp
from ..schema.operation import Operation, TableOperation
from . import ops
from .rebuild import needs_rebuild, run_rebuild

if TYPE_CHECKING:
    from ..dialects.base import Dialect
    from .facade import Operations

P = ParamSpec("P")
N = ParamSpec("N")


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
    def gather(
        self: BatchOperations, name: str | None, /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        kwargs["schema"] = self.schema
        self.gathered.append(make(name, self.table_name, *args, **kwargs))

    return gather


Recreate = Literal["auto", "always", "never"]


class BatchOperations:
    """The directives that concern one table, without its name."""

    def __init__(self, table_name: str, schema: str | None, recreate: Recreate = "auto") -> None:
        self.table_name = table_name
        self.schema = schema
        self.recreate = recreate
        self.gathered: list[Operation] = []

    # The arguments ignored below: mypy sees that **kw might name the table a second time.
    alter_column = on_table(ops.AlterColumnOp.call)  # type: ignore[arg-type]
    drop_column = on_table(ops.DropColumnOp.call)  # type: ignore[arg-type]
    create_table_comment = on_table(ops.CreateTableCommentOp.call)
    drop_table_comment = on_table(ops.DropTableCommentOp.call)
    create_primary_key = named_on_table(ops.CreatePrimaryKeyOp.call)
    create_unique_constraint = named_on_table(ops.CreateUniqueConstraintOp.call)  # type: ignore[arg-type]
    create_check_constraint = named_on_table(ops.CreateCheckConstraintOp.call)  # type: ignore[arg-type]
    drop_constraint = named_on_table(ops.DropConstraintOp.call)
    create_index = named_on_table(ops.CreateIndexOp.call)  # type: ignore[arg-type]

    def add_column(
        self,
        column: sa.Column[Any],
        *,
        if_not_exists: bool | None = None,
        insert_before: str | None = None,
        insert_after: str | None = None,
        **options: Any,
    ) -> None:
        """Add a column, always as the last one: `insert_before` and `insert_after` are allowed."""
        self.gathered.append(
            ops.AddColumnOp.call(
                self.table_name, column, schema=self.schema, if_not_exists=if_not_exists, **options
            )
        )

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

    def execute(self, sqltext: str | sa.Executable, **options: Any) -> None:
        """Run a statement in its place among the changes."""
        self.gathered.append(ops.ExecuteSQLOp.call(sqltext, **options))

    def f(self, name: str) -> str:
        """A name that is final: no naming convention is applied to it any more."""
        return sa.schema.conv(name)

    def run(self, operations: Operations) -> None:
        """Make the changes: each run of consecutive table changes in one rebuild if need be."""
        dialect = operations.migration_context.spelling
        for run in consecutive_changes(self.gathered):
            changes = [op for op in run if isinstance(op, TableOperation)]
            if len(changes) == len(run) and self._rebuilds(changes, dialect):
                run_rebuild(changes, operations.migration_context)
                continue
            for operation in run:
                operations.invoke(operation)

    def _rebuilds(self, changes: list[TableOperation], dialect: Dialect) -> bool:
        edits = not isinstance(changes[0], CreateIndexOp | DropIndexOp)
        if self.recreate == "always" and edits and not dialect.alters_constraints:
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


def consecutive_changes(gathered: list[Operation]) -> list[list[Operation]]:
    """Split where an index, or a statement, has to come between two changes of the table."""
    runs: list[list[Operation]] = []
    editable = False
    for operation in gathered:
        edits = isinstance(operation, TableOperation) and not isinstance(
            operation, CreateIndexOp | DropIndexOp
        )
        if edits and editable:
            runs[-1].append(operation)
        else:
            runs.append([operation])
        editable = edits
    return runs
