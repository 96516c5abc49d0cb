"""Symbols: what a person may type for a revision."""

from __future__ import annotations

import pytest
from graphs import graph, ids

from flask_schemaver.errors import MultipleHeads, ResolutionError, RevisionError
from flask_schemaver.script.graph import RevisionMap
from flask_schemaver.script.symbols import split_range


def shop() -> RevisionMap:
    """Two branches of one base, and a base of its own.

    ::

        ae10 ─┬─ ae20 ── bb30        label left
              └─ cc40 ── cc50        label my-right
        x1 ── x2                     label net; bb30 depends on x2
    """
    return graph(
        {"ae20": "left", "cc40": "my-right", "x1": "net"},
        {"bb30": "x2"},
        ae10=None,
        ae20="ae10",
        bb30="ae20",
        cc40="ae10",
        cc50="cc40",
        x1=None,
        x2="x1",
    )


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("ae10", ["ae10"]),
        ("b", ["bb30"]),
        ("left", ["ae20"]),
        ("my-right", ["cc40"]),
        ("my", ["cc40"]),
        ("heads", ["bb30", "cc50"]),
        ("base", []),
        ("left@base", []),
        ("left@head", ["bb30"]),
        ("lef@head", ["bb30"]),
        ("net@head", ["x2"]),
        ("net@heads", ["x2"]),
        ("ae10@heads", ["bb30", "cc50"]),
        ("my-right@heads", ["cc50"]),
        ("cc40@head", ["cc50"]),
        ("left@bb", ["bb30"]),
        ("left@ae10", ["ae10"]),
        ("bb30-1", ["ae20"]),
        ("bb30-3", []),
        ("bb-2", ["ae10"]),
        ("left+1", ["bb30"]),
        ("my-right+1", ["cc50"]),
        ("my-right-1", ["ae10"]),
        ("left@ae10+1", ["ae20"]),
        ("left@base+2", ["ae20"]),
        ("left@head-1", ["ae20"]),
        ("  ae10 ", ["ae10"]),
    ],
)
def test_what_symbols_stand_for(symbol: str, expected: list[str]) -> None:
    """Ids, beginnings, labels, words, branches and counting."""
    assert ids(shop().get_revisions(symbol)) == expected


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("a", "the beginning of 2 names: 'ae10', 'ae20'"),
        ("zz", "is called 'zz', or begins so"),
        ("ae1x", "nearest is 'ae10'"),
        ("bb30@cc40", "'cc40' does not belong to the branch of 'bb30'"),
        ("ae10+1", "2 ways: 'ae20', 'cc40'"),
        ("bb30-4", "only 3 steps can be taken before the base"),
        ("bb30+1", "no step can be taken before the head"),
        ("heads-1", "which is not one revision"),
        ("current", "where a database is"),
        ("+1", "counts from where a database is"),
        ("a:b", "is a range"),
        ("", "nothing is given"),
        ("@head", "is incomplete"),
        ("left@", "is incomplete"),
        ("nothing@head", "is called 'nothing'"),
    ],
)
def test_what_symbols_cannot_be(symbol: str, words: str) -> None:
    """What is ambiguous, unknown or incomplete is told with a way out."""
    with pytest.raises(ResolutionError, match=words) as caught:
        shop().get_revisions(symbol)
    assert caught.value.hint


def test_the_one_head_of_a_line() -> None:
    """`head` and `-N` need one head."""
    line = graph(a=None, b="a", c="b")
    assert ids(line.get_revisions("head")) == ["c"]
    assert ids(line.get_revisions("-1")) == ["b"]
    assert ids(line.get_revisions("head-2")) == ["a"]
    assert line.get_current_head() == "c"


def test_several_heads_are_named() -> None:
    """The error names the heads, where they parted, and how to join them."""
    with pytest.raises(MultipleHeads) as caught:
        graph(a=None, b="a", c="a").get_revision("head")
    assert caught.value.message == "Two heads where one is needed: 'b' and 'c', parted at 'a'."
    assert "flask db merge heads" in str(caught.value.hint)


def test_a_head_for_others_is_nothing_to_merge() -> None:
    """Where a head is there because another depends on it, the advice is another one."""
    with pytest.raises(MultipleHeads, match="may be nothing to merge"):
        graph(None, {"b": "x"}, a=None, b="a", x=None).get_revision("head")


def test_several_heads_of_a_branch() -> None:
    """A branch may have several heads as well."""
    with pytest.raises(MultipleHeads, match="'bb30' and 'cc50'"):
        shop().get_revision("ae10@head")


def test_no_files_at_all() -> None:
    """Without revisions there is no head; a name says how to make the first."""
    empty = RevisionMap([])
    assert empty.get_current_head() is None
    assert empty.get_revisions("heads") == ()
    assert empty.get_revision("head") is None
    with pytest.raises(ResolutionError, match="flask db revision"):
        empty.get_revision("a")


def test_an_exact_id_is_no_beginning() -> None:
    """An id that begins another id is not ambiguous."""
    assert ids(graph(a1=None, a11="a1").get_revisions("a1")) == ["a1"]


def test_a_label_and_its_own_revision_do_not_clash() -> None:
    """A beginning of both a label and the id that has it is one revision."""
    assert ids(graph({"shop1": "shopping"}, shop1=None).get_revisions("sho")) == ["shop1"]


def test_several_symbols_at_once() -> None:
    """Several symbols stand for each revision once."""
    assert ids(shop().get_revisions(["ae10", "left", "ae20"])) == ["ae10", "ae20"]
    with pytest.raises(RevisionError):
        shop().get_revision(["ae10", "ae20"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a:b", ("a", "b")), ("a:", ("a", None)), (":b", (None, "b")), (":", (None, None))],
)
def test_the_ends_of_a_range(text: str, expected: tuple[str | None, str | None]) -> None:
    """An end that is left out is None."""
    assert split_range(text) == expected


@pytest.mark.parametrize("text", ["a", "a:b:c"])
def test_what_is_no_range(text: str) -> None:
    """A range has one colon."""
    with pytest.raises(ResolutionError, match="is no range"):
        split_range(text)
