"""Sequences of MariaDB: how they count where nothing is said, and how that is changed.

https://mariadb.com/kb/en/create-sequence/ and https://mariadb.com/kb/en/alter-sequence/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LEAST, MOST = -9223372036854775807, 9223372036854775806
NAMES = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache")


def all_options(sequence: Any) -> dict[str, Any]:
    """Every option of a sequence, declared or read, as the server has it."""
    if isinstance(sequence, Mapping):
        given = {name: sequence.get(name) for name in NAMES}
    else:
        given = {name: getattr(sequence, name, None) for name in NAMES}
    increment = given["increment"] or 1
    least = given["minvalue"]
    most = given["maxvalue"]
    if least is None:
        least = 1 if increment > 0 else LEAST
    if most is None:
        most = MOST if increment > 0 else -1
    start = given["start"]
    if start is None:
        start = least if increment > 0 else most
    cache = 1000 if given["cache"] is None else given["cache"]
    options = {"increment": increment, "minvalue": least, "maxvalue": most, "start": start}
    return {**options, "cache": int(cache), "cycle": bool(given["cycle"])}


def change(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    """ALTER SEQUENCE; the next number stays."""
    words = {
        "increment": "INCREMENT BY {}",
        "minvalue": "MINVALUE {}",
        "maxvalue": "MAXVALUE {}",
        "start": "START WITH {}",
        "cache": "CACHE {}",
    }
    clauses = [word.format(options[key]) for key, word in words.items() if key in options]
    if "cycle" in options:
        clauses.append("CYCLE" if options["cycle"] else "NOCYCLE")
    if clauses:
        yield f"ALTER SEQUENCE {name} {' '.join(clauses)}"
