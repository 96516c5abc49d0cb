"""A revision that is not written yet: where it hangs in the graph, and the writing of its file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import (
    BrokenRevisionFile,
    ConfigError,
    DuplicateRevision,
    RevisionError,
    ScriptError,
    TemplateError,
)
from . import hooks, naming, template
from .graph import Symbols, several_heads
from .header import header_of
from .links import check_id, quoted
from .place import shown
from .revision import Revision, Script, as_tuple, compiled_source
from .symbols import resolve

if TYPE_CHECKING:
    from .directory import ScriptDirectory


class Draft(NamedTuple):
    """A revision that fits into the graph, and the folder that its file goes to."""

    directory: ScriptDirectory
    revision: Revision
    folder: str

    def written(
        self,
        message: str | None,
        file_template: str,
        values: Mapping[str, Any],
        rehearse: Callable[[str, str], None] | None = None,
    ) -> Script:
        """Render, check and write the file, run the hooks, and join it to the graph."""
        directory, revision = self.directory, self.revision
        hooks.check(directory.hooks)
        created = naming.creation_time(directory.timezone)
        slug = naming.slug(message, directory.truncate_slug_length)
        name = naming.file_name(file_template, revision.revision, slug, created)
        path = self._path(name)
        given = {**self._values(message), "create_date": created, **values}
        text = template.render(
            os.path.join(directory.dir, "script.py.mako"), directory.output_encoding, **given
        )
        data = text.encode(directory.output_encoding)
        self._check(data, path)
        if rehearse is not None:
            rehearse(text, path)
        _write(path, data)
        hooks.run(path, directory.hooks)
        script = Script.from_path(path)
        directory.revision_map.add_revision(script)
        return script

    def _path(self, name: str) -> str:
        path = os.path.abspath(os.path.join(self.folder, *name.split("/")))
        nested = os.path.dirname(path) != os.path.abspath(self.folder)
        if nested and not self.directory.recursive_version_locations:
            raise ConfigError(
                f"The option 'file_template' makes the file '{name}', in a folder where no "
                "revision is looked for.",
                hint="Set 'recursive_version_locations = true', or take the '/' out of it.",
            )
        if os.path.exists(path):
            raise ScriptError(
                f"The file '{shown(path)}' is there already.",
                hint="Nothing was written. Choose another message, or another 'file_template'.",
            )
        return path

    def _values(self, message: str | None) -> dict[str, Any]:
        revision = self.revision
        # The message stands in a docstring, which a backslash or three quotes would break.
        safe = (message or "empty message").replace("\\", "\\\\").replace('"""', r"\"\"\"")
        return {
            "message": f"{safe} " if safe.endswith('"') else safe,
            "up_revision": revision.revision,
            "down_revision": revision.down_revision,
            "branch_labels": revision.own_labels or None,
            "depends_on": revision.dependencies,
            "comma": template.comma,
            "imports": "",
            "upgrades": "",
            "downgrades": "",
            "sections": (),
            "config": None,
        }

    def _check(self, data: bytes, path: str) -> None:
        """Refuse a text that would not come back as the revision that it is written for."""
        mako = shown(os.path.join(self.directory.dir, "script.py.mako"))
        try:
            compiled_source(data, path)
            header = header_of(data, path)
        except BrokenRevisionFile as cause:
            raise TemplateError(
                f"The new revision would be broken: {cause.message}",
                hint=f"Nothing was written. Correct '{mako}', or what it is filled in with.",
            ) from cause
        revision = self.revision
        pairs = {
            "revision": (header.revision, revision.revision),
            "down_revision": (as_tuple(header.down_revision), revision.parents),
            "branch_labels": (header.branch_labels, revision.own_labels),
            "depends_on": (header.depends_on, as_tuple(revision.dependencies)),
        }
        wrong = [name for name, (read, meant) in pairs.items() if read != meant]
        if wrong:
            raise TemplateError(
                f"The template '{mako}' does not write {quoted(wrong)} as it is given.",
                hint=f"Nothing was written. Add '{wrong[0]} = ${{repr(...)}}' to the template.",
            )


