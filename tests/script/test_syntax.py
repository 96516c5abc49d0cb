"""Files are parsed by several threads of a program at once."""

from __future__ import annotations

import gc
import inspect
import sys
import threading

from flask_schemaver.script import header, syntax


class Knot:
    """Garbage that runs code when it is collected, in the middle of whatever runs then."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        sum(range(20))


def test_threads_do_not_disturb_each_other() -> None:
    """CPython's own parser fails here at most times, with SystemError."""
    source, failed = inspect.getsource(header), []

    def work() -> None:
        for _ in range(20):
            for _ in range(50):
                Knot()
            try:
                syntax.parsed(source)
            except SystemError as cause:
                failed.append(cause)

    switching, collecting = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(1)
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switching)
        gc.set_threshold(*collecting)
    assert not failed
