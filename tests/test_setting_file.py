"""The person's settings file and the API key: read with care, written whole, kept from others."""

import errno
import json
import os
import stat
import sys

import pytest

from civitai_manager_libs import setting
from civitai_manager_libs.errors import (
    DiskError,
    SettingInvalid,
    SettingsFileBroken,
    SettingUnknown,
)
from civitai_manager_libs.key_store import KeyStore

KEY = 'k' * 20 + '1234'
POSIX = pytest.mark.skipif(sys.platform == 'win32', reason='platform: permissions of POSIX')


@pytest.fixture
def file(tmp_path):
    return tmp_path / 'config' / 'user_config.json'


@pytest.fixture
def keys(tmp_path):
    return KeyStore(tmp_path / 'secrets' / 'api_key', None)


def written(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, (bytes, str)) else json.dumps(content)
    file.write_bytes(data if isinstance(data, bytes) else data.encode('utf-8'))
    return file


def mode_of(file):
    return stat.S_IMODE(file.stat().st_mode)


BROKEN = {
    'not json': b'{"http_timeout": 5',
    'empty': b'',
    'a list': b'[1, 2]',
    'a text': b'"x"',
    'null': b'null',
    'not utf-8': b'{"download_path": "\xff\xfe"}',
    'utf-16': '{"http_timeout": 5}'.encode('utf-16'),
    'nested too deep': b'{"a":' + b'[' * 100_000,
    'a number without end': b'{"http_timeout": ' + b'9' * 100_000 + b'}',
    'binary': bytes(range(256)),
}


class TestReading:
    @pytest.mark.parametrize('content', BROKEN.values(), ids=BROKEN)
    def test_a_broken_file_is_reported_and_never_overwritten(self, file, keys, content):
        written(file, content)
        calls = [
            lambda: setting.load(file, {}),
            lambda: setting.save(file, {'http_timeout': 9}),
            lambda: setting.unset(file, 'http_timeout'),
            lambda: setting.move_key_out(file, keys),
        ]
        for call in calls:
            with pytest.raises(SettingsFileBroken) as caught:
                call()
            assert caught.value.details['path'] == str(file) and caught.value.details['reason']
        assert file.read_bytes() == content
        assert [path.name for path in file.parent.iterdir()] == [file.name]

    def test_the_place_of_a_mistake_is_told(self, file):
        written(file, '{\n  "http_timeout": 5,\n  oops\n}')
        with pytest.raises(SettingsFileBroken, match='line 3, column 3'):
            setting.load(file, {})

    def test_a_folder_in_its_place(self, file):
        file.mkdir(parents=True)
        with pytest.raises(SettingsFileBroken):
            setting.load(file, {})

    def test_a_byte_order_mark_of_an_editor(self, file):
        written(file, b'\xef\xbb\xbf{"http_timeout": 5}')
        assert setting.load(file, {}).settings.http_timeout == 5
        setting.save(file, {'http_max_retries': 1})
        assert setting.load(file, {}).settings.http_timeout == 5

    def test_a_huge_file_of_something_else(self, file):
        written(file, {'http_timeout': 5, 'other': ['x' * 1000] * 5000})
        assert setting.load(file, {}).settings.http_timeout == 5

    def test_nonsense_of_every_kind_is_left_out(self, file):
        written(file, '{"http_timeout": NaN, "http_max_retries": 1e400, "own_folders": [[[1]]]}')
        found = setting.load(file, {})
        assert len(found.problems) == 3 and found.settings.http_timeout == 20


