"""The SQL text of operations, for databases that have no server here."""

from __future__ import annotations

from typing import Any

from flask_schemaver.dialects.base import Dialect
from flask_schemaver.schema.operation import Operation


def spelled(operation: Operation, dialect: Dialect) -> list[str]:
    """The statements of an operation as a script would have them, without line breaks."""
    return [" ".join(text_of(s, dialect).split()) for s in operation.statements(dialect)]


def text_of(statement: Any, dialect: Dialect) -> str:
    if isinstance(statement, str):
        return statement
    options = {"literal_binds": True}
    return str(statement.compile(dialect=dialect.engine, compile_kwargs=options))
