"""What scripts, env.py files and packages written for Alembic reach for, and find here."""

from __future__ import annotations

import io
from argparse import Namespace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from compat.histories import write
from sqlalchemy.dialects.postgresql import INT4RANGE, ExcludeConstraint

from flask_schemaver import Config, command, context, op
from flask_schemaver import migration as front_door
from flask_schemaver.autogenerate import compare_metadata, render_python_code
from flask_schemaver.errors import CommandError, StepFailed
from flask_schemaver.flask_migrate import alembic_version
from flask_schemaver.migration import MigrationContext
from flask_schemaver.operations import Operations, ops
from flask_schemaver.runtime.environment import EnvironmentContext

ENV = """\
from alembic import context

{before}
context.configure(url="{url}", literal_binds=True, dialect_opts={{"paramstyle": "named"}})
{after}
with context.begin_transaction():
    context.run_migrations()
"""
HEAD = (
    "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'a1'\ndown_revision = None\n\n\n"
)


def project(
    folder: Path, body: str = "", url: str = "postgresql://", before: str = "", after: str = ""
) -> Config:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    env = ENV.format(url=url, before=before, after=after)
    (folder / "migrations" / "env.py").write_text(env)
    lines = "".join(f"    {line}\n" for line in (body or "pass").splitlines())
    (versions / "a1.py").write_text(f"{HEAD}def upgrade():\n{lines}")
    config = Config(output_buffer=io.StringIO(), cmd_opts=Namespace(x=None))
    config.set_main_option("script_location", str(folder / "migrations"))
    return config


def written(folder: Path, body: str, url: str = "postgresql://") -> str:
    config = project(folder, body, url)
    command.upgrade(config, "head", sql=True)
    assert config.output_buffer is not None
    return config.output_buffer.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_a_connection_that_writes(tmp_path: Path) -> None:
    """While SQL is written, what a script does with its connection is written as well."""
    body = """\
bind = op.get_bind()
assert bind.dialect.name == "postgresql" and op.get_context().bind is not None
sa.Enum("one", "two", name="kind").create(bind, checkfirst=True)
table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("word", sa.String))
table.create(bind)
bind.execute(sa.text("UPDATE t SET word = :word WHERE id = 1"), {"word": "it's"})
bind.execute(sa.insert(table), [{"id": 1, "word": "a"}, {"id": 2, "word": "b"}])
bind.execute(sa.update(table).where(table.c.id == sa.bindparam("which")), {"which": 2, "word": "c"})
bind.exec_driver_sql("VACUUM t")
op.bulk_insert(table, [{"id": 3, "word": "d"}])
"""
    text = written(tmp_path, body)
    for statement in (
        "CREATE TYPE kind AS ENUM ('one', 'two');",
        "CREATE TABLE t (\n    id INTEGER, \n    word VARCHAR\n);",
        "UPDATE t SET word = 'it''s' WHERE id = 1;",
        "INSERT INTO t (id, word) VALUES (1, 'a');",
        "INSERT INTO t (id, word) VALUES (2, 'b');",
        "UPDATE t SET word='c' WHERE t.id = 2;",
        "VACUUM t;",
    ):
        assert statement in text


@pytest.mark.parametrize("question", ["x.scalar()", "list(x)", "x.fetchall()"])
def test_rows_cannot_be_read_from_a_text(tmp_path: Path, question: str) -> None:
    """A question about the rows of a statement that was only written is an error."""
    body = f'x = op.get_bind().execute(sa.text("SELECT 1"))\n{question}'
    with pytest.raises(StepFailed, match="reads from the database") as caught:
        written(tmp_path, body)
    assert "line 9" in str(caught.value)


def test_a_context_without_a_connection() -> None:
    """Neither online nor offline: whoever asks for the connection is told how to give one."""
    operations = Operations(MigrationContext.configure(dialect_name="sqlite"))
    with pytest.raises(CommandError, match="the context has none"):
        operations.get_bind()


