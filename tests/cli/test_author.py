"""The commands that write files: init, revision, migrate, merge, edit."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa


def versions(project: Any) -> list[Path]:
    return sorted((project.folder / "migrations" / "versions").glob("*.py"))


def test_init_makes_a_small_folder_and_says_what_comes_next(make_project: Any) -> None:
    """env.py, a template, a README and a folder for the revisions."""
    project = make_project()
    output = project.ok("init")
    assert "flask db migrate" in output
    found = {path.name for path in (project.folder / "migrations").iterdir()}
    assert found == {"README", "env.py", "script.py.mako", "versions"}


def test_init_refuses_a_folder_that_holds_something(project: Any) -> None:
    """Nothing of a user's is overwritten."""
    (project.folder / "migrations" / "env.py").write_text("mine")
    result = project.run("init")
    assert result.exit_code == 1
    assert "not empty" in result.stderr
    assert (project.folder / "migrations" / "env.py").read_text() == "mine"


def test_init_takes_another_folder(make_project: Any) -> None:
    """By option, by argument of SchemaVer, or by app.config."""
    project = make_project(directory="database/steps")
    project.ok("init")
    assert (project.folder / "database" / "steps" / "versions").is_dir()
    project.ok("init", "-d", "other", "--package")
    assert (project.folder / "other" / "versions" / "__init__.py").is_file()


def test_an_unknown_template_is_refused_with_the_known_ones(make_project: Any) -> None:
    """`list-templates` shows them with a line each."""
    project = make_project()
    assert "'flask'" in project.run("init", "-t", "flusk").stderr
    assert "flask - The migrations of a Flask app" in project.ok("list-templates")


def test_env_py_touches_neither_ini_files_nor_logging(project: Any) -> None:
    """It needs this package alone."""
    source = (project.folder / "migrations" / "env.py").read_text()
    imported = {
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or node.names[0].name]
    }
    assert imported == {"flask_schemaver"}
    assert "fileConfig" not in source


def test_a_revision_is_a_typed_file(project: Any) -> None:
    """Header, identifiers and both functions; the next one follows it."""
    output = project.ok("revision", "-m", "add price", "--rev-id", "a1aa")
    (path,) = versions(project)
    assert path.name == "a1aa_add_price.py"
    assert "migrations/versions/a1aa_add_price.py" in output
    source = path.read_text()
    assert source.startswith('"""add price\n\nRevision ID: a1aa\n')
    assert "revision: str = 'a1aa'" in source
    assert "down_revision: str | Sequence[str] | None = None" in source
    compile(source, str(path), "exec")
    project.ok("revision", "-m", "next", "--rev-id", "b2bb")
    assert "down_revision: str | Sequence[str] | None = 'a1aa'" in versions(project)[1].read_text()
    project.ok("upgrade")
    project.ok("downgrade", "base", "--yes")


@pytest.mark.parametrize(
    "message", ['say "hi"', 'ends with "', "back\\slash", '"""', "100% ümlaut"]
)
def test_any_message_makes_a_file_that_can_be_read(project: Any, message: str) -> None:
    """Quotes and backslashes do not break the docstring."""
    project.ok("revision", "-m", message, "--rev-id", "a1aa")
    (path,) = versions(project)
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert doc is not None
    assert message in doc
    assert message in project.ok("history")
    project.ok("upgrade")


def test_migrate_writes_what_the_models_have(project: Any) -> None:
    """The file goes up and down, and a second run finds nothing."""
    output = project.ok("migrate", "-m", "first")
    assert "Compared 1 table with 0:" in output
    assert "product" in output
    (path,) = versions(project)
    assert "op.create_table" in path.read_text()
    assert "at '" in project.ok("upgrade")
    assert "product" in project.tables()
    output = project.ok("migrate", "-m", "again")
    assert output.startswith("Compared 1 table with 1 of sqlite:///")
    assert output.endswith(": no difference.\n")
    assert versions(project) == [path]
    project.ok("downgrade", "base", "--yes")
    assert "product" not in project.tables()


