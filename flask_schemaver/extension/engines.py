"""Engines as migrations need them: made from a URL, usable without a loop, told apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine


def engine_for(url: str | URL) -> Engine:
    """An engine for a URL, whichever driver it names; what cannot be made is not repeated."""
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        address = sa.make_url(url)
        if address.get_dialect().is_async:
            from sqlalchemy.ext.asyncio import create_async_engine

            return create_async_engine(address).sync_engine
        return sa.create_engine(address)
    except (ArgumentError, NoSuchModuleError, ImportError) as cause:
        raise ConfigError(
            f"No engine can be made for the database's URL: {_without_url(cause, url)}",
            hint="Correct the URL, or install the database's driver.",
        ) from None


def synchronous(engine: Any) -> Engine:
    """An engine for synchronous code; of an asynchronous one, its own side of that kind.

    The pool of an asynchronous engine holds connections of the app's loop, which no other loop can
    use: commands get connections of their own, made in the same way. A database in memory is its
    pool.
    """
    plain = cast("Engine", getattr(engine, "sync_engine", engine))
    if not plain.dialect.is_async or plain.url.database in (None, "", ":memory:"):
        return plain
    import sqlalchemy as sa

    # With the listeners of the app's pool, which may give each connection its settings.
    pool = sa.NullPool(plain.pool._creator, dialect=plain.dialect, _dispatch=plain.pool.dispatch)
    made = sa.Engine(pool, plain.dialect, plain.url)
    made.dispatch._update(plain.dispatch, only_propagate=False)
    return made


def address(url: URL) -> tuple[Any, ...] | None:
    """What tells one database from another; None for one that nobody else can see."""
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in (None, "", ":memory:") or "mode" in url.query:
            return None
        return backend, str(Path(url.database or "").resolve())
    query = tuple(sorted((name, str(value)) for name, value in url.query.items()))
    return backend, url.host or "localhost", url.port, url.database, query


def _without_url(cause: Exception, url: str | URL) -> str:
    """The text of an error; SQLAlchemy quotes a URL it cannot read, with its password."""
    text = str(cause)
    return text.replace(str(url), "...") if isinstance(url, str) else text


def text_of(cause: Exception) -> str:
    """What a KeyError or a RuntimeError says."""
    return str(cause.args[0]) if cause.args else type(cause).__name__
