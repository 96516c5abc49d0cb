"""Which class spells for which of SQLAlchemy's dialects, those of other packages among them.

A class that derives from `Dialect` and has a `name` (or, as Alembic calls it, a `__dialect__`) is
used for the databases of that name from then on. A package that is installed can name its classes
under the entry point group `flask_schemaver.dialects` instead, and need not be imported.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine.interfaces import Dialect as EngineDialect

    from .base import Dialect

GROUP = "flask_schemaver.dialects"

_OWN = {
    "sqlite": ("sqlite.dialect", "SQLiteDialect"),
    "postgresql": ("postgresql.dialect", "PostgreSQLDialect"),
    "mysql": ("mysql.dialect", "MySQLDialect"),
    "mariadb": ("mysql.dialect", "MariaDBDialect"),
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
    if "type_synonyms" in own:
        same = {word: min(words) for words in own["type_synonyms"] for word in words}
        class_.other_spellings = {**class_.other_spellings, **same}
    _registered[name] = class_


def class_for(engine_dialect: EngineDialect, *, loaded: bool = False) -> type[Dialect] | None:
    """The class for one of SQLAlchemy's dialects; None where nobody has one, or has `loaded` it."""
    name = engine_dialect.name
    if name == "mysql" and getattr(engine_dialect, "is_mariadb", False):
        name = "mariadb"
    if name in _registered:
        return _registered[name]
    if name in _OWN:
        module, class_name = _OWN[name]
        if loaded and f"{__package__}.{module}" not in sys.modules:
            return None
        found: type[Dialect] = getattr(import_module(f"{__package__}.{module}"), class_name)
        return found
    return None if loaded else _of_other_package(name)


def version_table_of_others(
    engine_dialect: EngineDialect, name: str, schema: str | None, *, primary_key: bool
) -> sa.Table | None:
    """The version table that another package's class, or a change of one, wants; else None."""
    home = sys.modules.get(f"{__package__}.base")
    if home is None:  # nobody can have changed what is not loaded
        return None
    from .judged import USUAL_VERSION_TABLE

    class_: Any = class_for(engine_dialect, loaded=True) or home.Dialect
    if class_.version_table_impl is USUAL_VERSION_TABLE:
        return None
    table: sa.Table = class_(engine_dialect).version_table_impl(
        version_table=name, version_table_schema=schema, version_table_pk=primary_key
    )
    return table


def _of_other_package(name: str) -> type[Dialect] | None:
    for entry in entry_points(group=GROUP, name=name):
        loaded: Any = entry.load()
        _registered[name] = loaded
        return _registered[name]
    return None
