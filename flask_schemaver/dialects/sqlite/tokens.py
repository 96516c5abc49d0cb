"""SQL text as SQLite's tokens, white space and comments included: joined, they are the text.

The rules are those of https://sqlite.org/lang_keywords.html, https://sqlite.org/lang_comment.html
and of SQLite's own tokenizer where these pages are silent (a NUL-free text is assumed).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_LETTER = r"A-Za-z_\x80-\U0010ffff"
_TRIVIA = r"""
    (?P<space>[ \t\n\f\r\ufeff]+)
    |(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
"""
_SEEN = rf"""
    (?P<blob>[xX]'[^']*')
    |(?P<word>[{_LETTER}][{_LETTER}0-9$]*)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<number>0[xX][0-9a-fA-F_]+
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)
    |(?P<operator>.)
"""
_TOKEN = re.compile(f"{_TRIVIA}|{_SEEN}", re.VERBOSE | re.DOTALL)
# Atomic: a comment must not be given back in part to find a token in it.
_SEEN_TOKEN = re.compile(rf"(?>(?:{_TRIVIA})*)(?:{_SEEN}|(?P<end>\Z))", re.VERBOSE | re.DOTALL)
_LITERAL_WORDS = frozenset(
    {"NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"}
)
# Words that cannot be a column's name unless they are in quotes.
_NEVER_NAMES = frozenset(
    {
        "ALL", "AND", "BETWEEN", "CASE", "DISTINCT", "ELSE", "ESCAPE", "EXISTS", "FROM", "GROUP",
        "HAVING", "IN", "IS", "ISNULL", "JOIN", "LIMIT", "NOT", "NOTNULL", "NULL", "ON", "OR",
        "ORDER", "SELECT", "THEN", "USING", "VALUES", "WHEN", "WHERE",
    }
)  # fmt: skip


class Token(NamedTuple):
    """A piece of SQL: `kind` is a group's name of the pattern, `start` a place in the text."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def keyword(self) -> str:
        """The word in capitals; '' for what is quoted or no word, and so no keyword."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """What the token names, its quotes taken off."""
        return unquoted(self.text) if self.kind in ("quoted", "string") else self.text

    @property
    def is_name(self) -> bool:
        """Whether SQLite takes it where a name is expected; it takes strings too."""
        return self.kind in ("word", "quoted", "string")


def tokens(sql: str) -> list[Token]:
    """All tokens of the text, without a gap."""
    return [Token(m.lastgroup or "operator", m[0], m.start()) for m in _TOKEN.finditer(sql)]


def significant(sql: str) -> list[Token]:
    """The tokens that SQLite sees: no white space, no comments."""
    found = []
    for match in _SEEN_TOKEN.finditer(sql):
        kind = match.lastgroup or "end"
        if kind != "end":
            found.append(Token(kind, match[kind], match.start(kind)))
    return found


def unquoted(text: str) -> str:
    """A name or string without the quotes of any of the four styles."""
    if text[0] == "[":
        return text[1:-1]
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A string as SQL."""
    return "'" + value.replace("'", "''") + "'"


def same(one: str, other: str) -> bool:
    """Whether SQLite takes two names for one: the case of ASCII letters does not count."""
    return folded(one) == folded(other)


def folded(name: str) -> str:
    """A name in the form that names are compared by."""
    return name.lower() if name.isascii() else _ASCII_CAPITALS.sub(_lower, name)


_ASCII_CAPITALS = re.compile(r"[A-Z]+")


def _lower(match: re.Match[str]) -> str:
    return match[0].lower()


def closing(found: Sequence[Token], opening: int) -> int:
    """The index of the parenthesis that closes the one at index `opening`; -1 without one."""
    depth = 0
    for index in range(opening, len(found)):
        text = found[index].text
        if text == "(":
            depth += 1
        elif text == ")":
            depth -= 1
            if depth == 0:
                return index
    return -1


def split_commas(found: Iterable[Token]) -> Iterator[list[Token]]:
    """The runs of tokens between the commas that no parenthesis encloses."""
    depth = 0
    run: list[Token] = []
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield run
            run = []
        else:
            run.append(token)
    yield run


def mentioned_names(sql: str) -> frozenset[str]:
    """The folded names in an expression that can be columns; too many rather than too few.

    Strings are left out: SQLite reads 'a' as a name only where nothing else is possible.
    """
    found = significant(sql)
    ends = _ends_of_cases(found)
    return frozenset(
        folded(token.name)
        for index, token in enumerate(found)
        if index not in ends and _can_be_column(found, index)
    )


def _ends_of_cases(found: list[Token]) -> set[int]:
    """Where END is the end of a CASE; elsewhere it can be a name."""
    ends, depth = set(), 0
    for index, token in enumerate(found):
        if token.keyword == "CASE":
            depth += 1
        elif token.keyword == "END" and depth:
            depth -= 1
            ends.add(index)
    return ends


def _can_be_column(found: list[Token], index: int) -> bool:
    token = found[index]
    if token.kind not in ("word", "quoted") or token.keyword in _NEVER_NAMES:
        return False
    before = found[index - 1].keyword if index else ""
    after = found[index + 1].text if index + 1 < len(found) else ""
    is_function = after == "(" and token.kind == "word"
    return not is_function and after != "." and before not in ("COLLATE", "AS")


def qualifiers(sql: str) -> frozenset[str]:
    """The folded names that stand before a dot in an expression."""
    found = significant(sql)
    return frozenset(
        folded(token.name)
        for token, after in pairwise(found)
        if token.is_name and after.text == "."
    )


def safe_end(sql: str) -> str:
    """The text, with a line end if it ends in a comment that would swallow what follows."""
    found = tokens(sql)
    return f"{sql}\n" if found and found[-1].text.startswith("--") else sql


def default_clause_text(sql: str) -> str:
    """A default as DEFAULT takes it: in parentheses unless it is a literal or a name.

    https://sqlite.org/lang_createtable.html#the_default_clause
    """
    found = significant(sql)
    if found and found[0].text == "(" and closing(found, 0) == len(found) - 1:
        return sql
    unsigned = found[1:] if found and found[0].text in ("+", "-") else found
    is_signed = len(unsigned) < len(found)
    if len(unsigned) == 1 and (not is_signed or unsigned[0].kind in ("number", "string", "blob")):
        return sql
    return f"({safe_end(sql)})"


def default_value(sql: str) -> str:
    """A default as an expression: a name there stands for a string, unlike elsewhere."""
    found = significant(sql)
    is_name = len(found) == 1 and found[0].kind in ("word", "quoted")
    if is_name and found[0].keyword not in _LITERAL_WORDS:
        return literal(found[0].name)
    return f"({safe_end(sql)})"


def joined(*pieces: str) -> str:
    """Pieces of SQL put together, so that no two tokens melt into one or into a comment."""
    whole = ""
    for piece in pieces:
        if whole and piece:
            if not piece.startswith("\n"):
                whole = safe_end(whole)
            if _melts(whole[-1], piece[0]):
                whole += " "
        whole += piece
    return whole


def _melts(left: str, right: str) -> bool:
    word = re.compile(rf"[{_LETTER}0-9$'\"`]")
    return bool(word.match(left) and word.match(right)) or left + right in ("--", "/*")
