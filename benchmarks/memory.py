"""How much a process that serves the page keeps of what it takes to show many pictures."""

from __future__ import annotations

import contextlib
import io
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.library.picture_shelf import PictureShelf
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .measuring import ROOT, Table
from .page import chromium

_DRAWN = 20
_WIDTH, _HEIGHT = 800, 1100
_PATIENCE = 60_000
_MEMORY = re.compile(r'VmRSS:\s+(\d+) kB')
_SET_BY_SOMEBODY = {'GLIBC_TUNABLES': 'glibc.malloc.check=0'}  # then the program sets nothing
_WAYS: Mapping[str, Mapping[str, str]] = {
    'as glibc does by itself': _SET_BY_SOMEBODY,
    'as `serve` has it done': {},
}
_ON_SCREEN = """[...document.querySelectorAll('[data-cs-grid] img')].every((one) => {
    const at = one.getBoundingClientRect();
    return at.bottom < 0 || at.top > innerHeight || one.complete;
})"""


def showing(folder: Path, count: int, rounds: int) -> list[Table]:
    """The size of the process before and after ``count`` cards of saved models with pictures were
    scrolled through in Chromium; only where the system says that size.
    """
    columns = ['before', 'after', 'more', 'processor', 'more ÷', 'processor ÷']
    head = ['memory is handed back', *columns]
    table = Table(f'{count:,} cards of saved models with pictures', [head])
    if not Path('/proc/self/status').exists():
        return [table]
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in _WAYS}
    for number in range(rounds):
        for name in list(_WAYS)[:: 1 if number % 2 == 0 else -1]:
            data = folder / f'{number}-{len(runs[name])}-{len(name)}'
            _save(data, count)
            runs[name].append(_shown(data, count, _WAYS[name]))
    base = runs[next(iter(_WAYS))]
    for name, found in runs.items():
        before, after, cpu = (statistics.median(column) for column in zip(*found))
        more = [(a[1] - a[0]) / (b[1] - b[0]) for a, b in zip(found, base)]
        dearer = [a[2] / b[2] for a, b in zip(found, base)]
        figures = [f'{one:.0f} MiB' for one in (before, after, after - before)]
        ratios = [f'{statistics.median(one):.2f}' for one in (more, dearer)]
        table.lines.append([name, *figures, f'{cpu:.1f} s', *ratios])
    return [table]


def _save(data: Path, count: int) -> None:
    """``count`` saved models, each with its picture kept."""
    drawn = []
    for number in range(_DRAWN):
        made = io.BytesIO()
        noise = Image.effect_noise((200, 260), 60).convert('RGB')
        noise.resize((_WIDTH, _HEIGHT + number)).save(made, 'JPEG', quality=88)
        drawn.append(made.getvalue())
    models, shelf = [], PictureShelf(data / 'data' / 'shortcuts')
    for number in range(1, count + 1):
        address = f'https://image.civitai.com/made/{number}.jpeg'
        models.append(Shortcut(number, f'Model {number}', 'LORA', cover=address, cover_level=1))
        place = shelf.place(address)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(drawn[number % _DRAWN])
    database = Database(data / 'data' / 'civitai_shortcut.db')
    ShortcutStore(database).add(models, {})
    database.close()


def _shown(data: Path, count: int, more: Mapping[str, str]) -> tuple[float, float, float]:
    """MiB before and after, and seconds of processor that lie between."""
    with _served(data, more) as (address, process), chromium() as running:
        page = running.new_page(locale='en-US', viewport={'width': 1440, 'height': 1000})
        pictures: set[str] = set()
        page.on('response', lambda one: pictures.add(one.url) if '/pictures/' in one.url else None)
        before, spent = _memory(process), _spent(process)
        page.goto(f'{address}#shortcuts', wait_until='commit')
        page.wait_for_selector('#cs-tab-shortcuts img', timeout=_PATIENCE)
        _scroll(page, pictures, count)
        return before, _memory(process), _spent(process) - spent


def _scroll(page: Any, pictures: set[str], count: int) -> None:
    page.mouse.move(800, 600)
    seen = still = 0
    while len(pictures) < count:
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(50)
        page.wait_for_function(_ON_SCREEN, timeout=_PATIENCE)
        still = 0 if len(pictures) > seen else still + 1
        seen = len(pictures)
        if still > _PATIENCE // 50:
            sys.exit(f'failed: only {seen} of {count} pictures are shown')


def _memory(process: int) -> float:
    found = _MEMORY.search(Path(f'/proc/{process}/status').read_text())
    return int(found[1]) / 1024 if found else 0.0


def _spent(process: int) -> float:
    """Seconds of processor so far, the system's included (proc(5), ``stat``)."""
    fields = Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


@contextlib.contextmanager
def _served(data: Path, more: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The address of our page and the number of its process."""
    config = data / 'settings.json'
    config.write_text('{"language": "en"}', encoding='utf-8')  # nobody's first run
    words = [sys.executable, str(ROOT / 'main.py'), '--no-bootstrap', '--data-dir', str(data)]
    child = subprocess.Popen(
        [*words, '--config', str(config), '--demo', 'serve', '--no-open', '--port', '0'],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding='utf-8',
        env={**os.environ, **more},
    )
    try:
        assert child.stdout is not None
        line = next((one for one in child.stdout if 'http://' in one), '')
        if not line:
            sys.exit('failed: the page is not served')
        yield 'http://' + line.partition('http://')[2].strip(), child.pid
    finally:
        child.kill()
        child.wait()
