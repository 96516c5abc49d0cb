"""Runs env.py so that a database whose driver is asynchronous is one like any other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from .sections import names_in

if TYPE_CHECKING:
    from ..script.directory import ScriptDirectory


def run_env(config: Config, script: ScriptDirectory) -> None:
    """Execute env.py, on a loop of its own if a driver needs one."""
    if not (_needs_loop(config) or _would_nest(script)):
        script.run_env()
        return
    from ..runtime import bridge

    bridge.run(script.run_env)


def _needs_loop(config: Config) -> bool:
    """Whether a database of the app, or one that a file names, has an asynchronous driver."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    state = config.attributes.get("app_state")
    if state is not None:
        return bool(state.is_asynchronous)
    for url in _urls(config):
        try:
            if make_url(url).get_dialect().is_async:
                return True
        except (SQLAlchemyError, ImportError, ValueError):
            continue  # env.py says what is wrong with it, if it uses it
    return False


def _urls(config: Config) -> Iterator[str]:
    option = "sqlalchemy.url"
    urls = [config.get_alembic_option(option)]
    for name in names_in(config):
        urls.append((config.get_section(name, {}) or {}).get(option))
    return (url for url in urls if isinstance(url, str) and url)


def _would_nest(script: ScriptDirectory) -> bool:
    """Whether env.py starts a loop, which no thread can do that runs one already."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return False
    file = Path(script.env_py_location)
    return file.is_file() and b"asyncio" in file.read_bytes()
