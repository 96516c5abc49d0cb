"""Names of files and ids of revisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_schemaver.errors import ConfigError
from flask_schemaver.script.naming import creation_time, new_revision_id, slug


@pytest.mark.parametrize(
    ("message", "length", "expected"),
    [
        ("Add users", 40, "add_users"),
        ("  Add:  users/roles! ", 40, "add_users_roles"),
        (None, 40, ""),
        ("add the column price to article", 15, "add_the_column_"),
        ("add the column price", 12, "add_the_"),
        ("abcdefghij", 5, "abcde_"),
        ("Straße über", 40, "straße_über"),
    ],
)
def test_slugs(message: str | None, length: int, expected: str) -> None:
    """Words in lower case; what is too long ends after a whole word."""
    assert slug(message, length) == expected


@given(st.text(), st.integers(1, 60))
def test_a_slug_is_bounded(message: str, length: int) -> None:
    """A slug has no blanks or slashes, and one character more than allowed at most."""
    found = slug(message, length)
    assert len(found) <= length + 1
    assert not set(" /\\\n.:") & set(found)


def test_ids_are_random() -> None:
    """Twelve hexadecimal digits, another each time."""
    found = {new_revision_id() for _ in range(100)}
    assert len(found) == 100
    assert all(len(id_) == 12 and int(id_, 16) >= 0 for id_ in found)


def test_time_zones() -> None:
    """Without a zone the time is naive; with one it is aware, however it is spelled."""
    assert creation_time(None).tzinfo is None
    assert str(creation_time("Europe/Berlin").tzinfo) == "Europe/Berlin"
    assert str(creation_time("utc").utcoffset()) == "0:00:00"
    with pytest.raises(ConfigError, match="'timezone' is 'Nowhere/Town'"):
        creation_time("Nowhere/Town")
