"""A judge that does not know the comparer: what the catalogue itself says of a database."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from .snapshot_postgresql import postgresql_snapshot
from .sqlite_catalogue import sqlite_catalogue


def snapshot(connection: sa.Connection) -> dict[str, list[Any]]:
    """Everything that two equal databases must agree on; columns without their order."""
    if connection.dialect.name == "postgresql":
        return postgresql_snapshot(connection)
    if connection.dialect.name == "mysql":
        return mysql_snapshot(connection)
    return {name: sorted(map(str, rows)) for name, rows in sqlite_catalogue(connection).items()}


def differences(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """What only one of two snapshots has; '-' for the first, '+' for the second."""
    lines = []
    for name in one:
        lines += [f"- {name} {row}" for row in one[name] if row not in other[name]]
        lines += [f"+ {name} {row}" for row in other[name] if row not in one[name]]
    return lines


def mysql_snapshot(connection: sa.Connection) -> dict[str, list[Any]]:
    """The lines of SHOW CREATE TABLE, but for the counter of new keys; and the sequences."""
    found: dict[str, list[Any]] = {"lines": [], "sequences": []}
    for table, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
        name = table.replace("`", "``").replace("%", "%%")
        if kind == "SEQUENCE":
            shown = connection.exec_driver_sql(f"SHOW CREATE SEQUENCE `{name}`").one()[1]
            found["sequences"].append(shown)
            continue
        shown = connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1]
        lines = re.sub(r" AUTO_INCREMENT=\d+", "", shown).splitlines()
        found["lines"] += sorted(f"{table}: {line.strip().rstrip(',')}" for line in lines)
    return found
