"""What ALTER TABLE of newer SQLite does: its SQL, whatever version runs the tests."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import dialect as engine_dialect

from flask_schemaver.dialects.base import Dialect, dialect_for
from flask_schemaver.operations import ops


def sqlite(*version: int) -> Dialect:
    """The spellings for a version of SQLite."""
    engine = engine_dialect()
    engine.server_version_info = version
    return dialect_for(engine)


NOT_NULL = ops.AlterColumnOp("t", "a", existing_type=sa.Integer(), modify_nullable=False)
NULL = ops.AlterColumnOp("t", "a", existing_type=sa.Integer(), modify_nullable=True)
CHECK = ops.CreateCheckConstraintOp("ck", "t", "a > 0")


@pytest.mark.parametrize(
    ("operation", "sql"),
    [
        (NOT_NULL, "ALTER TABLE t ALTER COLUMN a SET NOT NULL"),
        (NULL, "ALTER TABLE t ALTER COLUMN a DROP NOT NULL"),
        (CHECK, "ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 0)"),
    ],
)
def test_constraints_are_altered_since_353(operation: ops.AlterTableOp, sql: str) -> None:
    """3.53 makes the change itself; before, the table is rebuilt."""
    assert operation.native(sqlite(3, 53, 0))
    assert not operation.native(sqlite(3, 52, 9))
    (statement,) = operation.statements(sqlite(3, 53, 0))
    text = statement if isinstance(statement, str) else str(statement.compile())
    assert text == sql


@pytest.mark.parametrize(
    "operation",
    [
        ops.CreateUniqueConstraintOp("uq", "t", ["a"]),
        ops.CreateForeignKeyOp("fk", "t", "u", ["a"], ["id"]),
        ops.AlterColumnOp("t", "a", modify_nullable=False, modify_server_default="1"),
        ops.AlterColumnOp("t", "a", modify_type=sa.Text()),
    ],
)
def test_the_rest_is_a_rebuild_still(operation: ops.AlterTableOp) -> None:
    """Keys, types and defaults are not among what newer versions alter."""
    assert not operation.native(sqlite(3, 54, 1))
