"""Headers: what a file says about itself, read without running it."""

from __future__ import annotations

import py_compile
from inspect import cleandoc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_schemaver.errors import BrokenRevisionFile
from flask_schemaver.script.header import FIRST_READ, Header, header_of, read_header
from flask_schemaver.script.revision import as_tuple

PLAIN = '''"""add users

Revision ID: a1
Revises:
"""

from alembic import op

revision = "a1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    raise RuntimeError("run")
'''


def header(folder: Path, text: str | bytes, name: str = "a.py") -> Header:
    """The header of a file with this text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_header(str(path))


def test_a_plain_header(tmp_path: Path) -> None:
    """The file of the usual template is read."""
    found = header(tmp_path, PLAIN)
    assert found[:4] == ("a1", None, (), ())
    assert found.docstring.startswith("add users\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("revision: str = 'b'\ndown_revision: str | None = 'a'", ("b", "a", (), ())),
        (
            "revision: str = 'b'\ndown_revision: Union[str, Sequence[str], None] = 'a'  # parent",
            ("b", "a", (), ()),
        ),
        ("revision='b'\ndown_revision=('a', 'c')", ("b", ("a", "c"), (), ())),
        ("revision = 'b'\ndown_revision = ['a', 'c']", ("b", ("a", "c"), (), ())),
        ("revision = 'b'\ndown_revision = ('a',)", ("b", "a", (), ())),
        ("revision = 'b'\ndown_revision = ()", ("b", None, (), ())),
        ("revision = ('b')\ndown_revision = (\n    'a',\n    'c',\n)", ("b", ("a", "c"), (), ())),
        ("revision = (\n    'b'\n)\ndown_revision = \\\n  'a'", ("b", "a", (), ())),
        ("revision = 'b'; down_revision = 'a'", ("b", "a", (), ())),
        ("revision, down_revision = 'b', None", ("b", None, (), ())),
        ("FIRST = 'a'\nrevision = 'b'\ndown_revision = FIRST", ("b", "a", (), ())),
        ("revision = 'b' + 'c'\ndown_revision = 'a' 'd'", ("bc", "ad", (), ())),
        (
            "revision = 'b'\ndown_revision = None\nbranch_labels = 'shop'",
            ("b", None, ("shop",), ()),
        ),
        (
            "revision = 'b'\ndown_revision = 'a'\nbranch_labels = {'y', 'x'}",
            ("b", "a", ("x", "y"), ()),
        ),
        (
            "revision = 'b'\ndown_revision = None\ndepends_on = ['c', 'd', 'c']",
            ("b", None, (), ("c", "d")),
        ),
        ("revision = u'b'\ndown_revision = r'a'", ("b", "a", (), ())),
        ("# revision = 'x'\nrevision = 'b'\ndown_revision = 'a#c'  # 'q'", ("b", "a#c", (), ())),
    ],
)
def test_ways_to_write_it(tmp_path: Path, lines: str, expected: tuple[object, ...]) -> None:
    """Annotations, tuples, parentheses, comments and plain expressions are understood."""
    for before in ("", '"""words"""\n', "# comment\n\n'words'  # so\nimport os\n"):
        found = header(tmp_path, f"{before}{lines}\n\ndef upgrade(): pass\n")
        assert found[:4] == expected
        assert found.docstring == ("words" if before else "")


def test_names_in_strings_do_not_count(tmp_path: Path) -> None:
    """A line of a string that looks like an assignment is none."""
    strings = '"""doc\nrevision = "x"\n"""\nSQL = """\nrevision = "y"\n"""\n'
    text = strings + PLAIN[PLAIN.index("rev") :]
    assert header(tmp_path, text).revision == "a1"


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_a_whole_header_in_a_string_does_not_count(tmp_path: Path, quotes: str) -> None:
    """A template that a file holds in a string is not taken for its header."""
    inside = PLAIN[PLAIN.index("rev") :].replace("a1", "x1")
    text = PLAIN.replace("revision = ", f"TEXT = {quotes}\n{inside}{quotes}\nrevision = ", 1)
    assert header(tmp_path, text).revision == "a1"


def test_a_later_assignment_counts(tmp_path: Path) -> None:
    """A name that is bound twice has its last value, as when the file is run."""
    found = header(tmp_path, "revision = 'a'\nrevision = 'b'\ndown_revision = None\n")
    assert found.revision == "b"


VALUES = st.one_of(
    st.none(),
    st.text("ab'\"\\#\n=(é", max_size=6),
    st.lists(st.text("ab'#,", min_size=1, max_size=3), max_size=3, unique=True).map(tuple),
)


@given(
    words=st.text("ab\"'\\\n #=é", max_size=12),
    revision=st.text("ab'\"\\#=é", min_size=1, max_size=6),
    values=st.tuples(VALUES, VALUES, VALUES),
    annotation=st.sampled_from(["", ": str | None", ": Union[str, None]"]),
    end=st.sampled_from(["", "  # comment 'a'", ";"]),
    order=st.permutations(range(4)),
)
def test_reading_is_what_running_would_give(
    words: str,
    revision: str,
    values: tuple[object, object, object],
    annotation: str,
    end: str,
    order: list[int],
) -> None:
    """However a header is written, the names have the values that running the file gives them."""
    names = ("revision", "down_revision", "branch_labels", "depends_on")
    pairs = list(zip(names, (revision, *values), strict=True))
    lines = [f"{pairs[n][0]}{annotation} = {pairs[n][1]!r}{end}" for n in order]
    quoted = f'"""{words}"""' if not set("\"'\\") & set(words) else repr(words)
    text = "\n".join([quoted, "from __future__ import annotations", *lines, ""])
    run: dict[str, object] = {}
    exec(text, run)
    found = header_of(text.encode(), "a.py")
    assert found.revision == run["revision"]
    assert as_tuple(found.down_revision) == as_tuple(run["down_revision"])  # type: ignore[arg-type]
    assert found.branch_labels == as_tuple(run["branch_labels"])  # type: ignore[arg-type]
    assert found.depends_on == as_tuple(run["depends_on"])  # type: ignore[arg-type]
    # Python 3.13 takes the indentation out of a docstring when it compiles it.
    assert cleandoc(found.docstring or "") == cleandoc(str(run["__doc__"]))


@pytest.mark.parametrize("size", [FIRST_READ - 10, FIRST_READ, 3 * FIRST_READ])
def test_a_header_behind_the_first_read(tmp_path: Path, size: int) -> None:
    """A long docstring, or a long import, before the header does not hide it."""
    doc = f'"""words\n\n{"é" * (size // 2)}\n"""\n'
    rest = PLAIN[PLAIN.index("from") :]
    assert header(tmp_path, doc + rest).revision == "a1"
    imports = "".join(f"import m{n}\n" for n in range(size // 10))
    assert header(tmp_path, imports + rest).down_revision is None


def test_labels_behind_the_functions(tmp_path: Path) -> None:
    """Names that stand at the end of the file are found."""
    text = "revision = 'a'\ndown_revision = None\ndef upgrade():\n  pass\n\nbranch_labels = 'x'\n"
    assert header(tmp_path, text).branch_labels == ("x",)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        b"# -*- coding: latin-1 -*-\n" + PLAIN.replace("users", "caf\xe9").encode("latin-1"),
        PLAIN.replace("users", r"\N{BULLET} \\d \"x\"").encode(),
        b"#!/usr/bin/env python\nr" + PLAIN.encode(),
    ],
)
def test_encodings_and_line_ends(tmp_path: Path, data: bytes) -> None:
    """Windows' line ends, a byte order mark, a coding cookie and escapes are read."""
    found = header(tmp_path, data)
    assert found.revision == "a1"
    assert "\r" not in found.docstring


def test_nothing_is_executed(tmp_path: Path) -> None:
    """A file that would leave a trace leaves none."""
    trace = tmp_path / "trace"
    header(tmp_path, f"open({str(trace)!r}, 'w')\n{PLAIN[PLAIN.index('rev') :]}")
    assert not trace.exists()


@pytest.mark.parametrize(
    "lines",
    [
        "revision = 'a1'\ndown_revision = None",
        "revision = 'a1'\ndown_revision = (\n    None\n)",
    ],
)
def test_a_broken_body_does_not_hide_the_header(tmp_path: Path, lines: str) -> None:
    """The header of a file whose functions are no Python is still read."""
    assert header(tmp_path, f"{lines}\n\ndef upgrade():\n    op.(\n").revision == "a1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "has no 'revision'.*versions folder"),
        ("", "has no 'revision'"),
        ("if True:\n    revision = 'a'\n", "has no 'revision'"),
        ("revision = 'a'\n", "has no 'down_revision'.*None"),
        ("revision = name()\ndown_revision = None\n", "line 1: the value of 'revision'"),
        ("revision = 7\ndown_revision = None\n", "the value of 'revision'"),
        ("revision = 'a'\n\ndown_revision = [x]\n", "line 3: the value of 'down_revision'"),
        ("revision = 'a'\ndown_revision = None\ndepends_on = {1: 2}\n", "'depends_on'"),
        ("revision = 'a'\ndown_revision = (1, 2)\n", "'down_revision'"),
        ("revision = 'a\n", "line 1 is not valid Python"),
        ("revision = 'a'\n<<<<<<< HEAD\ndown_revision = 'b'\n", "line 2.*merge in git"),
        (
            "revision = 'a'\n<<<<<<< H\ndown_revision = 'b'\n=======\n>>>>>>> x\n\ndef f(): pass",
            "line 2.*merge in git",
        ),
        ("revision = 'a'\0\n", "not valid Python"),
    ],
)
def test_what_is_no_revision(tmp_path: Path, text: str, words: str) -> None:
    """A file that cannot be read names itself, the line if there is one, and a way out."""
    with pytest.raises(BrokenRevisionFile, match=rf"(?s)a\.py'.*{words}"):
        header(tmp_path, text)


