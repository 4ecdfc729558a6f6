"""Whole processes side by side: what one run took, and the ratios of runs in turn."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1 << 20
ROOT = Path(__file__).resolve().parents[1]
Commands = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Run:
    """One run: seconds by the clock, seconds of processor, MiB of memory at most, and what else was
    counted.
    """

    wall: float
    cpu: float
    memory: float
    counted: float = 0.0


@dataclass
class Table:
    """What a benchmark found: a title, and lines of cells of which the first is the head."""

    title: str
    lines: list[list[str]] = field(default_factory=list)

    def markdown(self) -> str:
        """The table as the documents have it."""
        head, *rows = self.lines
        lines = [f'**{self.title}**', '', _line(head), _line(['---'] * len(head))]
        return '\n'.join([*lines, *(_line(row) for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return f'| {" | ".join(cells)} |'


def make_file(path: Path, mib: int) -> str:
    """Write ``mib`` MiB that do not compress; gives their SHA256."""
    running, source = hashlib.sha256(), random.Random(7)
    block = bytearray(source.randbytes(MIB))
    with open(path, 'wb') as file:
        for number in range(mib):
            block[:8] = number.to_bytes(8, 'little')
            running.update(block)
            file.write(block)
    return running.hexdigest()


def ours(data: Path, *arguments: str, command: str = 'download') -> list[str]:
    """Our own command, in the Python that runs this; ``data`` keeps its queue."""
    program = [sys.executable, str(ROOT / 'main.py'), '--no-bootstrap', '-q']
    return [*program, '--data-dir', str(data), command, *arguments]


def present(tools: Mapping[str, Commands]) -> dict[str, Commands]:
    """Those of ``tools`` whose programs this machine has."""
    return {
        name: commands
        for name, commands in tools.items()
        if all(shutil.which(command[0]) for command in commands)
    }


def measure(commands: Commands) -> Run:
    """Run ``commands`` one after the other as whole processes; one that fails ends everything."""
    begun, cpu, memory = time.monotonic(), 0.0, 0
    for command in commands:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            sys.exit(f'failed: {" ".join(command)}')
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss)
    unit = 1024 if sys.platform != 'darwin' else MIB
    return Run(time.monotonic() - begun, cpu, memory / unit)


def in_turn(
    tools: Mapping[str, Commands], rounds: int, after: Callable[[], None]
) -> dict[str, list[Run]]:
    """``rounds`` runs of each tool, every second round in the other order, since who comes first
    may find the machine in another state. ``after`` cleans up after each.
    """
    runs: dict[str, list[Run]] = {name: [] for name in tools}
    for number in range(rounds):
        for name in list(tools) if number % 2 == 0 else reversed(list(tools)):
            runs[name].append(measure(tools[name]))
            after()
    return runs


def compared(title: str, runs: Mapping[str, Sequence[Run]], base: str) -> Table:
    """Medians, and the medians of the ratios of each round to ``base``: those hold on a busy
    machine too.
    """
    table = Table(title, [['tool', 'wall', 'processor', 'memory', 'wall ÷', 'processor ÷']])
    for name, found in runs.items():
        pairs = list(zip(found, runs[base]))
        table.lines.append(
            [
                name,
                f'{statistics.median(run.wall for run in found):.2f} s',
                f'{statistics.median(run.cpu for run in found):.2f} s',
                f'{max(run.memory for run in found):.0f} MiB',
                f'{statistics.median(a.wall / b.wall for a, b in pairs):.2f}',
                f'{statistics.median(a.cpu / b.cpu for a, b in pairs):.2f}',
            ]
        )
    return table
