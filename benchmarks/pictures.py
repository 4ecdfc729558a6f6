"""Our ``images`` beside aria2c: many small pictures from a server that takes its time; the memory
that takes; and how soon a page of small ones is there.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import zlib
from pathlib import Path

from .measuring import ROOT, Table, compared, in_turn, measure, ours, present
from .server import Server

_DELAY = 0.05
_FEW = 100
_SHOWN = 50
_EDGE = 256
_SMALLEST, _LARGEST = 30_000, 400_000
_PAGE = """
import sys, time
from pathlib import Path
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.pictures import Pictures

files, cache, width = sorted(Path(sys.argv[1]).iterdir()), Path(sys.argv[2]), int(sys.argv[3])

def page():
    pictures = Pictures(CivitaiHttpClient(), cache)
    begun = time.perf_counter()
    for file in files:
        key = pictures.local(file, width).rpartition('/')[2].partition('?')[0]
        assert pictures.read(key, width, 60)
    return time.perf_counter() - begun

print(page(), *(page() for _ in range(int(sys.argv[4]))))
"""


def fetching(folder: Path, count: int, rounds: int) -> list[Table]:
    """``count`` pictures of 30 to 400 KB that each begin 50 ms late; then the memory for a few and
    for all of them; then a page of small ones.
    """
    source, out, data = folder / 'source', folder / 'out', folder / 'data'
    names = _make_pictures(source, count)

    def clean() -> None:
        for path in (out, data):
            shutil.rmtree(path, ignore_errors=True)

    with Server(source, delay=_DELAY) as server:
        every = _write_list(folder / 'list.txt', server.url, names)
        few = _write_list(folder / 'few.txt', server.url, names[:_FEW])
        tools = {
            'aria2c -j16': [_aria2(every, out)],
            'Civitai Shortcut, 32 at once': [_ours(data, every, out, 32)],
            'Civitai Shortcut, 16 at once': [_ours(data, every, out, 16)],
        }
        found = present(tools)
        runs = in_turn(found, rounds, clean)
        smaller = measure([_ours(data, few, out, 16)]).memory
    title = f'{count:,} pictures of 30 to 400 KB, each 50 ms late'
    larger = max(run.memory for run in runs['Civitai Shortcut, 16 at once'])
    memory = Table('Memory of Civitai Shortcut, 16 at once', [['pictures', 'memory']])
    memory.lines += [
        [f'{min(_FEW, count):,}', f'{smaller:.0f} MiB'],
        [f'{count:,}', f'{larger:.0f} MiB'],
    ]
    return [compared(title, runs, next(iter(found))), memory, _page(folder, rounds)]


def _page(folder: Path, rounds: int) -> Table:
    """How long fifty pictures at the width of a card take, made for the first time and kept."""
    shown = folder / 'shown'
    _make_pictures(shown, _SHOWN)
    done = subprocess.run(
        [sys.executable, '-c', _PAGE, str(shown), str(folder / 'cache'), '320', str(rounds)],
        env={**os.environ, 'PYTHONPATH': str(ROOT / 'scripts')},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    first, *later = (float(text) * 1000 for text in done.stdout.split())
    table = Table(f'A page of {_SHOWN} small pictures', [['pictures', 'all of them']])
    table.lines.append(['made for the first time', f'{first:.0f} ms'])
    table.lines.append(['from the cache', f'{statistics.median(later):.1f} ms'])
    return table


def _make_pictures(folder: Path, count: int) -> list[str]:
    """Whole PNG pictures of noise; gives their names."""
    folder.mkdir()
    source, names = random.Random(7), []
    for number in range(count):
        rows = source.randint(_SMALLEST, _LARGEST) // (3 * _EDGE + 1)
        pixels = b''.join(b'\0' + source.randbytes(3 * _EDGE) for _ in range(rows))
        head = struct.pack('>IIBBBBB', _EDGE, rows, 8, 2, 0, 0, 0)
        chunks = ((b'IHDR', head), (b'IDAT', zlib.compress(pixels, 0)), (b'IEND', b''))
        names.append(f'{number:05d}.png')
        with open(folder / names[-1], 'wb') as file:
            file.write(b'\x89PNG\r\n\x1a\n')
            for kind, body in chunks:
                checked = struct.pack('>I', zlib.crc32(kind + body))
                file.write(struct.pack('>I', len(body)) + kind + body + checked)
    return names


def _write_list(path: Path, url: str, names: list[str]) -> Path:
    path.write_text(''.join(f'{url}{name}\n' for name in names))
    return path


def _ours(data: Path, addresses: Path, out: Path, at_once: int) -> list[str]:
    where = ['--from', str(addresses), '--out', str(out), '--max-concurrent', str(at_once)]
    return ours(data, *where, '--json', command='images')


def _aria2(addresses: Path, out: Path) -> list[str]:
    quiet = ['aria2c', '--no-conf', '-q', '--file-allocation=none', '--auto-file-renaming=false']
    return [*quiet, '-j16', '-x1', '-i', str(addresses), '-d', str(out)]
