"""Real processes that upgrade one database at once, or are stopped in the middle."""

from __future__ import annotations

import signal
import threading
import time

import pytest
import sqlalchemy as sa
from migrators import start

from flask_schemaver.runtime.history import History
from flask_schemaver.runtime.ledger import Ledger

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")


@ALL
def test_eight_upgrades_at_once_apply_each_revision_once(project, database_url, engine, rows_of):
    """A counting UPDATE beside DDL, in each of five revisions, counts to five."""
    project.add("a0", "CREATE TABLE counter (n INTEGER)\nINSERT INTO counter VALUES (0)")
    for number in range(1, 6):
        body = f"UPDATE counter SET n = n + 1\nALTER TABLE counter ADD COLUMN c{number} INTEGER"
        project.add(f"a{number}", body)
    at = time.time() + 3
    processes = [start(database_url, project.folder, at) for _ in range(8)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, outputs
    assert rows_of(engine) == ("a5",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT n FROM counter")) == 5


@ALL
def test_ctrl_c_leaves_the_database_at_the_revision_before(
    project, database_url, engine, rows_of, tmp_path
):
    """SIGINT while the second script runs: exit code 130, and the next upgrade goes on."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    started = tmp_path / "started"
    file = project.add(
        "a2",
        f"""
        INSERT INTO t VALUES (1)
        CREATE TABLE half (id INTEGER)
        open({str(started)!r}, "w").close()
        if op.get_bind().dialect.name != "sqlite":
            word = "pg_sleep" if op.get_bind().dialect.name == "postgresql" else "SLEEP"
            context.execute(f"SELECT {{word}}(30)")
        import time
        time.sleep(30)
        """,
    )
    process = start(database_url, project.folder)
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "Revision 'a2' was interrupted" in said
    assert "The database is at 'a1'" in said
    assert rows_of(engine) == ("a1",)
    # MariaDB keeps what was done, with a note of it.
    assert sa.inspect(engine).has_table("half") is (engine.dialect.name == "mysql")
    file.write_text(file.read_text().replace("sleep(30)", "sleep(0)").replace("(30)", "(0)"))
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 1


def test_migrators_of_two_version_tables_share_a_history(project, postgresql_url):
    """Their locks are two, so that both may come upon a database that has none yet."""
    engine = sa.create_engine(postgresql_url)
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    ended = []

    def other() -> None:
        project.upgrade(engine, version_table="other_version")
        ended.append(True)

    with engine.begin() as connection:
        History(Ledger()).ensure(connection)
        thread = threading.Thread(target=other)
        thread.start()
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        mine = f"{blocked} AND datname = current_database()"
        deadline = time.monotonic() + 20
        with engine.connect() as aside:
            while not aside.scalar(sa.text(mine)) and time.monotonic() < deadline:
                aside.rollback()
                time.sleep(0.05)
        assert not ended
    thread.join(20)
    assert ended
    engine.dispose()