def draft(
    directory: ScriptDirectory,
    revid: str | None,
    head: Symbols,
    branch_labels: str | Sequence[str] | None,
    version_path: str | os.PathLike[str] | None,
    depends_on: str | Sequence[str] | None,
    *,
    splice: bool,
) -> Draft:
    """Find parents, needs and folder of a new revision; what cannot work is refused here."""
    graph = directory.revision_map
    id_ = revid or naming.new_revision_id()
    check_id(id_)
    if id_ in graph or id_ in graph.links.labels:
        raise _taken(directory, id_)
    parents = _parents(directory, head, splice=splice)
    revision = Revision(id_, parents, _needs(directory, depends_on), branch_labels)
    graph.with_revision(revision)
    return Draft(directory, revision, _folder(directory, parents, version_path))


def _taken(directory: ScriptDirectory, id_: str) -> DuplicateRevision:
    graph = directory.revision_map
    by = graph[graph.links.labels.get(id_, id_)]
    return DuplicateRevision(
        f"The id '{id_}' is taken by revision {by.named}.",
        hint="Nothing was written. Choose another '--rev-id', or leave it out.",
    )


def _parents(directory: ScriptDirectory, head: Symbols, *, splice: bool) -> tuple[str, ...]:
    graph = directory.revision_map
    found: list[str] = []
    for text in ["head"] if head is None else as_list(head):
        found.extend(_one_head(directory, text))
    twice = {id_ for id_ in found if found.count(id_) > 1}
    if twice:
        raise RevisionError(
            f"{quoted(sorted(twice))} is given twice as a parent.", hint="Name each parent once."
        )
    for id_ in found if not splice else ():
        if children := graph.children(id_):
            raise RevisionError(
                f"Revision {graph[id_].named} is no head: {quoted(children)} "
                f"follow{'s' if len(children) == 1 else ''} it.",
                hint="Add '--splice' to begin a branch there, or follow the head.",
            )
    return tuple(found)


def _one_head(directory: ScriptDirectory, text: str) -> tuple[str, ...]:
    graph = directory.revision_map
    if text == "head" and len(graph.heads) > 1:
        raise several_heads(graph, graph.heads, instead=", with '--head <revision>'")
    return resolve(graph, text)


def as_list(symbols: str | Sequence[str]) -> list[str]:
    """One symbol or several as a list; unlike `as_tuple`, with repetitions."""
    return [symbols] if isinstance(symbols, str) else list(symbols)


def _needs(directory: ScriptDirectory, depends_on: str | Sequence[str] | None) -> tuple[str, ...]:
    """Full ids for what is abbreviated; a label stays a label."""
    graph = directory.revision_map
    needs: dict[str, None] = {}
    for text in as_tuple(depends_on):
        needs.update(dict.fromkeys([text] if text in graph.links.labels else resolve(graph, text)))
    return tuple(needs)


def _folder(
    directory: ScriptDirectory,
    parents: Sequence[str],
    version_path: str | os.PathLike[str] | None,
) -> str:
    places = directory.version_locations
    if version_path is not None:
        return _known_place(directory, os.fspath(version_path))
    if len(places) == 1:
        return places[0]
    for script in directory.get_revisions(tuple(parents)):
        around = [p for p in places if script.path.startswith(os.path.join(p, ""))]
        if around:
            return max(around, key=len)
    raise ConfigError(
        f"There are several version locations: {quoted(map(shown, places))}.",
        hint="Choose one with '--version-path'.",
    )


def _known_place(directory: ScriptDirectory, wanted: str) -> str:
    from .locations import folder_of

    path = os.path.realpath(folder_of(wanted))
    for place in directory.version_locations:
        if os.path.realpath(place) == path:
            return place
    raise ConfigError(
        f"'{wanted}' is none of the version locations, so its revisions would not be found.",
        hint=f"Add it to 'version_locations'; now there are "
        f"{quoted(map(shown, directory.version_locations))}.",
    )


def _write(path: str, data: bytes) -> None:
    """Write a new file at once or not at all."""
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".#{os.path.basename(path)}.{os.getpid()}")
    try:
        os.makedirs(folder, exist_ok=True)
        try:
            with open(temporary, "xb") as file:
                file.write(data)
            os.replace(temporary, path)
        finally:
            if os.path.lexists(temporary):
                os.unlink(temporary)
    except OSError as cause:
        raise ScriptError(
            f"The file '{shown(path)}' cannot be written: {cause.strerror}.",
            hint="Make the folder writable.",
        ) from cause
