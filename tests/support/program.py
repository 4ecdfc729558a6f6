"""The program's surroundings for a test: a demo catalogue of its own, settings, a home, notices."""

import os

import msgspec
import pytest

from civitai_manager_libs import i18n, notify, setting
from civitai_manager_libs.demo import DemoCatalogue
from civitai_manager_libs.fetching.turns import turns
from civitai_manager_libs.host.standalone import find_places

_FOREIGN = ('CIVITAI_', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'REQUESTS_CA_BUNDLE', 'NETRC')


@pytest.fixture
def demo():
    """A running demo catalogue that only this test knows; starting one takes milliseconds."""
    with DemoCatalogue() as running:
        yield running


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder that this process and its children take for the person's home."""
    folder = tmp_path / 'home'
    folder.mkdir()
    for name in ('HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'):
        monkeypatch.setenv(name, str(folder))
    for name in ('CONFIG', 'DATA', 'STATE', 'CACHE'):
        monkeypatch.setenv(f'XDG_{name}_HOME', str(folder / name.lower()))
    for name in [name for name in os.environ if name.upper().startswith(_FOREIGN)]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def fresh_settings(demo, home):
    """Settings in force that point at ``demo``, wait hardly at all and put nothing beside a file.

    Its folders are in ``home / 'program'``. The value is a function:
    ``fresh_settings(http_max_retries=0)`` changes some of them at once and gives all. What was in
    force before, settings and language, comes back afterwards.
    """
    before, places, language = setting._current, setting._places, i18n.language()
    # what servers of other tests could not bear, this one's can
    turns._bearable, turns._good, turns._halvings = None, 0, turns._halvings + 1

    def change(**values):
        setting.use(msgspec.structs.replace(setting.current(), **values))
        return setting.current()

    setting.use(setting.load(environ={}).settings)
    setting.use_places(find_places(home / 'program'))
    change(
        civitai_base_url=demo.base_url,
        http_timeout=10.0,
        http_retry_delay=0.01,
        request_delay=0.0,
        minimum_free_space_mb=0,
        write_sidecars=False,
        download_companions=False,
        download_path=str(home / 'downloads'),
    )
    i18n.set_language('en')
    yield change
    setting._current, setting._places = before, places
    i18n.set_language(language)


@pytest.fixture
def notices():
    """The list of notices that the program has told since the test began; it grows by itself."""
    told = []
    stop = notify.board.listen(told.append)
    yield told
    stop()
    for notice in told:
        notify.board.settle(notice.cause)
