"""Ids of new revisions, and the names of their files."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

FILE_TEMPLATE = "%(rev)s_%(slug)s"
SLUG_LENGTH = 40
"""Characters, at most, of the words of the message in a file name."""

TOKENS = ("rev", "slug", "epoch", "year", "month", "day", "hour", "minute", "second")

_WORD = re.compile(r"\w+")


def new_revision_id() -> str:
    """Twelve random hexadecimal digits."""
    return os.urandom(6).hex()


def slug(message: str | None, length: int = SLUG_LENGTH) -> str:
    """The words of a message as a part of a file name; too many are cut at a word."""
    words = "_".join(_WORD.findall(message or "")).lower()
    if len(words) <= length:
        return words
    whole_words = words[:length].rpartition("_")[0] or words[:length]
    return f"{whole_words}_"


def file_name(template: str, revision: str, slug: str, created: datetime) -> str:
    """The name of a new file, with `.py`; it may contain `/` if the template does."""
    values = {
        "rev": revision,
        "slug": slug,
        "epoch": int(created.timestamp()),
        **{unit: getattr(created, unit) for unit in TOKENS[3:]},
    }
    try:
        return f"{template % values}.py"
    except (KeyError, ValueError, TypeError) as cause:
        raise ConfigError(
            f"The option 'file_template' is '{template}', which cannot be filled in: "
            f"{type(cause).__name__} {cause}.",
            hint=f"It may hold {', '.join(f'%({token})s' for token in TOKENS)}.",
        ) from cause


def creation_time(zone: str | None) -> datetime:
    """Now: in the named time zone, else the local time without a zone."""
    from datetime import UTC, datetime

    if zone is None:
        return datetime.now()  # noqa: DTZ005 - without a zone, as documented
    return datetime.now(UTC).replace(microsecond=0).astimezone(_zone(zone))


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    for spelling in dict.fromkeys((name, name.upper())):
        try:
            return ZoneInfo(spelling)
        except (LookupError, ValueError, OSError):
            continue
    raise ConfigError(
        f"The option 'timezone' is '{name}', which is no known time zone.",
        hint="Write a name such as 'UTC' or 'Europe/Berlin'. On a system without time zones, "
        "'pip install tzdata' brings them.",
    )
