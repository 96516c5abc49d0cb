"""The graph of revisions: ancestors, heads, labels, dependencies and their order.

::

    a ── b ──── d (head)        `b` is a branch point
          └─ c (head)           `depends_on` is a second kind of edge: it orders,
               ┊ depends_on     and takes its target's row in the version table
          x ── y                along, but it is no descent
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from ..errors import MultipleHeads, RangeNotAncestorError
from . import symbols
from .links import Links, quoted
from .revision import Revision

Symbols = str | Sequence[str] | None


class RevisionMap:
    """All revisions, joined on first use; everything that walks is linear in their number.

    `generator` is the revisions, or a function that gives them. Any use raises a RevisionError
    if they do not form a graph.
    """

    def __init__(self, generator: Callable[[], Iterable[Revision]] | Iterable[Revision]) -> None:
        self._generator = generator

    @cached_property
    def links(self) -> Links:
        """The joined graph."""
        source = self._generator
        return self._linked(Links(source() if callable(source) else source))

    def _linked(self, links: Links) -> Links:
        for revision in links.by_id.values():
            revision.graph = self
        return links

    def add_revision(self, revision: Revision) -> None:
        """Take a new revision in; if it does not fit, the graph stays as it was."""
        links = self.with_revision(revision)
        self.__dict__.pop("_labels", None)
        self.__dict__["links"] = self._linked(links)

    def with_revision(self, revision: Revision) -> Links:
        """What the graph would be with one more; a RevisionError if it does not fit."""
        return Links([*self.links.by_id.values(), revision])

    # -- the neighbours of one revision -------------------------------------------------------

    def __contains__(self, id_: object) -> bool:
        return id_ in self.links.by_id

    def __getitem__(self, id_: str) -> Revision:
        """The revision with exactly this id."""
        return self.links.by_id[id_]

    def __len__(self) -> int:
        return len(self.links.by_id)

    def children(self, id_: str) -> Sequence[str]:
        """What follows it, in the order of the files."""
        return self.links.children.get(id_, ())

    def dependents(self, id_: str) -> Sequence[str]:
        """What depends on it without following it."""
        return self.links.dependents.get(id_, ())

    def needs(self, id_: str) -> tuple[str, ...]:
        """The ids that it depends on beside its parents."""
        return self.links.needs.get(id_, ())

    def upstream(self, id_: str) -> tuple[str, ...]:
        """What must be applied before it: its parents, then its needs."""
        return self.links.upstream(id_)

    def downstream(self, id_: str) -> Sequence[str]:
        """What can only be applied after it: its children, then its dependents."""
        return [*self.children(id_), *self.dependents(id_)]

    # -- the whole ----------------------------------------------------------------------------

    @property
    def heads(self) -> tuple[str, ...]:
        """The ids that no revision follows, in the order of the files."""
        links = self.links
        return tuple(id_ for id_ in links.by_id if id_ not in links.children)

    @property
    def real_heads(self) -> tuple[str, ...]:
        """The heads that no revision depends on either."""
        return tuple(id_ for id_ in self.heads if not self.dependents(id_))

    @property
    def bases(self) -> tuple[str, ...]:
        """The ids that follow no revision."""
        return tuple(id_ for id_, revision in self.links.by_id.items() if not revision.parents)

    @property
    def order(self) -> list[str]:
        """All ids, parents and needs first."""
        return self.links.order

    def ordered(self, ids: Iterable[str]) -> list[str]:
        """These ids, parents and needs first."""
        wanted = list(ids)
        return sorted(wanted, key=self.links.position.__getitem__) if wanted[1:] else wanted

    def ancestors(self, ids: Iterable[str], *, dependencies: bool = True) -> set[str]:
        """These ids and all below them; with `dependencies`, also what those need."""
        by_id, upstream = self.links.by_id, self.links.upstream
        return _reach(ids, upstream if dependencies else lambda id_: by_id[id_].parents)

    def descendants(self, ids: Iterable[str], *, dependencies: bool = True) -> set[str]:
        """These ids and all above them; with `dependencies`, also what depends on those."""
        return _reach(ids, self.downstream if dependencies else self.children)

    def tips(self, ids: set[str]) -> list[str]:
        """Those of a set above which nothing else of the set is: their rows stand for it."""
        covered: set[str] = set()
        for id_ in ids:
            covered.update(self.upstream(id_))
        return self.ordered(ids - covered)

    # -- labels -------------------------------------------------------------------------------

    def labels_of(self, id_: str) -> frozenset[str]:
        """The labels that a revision has, its own and inherited ones."""
        return self._labels.get(id_, frozenset())

    @cached_property
    def _labels(self) -> dict[str, frozenset[str]]:
        """A label spreads to all that follows, and down to the last branch or merge point."""
        links, labels = self.links, dict[str, frozenset[str]]()
        if not links.labels:
            return labels
        for label, id_ in links.labels.items():
            for member in (id_, *self._unbranched_below(id_)):
                labels[member] = labels.get(member, frozenset()) | {label}
        for id_ in links.order:
            inherited = [labels[p] for p in links.by_id[id_].parents if p in labels]
            own = labels.get(id_, frozenset())
            if inherited and not own and len(inherited) == 1:
                labels[id_] = inherited[0]
            elif inherited:
                labels[id_] = own.union(*inherited)
        return labels

    def _unbranched_below(self, id_: str) -> Iterator[str]:
        """What lies below, down to the last point where lines part or meet; it may be such one."""
        if len(self.downstream(id_)) > 1:
            return
        parents = self[id_].parents
        while len(parents) == 1 and len(self.downstream(parents[0])) == 1:
            if len(self[parents[0]].parents) > 1:
                return
            yield parents[0]
            parents = self[parents[0]].parents

    def members(self, id_: str) -> set[str]:
        """The branch of a revision: all that follows it, and its line down to a branch point."""
        return self.descendants([id_], dependencies=False).union(self._unbranched_below(id_))

    def lineage(self, id_: str) -> set[str]:
        """All ancestors and all descendants of a revision, and itself."""
        above = self.descendants([id_], dependencies=False)
        return above | self.ancestors([id_], dependencies=False)

    # -- symbols ------------------------------------------------------------------------------

    def get_revisions(self, id_: Symbols) -> tuple[Revision, ...]:
        """The revisions that a symbol, or several, stand for; none for `base` and None."""
        wanted = [id_] if isinstance(id_, str) else [i for i in id_ or () if i is not None]
        found = dict.fromkeys(i for symbol in wanted for i in symbols.resolve(self, symbol))
        return tuple(self[i] for i in found)

    def get_revision(self, id_: Symbols) -> Revision | None:
        """The one revision that a symbol stands for; None for `base`."""
        found = self.get_revisions(id_)
        if len(found) > 1:
            raise several_heads(self, [r.revision for r in found])
        return found[0] if found else None

    def get_current_head(self, branch_label: str | None = None) -> str | None:
        """The only head, None if there are no revisions; several are an error."""
        found = symbols.resolve(self, f"{branch_label}@head" if branch_label else "head")
        return found[0] if found else None

    def filter_for_lineage(
        self,
        targets: Iterable[Revision],
        check_against: str | Sequence[str] | None,
        include_dependencies: bool = False,
    ) -> tuple[Revision, ...]:
        """Those targets that are an ancestor or a descendant of `check_against`."""
        ids = [r.revision for r in self.get_revisions(check_against)]
        if not ids:
            return tuple(targets)
        related = self.descendants(ids, dependencies=include_dependencies)
        related |= self.ancestors(ids, dependencies=include_dependencies)
        return tuple(target for target in targets if target.revision in related)

    def iterate_revisions(
        self,
        upper: Symbols,
        lower: Symbols,
        implicit_base: bool = False,
        inclusive: bool = False,
        assert_relative_length: bool = True,
        select_for_downgrade: bool = False,
    ) -> Iterator[Revision]:
        """The revisions from `upper` down to `lower`, newest first.

        `lower` itself is left out unless `inclusive`. Lines that do not pass through `lower` are
        left out unless `implicit_base`. With `select_for_downgrade`: what going down to `lower`
        removes, which is everything above it. The two flags that follow `inclusive` change
        nothing else.
        """
        low, high, branch = symbols.resolve_range(self, lower, upper)
        chosen = self.ancestors(high, dependencies=branch is None)
        if low and not implicit_base:
            chosen &= self.descendants(low)
            if not chosen.intersection(high):
                raise _not_on_one_line(self, low, high)
        if branch:
            chosen &= self.lineage(branch)
        chosen -= self.ancestors(low)
        if inclusive:
            chosen.update(low)
        return (self[id_] for id_ in reversed(self.ordered(chosen)))


def _reach(ids: Iterable[str], step: Callable[[str], Sequence[str]]) -> set[str]:
    found = set(ids)
    waiting = list(found)
    while waiting:
        for id_ in step(waiting.pop()):
            if id_ not in found:
                found.add(id_)
                waiting.append(id_)
    return found


def several_heads(graph: RevisionMap, ids: Sequence[str], *, instead: str = "") -> MultipleHeads:
    """The error where one revision is needed; it names all, their words and files."""
    words = {2: "Two", 3: "Three", 4: "Four"}.get(len(ids), str(len(ids)))
    what = "heads" if all(not graph.children(i) for i in ids) else "revisions"
    shown = [graph[i].named for i in ids[:6]] + [f"{len(ids) - 6} more"] * (len(ids) > 6)
    fork = _fork(graph, ids)
    parted = f", parted at {graph[fork].named}" if fork else ""
    join = "Run 'flask db merge heads' to join them, or name"
    if what == "heads" and any(graph.dependents(i) for i in ids):
        join = (
            "Some are there for others that depend on them, so there may be nothing to merge. Name"
        )
    return MultipleHeads(
        f"{words} {what} where one is needed: {', '.join(shown[:-1])} and {shown[-1]}{parted}.",
        hint=f"{join} the one that is meant{instead or f', such as {quoted(ids[:1])}'}; "
        "'heads' means all of them.",
    )


def _fork(graph: RevisionMap, ids: Sequence[str]) -> str | None:
    """The last revision that all of some revisions have below them."""
    common = set.intersection(*(graph.ancestors([i], dependencies=False) for i in ids[:6]))
    return graph.ordered(common)[-1] if common else None


def _not_on_one_line(
    graph: RevisionMap, low: Sequence[str], high: Sequence[str]
) -> RangeNotAncestorError:
    backwards = graph.ancestors(low).issuperset(high)
    hint = "The range is written backwards: the older revision comes first."
    return RangeNotAncestorError(
        f"{quoted(low)} is no ancestor of {quoted(high)}, so there is nothing between them.",
        hint=hint if backwards else "Give two revisions of one line; 'flask db history' shows it.",
    )
