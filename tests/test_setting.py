"""Settings: their layers, their bounds, the file they are kept in."""

import json
import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs import setting, setting_values
from civitai_manager_libs.errors import SettingInvalid, SettingUnknown
from civitai_manager_libs.setting_values import FIELDS, Settings


@pytest.fixture
def file(tmp_path):
    return tmp_path / 'config' / 'user_config.json'


def written(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding='utf-8')
    return file


def loaded(file=None, **environ):
    return setting.load(file, environ)


class TestLayers:
    def test_the_defaults_are_all_fields_and_all_allowed(self):
        defaults = setting.defaults()
        assert list(defaults) == list(FIELDS)
        for key, value in defaults.items():
            assert setting_values.check(key, value) == value, key
        assert loaded().settings.http_timeout == 20

    def test_the_file_overlays_defaults_and_the_environment_overlays_the_file(self, file):
        written(file, {'http_timeout': 30, 'http_max_retries': 5})
        found = loaded(file, CIVITAI_SHORTCUT_HTTP_MAX_RETRIES='7')
        assert found.settings.http_timeout == 30 and found.settings.http_max_retries == 7
        assert found.origins == {'http_timeout': 'file', 'http_max_retries': 'environment'}

    @pytest.mark.parametrize('key', sorted(FIELDS))
    def test_every_key_can_be_set_by_the_environment(self, key):
        value = setting.defaults()[key]
        text = value if isinstance(value, str) else json.dumps(value)
        name = 'CIVITAI_SHORTCUT_' + key.upper().replace('.', '_')
        assert setting.environment_name(key) == name
        found = loaded(**{name: text})
        assert setting_values.value_in(found.settings, key) == value
        assert found.origins == {key: 'environment'}

    @pytest.mark.parametrize(
        'key, text, value',
        [
            ('http_timeout', ' 12.5 ', 12.5),
            ('http_max_retries', '0', 0),
            ('enable_smart_retry', 'No', False),
            ('cache_enabled', '1', True),
            ('api_timeout', '', None),
            ('api_timeout', 'none', None),
            ('api_timeout', '9', 9),
            ('own_folders', '{"LORA": "Lora"}', {'LORA': 'Lora'}),
            ('own_folders', '', {}),
            ('download_path', ' a folder ', ' a folder '),
            ('images.default_nsfw_filter', 'none, X', ['None', 'X']),
            ('images.default_nsfw_filter', '', []),
            ('images.thumbnail_size', '320 × 240', [320, 240]),
            ('images.thumbnail_size', '320,240', [320, 240]),
            ('webui_api_url', '', ''),
        ],
    )
    def test_texts_of_the_environment(self, key, text, value):
        found = loaded(**{setting.environment_name(key): text})
        assert setting_values.value_in(found.settings, key) == value

    @pytest.mark.parametrize(
        'key, text',
        [
            ('http_timeout', 'soon'),
            ('http_timeout', ''),
            ('http_timeout', 'nan'),
            ('enable_smart_retry', 'perhaps'),
            ('own_folders', '[1]'),
            ('own_folders', '['),
            ('own_folders', '[' * 100_000),
            ('language', 'fr'),
            ('images.default_nsfw_filter', 'None, Adult'),
            ('images.thumbnail_size', '320'),
            ('images.thumbnail_size', '320, 8'),
            ('images.thumbnail_size', '320, wide'),
            ('images.path_template', '{password}/{id}'),
            ('images.path_template', '../{id}'),
            ('webui_api_url', '127.0.0.1:7860'),
            ('webui_api_url', 'http://me:secret@127.0.0.1:7860'),
        ],
    )
    def test_a_value_of_the_environment_that_does_not_fit_is_refused(self, key, text):
        with pytest.raises(SettingInvalid) as caught:
            loaded(**{setting.environment_name(key): text})
        assert caught.value.details['key'] == key and caught.value.details['allowed']

    def test_the_key_by_its_own_name(self):
        assert loaded(CIVITAI_API_KEY=' abc\n').settings.civitai_api_key == 'abc'
        both = loaded(CIVITAI_API_KEY='abc', CIVITAI_SHORTCUT_CIVITAI_API_KEY='xyz\n')
        assert both.settings.civitai_api_key == 'xyz'
        empty = loaded(CIVITAI_API_KEY='abc', CIVITAI_SHORTCUT_CIVITAI_API_KEY='')
        assert empty.settings.civitai_api_key == 'abc'

    def test_values_of_the_file_that_do_not_fit_are_left_out_and_reported(self, file):
        written(file, {'http_timeout': -1, 'http_max_retries': True, 'request_delay': 1, 'new': 2})
        found = loaded(file)
        assert [problem.details['key'] for problem in found.problems] == [
            'http_timeout',
            'http_max_retries',
        ]
        assert found.settings.http_timeout == 20 and found.settings.request_delay == 1
        assert found.unknown == ('new',)

    def test_a_file_that_is_not_there_is_empty(self, file):
        assert loaded(file).origins == {} and not file.exists()


