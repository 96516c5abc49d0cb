"""The page of pending revisions: who sees what, who may apply, and what `guard` says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_schemaver.guard.page import PATH

Behind = Callable[..., Flask]


def token_in(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found
    return found[1]


def test_pending_revisions_are_shown_with_their_sql(behind: Behind) -> None:
    """Message, file, SQL, how to turn it off; what a message says is text."""
    answer = behind().test_client().get("/goods?page=2")
    assert answer.status_code == 503
    assert "The database is behind the code" in answer.text
    assert "products have a &lt;price&gt;" in answer.text
    assert "CREATE TABLE product" in answer.text
    assert not re.search("BEGIN|COMMIT|schemaver_version", answer.text)
    assert "SCHEMAVER_GUARD" in answer.text
    assert "http:" not in answer.text.replace(PATH, "")
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_button_applies_and_leads_back(behind: Behind) -> None:
    """With the token; then the app answers, without a query of ours."""
    app = behind()
    client = app.test_client()
    token = token_in(client.get("/goods?page=2").text)
    answer = client.post(PATH, data={"token": token, "next": "/goods?page=2"})
    assert answer.status_code == 200
    assert "Applied" in answer.text
    assert 'href="/goods?page=2"' in answer.text
    assert client.get("/goods").text == "the goods"
    statements: list[str] = []
    engine = app.extensions["guarded"].state(app).engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert client.get("/goods").text == "the goods"
    assert statements == []


@pytest.mark.parametrize("data", [{}, {"token": "wrong"}, {"token": ""}])
def test_without_the_token_nothing_is_applied(behind: Behind, data: dict[str, str]) -> None:
    """A form of another site cannot know it."""
    app = behind()
    assert app.test_client().post(PATH, data=data).status_code == 403
    assert not app.extensions["guarded"].is_current(app)


def test_a_get_applies_nothing(behind: Behind) -> None:
    """Only a POST does."""
    app = behind()
    client = app.test_client()
    token = token_in(client.get("/").text)
    assert client.get(f"{PATH}?token={token}").status_code == 503
    assert not app.extensions["guarded"].is_current(app)


ELSEWHERE: list[dict[str, Any]] = [
    {"environ_overrides": {"REMOTE_ADDR": "10.0.0.7"}},
    {"environ_overrides": {"REMOTE_ADDR": "10.0.0.7"}, "headers": {"X-Forwarded-For": "127.0.0.1"}},
    {"headers": {"X-Forwarded-For": "10.0.0.7"}},
    {"headers": {"Forwarded": "for=10.0.0.7"}},
    {"headers": {"Host": "evil.example"}},
]


@pytest.mark.parametrize("options", ELSEWHERE)
def test_from_elsewhere_it_has_no_button(behind: Behind, options: dict[str, Any]) -> None:
    """Neither the SQL nor the token is sent, and the token would not help."""
    app = behind()
    client = app.test_client()
    token = token_in(client.get("/").text)
    text = client.get("/", **options).text
    assert "products have" in text
    assert "CREATE TABLE" not in text
    assert "<form" not in text
    assert client.post(PATH, data={"token": token}, **options).status_code == 403
    assert not app.extensions["guarded"].is_current(app)


def test_a_proxy_that_is_believed_opens_nothing(behind: Behind) -> None:
    """ProxyFix makes REMOTE_ADDR of a header; the address before counts too."""
    app = behind()
    app.wsgi_app = ProxyFix(app.wsgi_app)
    options = {
        "environ_overrides": {"REMOTE_ADDR": "10.0.0.7"},
        "headers": {"X-Forwarded-For": "127.0.0.1"},
    }
    assert "<form" not in app.test_client().get("/", **options).text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost:9999"}]
)
def test_a_post_from_another_site_is_refused(behind: Behind, headers: dict[str, str]) -> None:
    """Even with the token."""
    client = behind().test_client()
    token = token_in(client.get("/").text)
    assert client.post(PATH, data={"token": token}, headers=headers).status_code == 403


def test_the_way_back_stays_in_the_app(behind: Behind) -> None:
    """An address of another site is not followed."""
    client = behind().test_client()
    token = token_in(client.get("/").text)
    answer = client.post(PATH, data={"token": token, "next": "//evil.example/"})
    assert "evil.example" not in answer.text


def test_a_failing_revision_is_told_and_may_be_tried_again(
    behind: Behind, revision_file: Callable[..., Path]
) -> None:
    """What is wrong stands on the page; the button is there still."""
    app = behind()
    client = app.test_client()
    revision_file("c3cc", "b2bb", "broken", 'op.execute("nonsense")')
    token = token_in(client.get("/").text)
    answer = client.post(PATH, data={"token": token})
    assert answer.status_code == 503
    assert "nonsense" in answer.text
    assert "Try again" in answer.text


def test_a_database_ahead_or_several_heads_need_a_decision(
    behind: Behind, revision_file: Callable[..., Path], tmp_path: Path
) -> None:
    """There is no button then."""
    app = behind()
    other = revision_file("b3bb", "a1aa", "another", "pass")
    text = app.test_client().get("/").text
    assert "several heads" in text
    assert "<form" not in text
    other.unlink()
    app.extensions["guarded"].upgrade(app=app)
    (tmp_path / "migrations" / "versions" / "b2bb_.py").unlink()
    text = app.test_client().get("/").text
    assert "b2bb" in text
    assert "<form" not in text


@pytest.mark.parametrize("guard", ["off", "page"])
def test_without_debug_the_page_is_never_shown(behind: Behind, guard: str) -> None:
    """A server for others answers as if it were not there."""
    assert behind(debug=False, guard=guard).test_client().get("/goods").text == "the goods"


def test_warn_logs_once_and_error_refuses(
    behind: Behind, caplog: pytest.LogCaptureFixture, revision_file: Callable[..., Path]
) -> None:
    """Both work without debug."""
    app = behind(debug=False, guard="warn")
    client = app.test_client()
    assert [client.get("/goods").text for _ in range(2)] == ["the goods"] * 2
    assert len([r for r in caplog.records if "2 revisions are to be applied" in r.message]) == 1


def test_error_refuses_until_the_database_is_current(behind: Behind) -> None:
    """Without a restart."""
    app = behind(debug=False, guard="error")
    client = app.test_client()
    assert client.get("/goods").status_code == 503
    app.extensions["guarded"].upgrade(app=app)
    assert client.get("/goods").text == "the goods"


def test_programs_are_told_in_json(behind: Behind) -> None:
    """Whoever does not take HTML."""
    answer = behind().test_client().get("/goods", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.get_json()["databases"][0]["revisions"][1]["revision"] == "b2bb"


def test_the_health_view_tells_a_probe(behind: Behind) -> None:
    """503 until every database is current."""
    app = behind(guard="off")
    client = app.test_client()
    assert client.get("/readyz").status_code == 503
    app.extensions["guarded"].upgrade(app=app)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"current": True})


def test_programs_get_results_and_nothing_is_printed(
    behind: Behind, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status, upgrade and the question whether all is done, without an app context."""
    app = behind(guard="off")
    schemaver = app.extensions["guarded"]
    (before,) = schemaver.status(app)
    assert len(before.pending) == 2
    assert [one.step.script.revision for one in schemaver.upgrade(app=app).done] == ["a1aa", "b2bb"]
    assert schemaver.is_current(app)
    assert capsys.readouterr() == ("", "")


def test_a_project_without_a_folder_is_left_alone(tmp_path: Path, behind: Behind) -> None:
    """Before `flask db init` there is nothing to be behind of."""
    from shutil import rmtree

    app = behind()
    rmtree(tmp_path / "migrations")
    assert app.test_client().get("/goods").text == "the goods"
