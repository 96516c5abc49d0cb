"""The program `schemaver`: projects without Flask, and what it does not load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

SHOWING = """
import atexit, sys
shown = lambda: print(*{m.partition('.')[0] for m in sys.modules}, file=sys.stderr)
atexit.register(shown)
from flask_schemaver.__main__ import main
main()
"""
"""The program, telling at its end which packages it has loaded."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the program in a new folder."""

    def run(*words: str, loaded: bool = False, **environ: str) -> subprocess.CompletedProcess[str]:
        start = ["-c", SHOWING] if loaded else ["-m", "flask_schemaver"]
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("FLASK_")}
        return subprocess.run(
            [sys.executable, *start, *words],
            cwd=tmp_path,
            env={**surroundings, "PYTHONPATH": str(ROOT), **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def project(run: Run) -> Run:
    """A project with one revision."""
    assert run("-c", "schemaver.ini", "init").returncode == 0
    assert run("revision", "-m", "first", "--rev-id", "a1a1").returncode == 0
    return run


def test_init_writes_the_folder_and_the_settings(run: Run, tmp_path: Path) -> None:
    """The database is one file beside them; all commands work at once."""
    done = run("-c", "schemaver.ini", "init", "-d", "db/migrations")
    assert done.returncode == 0, done.stderr
    assert "script_location = %(here)s/db/migrations" in (tmp_path / "schemaver.ini").read_text()
    assert "schemaver revision" in done.stdout
    assert run("revision", "-m", "first").returncode == 0
    assert run("upgrade").returncode == 0
    assert (tmp_path / "app.db").exists()
    assert "(head)" in run("current").stdout


def test_init_leaves_settings_that_are_there(run: Run, tmp_path: Path) -> None:
    """The folder that they name is made."""
    text = "[schemaver]\nscript_location = %(here)s/steps\nsqlalchemy.url = sqlite://\n"
    (tmp_path / "schemaver.ini").write_text(text)
    assert run("init").returncode == 0
    assert (tmp_path / "schemaver.ini").read_text() == text
    assert (tmp_path / "steps" / "env.py").is_file()


@pytest.mark.parametrize("words", [["heads"], ["history"], ["show", "head"], ["heads", "-v"]])
def test_looking_at_files_loads_neither_flask_nor_sqlalchemy(
    project: Run, words: list[str]
) -> None:
    """Nor what Typer would load to convert texts."""
    done = project(*words, loaded=True)
    assert done.returncode == 0
    assert "a1a1" in done.stdout
    heavy = {"flask", "sqlalchemy", "pydantic", "rich", "mako"}
    assert not heavy & set(done.stderr.split())


def test_an_upgrade_loads_no_flask(project: Run) -> None:
    """SQLAlchemy it needs; pydantic and rich it does not."""
    done = project("upgrade", loaded=True)
    assert done.returncode == 0
    assert not {"flask", "pydantic", "rich", "mako"} & set(done.stderr.splitlines()[-1].split())


def test_the_options_of_files_may_stand_among_others(project: Run, tmp_path: Path) -> None:
    """Before the name of the command, in any order."""
    (tmp_path / "schemaver.ini").rename(tmp_path / "other.ini")
    for words in (
        ["-c", "other.ini", "heads"],
        ["-q", "--config=other.ini", "heads"],
        ["-x", "a=b", "-c", "other.ini", "-n", "schemaver", "heads"],
    ):
        assert project(*words).stdout == "a1a1 (head)\n"
    assert project("heads", SCHEMAVER_CONFIG="other.ini").stdout == "a1a1 (head)\n"


def test_another_section_may_be_named(project: Run, tmp_path: Path) -> None:
    """`-n` is the name of the main section."""
    with (tmp_path / "schemaver.ini").open("a") as file:
        file.write("\n[second]\nscript_location = nowhere\n")
    done = project("-c", "schemaver.ini", "-n", "second", "heads")
    assert done.returncode == 1
    assert "'nowhere'" in done.stderr


def test_a_pyproject_is_enough(project: Run, tmp_path: Path) -> None:
    """The table is `[tool.schemaver]`."""
    (tmp_path / "schemaver.ini").unlink()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.schemaver]\nscript_location = "%(here)s/migrations"\n'
        '"sqlalchemy.url" = "sqlite:///%(here)s/app.db"\n'
    )
    assert project("heads").stdout == "a1a1 (head)\n"
    assert project("upgrade").returncode == 0


def test_a_project_of_alembic_is_read(project: Run, tmp_path: Path) -> None:
    """Its ini file is named with `-c`; its section is found."""
    text = (tmp_path / "schemaver.ini").read_text().replace("[schemaver]", "[alembic]")
    (tmp_path / "schemaver.ini").unlink()
    (tmp_path / "alembic.ini").write_text(text)
    assert project("-c", "alembic.ini", "heads").stdout == "a1a1 (head)\n"


def test_two_files_of_one_kind_are_refused(project: Run) -> None:
    """With a message, not a traceback."""
    done = project("-c", "a.ini", "-c", "b.ini", "heads")
    assert done.returncode == 1
    assert "two files of one kind" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_files_an_app_is_looked_for(run: Run) -> None:
    """And if there is none, that is said."""
    done = run("heads")
    assert done.returncode == 2
    assert "Could not locate a Flask application" in done.stderr


def test_variables_of_the_environment_set_options(project: Run) -> None:
    """Texts, flags and lists."""
    assert "Rev: a1a1" in project("heads", SCHEMAVER_HEADS_VERBOSE="1").stdout
    wrong = project("heads", SCHEMAVER_HEADS_VERBOSE="perhaps")
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr
    done = project("heads", SCHEMAVER_HEADS_DIRECTORY="elsewhere")
    assert "'elsewhere'" in done.stderr


