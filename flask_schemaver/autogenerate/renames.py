"""From what was said, and what is alike, to the operations that rename; and what follows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..dialects.names import names_in
from ..kinds._constraint import KIND_OF_TYPE
from ..kinds.column.alter import AlterColumnOp
from ..kinds.other_name import RenameConstraintOp, RenameIndexOp, RenameSequenceOp
from ..kinds.table_name import RenameTableOp
from ..schema.following import Renaming, followed
from ..schema.model import Ref, Schema, column_ref, table_ref
from ..schema.record import record, replace
from ..schema.rename import (
    Candidate,
    candidates,
    hinted,
    in_order,
    is_possible,
    respelled,
    rest,
    told,
    unfollowed,
    unknown,
)
from .choices import Choices

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect
    from ..schema.operation import Operation

TYPE_OF_KIND = {kind: type_ for type_, kind in KIND_OF_TYPE.items()}


@record
class Renames:
    """The renamings of tables and columns, the schema after them, and what stayed undecided."""

    renamings: tuple[Renaming, ...]
    operations: tuple[Operation, ...]
    schema: Schema
    undecided: tuple[Candidate, ...] = ()
    unfollowed: tuple[str, ...] = ()


def resolved(before: Schema, after: Schema, choices: Choices, dialect: Dialect) -> Renames:
    """What of `before` gets another name on the way to `after`. Asks, and touches no database."""
    said = told(choices.renames, after, before)
    done: list[Renaming] = []
    undecided: list[Candidate] = []
    ignored: list[str] = []
    schema = before
    for kind in ("table", "column"):
        wanted = [r for r in said if (r.column is None) == (kind == "table")]
        wanted = _placed(wanted, done, schema, after)
        wanted = _with_others(wanted, hinted(after, schema, kind))
        if kind in dialect.regardless_of_case:
            wanted = _with_others(wanted, respelled(after, schema, kind))
        ignored += unfollowed(after, schema, kind)
        for renaming in in_order(wanted):
            schema = followed(schema, renaming, dialect)
            done.append(renaming)
        asked, open_ = _asked(schema, after, kind, choices)
        for renaming in asked:
            schema = followed(schema, renaming, dialect)
        done += asked
        undecided += open_
    if undecided and choices.questioner is not None:
        choices.questioner.undecided_renames(undecided)
    operations, _ = _operations(done, before, dialect)
    renames = Renames(tuple(done), tuple(operations), schema, tuple(undecided), tuple(ignored))
    return _with_key_indexes(renames, after, dialect) if done else renames


def _with_others(wanted: list[Renaming], others: Iterable[Renaming]) -> list[Renaming]:
    """With those of the others whose names, the old one and the new one, nothing else has."""
    olds = {(r.place, r.column) for r in wanted}
    news = {(r.place if r.column else r.schema, r.new) for r in wanted}
    free = [
        r
        for r in others
        if (r.place, r.column) not in olds
        and (r.place if r.column else r.schema, r.new) not in news
    ]
    return [*wanted, *free]


def _placed(
    wanted: list[Renaming], done: Iterable[Renaming], schema: Schema, after: Schema
) -> list[Renaming]:
    """Renamings of columns, of their tables as these are called by now."""
    moved = {r.place: r.new for r in done if r.column is None}
    placed = [replace(r, table=moved.get(r.place, r.table)) if r.column else r for r in wanted]
    for renaming in placed:
        if not is_possible(renaming, placed, after, schema):
            raise unknown(f"{renaming.old_words}:{renaming.new}")
    return placed


def _asked(
    before: Schema, after: Schema, kind: str, choices: Choices
) -> tuple[list[Renaming], list[Candidate]]:
    """What a person says is renamed, and what nobody can say; the likeliest is asked first."""
    found = [] if choices.no_renames else candidates(before, after, kind)
    found = [c for c in found if not {c.old, f"{c.old}:{c.new}"} & set(choices.drop_and_add)]
    renamed: list[Renaming] = []
    undecided: list[Candidate] = []
    while found:
        candidate = found.pop(0)
        answer = None if choices.questioner is None else choices.questioner.is_rename(candidate)
        if answer:
            renamed.append(candidate.renaming)
            found = rest(found, candidate)
            undecided = rest(undecided, candidate)
        elif answer is None:
            undecided.append(candidate)
            found = rest(found, candidate)
    return renamed, undecided


def _operations(
    renamings: Iterable[Renaming], schema: Schema, dialect: Dialect
) -> tuple[list[Operation], Schema]:
    found: list[Operation] = []
    for renaming in renamings:
        operation: Operation
        if renaming.column is None:
            operation = RenameTableOp(renaming.table, renaming.new, schema=renaming.schema)
        else:
            column = schema[column_ref(renaming.schema, renaming.table, renaming.column)]
            operation = AlterColumnOp(
                renaming.table,
                renaming.column,
                schema=renaming.schema,
                modify_name=renaming.new,
                existing_type=column.type,
                existing_nullable=column.nullable,
            )
        schema = followed(schema, renaming, dialect)
        found.append(operation)
    return found, schema


def _with_key_indexes(renames: Renames, declared: Schema, dialect: Dialect) -> Renames:
    """The same, with the indexes that the server made for foreign keys under the names they
    would have now: of the key, or of its first column."""
    if not dialect.shows_key_indexes:
        return renames
    former = {(r.place, r.new): r.column for r in renames.renamings if r.column}
    operations, schema = list(renames.operations), _with_key_names(renames, dialect)
    for key in declared.of_kind("foreign_key"):
        wanted = key.name or key.columns[0]
        place = ((key.schema, key.table), key.columns[0])
        names = {key.columns[0], former.get(place)} | {
            k.name for k in schema.parts(key.ref.owner, "foreign_key") if k.columns == key.columns
        }
        for index in schema.parts(key.ref.owner, "index"):
            own = not index.unique and index.elements == key.columns and index.name in names
            taken = index.ref in declared or index.ref._replace(name=wanted) in schema
            if own and not taken and index.name != wanted:
                operation = RenameIndexOp(
                    index.name, wanted, table_name=index.table, schema=index.schema
                )
                operations.append(operation)
                schema = operation.apply(schema, dialect)
    return replace(renames, operations=tuple(operations), schema=schema)


def _with_key_names(renames: Renames, dialect: Dialect) -> Schema:
    """The schema with the names of foreign keys that the server renames with their tables."""
    schema = renames.schema
    for renaming in renames.renamings:
        if renaming.column is not None:
            continue
        start = f"{dialect.stored_name(renaming.table)}_ibfk_"
        for key in schema.parts(table_ref(renaming.schema, renaming.new), "foreign_key"):
            if (key.name or "").startswith(start):
                new = dialect.stored_name(renaming.new)
                name = f"{new}_ibfk_{key.name.removeprefix(start)}"
                schema = schema.without(key.ref).with_models(replace(key, name=name))
    return schema


# -- what follows -----------------------------------------------------------------------------


@record
class Follow:
    """Operations on what is named after tables and columns, and both schemas after them."""

    operations: tuple[Operation, ...]
    before: Schema
    after: Schema


def following(
    connection: Connection, renames: Renames, declared: Schema, settled: Schema, dialect: Dialect
) -> Follow:
    """All renamings: those of tables and columns, and of what was named after an old name.

    That gets the name that it would have been given now. `declared` knows which constraints have
    no name of their own; `settled` is to be reached. Reads only.
    """
    if not renames.renamings:
        return Follow((), renames.schema, settled)
    counting = _sequences(connection, renames, settled, dialect)
    named = _named_anew(renames, declared, settled, dialect)
    operations = (*renames.operations, *counting, *named.operations)
    return replace(named, operations=operations)


def _named_anew(renames: Renames, declared: Schema, settled: Schema, dialect: Dialect) -> Follow:
    operations: list[Operation] = []
    before, after = renames.schema, settled
    former = {r.new: r for r in renames.renamings if r.column is None}
    for owner, old_owner in _touched(renames, before, former).items():
        for old, new in _pairs(owner, before, after):
            operation = _renaming_op(old, str(new.name), dialect)
            if operation is not None:
                operations.append(operation)
                before = operation.apply(before, dialect)
        for part in before.parts(owner):
            known = part.ref in after and not _is_named(part, declared)
            name = _given_anew(part, owner, old_owner, renames, dialect) if known else None
            operation = None if name is None else _renaming_op(part, name, dialect)
            if operation is not None:
                operations.append(operation)
                before = operation.apply(before, dialect)
                after = operation.apply(after, dialect)
    return Follow(tuple(operations), before, after)


def _touched(renames: Renames, schema: Schema, former: Mapping[str, Renaming]) -> dict[Ref, Ref]:
    """The tables whose parts may be named after an old name, each with its old reference."""
    found: dict[Ref, Ref] = {}
    for renaming in renames.renamings:
        name = renaming.new if renaming.column is None else renaming.table
        owner = table_ref(renaming.schema, name)
        keys = schema.of_kind("foreign_key")
        users = [k.ref.owner for k in keys if (k.referred_schema, k.referred_table) == owner[1::2]]
        for ref in (owner, *users):
            was = former.get(ref.name)
            known = was is not None and was.schema == ref.schema
            found[ref] = table_ref(ref.schema, was.table) if was and known else ref
    return found


def _pairs(owner: Ref, before: Schema, after: Schema) -> list[tuple[Any, Any]]:
    """The parts of a table that differ by their names alone."""
    kinds = (*TYPE_OF_KIND, "index")
    gone = [m for m in before.parts(owner) if m.ref.kind in kinds and m.name]
    came = [m for m in after.parts(owner) if m.ref.kind in kinds and m.name]
    names = {(m.ref.kind, m.name) for m in gone} & {(m.ref.kind, m.name) for m in came}
    pairs = []
    for old in gone:
        if (old.ref.kind, old.name) in names:
            continue
        for new in came:
            fresh = (new.ref.kind, new.name) not in names and type(new) is type(old)
            if fresh and replace(old, name=new.name) == new:
                pairs.append((old, new))
                came.remove(new)
                break
    return pairs


def _is_named(part: Any, declared: Schema) -> bool:
    """Whether a part of a table has its name from the model."""
    model = declared.get(part.ref)
    return model is not None and model.name is not None


def _given_anew(
    part: Any, owner: Ref, old_owner: Ref, renames: Renames, dialect: Dialect
) -> str | None:
    """The name that the server would give now to what it named by itself; None if it stays."""
    kind = part.ref.kind
    if kind not in TYPE_OF_KIND or not part.name:
        return None
    column_names = {
        r.new: r.column for r in renames.renamings if r.column and r.place == (owner[1], owner[3])
    }
    now = _columns_of(part, before=renames.schema.parts(owner, "column"))
    then = [column_names.get(name) or name for name in now]
    expression = getattr(part, "expression", None)
    was = dialect.given_name(kind, old_owner.name, then, expression)
    wanted = dialect.given_name(kind, owner.name, now, expression)
    if was is None or wanted is None or was == wanted:
        return None
    match = re.fullmatch(rf"{re.escape(was)}(_?\d*)", part.name)
    return None if match is None else wanted + match[1]


def _columns_of(part: Any, before: Iterable[Any]) -> list[str]:
    """The columns that a name is made of: those of a key's index, or those a CHECK mentions."""
    if getattr(part, "expression", None) is None:
        return [*part.columns, *getattr(part, "include", ())]
    mentioned = names_in(part.expression)
    return [column.name for column in before if column.name.lower() in mentioned]


