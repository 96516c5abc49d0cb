"""A comparison of models with a live database, as programs ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_schemaver import Config, command
from flask_schemaver.runtime.migration import MigrationContext

ENV = """
from flask_schemaver import context

options = context.config.attributes["options"]
connectable = context.config.attributes["engine"]
with connectable.connect() as connection:
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()
"""


class Project:
    """A migrations folder whose env.py configures what the test says."""

    def __init__(self, path: Path, engine: sa.Engine) -> None:
        self.path = path
        self.engine = engine
        self.config().attributes.clear()
        command.init(self.config(), str(path), "generic")
        (path / "env.py").write_text(ENV)

    def config(self, **options: Any) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.path))
        config.attributes.update(options=options, engine=self.engine)
        return config

    def migrate(self, metadata: Any, **options: Any) -> str | None:
        """The text of the revision that autogenerate writes; None if it writes none."""
        config = self.config(target_metadata=metadata, **options)
        script: Any = command.revision(config, "change", autogenerate=True)
        return None if script == [] else Path(script.path).read_text(encoding="utf-8")

    def upgrade(self, revision: str = "head") -> None:
        command.upgrade(self.config(), revision)

    def downgrade(self, revision: str = "base") -> None:
        command.downgrade(self.config(), revision)

    @property
    def files(self) -> list[str]:
        return sorted(file.name for file in (self.path / "versions").glob("*.py"))


@pytest.fixture
def project(tmp_path: Path, engine: sa.Engine) -> Project:
    """A migrations folder, on SQLite and on PostgreSQL."""
    return Project(tmp_path / "migrations", engine)


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that is rolled back."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def configured(connection: sa.Connection) -> Callable[..., MigrationContext]:
    """A MigrationContext on that connection, with the options given."""

    def make(**options: Any) -> MigrationContext:
        return MigrationContext.configure(connection, opts=options)

    return make
