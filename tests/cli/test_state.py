"""Status, history, changed files, and what has to be said before rows are destroyed."""

from __future__ import annotations

import json
import os

import pytest
import sqlalchemy as sa


def change(project, old="op.create_table", new="print(1); op.create_table", name="b2bb"):
    path = project.folder / "migrations" / "versions" / f"{name}_.py"
    path.write_text(path.read_text().replace(old, new, 1))


def insert(project, table="t_c3cc"):
    with project.app.app_context(), project.db.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} VALUES (1)"))


class TestStatus:
    def test_it_tells_where_the_database_is_and_what_is_pending(self, chain):
        """Rows, pending revisions with their messages, and nothing odd."""
        chain.ok("upgrade", "a1aa")
        said = chain.ok("status")
        assert "at 'a1aa'" in said
        assert "2 pending:" in said
        assert "b2bb step b2bb" in said
        assert "changed" not in said

    def test_for_programs_it_is_json(self, chain):
        """The same with the names of fields."""
        chain.ok("upgrade", "a1aa")
        (found,) = json.loads(chain.ok("status", "--json"))
        assert found["rows"] == ["a1aa"]
        assert [one["revision"] for one in found["pending"]] == ["b2bb", "c3cc"]

    def test_the_models_are_compared_if_asked_for(self, chain):
        """With a database that is behind, too; else the field says that nobody asked."""
        chain.ok("upgrade")
        assert "the models differ" not in chain.ok("status")
        said = chain.ok("status", "--diff")
        assert "  the models differ from it\n    " in said
        assert "drop table 't_a1aa'" in said
        (found,) = json.loads(chain.ok("status", "--json"))
        assert found["differences"] is None
        (found,) = json.loads(chain.ok("status", "--json", "--diff"))
        assert any("t_a1aa" in words for words in found["differences"])

    def test_a_changed_file_is_reported_by_status_and_upgrade(self, chain):
        """A warning by default, with the file, and the exit code is 0."""
        chain.ok("upgrade")
        change(chain)
        assert "changed since it was run: b2bb" in chain.ok("status")
        result = chain.run("upgrade")
        assert result.exit_code == 0
        assert "1 applied revision has changed since it was run: 'b2bb' in" in result.output

    @pytest.mark.parametrize("size", [3_000, 40_000])
    def test_a_change_far_behind_the_header_is_seen(self, chain, size):
        """In files of any length, of which the header alone is read at first."""
        change(chain, "def upgrade", f"# {'x' * size}\n\n\ndef upgrade")
        chain.ok("upgrade")
        assert "changed" not in chain.run("upgrade").output
        change(chain)
        assert "changed since it was run: 'b2bb'" in chain.run("upgrade").output

    def test_what_was_taken_back_does_not_count(self, chain):
        """A file of which nothing is in the database may be changed."""
        chain.ok("upgrade")
        chain.ok("downgrade", "a1aa", "--yes")
        change(chain)
        assert "changed" not in chain.run("upgrade", "a1aa").output

    def test_an_upgrade_with_nothing_to_do_opens_each_file_once(self, chain, monkeypatch):
        """The digest is taken when the header is read."""
        chain.ok("upgrade")
        opened = []
        plain = os.open

        def counted(path, *rest, **named):
            opened.append(str(path))
            return plain(path, *rest, **named)

        monkeypatch.setattr(os, "open", counted)
        chain.ok("upgrade")
        assert len([path for path in opened if path.endswith("b2bb_.py")]) == 1

    def test_check_tells_of_it_and_strict_is_an_error(self, make_project):
        """Exit code 8, also for programs that read JSON."""
        project = make_project(settings={"SCHEMAVER_CHECKSUMS": "strict"})
        project.ok("init")
        project.write("b2bb", None, 'op.create_table("product", sa.Column("id", sa.Integer))')
        project.ok("upgrade")
        change(project)
        assert project.run("check").exit_code == 8
        assert '"changed_revision"' in project.run("check", "--json").output

    def test_check_warns_of_it_otherwise(self, chain):
        """Beside what it finds different."""
        chain.ok("upgrade")
        change(chain)
        assert "changed since it was run: 'b2bb'" in chain.run("check").output

    def test_comments_and_formatting_do_not_count(self, chain):
        """Nor do docstrings and the order of imports."""
        chain.ok("upgrade")
        change(chain, "import sqlalchemy as sa\nfrom", "# a licence\nfrom")
        change(chain, "import op\n", "import op\nimport sqlalchemy as sa\n")
        change(chain, "def upgrade():", 'def upgrade() -> None:\n    """Words."""')
        assert "changed" not in chain.ok("status")
        assert "Warning" not in chain.run("upgrade").output

    def test_strict_is_an_error_with_a_code_of_its_own(self, make_project):
        """And the word 'off' silences it."""
        project = make_project(settings={"SCHEMAVER_CHECKSUMS": "strict"})
        project.ok("init")
        project.write("b2bb", None, "pass")
        project.ok("upgrade")
        change(project, "pass", "print(1)")
        assert project.run("upgrade").exit_code == 8
        state = project.app.extensions["schemaver"]["db"]
        state.settings = state.settings.having("test", {"checksums": "off"})
        assert "changed" not in project.ok("upgrade")

    def test_accept_makes_the_file_the_known_one(self, chain):
        """The report is silent afterwards, and the history tells of it."""
        chain.ok("upgrade")
        change(chain)
        chain.ok("accept", "b2bb")
        assert "changed" not in chain.ok("status")
        assert "accept" in chain.ok("history", "--applied")

    def test_what_is_not_applied_cannot_be_accepted(self, chain):
        """The error names it."""
        chain.ok("upgrade", "a1aa")
        assert "'b2bb' is not applied" in chain.run("accept", "b2bb").output