def test_an_unreadable_file(tmp_path: Path) -> None:
    """A link to nowhere is an error that names it."""
    (tmp_path / "b.py").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BrokenRevisionFile, match=r"b\.py' cannot be opened: No such file"):
        read_header(str(tmp_path / "b.py"))


def test_an_id_in_the_file_name_alone(tmp_path: Path) -> None:
    """A hexadecimal file name stands for a missing 'revision'."""
    assert header(tmp_path, "down_revision = None\n", "1a2b.py").revision == "1a2b"


@pytest.mark.parametrize(
    "lines",
    [
        "revision: str = 'b'\ndown_revision: str | None = ('a', 'c')\nbranch_labels = None",
        "revision = 'b'\ndown_revision = ['a', 'c']",
        "revision = 'b'\nx = print\ndown_revision = 'a', 'c'",
    ],
)
def test_byte_code(tmp_path: Path, lines: str) -> None:
    """The header in byte code is read from its constants; it is not executed either."""
    source = tmp_path / "b.py"
    source.write_text(f'"""words"""\n{lines}\ndepends_on = ["x", "y", "z"]\nraise SystemExit\n')
    path = py_compile.compile(str(source), str(tmp_path / "b.pyc"))
    assert path is not None
    assert read_header(path) == ("b", ("a", "c"), (), ("x", "y", "z"), "words")


@pytest.mark.parametrize(("data", "words"), [(b"abc", "another version"), (None, "is damaged")])
def test_byte_code_that_is_none(tmp_path: Path, data: bytes | None, words: str) -> None:
    """Byte code of another Python, or a part of it, is refused in words."""
    (tmp_path / "b.py").write_text("revision = 'b'\n")
    path = tmp_path / "b.pyc"
    py_compile.compile(str(tmp_path / "b.py"), str(path))
    path.write_bytes(path.read_bytes()[:30] if data is None else data)
    with pytest.raises(BrokenRevisionFile, match=words):
        read_header(str(path))


def test_computed_byte_code(tmp_path: Path) -> None:
    """A computed parent in byte code is refused; it is not taken for a base."""
    (tmp_path / "b.py").write_text("revision = 'b'\ndown_revision = str(1)\n")
    path = py_compile.compile(str(tmp_path / "b.py"), str(tmp_path / "b.pyc"))
    assert path is not None
    with pytest.raises(BrokenRevisionFile, match="'down_revision' is not written as a text"):
        read_header(path)
