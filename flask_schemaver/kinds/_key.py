"""What primary keys and UNIQUE constraints share: columns that foreign keys can lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..schema.model import Ref, key_ref
from ._constraint import AddConstraintOp


class AddKeyOp(AddConstraintOp):
    """Add a constraint that makes some columns unique together."""

    def __init__(
        self,
        constraint_name: str | None,
        table_name: str,
        columns: Sequence[str],
        *,
        schema: str | None = None,
        **kw: Any,
    ) -> None:
        self.constraint_name = constraint_name
        self.table_name = table_name
        self.columns: list[str] = list(columns)
        self.schema = schema
        self.kw = kw

    def keys(self) -> Iterable[Ref]:
        return (key_ref(self.schema, self.table_name, self.columns),)