class TestSaving:
    def test_other_keys_stay_known_or_not(self, file):
        written(file, {'http_timeout': 5, 'of_a_newer_version': {'deep': [1]}, 'request_delay': 1})
        setting.save(file, {'http_timeout': 6.5, 'api_timeout': None})
        assert json.loads(file.read_text(encoding='utf-8')) == {
            'http_timeout': 6.5,
            'of_a_newer_version': {'deep': [1]},
            'request_delay': 1,
            'api_timeout': None,
        }

    def test_it_is_written_for_people(self, file):
        setting.save(file, {'download_path': '/模型'})
        assert file.read_text(encoding='utf-8') == '{\n  "download_path": "/模型"\n}\n'

    def test_nothing_is_written_when_one_value_is_wrong(self, file):
        written(file, {'http_timeout': 5})
        with pytest.raises(SettingInvalid):
            setting.save(file, {'http_max_retries': 1, 'http_timeout': 'x'})
        with pytest.raises(SettingUnknown):
            setting.save(file, {'http_max_retries': 1, 'nonsense': 1})
        assert json.loads(file.read_text()) == {'http_timeout': 5}

    def test_names_of_files_that_are_no_unicode_survive(self, file):
        odd = '/models/\udcff\ud800'
        written(file, json.dumps({'mine': odd}))
        setting.save(file, {'download_path': odd})
        assert setting.load(file, {}).settings.download_path == odd
        assert setting.read_file(file)['mine'] == odd

    @pytest.mark.parametrize('step', ['write', 'fsync', 'replace'])
    def test_a_failure_in_the_middle_leaves_the_old_file(self, file, monkeypatch, step):
        written(file, {'http_timeout': 5})

        def fail(*_, **__):
            raise OSError(errno.ENOSPC, 'No space left on device')

        with monkeypatch.context() as patch:
            if step == 'write':
                patch.setattr(os, 'fdopen', fail)
            else:
                patch.setattr(os, step, fail)
            with pytest.raises(DiskError):
                setting.save(file, {'http_timeout': 9})
        assert json.loads(file.read_text()) == {'http_timeout': 5}
        left = sorted(path.name for path in file.parent.iterdir())
        assert left == [file.name, f'{file.name}.lock']

    def test_back_to_the_default(self, file):
        written(file, {'http_timeout': 5, 'api_timeout': None})
        assert setting.unset(file, 'http_timeout') is True
        assert setting.unset(file, 'http_timeout') is False
        assert setting.unset(file, 'api_timeout') is True
        assert setting.read_file(file) == {}
        with pytest.raises(SettingUnknown):
            setting.unset(file, 'nonsense')

    @POSIX
    def test_a_file_that_a_person_has_closed_stays_closed(self, file):
        os.chmod(written(file, {'http_timeout': 5}), 0o600)
        setting.save(file, {'http_timeout': 6})
        assert mode_of(file) == 0o600


class TestKey:
    def test_a_key_is_never_saved_in_the_settings_file(self, file):
        with pytest.raises(SettingInvalid) as caught:
            setting.save(file, {'civitai_api_key': KEY})
        assert KEY not in str(caught.value) and not file.exists()

    def test_the_environment_wins_over_the_stored_key(self, keys):
        keys.store(KEY)
        found = setting.load(None, {'CIVITAI_API_KEY': 'other'}, keys)
        assert found.settings.civitai_api_key == 'other'

    def test_problems_never_show_the_key(self, file):
        written(file, {'civitai_api_key': f'{KEY} {KEY}'})
        (problem,) = setting.load(file, {}).problems
        assert KEY not in str(problem)


class TestMoving:
    def test_a_key_in_the_settings_file_is_moved_out(self, file, keys):
        written(file, {'civitai_api_key': KEY, 'new': 1})
        assert setting.move_key_out(file, keys) is True
        assert KEY.encode() not in file.read_bytes()
        assert setting.read_file(file) == {'civitai_api_key': '', 'new': 1}
        assert setting.load(file, {}, keys).settings.civitai_api_key == KEY
        assert setting.move_key_out(file, keys) is False

    def test_a_key_with_blanks_around_it(self, file, keys):
        written(file, {'civitai_api_key': f' {KEY}\n'})
        assert setting.move_key_out(file, keys) is True
        assert keys.read() == KEY

    @pytest.mark.parametrize('value', ['', None, 7, ['x']])
    def test_nothing_to_move(self, file, keys, value):
        before = written(file, {'civitai_api_key': value}).read_bytes()
        assert setting.move_key_out(file, keys) is False
        assert file.read_bytes() == before and keys.read() == ''

    def test_what_is_no_key_stays_where_it_is(self, file, keys):
        before = written(file, {'civitai_api_key': 'two words'}).read_bytes()
        assert setting.move_key_out(file, keys) is False
        assert file.read_bytes() == before and keys.read() == ''

    def test_the_key_is_lost_nowhere_when_writing_fails(self, file, keys, monkeypatch):
        written(file, {'civitai_api_key': KEY})
        written(keys.key_file.parent, 'a file where the folder should be')
        with pytest.raises(DiskError):
            setting.move_key_out(file, keys)
        assert setting.read_file(file)['civitai_api_key'] == KEY


@pytest.mark.parametrize(
    'key, value',
    [
        ('own_folders', {'LORA': '../../../x'}),
        ('filename_template', '{nope}'),
        ('filename_template', '{model_name}/{version_name}'),
        ('filename_template', '{model_name.__class__}'),
        ('subfolder_template', '../..'),
        ('subfolder_template', '/etc/{creator}'),
    ],
)
def test_a_place_that_no_download_could_use_is_refused_at_once(tmp_path, key, value):
    config = tmp_path / 'user_config.json'
    with pytest.raises(SettingInvalid) as refused:
        setting.save(config, {key: value})
    written = value if isinstance(value, str) else json.dumps(value)
    assert refused.value.details['value'] == written and not config.exists()
    config.write_text(json.dumps({key: value}), encoding='utf-8')
    loaded = setting.load(config, {})
    assert [problem.details['key'] for problem in loaded.problems] == [key]
    assert getattr(loaded.settings, key) == setting.defaults()[key]