def test_the_history_has_a_row_for_each_step_and_direction(chain):
    """With all that an audit asks for."""
    chain.ok("upgrade")
    chain.ok("downgrade", "-1")
    rows = json.loads(chain.ok("history", "--applied", "--json"))
    assert [(row["revision"], row["direction"]) for row in rows] == [
        ("a1aa", "upgrade"),
        ("b2bb", "upgrade"),
        ("c3cc", "upgrade"),
        ("c3cc", "downgrade"),
    ]
    assert rows[1]["parent"] == "a1aa"
    assert rows[1]["message"] == "step b2bb"
    assert rows[1]["status"] == "done"
    for name in ("started", "seconds", "user", "host", "process", "tool_version", "digest"):
        assert rows[0][name] is not None, name
    assert "upgrade   a1aa step a1aa" in chain.ok("history", "--applied")


class TestConsent:
    def test_a_downgrade_without_a_target_is_refused(self, chain):
        """It says how to write one."""
        chain.ok("upgrade")
        result = chain.run("downgrade")
        assert result.exit_code == 9
        assert "flask db downgrade -1" in result.output
        assert "t_c3cc" in chain.tables()

    def test_base_needs_yes_where_nobody_can_be_asked(self, chain):
        """Even of empty tables; with it, it goes through."""
        chain.ok("upgrade")
        result = chain.run("downgrade", "base")
        assert result.exit_code == 9
        assert "'t_c3cc' (0 rows)" in result.output
        assert "add '--yes'" in result.output
        assert "t_a1aa" in chain.tables()
        chain.ok("downgrade", "base", "--yes")
        assert chain.tables() == {"schemaver_version"}

    def test_a_table_with_rows_needs_yes_and_an_empty_one_does_not(self, chain):
        """Rows are counted before anything runs."""
        chain.ok("upgrade")
        insert(chain)
        result = chain.run("downgrade", "-1")
        assert result.exit_code == 9
        assert "'t_c3cc' (1 row)" in result.output
        chain.ok("downgrade", "-1", "--yes")
        chain.ok("downgrade", "-1")

    def test_a_protected_database_needs_its_name(self, chain):
        """Another name is none, and '--yes' is not enough."""
        chain.ok("upgrade")
        chain.ok("protect", "production")
        assert "protected as 'production'" in chain.ok("status")
        assert "base" not in chain.ok("history", "--applied").splitlines()[-1]
        for words in (["--yes"], ["--yes-destroy", "staging"]):
            result = chain.run("downgrade", "-1", *words)
            assert result.exit_code == 9
            assert "protected as 'production'" in result.output
        chain.ok("downgrade", "-1", "--yes-destroy", "production")
        chain.ok("protect", "--remove", "production")
        chain.ok("downgrade", "-1")

    def test_an_upgrade_goes_on_where_nobody_can_be_asked(self, chain):
        """The revision was reviewed; what it drops is said, of tables with rows alone."""
        chain.write("d4dd", "c3cc", 'op.drop_table("t_b2bb"); op.execute("DROP TABLE t_c3cc")')
        chain.ok("upgrade", "c3cc")
        insert(chain)
        result = chain.run("upgrade")
        assert result.exit_code == 0
        said = "The upgrade runs one revision and drops 't_b2bb' (0 rows), 't_c3cc' (1 row)."
        assert f"Warning: {said}" in result.output
        assert "t_c3cc" not in chain.tables()

    def test_an_upgrade_of_a_protected_database_that_drops_rows_needs_its_name(self, chain):
        """Of one that drops none it does not."""
        chain.write("d4dd", "c3cc", 'op.drop_table("t_c3cc")')
        chain.ok("upgrade", "b2bb")
        chain.ok("protect", "production")
        chain.ok("upgrade", "c3cc")
        insert(chain)
        result = chain.run("upgrade", "--yes")
        assert result.exit_code == 9
        assert "protected as 'production'" in result.output
        assert "t_c3cc" in chain.tables()
        chain.ok("upgrade", "--yes-destroy", "production")
        assert "t_c3cc" not in chain.tables()


