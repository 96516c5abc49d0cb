"""Where the engine and the metadata of an app come from; looked up when they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import Flask

from ..errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine, MetaData


class Database:
    """Where the engine and the metadata of one app come from; looked up when they are needed."""

    def __init__(self, app: Flask, *, db: Any, metadata: Any, engine: Any, url: Any) -> None:
        self._app = app
        self._db = db
        self._metadata = metadata
        self._engine = engine
        self._url = url
        if db is not None and metadata is None and not hasattr(db, "metadata"):
            raise no_metadata(db)

    @property
    def db(self) -> Any:
        """The object of Flask-SQLAlchemy, or of Flask-SQLAlchemy-Lite; None without one."""
        return self._db if self._db is not None else self._app.extensions.get("sqlalchemy")

    @property
    def metadata(self) -> MetaData | Sequence[MetaData]:
        """The models' tables."""
        if self._metadata is not None:
            return cast("MetaData | Sequence[MetaData]", _called(self._metadata))
        if self.db is None:
            raise self._no_database()
        if not hasattr(self.db, "metadata"):
            raise no_metadata(self.db)
        return cast("MetaData", self.db.metadata)

    @cached_property
    def engine(self) -> Engine:
        """The engine; nothing is connected to yet."""
        if self._engine is not None:
            return cast("Engine", _called(self._engine))
        if self._url is not None:
            return _engine_for(_called(self._url))
        if self.db is None:
            raise self._no_database()
        return self._engine_of_db()

    @property
    def tables(self) -> int:
        """How many tables the models have."""
        metadata = self.metadata
        several = metadata if isinstance(metadata, list | tuple) else (metadata,)
        return sum(len(one.tables) for one in several)

    def _engine_of_db(self) -> Engine:
        try:
            return cast("Engine", self.db.engine)
        except (RuntimeError, KeyError) as cause:
            raise ConfigError(
                f"The app '{self._app.import_name}' has no database: {_text_of(cause)}",
                hint="Call 'db.init_app(app)', with the database's URL in app.config.",
            ) from cause

    def _no_database(self) -> ConfigError:
        return ConfigError(
            f"No database is configured for the app '{self._app.import_name}'.",
            hint="Use SchemaVer(app, db) with the db of Flask-SQLAlchemy, or "
            "SchemaVer(app, metadata=..., url=...).",
        )


def _called(value: Any) -> Any:
    return value() if callable(value) else value


def _text_of(cause: Exception) -> str:
    return str(cause.args[0]) if cause.args else type(cause).__name__


def no_metadata(db: Any) -> ConfigError:
    return ConfigError(
        f"The db object of '{type(db).__module__.partition('.')[0]}' holds no metadata.",
        hint="Pass that of the models: SchemaVer(app, db, metadata=Model.metadata).",
    )


def _engine_for(url: str | URL) -> Engine:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        return sa.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as cause:
        raise ConfigError(
            f"No engine can be made for the database's URL: {_without_url(cause, url)}",
            hint="Correct the URL, or install the database's driver.",
        ) from None


def _without_url(cause: Exception, url: str | URL) -> str:
    """The text of an error; SQLAlchemy quotes a URL it cannot read, with its password."""
    text = str(cause)
    return text.replace(str(url), "...") if isinstance(url, str) else text
