"""Names of new files, where they go, and what runs on them: from app.config, ini and toml."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flask_schemaver import command
from flask_schemaver.errors import ScriptError


def versions(project: Any) -> list[str]:
    """The names of the revision files."""
    return sorted(path.name for path in (project.folder / "migrations/versions").glob("*.py"))


@pytest.fixture
def configured(make_project: Any) -> Any:
    """Make a project with settings in app.config, and its migrations folder."""

    def make(**settings: Any) -> Any:
        project = make_project(settings=settings)
        project.ok("init")
        return project

    return make


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """An executable that appends its arguments to a file, and fails if that has 'bad' in it."""
    path = tmp_path / "tool"
    path.write_text(
        f"#!{sys.executable}\nimport sys\nopen(sys.argv[-1], 'a').write('# seen\\n')\n"
        "print('said', *sys.argv[1:-1])\nsys.exit('bad' in sys.argv[-1])\n"
    )
    path.chmod(0o755)
    return path


def test_every_token_of_a_file_name(configured: Any) -> None:
    """Set in app.config; '%' as it is."""
    template = "%(year)d-%(month).2d-%(day).2d_%(hour).2d%(minute).2d%(second).2d_%(rev)s_%(slug)s"
    project = configured(
        SCHEMAVER_FILE_TEMPLATE=f"{template}_%(epoch)s",
        SCHEMAVER_TIMEZONE="utc",
        SCHEMAVER_TRUNCATE_SLUG_LENGTH=12,
    )
    project.ok("revision", "-m", "Add the price, and more", "--rev-id", "a1a1")
    (name,) = versions(project)
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    assert re.fullmatch(rf"{today}_\d{{6}}_a1a1_add_the__\d{{10}}\.py", name)
    assert "+00:00" in (project.folder / "migrations/versions" / name).read_text()


def test_names_from_pyproject(project: Any) -> None:
    """What app.config does not say, `[tool.schemaver]` may."""
    (project.folder / "pyproject.toml").write_text(
        '[tool.schemaver]\nfile_template = "%%(slug)s-%%(rev)s"\ntruncate_slug_length = 5\n'
    )
    project.ok("revision", "-m", "first thing", "--rev-id", "a1a1")
    assert versions(project) == ["first_-a1a1.py"]


def test_names_from_an_ini_file_win_over_pyproject(project: Any) -> None:
    """The ini file lies in the migrations folder."""
    (project.folder / "pyproject.toml").write_text('[tool.schemaver]\nfile_template = "no"\n')
    ini = project.folder / "migrations" / "schemaver.ini"
    ini.write_text("[schemaver]\nfile_template = %%(rev)s\n")
    project.ok("revision", "-m", "first", "--rev-id", "a1a1")
    assert versions(project) == ["a1a1.py"]


def test_app_config_wins_over_files(configured: Any) -> None:
    """The setting that is nearest to the app counts."""
    project = configured(SCHEMAVER_FILE_TEMPLATE="app_%(rev)s")
    ini = project.folder / "migrations" / "schemaver.ini"
    ini.write_text("[schemaver]\nfile_template = ini_%%(rev)s\n")
    project.ok("revision", "-m", "first", "--rev-id", "a1a1")
    assert versions(project) == ["app_a1a1.py"]


def test_a_zone_that_is_none_is_refused(configured: Any) -> None:
    """Before a file is written."""
    project = configured(SCHEMAVER_TIMEZONE="Nowhere/Else")
    result = project.run("revision", "-m", "first")
    assert result.exit_code == 1
    assert "'Nowhere/Else'" in result.stderr
    assert versions(project) == []


def test_several_version_locations(configured: Any, tmp_path: Path) -> None:
    """A base needs to be told where; what follows goes beside it."""
    shop, news = str(tmp_path / "shop steps"), str(tmp_path / "news")
    project = configured(SCHEMAVER_VERSION_LOCATIONS=[shop, news])
    result = project.run("revision", "-m", "shop", "--head", "base", "--rev-id", "a1a1")
    assert result.exit_code == 1
    assert "--version-path" in result.stderr
    line = ["--head", "base", "--version-path"]
    project.ok("revision", "-m", "shop", *line, shop, "--rev-id", "a1a1", "--branch-label", "shop")
    project.ok("revision", "-m", "news", *line, news, "--rev-id", "b1b1", "--branch-label", "news")
    project.ok("revision", "-m", "more", "--head", "shop@head", "--rev-id", "a2a2")
    assert (tmp_path / "shop steps" / "a2a2_more.py").is_file()
    project.ok("upgrade", "heads")
    assert project.ok("current").split()[::3] == ["a2a2", "b1b1"]
    result = project.run("revision", "-m", "x", *line, str(tmp_path / "other"))
    assert result.exit_code == 1
    assert "none of the version locations" in result.stderr


def test_folders_in_names_need_to_be_looked_into(configured: Any) -> None:
    """With `recursive_version_locations` they are."""
    settings = {"SCHEMAVER_FILE_TEMPLATE": "%(year)d/%(rev)s"}
    project = configured(**settings, SCHEMAVER_RECURSIVE_VERSION_LOCATIONS=True)
    project.ok("revision", "-m", "first", "--rev-id", "a1a1")
    project.ok("upgrade")
    year = datetime.now().year  # noqa: DTZ005 - as the name has it
    assert (project.folder / f"migrations/versions/{year}/a1a1.py").is_file()


@pytest.mark.parametrize("option", ["--sql", None])
def test_env_py_runs_for_a_plain_revision_if_asked_for(configured: Any, option: str | None) -> None:
    """`revision_environment` lets env.py fill the template; --sql does it without a database."""
    project = configured(SCHEMAVER_REVISION_ENVIRONMENT="true")
    env = project.folder / "migrations" / "env.py"
    env.write_text(env.read_text() + "\nprint('env.py was run')\n")
    words = ["revision", "-m", "first"]
    assert "env.py was run" in project.ok(*words, *([option] if option else []))
    assert len(versions(project)) == 1


def test_sql_for_a_plain_revision_is_refused_otherwise(project: Any) -> None:
    """It would change nothing."""
    result = project.run("revision", "-m", "first", "--sql")
    assert result.exit_code == 1
    assert "revision_environment" in result.stderr


def hooks(*tables: str) -> str:
    """A pyproject.toml with post-write hooks."""
    return "\n".join(f"[[tool.schemaver.post_write_hooks]]\n{table}" for table in tables)


def test_hooks_of_every_type_from_pyproject(project: Any, tool: Path) -> None:
    """A module, a console script, an executable; each sees the file, in this order."""
    (project.folder / "pyproject.toml").write_text(
        hooks(
            'name = "a"\ntype = "module"\nmodule = "py_compile"\n',
            'name = "b"\ntype = "console_scripts"\nentrypoint = "flask"\noptions = "--version"\n',
            f'name = "c"\ntype = "exec"\nexecutable = "{tool}"\n'
            'options = "--check REVISION_SCRIPT_FILENAME"\n',
        )
    )
    project.ok("revision", "-m", "first", "--rev-id", "a1a1")
    text = (project.folder / "migrations/versions/a1a1_first.py").read_text()
    assert text.endswith("# seen\n")
    assert list((project.folder / "migrations/versions/__pycache__").glob("a1a1_first*"))


def test_hooks_from_an_ini_file(project: Any, tool: Path) -> None:
    """Its section hides the tables of pyproject.toml."""
    ini = project.folder / "migrations" / "schemaver.ini"
    ini.write_text(
        f"[schemaver]\n[post_write_hooks]\nhooks = t, t2\nt.type = exec\nt.executable = {tool}\n"
        f"t2.type = exec\nt2.executable = {tool}\n"
    )
    (project.folder / "pyproject.toml").write_text(hooks('name = "a"\ntype = "nothing"\n'))
    project.ok("revision", "-m", "first", "--rev-id", "a1a1")
    text = (project.folder / "migrations/versions/a1a1_first.py").read_text()
    assert text.count("# seen") == 2


def test_a_failing_hook_is_reported(project: Any, tool: Path, flask_line: Any) -> None:
    """On stderr, with its name and what it said; the file stays."""
    (project.folder / "pyproject.toml").write_text(
        hooks(f'name = "checker"\ntype = "exec"\nexecutable = "{tool}"\n')
    )
    app = f"""
        from flask import Flask
        from flask_schemaver import SchemaVer
        app = Flask("shop", root_path={str(project.folder)!r})
        SchemaVer(app, url="sqlite://", metadata=object())
    """
    done = flask_line("--app", "shop:app", "db", "revision", "-m", "bad", app=app)
    assert done.returncode == 0, done.stderr
    assert "hook 'checker' ended with status 1" in done.stderr
    assert "said" in done.stderr
    assert len(versions(project)) == 1


def test_a_hook_that_cannot_run_is_refused_before_the_file_is_written(project: Any) -> None:
    """Nothing is left behind."""
    (project.folder / "pyproject.toml").write_text(
        hooks('name = "checker"\ntype = "exec"\nexecutable = "no-such-program"\n')
    )
    result = project.run("revision", "-m", "first")
    assert result.exit_code == 1
    assert "'no-such-program'" in result.stderr
    assert versions(project) == []


@pytest.mark.parametrize("words", [["show", "zzz"], ["edit", "zzz"], ["stamp", "zzz"]])
def test_a_symbol_that_nothing_has_is_advice(chain: Any, words: list[str]) -> None:
    """With the nearest, or where to look."""
    result = chain.run(*words)
    assert result.exit_code == 1
    assert "No revision and no branch is called 'zzz'" in result.stderr
    assert "Traceback" not in result.output


def test_edit_of_where_the_database_is(chain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`current` is a symbol here; at base there is nothing to open."""
    monkeypatch.setenv("EDITOR", f'{sys.executable} -c "import sys; print(sys.argv)"')
    result = chain.run("edit", "current")
    assert result.exit_code == 1
    chain.ok("upgrade", "b2bb")
    chain.ok("edit", "current")