@pytest.mark.parametrize(
    "words",
    [
        *((name,) for name in ("current", "heads", "branches", "history", "show", "upgrade")),
        *((name,) for name in ("graph", "doctor", "stamp", "repair", "edit", "ensure-version")),
        *((name,) for name in ("list-templates", "adopt")),
        ("downgrade", "-1", "--yes"),
        ("accept", "a1aa"),
        ("protect", "production"),
        ("init", "elsewhere"),
        ("revision", "-m", "next"),
        ("migrate", "-m", "next", "--allow-drop", "--no-renames"),
        ("merge", "a1aa", "b2bb", "--splice"),
    ],
)
def test_every_report_is_json_if_asked_for(chain, words, monkeypatch):
    """One document on standard output."""
    monkeypatch.setenv("EDITOR", "true")
    chain.ok("upgrade")
    json.loads(chain.run(*words, "--json").stdout)


class TestAhead:
    """The database is at a revision that this code has no file of."""

    def test_it_is_said_as_such_with_what_the_history_knows(self, chain):
        """When and by whom it was applied; exit code 6."""
        chain.ok("upgrade")
        (chain.folder / "migrations" / "versions" / "c3cc_.py").unlink()
        result = chain.run("upgrade")
        assert result.exit_code == 6
        assert "Its history says: 'c3cc' (step c3cc) was applied on" in result.output
        assert chain.run("accept", "b2bb").exit_code == 6

    def test_an_upgrade_may_only_warn(self, chain):
        """A rolled-back deployment starts all the same, if it is allowed to."""
        chain.ok("upgrade")
        (chain.folder / "migrations" / "versions" / "c3cc_.py").unlink()
        state = chain.app.extensions["schemaver"]["db"]
        state.settings = state.settings.having("test", {"on_database_ahead": "warn"})
        result = chain.run("upgrade")
        assert result.exit_code == 0, result.output
        assert "Its history says: 'c3cc'" in result.output
