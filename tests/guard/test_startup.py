"""Start-up on a database that is empty, current, behind, ahead, or nobody knows what."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_schemaver.config import Config
from flask_schemaver.errors import (
    CannotConnect,
    DatabaseNotAtHead,
    LockTimeout,
    NoModels,
    ReadOnlyDatabase,
    UnknownDatabaseRevision,
    UnversionedDatabase,
)
from flask_schemaver.guard import startup
from flask_schemaver.guard.startup import State, ensure_database
from flask_schemaver.runtime.ledger import Ledger
from flask_schemaver.runtime.lock import migration_lock
from flask_schemaver.script.directory import ScriptDirectory

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")
REVISION = '''"""{doc}"""

revision = {revision!r}
down_revision = {down!r}


def upgrade():
    pass


def downgrade():
    pass
'''


@pytest.fixture
def folder(tmp_path):
    """a1 <- a2."""
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (tmp_path / "migrations" / name).touch()
    for revision, down in (("a1", None), ("a2", "a1")):
        text = REVISION.format(doc=f"make {revision}", revision=revision, down=down)
        (tmp_path / "migrations" / "versions" / f"{revision}.py").write_text(text)
    return tmp_path / "migrations"


@pytest.fixture
def script(folder):
    return directory(folder)


def directory(folder: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(folder))
    return ScriptDirectory.from_config(config)


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    for name in ("customer", "product"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def tables(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"schemaver_history"}


def rows(engine: sa.Engine) -> tuple[str, ...]:
    with engine.connect() as connection:
        return Ledger().read(connection)


def stamp(engine: sa.Engine, *revisions: str) -> None:
    with engine.begin() as connection:
        Ledger().ensure(connection)
        Ledger().insert(connection, revisions)


class TestAnEmptyDatabase:
    @ALL
    def test_stamp_creates_the_tables_and_notes_the_heads(self, engine, script):
        """All tables and the version row are there afterwards."""
        result = ensure_database(engine, models(), script, "stamp")
        assert (result.state, result.action) == (State.EMPTY, "created")
        assert (result.before, result.after) == ((), ("a2",))
        assert tables(engine) == {"customer", "product", "schemaver_version"}
        assert rows(engine) == ("a2",)

    def test_a_failing_table_leaves_it_empty(self, engine, script):
        """create_all and the stamp are one transaction: half of it is nothing."""
        metadata = models()
        broken = sa.DDL("SELECT * FROM nowhere")
        sa.event.listen(metadata, "after_create", broken)
        with pytest.raises(sa.exc.DBAPIError):
            ensure_database(engine, metadata, script, "stamp")
        assert tables(engine) == set()

    def test_check_reports_it(self, engine, script):
        """Nothing is created, and the error says what to run."""
        with pytest.raises(DatabaseNotAtHead, match="is empty") as caught:
            ensure_database(engine, models(), script, "check")
        assert "flask db upgrade" in str(caught.value)
        assert tables(engine) == set()

    def test_upgrade_creates_and_stamps_too(self, engine, script):
        """Migrations serve databases that are behind; a fresh one is made by create_all."""
        result = ensure_database(engine, models(), script, "upgrade", upgrade=pytest.fail)
        assert (result.action, result.after) == ("created", ("a2",))
        assert tables(engine) == {"customer", "product", "schemaver_version"}

    def test_several_metadata_are_created_together(self, engine, script):
        """A sequence of MetaData is one database."""
        more = sa.MetaData()
        sa.Table("audit", more, sa.Column("id", sa.Integer, primary_key=True))
        ensure_database(engine, [models(), more], script, "stamp")
        assert {"customer", "audit"} <= tables(engine)

    def test_models_that_nobody_imported_are_no_tables(self, engine, script):
        """Stamping a database without a table would hide all revisions from it."""
        with pytest.raises(NoModels, match="The models have no table"):
            ensure_database(engine, sa.MetaData(), script, "stamp")
        assert tables(engine) == set()

    def test_off_does_not_even_connect(self, script):
        """The address may lead nowhere."""
        engine = sa.create_engine("postgresql+psycopg://127.0.0.1:1/nowhere")
        assert ensure_database(engine, models(), script, "off").action == "nothing"

    def test_a_database_in_memory_works(self, script):
        """One connection, no lock, no second look."""
        engine = sa.create_engine("sqlite://")
        assert ensure_database(engine, models(), script, "stamp").after == ("a2",)
        assert ensure_database(engine, models(), script, "stamp").state is State.CURRENT

    def test_the_version_table_is_called_as_wished(self, engine, script):
        """Another name than the default is followed, and does not count as a user's table."""
        first = ensure_database(engine, models(), script, "stamp", version_table="moves")
        second = ensure_database(engine, models(), script, "stamp", version_table="moves")
        assert (first.action, second.state) == ("created", State.CURRENT)
        assert "moves" in tables(engine)


