"""SQLAlchemy's type for the text of a type as SQLite stores it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects.sqlite.base import SQLiteDialect, ischema_names
from sqlalchemy.types import TypeEngine

from ..reflected import NamedType
from .tokens import quoted

_CLASSES: dict[str, Any] = {
    "BINARY": types.BINARY,
    "CLOB": types.CLOB,
    "DOUBLE PRECISION": types.DOUBLE_PRECISION,
    "UUID": types.UUID,
    "VARBINARY": types.VARBINARY,
    **ischema_names,
}
_TYPE = re.compile(r"([A-Z0-9_ ]+?) ?(?:\(([0-9, ]*)\))?\Z")
_COMPILER = SQLiteDialect().type_compiler_instance


def stored_type(text: str, collation: str | None = None) -> TypeEngine[Any]:
    """The type; `NamedType` where SQLAlchemy has none for the text.

    SQLite has a collation on any column, SQLAlchemy on strings only.
    """
    type_ = _shared_type(text, collation)
    # Types that make constraints remember their column; the others can be shared.
    return type_.copy() if isinstance(type_, types.SchemaType) else type_


@lru_cache(maxsize=512)
def _shared_type(text: str, collation: str | None) -> TypeEngine[Any]:
    text = " ".join(text.split())
    make, arguments, takes_collation = _constructor(text)
    if collation and not takes_collation:
        return NamedType(f"{text} COLLATE {quoted(collation)}".lstrip())
    options = {"collation": collation} if collation else {}
    type_: TypeEngine[Any] = make(*arguments, **options)
    return type_


_Constructor = tuple[Callable[..., TypeEngine[Any]], tuple[Any, ...], bool]


def _constructor(text: str) -> _Constructor:
    """What to call for a type's text, with which arguments, and whether a collation fits."""
    if not text:
        return types.NullType, (), False
    unknown: _Constructor = NamedType, (text,), False
    match = _TYPE.match(text.upper())
    class_ = _CLASSES.get(match[1]) if match else None
    if match is None or class_ is None:
        return unknown
    numbers = [int(number) for number in re.findall(r"\d+", match[2] or "")]
    if numbers and not _spells(class_, numbers, text):
        return unknown
    return class_, tuple(numbers), issubclass(class_, types.String)


def _spells(class_: Any, numbers: list[int], text: str) -> bool:
    """Whether the class keeps the numbers: DATETIME(6), for one, would take them for a flag."""
    try:
        spelled = _COMPILER.process(class_(*numbers))
    except Exception:
        return False
    return re.sub(r"\s", "", spelled.upper()) == re.sub(r"\s", "", text.upper())
