"""SQLAlchemy's events around CREATE TABLE and DROP TABLE, for models and packages that listen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.schema import CreateTable, DropTable

if TYPE_CHECKING:
    from .facade import Migration


class _Made(dict[str, Any]):
    """For the listeners that types of PostgreSQL are: every one is made, the dialect has done it.

    They look up sets of names by kinds of types.
    """

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, _: str) -> _Made:
        return self

    def add(self, _: object) -> None:
        """One more name that is known already."""


class _Runner:
    """As much of what runs DDL in SQLAlchemy as listeners ask for."""

    memo = _Made()


@contextmanager
def announced(statement: object, context: Migration) -> Iterator[None]:
    """Tell the listeners of a table before and after the statement that creates or drops it."""
    word = {CreateTable: "create", DropTable: "drop"}.get(type(statement))
    if word is None:
        yield
        return
    table = statement.element  # type: ignore[attr-defined]
    facts: dict[str, Any] = {
        "checkfirst": False,
        "_ddl_runner": _Runner(),
        "_is_metadata_operation": False,
    }
    getattr(table.dispatch, f"before_{word}")(table, context.bind, **facts)
    yield
    getattr(table.dispatch, f"after_{word}")(table, context.bind, **facts)
