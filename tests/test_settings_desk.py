"""The Settings tab without a browser: what it says of what is typed, and what Save writes."""

import json
import re
import sys

import pytest

from civitai_manager_libs import i18n, setting, setting_values
from civitai_manager_libs.ui.queue_desk import Refused
from civitai_manager_libs.ui.setting_texts import control_of
from civitai_manager_libs.ui.setting_units import SPEEDS, text_of, value_of
from civitai_manager_libs.ui.settings_desk import overridden
from tests.support.rows import plain
from tests.support.settings_tab import Tab

pytestmark = pytest.mark.usefixtures('english')

_NEVER = {'linux': ('/proc/none', 'C:\\none'), 'darwin': ('C:\\none',)}.get(sys.platform, ())
"""Folders that nobody can make on this system."""


@pytest.fixture
def place(settings_place):
    return settings_place


def stored(place):
    return json.loads(place.config.read_text(encoding='utf-8'))


class TestTyping:
    def test_a_wrong_value_is_said_with_its_range(self, place):
        tab = place.tab()
        for wrong in ('900000', '0', '', 'much', '-1'):
            state = tab.type(http_timeout=wrong)
            assert state['wrong'] == {'http_timeout': 'Enter a number from 1 to 3600.'}
            assert state['fix'] == 'Fix 1 field first' and state['unsaved'] == ''
        for right in ('1', '3600', ' 2.5 '):
            assert tab.type(http_timeout=right)['wrong'] == {}
        assert not place.config.exists()

    def test_several_are_counted(self, place):
        state = place.tab().type(http_timeout='0', http_max_retries='1.5', api_timeout='')
        assert state['fix'] == 'Fix 2 fields first'
        assert state['wrong']['http_max_retries'] == 'Enter a whole number from 0 to 20.'

    @pytest.mark.parametrize(
        ('key', 'wrong', 'right'),
        [
            ('own_folders', 'LORA', 'LORA = Lora\n\nVAE=vae'),
            ('own_folders', 'LORA = ../up', ''),
            ('subfolder_template', '{nope}', '{base_model}/{creator}'),
            ('filename_template', 'a/b', '{model_name}'),
            ('format_preference', 'zip', 'safetensor, gguf'),
            ('fp_preference', 'fp 16', 'fp16, BF16'),
            ('quiet_hours', '25:00-01:00', '23:00-06:30'),
            ('civitai_base_url', 'civitai.com', 'https://example.org/civitai'),
            ('download_path', '  ', '/models'),
        ],
    )
    def test_texts_are_checked_as_everywhere(self, place, key, wrong, right):
        tab = place.tab()
        said = tab.type(**{key: wrong})['wrong'][key]
        assert said.endswith('.') and 'page.settings' not in said and '{names}' not in said
        assert tab.type(**{key: right})['wrong'] == {}

    def test_what_means_the_same_or_the_default_is_known(self, place):
        tab = place.tab()
        tab.save(http_timeout='30')
        state = tab.type(http_timeout='30.0', http_max_retries=' 3', api_timeout=' ')
        assert sorted(state['same']) == ['api_timeout', 'http_max_retries', 'http_timeout']
        assert sorted(state['default']) == ['api_timeout', 'http_max_retries']
        state = tab.type(http_timeout='20.0')
        assert state['same'] == [] and state['default'] == ['http_timeout']
        assert state['unsaved'] == '1 change not saved yet'

    def test_a_change_made_elsewhere_meanwhile_is_said(self, place):
        tab = place.tab()
        assert tab.type(http_timeout=('40', '20'))['moved'] == {}
        setting.save(place.config, {'http_timeout': 30})
        tab.fresh()
        assert 'Changed to “30” elsewhere' in tab.state['moved']['http_timeout']
        assert tab.state['values']['http_timeout'] == '30'
        setting.save(place.config, {'http_timeout': 40})
        tab.fresh()
        assert tab.state['moved'] == {} and tab.state['same'] == ['http_timeout']

    def test_each_page_types_for_itself(self, place):
        tab = place.tab()
        other = Tab(tab.desk, tab.fresh)
        tab.type(http_timeout='0')
        assert other.state['wrong'] == {} and other.state['number'] == ''

    def test_other_tabs_get_the_mark_in_the_header_alone(self, place):
        tab = place.tab()
        tab.page.tab = 'downloads'
        assert set(tab.parts) == {'key'}


