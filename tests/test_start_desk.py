"""The first run without a browser: what is asked, what comes of the answers, and that it is asked
once.
"""

import json
import threading
from types import SimpleNamespace

import pytest

from civitai_manager_libs import i18n, setting
from civitai_manager_libs.demo import DEMO_KEY
from civitai_manager_libs.key_store import KeyStore
from civitai_manager_libs.errors import SettingInvalid
from civitai_manager_libs.library.first_run import FirstRun
from civitai_manager_libs.library.programs import find_programs
from civitai_manager_libs.setting_source import Source
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.key_keeper import KeyKeeper, owner_of
from civitai_manager_libs.ui.start_desk import StartDesk, StartDoors
from civitai_manager_libs.ui.start_programs import StartPrograms
from tests.support.programs import make_program


class Memory:
    """What was remembered."""

    def __init__(self):
        self.kept = {}

    def remember(self, name, value):
        self.kept[name] = value

    def recall(self, name):
        return self.kept.get(name)


@pytest.fixture
def first(tmp_path, demo, fresh_settings, english):
    """``first.open(in_host=False, fixed={})``: a page of the first run of a program in files of its
    own, on a machine with ``first.home``; threads run at once.
    """
    made = SimpleNamespace(
        config=tmp_path / 'settings.json', home=tmp_path / 'machine', memory=Memory(), used=False
    )
    made.home.mkdir()
    source = Source(made.config, KeyStore(tmp_path / 'key', None), {}, demo.base_url)
    source.load()

    def now(job):
        job()

    def open_page(in_host=False, fixed=None):
        keeper = made.keeper = KeyKeeper(source, made.config, owner_of)
        made.run = FirstRun(made.memory, lambda: made.used)
        doors = StartDoors(
            first_run=made.run,
            keeper=keeper,
            programs=StartPrograms(lambda: find_programs([made.home]), now),
            config_file=made.config,
            fresh=source.fresh,
            own=lambda: tmp_path / 'downloads',
            fixed=lambda: fixed or {},
            examples=lambda: [('https://civitai.com/models/1', 'one')],
            in_host=in_host,
        )
        made.desk = StartDesk(doors, now)
        made.page = OpenPage(None, 'downloads')
        made.page.tab = 'browse'

    made.open = open_page
    made.parts = lambda: made.desk.parts(made.page)
    made.click = lambda action, value='', text='': made.desk.do(made.page, action, '', value, text)
    made.saved = lambda: json.loads(made.config.read_text(encoding='utf-8'))
    return made


def chosen(markup):
    """The values of the radio buttons that are on."""
    return [piece.split('"')[0] for piece in markup.split('value="')[1:] if ' checked>' in piece]


class TestAsking:
    def test_a_new_program_asks_until_it_is_put_off(self, first):
        first.open()
        assert first.desk.waits and 'cs-start-whole' in first.parts()['start']
        first.open()
        assert first.desk.waits
        first.click('later')
        assert not first.desk.waits and first.parts() == {'start': ''}
        first.open()
        assert not first.desk.waits

    def test_one_that_was_used_before_asks_nothing(self, first):
        first.used = True
        first.open()
        assert not first.desk.waits and first.parts() == {'start': ''}

    def test_what_is_chosen_meanwhile_is_no_use_from_before(self, first):
        first.open()
        first.click('adult', 'blur')
        first.used = True
        first.open()
        assert first.desk.waits

    def test_other_tabs_hear_nothing(self, first):
        first.open()
        first.page.tab = 'monitor'
        assert first.parts() == {}

    def test_a_host_is_asked_for_the_key_alone(self, first):
        make_program(first.home / 'webui', 'a1111')
        first.open(in_host=True)
        parts = first.parts()
        assert 'data-cs-start="key"' in parts['start'] and not first.desk.waits
        assert set(parts) == {'start', 'start-key', 'start-mark-key'}


