"""What a person types, such as `head`, `-1`, `ae1:+2` or `branch@head`, and what it stands for.

::

    [branch@] name [+N | -N]      name: an id or its beginning, a label, head, heads, base

`branch` is a label, an id or the beginning of one. What is relative to a database (`+1` alone)
needs the applied revisions, so the planner asks `walk_up` and `walk_down` for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ..errors import ResolutionError
from .links import nearest, quoted

if TYPE_CHECKING:
    from .graph import RevisionMap

_STEP = re.compile(r"(.*?)([+-]\d+)", re.DOTALL)


class Symbol(NamedTuple):
    """A symbol in its parts; `branch` is the id of the revision that stands for the branch."""

    text: str
    branch: str | None
    name: str
    step: int | None

    @property
    def is_relative(self) -> bool:
        """Whether it counts from where a database is."""
        return self.step is not None and not self.name

    @property
    def is_base(self) -> bool:
        return self.name == "base" and self.step is None


def parse(graph: RevisionMap, text: str) -> Symbol:
    """Take a symbol apart; the branch is looked up, the name is not."""
    if not isinstance(text, str) or not text.strip():
        raise ResolutionError("A revision is needed, and nothing is given.", hint=_USE)
    text = text.strip()
    if ":" in text:
        raise ResolutionError(
            f"'{text}' is a range, and one place in the history is needed.",
            hint="A range is for 'flask db history -r' and for '--sql'.",
        )
    before, at, rest = text.rpartition("@")
    if at and not (before and rest):
        raise ResolutionError(
            f"'{text}' is incomplete.", hint="Write '<branch>@head', or '<branch>@<revision>'."
        )
    branch = find(graph, before) if at else None
    match = None if rest in graph.links.labels else _STEP.fullmatch(rest)
    return (
        Symbol(text, branch, match[1], int(match[2])) if match else Symbol(text, branch, rest, None)
    )


_USE = "Give an id, the beginning of one, a branch label, 'head', 'heads' or 'base'."


def resolve(graph: RevisionMap, text: str) -> tuple[str, ...]:
    """The ids that a symbol stands for; none for `base`. A lone `-N` counts from the head."""
    symbol = parse(graph, text)
    if symbol.step is None:
        return named(graph, symbol)
    if not symbol.name:
        if symbol.step > 0:
            raise ResolutionError(
                f"'{text}' counts from where a database is, which is not known here.",
                hint="Write '<revision>+N'; '+N' alone is for 'flask db upgrade'.",
            )
        symbol = symbol._replace(name="head")
    return walk(graph, symbol)


def named(graph: RevisionMap, symbol: Symbol) -> tuple[str, ...]:
    """The ids of the name of a symbol, within its branch; the step is not taken."""
    if symbol.name == "base":
        return ()
    if symbol.name in ("head", "heads"):
        return _heads(graph, symbol)
    if symbol.name == "current":
        raise ResolutionError(
            "'current' is where a database is, which is not known here.",
            hint="It can be used in 'flask db history', 'flask db show' and 'flask db edit'.",
        )
    id_ = find(graph, symbol.name)
    if symbol.branch and id_ not in graph.lineage(symbol.branch):
        raise ResolutionError(
            f"Revision {graph[id_].named} does not belong to the branch of "
            f"{graph[symbol.branch].named}.",
            hint="'flask db history' shows what belongs together.",
        )
    return (id_,)


def _heads(graph: RevisionMap, symbol: Symbol) -> tuple[str, ...]:
    from .graph import several_heads

    found = graph.heads
    if symbol.branch:
        above = graph.descendants([symbol.branch], dependencies=False)
        found = tuple(id_ for id_ in found if id_ in above)
    elif symbol.name == "heads":
        return graph.real_heads
    if symbol.name == "head" and len(found) > 1:
        raise several_heads(graph, found)
    return found


def find(graph: RevisionMap, name: str) -> str:
    """The one id that a name stands for: an id, a label, or the beginning of one."""
    links = graph.links
    if name in links.by_id:
        return name
    if name in links.labels:
        return links.labels[name]
    begun = {id_: id_ for id_ in links.by_id if id_.startswith(name)} if name else {}
    begun |= {label: id_ for label, id_ in links.labels.items() if name and label.startswith(name)}
    ids = set(begun.values())
    if len(ids) == 1:
        return ids.pop()
    if ids:
        _refuse_ambiguous(graph, name, sorted(begun))
    raise unknown(graph, name)


def _refuse_ambiguous(graph: RevisionMap, name: str, begun: Sequence[str]) -> NoReturn:
    more = f" and {len(begun) - 5} more" if len(begun) > 5 else ""
    raise ResolutionError(
        f"'{name}' is the beginning of {len(begun)} names: {quoted(begun[:5])}{more}.",
        hint="Type more of it.",
    )


def unknown(graph: RevisionMap, name: str) -> ResolutionError:
    """The error for a name that nothing has, with the nearest that something has."""
    if not len(graph):
        return ResolutionError(
            f"No revision is called '{name}': there are no revision files yet.",
            hint="Make the first with 'flask db revision -m \"...\"'.",
        )
    near = nearest(name, [*graph.links.by_id, *graph.links.labels])
    message = f"No revision and no branch is called '{name}', or begins so."
    if near:
        return ResolutionError(message, hint=f"The nearest {_are(near)} {quoted(near)}.")
    return ResolutionError(message, hint="'flask db history' lists the revisions.")


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


# -- walking --------------------------------------------------------------------------------


def walk(graph: RevisionMap, symbol: Symbol) -> tuple[str, ...]:
    """The revision that is `step` above or below the name of a symbol; none for the base."""
    start = named(graph, symbol)
    step = symbol.step or 0
    within = graph.lineage(symbol.branch) if symbol.branch else None
    if step >= 0:
        return walk_up(graph, start, step, within, symbol.text)
    if len(start) != 1:
        where = quoted(start) if start else "'base'"
        raise ResolutionError(
            f"'{symbol.text}' counts down from {where}, which is not one revision.",
            hint="Name the revision to count from: '<revision>-N'.",
        )
    return walk_down(graph, start, -step, within, symbol.text)


def walk_up(
    graph: RevisionMap,
    start: Sequence[str],
    steps: int,
    within: Collection[str] | None,
    text: str,
) -> tuple[str, ...]:
    """`steps` upwards from some revisions, or from below the bases if there are none."""
    front = tuple(start)
    for taken in range(steps):
        if front:
            above = tuple(dict.fromkeys(c for id_ in front for c in graph.children(id_)))
        else:
            above = graph.bases
        if within is not None:
            above = tuple(id_ for id_ in above if id_ in within)
        if len(above) != 1:
            _refuse_walk(graph, text, above, taken, "above")
        front = above
    return front


def walk_down(
    graph: RevisionMap,
    start: Sequence[str],
    steps: int,
    within: Collection[str] | None,
    text: str,
) -> tuple[str, ...]:
    """`steps` downwards from one revision; none if that is just below a base."""
    front = tuple(start)
    for taken in range(steps):
        if len(front) != 1:
            _refuse_walk(graph, text, front, taken, "below")
        front = graph[front[0]].parents
        if within is not None:
            front = tuple(id_ for id_ in front if id_ in within)
    if len(front) > 1:
        _refuse_walk(graph, text, front, steps, "below")
    return front


def _refuse_walk(
    graph: RevisionMap, text: str, ways: Sequence[str], taken: int, side: str
) -> NoReturn:
    if ways:
        names = ", ".join(graph[id_].named for id_ in ways[:6])
        where = {0: "there", 1: "after one step there"}.get(taken, f"after {taken} steps there")
        raise ResolutionError(
            f"'{text}' is ambiguous: {where} are {len(ways)} ways: {names}.",
            hint=f"Name the revision, such as '{ways[0]}', or the branch: '<branch>@+N'.",
        )
    steps = {0: "no step", 1: "only one step"}.get(taken, f"only {taken} steps")
    end = "head" if side == "above" else "base"
    raise ResolutionError(
        f"'{text}' goes too far: {steps} can be taken before the {end}.",
        hint=f"To go all the way, write '{'heads' if side == 'above' else 'base'}'.",
    )


# -- ranges ---------------------------------------------------------------------------------


def split_range(text: str) -> tuple[str | None, str | None]:
    """The two ends of `a:b`, None for an end that is left out."""
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 2:
        raise ResolutionError(
            f"'{text}' is no range.",
            hint="Write '<from>:<to>', '<from>:' or ':<to>'.",
        )
    return parts[0] or None, parts[1] or None


def resolve_range(
    graph: RevisionMap, lower: str | Sequence[str] | None, upper: str | Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """The ids of both ends, and the branch that `<branch>@base` at the lower end names.

    `-N` at the lower end counts from the upper one, `+N` at the upper end from the lower one.
    """
    low_relative = _relative(graph, lower)
    high_relative = _relative(graph, upper)
    branch = None
    if isinstance(lower, str) and (symbol := parse(graph, lower)).is_base:
        branch = symbol.branch
    if high_relative and high_relative.step and high_relative.step > 0:
        low = _ids(graph, lower)
        within = graph.lineage(high_relative.branch) if high_relative.branch else None
        high = walk_up(graph, low, high_relative.step, within, high_relative.text)
        return low, high, branch
    high = _ids(graph, upper)
    if branch:
        members = graph.lineage(branch)
        high = tuple(id_ for id_ in high if id_ in members)
    if low_relative and low_relative.step:
        if len(high) != 1:
            _refuse_walk(graph, low_relative.text, high, 0, "below")
        return walk_down(graph, high, -low_relative.step, None, low_relative.text), high, branch
    return _ids(graph, lower), high, branch


def _relative(graph: RevisionMap, end: str | Sequence[str] | None) -> Symbol | None:
    if not isinstance(end, str):
        return None
    symbol = parse(graph, end)
    return symbol if symbol.is_relative else None


def _ids(graph: RevisionMap, end: str | Sequence[str] | None) -> tuple[str, ...]:
    return tuple(revision.revision for revision in graph.get_revisions(end))
