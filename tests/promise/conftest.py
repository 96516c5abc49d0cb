"""Older releases of SQLAlchemy do not know all that the pairs are made of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

KNOWS_ALL = (2, 0, 41)
"""The release since which `sqlite_strict` and `postgresql_include` of a constraint are known."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Skip what the installed SQLAlchemy is too old to say."""
    try:
        yield
    except ArgumentError as error:
        if "is not accepted by dialect" in str(error) and _release() < KNOWS_ALL:
            pytest.skip(f"SQLAlchemy {sa.__version__}: {error}")
        raise


def _release() -> tuple[int, ...]:
    return tuple(int(number) for number in sa.__version__.split(".")[:3] if number.isdigit())
