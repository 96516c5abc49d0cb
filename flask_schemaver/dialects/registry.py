"""Which class spells for which of SQLAlchemy's dialects, those of other packages among them.

A class that derives from `Dialect` and has a `name` (or, as Alembic calls it, a `__dialect__`) is
used for the databases of that name from then on. A package that is installed can name its classes
under the entry point group `flask_schemaver.dialects` instead, and need not be imported.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect

    from .base import Dialect

GROUP = "flask_schemaver.dialects"

_OWN = {
    "sqlite": ("sqlite.dialect", "SQLiteDialect"),
    "postgresql": ("postgresql", "PostgreSQLDialect"),
    "mysql": ("mysql", "MySQLDialect"),
    "mariadb": ("mysql", "MariaDBDialect"),
    "mssql": ("mssql", "MSSQLDialect"),
    "oracle": ("oracle", "OracleDialect"),
}
_registered: dict[str, type[Dialect]] = {}


def register(class_: type[Dialect]) -> None:
    """Take note of a class that says which databases it is for."""
    own = vars(class_)
    name = own.get("__dialect__") or own.get("name")
    if name is None or class_.__module__.startswith(f"{__package__}."):
        return
    class_.name = name
    _registered[name] = class_


def class_for(engine_dialect: EngineDialect) -> type[Dialect] | None:
    """The class for one of SQLAlchemy's dialects; None where nobody has one."""
    name = engine_dialect.name
    if name == "mysql" and getattr(engine_dialect, "is_mariadb", False):
        name = "mariadb"
    if name in _registered:
        return _registered[name]
    if name in _OWN:
        module, class_name = _OWN[name]
        found: type[Dialect] = getattr(import_module(f"{__package__}.{module}"), class_name)
        return found
    return _of_other_package(name)


def _of_other_package(name: str) -> type[Dialect] | None:
    for entry in entry_points(group=GROUP, name=name):
        loaded: Any = entry.load()
        _registered[name] = loaded
        return _registered[name]
    return None
