"""SQLAlchemy's dialect as it serves for text, and what statements can guard themselves."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect

GUARDED = frozenset(
    {
        "add_column",
        "drop_column",
        "create_table",
        "drop_table",
        "create_index",
        "drop_index",
        "drop_constraint",
        "create_sequence",
        "drop_sequence",
        "create_schema",
        "drop_schema",
    }
)


def undoubled(dialect: EngineDialect) -> EngineDialect:
    """A copy that makes text to be run, or written, as it is: no '%' is doubled for a driver."""
    plain = copy.copy(dialect)
    plain.paramstyle = "named"
    plain.positional = False
    plain.identifier_preparer = dialect.preparer(plain)
    # It doubles, in the values of an ENUM, what its own dialect's preparer doubles.
    plain.type_compiler_instance = type(dialect.type_compiler_instance)(plain)
    # The types' processors are kept here, and they know the other preparer.
    plain._type_memos = WeakKeyDictionary()
    return plain
