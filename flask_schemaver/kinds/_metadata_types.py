"""The types that a MetaData knows of without asking its columns: those that stand alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa


def types_of_metadata(metadata: sa.MetaData) -> Iterable[Any]:
    """The named types that `create_all` makes though no column need have them.

    SQLAlchemy keeps no list of them; it has them listen for the creation of the MetaData.
    """
    from sqlalchemy.types import SchemaType

    for listener in metadata.dispatch.before_create:
        target = getattr(listener, "target", None) or getattr(listener, "__self__", None)
        if isinstance(target, SchemaType) and target.metadata is metadata:
            yield target
