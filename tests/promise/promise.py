"""What autogenerate promises for two schemas, kept with real files and judged by the catalogue.

With A in the database and B in the models, the revision that is written makes the database what
`create_all(B)` makes; then nothing differs any more; `downgrade` makes it what `create_all(A)`
makes; and the rows stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from laws.snapshot import differences, snapshot

from flask_schemaver import Config, command

ENV = """
from flask_schemaver import context

attributes = context.config.attributes
with attributes["engine"].connect() as connection:
    context.configure(
        connection=connection, target_metadata=attributes["metadata"], **attributes["options"]
    )
    with context.begin_transaction():
        context.run_migrations()
"""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


class Project:
    """A migrations folder for one database, whose models can be exchanged."""

    def __init__(self, folder: Path, engine: sa.Engine, **options: Any) -> None:
        self.engine = engine
        self.folder = folder
        self.config = Config()
        self.config.set_main_option("script_location", str(folder).replace("%", "%%"))
        self.config.attributes["engine"] = engine
        self.config.attributes["options"] = options
        command.init(self.config, str(folder), "generic")
        (folder / "env.py").write_text(ENV)

    def revise(self, models: sa.MetaData) -> str | None:
        """Write the revision that leads to these models: its text, None if nothing differs."""
        self.config.attributes["metadata"] = models
        made = command.revision(self.config, "change", autogenerate=True)
        if isinstance(made, list):
            assert made == []
            return None
        return Path(made.path).read_text()

    def upgrade(self) -> None:
        command.upgrade(self.config, "head")

    def downgrade(self) -> None:
        command.downgrade(self.config, "base")


def keeps_promise(
    engine: sa.Engine,
    folder: Path,
    a: sa.MetaData,
    b: sa.MetaData,
    rows: Rows | None = None,
    **options: Any,
) -> str | None:
    """Lead an emptied database from A to B and back; the text of the revision that was written.

    `rows` are put into the tables of A by name; each of a table that B has too must be there
    after the upgrade and after the downgrade. `options` go to `context.configure`.
    """
    at_b, at_a = catalogue_of(engine, b), catalogue_of(engine, a)
    emptied(engine)
    with engine.begin() as connection:
        a.create_all(connection)
        for name, several in (rows or {}).items():
            connection.execute(sa.insert(a.tables[name]), list(several))
    project = Project(folder, engine, **options)
    text = project.revise(b)
    if text is None:
        same(at_a, at_b, "a change was missed")
        return None
    try:
        project.upgrade()
        same(at_b, catalogue(engine), "the upgrade made something else")
        again = project.revise(b)
        assert again is None, f"a second revision was written:\n{again}"
        kept = {name: len(several) for name, several in (rows or {}).items() if name in b.tables}
        assert counts(engine, kept) == kept, "rows were lost by the upgrade"
        project.downgrade()
        same(at_a, catalogue(engine), "the downgrade made something else")
        assert counts(engine, kept) == kept, "rows were lost by the downgrade"
    except BaseException as error:
        error.add_note(text)
        raise
    return text


def finds_nothing(engine: sa.Engine, folder: Path, models: sa.MetaData, **options: Any) -> None:
    """`create_all` of the models, then a comparison that finds no difference."""
    emptied(engine)
    with engine.begin() as connection:
        models.create_all(connection)
    text = Project(folder, engine, **options).revise(models)
    assert text is None, f"a difference was found:\n{text}"


def same(wanted: dict[str, list[Any]], found: dict[str, list[Any]], otherwise: str) -> None:
    """Fail with what differs: '-' is missing, '+' is too much."""
    assert not differences(wanted, found), "\n".join([otherwise, *differences(wanted, found)])


def catalogue_of(engine: sa.Engine, models: sa.MetaData) -> dict[str, list[Any]]:
    """What the catalogue says after `create_all` in the emptied database."""
    emptied(engine)
    with engine.begin() as connection:
        models.create_all(connection)
    return catalogue(engine)


def catalogue(engine: sa.Engine) -> dict[str, list[Any]]:
    """What the catalogue says of everything but this project's own tables."""
    with engine.connect() as connection:
        found = snapshot(connection)
    return {name: [r for r in rows if "schemaver_" not in str(r)] for name, rows in found.items()}


def counts(engine: sa.Engine, names: Mapping[str, int]) -> dict[str, int]:
    """How many rows the tables have."""
    with engine.connect() as connection:
        count = sa.select(sa.func.count())
        found = {}
        for key in names:
            schema, _, name = key.rpartition(".")
            table = sa.table(name, schema=schema or None)
            found[key] = int(connection.scalar(count.select_from(table)) or 0)
        return found


def emptied(engine: sa.Engine) -> None:
    """Leave nothing in the database."""
    engine.dispose()
    name = engine.dialect.name
    if name == "sqlite":
        Path(str(engine.url.database)).unlink(missing_ok=True)
    elif name == "postgresql":
        with engine.begin() as connection:
            own = sa.inspect(connection).get_schema_names()
            for schema in [s for s in own if s != "information_schema"]:
                connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')
            connection.exec_driver_sql("CREATE SCHEMA public")
    else:
        with engine.begin() as connection:
            database = engine.url.database
            connection.exec_driver_sql(f"DROP DATABASE `{database}`")
            connection.exec_driver_sql(f"CREATE DATABASE `{database}`")
        engine.dispose()  # a connection is in no database after its own is dropped
