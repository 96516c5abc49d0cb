"""Runs programs in turns, each in a process of its own, and tells what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """What one process took: CPU seconds in all and in the part measured, queries, memory.

    `grown` are the megabytes that the part needed beside what was there before it.
    """

    process: float
    part: float
    queries: int
    megabytes: float
    grown: float


class Used(NamedTuple):
    """What one process used: seconds of CPU, seconds until its end, megabytes at most."""

    cpu: float
    wall: float
    megabytes: float


def used(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Used:
    """Run a command that must succeed, and tell what it used."""
    return _process(command, folder, environment)[0]


def _process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[Used, list[str]]:
    """Run a command to its end; also its output."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    lines = process.stdout.read().decode().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("\n".join([f"{command[2:]} failed.", *lines[-10:]]))
    # Linux counts in kilobytes, macOS in bytes.
    megabytes = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    cost = Used(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, megabytes)
    return cost, lines


def run(program: str, arguments: tuple[str, ...], folder: Path) -> Cost:
    """Run a program; its last line is what the part took: CPU seconds, queries, megabytes."""
    cost, lines = _process([sys.executable, "-c", program, *arguments], folder, {})
    part, queries, grown = lines[-1].split()
    return Cost(cost.cpu, float(part), int(queries), cost.megabytes, float(grown))


def memory(word: str) -> float:
    """The megabytes that this process has now ("VmRSS"), or had at most ("VmHWM"); Linux only.

    https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith(f"{word}:"))
    return int(line.split()[1]) / 1024


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
    print(
        f"  {'':18}{'process':>10}{'part':>10}{'queries':>9}{'MB':>6}{'grown':>7}"
        f"{'ratio of part':>15}"
    )
    base = median(cost.part for cost in next(iter(costs.values())))
    for name, several in costs.items():
        part = median(cost.part for cost in several)
        print(
            f"  {name:18}{median(cost.process for cost in several):9.3f}s{part:9.3f}s"
            f"{several[0].queries:9}{median(cost.megabytes for cost in several):6.0f}"
            f"{median(cost.grown for cost in several):7.0f}{part / base:14.1f}x"
        )
