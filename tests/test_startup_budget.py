"""What importing and initialising loads: nothing that only a command needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("typer", "rich", "pydantic", "mako", "sqlalchemy", "alembic")


def loaded_after(code: str) -> set[str]:
    """The top-level modules of a fresh process after `code`."""
    shown = f"{code}\nimport sys\nprint(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", shown], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def submodules_after(code: str) -> set[str]:
    """The modules of our own package in a fresh process after `code`."""
    shown = f"{code}\nimport sys\nprint(*[m for m in sys.modules if m.startswith('flask_sch')])"
    done = subprocess.run([sys.executable, "-c", shown], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_the_package_alone() -> None:
    """`import flask_schemaver` costs next to nothing."""
    assert submodules_after("import flask_schemaver") == {
        "flask_schemaver",
        "flask_schemaver.lazy",
    }
    assert not loaded_after("import flask_schemaver") & {*HEAVY, "flask", "click"}


def test_initialising_an_app_loads_nothing_heavy() -> None:
    """An app that is served pays for no command, and not for SQLAlchemy by itself."""
    code = (
        "from flask import Flask\n"
        "from flask_schemaver import SchemaVer\n"
        "app = Flask('shop')\n"
        "SchemaVer(app, url='sqlite://', metadata=object())\n"
    )
    assert not loaded_after(code) & set(HEAVY)
    assert submodules_after(code) == {
        "flask_schemaver",
        *(
            f"flask_schemaver.{m}"
            for m in ("config", "errors", "extension", "lazy", "mount", "option_files")
        ),
        *(f"flask_schemaver.extension.{m}" for m in ("database", "engines", "origins")),
        *(f"flask_schemaver.extension.{m}" for m in ("schemaver", "state")),
    }


def test_another_command_of_the_app_does_not_load_typer() -> None:
    """`flask hello` stays as quick as it was."""
    code = (
        "from flask import Flask\n"
        "from flask_schemaver import SchemaVer\n"
        "app = Flask('shop')\n"
        "SchemaVer(app, url='sqlite://', metadata=object())\n"
        "app.cli.command('hello')(lambda: None)\n"
        "assert app.test_cli_runner().invoke(args=['hello']).exit_code == 0\n"
        "assert 'db' in app.test_cli_runner().invoke(args=['--help']).output\n"
    )
    assert not loaded_after(code) & set(HEAVY)
