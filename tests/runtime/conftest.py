"""A folder of revisions that a test writes line by line, and runs without an env.py."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver.config import Config
from flask_schemaver.runtime.environment import EnvironmentContext
from flask_schemaver.runtime.migration import MigrationContext
from flask_schemaver.runtime.planner import plan_downgrade, plan_stamp, plan_upgrade
from flask_schemaver.runtime.runner import RunResult
from flask_schemaver.script.directory import ScriptDirectory

HEADER = '''"""{doc}"""

import sqlalchemy as sa
from flask_schemaver import context, op

revision = {revision!r}
down_revision = {down!r}


def upgrade(**arguments):
{upgrade}


def downgrade(**arguments):
{downgrade}
'''


class Project:
    """A chain of revisions: each added one follows the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = folder / "versions"
        self.versions.mkdir(parents=True)
        (folder / "script.py.mako").touch()
        (folder / "env.py").touch()
        self.last: str | None = None

    @property
    def script(self) -> ScriptDirectory:
        return ScriptDirectory.from_config(self.config)

    @property
    def config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        return config

    def add(self, revision: str, upgrade: str = "pass", downgrade: str = "pass") -> Path:
        """Write a file; a line of SQL stands for its `context.execute`."""
        path = self.versions / f"{revision}.py"
        path.write_text(
            HEADER.format(
                doc=f"make {revision}",
                revision=revision,
                down=self.last,
                upgrade=_body(upgrade),
                downgrade=_body(downgrade),
            )
        )
        self.last = revision
        return path

    def upgrade(
        self, database: sa.Engine | sa.Connection, target: str = "heads", **options: Any
    ) -> RunResult:
        return self._run(
            database, lambda s, heads: plan_upgrade(s.revision_map, heads, target), options
        )

    def downgrade(
        self, database: sa.Engine | sa.Connection, target: str, **options: Any
    ) -> RunResult:
        return self._run(
            database, lambda s, heads: plan_downgrade(s.revision_map, heads, target), options
        )

    def stamp(self, database: sa.Engine | sa.Connection, target: str, **options: Any) -> RunResult:
        return self._run(
            database, lambda s, heads: plan_stamp(s.revision_map, heads, [target]), options
        )

    def environment(self, target: str = "heads", **options: Any) -> EnvironmentContext:
        script = self.script
        return EnvironmentContext(
            self.config,
            script,
            fn=lambda heads, _: plan_upgrade(script.revision_map, heads, target),
            **options,
        )

    def _run(
        self,
        database: sa.Engine | sa.Connection,
        plan: Callable[[ScriptDirectory, tuple[str, ...]], Any],
        options: dict[str, Any],
    ) -> RunResult:
        script = self.script
        intent = {n: options.pop(n) for n in ("observer", "lock_timeout") if n in options}
        environment = EnvironmentContext(
            self.config, script, fn=lambda heads, _: plan(script, heads), **intent
        )
        opened = database.connect() if isinstance(database, sa.Engine) else nullcontext(database)
        with environment, opened as connection:
            environment.configure(connection=connection, **options)
            environment.run_migrations()
        return environment.results[-1]


def _body(text: str) -> str:
    lines = textwrap.dedent(text).strip().splitlines()
    words = ("CREATE", "INSERT", "UPDATE", "DELETE", "ALTER", "DROP", "SELECT", "PRAGMA")
    code = (f"context.execute({ln!r})" if ln.split(" ")[0] in words else ln for ln in lines)
    return textwrap.indent("\n".join(code), "    ")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder of revisions."""
    return Project(tmp_path / "migrations")


@pytest.fixture
def rows_of() -> Callable[[sa.Engine], tuple[str, ...]]:
    """What the version table of an engine's database says, read on a new connection."""

    def read(engine: sa.Engine) -> tuple[str, ...]:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_heads()

    return read
