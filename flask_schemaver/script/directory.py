"""The migrations folder: its revisions as a graph, and where new ones go."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ..errors import BrokenRevisionFile, ConfigError, NoScriptDirectory, ScriptError
from . import locations, naming
from .alias import namespace
from .graph import RevisionMap, Symbols
from .place import shown
from .revision import Script, as_tuple, compiled
from .symbols import resolve

if TYPE_CHECKING:
    from ..config import Config


class ScriptDirectory:
    """A migrations folder and its version locations; nothing is read before it is asked for.

    Raises NoScriptDirectory if the folder is not there.
    """

    def __init__(
        self,
        dir: str | os.PathLike[str],
        file_template: str = naming.FILE_TEMPLATE,
        truncate_slug_length: int | None = naming.SLUG_LENGTH,
        version_locations: Sequence[str | os.PathLike[str]] | None = None,
        sourceless: bool = False,
        output_encoding: str = "utf-8",
        timezone: str | None = None,
        hooks: Sequence[Mapping[str, str]] = (),
        recursive_version_locations: bool = False,
    ) -> None:
        self.dir: str = os.fspath(dir)
        self.file_template = file_template
        self.truncate_slug_length: int = truncate_slug_length or naming.SLUG_LENGTH
        self.sourceless = sourceless
        self.output_encoding = output_encoding
        self.timezone = timezone
        self.hooks: list[Mapping[str, str]] = list(hooks)
        self.recursive_version_locations = recursive_version_locations
        if not os.path.isdir(self.dir):
            raise NoScriptDirectory(
                f"There is no migrations folder '{shown(self.dir)}'.",
                hint="Make it with 'flask db init', or name the right one with '--directory'.",
            )
        given = version_locations or [os.path.join(self.dir, "versions")]
        self.version_locations: list[str] = [
            os.path.abspath(locations.folder_of(os.fspath(p))) for p in given
        ]
        self.revision_map: RevisionMap = RevisionMap(self._load)
        self.sealed: bool = False
        """Whether digests of the files are taken while they are read; to be set before that."""

    @classmethod
    def from_config(cls, config: Config) -> ScriptDirectory:
        """The folder that a Config names; `prepend_sys_path` goes in front of `sys.path`."""
        location = config.get_alembic_option("script_location")
        if not location:
            raise NoScriptDirectory(
                "No migrations folder is named: the option 'script_location' is missing.",
                hint="Add 'script_location = migrations' to the settings.",
            )
        paths = config.get_prepend_sys_paths_list() or []
        sys.path[:0] = [path for path in dict.fromkeys(paths) if path not in sys.path]
        option = config.get_alembic_option
        found = cls(
            locations.folder_of(location),
            file_template=option("file_template") or naming.FILE_TEMPLATE,
            truncate_slug_length=_number(option("truncate_slug_length")),
            version_locations=config.get_version_locations_list(),
            sourceless=config.get_alembic_boolean_option("sourceless"),
            output_encoding=option("output_encoding") or "utf-8",
            timezone=option("timezone") or None,
            hooks=config.get_hooks_list(),
            recursive_version_locations=config.get_alembic_boolean_option(
                "recursive_version_locations"
            ),
        )
        found._refuse_another_folder()
        return found

    def _refuse_another_folder(self) -> None:
        """Raise if nothing in the folder is of migrations; git keeps no empty `versions`."""
        if os.path.isfile(self.env_py_location) or any(map(os.path.isdir, self.version_locations)):
            return
        raise NoScriptDirectory(
            f"'{shown(self.dir)}' is no migrations folder: it has neither 'env.py' nor 'versions'.",
            hint="Make one with 'flask db init', or name the right one with '--directory'. Revision"
            " files of Flask-Alembic go into the folder 'versions' of a new one.",
        )

    def _load(self) -> Iterator[Script]:
        paths = locations.revision_files(
            self.version_locations,
            recursive=self.recursive_version_locations,
            sourceless=self.sourceless,
        )
        return map(partial(Script.from_path, sealed=self.sealed), paths)

    # -- places -------------------------------------------------------------------------------

    @property
    def versions(self) -> str:
        """The one folder of revision files; several are an error."""
        if len(self.version_locations) > 1:
            raise ConfigError(
                "There are several version locations, so none of them is 'versions'.",
                hint="Use 'version_locations'.",
            )
        return self.version_locations[0]

    @property
    def env_py_location(self) -> str:
        return os.path.abspath(os.path.join(self.dir, "env.py"))

    def run_env(self) -> None:
        """Execute env.py as a fresh module; what it raises goes up unchanged."""
        path = self.env_py_location
        if not os.path.isfile(path):
            raise NoScriptDirectory(
                f"The migrations folder has no '{shown(path)}'.",
                hint="'flask db init' writes one; copy it from a new folder.",
            )
        # The module is in no global place, so threads with folders of their own do not meet.
        module = namespace("env_py", path, logging_kept=True)
        try:
            code = compiled(path)
        except BrokenRevisionFile as cause:
            raise ScriptError(cause.message, hint=cause.hint) from cause
        exec(code, module.__dict__)

    # -- the graph ----------------------------------------------------------------------------

    def get_revision(self, id_: str | Sequence[str] | None) -> Script | None:
        """The one script that a symbol stands for; None for `base`."""
        return cast("Script | None", self.revision_map.get_revision(id_))

    def get_revisions(self, id_: Symbols) -> tuple[Script, ...]:
        """The scripts that one or several symbols stand for."""
        return cast("tuple[Script, ...]", self.revision_map.get_revisions(id_))

    def get_all_current(self, id_: Symbols) -> set[Script]:
        """The scripts of these rows, and the heads that they include as dependencies."""
        ids = [script.revision for script in self.get_revisions(id_)]
        done = self.revision_map.ancestors(ids)
        heads = [i for i in done if not done.intersection(self.revision_map.children(i))]
        return cast("set[Script]", {self.revision_map[i] for i in heads})

    def get_heads(self, consider_depends_on: bool = False) -> list[str]:
        """The ids that nothing follows; with `consider_depends_on`, nor depends on."""
        graph = self.revision_map
        return list(graph.real_heads if consider_depends_on else graph.heads)

    def get_current_head(self) -> str | None:
        """The only head, None without revisions; several are an error that names them."""
        return self.revision_map.get_current_head()

    def get_bases(self) -> list[str]:
        """The ids that follow nothing."""
        return list(self.revision_map.bases)

    def get_base(self) -> str | None:
        """The only base; several are an error."""
        bases = self.get_bases()
        found = self.get_revision(bases) if bases else None
        return found.revision if found else None

    def walk_revisions(self, base: Symbols = "base", head: Symbols = "heads") -> Iterator[Script]:
        """The scripts from `head` down to `base`, both included, newest first."""
        return self._scripts(self.revision_map.iterate_revisions(head, base, inclusive=True))

    def iterate_revisions(self, upper: Symbols, lower: Symbols, **flags: bool) -> Iterator[Script]:
        """The scripts from `upper` down to `lower`, `lower` left out, newest first."""
        return self._scripts(self.revision_map.iterate_revisions(upper, lower, **flags))

    @staticmethod
    def _scripts(revisions: Iterable[Any]) -> Iterator[Script]:
        return cast("Iterator[Script]", iter(revisions))

    def as_revision_number(self, id_: str | None) -> str | tuple[str, ...] | None:
        """A symbol as the id that it stands for: None for `base`, a tuple for `heads`."""
        if id_ is None:
            return None
        found = resolve(self.revision_map, id_)
        return found if id_ == "heads" and found else next(iter(found), None)

    # -- for programs that follow steps by themselves ------------------------------------------

    def _load_revisions(self) -> Iterable[Script]:
        return self._load()

    def _upgrade_revs(self, destination: str, current_rev: Symbols) -> list[Any]:
        """The steps from where a database is up to a revision, as `fn` of an environment's."""
        from ..runtime.planner import plan_upgrade

        return list(plan_upgrade(self.revision_map, as_tuple(current_rev), destination).steps)

    def _downgrade_revs(self, destination: str, current_rev: Symbols) -> list[Any]:
        """The steps from where a database is down to a revision."""
        from ..runtime.planner import plan_downgrade

        return list(plan_downgrade(self.revision_map, as_tuple(current_rev), destination).steps)

    def _stamp_revs(self, revision: str | Sequence[str], heads: Symbols) -> list[Any]:
        """The one step, if any, that says of a database that it is at a revision."""
        from ..runtime.planner import plan_stamp

        targets = as_tuple(revision) or ("base",)
        return list(plan_stamp(self.revision_map, as_tuple(heads), targets).steps)

    # -- new revisions ------------------------------------------------------------------------

    def generate_revision(
        self,
        revid: str | None,
        message: str | None,
        head: Symbols = None,
        splice: bool = False,
        branch_labels: str | Sequence[str] | None = None,
        version_path: str | os.PathLike[str] | None = None,
        file_template: str | None = None,
        depends_on: str | Sequence[str] | None = None,
        rehearse: Callable[[str, str], None] | None = None,
        **template_vars: Any,
    ) -> Script:
        """Write a new revision file, run the post-write hooks on it, and return its script.

        `head` is what it follows: the one head by default, `base` for a root of its own, several
        for a merge. `template_vars` go to `script.py.mako`. Nothing is written if the revision
        would not fit into the graph, or if `rehearse(text, path)` raises.
        """
        from .draft import draft

        new = draft(self, revid, head, branch_labels, version_path, depends_on, splice=splice)
        return new.written(message, file_template or self.file_template, template_vars, rehearse)


def _number(value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ConfigError(
            f"The option 'truncate_slug_length' is '{value}', which is no number.",
            hint="Write a number of characters, such as 40.",
        ) from None
