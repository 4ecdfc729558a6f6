"""However a host ends while a download runs: at once, and that goes on at the next start."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from civitai_manager_libs.demo import SPECIAL
from tests.support.command import MAIN, eventually
from tests.support.held import Held

BIG, BIG_SIZE = str(SPECIAL['big'].model_id), 256 << 20
SLOW = 300_000  # bytes a second over each connection
SECONDS = 15  # of a decent end, on a machine with much else to do


def order(host):
    """Queue a large model for the running host, in a terminal."""
    ours = host.root / 'civitai-shortcut'
    place = ['--data-dir', str(ours), '--config', str(ours / 'user_config.json')]
    words = [sys.executable, str(MAIN), '--no-bootstrap', *place, 'download', BIG, '--enqueue']
    base_url = {'CIVITAI_SHORTCUT_CIVITAI_BASE_URL': host.base_url}
    subprocess.run(words, env={**os.environ, **base_url}, check=True, timeout=90)


def row(host):
    with closing(sqlite3.connect(host.database, timeout=10)) as connection:
        query = 'SELECT state, received, path FROM downloads ORDER BY id LIMIT 1'
        return connection.execute(query).fetchone()


def is_moving(host, more_than):
    state, received, _ = row(host)
    return state == 'running' and received > more_than


def exit_at_once(host):
    """As hosts do on Ctrl-C: without any of Python's own end."""
    request = urllib.request.Request(host.address + 'standin/exit', method='POST')
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(request, timeout=30)
    begun = time.monotonic()
    host.process.wait(60)
    return time.monotonic() - begun


ENDS = (
    lambda host: host.end(signal.SIGTERM),
    lambda host: host.end(signal.SIGKILL),
    exit_at_once,
)


@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name == 'nt', reason='platform: ends processes by signals')
def test_each_end_is_quick_and_leaves_what_has_arrived(run_host, demo):
    held = Held(demo, after=1 << 30, speed=SLOW)
    host, arrived = run_host('a1111'), 0
    host.base_url = demo.base_url
    order(host)
    for end in ENDS:
        assert eventually(lambda: is_moving(host, arrived + (1 << 20))), row(host)
        assert end(host) < SECONDS
        assert row(host)[1] >= arrived  # nothing that had arrived is asked for again
        arrived = row(host)[1]
        host = run_host('a1111')
    held.let_go()
    assert eventually(lambda: row(host)[0] == 'done'), row(host)
    assert os.path.getsize(row(host)[2]) > BIG_SIZE
