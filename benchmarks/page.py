"""How soon our page can be used, beside an empty page of the same Gradio."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from civitai_manager_libs.testing import browser, host_environments

from .measuring import ROOT, Table

_MILLISECONDS = 60_000
_READY = 'http://'
_ARGUMENTS = (
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    # Older versions ask for fonts elsewhere; nobody should wait for that here.
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
)
_EMPTY = """
import gradio
with gradio.Blocks(analytics_enabled=False) as page:
    gradio.Textbox(elem_id='only')
page.queue()
_, address, _ = page.launch(server_name='127.0.0.1', prevent_thread_lock=True, quiet=True)
print(address, flush=True)
page.block_thread()
"""
_EMPTY_THERE = "document.querySelector('#only')?.offsetParent"
# The first answer is in its place: there is a field to type into, and it is heard.
_OURS_THERE = """[...document.querySelectorAll('[data-cs-part^="tab-"]')].some(
    (place) => place.offsetParent && place.childElementCount)"""


def opening(folder: Path, count: int, rounds: int) -> list[Table]:
    """Both pages in turn, ``count`` times ``rounds``, in a browser that has seen neither, with
    every Gradio there is an environment for.
    """
    head = ['Gradio', 'empty page', 'Civitai Shortcut', 'ratio', 'lowest', 'highest']
    table = Table('From the address to a page that answers', [head])
    for version, python in pythons().items():
        empty, ours = measured(folder / version, python, max(1, count * rounds))
        ratios = [mine / theirs for mine, theirs in zip(ours, empty)]
        table.lines.append(
            [
                version,
                f'{statistics.median(empty):.0f} ms',
                f'{statistics.median(ours):.0f} ms',
                *(f'{one:.2f}' for one in (statistics.median(ratios), min(ratios), max(ratios))),
            ]
        )
    return [table]


def pythons() -> Mapping[str, Path]:
    """The Python of each environment that was made for the tests; without any, the one that runs
    this.
    """
    made = {version: host_environments.find(version) for version in host_environments.VERSIONS}
    found = {version: python for version, python in made.items() if python is not None}
    return found or {'installed': Path(sys.executable)}


def measured(folder: Path, python: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds until the empty page and ours can be used, round by round."""
    folder.mkdir(parents=True)
    config = folder / 'settings.json'
    config.write_text('{"language": "en"}', encoding='utf-8')  # nobody's first run
    ours = [str(ROOT / 'main.py'), '--no-bootstrap', '--data-dir', str(folder / 'data')]
    ours += ['--config', str(config), '--demo', 'serve', '--no-open', '--port', '0']
    found: tuple[list[float], list[float]] = [], []
    with _served(python, '-c', _EMPTY) as empty, _served(python, *ours) as own:
        with chromium() as running:
            pages = [(empty, _EMPTY_THERE, found[0]), (own, _OURS_THERE, found[1])]
            for address, there, _ in pages:  # what a server makes once is made now
                _opened(running, address, there)
            for number in range(rounds):
                for address, there, times in pages[:: 1 if number % 2 else -1]:
                    times.append(_opened(running, address, there))
    return found


def _opened(running: Any, address: str, there: str) -> float:
    context = running.new_context(reduced_motion='reduce', locale='en-US')
    try:
        page = context.new_page()
        page.goto(address, wait_until='commit')
        page.wait_for_function(there, polling='raf', timeout=_MILLISECONDS)
        return float(page.evaluate('performance.now()'))
    finally:
        context.close()


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A browser that runs, for a while."""
    playwright_api = import_module('playwright.sync_api')  # only the tests install it
    with playwright_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.find(), args=list(_ARGUMENTS))
        yield running
        running.close()


@contextlib.contextmanager
def _served(python: Path, *arguments: str) -> Iterator[str]:
    """The address of a page that a process of its own serves."""
    quiet = {'GRADIO_ANALYTICS_ENABLED': 'False', 'NO_PROXY': '127.0.0.1', 'PYTHONUTF8': '1'}
    child = subprocess.Popen(
        [str(python), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding='utf-8',
        env={**os.environ, **quiet},
    )
    try:
        assert child.stdout is not None
        line = next((one for one in child.stdout if _READY in one), '')
        if not line:
            sys.exit(f'failed: {python} {" ".join(arguments)[:80]}')
        address = _READY + line.partition(_READY)[2].strip()
        urllib.request.urlopen(address, timeout=30).close()
        yield address
    finally:
        child.kill()
        child.wait()