def test_listeners_of_tables_are_told(engine: sa.Engine) -> None:
    """SQLAlchemy's events fire once around CREATE TABLE and DROP TABLE; types are made once."""
    heard: list[tuple[str, str, bool]] = []

    def listener(word: str) -> Any:
        def hear(table: sa.Table, bind: sa.Connection, **facts: Any) -> None:
            heard.append((word, table.name, sa.inspect(bind).has_table(table.name)))

        return hear

    words = ("before_create", "after_create", "before_drop", "after_drop")
    listeners = {word: listener(word) for word in words}
    for word, hear in listeners.items():
        sa.event.listen(sa.Table, word, hear)
    try:
        with engine.begin() as connection:
            operations = Operations(MigrationContext.configure(connection))
            operations.create_table(
                "heard", sa.Column("kind", sa.Enum("a", "b", name="kind_of_heard"))
            )
            operations.drop_table("heard")
    finally:
        for word, hear in listeners.items():
            sa.event.remove(sa.Table, word, hear)
    assert heard == [
        ("before_create", "heard", False),
        ("after_create", "heard", True),
        ("before_drop", "heard", True),
        ("after_drop", "heard", False),
    ]


def test_names_of_a_command_outside_of_one() -> None:
    """`hasattr` says whether a command runs; asked all the same, the error says what to do."""
    assert not hasattr(context, "config")
    assert getattr(context, "script", None) is None
    with pytest.raises(CommandError, match="only while a command runs"):
        _ = context.config


