"""Which version table holds: that of the settings, or the one that Alembic has kept here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..config import ADOPTED_TABLE
from ..dialects.registry import version_table_of_others
from .ledger import VERSION_TABLE, Ledger

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import Dialect

    from ..config import Config
    from ..script.directory import ScriptDirectory


def ledger_by(opts: Mapping[str, Any], config: Config | None, dialect: Dialect) -> Ledger:
    """The version table that env.py, the app's settings or the files name, else the usual one.

    What is in it besides the revisions may be a matter of a class of another package.
    """
    table = _setting("version_table", opts, config)
    if table is None:
        adopted = config is not None and config.is_adopted
        table = ADOPTED_TABLE if adopted else VERSION_TABLE
    schema = _setting("version_table_schema", opts, config)
    key = bool(opts.get("version_table_pk", True))
    ledger = Ledger(table, schema, primary_key=key)
    shape = version_table_of_others(dialect, table, schema, primary_key=key)
    if shape is not None:
        ledger.take_shape(shape)
    return ledger


def _setting(name: str, opts: Mapping[str, Any], config: Config | None) -> str | None:
    given: str | None = opts.get(name)
    if given or config is None:
        return given or None
    settings = config.attributes.get("settings")
    if settings is not None and settings.origin(name) != "default":
        return str(getattr(settings, name))
    return config.get_alembic_option(name) or None


_OTHERS = {VERSION_TABLE: ADOPTED_TABLE, ADOPTED_TABLE: VERSION_TABLE}


def going_on(connection: Connection, ledger: Ledger, script: ScriptDirectory | None) -> Ledger:
    """The other of the two usual tables, where `ledger` has no row and that one knows these files.

    A database may be shared with another program: rows that no file here knows are not ours.
    Without files, as in a context that a program has made of a connection, all rows count.
    """
    if ledger.name not in _OTHERS:
        return ledger
    kept = Ledger(_OTHERS[ledger.name], ledger.schema)
    rows = kept.read(connection)
    known = rows if script is None else [row for row in rows if row in script.revision_map]
    return kept if known else ledger
