"""The real program in processes of its own, pointed at the demo catalogue of the test."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from civitai_manager_libs.demo import DEMO_KEY

MAIN = Path(__file__).resolve().parents[2] / 'main.py'
PATIENCE = 60


class Command:
    """How a command ended: ``code``, and what it wrote to ``out`` and ``err``."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self):
        return f'Command({self.code})\n--- out\n{self.out}\n--- err\n{self.err}'

    @property
    def json(self):
        """The one document on standard output; ValueError when anything else stands there."""
        return json.loads(self.out)

    @property
    def downloads(self):
        """The entries of ``--json``."""
        return self.json['downloads']


class Program:
    """``main.py`` with a data folder, a settings file and an environment of its own."""

    def __init__(self, demo, folder):
        self.demo = demo
        self.data = folder / 'data'
        self.config = folder / 'settings.json'
        self.cwd = folder
        self.language = 'en'
        self.environment = {
            'CIVITAI_SHORTCUT_CIVITAI_BASE_URL': demo.base_url,
            'CIVITAI_SHORTCUT_REQUEST_DELAY': '0',
            'CIVITAI_SHORTCUT_HTTP_RETRY_DELAY': '0.02',
            'CIVITAI_SHORTCUT_HTTP_TIMEOUT': '5',
            'CIVITAI_SHORTCUT_MINIMUM_FREE_SPACE_MB': '0',
            'CIVITAI_SHORTCUT_WRITE_SIDECARS': 'false',
            'CIVITAI_SHORTCUT_DOWNLOAD_COMPANIONS': 'false',
            'PYTHONUTF8': '1',
        }

    @property
    def downloads(self):
        """Where files go without further settings."""
        return self.data / 'downloads'

    @property
    def database(self):
        """The file of the queue."""
        return self.data / 'data' / 'civitai_shortcut.db'

    def with_key(self, key=DEMO_KEY):
        """Let all commands from now on send ``key``; gives the program itself."""
        self.environment['CIVITAI_API_KEY'] = key
        return self

    def words(self, *arguments):
        """The whole command line."""
        place = ['--data-dir', str(self.data), '--config', str(self.config)]
        language = ['--lang', self.language] if self.language else []
        mine = [str(argument) for argument in arguments]
        return [sys.executable, str(MAIN), '--no-bootstrap', *language, *place, *mine]

    def start(self, *arguments, **settings):
        """The running command (``subprocess.Popen``) with both streams as pipes; ``settings`` are
        those of the environment, by key.
        """
        return subprocess.Popen(
            self.words(*arguments),
            env={**os.environ, **self.environment, **environment_of(settings)},
            cwd=self.cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding='utf-8',
        )

    def run(self, *arguments, stdin='', **settings):
        """Run a command to its end."""
        return ended(self.start(*arguments, **settings), stdin)

    def rows(self):
        """The queue as it stands in the database: a dictionary a download. Raises
        sqlite3.OperationalError before there is one.
        """
        address = self.database.as_uri() + '?mode=rw'  # looking must not make a file
        with closing(sqlite3.connect(address, timeout=10, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute('SELECT * FROM downloads ORDER BY id')
            return [{**row, 'order': json.loads(row['order'])} for row in rows]

    def received(self):
        """Bytes that have arrived of all downloads, as the queue knows them; 0 before there is
        one.
        """
        try:
            return sum(row['received'] for row in self.rows())
        except sqlite3.OperationalError:
            return 0

    def states(self):
        """The states of the downloads, oldest first."""
        return [row['state'] for row in self.rows()]

    def files(self):
        """All files below the download folder, as sorted relative paths with ``/``."""
        return files_below(self.downloads)


def environment_of(settings):
    """Settings by key as environment variables."""
    return {f'CIVITAI_SHORTCUT_{key.upper()}': str(value) for key, value in settings.items()}


def ended(process, stdin='', patience=PATIENCE):
    """Wait for a started program; gives its :class:`Command`."""
    try:
        out, err = process.communicate(stdin, timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f'the program did not end within {patience} s\n{out}\n{err}')
    return Command(process.returncode, out, err)


def files_below(folder):
    """All files below ``folder``, as sorted relative paths with ``/``."""
    found = Path(folder).rglob('*')
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file())


def eventually(condition, what='', patience=60.0):
    """Wait until ``condition()`` is true and give its value; for what another process does."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f'never happened: {what or condition}'
        time.sleep(0.01)


def sent(demo, path='/'):
    """Bytes that the storage of ``demo`` has handed to its sockets, of whatever has ``path`` in its
    address. A reader that dies has not got the last of them.
    """
    records = [record for record in demo.requests.of('storage') if path in record.path]
    return sum(record.sent_bytes for record in records)


@pytest.fixture
def program(demo, home, tmp_path):
    """The real program over the demo catalogue of this test."""
    return Program(demo, tmp_path)
