"""Whether a revision file is what was run: by its bytes first, by its meaning where they differ."""

from __future__ import annotations

import hashlib
import os

_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_AT_ONCE = 1 << 20
"""Bytes."""


def digests_of(path: str) -> tuple[str | None, str | None]:
    """What a file means and what it is, each as a digest; None for byte code, which has no text."""
    source = _source_of(path)
    if source is None:
        return None, None
    from .meaning import meaning

    try:
        return meaning(source), hashlib.sha256(source).hexdigest()
    except (SyntaxError, ValueError):
        return None, None


def is_changed(path: str, known: tuple[str, str | None], seen: str | None = None) -> bool:
    """Whether a file means something else than the one with these digests.

    A file that is the same to the last byte is not parsed, and not read if the digest of its bytes
    was `seen` already.
    """
    if seen is not None and seen == known[1]:
        return False
    source = _source_of(path)
    if source is None or hashlib.sha256(source).hexdigest() == known[1]:
        return False
    from .meaning import meaning

    try:
        return meaning(source) != known[0]
    except (SyntaxError, ValueError):
        return True


def _source_of(path: str) -> bytes | None:
    if not path.endswith(".py"):
        return None
    # The plain calls of the system take half the time of open(); an upgrade reads every file.
    try:
        descriptor = os.open(path, _READING)
    except OSError:
        return None
    try:
        data = os.read(descriptor, _AT_ONCE)
        while len(data) >= _AT_ONCE and (more := os.read(descriptor, _AT_ONCE)):
            data += more
        return data
    finally:
        os.close(descriptor)
