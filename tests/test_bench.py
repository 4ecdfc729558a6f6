"""The benchmarks run, and say what they measured."""

import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from benchmarks import downloads, monitoring, pictures, shortcuts
from benchmarks.known import BENCHMARKS
from benchmarks.measuring import ROOT, Run, compared
from benchmarks.server import Server
from civitai_manager_libs.cli import bench
from civitai_manager_libs.testing import browser


def test_ratios_are_medians_of_pairs():
    runs = {
        'base': [Run(1, 2, 10), Run(2, 2, 10), Run(4, 2, 12)],
        'other': [Run(2, 1, 5), Run(2, 1, 5), Run(2, 1, 5)],
    }
    lines = compared('x', runs, 'base').lines
    assert lines[1][4:] == ['1.00', '1.00'] and lines[2][4:] == ['1.00', '0.50']
    assert lines[2][1] == '2.00 s' and lines[1][3] == '12 MiB'


@pytest.mark.skipif(not hasattr(__import__('os'), 'wait4'), reason='platform: no wait4')
@pytest.mark.skipif(shutil.which('curl') is None, reason='platform: no curl')
class TestRunning:
    @pytest.mark.parametrize('name', sorted(downloads.BENCHMARKS))
    def test_each(self, name, tmp_path):
        benchmark, _ = downloads.BENCHMARKS[name]
        found = benchmark(tmp_path, 2, 1)
        for table in found:
            assert len(table.lines) >= 2 and len({len(line) for line in table.lines}) == 1
            assert table.lines[-1][0] == 'Civitai Shortcut'


def test_recording_stays_below_its_bounds(tmp_path):
    assert BENCHMARKS['monitoring'][0] is monitoring.recording
    (table,) = monitoring.recording(tmp_path, 50, 1)
    head, *lines = table.lines
    assert [line[1] for line in lines] == ['10,000', '50,000'] * 2 and len(head) == 5
    sizes = [float(line[4].split()[0]) for line in lines]
    assert sizes[1] - sizes[0] < 8 and sizes[3] - sizes[2] < 8


@pytest.mark.skipif(not hasattr(__import__('os'), 'wait4'), reason='platform: no wait4')
def test_pictures_are_fetched_and_shown(tmp_path):
    assert BENCHMARKS['pictures'][0] is pictures.fetching
    together, memory, page = pictures.fetching(tmp_path, 4, 1)
    assert together.lines[-1][0] == 'Civitai Shortcut, 16 at once'
    assert [line[0] for line in memory.lines[1:]] == ['4', '4']
    assert len(page.lines) == 3 and all(line[1].endswith(' ms') for line in page.lines[1:])


def test_saved_models_are_found_and_imported(tmp_path, monkeypatch):
    assert BENCHMARKS['shortcuts'][0] is shortcuts.finding
    monkeypatch.setattr(shortcuts, '_SEARCHES', 10)
    monkeypatch.setattr(shortcuts, '_IMPORTED', 30)
    monkeypatch.setattr(shortcuts, '_FEW', 100)
    finding, importing = shortcuts.finding(tmp_path, 1, 1)
    assert [line[1] for line in finding.lines[1:]] == ['100', '1,000'] * 4
    assert all(float(cell) > 0 for line in finding.lines[1:] for cell in line[2:])
    assert importing.lines[1][0] == '30'


@pytest.mark.skipif(not hasattr(__import__('os'), 'wait4'), reason='platform: no wait4')
@pytest.mark.skipif(browser.find() is None, reason='needs a browser')
def test_the_page_is_opened_beside_an_empty_one(tmp_path):
    # In a process of its own: the browser of other tests may run in this one.
    words = [sys.executable, str(ROOT / 'main.py'), '--no-bootstrap', '--data-dir', str(tmp_path)]
    done = subprocess.run(
        [*words, 'bench', 'page', '--no-page', '--mib', '1', '--rounds', '1'],
        env={**os.environ, 'CIVITAI_SHORTCUT_TEST_HOSTS': str(tmp_path / 'none')},
        stdout=subprocess.PIPE,
        check=True,
        encoding='utf-8',
        timeout=180,
    )
    head, _, row = [line for line in done.stdout.splitlines() if line.startswith('|')]
    empty, ours, ratio = row.strip('| ').split(' | ')[1:4]
    assert head.startswith('| Gradio | empty page | Civitai Shortcut | ratio |')
    assert empty.endswith(' ms') and ours.endswith(' ms') and float(ratio) > 0


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='platform: no /proc')
@pytest.mark.skipif(browser.find() is None, reason='needs a browser')
def test_many_pictures_are_shown(tmp_path):
    words = [sys.executable, str(ROOT / 'main.py'), '--no-bootstrap', '--data-dir', str(tmp_path)]
    done = subprocess.run(
        [*words, 'bench', 'memory', '--no-page', '--mib', '3', '--rounds', '1'],
        stdout=subprocess.PIPE,
        check=True,
        encoding='utf-8',
        timeout=180,
    )
    head, _, *rows = [line for line in done.stdout.splitlines() if line.startswith('|')]
    assert head.startswith('| memory is handed back | before | after | more | processor |')
    cells = [row.strip('| ').split(' | ') for row in rows]
    assert [len(one) for one in cells] == [7, 7] and cells[0][-2:] == ['1.00', '1.00']
    assert all(one[1].endswith(' MiB') and float(one[4].split()[0]) > 0 for one in cells)
    if platform.libc_ver()[0] == 'glibc':
        assert float(cells[1][5]) < 0.8  # the program does hand it back


def test_the_server_gives_the_files_of_a_folder(tmp_path):
    for name in 'ab':
        (tmp_path / name).write_bytes(name.encode() * 5000)
    with Server(tmp_path) as server:
        answers = [urllib.request.urlopen(server.url + name).read() for name in 'ab']
        assert answers == [b'a' * 5000, b'b' * 5000] and server.sent() == 10_000


def test_the_server_counts_what_it_sends(tmp_path):
    (tmp_path / 'file').write_bytes(b'x' * 5000)
    with Server(tmp_path / 'file') as server:
        assert server.url.startswith('http://127.0.0.1:') and server.sent() == 0


def test_a_section_of_the_page_is_replaced(tmp_path, monkeypatch):
    page = tmp_path / 'benchmarks.md'
    page.write_text('a\n<!-- large -->\nold\n<!-- /large -->\nb\n<!-- resumed --><!-- /resumed -->')
    monkeypatch.setattr(bench, '_PAGE', page)
    bench._write('large', 'new \\1 text')
    assert page.read_text().startswith('a\n<!-- large -->\nnew \\1 text\n<!-- /large -->\nb\n')
    assert 'old' not in page.read_text()


def test_the_page_has_a_section_for_each():
    text = bench._PAGE.read_text(encoding='utf-8')
    for name in BENCHMARKS:
        assert re.search(f'<!-- {name} -->.*<!-- /{name} -->', text, re.DOTALL)


def test_the_program_measured_is_ours():
    assert sys.executable in BENCHMARKS['large'][0].__globals__['ours'](bench._PAGE, 'x')