class TestSaving:
    def test_only_what_changed_is_written_and_in_force_at_once(self, place):
        place.config.write_text('{"mine": 1, "http_max_retries": 7}', encoding='utf-8')
        tab = place.tab()
        state = tab.save(http_timeout='30', http_max_retries='7', enable_smart_retry='false')
        assert stored(place) == {
            **{'mine': 1, 'http_max_retries': 7},
            **{'http_timeout': 30.0, 'enable_smart_retry': False},
        }
        assert setting.current().http_timeout == 30 and not setting.current().enable_smart_retry
        assert state['saved'] == ['1', 'Saved: HTTP timeout, Smart retry.']
        assert state['values']['http_timeout'] == '30' and state['unsaved'] == ''

    def test_a_default_leaves_the_file(self, place):
        tab = place.tab()
        tab.save(http_timeout='30', http_max_retries='5')
        tab.save(http_timeout='20')
        assert stored(place) == {'http_max_retries': 5}
        assert setting.current().http_timeout == 20

    def test_nothing_is_written_while_a_field_is_wrong(self, place):
        tab = place.tab()
        with pytest.raises(Refused, match='Fix 1 field first'):
            tab.save(http_timeout='30', http_max_retries='99')
        assert not place.config.exists() and 'http_max_retries' in tab.state['wrong']

    @pytest.mark.parametrize('key', ['download_path', 'models_path', 'images.output_path'])
    def test_a_folder_that_cannot_be_is_not_taken(self, place, tmp_path, key):
        tab, file = place.tab(), tmp_path / 'file'
        file.touch()
        for never in (file / 'inside', *_NEVER):
            with pytest.raises(Refused):
                tab.save(**{key: str(never), 'http_timeout': '30'})
            state = tab.state
            assert str(never) in state['wrong'][key] and 'Fix 1 field' in state['fix']
            assert 'resume' not in state['wrong'][key]  # there is no download
            assert tab.type(**{key: str(never)})['wrong'].keys() == {key}
            assert not place.config.exists()
        assert tab.type(**{key: str(tmp_path / 'made' / 'later')})['wrong'] == {}
        file.unlink()  # what could not be used can be used now
        tab.save(**{key: str(file / 'inside')})
        assert stored(place) == {key: str(file / 'inside')} and not file.exists()

    def test_what_was_saved_is_said_in_the_language_of_now(self, place):
        tab = place.tab()
        tab.save(http_timeout='30')
        assert tab.state['saved'][1].startswith('Saved: ')
        with i18n.speaking('zh-TW'):
            assert tab.state['saved'][1].startswith('已儲存')

    def test_folders_by_type_and_lists(self, place):
        tab = place.tab()
        tab.save(own_folders='LORA = my loras\nVAE = /vae', format_preference='gguf')
        assert stored(place) == {
            'own_folders': {'LORA': 'my loras', 'VAE': '/vae'},
            'format_preference': ['GGUF'],
        }
        assert tab.state['values']['own_folders'] == 'LORA = my loras\nVAE = /vae'

    def test_what_the_environment_says_is_left_alone(self, place):
        environ = {'CIVITAI_SHORTCUT_HTTP_TIMEOUT': '33'}
        tab = place.tab(environ)
        state = tab.save(http_timeout='30', http_max_retries='5')
        assert stored(place) == {'http_max_retries': 5}
        assert state['values']['http_timeout'] == '33'
        assert overridden(environ) == {
            'http_timeout': 'Set by the environment variable CIVITAI_SHORTCUT_HTTP_TIMEOUT.'
        }


class TestMarkup:
    def test_every_setting_has_a_row_with_a_name_a_help_and_a_control(self, place):
        markup = place.tab().desk.markup()
        for key in setting.defaults():
            assert markup.count(f'data-cs-row-of="{key}"') == 1, key
            assert markup.count(f'data-cs-setting="{key}"') == 1, key
            for piece in (f'for="cs-set-{key}"', f'id="cs-help-{key}"', f'id="cs-wrong-{key}"'):
                assert piece in markup
        assert '<form' not in markup and '{help}' not in markup

    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_every_setting_is_worded_in_both_languages(self, place, language):
        i18n.set_language(language)
        said = plain(place.tab().desk.markup())
        assert not re.search(r'\b(setting|page\.settings)\.[a-z_]+', said)
        for key in setting.defaults():
            assert i18n.has(f'setting.{key}') and i18n.has(f'setting.{key}.help')

    def test_the_words_of_the_customer(self, place):
        i18n.set_language('zh-TW')
        said = plain(place.tab().desk.markup())
        for words in (
            *('網路設定', '下載設定', '快取設定', 'HTTP 超時時間', '最大重試次數', '下載資料夾'),
            *('啟用快取', '快取大小', '快取過期時間'),
        ):
            assert words in said

    def test_what_is_fixed_says_why_and_cannot_be_changed(self, place):
        markup = place.tab(civitai_base_url='The demo has its own.').desk.markup()
        control = re.search(r'<input[^>]*data-cs-setting="civitai_base_url"[^>]*>', markup).group()
        assert ' disabled' in control and 'The demo has its own.' in markup

    @pytest.mark.parametrize('key', sorted(SPEEDS))
    def test_speeds_are_in_the_unit_of_the_page_and_kept_in_that_of_the_file(self, place, key):
        tab = place.tab()
        tab.save(**{key: '2'})
        assert stored(place) == {key: 1953} and tab.state['values'][key] == '2'
        assert tab.type(**{key: '2.0'})['same'] == [key]
        for wrong in ('much', '-1', '', '10737.42', '1e3', 'nan', '9' * 400):
            said = tab.type(**{key: wrong})['wrong']
            assert said == {key: 'Enter a number from 0 to 10737.418.'}
        for kib in (0, 1, 2, 977, 1024, 4883, 10_485_759, 10_485_760):
            assert value_of(key, text_of(key, kib)) == kib
        row = re.search(f'data-cs-row-of="{key}".*?MB/s', tab.desk.markup())
        assert row and 'KiB' not in row.group()

    def test_ranges_are_those_of_the_settings(self, place):
        tab = place.tab()
        for key in setting.defaults():
            if control_of(key) in ('whole', 'number') and key not in SPEEDS:
                least, most = re.match(r'([\d.]+)–([\d.]+)', setting_values.allowed(key)).groups()
                said = tab.type(**{key: 'no number'})['wrong'][key]
                assert f'from {least} to {most}' in said