def test_a_test_puts_operations_behind_op(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`op._proxy` serves while no migration runs, and may be deleted; a migration has its own."""
    buffer = io.StringIO()
    mine = MigrationContext.configure(
        dialect_name="sqlite", opts={"as_sql": True, "output_buffer": buffer}
    )
    monkeypatch.setattr(op, "_proxy", Operations(mine), raising=False)
    op.execute("SELECT 1")
    assert "SELECT 2" in written(tmp_path, "op.execute('SELECT 2')")
    assert buffer.getvalue() == "SELECT 1;\n\n"
    monkeypatch.delattr(op, "_proxy")
    with pytest.raises(NameError):
        op.execute("SELECT 3")


def test_configure_can_be_patched(tmp_path: Path) -> None:
    """A test that replaces `EnvironmentContext.configure` reaches what env.py calls."""
    config = project(tmp_path, "op.execute('SELECT 1')")
    buffer, configure = io.StringIO(), EnvironmentContext.configure

    def patched(self: EnvironmentContext, **options: Any) -> None:
        configure(self, **{**options, "output_buffer": buffer})

    with mock.patch.object(EnvironmentContext, "configure", patched):
        command.upgrade(config, "head", sql=True)
    assert "SELECT 1;" in buffer.getvalue()


@pytest.mark.parametrize("where", ["before", "after"])
def test_where_a_stamp_goes(tmp_path: Path, where: str) -> None:
    """`context.get_revision_argument` is the id for a stamp as it is for an upgrade."""
    check: Any = {where: "assert context.get_revision_argument() == 'a1'"}
    config = project(tmp_path, **check)
    command.stamp(config, "a1", sql=True)
    command.stamp(config, ["a1"], sql=True)
    command.upgrade(config, "a1", sql=True)


def test_a_template_with_the_ini_file_of_alembic(tmp_path: Path) -> None:
    """It is written under the `Config`'s name, else into the folder; nothing else is copied."""
    template = tmp_path / "form"
    template.mkdir()
    for name in ("README", "env.py", "script.py.mako"):
        (template / name).write_text("form")
    (template / "alembic.ini.mako").write_text("[alembic]\nscript_location = ${script_location}\n")
    config = Config(tmp_path / "mine.ini")
    command.init(config, str(tmp_path / "one"), str(template))
    assert config.get_main_option("script_location") == str(tmp_path / "one")
    command.init(Config(), str(tmp_path / "two"), str(template))
    assert (tmp_path / "two" / "alembic.ini").read_text().startswith("[alembic]")
    assert not (tmp_path / "one" / "alembic.ini.mako").exists()


def test_small_names() -> None:
    """Names that are documented, under the short paths too."""
    assert alembic_version == (1, 20, 1)
    for name in ("HeadMaintainer", "MigrationStep", "RevisionStep", "StampStep"):
        assert hasattr(front_door, name)


def test_the_version_table_in_a_reflected_metadata(engine: sa.Engine) -> None:
    """Models that were reflected have the version table too: no difference, whatever it is like."""
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE moves (version_num VARCHAR(32))"))
        metadata = sa.MetaData()
        sa.Table(
            "moves", metadata, sa.Column("version_num", sa.String(32)), sa.Column("x", sa.Text)
        )
        sa.Table("t", metadata, sa.Column("id", sa.Integer))
        configured = MigrationContext.configure(connection, opts={"version_table": "moves"})
        (diff,) = compare_metadata(configured, metadata)
    assert (diff[0], diff[1].name) == ("add_table", "t")


def test_what_hooks_make_of_operations() -> None:
    """Hooks see what a dropped index is on, change it, and make tables with EXCLUDE."""
    exclude = ExcludeConstraint(
        ("r", "&&"), (sa.text("lower(n)"), "="), name="ex", using="gist", where="n > ''"
    )
    columns = [sa.Column("r", INT4RANGE), sa.Column("n", sa.String)]
    table = sa.Table("t", sa.MetaData(), *columns, exclude)
    made = ops.CreateTableOp.from_table(table)
    text = render_python_code(ops.UpgradeOps([made]), imports=(imports := set()))
    assert "from sqlalchemy.dialects import postgresql" in imports
    assert (
        "postgresql.ExcludeConstraint( (sa.column('r'), '&&'), (sa.text('lower(n)'), '='), "
        "name=op.f('ex'), where=sa.text(\"n > ''\"), using='gist'," in " ".join(text.split())
    )
    index = sa.Index("ix", table.c.n)
    dropped = ops.DropIndexOp.from_index(index)
    assert [column.name for column in dropped.to_index().columns] == ["n"]
    assert dropped.reverse() is dropped.reverse()
    dropped.kw["postgresql_concurrently"] = True
    dropped.index_name = "other"
    again = dropped.reverse().to_index()
    assert again.name == "other"
    assert again.dialect_kwargs["postgresql_concurrently"] is True


def test_a_script_tries_what_may_not_be_there(tmp_path: Path) -> None:
    """A batch that names an unknown constraint or column is caught as with Alembic; all goes on."""
    url = f"sqlite:///{tmp_path}/app.db"
    body = """\
op.execute("CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT known UNIQUE (a))")
for drop, error in (
    (lambda batch: batch.drop_constraint("unknown", type_="foreignkey"), ValueError),
    (lambda batch: batch.drop_column("unknown"), KeyError),
    (lambda batch: batch.drop_constraint("known", type_="unique"), None),
):
    try:
        with op.batch_alter_table("t") as batch:
            drop(batch)
    except (ValueError, KeyError) as caught:
        assert isinstance(caught, error)
    else:
        assert error is None
"""
    config = project(tmp_path, body, url)
    env = tmp_path / "migrations" / "env.py"
    env.write_text(
        "import sqlalchemy as sa\nfrom alembic import context\n"
        f"with sa.create_engine({url!r}).connect() as connection:\n"
        "    context.configure(connection=connection)\n    context.run_migrations()\n"
    )
    command.upgrade(config, "head")
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_unique_constraints("t") == []
    engine.dispose()


def test_a_foreign_key_that_is_added_later(tmp_path: Path) -> None:
    """A key with `use_alter`, to a table that comes later, is not in CREATE TABLE."""
    body = """\
op.create_table(
    "a",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("b_id", sa.Integer),
    sa.ForeignKeyConstraint(["b_id"], ["b.id"], name="fk_a_b", use_alter=True),
)
op.create_table("b", sa.Column("id", sa.Integer, primary_key=True))
op.create_foreign_key("fk_a_b", "a", "b", ["b_id"], ["id"])
"""
    text = written(tmp_path, body)
    assert text.count("fk_a_b") == 1
    assert text.index("CREATE TABLE b") < text.index("fk_a_b")


@pytest.mark.databases("sqlite", "mariadb")
def test_values_that_no_type_can_write(tmp_path: Path, engine: sa.Engine) -> None:
    """A statement on a table without types runs where a journal is kept, too."""
    body = """\
op.create_table("jobs", sa.Column("status", sa.Integer))
jobs = sa.table("jobs", sa.column("status"))
op.execute(jobs.insert().values(status=1))
op.execute(jobs.update().where(jobs.c.status.in_([1, 2])).values(status=5))"""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    command.upgrade(Config(write(tmp_path, engine, {"a1": f"def upgrade():\n{lines}"})), "head")
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT status FROM jobs")) == 5
