"""The API key at the Settings tab: kept, checked, shown as little as possible, and led to."""

import json

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.demo import DEMO_KEY
from civitai_manager_libs.errors import DiskFull
from civitai_manager_libs.notify import NoticeBoard
from civitai_manager_libs.ui.present_key import HELP_PART, KEY, KEY_PART
from civitai_manager_libs.ui.present_notices import notice_cards
from tests.support.command import eventually
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english')


@pytest.fixture
def place(settings_place):
    return settings_place


def settled(tab, words):
    return eventually(lambda: words in plain(tab.parts[KEY_PART]), words)


def test_it_is_kept_apart_confirmed_and_never_sent_back(place):
    place.config.write_text(f'{{"{KEY}": "an-older-key-in-the-file"}}', encoding='utf-8')
    tab = place.tab()
    assert 'Stands in the settings file' in tab.parts[HELP_PART]
    assert 'Key is set' in tab.parts['key']
    assert tab.type(**{KEY: DEMO_KEY})['unsaved'] == '1 change not saved yet'
    tab.save(**{KEY: DEMO_KEY})
    assert settled(tab, 'Confirmed: demo_visitor')
    assert json.loads(place.config.read_text()) == {} and place.keys.read() == DEMO_KEY
    assert place.keys.key_file.stat().st_mode & 0o077 == 0
    assert 'title="Confirmed: demo_visitor"' in tab.parts['key']
    assert 'only you can read' in tab.parts[HELP_PART]
    assert DEMO_KEY not in json.dumps(dict(tab.parts)) + repr(tab.desk._typed.get(tab.page))


def test_only_the_last_signs_of_a_long_one_are_shown(place):
    tab = place.tab({'CIVITAI_API_KEY': 'a-rather-long-key-1234'})
    assert tab.state['key'].endswith('•1234') and 'long' not in json.dumps(dict(tab.parts))


def test_a_refused_one_is_said_and_stays(place):
    tab = place.tab()
    tab.save(**{KEY: 'not-the-key-of-anybody'})
    assert settled(tab, 'does not accept this key')
    assert 'Key refused' in tab.parts['key'] and 'cs-bad' in tab.parts['key']
    place.keys.store(DEMO_KEY)
    tab.fresh()
    assert settled(tab, 'Not checked yet')
    tab.click('check-key')
    assert settled(tab, 'Confirmed: demo_visitor')


def test_what_cannot_be_asked_is_no_refusal(place, demo):
    tab = place.tab()
    setting.save(place.config, {'http_max_retries': 0})
    tab.fresh()
    fault = demo.faults.add('status', path='/api/v1/me', status=500)
    tab.save(**{KEY: DEMO_KEY})
    assert eventually(lambda: 'cs-warn' in tab.parts[KEY_PART])
    assert 'Key is set' in tab.parts['key'] and 'check-key' in tab.parts[KEY_PART]
    demo.faults.remove(fault)


def test_forgetting_is_asked_first(place):
    tab = place.tab()
    tab.save(**{KEY: DEMO_KEY})
    assert settled(tab, 'Confirmed')
    tab.click('forget-key')
    assert 'cannot be undone' in tab.parts[KEY_PART] and place.keys.read() == DEMO_KEY
    tab.click('keep-key')
    assert 'Confirmed' in tab.parts[KEY_PART]
    tab.click('forget-key')
    tab.click('forget-really')
    eventually(lambda: tab.parts[KEY_PART] == '')
    assert place.keys.read() == '' and 'No key set' in tab.parts['key']


def test_one_that_cannot_be_stored_is_said(place, monkeypatch):
    def full(key):
        raise DiskFull(path='/secrets', free=1, needed=2)

    tab = place.tab()
    monkeypatch.setattr(place.keys, 'store', full)
    tab.save(**{KEY: DEMO_KEY})
    assert settled(tab, '/secrets')
    assert setting.current().civitai_api_key == ''


def test_what_nobody_has_expected_ends_the_asking(place, monkeypatch, caplog):
    def odd(source):
        raise RuntimeError('odd')

    tab = place.tab({'CIVITAI_API_KEY': DEMO_KEY})
    keeper = tab.desk._keeper
    with monkeypatch.context() as broken:
        broken.setattr(keeper, '_ask', odd)
        tab.click('check-key')
        assert settled(tab, 'inside the program')
    assert [record for record in caplog.records if record.exc_info] != []
    tab.click('check-key')
    assert settled(tab, 'Confirmed: demo_visitor')


def test_what_nobody_has_expected_ends_the_storing(place, monkeypatch, caplog):
    def odd(key):
        raise RuntimeError('odd')

    tab = place.tab()
    with monkeypatch.context() as broken:
        broken.setattr(place.keys, 'store', odd)
        tab.save(**{KEY: DEMO_KEY})
        assert settled(tab, 'inside the program')
    assert [record for record in caplog.records if record.exc_info] != []
    tab.save(**{KEY: DEMO_KEY})
    assert settled(tab, 'Confirmed: demo_visitor')


@pytest.mark.parametrize('wrong', ['two words', 'ｆｕｌｌ', 'x' * 513])
def test_what_cannot_be_a_key_is_said(place, wrong):
    assert 'Latin letters' in place.tab().type(**{KEY: wrong})['wrong'][KEY]


def test_one_of_the_environment_cannot_be_changed_here(place):
    tab = place.tab({'CIVITAI_API_KEY': DEMO_KEY})
    tab.save(**{KEY: 'another-key'})
    tab.click('forget-really')
    tab.click('check-key')
    assert settled(tab, 'Confirmed: demo_visitor')
    assert place.keys.read() == '' and 'settings-replace' not in tab.parts[KEY_PART]
    assert 'CIVITAI_API_KEY' in plain(tab.desk.markup())


@pytest.mark.parametrize(
    ('code', 'leads'), [('key_refused', True), ('key_needed', True), ('timed_out', False)]
)
def test_a_notice_about_it_leads_to_its_field(code, leads):
    board = NoticeBoard()
    board.tell('error', f'error.{code}', {'host': 'h', 'seconds': 1})
    (card,) = notice_cards(board.since(0), lambda number: None)
    assert ('data-cs-action="open-key"' in card.html) == leads
