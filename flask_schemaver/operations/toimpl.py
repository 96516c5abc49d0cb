"""What operations do by themselves, as functions of the `Operations` and the operation.

Implementations of one's own call them to do the usual thing, and something more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .facade import Operations


def run(operations: Operations, operation: Operation) -> Any:
    """Do what the operation's own statements say, whatever a program has registered."""
    return operations.run_own_statements(operation)


add_column = run
alter_column = run
bulk_insert = run
create_constraint = run
create_index = run
create_table = run
create_table_comment = run
drop_column = run
drop_constraint = run
drop_index = run
drop_table = run
drop_table_comment = run
execute_sql = run
rename_table = run
