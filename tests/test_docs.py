from __future__ import annotations

import re
from pathlib import Path

import pytest

from flask_schemaver.cli.app import commands

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "example_app" / "README.md", *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file in the repository finds it."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith(("http:", "https:"))]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_command_is_in_the_readme() -> None:
    """The table of commands leaves none out and invents none."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Commands")[2].partition("\n\n## ")[0]
    named = set()
    for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", row)
        named |= {first.split()[2], *others}
    assert named - {"flask db COMMAND --help"} == set(commands().commands)


def test_readme_has_the_two_commands_of_the_set_up() -> None:
    """The blocks that CI runs are one line each, and the second one runs the tests."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert first.count("\n") == second.count("\n") == 1
    assert first.endswith("flask --app example_app db upgrade\n")
    assert "pytest" in second
