"""Many processes of `flask db upgrade` on one database at once; some may be killed meanwhile."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from typing import Any

from .chain import Chain
from .stops import Make, Move, Round, content, difference, forked


def rounds(chain: Chain, make: Make, processes: int, count: int) -> Iterator[Round]:
    """All processes end well, and the database is that of one alone."""
    wanted = _alone(make, chain.upgrade)
    for number in range(count):
        with make() as url:
            started = [chain.process(url, "upgrade") for _ in range(processes)]
            said = [process.communicate()[0] for process in started]
            codes = [process.returncode for process in started]
            bad = [
                f"exit code {code}: {text}" for code, text in zip(codes, said, strict=True) if code
            ]
            found = content(url)
        yield Round(f"round {number}", True, "; ".join(bad) or difference(found, wanted))


def killed(make: Make, move: Move, processes: int, count: int, seed: int) -> Iterator[Round]:
    """Half of the processes are killed at random moments; the others finish the work."""
    chance = random.Random(seed)
    wanted = _alone(make, move)
    for number in range(count):
        with make() as url:
            began = time.monotonic()
            children = [forked(url, move) for _ in range(processes)]
            for moment, child in sorted((chance.uniform(0, 2), child) for child in children[::2]):
                time.sleep(max(began + moment - time.monotonic(), 0))
                child.kill()
            ended = [child.wait() for child in children]
            bad = [f"status {status}" for status in ended[1::2] if status]
            wrong = "; ".join(bad) or difference(content(url), wanted)
        yield Round(f"crowd {number}", any(map(os.WIFSIGNALED, ended)), wrong)


def _alone(make: Make, move: Move) -> dict[str, Any]:
    with make() as url:
        move(url)
        return content(url)
