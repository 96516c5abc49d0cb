"""What another connection sees after a commit: a run that was rolled back unseen is found out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..errors import DatabaseError
from .failures import listed
from .file_lock import sqlite_file
from .server_lock import side_engine
from .transaction import settle

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .ledger import Ledger


def verify(connection: Connection, ledger: Ledger, expected: Iterable[str]) -> None:
    """Compare the version rows with what another connection sees; raises DatabaseError.

    Does nothing for a database that one connection alone can see, or if no second one is had.
    """
    seen = _read_back(connection, ledger)
    settle(connection)
    wanted = tuple(sorted(expected))
    if seen is not None and seen != wanted:
        raise DatabaseError(
            f"The revisions were committed, but another connection sees the database at"
            f" {listed(seen) or 'base'} and not at {listed(wanted) or 'base'}.",
            hint="Look for code in env.py or in a revision that ends the transaction, switches the"
            " schema or talks to another server, and run 'flask db current'.",
        )


def _read_back(connection: Connection, ledger: Ledger) -> tuple[str, ...] | None:
    if connection.dialect.name == "sqlite" and sqlite_file(connection) is None:
        return None
    engine = side_engine(connection.engine)
    translate = connection.get_execution_options().get("schema_translate_map")
    try:
        with engine.connect() as fresh:
            seen = fresh.execution_options(schema_translate_map=translate)
            if not _same_place(connection, seen, ledger):
                return None
            return ledger.read(seen)
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def _same_place(connection: Connection, fresh: Connection, ledger: Ledger) -> bool:
    """Make names on the fresh connection mean what they mean on the other, if that is possible."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        path = connection.scalar(sa.text("SELECT current_setting('search_path')"))
        setting = sa.text("SELECT set_config('search_path', :path, false)")
        fresh.execute(setting, {"path": path})
    elif dialect in ("mysql", "mariadb"):
        database = connection.scalar(sa.text("SELECT DATABASE()"))
        fresh.exec_driver_sql(f"USE {fresh.dialect.identifier_preparer.quote(database)}")
    elif dialect == "sqlite" and ledger.schema is not None:
        return ledger.schema in sa.inspect(fresh).get_schema_names()
    return True
