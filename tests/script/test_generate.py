"""New revisions: where they hang, which file they get, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flask_schemaver.errors import (
    CommandError,
    ConfigError,
    DuplicateRevision,
    MultipleHeads,
    ResolutionError,
    RevisionError,
    ScriptError,
    TemplateError,
)
from flask_schemaver.script import ScriptDirectory

Write = Callable[..., Path]


def files(folder: Path) -> list[str]:
    """The names of all revision files, also of half-written ones."""
    return sorted(path.name for path in (folder / "versions").glob("**/*") if path.is_file())


class TestWriting:
    def test_the_first_and_the_second(self, directory: ScriptDirectory, folder: Path) -> None:
        """A new revision follows the head; a new reader finds what was written."""
        first = directory.generate_revision("a1", "Add users & roles")
        second = directory.generate_revision(None, "two")
        assert first.path == str(folder / "versions/a1_add_users_roles.py")
        assert (first.down_revision, first.doc) == (None, "Add users & roles")
        assert second.down_revision == "a1"
        assert len(second.revision) == 12
        assert int(second.revision, 16) >= 0
        assert directory.get_current_head() == second.revision
        assert ScriptDirectory(folder).get_current_head() == second.revision
        assert len(files(folder)) == 2
        second.function("upgrade")()

    def test_what_goes_into_the_template(self, folder: Path) -> None:
        """The documented variables, and all that the caller adds."""
        (folder / "script.py.mako").write_text(
            "# ${message} ${create_date.year} ${config} ${down_revision | comma,n} ${mine}\n"
            "${imports}\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
            "branch_labels = ${repr(branch_labels)}\ndepends_on = ${repr(depends_on)}\n"
            "def upgrade():\n    ${upgrades if upgrades else 'pass'}\n"
        )
        directory = ScriptDirectory(folder)
        directory.generate_revision("a1", None, mine=1)
        directory.generate_revision("b2", "x", head="base", mine=2)
        script = directory.generate_revision(
            "m3",
            "joined",
            head="heads",
            depends_on=["a1"],
            branch_labels="shop",
            imports="import os",
            upgrades="os.getcwd()",
            config="settings",
            mine=3,
        )
        year = datetime.now().year  # noqa: DTZ005
        text = Path(script.path).read_text()
        assert text == (
            f"# joined {year} settings a1, b2 3\nimport os\nrevision = 'm3'\n"
            "down_revision = ('a1', 'b2')\nbranch_labels = ('shop',)\ndepends_on = 'a1'\n"
            "def upgrade():\n    os.getcwd()\n"
        )
        assert script.branch_labels == {"shop"}
        assert "# empty message" in (folder / "versions/a1_.py").read_text()

    @pytest.mark.parametrize(
        "message", ['say """hi"""', 'end"', r"C:\new \d", "two\n\nparagraphs", "ünï ✓", "${x} % y"]
    )
    def test_any_message(self, directory: ScriptDirectory, message: str) -> None:
        """Quotes, backslashes, line breaks and signs of the template come back as given."""
        script = directory.generate_revision(None, message)
        assert script.longdoc.startswith(message)
        script.function("upgrade")()

    def test_a_merge(self, directory: ScriptDirectory, write: Write) -> None:
        """Several heads are joined; the order is that of the call."""
        write("a1")
        write("b2", "a1")
        write("c3", "a1")
        script = directory.generate_revision("m4", "join", head=("c3", "b2"))
        assert script.down_revision == ("c3", "b2")
        assert directory.get_current_head() == "m4"

    def test_a_root_of_its_own(self, directory: ScriptDirectory, write: Write) -> None:
        """`base` begins another line."""
        write("a1")
        script = directory.generate_revision("x1", "other", head="base", branch_labels=["net"])
        assert script.is_base
        assert directory.get_bases() == ["a1", "x1"]
        assert directory.generate_revision("x2", "more", head="net@head").branch_labels == {"net"}

    def test_a_splice(self, directory: ScriptDirectory, write: Write) -> None:
        """Only with `splice` does a new revision follow one that is no head."""
        write("a1")
        write("b2", "a1")
        with pytest.raises(RevisionError, match=r"'a1' .*is no head: 'b2' follows it.*--splice"):
            directory.generate_revision("c3", "x", head="a1")
        assert directory.generate_revision("c3", "x", head="a1", splice=True).down_revision == "a1"

    def test_dependencies(self, directory: ScriptDirectory, write: Write) -> None:
        """An abbreviated dependency is written in full, a label as it is."""
        write("a1")
        write("x1000", branch_labels="net")
        script = directory.generate_revision("b2", "b", head="a1", depends_on=["x10", "net"])
        assert script.dependencies == ("x1000", "net")
        assert directory.revision_map.needs("b2") == ("x1000",)


class TestPlaces:
    @pytest.fixture
    def several(self, folder: Path, write: Write) -> ScriptDirectory:
        """Two locations with a revision each."""
        write("a1", place="one")
        write("x1", place="two")
        locations = [folder / "one", folder / "two", folder / "three"]
        return ScriptDirectory(folder, version_locations=locations)

    def test_beside_the_parent(self, several: ScriptDirectory, folder: Path) -> None:
        """With several locations, a file goes where its parent is."""
        assert several.generate_revision("x2", "x", head="x1").path == str(folder / "two/x2_x.py")

    def test_a_base_needs_a_place(self, several: ScriptDirectory) -> None:
        """A root has no parent, so the location must be named."""
        with pytest.raises(ConfigError, match="--version-path"):
            several.generate_revision("y1", "y", head="base")

    def test_a_named_place_is_made(self, several: ScriptDirectory, folder: Path) -> None:
        """A location that is not there yet is made."""
        place = folder / "three"
        script = several.generate_revision("y1", "y", head="base", version_path=place)
        assert script.path == str(place / "y1_y.py")

    def test_a_place_that_is_not_read(self, several: ScriptDirectory, folder: Path) -> None:
        """A folder that is no location would hide the file."""
        with pytest.raises(ConfigError, match="none of the version locations"):
            several.generate_revision("y1", "y", head="a1", version_path=folder / "four")


class TestNames:
    def test_every_token(self, folder: Path) -> None:
        """The template of the name may hold the parts of the time, formatted as numbers."""
        template = (
            "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d%(second).2d-%(epoch)d-"
            "%(rev)s_%(slug)s"
        )
        directory = ScriptDirectory(folder, file_template=template, timezone="utc")
        script = directory.generate_revision("a1", "Add it")
        date, epoch, rest = script.filename.split("-")
        made = datetime.strptime(f"{date}+0000", "%Y_%m_%d_%H%M%S%z")
        assert made.timestamp() == int(epoch)
        assert rest == "a1_add_it.py"
        assert abs(datetime.now(made.tzinfo) - made) < timedelta(minutes=1)
        assert "+00:00" in script.longdoc

    def test_folders_in_the_name(self, folder: Path) -> None:
        """A name with a folder needs the option that such a file is found by."""
        template = "%(year)d/%(rev)s"
        with pytest.raises(ConfigError, match="recursive_version_locations = true"):
            ScriptDirectory(folder, file_template=template).generate_revision("a1", "x")
        directory = ScriptDirectory(
            folder, file_template=template, recursive_version_locations=True
        )
        assert directory.generate_revision("a1", "x").filename == "a1.py"
        again = ScriptDirectory(folder, recursive_version_locations=True)
        assert again.get_current_head() == "a1"

    def test_a_name_for_one_revision(self, directory: ScriptDirectory) -> None:
        """A call may bring a template of its own."""
        script = directory.generate_revision("a1", "x", file_template="mine_%(rev)s")
        assert script.filename == "mine_a1.py"


class TestRefusals:
    """Nothing is written when something is refused."""

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            ({"revid": "a1"}, DuplicateRevision, r"'a1' is taken by revision 'a1' \(words of a1"),
            ({"revid": "shop"}, DuplicateRevision, "taken by revision 'a1'"),
            ({"revid": "x-1"}, RevisionError, "contains '-'"),
            ({"revid": "heads"}, RevisionError, "word of the command line"),
            ({"revid": "x" * 256}, RevisionError, "256 characters"),
            ({"head": "zz"}, ResolutionError, "is called 'zz'"),
            ({"head": ["a1", "a1"]}, RevisionError, "'a1' is given twice"),
            ({"depends_on": "zz"}, ResolutionError, "is called 'zz'"),
            ({"branch_labels": "shop"}, RevisionError, "is already that of 'a1'"),
            ({"branch_labels": "a1"}, RevisionError, "is the id of a revision"),
            ({"branch_labels": "a@b"}, RevisionError, "cannot be used in a symbol"),
            ({"file_template": "%(revv)s"}, ConfigError, "cannot be filled in: KeyError 'revv'"),
            ({"file_template": "%(rev"}, ConfigError, "cannot be filled in"),
            ({"file_template": "a1_file"}, ScriptError, "is there already"),
            (
                {"upgrades": "x ="},
                TemplateError,
                r"line 15 is not valid Python: invalid syntax: 'x ='",
            ),
        ],
    )
    def test_what_cannot_be(
        self,
        directory: ScriptDirectory,
        folder: Path,
        write: Write,
        arguments: dict[str, object],
        error: type[CommandError],
        words: str,
    ) -> None:
        """Ids, parents, labels and names are checked first."""
        write("a1", branch_labels="shop")
        with pytest.raises(error, match=words):
            directory.generate_revision(**{"revid": None, "message": "x", **arguments})  # type: ignore[arg-type]
        assert files(folder) == ["a1_file.py"]
        assert directory.get_heads() == ["a1"]

    def test_several_heads(self, directory: ScriptDirectory, write: Write) -> None:
        """Without a choice between heads, the option that chooses is named."""
        write("a1")
        write("b2")
        with pytest.raises(MultipleHeads, match=r"'a1'.*'b2'.*flask db merge.*--head"):
            directory.generate_revision(None, "x")

    def test_a_template_without_labels(self, folder: Path) -> None:
        """A template that drops what it is given is named, before it can do harm."""
        text = (folder / "script.py.mako").read_text()
        (folder / "script.py.mako").write_text(
            "\n".join(line for line in text.splitlines() if "branch_labels" not in line)
        )
        directory = ScriptDirectory(folder)
        directory.generate_revision("a1", "x")
        with pytest.raises(
            TemplateError, match=r"script\.py\.mako' does not write 'branch_labels'"
        ):
            directory.generate_revision("b2", "x", branch_labels="shop")
        assert files(folder) == ["a1_x.py"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("${nothing}", "line 1 cannot be filled in: NameError"),
            ("x\n% if x:\n", "cannot be filled in"),
            ("a\n${1 / 0}", "line 2 cannot be filled in: ZeroDivisionError"),
        ],
    )
    def test_a_broken_template(self, folder: Path, text: str, words: str) -> None:
        """An error in the template names its file and line."""
        (folder / "script.py.mako").write_text(text)
        with pytest.raises(TemplateError, match=rf"script\.py\.mako'.*{words}"):
            ScriptDirectory(folder).generate_revision("a1", "x")

    def test_no_template(self, folder: Path) -> None:
        """A folder without a template says where one comes from."""
        (folder / "script.py.mako").unlink()
        with pytest.raises(TemplateError, match="cannot be read: No such file"):
            ScriptDirectory(folder).generate_revision("a1", "x")

    def test_a_folder_that_cannot_be_written(self, folder: Path) -> None:
        """A file where the folder should be is told without a traceback."""
        directory = ScriptDirectory(folder, version_locations=[folder / "script.py.mako" / "v"])
        with pytest.raises(CommandError):
            directory.generate_revision("a1", "x")
