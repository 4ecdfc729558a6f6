"""Our ``download`` beside curl and aria2c: one large file, a throttled one, one that is verified,
and one that is killed half-way.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from .measuring import MIB, Commands, Table, compared, in_turn, make_file, measure, ours, present
from .server import Server

_RATE = 40 * MIB


def large(folder: Path, mib: int, rounds: int) -> list[Table]:
    """One file as fast as it goes, over one connection."""
    source, out = folder / 'source', folder / 'out.safetensors'
    make_file(source, mib)
    with Server(source) as server:
        tools = {
            'curl': [_curl(server.url, out)],
            'aria2c -x1': [_aria2(server.url, out, 1)],
            'Civitai Shortcut': [_ours(folder, server.url, out, 1)],
        }
        runs = in_turn(present(tools), rounds, out.unlink)
    return [compared(f'{mib} MiB, no limit, one connection', runs, 'curl')]


def throttled(folder: Path, mib: int, rounds: int) -> list[Table]:
    """A server that gives each connection 40 MiB/s, over 1, 4 and 8 of them."""
    source, out = folder / 'source', folder / 'out.safetensors'
    make_file(source, mib)
    tables = []
    with Server(source, _RATE) as server:
        for connections in (1, 4, 8):
            other = f'aria2c -x{connections}'
            tools = present(
                {
                    'curl': [_curl(server.url, out)],
                    other: [_aria2(server.url, out, connections)],
                    'Civitai Shortcut': [_ours(folder, server.url, out, connections)],
                }
            )
            if connections > 1:
                tools.pop('curl')
            runs = in_turn(tools, rounds, out.unlink)
            title = f'{mib} MiB, 40 MiB/s for each of {connections} connections'
            tables.append(compared(title, runs, next(iter(tools))))
    return tables


def verified(folder: Path, mib: int, rounds: int) -> list[Table]:
    """Download and SHA256: ours does both at once."""
    source, out = folder / 'source', folder / 'out.safetensors'
    digest = make_file(source, mib)
    check = ['openssl', 'dgst', '-sha256', str(out)]
    tables = []
    for rate, connections in ((0, 1), (_RATE, 8)):
        with Server(source, rate) as server:
            other = _curl(server.url, out) if not rate else _aria2(server.url, out, connections)
            base = f'{other[0]} + openssl'
            mine = _ours(folder, server.url, out, connections) + ['--sha256', digest]
            tools = present({base: [other, check], 'Civitai Shortcut': [mine]})
            runs = in_turn(tools, rounds, out.unlink)
        limit = f'40 MiB/s for each of {connections} connections' if rate else 'no limit'
        tables.append(compared(f'{mib} MiB with SHA256, {limit}', runs, next(iter(tools))))
    return tables


def resumed(folder: Path, mib: int, rounds: int) -> list[Table]:
    """``kill -9`` at half of the bytes on disk, then the same command again: what is fetched
    twice.
    """
    source, out = folder / 'source', folder / 'out' / 'out.safetensors'
    digest = make_file(source, mib)
    with Server(source, _RATE) as server:
        tools = {
            'curl -C -': [[*_curl(server.url, out), '-C', '-']],
            'aria2c -c -x8': [[*_aria2(server.url, out, 8), '-c']],
            'Civitai Shortcut': [_ours(folder, server.url, out, 4) + ['--sha256', digest]],
        }
        found = {
            name: [_killed(commands, out, server, mib * MIB) for _ in range(rounds)]
            for name, commands in present(tools).items()
        }
    table = Table(
        f'{mib} MiB, killed at half, 40 MiB/s for each connection',
        [['tool', 'fetched twice', 'of the file']],
    )
    for name, twice in found.items():
        middle = statistics.median(twice)
        table.lines.append([name, f'{middle / MIB:.1f} MiB', f'{middle / (mib * MIB):.1%}'])
    return [table]


def _killed(commands: Commands, out: Path, server: Server, size: int) -> int:
    """Bytes that the server sends in the second run beyond what was missing on the disk."""
    out.parent.mkdir(exist_ok=True)
    child = subprocess.Popen(
        list(commands[0]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    there = 0
    while child.poll() is None and there < size // 2:
        time.sleep(0.01)
        there = sum(path.stat().st_blocks * 512 for path in out.parent.glob('out.*'))
    child.send_signal(signal.SIGKILL)
    child.wait()
    there = sum(path.stat().st_blocks * 512 for path in out.parent.glob('out.*'))
    time.sleep(0.5)  # until the server has noticed
    before = server.sent()
    measure(commands)
    again = server.sent() - before - max(0, size - there)
    for path in out.parent.iterdir():
        os.unlink(path)
    return max(0, again)


def _ours(folder: Path, url: str, out: Path, connections: int) -> list[str]:
    where = ['--out', str(out), '--connections', str(connections)]
    return ours(folder / 'data', url, *where)


def _curl(url: str, out: Path) -> list[str]:
    return ['curl', '-sf', '-o', str(out), url]


def _aria2(url: str, out: Path, connections: int) -> list[str]:
    each = ['-k1M', f'-x{connections}', f'-s{connections}', '--file-allocation=none']
    quiet = ['aria2c', '--no-conf', '-q', '--allow-overwrite=true', '--auto-file-renaming=false']
    return [*quiet, *each, '-d', str(out.parent), '-o', out.name, url]


Benchmark = Callable[[Path, int, int], 'list[Table]']
BENCHMARKS: Mapping[str, tuple[Benchmark, int]] = {
    'large': (large, 2048),
    'throttled': (throttled, 1024),
    'verified': (verified, 2048),
    'resumed': (resumed, 256),
}
"""Each benchmark by name, with the size of its file in MiB."""
