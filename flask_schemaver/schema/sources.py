"""Where a schema comes from: declared in a MetaData, or reflected from a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import AutogenerateError
from .model import Kind, Ref, Schema

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

    from ..dialects.base import Dialect, TableKey
    from ..dialects.reflected import ReflectedTable


def declare(
    tables: Iterable[sa.Table],
    kinds: Sequence[Kind],
    dialect: Dialect,
    several: Iterable[sa.MetaData] = (),
) -> Schema:
    """The schema that tables, and what their MetaData have beside them, stand for.

    Touches no database.
    """
    beside = [
        model
        for metadata in several
        for kind in kinds
        for model in kind.declare_beside(metadata, dialect)
    ]
    parts = [model for table in tables for model in declare_table(table, kinds, dialect)]
    for kind in kinds:
        kind.check_declared([*beside, *parts])
    return Schema([*beside, *parts])


def declare_table(table: sa.Table, kinds: Sequence[Kind], dialect: Dialect) -> list[Any]:
    """The models of one declared table and of its parts."""
    from sqlalchemy.exc import CompileError, UnsupportedCompilationError

    try:
        return [model for kind in kinds for model in kind.declare(table, dialect)]
    except (CompileError, UnsupportedCompilationError) as error:
        raise AutogenerateError(
            f"The model of table '{table.fullname}' has something that {dialect.engine.name} does "
            f"not know: {error.args[0]}",
            hint="Give the column a type of this database, or the type a variant for it.",
        ) from error


def reflect(
    connection: Connection,
    schemas: Iterable[str | None],
    kinds: Sequence[Kind],
    dialect: Dialect,
    wanted: Callable[[TableKey], bool] = lambda key: True,
) -> Schema:
    """The schemas of a live database: only tables that are `wanted`. Reads, never writes."""
    models: list[Any] = []
    read = [dialect.read_schema(connection, name, wanted) for name in schemas]
    known = {(table.schema, table.name) for found in read for table in found.tables}
    for found in read:
        beside = found.beside(known)
        models += [model for kind in kinds for model in kind.read_beside(beside, dialect)]
        for table in found.tables:
            models += read_table(table, kinds, dialect)
    return Schema(models)


def read_table(table: ReflectedTable, kinds: Sequence[Kind], dialect: Dialect) -> list[Any]:
    """The models of what was read of one table."""
    return [model for kind in kinds for model in kind.read(table, dialect)]


def settle(
    connection: Connection,
    declared: Schema,
    reflected: Schema,
    tables: Iterable[sa.Table],
    kinds: Sequence[Kind],
    dialect: Dialect,
) -> tuple[Schema, list[str]]:
    """`declared` as the server would store it, and the tables for which it could not be asked.

    Only tables that differ in the cheap normal form are asked for. The declared table is created
    in scratch space that leaves nothing behind, and read back.
    """
    settled: dict[Ref, list[Any]] = {}
    asked: dict[Ref, sa.Table] = {}
    unlike = {ref.owner or ref for ref in declared.unlike(reflected)}
    for table in tables:
        ref = Ref("table", dialect.normal_schema(table.schema), None, table.name)
        if ref in unlike and ref in reflected:
            ours, theirs = declared.parts(ref), reflected.parts(ref)
            settled[ref] = _named_alike(ours, theirs)
            same = _same(settled[ref], theirs)
            if not same or declared[ref] != reflected[ref]:
                asked[ref] = table
    unsettled: list[str] = []
    tables_settled: list[Any] = []
    outside = {kind.name for kind in kinds if not kind.scratch}
    answers = dialect.stored_forms(connection, list(asked.values()))
    for (ref, table), stored in zip(asked.items(), answers, strict=True):
        if stored is None:
            unsettled.append(table.fullname)
            continue
        read = read_table(stored, kinds, dialect)
        itself = next(model for model in read if model.ref == ref)
        parts = _settled(declared.parts(ref), [m for m in read if m.ref != ref], outside)
        tables_settled.append(declared[ref].settled(itself))
        settled[ref] = _named_alike(parts, reflected.parts(ref))
    beside = _settled_beside(connection, declared, reflected, kinds, dialect)
    return _with_parts(declared, settled).with_models(*tables_settled, *beside), unsettled


def _settled_beside(
    connection: Connection,
    declared: Schema,
    reflected: Schema,
    kinds: Sequence[Kind],
    dialect: Dialect,
) -> list[Any]:
    """What stands beside tables and differs, as the server would store it."""
    return [
        model
        for kind in kinds
        for model in kind.settle_beside(
            connection,
            (
                model
                for model in declared.of_kind(kind.name)
                if model.ref in reflected and reflected[model.ref] != model
            ),
            dialect,
        )
    ]


def _with_parts(schema: Schema, parts: dict[Ref, list[Any]]) -> Schema:
    """The schema with other parts for some of its tables."""
    if not parts:
        return schema
    models = [model for ref, model in schema.items() if ref.owner not in parts]
    return Schema([*models, *(part for several in parts.values() for part in several)])


def _same(ours: list[Any], theirs: list[Any]) -> bool:
    return {model.ref: model for model in ours} == {model.ref: model for model in theirs}


def _settled(declared: list[Any], stored: list[Any], outside: set[str]) -> list[Any]:
    """Each declared model with what the server stored for it, found by its name or its likeness.

    What the server did not store (a UNIQUE on the columns of the primary key, for one) is left
    out, except of the kinds that scratch space cannot have.
    """
    by_ref = {model.ref: model for model in stored}
    taken = {model.ref for model in declared}
    # The server counts the names that it gives: 'check', 'check1', ..., 'check10'.
    unnamed = sorted(
        (model for model in stored if model.ref not in taken),
        key=lambda model: (len(str(model.name)), str(model.name)),
    )
    settled = []
    for model in declared:
        found = by_ref.get(model.ref)
        if found is None:
            alike = [m for m in unnamed if _alike(m, model)]
            used = getattr(model, "used", ())
            found = next((m for m in alike if getattr(m, "used", ()) == used), None)
            found = found or next(iter(alike), None)
            if found is not None:
                unnamed.remove(found)
        if found is not None:
            settled.append(model.settled(found))
        elif model.ref.kind in outside:
            settled.append(model)
    return settled


def _alike(stored: Any, declared: Any) -> bool:
    """Whether the server's model can be what became of an unnamed declared one."""
    if type(stored) is not type(declared) or declared.name is not None:
        return False
    return bool(declared.settled(stored) == stored)


def _named_alike(declared: list[Any], reflected: list[Any]) -> list[Any]:
    """Give an unnamed declared constraint the name of its equal in the database."""
    taken = {model.ref for model in declared}
    free = [model for model in reflected if model.ref not in taken]
    named = []
    for model in declared:
        if model.name is None:
            found = next((m for m in free if type(m) is type(model) and _equals(model, m)), None)
            if found is not None:
                free.remove(found)
                named.append(found if found.name is None else model.named(found.name))
                continue
        named.append(model)
    return named


def _equals(declared: Any, reflected: Any) -> bool:
    if reflected.name is None:
        return bool(declared == reflected)
    return bool(declared.named(reflected.name) == reflected)