class TestAnswers:
    def test_the_program_with_most_models_is_offered_first(self, first):
        make_program(first.home / 'ComfyUI', 'comfyui', models=2)
        make_program(first.home / 'forge', 'forge', models=5)
        first.open()
        markup = first.parts()['start-folder']
        assert chosen(markup) == [str(first.home / 'forge')]
        assert markup.index('WebUI Forge') < markup.index('ComfyUI') < markup.index('value="own"')
        assert '5 models' in markup and 'free' in markup

    @pytest.mark.parametrize('kind, layout', [('forge', 'a1111'), ('comfyui', 'comfyui')])
    def test_its_folders_are_used_then(self, first, kind, layout):
        root = make_program(first.home / 'sd', kind)
        first.open()
        first.parts()
        first.click('finish', str(root))
        assert first.saved() == {'folder_layout': layout, 'models_path': str(root)}
        assert setting.current().models_path == str(root)
        assert 'data-cs-start="link"' in first.parts()['start'] and not first.desk.waits
        first.click('look')
        assert first.parts() == {'start': ''}

    def test_without_programs_it_is_our_own_folder(self, first):
        first.open()
        markup = first.parts()['start-folder']
        assert chosen(markup) == ['own'] and 'No WebUI or ComfyUI was found' in markup
        first.click('finish', 'own')
        assert not first.config.exists() and not first.desk.waits

    def test_a_folder_that_is_typed(self, first):
        folder = first.home / 'my models'
        folder.mkdir()
        first.open()
        first.click('typed', text=str(folder))
        parts = first.parts()
        assert chosen(parts['start-folder']) == ['other'] and 'can be used' in parts['start-typed']
        first.click('finish', 'other', str(folder))
        assert first.saved() == {'folder_layout': 'own', 'download_path': str(folder)}

    def test_a_folder_that_cannot_be_used(self, first):
        first.open()
        first.click('finish', 'other', str(first.home / 'gone'))
        parts = first.parts()
        assert 'There is no folder' in parts['start-typed'] and first.desk.waits
        assert not first.config.exists()
        first.click('folder', 'own')
        assert first.parts()['start-typed'] == ''

    @pytest.mark.parametrize('typed', ['~nobody-of-that-name/models', 'x\0y', '/' + 'x' * 4000])
    def test_a_folder_that_makes_no_sense(self, first, typed):
        first.open()
        first.click('typed', text=typed)
        assert 'There is no folder' in first.parts()['start-typed']
        first.click('finish', 'other', typed)
        assert 'There is no folder' in first.parts()['start-typed'] and first.desk.waits

    @pytest.mark.parametrize('typed', ['', '  ', '""'])
    def test_no_folder_at_all(self, first, typed):
        first.open()
        first.click('finish', 'other', typed)
        assert 'Enter the path of a folder.' in first.parts()['start-typed'] and first.desk.waits

    def test_a_program_that_is_gone_or_cannot_be_written_to(self, first):
        root = make_program(first.home / 'forge', 'forge')
        first.open()
        first.parts()
        root.rename(first.home / 'moved')
        first.click('finish', str(root))
        parts = first.parts()
        assert 'There is no folder' in parts['start-problem'] and first.desk.waits
        assert not first.config.exists() and parts['start-typed'] == ''
        first.click('folder', 'own')
        assert first.parts()['start-problem'] == ''

    def test_a_program_that_the_page_shows_from_before_a_restart(self, first):
        root = make_program(first.home / 'forge', 'forge')
        first.open()
        first.click('finish', str(root))
        assert first.saved() == {'folder_layout': 'a1111', 'models_path': str(root)}

    def test_what_fails_unforeseen_does_not_check_for_ever(self, first, monkeypatch):
        first.open()
        monkeypatch.setattr('civitai_manager_libs.ui.start_desk.place_at', lambda typed: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            first.click('typed', text='/x')
        assert first.parts()['start-typed'] == ''

    def test_language_and_adult_content_hold_at_once(self, first):
        first.open()
        first.click('language', 'zh-TW')
        first.click('adult', 'show')
        assert first.saved() == {'language': 'zh-TW', 'adult_content': 'show'}
        assert chosen(first.parts()['start-adult']) == ['show']
        with i18n.speaking('zh-TW'):
            assert '歡迎' in first.parts()['start']
        first.click('adult', 'hide')
        assert first.saved() == {'language': 'zh-TW'}

    def test_nonsense_changes_nothing(self, first):
        first.open()
        for action in ('language', 'adult', 'x'):
            first.click(action, 'nonsense')
        assert not first.config.exists() and first.desk.waits

    def test_what_the_environment_says_is_not_asked(self, first):
        first.open(fixed={'models_path': 'Set by X', 'adult_content': 'Set by Y'})
        parts = first.parts()
        assert 'Set by X' in parts['start-folder'] and 'radio' not in parts['start-folder']
        assert 'Set by Y' in parts['start-adult'] and 'radio' not in parts['start-adult']
        first.click('finish', 'own')
        assert not first.desk.waits


class TestKey:
    def test_it_is_kept_and_checked(self, first):
        first.open()
        first.click('key', text=f' {DEMO_KEY} ')
        wait_for(lambda: first.keeper.state().kind == 'confirmed')
        parts = first.parts()
        assert 'demo_visitor' in parts['start-key'] and 'cs-ok' in parts['start-mark-key']
        assert DEMO_KEY not in str(parts) and not first.config.exists()

    def test_one_that_civitai_does_not_know(self, first):
        first.open()
        first.click('key', text='0123456789abcdef0123456789abcdef')
        wait_for(lambda: first.keeper.state().kind == 'refused')
        assert 'cs-bad' in first.parts()['start-key']

    def test_one_that_cannot_be_a_key(self, first):
        first.open()
        with pytest.raises(SettingInvalid):
            first.click('key', text='鑰匙')


def wait_for(is_so):
    """Until ``is_so``, a quarter of a minute at most."""
    pause = threading.Event()
    for _ in range(300):
        if is_so():
            return
        pause.wait(0.05)
    raise AssertionError('it did not happen')
