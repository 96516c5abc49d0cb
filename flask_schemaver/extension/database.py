"""The databases of an app: their engines and the metadata of their models, when they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask

from ..errors import ConfigError
from .engines import address, engine_for, synchronous, text_of

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, MetaData

DEFAULT = "default"
"""What the database without a name is called; in code its name is the empty text."""


def label_of(name: str) -> str:
    """A database's name, for a person."""
    return name or DEFAULT


@dataclass(frozen=True)
class Database:
    """One database of an app, as env.py meets it in `current_schemaver.databases`.

    `options` are the keywords for `context.configure`, the same ones online and offline.
    """

    name: str
    engine: Engine
    metadata: MetaData | Sequence[MetaData] | None
    options: Mapping[str, Any]
    shared: Connection | None = None
    """The connection that the caller of the command works on, if there is one."""

    @property
    def label(self) -> str:
        return label_of(self.name)

    @property
    def url(self) -> URL:
        """The address, an object: any character may be in the password."""
        return self.engine.url

    @property
    def several_metadata(self) -> list[MetaData]:
        """The metadata as a list, empty if nobody declares a table for this database."""
        if self.metadata is None:
            return []
        if isinstance(self.metadata, Sequence):
            return list(self.metadata)
        return [self.metadata]

    @property
    def tables(self) -> int:
        """How many tables the models have."""
        return sum(len(one.tables) for one in self.several_metadata)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """The connection to migrate on: a caller's own if there is one, else a new one."""
        if self.shared is not None:
            yield self.shared
            return
        with opened(self.engine) as connection:
            yield connection


class Sources:
    """Where the engines and the metadata of one app come from; looked up when they are needed."""

    def __init__(self, app: Flask, *, db: Any, metadata: Any, engine: Any, url: Any) -> None:
        self._app = app
        self._db = db
        self._metadata = metadata
        self._engine = engine
        self._url = url
        self._made: dict[str, Engine] = {}
        if db is not None and metadata is None and not hasattr(db, "metadata"):
            raise no_metadata(db)

    @property
    def db(self) -> Any:
        """The object of Flask-SQLAlchemy, or of Flask-SQLAlchemy-Lite; None without one."""
        return self._db if self._db is not None else self._app.extensions.get("sqlalchemy")

    def close_sessions(self) -> None:
        """Give back what the sessions of `db` hold: an upgrade would wait for it, in vain."""
        session = getattr(self.db, "session", None)
        if session is None or not hasattr(session, "remove"):
            return
        # One for each context of the app: a factory may have pushed one that nobody ever leaves.
        scopes = getattr(getattr(session, "registry", None), "registry", None)
        for one in list(scopes.values()) if isinstance(scopes, Mapping) else []:
            one.close()
        session.remove()

    @property
    def has_own_engine(self) -> bool:
        """Whether the engine was given, and is not that of `db`."""
        return self._engine is not None or self._url is not None

    def metadata_by_name(self) -> dict[str, MetaData | Sequence[MetaData]]:
        """The models' tables, for each database that has any."""
        if self._metadata is not None:
            return _by_name(_called(self._metadata))
        if self.db is None:
            raise self._no_database()
        if isinstance(getattr(self.db, "metadatas", None), Mapping):
            return _by_name(self.db.metadatas)
        if not hasattr(self.db, "metadata"):
            raise no_metadata(self.db)
        return {"": self.db.metadata}

    def engines_by_name(self) -> dict[str, Engine]:
        """The engine of each database, the default one first; nothing is connected to."""
        found = self.given_engines()
        for name, engine in found.items():
            if name not in self._made or self._made[name].url != engine.url:
                self._made[name] = synchronous(engine)
        return {name: self._made[name] for name in sorted(found, key=bool)}

    def given_engines(self) -> dict[str, Any]:
        """The engines as they were given, those of asynchronous drivers too."""
        found = self._given_engines()
        return self._engines_of_db() if found is None else found

    def _given_engines(self) -> dict[str, Any] | None:
        if self._engine is not None:
            return _by_name(_called(self._engine))
        if self._url is None:
            return None
        return {name: engine_for(url) for name, url in _by_name(_called(self._url)).items()}

    def _engines_of_db(self) -> dict[str, Any]:
        """The engines that Flask-SQLAlchemy, with its binds, or the Lite one has made by now."""
        if self.db is None:
            raise self._no_database()
        try:
            found = dict(getattr(self.db, "engines", None) or {})
            if not found and hasattr(self.db, "async_engines"):
                found = dict(self.db.async_engines)
            if not found:
                found = {"": self.db.engine}
        except (RuntimeError, KeyError) as cause:
            raise ConfigError(
                f"The app '{self._app.import_name}' has no database: {text_of(cause)}",
                hint="Call 'db.init_app(app)', with the database's URL in app.config.",
            ) from cause
        named = _by_name(found)
        if hasattr(self.db, "metadatas"):
            return named
        # Without metadata of its own, an engine of the Lite extension may be anything.
        wanted = self.metadata_by_name()
        return {name: engine for name, engine in named.items() if name in wanted or not name}

    def _no_database(self) -> ConfigError:
        return ConfigError(
            f"No database is configured for the app '{self._app.import_name}'.",
            hint="Use SchemaVer(app, db) with the db of Flask-SQLAlchemy, or "
            "SchemaVer(app, metadata=..., url=...).",
        )


def require_distinct(databases: Iterable[Database]) -> None:
    """Refuse two names for one database: each would wait for the other, and drop its tables."""
    seen: dict[Any, Database] = {}
    for database in databases:
        place = address(database.url)
        if place is None:
            continue
        if place in seen:
            raise ConfigError(
                f"The databases '{seen[place].label}' and '{database.label}' are one: both are at"
                f" '{database.url.render_as_string(hide_password=True)}'.",
                hint="Give each its own, or name those to be migrated: SCHEMAVER_BINDS ="
                f" ['{seen[place].label}', ...].",
            )
        seen[place] = database


@contextmanager
def opened(engine: Engine) -> Iterator[Connection]:
    """A new connection; one that cannot be made is an error that names the database."""
    from sqlalchemy.exc import DBAPIError

    from ..runtime.failures import cannot_connect

    try:
        connection = engine.connect()
    except (DBAPIError, OSError) as cause:
        raise cannot_connect(cause, engine.url) from cause
    with connection:
        yield connection


def _by_name(value: Any) -> dict[str, Any]:
    """One thing, or a mapping of them by name, with the names as they are used here."""
    if not isinstance(value, Mapping):
        return {"": value}
    plain = "" if None in value or "" in value else DEFAULT
    return {
        "" if name in (None, "", plain) else str(name): _called(one) for name, one in value.items()
    }


def _called(value: Any) -> Any:
    return value() if callable(value) else value


def no_metadata(db: Any) -> ConfigError:
    return ConfigError(
        f"The db object of '{type(db).__module__.partition('.')[0]}' holds no metadata.",
        hint="Pass that of the models: SchemaVer(app, db, metadata=Model.metadata).",
    )
