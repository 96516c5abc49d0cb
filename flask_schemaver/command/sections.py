"""The parts of a new revision file where there are several databases, one for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..config import Config


class Section(NamedTuple):
    """What a revision does to one database; `suffix` ends the names of its two functions."""

    name: str
    suffix: str
    upgrades: str
    downgrades: str


def sections_of(bodies: Mapping[str, tuple[str, str]]) -> tuple[Section, ...]:
    """A section for each database, by its name, with the bodies of its functions."""
    from ..runtime.sections import suffixes

    ends = suffixes(bodies)
    return tuple(Section(name, ends[name], *bodies[name]) for name in bodies)


def empty_sections(config: Config) -> tuple[Section, ...]:
    """Sections to be filled in by hand; none where there is one database."""
    return sections_of(dict.fromkeys(wanted_databases(config), ("", "")))


def wanted_databases(config: Config) -> Iterable[str]:
    """The names of the databases if there are several: the app's, or those that a file lists."""
    state = config.attributes.get("app_state")
    if state is not None:
        binds = config.attributes.get("binds") or ()
        return state.database_names(binds)  # type: ignore[no-any-return]
    wanted = config.attributes.get("binds")
    return [name for name in names_in(config) if not wanted or name in wanted]


def names_in(config: Config) -> list[str]:
    """The names of databases that a file lists, in its option 'databases'."""
    listed = config.get_alembic_option("databases") or ()
    return listed.replace(",", " ").split() if isinstance(listed, str) else list(listed)
