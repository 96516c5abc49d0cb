"""Runs programs in turns, each in a process of its own, and tells what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """What one process took: CPU seconds in all and in the part measured, queries, memory."""

    process: float
    part: float
    queries: int
    megabytes: float


def run(program: str, arguments: tuple[str, ...], folder: Path) -> Cost:
    """Run a program; its last line is the CPU seconds of the measured part, and the queries."""
    command = [sys.executable, "-c", program, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines = process.stdout.read().decode().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"The program {command[2]!r} failed.")
    part, queries = lines[-1].split()
    return Cost(
        process=usage.ru_utime + usage.ru_stime,
        part=float(part),
        queries=int(queries),
        # Linux counts in kilobytes, macOS in bytes.
        megabytes=usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2),
    )


def compare(
    title: str,
    programs: Mapping[str, str],
    arguments: tuple[str, ...],
    *,
    folder: Path,
    rounds: int,
) -> None:
    """Run the programs in turns and print a table; the ratio is to the first of them."""
    for program in programs.values():
        # Not counted: it writes the .pyc files and fills the caches of the machine.
        run(program, arguments, folder)
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            costs[name].append(run(program, arguments, folder))
    print(f"\n{title}")
    print(f"  {'':18}{'process':>10}{'part':>10}{'queries':>9}{'MB':>6}{'ratio of part':>15}")
    base = median(cost.part for cost in next(iter(costs.values())))
    for name, several in costs.items():
        part = median(cost.part for cost in several)
        print(
            f"  {name:18}{median(cost.process for cost in several):9.3f}s{part:9.3f}s"
            f"{several[0].queries:9}{median(cost.megabytes for cost in several):6.0f}"
            f"{part / base:14.1f}x"
        )
