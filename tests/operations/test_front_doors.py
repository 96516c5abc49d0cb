"""The paths under which programs and plugins find what operations are made of."""

from __future__ import annotations

from importlib import import_module

import pytest

DOORS = {
    "operations": "AbstractOperations BatchOperations MigrateOperation MigrationScript Operations",
    "operations.base": "AbstractOperations BatchOperations Operations",
    "ddl": "DefaultImpl",
    "ddl.impl": "DefaultImpl",
    "ddl.mssql": "MSSQLImpl",
    "ddl.mysql": "MySQLImpl MariaDBImpl",
    "ddl.oracle": "OracleImpl",
    "ddl.postgresql": "PostgresqlImpl",
    "ddl.sqlite": "SQLiteImpl",
    "runtime.migration": "MigrationContext MigrationInfo",
}


@pytest.mark.parametrize("module", DOORS)
def test_a_documented_path_leads_to_its_names(module: str) -> None:
    """Each name is a class."""
    found = import_module(f"flask_schemaver.{module}")
    assert all(isinstance(getattr(found, name), type) for name in DOORS[module].split())


def test_what_is_not_there_is_an_attribute_error() -> None:
    """The package has no other names, and `ops` as a module."""
    operations = import_module("flask_schemaver.operations")
    assert operations.ops.CreateTableOp.directive == "create_table"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        operations.nothing  # noqa: B018