@pytest.mark.parametrize(
    "url", ["", "sqlalchemy.url = nonsense:secret", "sqlalchemy.url = odd://x"]
)
def test_a_url_that_is_none_is_said_without_repeating_it(
    project: Run, tmp_path: Path, url: str
) -> None:
    """A URL may hold a password."""
    text = (tmp_path / "schemaver.ini").read_text()
    changed = text.replace("sqlalchemy.url = sqlite:///%(here)s/app.db", url)
    (tmp_path / "schemaver.ini").write_text(changed)
    done = project("current")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
    assert "'sqlalchemy.url'" in done.stderr


def test_a_file_that_is_not_there_is_named(run: Run) -> None:
    """`init` alone may name a new one."""
    done = run("-c", "other.ini", "heads")
    assert done.returncode == 1
    assert "There is no file 'other.ini'" in done.stderr


def test_models_are_needed_to_compare(project: Run) -> None:
    """The template's env.py has none yet, and says where they go."""
    project("upgrade")
    for words in (["check"], ["revision", "--autogenerate"]):
        done = project(*words)
        assert done.returncode == 1
        assert "target_metadata" in done.stderr


def test_the_folder_may_be_named_as_alembic_users_do(tmp_path: Path) -> None:
    """`init DIRECTORY` is the same as `init --directory DIRECTORY`."""
    (tmp_path / "schemaver.ini").write_text("[schemaver]\nscript_location = moves\n")
    words = [sys.executable, "-m", "flask_schemaver", "init", "moves"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "moves" / "env.py").is_file()


@pytest.mark.parametrize("words", [[], ["--help"], ["upgrade", "--help"], ["--version"]])
def test_help_needs_neither_files_nor_an_app(run: Run, words: list[str]) -> None:
    """Nor does the version."""
    done = run(*words)
    assert "Usage: schemaver" in done.stdout + done.stderr or "flask_schemaver 0." in done.stdout
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_ini_and_a_pyproject_are_read_together(project: Run, tmp_path: Path) -> None:
    """`-c` names each; the ini file has the database, the other the names of files."""
    (tmp_path / "schemaver.ini").rename(tmp_path / "other.ini")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.schemaver]\nfile_template = '%%(slug)s_%%(rev)s'\n"
    )
    both = ["-c", "other.ini", "-c", "pyproject.toml"]
    assert project(*both, "revision", "-m", "second one", "--rev-id", "b2b2").returncode == 0
    assert (tmp_path / "migrations/versions/second_one_b2b2.py").exists()
    done = project("-c", "pyproject.toml", "-c", "pyproject.toml", "heads")
    assert done.returncode == 1
    assert "two files of one kind" in done.stderr


def test_errors_are_raised_if_that_is_asked_for(project: Run) -> None:
    """`--raiseerr` is for debuggers: a traceback, exit code 1."""
    done = project("--raiseerr", "upgrade", "nothing")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ResolutionError" in done.stderr.splitlines()[-1]
    assert "Traceback" not in project("upgrade", "nothing").stderr


def test_values_of_the_line_reach_env_py(project: Run, tmp_path: Path) -> None:
    """`-x` may stand several times, before the command or behind it."""
    env = tmp_path / "migrations" / "env.py"
    env.write_text(
        env.read_text() + "\nprint(context.get_x_argument(as_dictionary=True), file=sys.stderr)\n"
    )
    env.write_text("import sys\n" + env.read_text().replace("from __future__", "# from __future__"))
    wanted = "{'tenant': 'a=b', 'dry': ''}"
    assert wanted in project("-x", "tenant=a=b", "-x", "dry", "current").stderr
    assert wanted in project("current", "-x", "tenant=a=b", "-x", "dry").stderr


def test_a_quiet_line_prints_results_alone(project: Run) -> None:
    """An upgrade has none; errors are told all the same."""
    assert project("-q", "upgrade").stdout == ""
    assert project("-q", "current").stdout == "a1a1 (head)\n"
    assert "Error:" in project("-q", "upgrade", "nothing").stderr


@pytest.mark.parametrize("name", ["50% a@b:c", 'it\'s "so"', "a;b#c"])
@pytest.mark.parametrize("kind", ["ini", "toml"])
def test_a_url_may_have_any_character(project: Run, tmp_path: Path, kind: str, name: str) -> None:
    """A '%' needs no doubling; quotes, '@' and ';' are themselves."""
    ini, here = tmp_path / "schemaver.ini", "sqlite:///%(here)s/"
    if kind == "ini":
        ini.write_text(ini.read_text().replace(f"{here}app.db", f"{here}{name}.db"))
    else:
        ini.unlink()
        quoted = name.replace('"', '\\"')
        (tmp_path / "pyproject.toml").write_text(
            '[tool.schemaver]\nscript_location = "%(here)s/migrations"\n'
            f'"sqlalchemy.url" = "{here}{quoted}.db"\n'
        )
    done = project("upgrade")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{name}.db").exists()


def test_options_refer_to_others_and_to_the_section_of_defaults(
    project: Run, tmp_path: Path
) -> None:
    """As in any ini file."""
    ini = tmp_path / "schemaver.ini"
    text = ini.read_text().replace("%(here)s/app.db", "%(here)s/%(name)s_%(kind)s.db")
    text = text.replace("[schemaver]", "[schemaver]\nname = shop")
    ini.write_text(f"[DEFAULT]\nkind = blue\n{text}")
    assert project("upgrade").returncode == 0
    assert (tmp_path / "shop_blue.db").exists()
