"""The lock of a SQLite database: one of the operating system, on a file beside the database."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ReadOnlyDatabase

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def sqlite_file(connection: Connection) -> Path | None:
    """The file of the main database, None for one in memory."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA database_list")
        files = {row[1]: row[2] for row in cursor.fetchall()}
    finally:
        cursor.close()
    return Path(files["main"]) if files.get("main") else None


class FileLock:
    """A lock of the operating system; the file that carries it is removed at the end."""

    def __init__(self, database: Path) -> None:
        self.key: str = str(database.resolve())
        self._paths = _lock_paths(database.resolve())
        self._path = self._paths[0]
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        descriptor = self._open()
        if not _try_lock(descriptor):
            os.close(descriptor)
            return False
        if not _is_at(descriptor, self._path):  # removed by its holder since it was opened
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        with suppress(OSError):  # another user's file, which can only be read; or a full disk
            os.ftruncate(descriptor, 0)
            os.write(descriptor, _signature())
        return True

    def is_held(self) -> bool:
        """Whether the file is still the one that others would try."""
        return self._descriptor is not None and _is_at(self._descriptor, self._path)

    def holder(self) -> str | None:
        try:
            found = json.loads(self._path.read_bytes())
            since = datetime.fromisoformat(found["since"]).astimezone()
            return f"process {found['process']} on {found['host']}, since {since:%H:%M:%S}"
        except (OSError, ValueError, KeyError):
            return None

    def close(self) -> None:
        if self._descriptor is not None:
            if self.is_held():
                with suppress(OSError):  # Windows removes no file that somebody has open
                    self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = None

    def _attempts(self) -> Iterator[tuple[Path, int]]:
        for path in self._paths:
            yield path, os.O_RDWR | os.O_CREAT
            if path.is_file():  # another user's, which can be locked all the same
                yield path, os.O_RDONLY

    def _open(self) -> int:
        """Open the file beside the database, or in the temporary folder if that is read-only."""
        for path, flags in self._attempts():
            self._path = path
            with suppress(OSError):
                return os.open(path, flags, 0o666)
        raise ReadOnlyDatabase(
            f"No lock file can be made: neither '{self._paths[0]}' nor '{self._paths[1]}' can be"
            " written.",
            hint="Give this process the right to write one of these folders.",
        )


def _lock_paths(database: Path) -> tuple[Path, Path]:
    digest = hashlib.sha256(os.fsencode(database)).hexdigest()[:16]
    beside = database.with_name(f"{database.name}.schemaver-lock")
    return beside, Path(tempfile.gettempdir()) / f"flask_schemaver-{digest}.lock"


def _signature() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps(
        {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    ).encode()


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # far behind the text, which others may read
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks: SQLite's write lock and the version row remain.
            return True
        return True
