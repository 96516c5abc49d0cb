"""The migrations folder: what is read from it, and when."""

from __future__ import annotations

import compileall
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from counting import lines_run

from flask_schemaver.config import Config
from flask_schemaver.errors import (
    BrokenRevisionFile,
    CommandError,
    ConfigError,
    CycleDetected,
    DuplicateRevision,
    MultipleHeads,
    NoScriptDirectory,
    RevisionError,
    ScriptError,
    UnknownDatabaseRevision,
    UnknownParent,
)
from flask_schemaver.runtime.planner import plan_upgrade
from flask_schemaver.script import ScriptDirectory

Write = Callable[..., Path]


def heads(folder: Path, **options: object) -> list[str]:
    """The heads of a folder."""
    return ScriptDirectory(folder, **options).get_heads()  # type: ignore[arg-type]


class TestReading:
    def test_a_line(self, directory: ScriptDirectory, write: Write) -> None:
        """Files become a graph; its ends and its steps can be asked for."""
        write("a1")
        write("b2", "a1")
        write("c3", "b2")
        assert directory.get_heads() == ["c3"]
        assert directory.get_current_head() == "c3"
        assert directory.get_bases() == ["a1"]
        assert directory.get_base() == "a1"
        assert [s.revision for s in directory.walk_revisions()] == ["c3", "b2", "a1"]
        assert [s.revision for s in directory.walk_revisions("a1", "b2")] == ["b2", "a1"]
        assert [s.revision for s in directory.iterate_revisions("c3", "a1")] == ["c3", "b2"]
        assert directory.as_revision_number("head") == "c3"
        assert directory.as_revision_number("heads") == ("c3",)
        assert directory.as_revision_number("b") == "b2"
        assert directory.as_revision_number("base") is None
        assert directory.as_revision_number(None) is None

    def test_computed_identifiers(self, directory: ScriptDirectory) -> None:
        """A file that computes one is run to know it; a result that is no text is an error."""
        folder = Path(directory.versions)
        folder.mkdir(exist_ok=True)
        head = '"What it does"\nimport string\nrevision = "a1"\ndown_revision = None\n'
        file = folder / "a1.py"
        file.write_text(f"{head}branch_labels = (string.digits[:2].replace('0', 'x'),)\n")
        (script,) = directory.get_revisions("x1@head")
        assert (script.revision, script.branch_labels, script.doc) == ("a1", {"x1"}, "What it does")
        file.write_text(f"{head}branch_labels = (string.capwords,)\n")
        with pytest.raises(BrokenRevisionFile, match="'branch_labels' is not written as a text"):
            heads(Path(directory.dir))
        file.write_text(f"{head}branch_labels = (string.nothing,)\n")
        with pytest.raises(BrokenRevisionFile, match=r"a1\.py', line 5 fails when it is loaded"):
            heads(Path(directory.dir))

    def test_an_empty_folder(self, directory: ScriptDirectory) -> None:
        """Without files, and without the versions folder, there is nothing and no error."""
        assert directory.get_heads() == []
        assert directory.get_current_head() is None
        assert directory.get_base() is None
        assert list(directory.walk_revisions()) == []

    def test_nothing_is_executed(self, folder: Path, write: Write) -> None:
        """A file that fails when it is run does not stop the others from being read."""
        write("a1", body="raise SystemExit(1)\n")
        write("b2", "a1", body="def upgrade(:\n")
        assert heads(folder) == ["b2"]

    def test_what_is_no_revision_file(self, folder: Path, write: Write) -> None:
        """Locks of editors, packages, other endings and folders are passed over."""
        write("a1")
        versions = folder / "versions"
        for name in (".#a1.py", "__init__.py", "notes.txt", "a.py.orig"):
            (versions / name).write_text("no Python")
        (versions / "folder.py").mkdir()
        assert heads(folder) == ["a1"]

    def test_several_locations(self, folder: Path, write: Write) -> None:
        """Revisions of several folders are one graph; a folder that is named twice counts once."""
        write("a1", place="one")
        write("b2", "a1", place="two/deep")
        one, two = folder / "one", folder / "two"
        assert heads(folder, version_locations=[one, two / "deep", one]) == ["b2"]
        assert heads(folder, version_locations=[one, two]) == ["a1"]
        several = ScriptDirectory(folder, version_locations=[one, two])
        with pytest.raises(ConfigError, match="several version locations"):
            _ = several.versions
        assert ScriptDirectory(folder).versions == str(folder / "versions")

    def test_recursive_locations(self, folder: Path, write: Write) -> None:
        """With the option, sub-folders are read too, and overlapping ones once."""
        write("a1")
        write("b2", "a1", place="versions/2026/11")
        versions = folder / "versions"
        assert heads(folder) == ["a1"]
        assert heads(folder, recursive_version_locations=True) == ["b2"]
        locations = [versions / "2026", versions]
        assert heads(folder, recursive_version_locations=True, version_locations=locations) == [
            "b2"
        ]

    @pytest.mark.parametrize("legacy", [True, False])
    def test_without_sources(self, folder: Path, write: Write, legacy: bool) -> None:
        """With the option, byte code is read, beside its source or in `__pycache__`, and runs."""
        source = write("a1", body="def upgrade(): return 42\n")
        write("b2", "a1")
        compileall.compile_dir(str(folder), quiet=1, legacy=legacy)
        assert heads(folder, sourceless=True) == ["b2"]
        source.unlink()
        if not legacy:
            (folder / "versions/__pycache__/a1_file.cpython-20.pyc").write_bytes(b"")
        with pytest.raises(UnknownParent):
            heads(folder)
        directory = ScriptDirectory(folder, sourceless=True)
        script = directory.get_revision("a1")
        assert script is not None
        assert script.module.upgrade() == 42
        assert script.doc == "words of a1"

    def test_a_location_in_a_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write
    ) -> None:
        """`package:folder` is the folder in an installed package."""
        (tmp_path / "migrations/__init__.py").touch()
        write("a1", place="more/versions")
        monkeypatch.syspath_prepend(tmp_path)
        assert heads(tmp_path, version_locations=["migrations:more/versions"]) == ["a1"]
        with pytest.raises(NoScriptDirectory, match="no installed package"):
            heads(tmp_path, version_locations=["nowhere_at_all:versions"])

    def test_the_tips_that_rows_include(self, directory: ScriptDirectory, write: Write) -> None:
        """The rows of a database, and the heads that they include as dependencies."""
        write("a1", depends_on="x1")
        write("x1")
        found = directory.get_all_current(("a1",))
        assert {script.revision for script in found} == {"a1", "x1"}
        assert directory.get_heads(consider_depends_on=True) == ["a1"]

    def test_files_are_read_once(self, directory: ScriptDirectory, write: Write) -> None:
        """Making the object reads nothing; the first question reads all."""
        write("a1")
        assert directory.get_heads() == ["a1"]
        write("b2", "a1")
        assert directory.get_heads() == ["a1"]


