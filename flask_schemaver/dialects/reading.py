"""Reading tables through SQLAlchemy's inspector, all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from .reflected import ReflectedTable


def read_with_inspector(
    inspector: sa.Inspector, schema: str | None, names: Sequence[str], **scope: Any
) -> list[ReflectedTable]:
    """Read tables through `Inspector.get_multi_*`: one query a question on PostgreSQL."""
    wanted: dict[str, Any] = {"schema": schema, "filter_names": list(names), **scope}
    columns = inspector.get_multi_columns(**wanted)
    keys = inspector.get_multi_pk_constraint(**wanted)
    uniques = inspector.get_multi_unique_constraints(**wanted)
    foreign_keys = inspector.get_multi_foreign_keys(**wanted)
    indexes = inspector.get_multi_indexes(**wanted)
    checks = _or_empty(inspector.get_multi_check_constraints, wanted)
    comments = _or_empty(inspector.get_multi_table_comment, wanted)
    options = _or_empty(inspector.get_multi_table_options, wanted)
    return [
        ReflectedTable(
            schema,
            key[1],
            list(found),
            primary_key=keys.get(key),
            uniques=list(uniques.get(key) or ()),
            checks=list(checks.get(key) or ()),
            foreign_keys=list(foreign_keys.get(key) or ()),
            indexes=list(indexes.get(key) or ()),
            comment=(comments.get(key) or {}).get("text"),
            options=dict(options.get(key) or {}),
        )
        for key, found in columns.items()
    ]


def _or_empty(question: Callable[..., Any], wanted: dict[str, Any]) -> Any:
    """The answer of the inspector, or nothing from a dialect that cannot answer."""
    try:
        return question(**wanted)
    except NotImplementedError:
        return {}
