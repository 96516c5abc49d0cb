"""Why two sides differ: each as it was written and in its normal form, and what compared them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..kinds import KINDS
from ..schema.record import record

if TYPE_CHECKING:
    from ..schema.model import Ref, Schema
    from .api import Comparison

RAW = {
    "stored_type": "type",
    "default": "server_default",
    "computed": "generated",
    "expression": "text",
    "definition": "elements",
    "stored_options": "options",
}
"""For a field that is compared in its normal form, the one that says how it was written."""

SCRATCH = "as the server stores it (scratch space)"
NORMAL_FORM = "by the cheap normal form: the server could not be asked"
AS_READ = "as it was read"


@record
class Explanation:
    """One aspect of an object that differs. Raw is as written, normal is as compared."""

    object: str
    aspect: str
    stored_raw: str
    stored: str
    declared_raw: str
    declared: str
    compared: str


def explained(comparison: Comparison) -> Iterator[Explanation]:
    """An explanation for each aspect that differs, in the order of the objects."""
    before, after = comparison.before, comparison.declared
    typed = comparison.typed
    if before is None or typed is None:
        return
    refused = set(comparison.unsettled)
    for ref in dict.fromkeys([*before, *after]):
        old, new = before.get(ref), after.get(ref)
        owner = ref.owner
        whole = owner is not None and (owner not in before or owner not in after)
        if old == new or whole:
            continue
        if old is None or new is None:
            yield _alone(ref, before if new is None else after, in_models=old is None)
            continue
        yield from _aspects(ref, old, new, typed.get(ref, new), _means(ref, refused))


def _alone(ref: Ref, schema: Schema, *, in_models: bool) -> Explanation:
    words = _content(ref, schema)
    there = ("-", "-", words, words) if in_models else (words, words, "-", "-")
    side = "models" if in_models else "database"
    return Explanation(_name(ref), "presence", *there, f"in the {side} only")


def _content(ref: Ref, schema: Schema) -> str:
    """What an object is: the columns of a table, the type of a column, and so on."""
    model = schema[ref]
    if ref.kind == "table":
        return _words([column.name for column in schema.parts(ref, "column")])
    if ref.kind == "column":
        return str(model.stored_type)
    for name in (*RAW, "columns", "values", "comment", "options"):
        if hasattr(model, name):
            return _words(getattr(model, RAW.get(name, name)))
    return _words(ref.name)


def _aspects(ref: Ref, old: Any, new: Any, typed: Any, means: str) -> Iterator[Explanation]:
    for field in fields(new):
        mine, theirs = getattr(new, field.name), getattr(old, field.name)
        if not field.compare or mine == theirs:
            continue
        raw = RAW.get(field.name, field.name)
        yield Explanation(
            _name(ref),
            field.name.removeprefix("stored_"),
            _words(getattr(old, raw, theirs)),
            _words(theirs),
            _words(getattr(typed, raw, mine)),
            _words(mine),
            means,
        )


def _means(ref: Ref, refused: set[str]) -> str:
    table = ref.name if ref.kind == "table" else ref.table
    if table in refused or f"{ref.schema}.{table}" in refused:
        return NORMAL_FORM
    in_scratch = all(kind.scratch for kind in KINDS if kind.name == ref.kind)
    return SCRATCH if in_scratch else AS_READ


def _name(ref: Ref) -> str:
    kind = ref.kind.replace("_", " ")
    place = ".".join(word for word in (ref.schema, ref.table) if word)
    if ref.name == f"({kind})":
        return f"{kind} of '{place}'"
    if ref.name.startswith("(") and place:
        return f"{kind} '{ref.name}' of '{place}'"
    return f"{kind} '{place}.{ref.name}'" if place else f"{kind} '{ref.name}'"


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return _words([f"{name}={_words(given)}" for name, given in value.items()])
    if isinstance(value, tuple | list):
        return f"({', '.join(_words(part) for part in value)})"
    argument = getattr(value, "arg", value)
    return str(getattr(argument, "text", getattr(argument, "sqltext", argument)))
