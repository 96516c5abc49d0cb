"""Proxies in front of PostgreSQL: one that only pretends, and a real PgBouncer."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa


@contextmanager
def pretending_proxy(url: str) -> Iterator[sa.URL]:
    """Pass everything on, except the number of the session: that is made up, as PgBouncer does."""
    target = sa.make_url(url)
    listener = socket.create_server(("127.0.0.1", 0))
    place = (target.host or "127.0.0.1", target.port or 5432)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(place)
                for function, ends in ((_pass_on, (client, server)), (_answer, (server, client))):
                    threading.Thread(target=function, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        port = listener.getsockname()[1]
        yield target.set(host="127.0.0.1", port=port).update_query_dict({"sslmode": "disable"})
    finally:
        listener.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _answer(server: socket.socket, client: socket.socket) -> None:
    """Pass the server's messages on; 'K', BackendKeyData, gets another number in it."""
    with suppress(OSError, EOFError):
        while True:
            kind = _exactly(server, 1)
            length = _exactly(server, 4)
            body = _exactly(server, struct.unpack("!I", length)[0] - 4)
            if kind == b"K":
                body = struct.pack("!I", 1) + body[4:]
            client.sendall(kind + length + body)
    with suppress(OSError):
        client.close()


def _exactly(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = source.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


@contextmanager
def pgbouncer(url: str) -> Iterator[sa.URL]:
    """A PgBouncer that pools transactions, one session of the server for all."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    target = sa.make_url(url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        users = Path(folder, "users.txt")
        users.write_text(f'"{target.username}" "{target.password or ""}"\n')
        settings = Path(folder, "pgbouncer.ini")
        settings.write_text(
            f"[databases]\n* = host={target.host} port={target.port or 5432}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\npool_mode = transaction\n"
            "default_pool_size = 2\nignore_startup_parameters = extra_float_digits\n"
        )
        command = [program, "-q", "-u", "nobody", str(settings)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            try:
                _wait_for(port)
                yield target.set(host="127.0.0.1", port=port)
            finally:
                run.terminate()


def has_pgbouncer() -> bool:
    return bool(shutil.which("pgbouncer") or Path("/usr/sbin/pgbouncer").exists())


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("PgBouncer did not come up")
