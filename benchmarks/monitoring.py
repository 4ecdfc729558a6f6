"""What counting a request costs, beside the request itself, and what memory it keeps."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from .measuring import ROOT, Table
from .server import Server

_FEW = 10_000
_REQUESTS = 300
_RUN = """
import gc, sys, time
import psutil
from pathlib import Path
from civitai_manager_libs import setting
from civitai_manager_libs.errors import TimedOut
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.traffic import TrafficStore

count = int(sys.argv[1])
monitor = HttpMonitor()
if len(sys.argv) > 2:
    monitor.keep_in(TrafficStore(Database(Path(sys.argv[2]))))
error = TimedOut(host='h', seconds=20)
setting.current()
begun = time.perf_counter()
for number in range(count):
    host = f'h{number % 100}.example'
    monitor.requested(host, 'api', 200 if number % 50 else None, number % 3000 / 1000, True)
    monitor.received(host, 'api', 20000)
    monitor.cached(host, 'miss')
    if not number % 50:
        monitor.failed(host, 'api', error)
took = time.perf_counter() - begun
monitor.close()
gc.collect()
print(took, psutil.Process().memory_info().rss)
"""


def recording(folder: Path, thousands: int, rounds: int) -> list[Table]:
    """Ten thousand requests recorded against ``thousands`` times a thousand, in memory and with the
    database; each as the client records one: the answer, its bytes, the cache.
    """
    many = thousands * 1000
    request = _request_seconds(folder, rounds)
    table = Table(
        f'Recording a request; one request itself takes {request * 1e6:.0f} µs on loopback',
        [['kept', 'requests', 'each', 'of the request', 'memory at the end']],
    )
    for kept, place in (('in memory', []), ('in the database', [str(folder / 'counts.db')])):
        _run(1, place)  # makes the database, which takes memory once
        for count in (_FEW, many):
            runs = [_run(count, place) for _ in range(rounds)]
            each = statistics.median(seconds for seconds, _ in runs) / count
            memory = max(memory for _, memory in runs) / (1 << 20)
            share, size = f'{each / request:.2%}', f'{memory:.1f} MiB'
            table.lines.append([kept, f'{count:,}', f'{each * 1e6:.1f} µs', share, size])
    return [table]


def _run(count: int, place: list[str]) -> tuple[float, int]:
    """Seconds for ``count`` requests in a process of its own, and its bytes of memory then."""
    done = subprocess.run(
        [sys.executable, '-c', _RUN, str(count), *place],
        env={'PYTHONPATH': str(ROOT / 'scripts')},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, memory = done.stdout.split()
    return float(seconds), int(memory)


def _request_seconds(folder: Path, rounds: int) -> float:
    """Seconds of the cheapest request there is: a small file from this computer, over a connection
    that is open already.
    """
    (folder / 'small').write_bytes(b'x' * 1000)
    times = []
    with Server(folder / 'small') as server:
        parts = urlsplit(server.url)
        connection = http.client.HTTPConnection(parts.hostname or '', parts.port)
        for _ in range(rounds * _REQUESTS):
            begun = time.perf_counter()
            connection.request('GET', parts.path)
            connection.getresponse().read()
            times.append(time.perf_counter() - begun)
        connection.close()
    return statistics.median(times)
