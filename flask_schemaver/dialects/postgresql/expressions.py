"""The cheap normal form of PostgreSQL's expressions: what the server writes, and what people do.

The server reads an expression and writes it its own way: every operation in parentheses, casts
that it has added, LIKE as an operator, IN as an array. What is equal here means the same; what
means the same and is not equal here is found out by asking the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

from .defaults import type_of_number
from .names import catalogue_spelling

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>[eE]?'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>\d+(?:\.\d+)?(?:e[-+]?\d+)?)|(?P<word>[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*)
    |(?P<sign>::|[-+*/<>=~!@\#%^&|`?]+|[(),\[\].:;{}]))""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN_QUOTED = re.compile(r'"[a-z_][a-z0-9_$]*"')
_NUMBER = re.compile(r"'-?\d+(?:\.\d+)?'")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# What the server converts to by itself, and notes as a cast, where no author needs to: any column
# of characters becomes text. Another cast of a column may be what makes two expressions differ.
IMPLIED: Final = frozenset({"text", "character", "character varying", "regclass"})
_NUMERIC = ("integer", "bigint", "smallint", "numeric", "double precision", "real")
_SIGNS = {"!=": "<>"}
_TYPED = frozenset({"interval", "date", "timestamp", "time"})
_LIKES = {"like": "~~", "ilike": "~~*"}
COMPARING: Final = frozenset(
    {"=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~"}
)
SUMS: Final = frozenset({"+", "-"})
PRODUCTS: Final = frozenset({"*", "/", "%"})
OTHERS: Final = frozenset(
    {"||", "->", "->>", "#>", "#>>", "@>", "<@", "&&", "?", "?|", "?&", "@@", "-|-"}
)
_LOOSE = frozenset({"and", "or", "not"})
_TYPE_WORDS = frozenset(
    {"varying", "precision", "with", "without", "time", "zone", "double", "character", "bit"}
)

# What binds looser than an operation: beside such words it needs no parentheses.
BINDING: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"and"}), frozenset({"and", "or"})),
    (COMPARING | {"is", "in", "not in"}, _LOOSE),
    (frozenset({"not", "case"}), frozenset()),
    (SUMS | OTHERS, _LOOSE | COMPARING | {","}),
    (PRODUCTS, _LOOSE | COMPARING | SUMS | {","}),
)

Node: TypeAlias = "str | list[Any]"


@lru_cache(maxsize=8192)
def normal_expression(sql: str) -> str:
    """An expression in its normal form."""
    tokens = list(_tokens(sql))
    tree, end = _tree(tokens, 0)
    if end < len(tokens):  # a parenthesis too many: the text speaks for itself
        return " ".join(tokens)
    tree = _plainer(tree)
    while len(tree) == 1 and isinstance(tree[0], list):
        tree = tree[0]
    return _written(tree)


def _tokens(sql: str) -> Iterator[str]:
    place = 0
    while place < len(sql):
        match = _TOKEN.match(sql, place)
        if match is None:
            rest = sql[place:].strip()
            if rest:
                yield rest[0]
            place += len(sql[place:]) - len(sql[place:].lstrip()) + 1
            continue
        place = match.end()
        text = match.group().strip()
        if match["string"]:
            yield text
        elif match["quoted"]:
            yield text[1:-1] if _PLAIN_QUOTED.fullmatch(text) else text
        else:
            yield _SIGNS.get(text, text.lower())


def _tree(tokens: list[str], place: int) -> tuple[list[Node], int]:
    """Nested lists for parentheses; stops behind the one that closes."""
    found: list[Node] = []
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token == "(":
            inner, place = _tree(tokens, place)
            found.append(inner)
        elif token == ")":
            return found, place
        else:
            found.append(token)
    return found, place + (0 if not found or place <= len(tokens) else 1)


def _plainer(nodes: list[Node]) -> list[Node]:
    nodes = [_plainer(node) if isinstance(node, list) else node for node in nodes]
    nodes = _without_casts(nodes)
    nodes = _with_other_words(nodes)
    nodes = _without_between(nodes)
    return _without_parentheses(nodes)


# -- casts ----------------------------------------------------------------------------------


def _without_casts(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    place = 0
    while place < len(nodes):
        node = nodes[place]
        if node == "cast" and place + 1 < len(nodes) and isinstance(nodes[place + 1], list):
            inner = nodes[place + 1]
            assert isinstance(inner, list)
            if "as" in inner:
                cut = len(inner) - 1 - inner[::-1].index("as")
                operand, name = inner[:cut], _written(inner[cut + 1 :])
                found.append(operand[0] if len(operand) == 1 else operand)
                _cast(found, name)
                place += 2
                continue
        if node == "::":
            type_, place = _type_at(nodes, place + 1)
            _cast(found, type_)
            continue
        found.append(node)
        place += 1
    return found


def _type_at(nodes: list[Node], place: int) -> tuple[str, int]:
    words: list[str] = []
    while place < len(nodes):
        node = nodes[place]
        if isinstance(node, list):
            if words and all(isinstance(n, str) and (n.isdigit() or n == ",") for n in node):
                words.append(f"({''.join(map(str, node))})")
                place += 1
                continue
            break
        if node == "[" and nodes[place + 1 : place + 2] == ["]"]:
            words.append("[]")
            place += 2
            continue
        if words and node not in _TYPE_WORDS and node != "." and words[-1] != ".":
            break
        words.append(node)
        place += 1
    text = " ".join(words).replace(" (", "(").replace(" []", "[]").replace(" . ", ".")
    return text, place


def _cast(found: list[Node], type_: str) -> None:
    """Put a cast behind its operand, unless it says nothing that the operand does not."""
    operand = found[-1] if found else ""
    name = catalogue_spelling(type_)
    base = name.partition("(")[0]
    if isinstance(operand, list) and len(operand) == 1 and base in _NUMERIC:
        # What a number without quotes is converted to, as it stands beside that type.
        number = operand[0]
        if isinstance(number, str) and _PLAIN_NUMBER.fullmatch(number):
            operand = found[-1] = number
    if isinstance(operand, str) and operand.startswith("'"):
        # One in quotes is of the type that it stands beside.
        if _NUMBER.fullmatch(operand) and base == type_of_number(operand[1:-1]):
            found[-1] = operand[1:-1]
    elif isinstance(operand, str) and _PLAIN_NUMBER.fullmatch(operand):
        if base not in _NUMERIC:
            found.append(f"::{name}")
    elif _is_array(operand):
        if base.removesuffix("[]") not in IMPLIED:
            found.append(f"::{name}")
    elif operand != "]" and base not in IMPLIED:
        found.append(f"::{name}")


def _is_array(node: Node) -> bool:
    return isinstance(node, list) and bool(node) and node[0] == "array"


# -- words ----------------------------------------------------------------------------------


def _with_other_words(nodes: list[Node]) -> list[Node]:
    """LIKE as its operator, IN and `= ANY (ARRAY[...])` in one way."""
    found: list[Node] = []
    place = 0
    while place < len(nodes):
        node = nodes[place]
        after = nodes[place + 1] if place + 1 < len(nodes) else None
        if node == "-" and isinstance(after, str) and after[:1].isdigit() and _begins(found):
            found.append(f"-{after}")
            place += 2
        elif (
            isinstance(node, str)
            and node in _TYPED
            and isinstance(after, str)
            and after.startswith("'")
        ):
            place += 1
        elif node == "not" and isinstance(after, str) and after in _LIKES:
            found.append(f"!{_LIKES[after]}")
            place += 2
        elif isinstance(node, str) and node in _LIKES:
            found.append(_LIKES[node])
            place += 1
        elif node == "in" and isinstance(after, list):
            negated = bool(found) and found[-1] == "not"
            if negated:
                found.pop()
            found += _membership(after, negated=negated)
            place += 2
        elif node in ("any", "all") and found and isinstance(after, list) and _array(after):
            negated = node == "all"
            if found[-1] == ("<>" if negated else "="):
                found.pop()
                found += _membership(_array(after), negated=negated)
            else:
                found += [node, after]
            place += 2
        else:
            found.append(node)
            place += 1
    return found


def _begins(before: list[Node]) -> bool:
    """Whether an operand follows, so that a minus is a sign."""
    last = before[-1] if before else ","
    return isinstance(last, str) and last in _LOOSE | COMPARING | SUMS | PRODUCTS | {
        ",",
        "[",
        "between",
    }


def _membership(items: list[Node], *, negated: bool) -> list[Node]:
    """What the server makes of a list with one item is a comparison."""
    if "," not in items:
        return ["<>" if negated else "=", items[0] if len(items) == 1 else items]
    return ["not in" if negated else "in", items]


def _array(nodes: list[Node]) -> list[Node]:
    """The items of `ARRAY[...]`, in as many parentheses as there are; nothing of anything else."""
    while len(nodes) == 1 and isinstance(nodes[0], list):
        nodes = nodes[0]
    if len(nodes) > 3 and nodes[0] == "array" and nodes[1] == "[" and nodes[-1] == "]":
        return [
            node[0] if isinstance(node, list) and len(node) == 1 else node for node in nodes[2:-1]
        ]
    return []


def _without_between(nodes: list[Node]) -> list[Node]:
    """`a BETWEEN b AND c` as the two comparisons that the server makes of it."""
    while "between" in nodes:
        place = nodes.index("between")
        negated = nodes[place - 1] == "not"
        start = place - (2 if negated else 1)
        if start < 0 or nodes[place + 2 : place + 3] != ["and"] or len(nodes) < place + 4:
            break
        operand, low, high = nodes[start], nodes[place + 1], nodes[place + 3]
        signs = ("<", "or", ">") if negated else (">=", "and", "<=")
        pair: list[Node] = [operand, signs[0], low, signs[1], operand, signs[2], high]
        nodes = [*nodes[:start], pair, *nodes[place + 4 :]]
    return nodes


# -- parentheses ----------------------------------------------------------------------------


def _without_parentheses(nodes: list[Node]) -> list[Node]:
    """Without those that change nothing about what belongs together."""
    found: list[Node] = []
    for place, given in enumerate(nodes):
        if not isinstance(given, list):
            found.append(given)
            continue
        node = _innermost(given)
        before = found[-1] if found else None
        after = nodes[place + 1] if place + 1 < len(nodes) else None
        if _is_superfluous(node, before, after):
            found += node
        else:
            found.append(node)
    return found


def _innermost(node: list[Node]) -> list[Node]:
    """What is in a parenthesis, however many stand around it."""
    while len(node) == 1 and isinstance(node[0], list):
        node = node[0]
    return node


def _is_superfluous(inside: list[Node], before: Node | None, after: Node | None) -> bool:
    if isinstance(before, str) and _names_function(before):
        return False
    words = {node for node in inside if isinstance(node, str)}
    if len(inside) == 1:
        return True
    if len(inside) == 2 and isinstance(inside[0], str) and isinstance(inside[1], list):
        return _names_function(inside[0])
    around = {n for n in (before, after) if isinstance(n, str)}
    if isinstance(before, list) or isinstance(after, list) or words & {",", "between", "or"}:
        return False
    for signs, looser in BINDING:
        if words & signs:
            return around <= looser
    return False


def _names_function(word: str) -> bool:
    """Whether a parenthesis behind this word is a part of it."""
    if word in _LOOSE or word in ("in", "not in", "is", "case", "when", "then", "else", "where"):
        return word in ("in", "not in", "where")
    return bool(re.match(r"[^\W\d]|\"", word)) or word.startswith("::")


def _written(nodes: list[Node]) -> str:
    words = [f"({_written(n)})" if isinstance(n, list) else n for n in nodes]
    return " ".join(words)


# -- the other way --------------------------------------------------------------------------

_ITEMS = r"\(\(ARRAY\[(?P<items>(?:[^\]'\[]|'(?:[^']|'')*')*)\]\)::"
_MEMBERS = re.compile(
    rf"\((?P<left>\w+|\"(?:[^\"]|\"\")+\")\)::text (?P<sign>= ANY|<> ALL) {_ITEMS}text\[\]\)"
)
_CAST_ARRAY = re.compile(rf"(?P<word>ANY|ALL) {_ITEMS}[\w ]+\[\]\)")
_ITEM_CAST = re.compile(r"('(?:[^']|'')*')::character varying")


def as_it_was_typed(sql: str) -> str:
    """The text of an expression, such that the server stores it again as it is.

    A list of items of another type than what they are compared with is shown with a cast, as IN on
    a VARCHAR is: `(x)::text = ANY ((ARRAY['a'::character varying])::text[])`. Where that cast is
    typed, the server stores casts of the items instead.
    """
    if "[])" not in sql:
        return sql
    return _CAST_ARRAY.sub(r"\g<word> (ARRAY[\g<items>])", _MEMBERS.sub(_as_in, sql))


def _as_in(match: re.Match[str]) -> str:
    word = "IN" if match["sign"] == "= ANY" else "NOT IN"
    return f"{match['left']} {word} ({_ITEM_CAST.sub(lambda found: found[1], match['items'])})"
