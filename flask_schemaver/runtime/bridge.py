"""Lets synchronous code use an engine whose driver is asynchronous, wherever it is called from.

SQLAlchemy's asynchronous drivers hand what they wait for to the parent of the greenlet that they
run in. Here that parent is a loop of its own: it runs only while something is waited for, so the
code in between may start loops itself, as the env.py of Alembic's template for them does. In a
thread that has a running loop already, all of it happens in a thread beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")

_MARK = "__sqlalchemy_greenlet_provider__"


def run(function: Callable[[], T]) -> T:
    """Call `function`, in which engines with an asynchronous driver then work like others."""
    import greenlet  # type: ignore[import-untyped, unused-ignore]

    if getattr(greenlet.getcurrent(), _MARK, False):
        return function()
    if not _loop_is_running():
        return _bridged(function)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, thread_name_prefix="flask_schemaver") as pool:
        return pool.submit(copy_context().run, _bridged, function).result()


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _bridged(function: Callable[[], T]) -> T:
    import greenlet

    child = greenlet.greenlet(function)
    setattr(child, _MARK, True)
    child.gr_context = copy_context()
    with asyncio.Runner() as runner:
        result = child.switch()
        while not child.dead:
            try:
                value = runner.run(_awaited(result))
            except BaseException as failure:
                result = child.throw(failure)
            else:
                result = child.switch(value)
    outcome: T = result
    return outcome


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
