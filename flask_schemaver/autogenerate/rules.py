"""What is compared at all: `compare_type`, `compare_server_default`, and plug-ins left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..schema.record import replace
from .filters import Objects

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ..dialects.base import Dialect
    from ..kinds.column.model import ColumnModel
    from ..schema.model import Schema
    from .autogen_context import AutogenContext

Answer = bool | None
"""True: it differs; False: it does not; None: as compared without the function."""

TARGETS = ("table", "column")


class Rules:
    """The answers of the two options, each True, False or a function that is asked."""

    def __init__(self, autogen: AutogenContext) -> None:
        self._context = autogen.migration_context
        self._types = _rule(autogen.opts, "compare_type")
        self._defaults = _rule(autogen.opts, "compare_server_default")
        spelling = autogen.spelling
        if self._types is True and spelling is not None and spelling.judges_types:
            self._types = _type_judgement(spelling)
        if self._defaults is True and spelling is not None and spelling.judges_defaults:
            self._defaults = _default_judgement(spelling)
        self._left_out = autogen.chosen.not_compared
        engine = autogen.dialect
        name = "" if engine is None else engine.name
        self._asked = any(autogen.comparators.for_target(target, name) for target in TARGETS)

    @property
    def look_inside(self) -> bool:
        """Whether a program wants to see tables that are unchanged, too."""
        return callable(self._types) or callable(self._defaults) or self._asked

    def applied(
        self, declared: Schema, reflected: Schema, tables: Iterable[sa.Table], dialect: Dialect
    ) -> tuple[Schema, Schema]:
        """Both sides, the declared one changed to what the rules say of columns in both."""
        if {"table", "schema"} & self._left_out:
            return declared.without(*declared), reflected.without(*reflected)
        declared, reflected = self._without_kinds(declared, reflected)
        plain = self._types is True and self._defaults is True and not self._left_out
        if plain:
            return declared, reflected
        objects = Objects(declared, reflected, tables, dialect)
        changed = [
            self._ruled(model, reflected[model.ref], objects)
            for model in declared.of_kind("column")
            if model.ref in reflected
        ]
        if "comment" in self._left_out:
            changed += [
                replace(model, comment=reflected[model.ref].comment)
                for model in declared.of_kind("table")
                if model.ref in reflected
            ]
        return declared.with_models(*changed), reflected

    def _without_kinds(self, declared: Schema, reflected: Schema) -> tuple[Schema, Schema]:
        """Both sides without what is not compared of tables that both have."""
        if not self._left_out:
            return declared, reflected
        out = [
            ref
            for ref in {**declared, **reflected}
            if ref.kind in self._left_out and ref.owner in declared and ref.owner in reflected
        ]
        return (declared.without(*out), reflected.without(*out)) if out else (declared, reflected)

    def _ruled(self, new: ColumnModel, old: ColumnModel, objects: Objects) -> ColumnModel:
        type_ = False if "type" in self._left_out else self._type_answer(new, objects)
        if type_ is False:
            new = replace(new, stored_type=old.stored_type)
        elif type_ is True and new.stored_type == old.stored_type:
            new = replace(new, stored_type=f"{new.stored_type} (as compare_type says)")
        default = (
            False if "server_default" in self._left_out else self._default_answer(new, objects)
        )
        if default is False:
            new = replace(new, default=old.default)
        elif default is True and new.default == old.default:
            new = replace(new, default=f"{new.default} (as compare_server_default says)")
        return replace(new, comment=old.comment) if "comment" in self._left_out else new

    def _type_answer(self, new: ColumnModel, objects: Objects) -> Answer:
        if isinstance(self._types, bool):
            return None if self._types else False
        ours, theirs = objects.declared(new.ref), objects.reflected(new.ref)
        if ours is None:
            return None
        return self._types(self._context, theirs, ours, theirs.type, ours.type)

    def _default_answer(self, new: ColumnModel, objects: Objects) -> Answer:
        if isinstance(self._defaults, bool):
            return None if self._defaults else False
        ours, theirs = objects.declared(new.ref), objects.reflected(new.ref)
        if ours is None or (ours.server_default is None and theirs.server_default is None):
            return None
        return self._defaults(
            self._context, theirs, ours, _text(theirs), ours.server_default, _text(ours)
        )


def _rule(opts: Mapping[str, Any], name: str) -> bool | Callable[..., Answer]:
    rule: Any = opts.get(name)
    return rule if callable(rule) else rule is None or bool(rule)


def _type_judgement(spelling: Dialect) -> Callable[..., Answer]:
    return lambda _, theirs, ours, *types: spelling.compare_type(theirs, ours)


def _default_judgement(spelling: Dialect) -> Callable[..., Answer]:
    return lambda _, theirs, ours, stored, __, declared: spelling.compare_server_default(
        theirs, ours, declared, stored
    )


def _text(column: sa.Column[Any]) -> str | None:
    """The text of a server default as it would be written, None without one."""
    from ..kinds.column.model import default_words

    return None if column.server_default is None else default_words(column.server_default)
