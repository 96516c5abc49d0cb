"""A migrations folder to write into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flask_schemaver.script import ScriptDirectory

TEMPLATE = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty migrations folder with a template and without any revision."""
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "script.py.mako").write_text(TEMPLATE)
    return made


@pytest.fixture
def directory(folder: Path) -> ScriptDirectory:
    """The folder as a ScriptDirectory."""
    return ScriptDirectory(folder)


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Write a revision file by hand: `write("b", "a", body="...", place="versions")`."""

    def written(
        id_: str,
        parent: str | None = None,
        *,
        body: str = "",
        place: str = "versions",
        **extra: object,
    ) -> Path:
        path = folder / place / f"{id_}_file.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"revision = {id_!r}", f"down_revision = {parent!r}"]
        lines += [f"{name} = {value!r}" for name, value in extra.items()]
        path.write_text(
            f'"""words of {id_}\n\nmore words\n"""\n' + "\n".join(lines) + f"\n\n{body}"
        )
        return path

    return written
