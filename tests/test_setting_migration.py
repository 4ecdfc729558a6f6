"""Older settings files: what of them is a setting today, and what becomes of the files."""

import json
import os
import re

import pytest

from civitai_manager_libs import __version__, setting
from civitai_manager_libs.errors import VersionUnknown
from civitai_manager_libs.setting_migration import _GONE, _RENAMED, _SECTIONS, migrate
from civitai_manager_libs.setting_values import FIELDS

KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00'
# What the extension of 2023 wrote, section by section.
SECTIONS = {
    'NSFW_filter': {'nsfw_filter_enable': True, 'nsfw_level': 'Soft'},
    'application_allow': {
        'civitai_api_key': KEY,
        'shortcut_update_when_start': True,
        'shortcut_max_download_image_per_version': 0,
    },
    'image_style': {'shortcut_column': 5, 'gallery_column': 7},
    'screen_style': {'information_gallery_height': 'auto'},
    'model_folders': {'LoCon': '/models/LyCORIS', 'Poses': 'models/Poses'},
    'download_folders': {'download_images': 'outputs/download-images'},
}
# What its successor wrote, side by side.
FLAT = {
    'http_timeout': 60.0,
    'http_max_retries': '5',
    'download_timeout': 600,
    'download_max_concurrent': 3.0,
    'image_download_timeout': 30,
    'image_download_cache_enabled': False,
    'http_chunk_size': 1048576,
    'http_pool_block': False,
    'gallery_column': 7,
    'gallery_download_batch_size': 5,
}


class TestConfig:
    def test_the_tables_lead_to_settings_that_exist(self):
        targets = {
            *_RENAMED.values(),
            *(key for part in _SECTIONS.values() for key in part.values()),
        }
        assert targets <= set(FIELDS)
        assert not (set(_RENAMED) | _GONE | set(_SECTIONS)) & set(FIELDS)

    def test_sections(self):
        found = migrate(SECTIONS)
        assert found.config == {'civitai_api_key': KEY, 'own_folders': {'LoCon': '/models/LyCORIS'}}
        assert found.renamed == {
            'application_allow.civitai_api_key': 'civitai_api_key',
            'model_folders': 'own_folders',
        }
        assert {'image_style.gallery_column', 'model_folders.Poses'} < set(found.gone)
        assert len(found.gone) == 9 and found.problems == ()

    def test_side_by_side(self):
        found = migrate(FLAT)
        assert found.config == {
            'http_timeout': 60,
            'http_max_retries': 5,
            'download_timeout': 600,
            'concurrent_downloads': 3,
            'image_timeout': 30,
            'cache_enabled': False,
            'http_chunk_size': 1048576,
            'gallery_download_batch_size': 5,
        }
        assert found.gone == ('http_pool_block', 'gallery_column')

    def test_what_does_not_fit_is_reported_and_left_out(self):
        found = migrate({'download_max_concurrent': 99, 'http_timeout': -1, 'request_delay': 1})
        assert found.config == {'request_delay': 1}
        assert [one.details['key'] for one in found.problems] == [
            'concurrent_downloads',
            'http_timeout',
        ]

    @pytest.mark.parametrize('turned', [False, True])
    def test_todays_name_holds_over_an_older_one(self, turned):
        both = [('download_max_concurrent', 3), ('concurrent_downloads', 1)]
        found = migrate(dict(reversed(both) if turned else both))
        assert found.config == {'concurrent_downloads': 1}
        assert found.gone == ('download_max_concurrent',)

    @pytest.mark.parametrize('turned', [False, True])
    def test_a_place_left_empty_for_the_key_does_not_hide_it(self, turned):
        both = [('civitai_api_key', ''), ('application_allow', {'civitai_api_key': KEY})]
        assert migrate(dict(reversed(both) if turned else both)).config['civitai_api_key'] == KEY

    @pytest.mark.parametrize('value', [None, [], 7, 'x', {'a': {'b': []}}])
    def test_nonsense_in_the_place_of_a_section_is_kept_as_it_is(self, value):
        old = {name: value for name in _SECTIONS if not isinstance(value, dict)} | {'mine': value}
        assert migrate(old).config == old

    def test_what_is_of_today_comes_back_as_it_is(self):
        defaults = setting.defaults()
        once = migrate({**defaults, 'of_tomorrow': [1]})
        assert once.config == {**defaults, 'of_tomorrow': [1]}
        for old in (FLAT, SECTIONS):
            config = migrate(old).config
            again = migrate(config)
            assert again.config == config and not (again.renamed or again.gone or again.problems)


class TestVersions:
    def test_the_documented_call(self):
        old = dict(FLAT)
        assert setting.migrate_config(old, __version__)['concurrent_downloads'] == 3
        assert old == FLAT
        assert setting.migrate_config({}, 'v0.1') == {}

    @pytest.mark.parametrize('version', ['99', f'{__version__}.1', 'soon', '', '1.x'])
    def test_a_version_that_nobody_knows(self, version):
        with pytest.raises(VersionUnknown):
            setting.migrate_config({}, version)


