"""Each directive, with each of its arguments, as each database is told it: see spellings.txt."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from dialects.spellings import DATABASES, read, spelling

from flask_schemaver import op
from flask_schemaver.operations.facade import Operations

TABLE = read()
DIRECTIVES = {name for name in vars(op) if callable(getattr(Operations, name, None))}
# They write nothing of their own, or too much to be read here.
WITHOUT_SQL = {
    "batch_alter_table",
    "change_enum_values",
    "f",
    "get_bind",
    "get_context",
    "inline_literal",
    "invoke",
    "run_async",
}


@pytest.mark.parametrize("call", list(TABLE))
def test_a_call_on_each_database(call: str) -> None:
    """The statements are those of the table."""
    needed = call.partition("# SQLAlchemy ")[2]
    if needed and not sa.__version__.startswith(needed):
        pytest.skip(f"SQLAlchemy {sa.__version__} writes it in another way")
    assert {name: spelling(call, name) for name in DATABASES} == TABLE[call]


def test_the_table_has_each_directive() -> None:
    """What is in `op` has a line."""
    called = {call.removeprefix("op.").partition("(")[0] for call in TABLE}
    assert DIRECTIVES - {name for name in DIRECTIVES if name[0] == "_"} - called == WITHOUT_SQL
