"""Our ``download`` beside ``curl`` followed by ``openssl dgst -sha256``: whole processes, loopback.

Run: ``python benchmarks/download_and_verify.py [--mib 1024] [--rounds 5]`` (Linux or macOS, with
curl and openssl). The two take turns over the same file from the same server; printed are the
medians and the median of the ratios of each round, which hold on a busy machine too. Memory is the
largest resident size of a process (for the pair: the larger of the two).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

MIB = 1 << 20
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """One measured run: seconds by the clock, seconds of processor, MiB of memory at most."""

    wall: float
    cpu: float
    memory: float


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


def serve(path: Path) -> tuple[str, Callable[[], None]]:
    """A server of its own process for one file; gives its address and what ends it."""
    child = subprocess.Popen(
        [sys.executable, __file__, '--serve', str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    return child.stdout.readline().strip(), child.kill


class FileHandler(BaseHTTPRequestHandler):
    """Sends the one file, by the system's own copy from disk to socket."""

    protocol_version = 'HTTP/1.1'
    path_to_send: Path

    def do_GET(self) -> None:
        with open(self.path_to_send, 'rb') as file:
            self.send_response(200)
            self.send_header('Content-Type', 'application/octet-stream')
            self.send_header('Content-Length', str(os.fstat(file.fileno()).st_size))
            self.send_header('ETag', '"one"')
            self.end_headers()
            self.wfile.flush()
            self.connection.sendfile(file)

    def log_message(self, *_: object) -> None:
        """Quiet: the terminal is for the figures."""


def run_server(path: Path) -> None:
    """Serve until killed; the address is the first line of output."""
    FileHandler.path_to_send = path
    with socketserver.ThreadingTCPServer(('127.0.0.1', 0), FileHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f'http://127.0.0.1:{server.server_address[1]}/model.safetensors', flush=True)
        threading.Event().wait()


def measure(commands: list[list[str]]) -> Run:
    """Run ``commands`` one after the other as whole processes."""
    begun, cpu, memory = time.monotonic(), 0.0, 0
    for command in commands:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            sys.exit(f'failed: {command}')
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss)
    unit = 1024 if sys.platform != 'darwin' else MIB
    return Run(time.monotonic() - begun, cpu, memory / unit)


def compare(folder: Path, mib: int, rounds: int) -> None:
    """Make the file, let both fetch it in turn, print the figures."""
    source, out = folder / 'source', folder / 'out.safetensors'
    digest = make_file(source, mib)
    url, stop = serve(source)
    ours = [sys.executable, str(ROOT / 'main.py'), '--no-bootstrap', '-q']
    ours += ['--data-dir', str(folder / 'data'), 'download', url]
    tools = {
        'ours': [[*ours, '--out', str(out), '--sha256', digest]],
        'curl + openssl': [
            ['curl', '-sf', '-o', str(out), url],
            ['openssl', 'dgst', '-sha256', str(out)],
        ],
    }
    runs: dict[str, list[Run]] = {name: [] for name in tools}
    try:
        for number in range(rounds):
            for name in sorted(tools, reverse=bool(number % 2)):
                runs[name].append(measure(tools[name]))
                out.unlink()
    finally:
        stop()
    print_table(runs, mib)


def print_table(runs: dict[str, list[Run]], mib: int) -> None:
    """Medians, and the ratio of the first tool to the last."""
    print(f'{mib} MiB, {len(next(iter(runs.values())))} rounds')
    for name, found in runs.items():
        wall = statistics.median(run.wall for run in found)
        cpu = statistics.median(run.cpu for run in found)
        memory = max(run.memory for run in found)
        print(f'{name:16} wall {wall:6.2f} s  cpu {cpu:6.2f} s  memory {memory:5.0f} MiB')
    ours, base = runs.values()
    wall = statistics.median(a.wall / b.wall for a, b in zip(ours, base))
    cpu = statistics.median(a.cpu / b.cpu for a, b in zip(ours, base))
    print(f'RATIO wall {wall:.2f}  cpu {cpu:.2f}')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--mib', type=int, default=1024)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--serve', type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        run_server(options.serve)
        return
    for tool in ('curl', 'openssl'):
        if shutil.which(tool) is None:
            sys.exit(f'{tool} is needed for the comparison')
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), options.mib, options.rounds)


if __name__ == '__main__':
    main()
