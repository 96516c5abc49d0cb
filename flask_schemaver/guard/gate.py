"""What a request meets while a database of the app is not where its revision files are."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from ..errors import CannotConnect, CommandError
from .page import Done, Page
from .pending import Pending, pending

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

logger: Final = logging.getLogger(__name__)


class Gate:
    """Stands before an app until its databases are current; `is_open` then, for good."""

    def __init__(self, state: Any, wsgi_app: WSGIApplication) -> None:
        self._state = state
        self._wsgi_app = wsgi_app
        self._guard: str = state.settings.guard
        self._page = Page(
            state.name, state.settings.command, lambda: self._look(with_sql=True), self._upgrade
        )
        self._looking = Lock()
        self.is_open: bool = False

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the app answer if all is well, else do what the setting says."""
        with self._looking:
            found = () if self.is_open else self._found()
            if found and self._guard == "warn":
                for one in found:
                    logger.warning("%s Run 'flask db upgrade'.", one.message)
                self.is_open = True
        if self.is_open or not found:
            return self._wsgi_app(environ, start_response)
        if self._guard == "page":
            return self._page.answer(environ, start_response)
        return _refused(found, environ, start_response)

    def _found(self) -> Sequence[Pending]:
        """What is pending; nothing where that cannot be known, which is for the app to say."""
        if self._guard == "page" and not self._state.app.debug:
            self.is_open = True
            return ()
        try:
            found = self._look()
        except CannotConnect:
            return ()
        except CommandError as error:
            logger.info("The database was not looked at: %s", error)
            self.is_open = True
            return ()
        self.is_open = not found
        return found

    def _look(self, *, with_sql: bool = False) -> Sequence[Pending]:
        found: Sequence[Pending] = self._state.within(
            lambda: pending(self._state, with_sql=with_sql)
        )
        return found

    def _upgrade(self) -> Sequence[Done]:
        from .. import command

        with self._looking:
            moved = self._state.within(lambda: command.upgrade(self._state.config(), "heads"))
        return [
            Done(one.step.script.revision, one.step.script.doc, one.seconds) for one in moved.done
        ]


def _refused(
    found: Sequence[Pending], environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    from werkzeug.wrappers import Response

    for one in found:
        logger.error("%s Run 'flask db upgrade'.", one.message)
    return Response("The database is not at the app's revision.\n", 503)(environ, start_response)