class TestRefusals:
    """Each refusal names the files."""

    def test_no_folder(self, tmp_path: Path) -> None:
        """A missing folder says how to make it."""
        with pytest.raises(NoScriptDirectory, match=r"nowhere'.*flask db init"):
            ScriptDirectory(tmp_path / "nowhere")

    def test_another_folder(self, tmp_path: Path) -> None:
        """A folder of other files is told, and not taken for one without revisions."""
        (tmp_path / "0001_first.py").write_text("revision = '0001'")
        config = Config(config_args={"script_location": str(tmp_path)})
        with pytest.raises(NoScriptDirectory, match=r"neither 'env.py' nor 'versions'") as caught:
            ScriptDirectory.from_config(config)
        assert "'versions' of a new one" in str(caught.value.hint)

    def test_a_location_that_is_a_file(self, folder: Path) -> None:
        """A location that is a file is refused."""
        with pytest.raises(NoScriptDirectory, match="is a file"):
            heads(folder, version_locations=[folder / "script.py.mako"])

    def test_a_duplicate(self, folder: Path, write: Write) -> None:
        """A duplicate id names both files."""
        write("a1")
        write("a1", place="versions/more")
        with pytest.raises(DuplicateRevision, match=r"versions/a1_f.* and .*versions/more/a1_f"):
            heads(folder, recursive_version_locations=True)

    def test_an_unknown_parent(
        self, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Below the working directory, a path is shown from there."""
        monkeypatch.chdir(folder.parent)
        write("b2", "gone")
        with pytest.raises(UnknownParent) as caught:
            heads(folder)
        assert caught.value.message == (
            "Revision 'b2' (words of b2, migrations/versions/b2_file.py) follows 'gone', which no "
            "file has."
        )

    def test_a_ring(self, folder: Path, write: Write) -> None:
        """A ring names each of its files."""
        write("a1", "b2")
        write("b2", "a1")
        with pytest.raises(CycleDetected, match=r"a1_file\.py.*follows 'b2'.*b2_file\.py"):
            heads(folder)

    def test_an_odd_id(self, folder: Path, write: Write) -> None:
        """An id that no symbol can hold names its file."""
        write("a1").write_text("revision = 'a-1'\ndown_revision = None\n")
        with pytest.raises(RevisionError, match=r"'a-1' in '.*a1_file\.py' contains '-'"):
            heads(folder)

    def test_two_heads(self, directory: ScriptDirectory, write: Write) -> None:
        """Two heads are named with their words and files, and the merge command."""
        write("a1")
        write("b2", "a1")
        write("c3", "a1")
        with pytest.raises(MultipleHeads) as caught:
            directory.get_current_head()
        for part in ("'b2' (words of b2, ", "c3_file.py)", "flask db merge"):
            assert part in str(caught.value)

    def test_a_file_without_revision(self, folder: Path, write: Write) -> None:
        """Another Python file among the revisions is named."""
        write("a1")
        (folder / "versions/tools.py").write_text("def tool(): pass\n")
        with pytest.raises(BrokenRevisionFile, match=r"tools\.py' has no 'revision'"):
            heads(folder)


class TestPruning:
    """Old files are deleted, and the oldest that is kept becomes the base."""

    def test_it_just_works(self, directory: ScriptDirectory, folder: Path, write: Write) -> None:
        """A newer database goes on; an older one is told what is gone and what is there."""
        write("a1").unlink()
        write("b2")
        write("c3", "b2")
        revisions = directory.revision_map
        assert plan_upgrade(revisions, ("b2",), "head").after == ("c3",)
        with pytest.raises(UnknownDatabaseRevision) as caught:
            plan_upgrade(revisions, ("a1",), "head")
        assert "at revision 'a1', which no file has" in caught.value.message
        oldest = f"oldest known revision is 'b2' (words of b2, {folder}/versions/b2_file.py)"
        assert oldest in caught.value.message

    def test_a_forgotten_edit(self, folder: Path, write: Write) -> None:
        """Where the oldest file still names the deleted one, the advice is the edit."""
        write("b2", "a1")
        with pytest.raises(UnknownParent, match=r"'down_revision = None' in '.*b2_file\.py'"):
            heads(folder)


class TestScript:
    def test_words_and_lines(self, directory: ScriptDirectory, write: Write) -> None:
        """A script shows itself in one line or in several."""
        path = write("a1", branch_labels="shop")
        write("b2", "a1", depends_on="x1")
        write("c3", "a1")
        write("x1")
        write("m4", ("b2", "c3"))
        first, second, merge = directory.get_revisions(["a1", "b2", "m4"])
        assert (first.doc, first.longdoc) == ("words of a1", "words of a1\n\nmore words")
        assert first.filename == "a1_file.py"
        assert first.cmd_format(False) == "a1 (branchpoint)"
        assert second.cmd_format(False, True, True, True) == "a1 (x1) -> b2 (shop), words of b2"
        assert merge.cmd_format(False, include_parents=True, current=True) == (
            "b2, c3 -> m4 (head) (current) (mergepoint)"
        )
        assert first.log_entry == (
            "Rev: a1 (branchpoint)\nParent: <base>\nBranches into: b2, c3\nBranch names: shop\n"
            f"Path: {path}\n\n    words of a1\n\n    more words\n"
        )
        assert merge.cmd_format(True).startswith("Rev: m4 (head) (mergepoint)\nMerges: b2, c3\n")
        effective = directory.get_revision("x1")
        assert effective is not None
        assert effective.cmd_format(False) == "x1 (effective head)"
        assert "Also depends on: x1" in second.log_entry

    def test_the_module_runs_once_and_stays_out_of_sys_modules(
        self, directory: ScriptDirectory, write: Write
    ) -> None:
        """The file is executed when its module is asked for, a single time."""
        write("a1", body="count = []\ndef upgrade(): count.append(1)\n")
        script = directory.get_revision("a1")
        assert script is not None
        script.module.upgrade()
        script.function("upgrade")()
        assert script.module.count == [1, 1]
        assert script.module.__name__ not in sys.modules
        assert script.module.__file__ == script.path

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("def upgrade(:\n", r"a1_file\.py', line 8 is not valid Python"),
            ("import nothing_at_all\n", "line 8 fails when it is loaded: ModuleNotFoundError"),
            ("def f():\n    1 / 0\nf()\n", "line 9 fails when it is loaded: ZeroDivisionError"),
            ("x = 1\n", r"a1_file\.py' has no function 'upgrade\(\)'"),
        ],
    )
    def test_a_broken_body(
        self, directory: ScriptDirectory, write: Write, body: str, words: str
    ) -> None:
        """A file that cannot be run names itself and the line, when it is run."""
        write("a1", body=body)
        script = directory.get_revision("a1")
        assert script is not None
        with pytest.raises(BrokenRevisionFile, match=words):
            script.function("upgrade")

    def test_advice_of_a_file_goes_up(self, directory: ScriptDirectory, write: Write) -> None:
        """An error of ours that a file raises while it is loaded is not wrapped."""
        body = "from flask_schemaver.errors import CommandError\nraise CommandError('so')\n"
        write("a1", body=body)
        script = directory.get_revision("a1")
        assert script is not None
        with pytest.raises(CommandError, match=r"^so$"):
            _ = script.module


class TestEnv:
    def test_it_is_executed_anew_each_time(self, folder: Path) -> None:
        """Each run is a fresh module, which is not kept."""
        trace = folder / "trace"
        (folder / "env.py").write_text(
            "import sys\nassert 'count' not in globals()\ncount = 1\n"
            f"assert __name__ not in sys.modules\nopen({str(trace)!r}, 'a').write('x')\n"
            f"assert __file__ == {str(folder / 'env.py')!r}\n"
        )
        directory = ScriptDirectory(folder)
        directory.run_env()
        directory.run_env()
        assert trace.read_text() == "xx"

    def test_several_threads(self, tmp_path: Path) -> None:
        """Threads that run the env.py of several folders do not meet."""
        results: dict[str, str] = {}
        barrier = threading.Barrier(4)

        def run(number: int) -> None:
            folder = tmp_path / f"folder{number}"
            folder.mkdir()
            (folder / "env.py").write_text(
                "import time\nmine = __file__\ntime.sleep(0.01)\nassert mine == __file__\n"
                f"open(__file__ + '.done', 'w').write('{number}')\n"
            )
            barrier.wait()
            ScriptDirectory(folder).run_env()
            results[folder.name] = (folder / "env.py.done").read_text()

        threads = [threading.Thread(target=run, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == {f"folder{number}": str(number) for number in range(4)}

    def test_what_it_raises_goes_up(self, folder: Path) -> None:
        """An error in env.py is not dressed up."""
        (folder / "env.py").write_text("raise KeyError('x')\n")
        with pytest.raises(KeyError):
            ScriptDirectory(folder).run_env()

    @pytest.mark.parametrize(
        ("text", "words"), [(None, "has no '.*env.py'"), ("x = (\n", "line 1 is not valid Python")]
    )
    def test_none_or_broken(self, folder: Path, text: str | None, words: str) -> None:
        """A missing env.py, or one that is no Python, is told in words."""
        if text:
            (folder / "env.py").write_text(text)
        with pytest.raises(ScriptError, match=words):
            ScriptDirectory(folder).run_env()


class TestConfig:
    def test_all_options(self, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """The options of a Config reach the folder."""
        monkeypatch.setattr(sys, "path", list(sys.path))
        write("a1", place="one/deep")
        config = Config()
        options = {
            "script_location": str(folder),
            "file_template": "%%(slug)s_%%(rev)s",
            "truncate_slug_length": "10",
            "timezone": "UTC",
            "output_encoding": "latin-1",
            "recursive_version_locations": "true",
            "path_separator": "newline",
            "version_locations": f"{folder / 'one'}\n{folder / 'two'}",
            "prepend_sys_path": str(folder),
        }
        for name, value in options.items():
            config.set_main_option(name, value)
        directory = ScriptDirectory.from_config(config)
        assert sys.path[0] == str(folder)
        assert directory.get_heads() == ["a1"]
        assert directory.file_template == "%(slug)s_%(rev)s"
        assert (directory.truncate_slug_length, directory.timezone) == (10, "UTC")
        assert directory.output_encoding == "latin-1"
        assert directory.version_locations == [str(folder / "one"), str(folder / "two")]

    def test_defaults(self, folder: Path) -> None:
        """Only the folder must be named."""
        (folder / "versions").mkdir()
        config = Config()
        config.set_main_option("script_location", str(folder))
        directory = ScriptDirectory.from_config(config)
        assert directory.file_template == "%(rev)s_%(slug)s"
        assert directory.truncate_slug_length == 40
        assert directory.versions == str(folder / "versions")
        assert directory.env_py_location == str(folder / "env.py")

    def test_no_folder_is_named(self) -> None:
        """Without 'script_location' the option is named."""
        with pytest.raises(NoScriptDirectory, match="'script_location' is missing"):
            ScriptDirectory.from_config(Config())

    def test_a_slug_length_that_is_no_number(self, folder: Path) -> None:
        """The option is named with its value."""
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("truncate_slug_length", "many")
        with pytest.raises(ConfigError, match="'truncate_slug_length' is 'many'"):
            ScriptDirectory.from_config(config)


def test_reading_grows_with_the_files(folder: Path) -> None:
    """A file more costs the same few lines, however many there are: its header alone is read."""
    versions = folder / "versions"
    versions.mkdir()
    text = (Path(__file__).parents[2] / "flask_schemaver/errors.py").read_text()
    costs = []
    for number in range(200):
        parent = f"'r{number - 1:05}'" if number else "None"
        (versions / f"r{number:05}_x.py").write_text(
            f'"""change {number}\n\nRevision ID: r{number:05}\nRevises: {parent}\n"""\n\n'
            f"revision: str = 'r{number:05}'\ndown_revision: str | None = {parent}\n"
            f"branch_labels: str | None = None\ndepends_on: str | None = None\n{text[:1500]}"
        )
        if number in (49, 99, 199):
            costs.append(lines_run(lambda: heads(folder)))
    first, second = (costs[1] - costs[0]) / 50, (costs[2] - costs[1]) / 100
    assert second < 1.1 * first
    assert first < 250


def test_importing_script_is_light() -> None:
    """The import brings neither SQLAlchemy nor Mako, and nothing else that is slow."""
    code = (
        "import sys; import flask_schemaver.script; "
        "print(*sorted({'sqlalchemy', 'mako', 'flask', 'typer', 'dataclasses', 'ast', 'uuid', "
        "'zoneinfo', 'datetime', 'subprocess', 'importlib.metadata', 'logging', 'inspect'}"
        " & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []
