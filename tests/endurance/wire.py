"""A line between a migrator and its server, on which one message of a number is special.

It counts what the client sends, on all connections together, control statements of drivers too.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

import sqlalchemy as sa

AT_ONCE = 1 << 16


def reach(url: sa.URL) -> socket.socket:
    """A connection to the server of a URL, over its socket in a folder where it has one."""
    folder, path = url.query.get("host"), url.query.get("unix_socket")
    port = url.port or (5432 if url.get_backend_name() == "postgresql" else 3306)
    if folder or path:
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(str(path or f"{folder}/.s.PGSQL.{port}"))
        return connected
    return socket.create_connection((url.host or "127.0.0.1", port))


def through(url: sa.URL, port: int) -> sa.URL:
    """The URL of the same database by way of a port of this machine."""
    url = url.difference_update_query(["host", "unix_socket"]).set(host="127.0.0.1", port=port)
    if url.get_backend_name() != "postgresql":
        return url
    return url.update_query_dict({"sslmode": "disable", "gssencmode": "disable"})


class Line:
    """One connection: the two ends, and the number of the server's session."""

    def __init__(self, client: socket.socket, server: socket.socket, kind: str) -> None:
        self.client, self.server, self._kind = client, server, kind
        self.session: int | None = None

    def answer(self) -> bytes:
        data = self.server.recv(AT_ONCE)
        if self.session is None:
            self.session = _session_in(data, self._kind)
        return data

    def close(self) -> None:
        self.client.close()
        self.server.close()


def _session_in(data: bytes, kind: str) -> int | None:
    """What the server tells first: BackendKeyData of PostgreSQL, the handshake of MariaDB."""
    if kind == "postgresql":
        place = data.find(b"K\x00\x00\x00\x0c")
        return struct.unpack_from("!I", data, place + 5)[0] if place >= 0 else None
    end = data.find(b"\0", 5)
    return struct.unpack_from("<I", data, end + 1)[0] if end > 0 else None


Act = Callable[[Line], None]


class Wire:
    """Passes on what a child says until it ends; `act` is called at the message `number`.

    `answered`: the message reaches the server, whose answer is lost.
    """

    def __init__(self, url: sa.URL, number: int, act: Act, *, answered: bool) -> None:
        self._target = url
        self._number, self._act, self._answered = number, act, answered
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self.url = through(url, self._listener.getsockname()[1])
        self.count = 0

    @property
    def hit(self) -> bool:
        return self.count >= self._number

    def serve(self, child: int) -> int:
        """Serve a child process to its end; its status, as of `os.waitpid`."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        lines: set[Line] = set()
        try:
            while True:
                for key, _ in self._selector.select(timeout=0.01):
                    if key.fileobj is self._listener:
                        lines.add(self._opened())
                    elif key.data in lines and not self._passed(key.fileobj, key.data):
                        self._closed(key.data)
                        lines.discard(key.data)
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    return status
        finally:
            for line in lines:
                line.close()
            self._listener.close()
            self._selector.close()

    def _opened(self) -> Line:
        client, _ = self._listener.accept()
        line = Line(client, reach(self._target), self._target.get_backend_name())
        for end in (line.client, line.server):
            end.setblocking(True)
            self._selector.register(end, selectors.EVENT_READ, line)
        return line

    def _closed(self, line: Line) -> None:
        for end in (line.client, line.server):
            self._selector.unregister(end)
        line.close()

    def _passed(self, end: object, line: Line) -> bool:
        """Pass on what one end has sent; whether the line is good still."""
        with suppress(OSError):
            if end is line.server:
                data = line.answer()
                if data:
                    line.client.sendall(data)
                return bool(data)
            data = line.client.recv(AT_ONCE)
            if not data:
                return False
            self.count += 1
            return (
                self._special(line, data) if self.count == self._number else self._sent(line, data)
            )
        return False

    def _sent(self, line: Line, data: bytes) -> bool:
        line.server.sendall(data)
        return True

    def _special(self, line: Line, data: bytes) -> bool:
        if self._answered:
            line.server.sendall(data)
            line.server.settimeout(10)
            line.answer()
            self._act(line)
            return False
        self._act(line)
        return self._sent(line, data)
