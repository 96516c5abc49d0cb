"""SQL of MySQL and MariaDB in tokens, strings by what they mean: both write them in several ways.

https://dev.mysql.com/doc/refman/8.4/en/string-literals.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>(?:_(?:utf8mb[34]|utf8|latin1|binary|ascii)\s*)?
          (?:'(?:[^'\\]|''|\\.)*' | "(?:[^"\\]|""|\\.)*"))
      | (?P<bits>[bx]'[0-9a-f]*' | 0x[0-9a-f]+ | 0b[01]+)
      | (?P<name>`(?:[^`]|``)*`)
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w$]))
      | (?P<word>[\w$@]+)
      | (?P<sign><=>|<>|!=|<=|>=|:=|\|\||&&|<<|>>|->>|->|.)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

_ESCAPED = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "Z": "\x1a"}


class Token(NamedTuple):
    """A piece of SQL: its kind, its text as written, and where in the text it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word in capitals, '' if it is none."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(sql: str) -> list[Token]:
    """All tokens but white space."""
    return list(_tokens(sql))


def _tokens(sql: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(sql):
        kind = str(match.lastgroup)
        if kind != "space":
            yield Token(kind, match[0], match.start(), match.end())


def string_value(literal: str) -> str:
    """What a string literal means; its character set, if it names one, is left out."""
    start = min(place for place in (literal.find("'"), literal.find('"')) if place >= 0)
    quote, inside = literal[start], literal[start + 1 : -1]
    if quote not in inside and "\\" not in inside:
        return inside
    pattern = rf"{quote}{quote}|\\(.)"
    return re.sub(pattern, lambda m: _unescaped(m[1]) if m[1] else quote, inside, flags=re.DOTALL)


def _unescaped(character: str) -> str:
    return _ESCAPED.get(character, character)


def quoted_value(value: str) -> str:
    """A string in the one way that is compared here; not for statements."""
    return "'" + value.replace("'", "''") + "'"


def name_of(ticked: str) -> str:
    """A name without its backticks."""
    return ticked[1:-1].replace("``", "`") if ticked.startswith("`") else ticked


def ticked(name: str) -> str:
    """A name in backticks."""
    return f"`{name.replace('`', '``')}`"


def closing(found: list[Token], opening: int) -> int:
    """The place of the token that closes the parenthesis at the place `opening`."""
    depth = 0
    for place in range(opening, len(found)):
        if found[place].text == "(":
            depth += 1
        elif found[place].text == ")":
            depth -= 1
            if depth == 0:
                return place
    return len(found) - 1
