"""A lock that is lost while revisions run stops them before the next one writes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_schemaver.errors import CommandError, LockLost

ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb")
LOSE = """
import pathlib
bind = op.get_bind()
if bind.dialect.name == "postgresql":
    bind.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE granted"
        " AND locktype = 'advisory' AND pid <> pg_backend_pid() AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"))
elif bind.dialect.name == "sqlite":
    pathlib.Path(bind.engine.url.database + ".schemaver-lock").unlink()
else:
    others = bind.execute(sa.text("SELECT id FROM information_schema.processlist"
        " WHERE db = DATABASE() AND id <> CONNECTION_ID()")).scalars().all()
    for number in others:
        bind.execute(sa.text(f"KILL {number}"))
"""


@ALL
def test_the_next_revision_does_not_run(project, engine, rows_of):
    """The one that ran while the lock was lost is recorded; nothing is written after it."""
    project.add("a1", f"CREATE TABLE t (id INTEGER)\n{LOSE}")
    project.add("a2", "INSERT INTO t VALUES (1)")
    with pytest.raises(LockLost) as caught:
        project.upgrade(engine)
    assert caught.value.exit_code == 75
    assert rows_of(engine) == ("a1",)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 0
        noted = connection.execute(sa.text("SELECT revision FROM schemaver_history")).scalars()
        assert noted.all() == ["a1"]
    project.upgrade(engine)
    assert rows_of(engine) == ("a2",)


@pytest.mark.databases("postgresql", "mariadb")
def test_what_commits_by_itself_is_not_begun(project, engine, rows_of):
    """In the middle of a revision, where the end of it could not undo what another does too."""
    lost = "\n".join(f"    {line}" for line in LOSE.splitlines() if line)
    project.add(
        "a1",
        "with op.get_context().autocommit_block():\n"
        "    context.execute('CREATE TABLE t (id INTEGER)')\n"
        f"{lost}\n"
        "    context.execute('CREATE TABLE u (id INTEGER)')",
    )
    with pytest.raises(LockLost):
        project.upgrade(engine)
    assert rows_of(engine) == ()
    assert sa.inspect(engine).has_table("t")
    assert not sa.inspect(engine).has_table("u")


@ALL
def test_a_row_that_somebody_moved_stops_the_revision(project, engine, rows_of):
    """The version row is moved from what was read, so a second migrator is found out."""
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    project.add("a2", "UPDATE schemaver_version SET version_num = 'zz'")
    with pytest.raises(CommandError, match="was moved or removed by another process"):
        project.upgrade(engine)
    if engine.dialect.name != "mysql":
        assert rows_of(engine) == ("a1",)


def test_what_another_process_has_committed_is_not_taken_for_ones_own(project, postgresql_url):
    """Both run one revision, as they may when a lock is lost: the second says it was undone."""
    engine = sa.create_engine(postgresql_url)
    project.add("a1", "CREATE TABLE t (id INTEGER)")
    other = f"sa.create_engine({postgresql_url!r}).begin()"
    move = "sa.text(\"UPDATE schemaver_version SET version_num = 'a2'\")"
    project.add(
        "a2", f"INSERT INTO t VALUES (1)\nwith {other} as other:\n    other.execute({move})"
    )
    with pytest.raises(CommandError, match="by another process") as caught:
        project.upgrade(engine)
    assert "All of it was rolled back. The database is at 'a2'." in caught.value.message
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 0
    engine.dispose()


def test_a_broken_lock_session_is_no_traceback(project, postgresql_url):
    """A server that ended the session is the same as a lock that somebody took."""
    engine = sa.create_engine(postgresql_url)
    project.add("a1", f"CREATE TABLE t (id INTEGER)\n{LOSE}")
    project.add("a2")
    with pytest.raises(LockLost, match="Run the same command again") as caught:
        project.upgrade(engine)
    assert caught.value.hint is not None
    engine.dispose()