class TestCommand:
    @pytest.fixture
    def old(self, tmp_path):
        file = tmp_path / 'data_sc' / 'CivitaiShortCutSetting.json'
        file.parent.mkdir()
        file.write_text(json.dumps({**SECTIONS, **FLAT}), encoding='utf-8')
        return file

    def written(self, program):
        return json.loads(program.config.read_text(encoding='utf-8'))

    def backups(self, folder):
        return [path for path in folder.iterdir() if '.backup-' in path.name]

    def test_taking_over_the_extension(self, program, home, old):
        program.config.write_text('{"http_timeout": 7, "of_tomorrow": 1}', encoding='utf-8')
        done = program.run('config', 'migrate', old)
        assert done.code == 0 and KEY not in done.out + done.err
        assert self.written(program) == {
            'http_timeout': 7,
            'of_tomorrow': 1,
            'own_folders': {'LoCon': '/models/LyCORIS'},
            'http_max_retries': 5,
            'download_timeout': 600.0,
            'concurrent_downloads': 3,
            'image_timeout': 30.0,
            'cache_enabled': False,
        }
        assert 'download_max_concurrent → concurrent_downloads = 3' in done.out.splitlines()
        assert 'image_style.gallery_column' in done.out
        assert [path.read_text().strip() for path in home.rglob('api_key')] == [KEY]

    def test_the_key_leaves_the_old_file_and_is_in_no_copy(self, program, old):
        assert program.run('config', 'migrate', old).code == 0
        [copy] = self.backups(old.parent)
        assert re.fullmatch(r'CivitaiShortCutSetting\.json\.backup-\d{8}-\d{6}', copy.name)
        for path in (old, copy):
            content = json.loads(path.read_text(encoding='utf-8'))
            assert content['application_allow'].pop('civitai_api_key') == ''
            assert content['image_style'] == SECTIONS['image_style'] and len(content) == 16
        assert os.name == 'nt' or copy.stat().st_mode & 0o777 == 0o600

    def test_a_second_time_changes_nothing(self, program, old, tmp_path):
        program.run('config', 'migrate', old)
        before = {path: path.read_bytes() for path in tmp_path.rglob('*.json*')}
        done = program.run('config', 'migrate', old)
        assert done.code == 0 and 'holds nothing' in done.out
        assert {path: path.read_bytes() for path in tmp_path.rglob('*.json*')} == before

    def test_only_saying_what_would_change(self, program, home, old, tmp_path):
        before = old.read_bytes()
        done = program.run('config', 'migrate', old, '--dry-run')
        assert done.code == 0 and '--dry-run' in done.out and 'concurrent_downloads = 3' in done.out
        assert not program.config.exists() and old.read_bytes() == before
        assert list(home.rglob('api_key')) == [] == self.backups(old.parent)

    def test_a_key_that_is_stored_stays_and_the_other_is_not_lost(self, program, home, old):
        program.run('config', 'set', 'civitai_api_key', stdin='mine\n')
        done = program.run('config', 'migrate', old)
        assert done.code == 0 and 'Another API key' in done.out
        assert [path.read_text().strip() for path in home.rglob('api_key')] == ['mine']
        assert KEY in old.read_text(encoding='utf-8') and self.backups(old.parent) == []

    def test_the_settings_file_itself(self, program, home):
        old = {**SECTIONS, 'http_timeout': 'soon', 'request_delay': '1.5', 'mine': {'x': [1]}}
        program.config.write_text(json.dumps(old), encoding='utf-8')
        done = program.run('config', 'migrate')
        assert done.code == 0 and 'http_timeout' in done.out
        assert self.written(program) == {
            'own_folders': {'LoCon': '/models/LyCORIS'},
            'request_delay': 1.5,
            'mine': {'x': [1]},
        }
        [copy] = self.backups(program.config.parent)
        assert KEY not in copy.read_text(encoding='utf-8') and '"soon"' in copy.read_text()
        assert [path.read_text().strip() for path in home.rglob('api_key')] == [KEY]
        assert program.run('config', 'validate').code == 0
        assert 'holds nothing' in program.run('config', 'migrate').out

    def test_a_copy_of_a_file_without_a_key_is_that_file(self, program):
        content = b'{ "download_max_concurrent" :  3 }\r\n'
        program.config.write_bytes(content)
        assert program.run('config', 'migrate').code == 0
        [copy] = self.backups(program.config.parent)
        assert copy.read_bytes() == content

    def test_nothing_there(self, program, tmp_path):
        assert 'holds nothing' in program.run('config', 'migrate').out
        done = program.run('config', 'migrate', tmp_path / 'nothing.json')
        assert done.code == 2 and 'nothing.json' in done.err

    def test_a_broken_file_is_left_alone(self, program, old):
        old.write_text('{"http_timeout": ', encoding='utf-8')
        done = program.run('config', 'migrate', old)
        assert done.code == 2 and old.name in done.err and not program.config.exists()
        assert self.backups(old.parent) == []
