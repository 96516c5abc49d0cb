"""A migration on a database of the test's own, and what the database then looks like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from flask_schemaver.operations.facade import Operations
from flask_schemaver.runtime.migration import MigrationContext

from .live import Database


@pytest.fixture
def database(engine: sa.Engine) -> Iterator[Database]:
    """A database whose migration is running."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context) as op:
            yield Database(op)
        connection.rollback()