def test_an_editor_that_fails_is_named(chain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback."""
    monkeypatch.setenv("EDITOR", "no-such-editor")
    result = chain.run("edit")
    assert result.exit_code == 1
    assert "'no-such-editor' failed: No such file" in result.stderr
    monkeypatch.setenv("EDITOR", "false")
    assert "The editor 'false' ended with exit code 1." in chain.run("edit").stderr


def test_merging_nothing_is_refused(chain: Any) -> None:
    """By the program's interface too."""
    assert chain.run("merge").exit_code == 2
    with chain.app.app_context(), pytest.raises(ScriptError, match="nothing to merge"):
        command.merge(chain.app.extensions["schemaver"]["db"].config(), [])


def test_x_before_and_after_the_command_is_not_added_up(chain: Any) -> None:
    """The command's own wins over that of the group."""
    show = "print('got', context.get_x_argument())"
    chain.write("d4dd", "c3cc", f"from flask_schemaver import context; {show}")
    chain.ok("upgrade", "c3cc")
    assert "got ['a=1']" in chain.ok("-x", "a=1", "upgrade", "--sql", "c3cc:head")
    assert "got ['b=2']" in chain.ok("-x", "a=1", "upgrade", "-x", "b=2")


def test_a_graph_in_the_terminal_and_in_files(chain: Any) -> None:
    """Applied and pending can be told apart; the ending says how it is drawn."""
    chain.ok("upgrade", "b2bb")
    assert chain.ok("graph").splitlines() == [
        "o c3cc (head) step c3cc",
        "* b2bb (current) step b2bb",
        "* a1aa step a1aa",
    ]
    for name, start in (("g.svg", "<svg"), ("g.mmd", "flowchart"), ("g.md", "```mermaid")):
        assert name in chain.ok("graph", "--output", name)
        assert (chain.folder / name).read_text().startswith(start)
    result = chain.run("graph", "--output", "g.png")
    assert result.exit_code == 1
    assert "'.svg'" in result.stderr
    assert chain.run("graph", "-o", "nowhere/g.svg").exit_code == 1


def test_a_graph_without_files_and_without_a_database(make_project: Any) -> None:
    """The files alone are enough if that is asked for."""
    project = make_project("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    project.ok("init")
    assert "no revision yet" in project.ok("graph", "--no-database")
    project.write("a1aa", None)
    assert project.ok("graph", "--no-database") == "* a1aa (head) step a1aa\n"
    assert project.run("graph").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["migrate", "-m", "x"],
        ["history", "-i"],
        ["history", "-r", ":current"],
        ["show", "current"],
        ["current", "-v"],
        ["graph"],
    ],
)
def test_reading_creates_nothing_in_the_database(project: Any, words: list[str]) -> None:
    """Not even a version table, whether the command succeeds or fails."""
    project.run(*words)
    assert project.tables() == set()
