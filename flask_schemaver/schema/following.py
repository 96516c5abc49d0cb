"""What follows when a table or a column gets another name: all that mentions it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..dialects.names import with_other_name
from .model import Ref, Schema
from .record import record, replace

if TYPE_CHECKING:
    from ..dialects.base import Dialect

TEXTS = frozenset({"expression", "text", "definition", "computed", "check", "check_text"})
"""Fields of models that hold SQL which can mention columns of the model's own table."""

NORMAL_OF = {"text": "expression", "check_text": "check"}
"""Fields that hold SQL as it is typed, and those with its normal form."""


@record
class Renaming:
    """A table's new name, or, with `column`, the new name of one of its columns."""

    schema: str | None
    table: str
    column: str | None
    new: str

    @property
    def place(self) -> tuple[str | None, str]:
        return (self.schema, self.table)

    @property
    def old_words(self) -> str:
        """The old name as a person writes it: `app.users.name`."""
        return ".".join(word for word in (self.schema, self.table, self.column) if word)


def followed(schema: Schema, renaming: Renaming, dialect: Dialect) -> Schema:
    """The schema after a renaming; the order of its objects stays."""
    return Schema([_model(model, renaming, dialect) for model in schema.values()])


def _model(model: Any, renaming: Renaming, dialect: Dialect) -> Any:
    own = model.ref.table_key == renaming.place
    target = (getattr(model, "referred_schema", None), getattr(model, "referred_table", None))
    if not own and target != renaming.place:
        return model
    changes: dict[str, Any] = {}
    for field in (field for field in fields(model) if field.init):
        value = getattr(model, field.name)
        new = _value(model, field.name, value, renaming, dialect, own=own)
        if new is not value:
            changes[field.name] = new
    for text, normal in NORMAL_OF.items():
        if text in changes and hasattr(model, normal) and normal not in changes:
            # The normal form of MySQL has names without their quotes: 'a b' is not found there.
            changes[normal] = dialect.normal_expression(changes[text])
    return replace(model, **changes) if changes else model


def _value(
    model: Any, name: str, value: Any, renaming: Renaming, dialect: Dialect, *, own: bool
) -> Any:
    """What a field of a model is after the renaming."""
    refers = (
        getattr(model, "referred_schema", None),
        getattr(model, "referred_table", None),
    ) == renaming.place
    if renaming.column is None:
        if name == "referred_table" and refers:
            return renaming.new
        named = "name" if model.ref.kind == "table" else "table"
        return renaming.new if own and name == named else _ref(value, renaming)
    if name == "referred_columns" and refers:
        return _listed(value, renaming)
    if not own:
        return value
    if name == "name" and model.ref.kind == "column":
        return renaming.new if value == renaming.column else value
    if name in ("columns", "used", "include"):
        return _listed(value, renaming)
    return _with_text(name, value, renaming, dialect)


def _ref(value: Any, renaming: Renaming) -> Any:
    if isinstance(value, Ref) and (value.schema, value.table) == renaming.place:
        return value._replace(table=renaming.new)
    return value


def _listed(names: Any, renaming: Renaming) -> Any:
    if renaming.column not in names:
        return names
    return tuple(renaming.new if name == renaming.column else name for name in names)


def _with_text(name: str, value: Any, renaming: Renaming, dialect: Dialect) -> Any:
    assert renaming.column is not None
    if isinstance(value, str) and name in TEXTS:
        new = with_other_name(value, renaming.column, renaming.new, dialect.quote)
        return value if new == value else _normal(name, new, dialect)
    if name in ("onupdate", "ondelete") and isinstance(value, str):
        # SET NULL (a, b) names columns of its own table.
        word, bracket, listed = value.partition("(")
        return (
            word + bracket + with_other_name(listed, renaming.column, renaming.new, dialect.quote)
        )
    if name == "elements":
        return tuple(_part(element, renaming, dialect) for element in value)
    if name == "options" and isinstance(value, Mapping):
        return {key: _option(option, renaming, dialect) for key, option in value.items()}
    if isinstance(value, sa.Computed):
        known = isinstance(value.sqltext, sa.TextClause)
        text = value.sqltext if known else sa.text(dialect.expression_spelling(value.sqltext))
        return sa.Computed(_part(text, renaming, dialect), persisted=value.persisted)
    return value


def _normal(name: str, text: str, dialect: Dialect) -> str:
    """A text in the normal form that its field has; one that is to be typed again as it is."""
    if name in NORMAL_OF:
        return text
    return dialect.normal_index(text) if name == "definition" else dialect.normal_expression(text)


def _option(value: Any, renaming: Renaming, dialect: Dialect) -> Any:
    if isinstance(value, Mapping):
        return {_part(key, renaming, dialect): option for key, option in value.items()}
    if isinstance(value, list | tuple):
        return [_part(part, renaming, dialect) for part in value]
    return value if isinstance(value, str) else _part(value, renaming, dialect)


def _part(part: Any, renaming: Renaming, dialect: Dialect) -> Any:
    """A column by its name, an expression by its text; a pair of either and an operator."""
    if isinstance(part, str):
        return renaming.new if part == renaming.column else part
    if isinstance(part, tuple):
        return tuple(_part(one, renaming, dialect) for one in part)
    if isinstance(part, sa.TextClause):
        assert renaming.column is not None
        return sa.text(with_other_name(part.text, renaming.column, renaming.new, dialect.quote))
    return part