class TestACurrentDatabase:
    @pytest.mark.parametrize("policy", ["check", "stamp", "upgrade"])
    def test_costs_one_query_and_no_lock(self, engine, script, policy, monkeypatch):
        """The rows are read, and that is all."""
        stamp(engine, "a2")
        monkeypatch.setattr(startup, "migration_lock", None)
        said = []
        sa.event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        result = ensure_database(engine, models(), script, policy)
        assert (result.state, result.action, result.after) == (State.CURRENT, "nothing", ("a2",))
        assert len(said) == 1

    def test_no_table_is_looked_at(self, engine, script):
        """The models may differ: that is what `flask db check` is for."""
        stamp(engine, "a2")
        ensure_database(engine, models(), script, "stamp")
        assert tables(engine) == {"schemaver_version"}


class TestADatabaseBehind:
    @pytest.fixture(autouse=True)
    def behind(self, engine):
        stamp(engine, "a1")

    def test_check_refuses_it(self, engine, script):
        """The error names both ends."""
        with pytest.raises(DatabaseNotAtHead, match="is at 'a1', the revision files are at 'a2'"):
            ensure_database(engine, models(), script, "check")

    def test_stamp_warns_and_changes_nothing(self, engine, script, caplog):
        """A warning in the log, the same in the result, no table made."""
        result = ensure_database(engine, models(), script, "stamp")
        assert (result.state, result.action) == (State.BEHIND, "warned")
        assert "flask db upgrade" in result.message
        assert [(r.levelno, r.message) for r in caplog.records] == [
            (logging.WARNING, result.message)
        ]
        assert (tables(engine), rows(engine)) == ({"schemaver_version"}, ("a1",))

    def test_upgrade_upgrades_it(self, engine, script):
        """The given function is called, and the rows are read again."""

        def upgrade() -> None:
            with engine.begin() as connection:
                connection.execute(sa.text("UPDATE schemaver_version SET version_num = 'a2'"))

        result = ensure_database(engine, models(), script, "upgrade", upgrade=upgrade)
        assert (result.before, result.after, result.action) == (("a1",), ("a2",), "upgraded")


class TestADatabaseAhead:
    @pytest.fixture(autouse=True)
    def ahead(self, engine):
        stamp(engine, "b7")

    @pytest.mark.parametrize("policy", ["check", "upgrade"])
    def test_is_refused(self, engine, script, policy):
        """The unknown id is named."""
        with pytest.raises(UnknownDatabaseRevision, match="'b7'"):
            ensure_database(engine, models(), script, policy)

    def test_is_a_warning_for_stamp(self, engine, script, caplog):
        """The older code may start beside the newer one."""
        result = ensure_database(engine, models(), script, "stamp")
        assert (result.state, result.action) == (State.AHEAD, "warned")
        assert "'b7'" in caplog.text

    @pytest.mark.parametrize(("way", "action"), [("warn", "warned"), ("ignore", "nothing")])
    def test_is_let_pass_by_a_setting(self, engine, script, way, action):
        """Whatever the policy."""
        result = ensure_database(engine, models(), script, "upgrade", on_database_ahead=way)
        assert (result.state, result.action) == (State.AHEAD, action)


