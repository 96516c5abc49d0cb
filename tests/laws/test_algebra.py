"""The laws of the algebra that need no database, for all kinds at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from flask_schemaver import op
from flask_schemaver.autogenerate.render import Renderer, render_operations
from flask_schemaver.dialects.base import Dialect, dialect_for
from flask_schemaver.kinds import KINDS
from flask_schemaver.kinds.table import parted
from flask_schemaver.operations.facade import Operations
from flask_schemaver.schema.diff import diff
from flask_schemaver.schema.model import Schema
from flask_schemaver.schema.operation import Operation
from flask_schemaver.schema.sources import declare

from .schemas import metadata, same_twice

DIALECTS = {
    "sqlite": dialect_for(sqlite.dialect()),
    "postgresql": dialect_for(postgresql.dialect()),
}


def declared(source: sa.MetaData, dialect: Dialect) -> Schema:
    return declare(source.tables.values(), KINDS, dialect)


def operations(before: Schema, after: Schema, dialect: Dialect) -> list[Operation]:
    return diff(before, after, KINDS, dialect, lambda o: parted(o, dialect))


def unnamed_aside(schema: Schema) -> dict[object, object]:
    """The models without the names that an operation gives to an unnamed constraint."""
    aside = {}
    for ref, model in schema.items():
        if ref.kind == "unique":
            aside[("unique", ref.table, model.columns)] = model.deferrable
        elif ref.kind == "check":
            aside[("check", ref.table, model.expression)] = None
        else:
            aside[ref] = model
    return aside


class Recorder:
    """Takes the operations that rendered code makes instead of running them."""

    def __init__(self) -> None:
        self.seen: list[Operation] = []

    def invoke(self, operation: Operation) -> None:
        self.seen.append(operation)


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_equal_schemas_need_nothing(name: str, data: st.DataObject) -> None:
    """Law 1: there is no operation between a schema and its equal."""
    dialect = DIALECTS[name]
    source = data.draw(metadata(name))
    again = declared(same_twice(source), dialect)
    assert operations(declared(source, dialect), again, dialect) == []


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_following_leads_to_the_other_schema_and_reversing_leads_back(
    name: str, data: st.DataObject
) -> None:
    """Laws 2 and 3: the operations lead from `a` to `b`, their reverses from `b` to `a`."""
    dialect = DIALECTS[name]
    a = declared(data.draw(metadata(name)), dialect)
    b = declared(data.draw(metadata(name)), dialect)
    forward = operations(a, b, dialect)
    reached = a
    for operation in forward:
        reached = operation.apply(reached, dialect)
    assert unnamed_aside(reached) == unnamed_aside(b)
    for operation in reversed(forward):
        reached = operation.reverse().apply(reached, dialect)
    assert unnamed_aside(reached) == unnamed_aside(a)


@pytest.mark.parametrize("name", DIALECTS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_rendered_code_makes_equal_operations(name: str, data: st.DataObject) -> None:
    """Law 4: running the rendered Python makes operations equal to the rendered ones."""
    dialect = DIALECTS[name]
    a = declared(data.draw(metadata(name)), dialect)
    b = declared(data.draw(metadata(name)), dialect)
    forward = operations(a, b, dialect)
    for chain in (forward, [o.reverse() for o in reversed(forward)]):
        assert evaluated(chain) == chain


def evaluated(chain: list[Operation]) -> list[Operation]:
    renderer = Renderer()
    code = render_operations(chain, renderer)
    recorder = Recorder()
    namespace: dict[str, object] = {"sa": sa, "op": Directives(recorder)}
    exec("\n".join([*renderer.imports, code]), namespace)
    return recorder.seen


class Directives:
    """`op` whose operations go to a recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __getattr__(self, name: str) -> object:
        if name == "f":
            return sa.schema.conv
        unbound = getattr(Operations, name)
        if name == "create_table":
            return lambda *a, **k: unbound(self._recorder, *a, **k)
        return lambda *a, **k: unbound(self._recorder, *a, **k)


def test_every_directive_of_op_is_a_method_of_operations() -> None:
    """`op` and `Operations` offer the same directives."""
    ours = {n for n in dir(op) if not n.startswith("_")} & {
        n for n in dir(Operations) if not n.startswith("_")
    }
    about = {"context", "impl", "implementation_for", "register_operation", "run_own_statements"}
    methods = {n for n in dir(Operations) if not n.startswith("_")} - about
    assert ours == methods
