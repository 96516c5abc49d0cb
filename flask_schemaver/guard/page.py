"""The page that a request meets in development while revisions are pending, and its one button.

It is self-contained: no script, no font, no request to anywhere. Applying asks for a POST with the
token of this process, from this machine, to a name of this machine: a page of somebody else cannot
read the token, and a name that was made to point here is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from ..errors import CommandError
from .local import is_local, is_same_site
from .pending import Pending

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from jinja2 import Template

PATH = "/__schemaver__/upgrade"
"""Where the button posts to; nothing of the app is served there while the page is shown."""


class Done(NamedTuple):
    """A revision that the button has applied."""

    revision: str
    message: str
    seconds: float


class Page:
    """The page of one app; `upgrade` does the work and returns what was applied."""

    def __init__(
        self,
        name: str,
        command: str,
        look: Callable[[], Sequence[Pending]],
        upgrade: Callable[[], Sequence[Done]],
    ) -> None:
        self._name = name
        self._line = f"flask {command} upgrade"
        self._look = look
        self._upgrade = upgrade
        self._token = secrets.token_urlsafe(32)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: with the page, or with the outcome of its button."""
        request = Request(environ)
        if request.path == PATH and request.method == "POST":
            response = self._applied(request)
        elif _wants_page(request):
            target = quote(
                request.full_path.rstrip("?") if request.method == "GET" else "/", "/?=&"
            )
            target = target if request.path != PATH else "/"
            response = self._page(request, self._look(), next=target)
        else:
            told = [_plain(one) for one in self._look()]
            response = Response(_json({"error": "pending revisions", "databases": told}), 503)
            response.mimetype = "application/json"
        return response(environ, start_response)

    def _applied(self, request: Request) -> Response:
        if not (is_local(request.environ) and is_same_site(request.environ)):
            return Response("Revisions are applied from this machine alone.\n", 403)
        if not secrets.compare_digest(request.form.get("token", ""), self._token):
            return Response("The token is missing or old: load the page again.\n", 403)
        target = _own_path(request.form.get("next", "/"))
        try:
            done = self._upgrade()
        except CommandError as failure:
            return self._page(request, self._look(), next=target, failure=failure)
        left = self._look()
        return self._page(request, left, 503 if left else 200, next=target, done=done)

    def _page(
        self,
        request: Request,
        databases: Sequence[Pending],
        status: int = 503,
        *,
        next: str,
        done: Sequence[Done] | None = None,
        failure: CommandError | None = None,
    ) -> Response:
        local = is_local(request.environ)
        nonce = secrets.token_urlsafe(16)
        shown = databases if local else [_without_sql(one) for one in databases]
        text = _template().render(
            title=_title(databases, failure),
            app=self._name,
            databases=shown,
            count=len({r.revision for one in databases for r in one.revisions}),
            applicable=bool(databases) and not any(one.problem for one in databases),
            local=local,
            action=f"{request.root_path}{PATH}",
            token=self._token if local else "",
            next=f"{request.root_path}{next}",
            line=self._line,
            nonce=nonce,
            done=done,
            failure=failure,
        )
        response = Response(text, status, mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none';"
            " frame-ancestors 'none'"
        )
        return response


@cache
def _template() -> Template:
    from jinja2 import Environment

    text = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)


def _title(databases: Sequence[Pending], failure: CommandError | None) -> str:
    if not databases and failure is None:
        return "The database is up to date"
    if any(one.problem for one in databases):
        return "The database needs a decision"
    return "The database is behind the code"


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("Accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted


def _own_path(target: str) -> str:
    """A path of this app; never another site."""
    inside = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if inside and target != PATH else "/"


def _without_sql(one: Pending) -> Pending:
    return one._replace(revisions=tuple(r._replace(sql=None) for r in one.revisions))


def _plain(one: Pending) -> Mapping[str, Any]:
    revisions = [{"revision": r.revision, "message": r.message} for r in one.revisions]
    return {"database": one.database, "message": one.message, "revisions": revisions}


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