def _renaming_op(part: Any, name: str, dialect: Dialect) -> Operation | None:
    """The operation that renames a part of a table, None where the database cannot."""
    place = {"schema": part.schema}
    if part.ref.kind == "index":
        return RenameIndexOp(part.name, name, table_name=part.table, **place)
    type_ = TYPE_OF_KIND[part.ref.kind]
    if not dialect.renames_constraint(type_):
        return None
    return RenameConstraintOp(part.name, name, part.table, type_, **place)


def _sequences(
    connection: Connection, renames: Renames, after: Schema, dialect: Dialect
) -> list[Operation]:
    """Renamings of the sequences that count for columns, where they are named after these."""
    tables: dict[Ref, str] = {}
    columns: dict[tuple[Ref, str], str] = {}
    for r in renames.renamings:
        owner = table_ref(r.schema, r.table if r.column else r.new)
        if r.column is None:
            tables[owner] = r.table
        else:
            tables.setdefault(owner, r.table)
            columns[owner, r.new] = r.column
    found: list[Operation] = []
    for owner, old in tables.items():
        owned = dialect.owned_sequences(connection, owner.schema, [old])
        news = {part.name for part in after.parts(owner, "column")}
        for new in sorted(news):
            was = columns.get((owner, new), new)
            name = dialect.given_name("sequence", old, [was], None)
            wanted = dialect.given_name("sequence", owner.name, [new], None)
            if name is None or wanted is None:
                continue
            if owned.get((old, was)) == name and name != wanted:
                found.append(RenameSequenceOp(name, wanted, schema=owner.schema))
    return found
