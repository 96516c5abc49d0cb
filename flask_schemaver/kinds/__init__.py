"""One module per kind of schema object: its model, reading, comparing, operations, rendering.

`KINDS` names them in the order in which objects are created.
"""

from __future__ import annotations

from ..schema.model import Kind
from .check import CheckKind
from .column.kind import ColumnKind
from .constraint_comment import ConstraintCommentKind
from .domain import DomainKind
from .enum import EnumKind
from .exclude import ExcludeKind
from .foreign_key import ForeignKeyKind
from .index import IndexKind
from .namespace import NamespaceKind
from .primary_key import PrimaryKeyKind
from .sequence import SequenceKind
from .table import TableKind
from .unique import UniqueKind

KINDS: tuple[Kind, ...] = (
    NamespaceKind(),
    EnumKind(),
    DomainKind(),
    SequenceKind(),
    TableKind(),
    ColumnKind(),
    PrimaryKeyKind(),
    UniqueKind(),
    CheckKind(),
    ExcludeKind(),
    ForeignKeyKind(),
    IndexKind(),
    ConstraintCommentKind(),
)