class TestADatabaseWithoutVersion:
    @ALL
    @pytest.mark.parametrize("policy", ["check", "stamp", "upgrade"])
    def test_is_refused_with_advice(self, engine, script, policy):
        """Tables and no row: nothing is stamped, and the tables are named."""
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE customer (id INTEGER)"))
        with pytest.raises(UnversionedDatabase, match=r"has tables \('customer'\)") as caught:
            ensure_database(engine, models(), script, policy)
        assert "flask db stamp head" in str(caught.value)
        assert tables(engine) == {"customer"}

    def test_an_empty_version_table_is_no_version(self, engine, script):
        """After a downgrade to base the version table is there, and has no row."""
        stamp(engine)
        assert ensure_database(engine, models(), script, "stamp").action == "created"

    @pytest.mark.databases("postgresql")
    def test_tables_of_extensions_do_not_count(self, engine, script):
        """As PostGIS' 'spatial_ref_sys', which belongs to its extension."""
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE EXTENSION hstore"))
            connection.execute(sa.text("CREATE TABLE spatial_ref_sys (srid INTEGER)"))
            connection.execute(sa.text("ALTER EXTENSION hstore ADD TABLE spatial_ref_sys"))
        assert ensure_database(engine, models(), script, "stamp").action == "created"


class TestNoRevisions:
    @pytest.fixture(params=["no folder", "no file"])
    def script(self, request, folder):
        if request.param == "no folder":
            return None
        for file in (folder / "versions").iterdir():
            file.unlink()
        return directory(folder)

    def test_stamp_creates_the_tables_and_warns(self, engine, script, caplog):
        """A project before its first revision starts, at its second start too."""
        first = ensure_database(engine, models(), script, "stamp")
        assert (first.state, first.action) == (State.WITHOUT_REVISIONS, "created")
        assert tables(engine) == {"customer", "product"}
        second = ensure_database(engine, models(), script, "stamp")
        assert second.action == "warned"
        assert caplog.text.count("There are no revision files") == 2
        assert "flask db stamp head" in second.message

    @pytest.mark.parametrize("policy", ["check", "upgrade"])
    def test_other_policies_only_warn(self, engine, script, policy):
        """There is nothing to compare with and nothing to run."""
        assert ensure_database(engine, models(), script, policy).action == "warned"
        assert tables(engine) == set()


class TestTrouble:
    def test_no_connection(self, script):
        """The address is named, without its password."""
        engine = sa.create_engine("postgresql+psycopg://u:secret99@127.0.0.1:1/shop")
        with pytest.raises(CannotConnect) as caught:
            ensure_database(engine, models(), script, "stamp")
        assert "secret99" not in str(caught.value)

    def test_a_read_only_database(self, script, tmp_path):
        """An empty file that cannot be written is named."""
        file = tmp_path / "shop.db"
        file.touch()
        engine = sa.create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
        with pytest.raises(ReadOnlyDatabase, match="shop"):
            ensure_database(engine, models(), script, "stamp")

    def test_somebody_else_does_not_finish(self, engine, script):
        """The lock is waited for as long as was said."""
        ready, done = threading.Event(), threading.Event()

        def hold() -> None:
            with engine.connect() as connection, migration_lock(connection, "schemaver_version"):
                ready.set()
                done.wait(10)

        thread = threading.Thread(target=hold)
        thread.start()
        ready.wait(10)
        with pytest.raises(LockTimeout):
            ensure_database(engine, models(), script, "stamp", lock_timeout=0.1)
        done.set()
        thread.join()


PROCESS = """
import sys, time
import sqlalchemy as sa
from flask_schemaver.config import Config
from flask_schemaver.guard.startup import ensure_database
from flask_schemaver.script.directory import ScriptDirectory

url, folder, at = sys.argv[1:]
metadata = sa.MetaData()
for number in range(12):
    sa.Table(f"table_{number}", metadata, sa.Column("id", sa.Integer, primary_key=True))
config = Config()
config.set_main_option("script_location", folder)
script = ScriptDirectory.from_config(config)
engine = sa.create_engine(url)
time.sleep(max(float(at) - time.time(), 0))
print(ensure_database(engine, metadata, script, "stamp").action)
loaded = {"typer", "rich", "mako"} & set(sys.modules)
assert not loaded, loaded
"""


@ALL
def test_eight_processes_at_the_same_instant_all_come_up(database_url, folder):
    """One creates the tables, seven find them; none fails."""
    at = str(time.time() + 3)
    command = [sys.executable, "-c", PROCESS, database_url, str(folder), at]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, outputs
    assert sorted(out.strip() for out, _ in outputs) == ["created"] + ["nothing"] * 7
    engine = sa.create_engine(database_url)
    assert len(tables(engine)) == 13
    assert rows(engine) == ("a2",)
    engine.dispose()
