"""One module per kind of schema object: its model, reading, comparing, operations, rendering.

`KINDS` names them in the order in which objects are created.
"""

from __future__ import annotations

from ..schema.model import Kind
from .check import CheckKind
from .column.kind import ColumnKind
from .enum import EnumKind
from .foreign_key import ForeignKeyKind
from .index import IndexKind
from .primary_key import PrimaryKeyKind
from .table import TableKind
from .unique import UniqueKind

KINDS: tuple[Kind, ...] = (
    EnumKind(),
    TableKind(),
    ColumnKind(),
    PrimaryKeyKind(),
    UniqueKind(),
    CheckKind(),
    ForeignKeyKind(),
    IndexKind(),
)
