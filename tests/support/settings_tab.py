"""The Settings tab without a browser, over a settings file and a stored key of its own."""

import html
import json
import re
from types import SimpleNamespace

import pytest

from civitai_manager_libs.key_store import KeyStore
from civitai_manager_libs.setting_source import Source
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.key_keeper import KeyKeeper, owner_of
from civitai_manager_libs.ui.present_settings import STATE
from civitai_manager_libs.ui.settings_desk import SettingsDesk


class Tab:
    """One page at the Settings tab. ``type(key='text')`` is what a person has typed and not saved
    yet; ``state`` is what the script is sent.
    """

    def __init__(self, desk, fresh):
        self.desk = desk
        self.fresh = fresh
        self.page = OpenPage(None, 'downloads')
        self.page.tab = 'settings'
        self.count = 0

    def _send(self, action, drafts):
        self.count += 1
        given = {
            key: value if isinstance(value, tuple) else (value, self.base(key))
            for key, value in drafts.items()
        }
        self.desk.do(self.page, action, '', str(self.count), json.dumps(given))

    def base(self, key):
        return self.state['values'].get(key, '')

    def type(self, **drafts):
        self._send('check', drafts)
        return self.state

    def save(self, **drafts):
        self._send('save', drafts)
        return self.state

    def click(self, action):
        self.desk.do(self.page, action, '', '', '')

    @property
    def parts(self):
        return self.desk.parts(self.page)

    @property
    def state(self):
        return json.loads(html.unescape(re.search(r'"(.*)"', self.parts[STATE]).group(1)))


@pytest.fixture
def settings_place(tmp_path, demo, fresh_settings):
    """``settings_place.tab(environ)``: the tab over files of its own."""
    config = tmp_path / 'settings.json'
    keys = KeyStore(tmp_path / 'secrets' / 'api_key', None)

    def tab(environ=None, **fixed):
        environ = environ or {}
        source = Source(config, keys, environ, demo.base_url)
        source.load()
        keeper = KeyKeeper(source, config, owner_of)
        desk = SettingsDesk(config, keeper, source.fresh, lambda: fixed, environ)
        return Tab(desk, source.fresh)

    return SimpleNamespace(config=config, keys=keys, tab=tab)
