"""Settings that a person changes while the program runs."""

import os
import threading

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.key_store import KeyStore
from civitai_manager_libs.notify import board
from civitai_manager_libs.setting_source import Source


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A settings file, a key file and no settings in the environment; what was in force comes
    back.
    """
    before = setting.current()
    yield tmp_path / 'user_config.json', tmp_path / 'api_key'
    setting.use(before)


def change(path, text):
    """Write ``text`` at a time of its own: two writes within one tick of the clock look the
    same.
    """
    path.write_text(text, encoding='utf-8')
    moment = path.stat().st_mtime_ns + len(text) * 1_000_000
    os.utime(path, ns=(moment, moment))


def test_a_changed_file_is_in_force_at_the_next_use(places):
    config, key = places
    source = Source(config, KeyStore(key, None), {})
    source.load()
    assert setting.http_timeout == 20
    change(config, '{"http_timeout": 33}')
    source.fresh()
    assert setting.http_timeout == 33


def test_a_key_set_in_a_terminal_is_seen(places):
    config, key = places
    source = Source(config, KeyStore(key, None), {})
    source.load()
    change(key, 'a-key-of-the-person\n')
    source.fresh()
    assert setting.civitai_api_key == 'a-key-of-the-person'


def test_who_comes_while_another_reads_waits_for_what_it_reads(places):
    config, key = places
    reading, go_on = threading.Event(), threading.Event()

    class Slow(KeyStore):
        def read(self):
            if threading.current_thread() is first:
                reading.set()
                go_on.wait(60)
            return super().read()

    source = Source(config, Slow(key, None), {})
    first = threading.Thread(target=source.fresh)
    source.load()
    change(key, 'a-key-of-the-person\n')
    first.start()
    assert reading.wait(60)
    seen = []
    second = threading.Thread(target=lambda: (source.fresh(), seen.append(setting.civitai_api_key)))
    second.start()
    second.join(0.3)
    go_on.set()
    first.join(10)
    second.join(10)
    assert seen == ['a-key-of-the-person']


def test_nothing_is_read_while_nothing_changes(places):
    config, key = places
    change(config, '{"http_timeout": 33}')
    source = Source(config, KeyStore(key, None), {})
    source.load()
    setting.use(setting.load().settings)
    source.fresh()
    assert setting.http_timeout == 20


def test_a_file_broken_meanwhile_is_told_and_changes_nothing(places):
    config, key = places
    change(config, '{"http_timeout": 33}')
    source = Source(config, KeyStore(key, None), {})
    source.load()
    last = board.last_number
    change(config, '{"http_timeout": ')
    source.fresh()
    assert setting.http_timeout == 33
    assert [notice.key for notice in board.since(last)] == ['error.settings_file_broken']
    change(config, '{"http_timeout": 44}')
    source.fresh()
    assert setting.http_timeout == 44
    assert board.since(last) == []


def test_the_demo_server_stays_in_force(places):
    config, key = places
    source = Source(config, KeyStore(key, None), {}, base_url='http://127.0.0.1:1')
    change(config, '{"civitai_base_url": "https://example.org"}')
    source.load()
    assert setting.civitai_base_url == 'http://127.0.0.1:1'
