"""A drop and a create that look like a rename: hints, candidates and how alike they are.

Nothing here asks anybody, and nothing here decides without being told: a candidate is a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from ..errors import UnknownRename
from .following import Renaming
from .model import Ref, Schema, column_ref, table_ref
from .record import record

TABLE_LIKENESS = 0.75
"""The share of columns that two tables have in common, from which one may be the other."""

COLUMN_LIKENESS = 0.5
"""The likeness from which two columns whose types are of one family may be the same one."""

FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("text", ("CHAR", "TEXT", "CLOB", "STRING")),
    ("time", ("DATETIME", "TIMESTAMP")),
    ("number", ("INT", "SERIAL", "NUMERIC", "DECIMAL", "NUMBER", "FLOAT", "DOUBLE", "REAL")),
)
"""Types whose values pass into each other as they are, by words in their spelling."""

HINT = "renamed_from"
"""The key in the `info` of a table or a column that says what it was called."""


@record
class Candidate:
    """A dropped and an added object that may be one and the same; `likeness` is from 0 to 1."""

    renaming: Renaming
    likeness: float
    reasons: tuple[str, ...]

    @property
    def old(self) -> str:
        """The old name as `--rename` and `--drop-and-add` take it."""
        return self.renaming.old_words

    @property
    def new(self) -> str:
        return self.renaming.new

    @property
    def kind(self) -> str:
        return "table" if self.renaming.column is None else "column"

    @property
    def flag(self) -> str:
        """The option that says that it is a rename."""
        return f"--rename {self.old}:{self.new}"

    def describe(self) -> str:
        place = "" if self.kind == "table" else self.old.rpartition(".")[0] + "."
        return f"{self.kind} '{self.old}' -> '{place}{self.new}' ({', '.join(self.reasons)})"


# -- what was said ----------------------------------------------------------------------------


def hinted(after: Schema, before: Schema, kind: str) -> list[Renaming]:
    """The renamings that models hint at by `info={"renamed_from": ...}`.

    A hint is over when the old name is gone from the database. It says nothing while the new name
    is there as well, unless that one is renamed, too; nor while the models have the old name.
    """
    hints = _hints(after, before, kind)
    found = {new: r for new, r in hints.items() if new not in before}
    olds: set[Ref] = set()
    while olds != (olds := {_old_ref(r) for r in found.values()}):
        found |= {new: r for new, r in hints.items() if new in olds}
    while kept := [new for new, r in found.items() if _old_ref(r) in after.keys() - found.keys()]:
        for new in kept:
            del found[new]
    return list(found.values())


def unfollowed(after: Schema, before: Schema, kind: str) -> list[str]:
    """In words, the hints that seem to be meant and are not followed."""
    followed = {(r.place, r.column, r.new) for r in hinted(after, before, kind)}
    said = []
    for new, renaming in _hints(after, before, kind).items():
        in_models, in_database = _old_ref(renaming) in after, new in before
        if (renaming.place, renaming.column, renaming.new) in followed or in_models == in_database:
            continue
        reason = (
            f"the models still have '{renaming.old_words}'"
            if in_models
            else f"the database has a {kind} '{renaming.new}' already"
        )
        said.append(
            f"The hint that {kind} '{renaming.new}' is renamed from '{renaming.old_words}' is not "
            f"followed, as {reason}: take one of the two away, or the hint."
        )
    return said


def _hints(after: Schema, before: Schema, kind: str) -> dict[Ref, Renaming]:
    """The hints whose old name is in the database; a name in it may have dots of its own."""
    found: dict[Ref, Renaming] = {}
    for model in after.of_kind(kind):
        old = getattr(model, "info", {}).get(HINT)
        for name in (old, old.rpartition(".")[2]) if isinstance(old, str) else ():
            renaming = _renaming(model.ref, name)
            if _old_ref(renaming) in before and _old_ref(renaming) != model.ref:
                found.setdefault(model.ref, renaming)
    return found


def respelled(after: Schema, before: Schema, kind: str) -> list[Renaming]:
    """The renamings that change the case of a name alone.

    Where a database tells no names by their case this is no guess: it cannot have both.
    """
    gone = {
        m.ref._replace(name=m.name.lower()): m.name
        for m in before.of_kind(kind)
        if _is_gone(m.ref, after)
    }
    came = [m.ref for m in after.of_kind(kind) if _is_gone(m.ref, before)]
    folded = [(ref, ref._replace(name=ref.name.lower())) for ref in came]
    return [_renaming(ref, gone[small]) for ref, small in folded if small in gone]


def _renaming(new: Ref, old: str) -> Renaming:
    if new.table is None:
        return Renaming(new.schema, old, None, new.name)
    return Renaming(new.schema, new.table, old, new.name)


def _old_ref(renaming: Renaming) -> Ref:
    if renaming.column is None:
        return table_ref(renaming.schema, renaming.table)
    return column_ref(renaming.schema, renaming.table, renaming.column)


def _new_ref(renaming: Renaming) -> Ref:
    if renaming.column is None:
        return table_ref(renaming.schema, renaming.new)
    return column_ref(renaming.schema, renaming.table, renaming.new)


def told(texts: Iterable[str], after: Schema, before: Schema) -> list[Renaming]:
    """The renamings that texts such as `users.name:full_name` or `users:people` tell of.

    A column's table may stand under its old name or its new one. Raises `UnknownRename`.
    """
    found = []
    for text in texts:
        old, colon, new = text.partition(":")
        words, name = old.strip().split("."), new.strip().rpartition(".")[2]
        if not colon or not name or not all(words):
            raise UnknownRename(
                f"'{text}' is no renaming.",
                hint="Write 'table.old_column:new_column', or 'old_table:new_table'.",
            )
        readings = (Renaming(*place, name) for place in _readings(words))
        meant = next((r for r in readings if _leads_somewhere(r, after, before)), None)
        if meant is None:
            raise unknown(text)
        found.append(meant)
    return found


def unknown(text: str) -> UnknownRename:
    """The error for a renaming whose names are not where they should be."""
    old, _, new = text.partition(":")
    return UnknownRename(
        f"'{text}' renames nothing: the database must have '{old}', the models must have '{new}' "
        "in its place, and neither must have both.",
        hint="Write names as the database has them: 'table.old_column:new_column', or "
        "'old_table:new_table'.",
    )


def _leads_somewhere(renaming: Renaming, after: Schema, before: Schema) -> bool:
    old, new = _old_ref(renaming), _new_ref(renaming)
    if renaming.column is None:
        return old in before and new in after
    table = table_ref(renaming.schema, renaming.table)
    # Where the table has another name too, the column is looked for when the table has got it.
    known = old in before or (table in after and table not in before)
    return known and (new in after or (table in before and table not in after))


def is_possible(
    renaming: Renaming, together: Iterable[Renaming], after: Schema, before: Schema
) -> bool:
    """Whether the old name is the database's and the new one the models', each of them alone.

    A name may be on both sides if another renaming of those made `together` leaves or takes it.
    """
    old, new = _old_ref(renaming), _new_ref(renaming)
    left = {_old_ref(r) for r in together}
    taken = {_new_ref(r) for r in together}
    alone = (old not in after or old in taken) and (new not in before or new in left)
    return old in before and new in after and alone


def _readings(words: Sequence[str]) -> list[tuple[str | None, str, str | None]]:
    """What dotted words can mean: schema, table and column."""
    if len(words) == 1:
        return [(None, words[0], None)]
    if len(words) == 2:
        return [(None, words[0], words[1]), (words[0], words[1], None)]
    return [(words[0], words[1], words[2])] if len(words) == 3 else []


def in_order(renamings: Iterable[Renaming]) -> list[Renaming]:
    """Renamings so that each finds its new name free: what leaves a name comes first."""
    pending = list(dict.fromkeys(renamings))
    order: list[Renaming] = []
    while pending:
        leaving = {_old_ref(r) for r in pending}
        ready = [r for r in pending if _new_ref(r) not in leaving]
        if not ready:
            names = ", ".join(f"'{r.old_words}:{r.new}'" for r in pending)
            raise UnknownRename(
                f"Names are exchanged in a ring: {names}.",
                hint="Rename one of them to a name in between, in a revision of its own.",
            )
        order += ready
        pending = [r for r in pending if r not in ready]
    return order


# -- what it looks like -----------------------------------------------------------------------


def candidates(before: Schema, after: Schema, kind: str) -> list[Candidate]:
    """The dropped and added tables, or columns, that may be one: the likeliest first."""
    compare = _alike_tables if kind == "table" else _alike_columns
    gone = [model for model in before.of_kind(kind) if _is_gone(model.ref, after)]
    came = [model for model in after.of_kind(kind) if _is_gone(model.ref, before)]
    found = [
        candidate
        for old in gone
        for new in came
        if old.ref.schema == new.ref.schema and old.ref.table == new.ref.table
        if (candidate := compare(old, new, before, after)) is not None
    ]
    return sorted(found, key=lambda c: (-c.likeness, c.old, c.new))


def _is_gone(ref: Ref, other: Schema) -> bool:
    """Whether an object of one schema is missing in the other, and its table is not."""
    return ref not in other and (ref.owner is None or ref.owner in other)


def rest(found: Sequence[Candidate], decided: Candidate) -> list[Candidate]:
    """The candidates that are still open when one is a rename: none with either of its names."""
    place = decided.renaming
    return [
        c
        for c in found
        if (_old_ref(c.renaming) != _old_ref(place) and _new_ref(c.renaming) != _new_ref(place))
    ]


def _alike_tables(old: Any, new: Any, before: Schema, after: Schema) -> Candidate | None:
    olds = {c.name: c for c in before.parts(old.ref, "column")}
    news = {c.name: c for c in after.parts(new.ref, "column")}
    same = [n for n in olds if n in news and family(olds[n]) == family(news[n])]
    total = len(olds) + len(news)
    share = 2 * len(same) / total if total else 0.0
    names = _similarity(old.name, new.name)
    # One column in common says little; where names are alike it need not say more.
    if share < TABLE_LIKENESS or (len(same) < 2 and names < 0.6):
        return None
    columns = "the same columns" if share == 1 else f"{len(same)} of {len(news)} columns the same"
    reasons = (columns, *_name_words(names))
    renaming = Renaming(old.schema, old.name, None, new.name)
    return Candidate(renaming, round(0.8 * share + 0.2 * names, 3), reasons)


def _alike_columns(old: Any, new: Any, before: Schema, after: Schema) -> Candidate | None:
    if old.computed != new.computed or family(old) != family(new):
        return None
    parts = [(before, old), (after, new)]
    places = [_place(schema, model) for schema, model in parts]
    uses = [_uses(schema, model) for schema, model in parts]
    names = _similarity(old.name, new.name)
    same_type = old.stored_type == new.stored_type
    signs: Mapping[str, tuple[bool, float]] = {
        _type_words(old, new): (same_type, 0.35),
        f"both {'nullable' if new.nullable else 'NOT NULL'}": (old.nullable == new.nullable, 0.1),
        "the same default": (old.default == new.default, 0.1),
        "the same place": (places[0] == places[1], 0.15),
        _use_words(uses[1]): (uses[0] == uses[1], 0.15),
    }
    likeness = sum(weight for holds, weight in signs.values() if holds) + 0.15 * names
    if likeness < COLUMN_LIKENESS:
        return None
    reasons = [words for words, (holds, _) in signs.items() if holds and words]
    renaming = Renaming(old.schema, old.table, old.name, new.name)
    return Candidate(renaming, round(likeness, 3), (*reasons, *_name_words(names)))


def family(column: Any) -> str:
    """The kind of values that a column's type has."""
    spelled = str(column.stored_type).upper()
    if spelled.endswith("]"):
        return spelled
    for name, words in FAMILIES:
        if any(word in spelled for word in words) and "INTERVAL" not in spelled:
            return name
    return spelled.partition("(")[0]


def _place(schema: Schema, column: Any) -> int:
    parts = schema.parts(column.ref.owner, "column")
    return next(i for i, part in enumerate(parts) if part.name == column.name)


def _uses(schema: Schema, column: Any) -> frozenset[str]:
    """The kinds of keys and indexes that a column takes part in."""
    return frozenset(
        part.ref.kind
        for part in schema.parts(column.ref.owner)
        if column.name in (*getattr(part, "columns", ()), *getattr(part, "elements", ()))
    )


def _type_words(old: Any, new: Any) -> str:
    """The type as the models spell it: the same words, whatever the database calls it."""
    return f"type {new.spelled_type}" if old.stored_type == new.stored_type else "a like type"


def _use_words(kinds: frozenset[str]) -> str:
    return f"in a {' and a '.join(sorted(k.replace('_', ' ') for k in kinds))}" if kinds else ""


def _name_words(similarity: float) -> list[str]:
    return ["a similar name"] if similarity >= 0.6 else []


def _similarity(one: str, other: str) -> float:
    """From 0 to 1; a name that is a part of the other counts as similar."""
    a, b = one.lower(), other.lower()
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        return max(0.6, SequenceMatcher(None, a, b).ratio())
    return SequenceMatcher(None, a, b).ratio()
