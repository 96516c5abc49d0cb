"""What plugins say to the person at the terminal."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import CommandError

log: logging.Logger = logging.getLogger("flask_schemaver.util")


def msg(msg: str, newline: bool = True, flush: bool = False, quiet: bool = False) -> None:
    """Write a line to standard output, unless `quiet`."""
    if quiet:
        return
    sys.stdout.write(msg + ("\n" if newline else ""))
    if flush:
        sys.stdout.flush()


def err(message: str, quiet: bool = False) -> None:
    """Give up with a message for a person: raises CommandError."""
    raise CommandError(message)


def warn(msg: str, stacklevel: int = 2) -> None:
    """Issue a UserWarning."""
    warnings.warn(msg, UserWarning, stacklevel=stacklevel + 1)


@contextmanager
def status(_statmsg: str, newline: bool = False, quiet: bool = False) -> Iterator[None]:
    """Say what is begun, and how it ended."""
    msg(f"{_statmsg} ...", newline=newline, flush=True, quiet=quiet)
    try:
        yield
    except BaseException:
        msg("  failed", quiet=quiet)
        raise
    msg("  done", quiet=quiet)


def format_as_comma(value: str | Iterable[str] | None) -> str:
    """One or several ids with commas between them."""
    if not value:
        return ""
    return value if isinstance(value, str) else ", ".join(value)


def obfuscate_url_pw(input_url: Any) -> str:
    """A database's address without its password."""
    from sqlalchemy.engine import make_url

    return make_url(input_url).render_as_string(hide_password=True)
