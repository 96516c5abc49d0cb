"""The text of an index after its table, `USING gin (a, lower(b)) WHERE c`, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_QUOTED = re.compile(r'"(?:[^"]|"")+"\Z|`(?:[^`]|``)+`\Z')
_TAIL = re.compile(
    r"(?:\s*INCLUDE\s*\((?P<include>[^()]*)\))?"
    r"(?P<nulls>\s*NULLS NOT DISTINCT)?"
    r"(?:\s*WITH\s*\((?P<storage>[^()]*)\))?"
    r"(?:\s*TABLESPACE\s+(?P<tablespace>\S+))?"
    r"(?:\s*WHERE\s+(?P<where>.*))?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class IndexText:
    """An index's elements, each a column's bare name or the text of an expression, and the rest."""

    elements: tuple[str, ...]
    plain: tuple[bool, ...]
    method: str | None = None
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    storage: tuple[tuple[str, str], ...] = ()
    tablespace: str | None = None
    where: str | None = None


@lru_cache(maxsize=1024)
def parse_index_text(text: str) -> IndexText:
    """Take apart what stands after `ON table` in CREATE INDEX."""
    method, text = _method(text.strip())
    inside, rest = _parenthesised(text)
    elements = split_commas(inside)
    tail = _TAIL.match(rest)
    found = tail.groupdict() if tail else {}
    return IndexText(
        tuple(bare_name(e) for e in elements),
        tuple(is_name(e) for e in elements),
        method,
        tuple(bare_name(n) for n in split_commas(found.get("include") or "")),
        bool(found.get("nulls")),
        tuple(_setting(s) for s in split_commas(found.get("storage") or "")),
        found.get("tablespace"),
        found.get("where"),
    )


def _method(text: str) -> tuple[str | None, str]:
    match = re.match(r"USING\s+(\w+)\s*", text, re.IGNORECASE)
    return (match[1].lower(), text[match.end() :]) if match else (None, text)


def _setting(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip().strip("'")


def is_name(element: str) -> bool:
    """Whether an element is a column's name and nothing more."""
    return bool(_WORD.match(element) or _QUOTED.match(element))


def bare_name(element: str) -> str:
    """A column's name without its quotes; any other element as it is."""
    if _QUOTED.match(element):
        return element[1:-1].replace(element[0] * 2, element[0])
    return element


def _parenthesised(text: str) -> tuple[str, str]:
    """What the first parenthesis encloses, and what follows it."""
    depth = 0
    start = text.index("(")
    for place, character in _outside_quotes(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and place >= start and character == ")":
            return text[start + 1 : place], text[place + 1 :]
    return text[start + 1 :], ""


def split_commas(text: str) -> list[str]:
    """Split at commas that no quote and no parenthesis encloses."""
    depth, start, parts = 0, 0, []
    for place, character in _outside_quotes(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def _outside_quotes(text: str) -> list[tuple[int, str]]:
    quote = ""
    found = []
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        else:
            found.append((place, character))
    return found
