"""`check`: an exit code per cause, JSON for programs, and both sides of each difference."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from .test_choices import models


def checked(project: Any, *words: str) -> tuple[int, dict[str, Any]]:
    result = project.run("check", "--json", *words)
    found: dict[str, Any] = json.loads(result.stdout)
    assert found["exit_code"] == result.exit_code
    assert result.exit_code == project.run("check").exit_code
    return result.exit_code, found


def test_nothing_pending_and_nothing_different(project: Any) -> None:
    """Then the exit code is 0."""
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    code, found = checked(project)
    assert code == 0
    assert found["ok"] is True
    assert found["model_tables"] == found["database_tables"] == 1
    assert found["database"].startswith("sqlite:///")


def test_revisions_that_are_pending(project: Any) -> None:
    """They have a code of their own."""
    project.ok("migrate", "-m", "first")
    code, found = checked(project)
    assert (code, found["cause"]) == (4, "pending")
    assert "flask db upgrade" in found["hint"]


def test_models_that_differ(project: Any) -> None:
    """The changes are told in words, and with both sides."""
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    models(project, sa.Column("price", sa.Integer), name="product")
    code, found = checked(project)
    assert (code, found["cause"]) == (1, "differences")
    assert found["changes"] == ["add column 'product.price'"]
    (why,) = found["explanations"]
    assert why["object"] == "column 'product.price'"
    assert why["compared"] == "in the models only"


def test_heads_that_have_parted(project: Any) -> None:
    """Two heads without labels are to be merged; branches with labels are meant."""
    project.write("a1aa", None)
    project.write("b2bb", "a1aa")
    project.write("c3cc", "a1aa")
    code, found = checked(project)
    assert (code, found["cause"]) == (5, "several_heads")
    assert "flask db merge heads" in found["hint"]


def test_a_database_that_is_ahead(project: Any) -> None:
    """A revision that no file has is in the database."""
    path = project.write("a1aa", None)
    project.ok("upgrade")
    path.unlink()
    project.write("b2bb", None)
    code, found = checked(project)
    assert (code, found["cause"]) == (6, "database_ahead")


def test_no_models(project: Any) -> None:
    """An empty metadata is told from a database that is to be emptied."""
    project.db.metadata.clear()
    _, found = checked(project)
    assert found["cause"] == "no_models"


def test_both_sides_of_a_difference(project: Any) -> None:
    """As written and as compared, and what compared them."""
    models(project, sa.Column("n", sa.Integer, server_default="1"), name="product")
    project.ok("migrate", "-m", "first")
    project.ok("upgrade")
    models(project, sa.Column("n", sa.BigInteger, server_default=sa.text("1 + 1")), name="product")
    result = project.run("check", "--explain")
    assert result.exit_code == 1
    assert "column 'product.n': default, as the server stores it" in result.stdout
    assert "database  '1'" in result.stdout
    assert "models    " in result.stdout
    assert "BIGINT" in result.stdout
    assert "column 'product.n': type" in project.run("migrate", "-m", "x", "--explain").stdout