class TestBounds:
    @pytest.mark.parametrize('key', sorted(FIELDS))
    def test_both_ends(self, key):
        limits = limits_of(key)
        for low in filter(None, [limits.ge]):
            assert setting_values.check(key, low) == low
        for outside in [limits.ge, limits.le]:
            if outside is not None:
                step = -1 if outside == limits.ge else 1
                assert setting_values.check(key, outside) == outside
                with pytest.raises(SettingInvalid):
                    setting_values.check(key, outside + step)
        if limits.max_length is not None and isinstance(setting.defaults()[key], str):
            assert setting_values.check(key, 'x' * limits.max_length)
            with pytest.raises(SettingInvalid):
                setting_values.check(key, 'x' * (limits.max_length + 1))

    @pytest.mark.parametrize('key', sorted(FIELDS))
    def test_no_key_takes_another_type(self, key):
        for wrong in ([1], {'a': 1}, float('nan'), float('inf'), 10**400):
            with pytest.raises(SettingInvalid) as caught:
                setting_values.check(key, wrong)
            assert caught.value.details['allowed'] == setting_values.allowed(key) != '…'

    @given(st.sampled_from(sorted(FIELDS)), st.text(), st.booleans())
    def test_any_text_is_taken_or_refused(self, key, text, from_text):
        try:
            setting_values.check(key, text, from_text)
        except SettingInvalid as refused:
            assert refused.details['key'] == key

    @pytest.mark.parametrize(
        'url, good',
        [
            ('https://civitai.com', True),
            ('https://civitai.red/mirror', True),
            ('http://127.0.0.1:8080', True),
            ('http://[::1]:8080', True),
            ('https://civitai.com/', True),
            ('https://civitai.com\n', False),
            ('https://me:pw@civitai.com', False),
            ('https://civitai.com?x=1', False),
            ('ftp://civitai.com', False),
            ('civitai.com', False),
            ('https://', False),
            ('https://host:99999', False),
            ('https://host:x', False),
            ('https://[::1', False),
        ],
    )
    def test_base_addresses(self, url, good):
        if good:
            assert setting_values.check('civitai_base_url', url) == url
        else:
            with pytest.raises(SettingInvalid):
                setting_values.check('civitai_base_url', url)

    @pytest.mark.parametrize('key', ['abc\n', 'a b', 'ключ', 'a\x7f', 'x' * 513])
    def test_keys_that_no_header_can_carry(self, key):
        with pytest.raises(SettingInvalid) as caught:
            setting_values.check('civitai_api_key', key)
        assert key.strip() not in str(caught.value)

    def test_an_unknown_key(self):
        for call in (setting_values.check_key, setting_values.allowed):
            with pytest.raises(SettingUnknown):
                call('http_timeuot')

    def test_specific_timeouts_win(self):
        settings = loaded(CIVITAI_SHORTCUT_HTTP_TIMEOUT='5', CIVITAI_SHORTCUT_API_TIMEOUT='9')
        assert settings.settings.timeout_for('api') == 9
        assert settings.settings.timeout_for('download') == 5


class TestInForce:
    def test_changes_hold_at_once_for_every_thread(self, fresh_settings):
        seen = []
        fresh_settings(http_timeout=33.0)
        reader = threading.Thread(target=lambda: seen.append(setting.http_timeout))
        reader.start()
        reader.join()
        assert seen == [33.0] and setting.http_timeout == 33.0

    def test_settings_cannot_be_changed_in_place(self, fresh_settings):
        with pytest.raises(AttributeError):
            setting.current().http_timeout = 1.0

    def test_names_that_are_no_setting(self):
        for name in ('http_timeuot', '_nothing', '__wrapped__'):
            assert not hasattr(setting, name)

    def test_defaults_and_environment_before_anything_is_put_in_force(self, home, monkeypatch):
        monkeypatch.setattr(setting, '_current', None)
        monkeypatch.setenv('CIVITAI_SHORTCUT_HTTP_TIMEOUT', '44')
        assert setting.http_timeout == 44
        monkeypatch.setenv('CIVITAI_SHORTCUT_HTTP_TIMEOUT', '55')
        assert setting.http_timeout == 44


def limits_of(key):
    """The bounds of a key's type as one :class:`msgspec.Meta`, empty where there are none."""
    kind = setting_values._TYPES[FIELDS[key].name]
    for part in (kind, *getattr(kind, '__args__', ())):
        for meta in getattr(part, '__metadata__', ()):
            return meta
    return msgspec.Meta()


def test_the_settings_are_one_frozen_record():
    assert issubclass(Settings, msgspec.Struct) and Settings.__struct_config__.frozen
