"""Which naming convention the constraints of a table get their names by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa


def metadata_of(target: Any) -> Sequence[sa.MetaData]:
    """The MetaData objects of `target_metadata`: one, several, or none."""
    if isinstance(target, sa.MetaData):
        return (target,)
    if isinstance(target, Sequence):
        return tuple(item for item in target if isinstance(item, sa.MetaData))
    return ()


def convention_of(
    several: Sequence[sa.MetaData], table: str | None, schema: str | None
) -> Mapping[str, Any] | None:
    """The convention of the MetaData that has the table, else of the first one; None for none."""
    key = f"{schema}.{table}" if schema else table
    owners = (metadata for metadata in several if key in metadata.tables)
    owner = next(owners, several[0] if several else None)
    return None if owner is None else dict(owner.naming_convention)
