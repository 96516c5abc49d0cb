"""Files that import Alembic are run by this project, and nobody else is told so."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import Config, command
from flask_schemaver.script.alias import standing_in
from flask_schemaver.script.revision import load_file

ENV = """\
from logging.config import fileConfig
from alembic import context
from helpers_of_env import target_metadata
import sqlalchemy as sa

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name)

engine = sa.create_engine(config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
HELPERS = """\
import sqlalchemy as sa
from alembic import op as op_of_helpers

target_metadata = sa.MetaData()

def create(name):
    op_of_helpers.create_table(name, sa.Column("id", sa.Integer, primary_key=True))
"""
INI = """\
[alembic]
script_location = {folder}/migrations
prepend_sys_path = {folder}
sqlalchemy.url = sqlite:///{folder}/app.db

[loggers]
keys = root,alembic
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARNING
handlers = console
[logger_alembic]
level = INFO
handlers =
qualname = alembic
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic
[formatter_generic]
format = %(levelname)s %(message)s
"""


def project(folder: Path, *bodies: str) -> Config:
    """A project of Alembic's, whose revisions have these imports and upgrades."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(ENV)
    (folder / "helpers_of_env.py").write_text(HELPERS)
    (folder / "alembic.ini").write_text(INI.format(folder=folder))
    before = None
    for number, body in enumerate(bodies):
        head = f'revision = "r{number}"\ndown_revision = {before!r}\n'
        (versions / f"r{number}.py").write_text(f"{head}{body}")
        before = f"r{number}"
    return Config(folder / "alembic.ini")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Each test is the first to import the helpers."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("helpers_of_env", None)


STATEMENTS = [
    "from alembic import op",
    "from alembic import op, context",
    "import alembic.op\nop = alembic.op",
    "import alembic\nop = alembic.op",
    "import alembic.op as op",
    "import alembic.operations.ops\nfrom alembic import op\nalembic.operations.ops.AddColumnOp",
    "from alembic.operations import ops, Operations, BatchOperations\nfrom alembic import op",
    "from alembic.operations.ops import CreateTableOp\nfrom alembic import op",
    "from alembic.autogenerate import rewriter, renderers, comparators\nfrom alembic import op",
    "from alembic.runtime.migration import MigrationContext\nfrom alembic import op",
    "from alembic.migration import MigrationContext\nfrom alembic import op",
    "from alembic.script import ScriptDirectory\nfrom alembic import op",
    "from alembic.config import Config\nfrom alembic import op",
    "from alembic.util import CommandError, rev_id\nfrom alembic import op",
    "from alembic.ddl.impl import DefaultImpl\nfrom alembic import op",
    "from alembic.ddl import postgresql, base\nfrom alembic import op",
    "import importlib\nop = importlib.import_module('alembic.op')",
    "from importlib import import_module, util\nop = import_module('alembic').op\nutil.find_spec",
    "import importlib.util as util\nfrom alembic import op\nutil.find_spec",
    "from alembic import __version__, op\nassert __version__.split('.')[0] == '1'",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_import_statements_of_revisions(tmp_path: Path, statement: str) -> None:
    """Every form of import that revisions use finds this project's own."""
    body = f"{statement}\n\ndef upgrade():\n    op.execute('CREATE TABLE t (id INTEGER)')\n"
    config = project(tmp_path, body)
    command.upgrade(config, "head")
    assert tables(tmp_path) >= {"t"}


def test_imports_inside_functions_and_in_helpers(tmp_path: Path) -> None:
    """What is imported while an upgrade runs, by helpers too, is this project's own."""
    body = (
        "def upgrade():\n    from alembic import op\n    from helpers_of_env import create\n"
        "    op.execute('CREATE TABLE a (id INTEGER)')\n    create('b')\n"
    )
    command.upgrade(project(tmp_path, body), "head")
    assert tables(tmp_path) >= {"a", "b"}


def test_alembic_is_what_it_was_for_everybody_else(tmp_path: Path) -> None:
    """Nothing of the alias is left in `sys.modules`, and the real one is imported as before."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("alembic")}
    command.upgrade(project(tmp_path, "from alembic import op\ndef upgrade(): pass\n"), "head")
    after = {name: module for name, module in sys.modules.items() if name.startswith("alembic")}
    assert after == before
    real = pytest.importorskip("alembic")
    assert real.__file__ is not None
    assert "flask_schemaver" not in real.op.__name__


def test_other_threads_are_not_affected(tmp_path: Path) -> None:
    """While a revision is being loaded, another thread finds the real Alembic."""
    pytest.importorskip("alembic")
    file = tmp_path / "slow.py"
    file.write_text(
        "import test_hooks_of_alias as hooks\nhooks.loading.set()\nhooks.seen.wait(10)\n"
        "from alembic import op\nhome = op.__name__\n"
    )
    (tmp_path / "test_hooks_of_alias.py").write_text(
        "import threading\nloading, seen = threading.Event(), threading.Event()\n"
    )
    sys.path.insert(0, str(tmp_path))
    import test_hooks_of_alias as hooks  # type: ignore[import-not-found]

    found: list[str] = []

    def look() -> None:
        hooks.loading.wait(10)
        import alembic.op

        found.append(alembic.op.__name__)
        hooks.seen.set()

    thread = threading.Thread(target=look)
    thread.start()
    module = load_file(str(file))
    thread.join()
    assert (found, module.home) == (["alembic.op"], "flask_schemaver.op")


def test_a_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    """An import of what neither project has fails as any import does."""
    file = tmp_path / "wrong.py"
    file.write_text("from alembic import no_such_thing\n")
    with pytest.raises(Exception, match="no_such_thing"):
        load_file(str(file))


def test_standing_in_binds_plugins(tmp_path: Path) -> None:
    """A program can load a plugin so that it is bound to this project."""
    (tmp_path / "plugin_of_alembic.py").write_text("from alembic.operations import Operations\n")
    sys.path.insert(0, str(tmp_path))
    with standing_in():
        import plugin_of_alembic  # type: ignore[import-not-found]
    assert plugin_of_alembic.Operations.__module__.startswith("flask_schemaver")


class TestLogging:
    """An env.py's `fileConfig` leaves the logging of the program alone."""

    def test_loggers_are_not_disabled(self, tmp_path: Path) -> None:
        """A logger of the app that exists before says everything afterwards too."""
        logger = logging.getLogger("app_of_compat")
        command.upgrade(project(tmp_path, "def upgrade(): pass\n"), "head")
        assert not logger.disabled

    def test_handlers_stay(self, tmp_path: Path) -> None:
        """The root logger's handlers and level are those that the program has set."""
        root = logging.getLogger()
        handler = logging.StreamHandler()
        root.addHandler(handler)
        level = root.level
        try:
            command.upgrade(project(tmp_path, "def upgrade(): pass\n"), "head")
            assert handler in root.handlers
            assert root.level == level
        finally:
            root.removeHandler(handler)

    def test_the_file_is_followed_where_nobody_has_set_up_logging(self, tmp_path: Path) -> None:
        """In a process of its own the file's handlers are there."""
        import subprocess

        project(tmp_path, "import logging\ndef upgrade(): logging.getLogger('x').error('seen')\n")
        code = (
            "from flask_schemaver import Config, command\n"
            f"command.upgrade(Config({str(tmp_path / 'alembic.ini')!r}), 'head')"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert "ERROR seen" in run.stderr


def tables(folder: Path) -> set[str]:
    return set(sa.inspect(sa.create_engine(f"sqlite:///{folder}/app.db")).get_table_names())