def test_revision_autogenerate_is_the_same(project: Any) -> None:
    """`migrate` is another name for it."""
    assert "Compared 1 table with 0:" in project.ok("revision", "--autogenerate", "-m", "first")


def test_a_database_behind_is_not_compared(chain: Any) -> None:
    """The error says how far behind it is, and no file is written."""
    chain.ok("upgrade", "a1aa")
    result = chain.run("migrate", "-m", "x")
    assert result.exit_code == 1
    assert "The database is at 'a1aa', two revisions behind 'c3cc'." in result.stderr
    assert "Run 'flask db upgrade' first." in result.stderr
    assert len(versions(chain)) == 3


def test_models_that_nobody_imported_are_missed(project: Any) -> None:
    """Else every table would be dropped."""
    project.db.metadata.clear()
    result = project.run("migrate", "-m", "x")
    assert result.exit_code == 1
    assert "'shop'" in result.stderr
    assert "Import" in result.stderr
    assert versions(project) == []


def test_tables_made_by_create_all_are_explained(project: Any) -> None:
    """Identical, but nobody has recorded a revision."""
    with project.app.app_context():
        project.db.create_all()
    output = project.ok("migrate", "-m", "x")
    assert "no difference" in output
    assert "flask db stamp" in output


def test_check_fails_if_something_differs(project: Any) -> None:
    """It names the differences and writes nothing."""
    result = project.run("check")
    assert result.exit_code == 1
    assert "product" in result.stderr
    assert versions(project) == []
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    assert "no difference" in project.ok("check")


def test_a_hook_may_leave_nothing_or_change_the_revision(make_project: Any) -> None:
    """process_revision_directives comes from SchemaVer's keywords."""
    seen = []

    def hook(context: Any, revision: Any, directives: list[Any]) -> None:
        seen.append(context.config.cmd_opts.autogenerate)
        directives[0].message = "renamed"
        directives[0].rev_id = "cafe"

    project = make_project(process_revision_directives=hook)
    project.ok("init")
    project.ok("migrate", "-m", "first")
    assert [path.name for path in versions(project)] == ["cafe_renamed.py"]
    assert seen == [True]


def test_sql_and_autogenerate_exclude_each_other(project: Any) -> None:
    """Nothing can be compared with a database that is not connected to."""
    assert project.run("migrate", "--sql").exit_code == 1


def test_merge_joins_two_heads(chain: Any) -> None:
    """The new file follows both, and is the only head."""
    chain.write("d4dd", "b2bb")
    result = chain.run("revision", "-m", "x")
    assert result.exit_code == 1
    assert "c3cc" in result.stderr
    assert "d4dd" in result.stderr
    chain.ok("merge", "heads", "-m", "join", "--rev-id", "e5ee")
    assert chain.ok("heads").strip() == "e5ee (head) (mergepoint)"


def test_edit_opens_the_file_in_the_editor(chain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """$EDITOR is run with the path."""
    monkeypatch.setenv("EDITOR", "sed -i s/step/stage/")
    chain.ok("edit", "b2bb")
    assert "stage b2bb" in chain.ok("history")
    monkeypatch.setenv("EDITOR", "no-such-editor")
    result = chain.run("edit", "b2bb")
    assert result.exit_code == 1
    assert "$EDITOR" in result.stderr


def test_rows_survive_a_change_both_ways(make_project: Any, database_url: str) -> None:
    """A column is added to a table with rows, and taken away again; then nothing differs."""
    project = make_project(database_url)
    project.ok("init")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    with project.app.app_context(), project.db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO product (id) VALUES (7)")
    project.db.metadata.tables["product"].append_column(sa.Column("name", sa.String(20)))
    assert "name" in project.ok("migrate", "-m", "name")
    project.ok("upgrade")
    assert "no difference" in project.ok("check")
    project.ok("downgrade", "-1", "--yes")
    with project.app.app_context():
        with project.db.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT * FROM product").fetchall() == [(7,)]
        project.db.engine.dispose()
