"""The dry run of a revision file: what would not run, or do something else, is not written."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from counting import lines_run

from flask_schemaver.autogenerate.page import Page
from flask_schemaver.autogenerate.rehearsal import RehearsalFailed
from flask_schemaver.operations import ops
from flask_schemaver.runtime.migration import MigrationContext

from .conftest import Project

pytestmark = pytest.mark.databases("sqlite")


def models(*columns: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


def test_a_name_without_import(project: Project) -> None:
    """The error names file, line and name; nothing is written."""

    def render_item(type_: str, obj: Any, autogen_context: Any) -> Any:
        return "geo.Point()" if type_ == "type" and isinstance(obj, sa.LargeBinary) else False

    with pytest.raises(RehearsalFailed, match=r"change\.py:\d+ uses 'geo' without import") as found:
        project.migrate(models(sa.Column("at", sa.LargeBinary)), render_item=render_item)
    assert "sa.Column('at', geo.Point(), nullable=True)" in str(found.value)
    assert found.value.hint is not None
    assert "autogen_context.imports" in found.value.hint
    assert project.files == []


def test_an_import_that_fails(project: Project) -> None:
    """A module that is not there is told of, with its line."""

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        directives[0].imports.add("import no_such_module")

    with pytest.raises(RehearsalFailed, match=r"cannot be imported: .*'no_such_module'"):
        project.migrate(models(), process_revision_directives=hook)
    assert project.files == []


class Forgetful(sa.types.UserDefinedType[Any]):
    """A type that does not keep its argument, so that it cannot be written."""

    cache_ok = True

    def __init__(self, size: int) -> None:
        self._size = size

    def get_col_spec(self, **kw: Any) -> str:
        return f"TEXT({self._size})"


def test_a_type_that_cannot_be_written(project: Project) -> None:
    """A call that fails is an error before there is a file."""
    with pytest.raises(RehearsalFailed, match=r"raises TypeError: .*size"):
        project.migrate(models(sa.Column("at", Forgetful(3))))
    assert project.files == []


def test_a_file_of_another_meaning(project: Project) -> None:
    """Operations that come out otherwise than they went in are an error."""

    class Sly(sa.types.UserDefinedType[Any]):
        cache_ok = True

        def get_col_spec(self, **kw: Any) -> str:
            return "TEXT"

        def __repr__(self) -> str:
            return f"Sly({next(numbers)})"

    numbers = iter(range(1000))
    Sly.__qualname__, Sly.__module__ = "Sly", __name__
    globals()["Sly"] = lambda number: Sly()
    try:
        with pytest.raises(RehearsalFailed, match="would not do what it is written for"):
            project.migrate(models(sa.Column("at", Sly())))
    finally:
        del globals()["Sly"]
    assert project.files == []


def test_code_that_wants_the_database(project: Project) -> None:
    """What a dry run does not have, a connection, is no reason to refuse a file."""

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        directives[0].upgrade_ops.ops.append(Query())

    class Query(ops.MigrateOperation):
        pass

    from flask_schemaver.autogenerate import renderers

    renderers.dispatch_for(Query)(lambda context, op: "op.get_bind().execute(sa.text('SELECT 1'))")
    try:
        text = project.migrate(models(), process_revision_directives=hook)
    finally:
        del renderers._registry[Query, "default"]
    assert text is not None
    project.upgrade()


def test_the_dry_run_is_cheap(engine: sa.Engine) -> None:
    """Rehearsing new tables costs about as many lines as rendering them, and no transaction."""
    columns = [ops.AddColumnOp("t", sa.Column(f"c{n}", sa.String(n + 1))).column for n in range(12)]
    tables = [ops.CreateTableOp(f"t{n}", [c._copy() for c in columns]) for n in range(10)]
    script = ops.MigrationScript(None, ops.UpgradeOps(tables), ops.DowngradeOps([]))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        rendering = lines_run(lambda: Page(script, context).variables)
        page = Page(script, context)
        imports = "import sqlalchemy as sa\nfrom flask_schemaver import op\n"
        text = f"{imports}\n\ndef upgrade():\n    {page.variables['upgrades']}\n"
        rehearsing = lines_run(lambda: page.rehearse(text, "revision.py"))
        assert rehearsing < 3 * rendering
        assert not connection.in_transaction()
