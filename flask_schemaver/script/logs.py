"""What an env.py may do to logging: it sets up what nobody has, and takes nothing away.

`fileConfig` of the standard library disables every logger that it does not name and closes every
handler, so that an app which runs its migrations says nothing more:
https://docs.python.org/3/library/logging.config.html#logging.config.fileConfig
"""

from __future__ import annotations

import logging
import logging.config
import os
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, RawConfigParser
from types import ModuleType
from typing import Any

from .alias import InFront

OURS = {"alembic": "flask_schemaver", "flask_migrate": "flask_schemaver"}
"""The loggers whose settings hold for this project's own."""


def kept(module: ModuleType) -> ModuleType:
    """`logging` or `logging.config`, with a `fileConfig` that takes nothing away."""
    if module is logging:
        return _logging
    return _config if module is logging.config else module


def file_config(
    fname: Any,
    defaults: Mapping[str, str] | None = None,
    disable_existing_loggers: bool = False,
    encoding: str | None = None,
) -> None:
    """Set logging up as a file says, if no program has done so; else only levels nobody has set.

    No logger is disabled unless that is asked for. A file without settings of logging is left.
    """
    parser = _parsed(fname, defaults, encoding)
    if parser is None or not parser.has_section("loggers"):
        return
    levels = dict(_levels(parser))
    if any(_has_handlers(logger) for logger in _loggers()):
        for name, level in levels.items():
            if name and logging.getLogger(name).level == logging.NOTSET:
                logging.getLogger(name).setLevel(level)
    else:
        logging.config.fileConfig(
            parser, disable_existing_loggers=disable_existing_loggers, encoding=encoding
        )
    for theirs, ours in OURS.items():
        if theirs in levels and logging.getLogger(ours).level == logging.NOTSET:
            logging.getLogger(ours).setLevel(levels[theirs])


def _parsed(
    fname: Any, defaults: Mapping[str, str] | None, encoding: str | None
) -> RawConfigParser | None:
    if fname is None or isinstance(fname, RawConfigParser):
        return fname
    # A '%' elsewhere in the file, as in a password, is nothing that logging should stumble over.
    parser = ConfigParser(defaults, interpolation=None)
    if hasattr(fname, "readline"):
        parser.read_file(fname)
    elif os.path.exists(fname):
        parser.read(fname, encoding=encoding or "utf-8")
    return parser


def _levels(parser: RawConfigParser) -> Iterator[tuple[str, str]]:
    """The levels that the file gives to loggers; the root logger has no name."""
    for key in parser.get("loggers", "keys", fallback="").split(","):
        section = f"logger_{key.strip()}"
        if parser.has_section(section) and (level := parser.get(section, "level", fallback="")):
            yield parser.get(section, "qualname", fallback=""), level.strip()


def _loggers() -> Iterator[logging.Logger]:
    yield logging.getLogger()
    yield from (
        one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)
    )


def _has_handlers(logger: logging.Logger) -> bool:
    return any(not isinstance(one, logging.NullHandler) for one in logger.handlers)


_config = InFront(logging.config, fileConfig=file_config)
_logging = InFront(logging, config=_config)
