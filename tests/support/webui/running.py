"""The stand-in of a host as a running process, for tests."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.page import FONT_LISTS
from tests.support.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[3]
PATIENCE = 90
SETTINGS = {
    'REQUEST_DELAY': '0',
    'HTTP_RETRY_DELAY': '0.05',
    'HTTP_MAX_RETRIES': '1',
    'MINIMUM_FREE_SPACE_MB': '0',
    'WRITE_SIDECARS': 'false',
    'DOWNLOAD_COMPANIONS': 'false',
}


class RunningHost:
    """A host of ``flavour`` with its data in ``folder``, whose extension talks to ``demo``.

    ``arguments`` are more words for its command line, ``settings`` those of its environment, and
    ``python`` the interpreter whose Gradio it shows.
    """

    def __init__(self, flavour, folder, demo, *arguments, settings=SETTINGS, python=sys.executable):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.printed = self.folder / 'printed.txt'
        command = [str(python), '-m', 'tests.support.webui.run', '--flavour', flavour]
        place = ['--data', str(self.folder / 'webui'), '--port', str(self.port)]
        self.environment = self._environment(demo, settings)
        with open(self.printed, 'w', encoding='utf-8') as printed:
            self.process = subprocess.Popen(
                [*command, *place, *map(str, arguments)],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
        self.scheme = 'https' if '--tls' in arguments else 'http'
        self.address = f'{self.scheme}://127.0.0.1:{self.port}/'
        self.wait_for(f':{self.port}/ 1\n' if '--nowebui' not in arguments else 'no page\n')

    @property
    def root(self):
        """The host's own folder."""
        return self.folder / 'webui'

    @property
    def database(self):
        """The file of our queue."""
        return self.root / 'civitai-shortcut' / 'data' / 'civitai_shortcut.db'

    def _environment(self, demo, settings):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(('CIVITAI_', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'))
        }
        home = {name: str(self.folder) for name in ('HOME', 'USERPROFILE', 'XDG_CONFIG_HOME')}
        own = {f'CIVITAI_SHORTCUT_{name}': value for name, value in settings.items()}
        own['CIVITAI_SHORTCUT_CIVITAI_BASE_URL'] = demo.base_url
        more = {'CIVITAI_SHORTCUT_LANGUAGE': 'auto', 'MPLCONFIGDIR': str(FONT_LISTS)}
        return {**kept, **home, **more, **own, 'PYTHONUTF8': '1'}

    def said(self):
        """What it printed so far."""
        return self.printed.read_text(encoding='utf-8')

    def wait_for(self, printed):
        """Wait until it has printed this."""
        until = time.monotonic() + PATIENCE
        while printed not in self.said():
            assert self.process.poll() is None and time.monotonic() < until, self.said()
            time.sleep(0.1)

    def get(self, path):
        """What stands at ``path`` as text; raises HTTPError."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def state(self):
        """What the host was ``asked``, its ``options``, and how often it has built its page."""
        return json.loads(self.get('standin'))

    def reload(self):
        """Have it build everything anew, and wait until it serves again."""
        boots = self.state()['boots']
        urllib.request.urlopen(
            urllib.request.Request(self.address + 'reload', method='POST'), timeout=PATIENCE
        ).close()
        self.wait_for(f':{self.port}/ {boots + 1}\n')

    def end(self, how=signal.SIGTERM):
        """Ask it to end; the seconds that took."""
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(60)
        return time.monotonic() - begun


@pytest.fixture
def run_host(demo, tmp_path):
    """``run_host(flavour='a1111', *arguments)`` starts a host; all end with the test."""
    running = []

    def run(flavour='a1111', *arguments, folder=tmp_path / 'host', **more):
        running.append(RunningHost(flavour, folder, demo, *arguments, **more))
        return running[-1]

    yield run
    for host in running:
        host.end(signal.SIGKILL)
