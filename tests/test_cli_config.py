"""``config``: settings read and changed without losing what a person has written."""

import json
import os
import subprocess
from pathlib import Path

import pytest

KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00'


def written(program):
    return json.loads(program.config.read_text(encoding='utf-8'))


def test_where_the_file_is(program):
    assert program.run('config', 'path').out.strip() == str(program.config)
    assert not program.config.exists()


def test_set_get_unset(program):
    assert program.run('config', 'set', 'http_timeout', '45').code == 0
    assert written(program) == {'http_timeout': 45.0}
    del program.environment['CIVITAI_SHORTCUT_HTTP_TIMEOUT']
    assert program.run('config', 'get', 'http_timeout', '--json').json == {'http_timeout': 45.0}
    assert program.run('config', 'unset', 'http_timeout').code == 0
    assert written(program) == {}
    assert program.run('config', 'get', 'http_timeout').out.strip().startswith('20')


def test_other_keys_stay_as_they_are(program):
    program.config.write_text('{"of_tomorrow": [1], "language": "en"}', encoding='utf-8')
    assert program.run('config', 'set', 'http_max_retries', '5').code == 0
    assert written(program) == {'of_tomorrow': [1], 'language': 'en', 'http_max_retries': 5}


@pytest.mark.parametrize(
    'key, value',
    [
        ('http_timeout', '0'),
        ('http_timeout', 'soon'),
        ('concurrent_downloads', '9'),
        ('cache_enabled', 'perhaps'),
        ('civitai_base_url', 'civitai.com'),
        ('folder_layout', 'mine'),
        ('own_folders', '[1]'),
    ],
)
def test_values_that_do_not_fit_change_nothing(program, key, value):
    program.config.write_text('{"language": "en"}', encoding='utf-8')
    done = program.run('config', 'set', key, value)
    assert done.code == 2 and key in done.err and 'Traceback' not in done.err
    assert written(program) == {'language': 'en'}


class TestTheKey:
    def test_it_is_kept_apart_and_never_shown(self, program):
        done = program.run('config', 'set', 'civitai_api_key', stdin=f'{KEY}\n')
        assert done.code == 0 and KEY not in done.out + done.err
        assert not program.config.exists() or KEY not in program.config.read_text()
        for words in (['show'], ['show', '--json'], ['get', 'civitai_api_key']):
            shown = program.run('config', *words)
            assert shown.code == 0 and KEY not in shown.out + shown.err
            assert '••••' in shown.out

    def test_it_is_used_and_forgotten(self, demo, program, home):
        program.run('config', 'set', 'civitai_api_key', stdin=f'{demo.key}\n')
        [stored] = [path for path in home.rglob('api_key')]
        assert os.name == 'nt' or stored.stat().st_mode & 0o777 == 0o600
        assert program.run('download', '1017').code == 0
        assert program.run('config', 'unset', 'civitai_api_key').code == 0
        assert not stored.exists()

    def test_nothing_entered_changes_nothing(self, demo, program, home):
        program.run('config', 'set', 'civitai_api_key', stdin=f'{demo.key}\n')
        for words, entered in ((['civitai_api_key'], '\n'), (['civitai_api_key', ''], '')):
            done = program.run('config', 'set', *words, stdin=entered)
            assert done.code == 2 and 'nothing was changed' in done.err
        [stored] = [path for path in home.rglob('api_key')]
        assert stored.read_text(encoding='utf-8').strip() == demo.key


def test_show_tells_where_a_value_comes_from(program):
    program.config.write_text('{"http_max_retries": 5}', encoding='utf-8')
    lines = program.run('config', 'show').out.splitlines()
    assert 'http_max_retries = 5  (from the settings file; default 3)' in lines
    assert any(line.startswith('http_timeout = ') and 'environment' in line for line in lines)


def test_validate(program):
    assert program.run('config', 'validate').code == 0
    program.config.write_text('{"http_timeout": "x", "of_tomorrow": 1}', encoding='utf-8')
    done = program.run('config', 'validate')
    assert done.code == 2 and 'http_timeout' in done.out and 'of_tomorrow' in done.out
    program.config.write_text('[]', encoding='utf-8')
    assert program.run('config', 'validate').code == 2


def test_show_groups(program):
    lines = program.run('config', 'show').out.splitlines()
    heads = [line for line in lines if line.startswith('[')]
    assert heads[0] == '[Network]' and len(heads) == len(set(heads)) > 3
    assert 'language = auto' in lines
    keys = [line.split(' = ')[0] for line in lines if ' = ' in line]
    assert sorted(keys) == sorted(program.run('config', 'show', '--json').json)


class TestTheKeyring:
    @pytest.fixture
    def program(self, program, tmp_path):
        program.environment.update(
            PYTHON_KEYRING_BACKEND='tests.support.keyrings.FileKeyring',
            TEST_KEYRING=str(tmp_path / 'keyring.json'),
            PYTHONPATH=str(Path(__file__).resolve().parents[1]),
        )
        return program

    @pytest.fixture
    def entries(self, tmp_path):
        file = tmp_path / 'keyring.json'
        return lambda: list(json.loads(file.read_text()).values()) if file.exists() else []

    def test_the_key_is_kept_there_used_and_forgotten(self, demo, program, home, entries):
        done = program.run('config', 'set', 'civitai_api_key', stdin=f'{demo.key}\n')
        assert done.code == 0 and 'keyring' in done.err and demo.key not in done.out + done.err
        assert entries() == [demo.key] and list(home.rglob('api_key')) == []
        shown = program.run('config', 'show').out.splitlines()
        [line] = [line for line in shown if line.startswith('civitai_api_key')]
        assert 'keyring' in line and demo.key not in line
        assert program.run('download', '1017').code == 0
        assert program.run('config', 'unset', 'civitai_api_key').code == 0
        assert entries() == [] and program.run('config', 'get', 'civitai_api_key').out.strip() == ''

    def test_the_demo_leaves_it_alone(self, program, entries):
        words = program.words('config', 'set', 'civitai_api_key')
        words.insert(words.index('--no-bootstrap'), '--demo')
        environment = {**os.environ, **program.environment}
        done = subprocess.run(words, env=environment, input=f'{KEY}\n', encoding='utf-8')
        assert done.returncode == 0 and entries() == []
        assert (program.data / 'secrets' / 'api_key').read_text().strip() == KEY

    def test_a_key_set_again_holds_over_one_in_the_settings_file(self, program, entries):
        program.config.write_text(json.dumps({'civitai_api_key': KEY}), encoding='utf-8')
        program.run('config', 'set', 'civitai_api_key', stdin='another\n')
        assert written(program) == {} and entries() == ['another']


class TestOverridden:
    """What the environment says comes first, and whoever changes the file is told so."""

    def test_setting_and_unsetting(self, program):
        program.environment['CIVITAI_SHORTCUT_HTTP_TIMEOUT'] = '55'
        for words in (('set', 'http_timeout', '60'), ('unset', 'http_timeout')):
            done = program.run('config', *words)
            assert done.code == 0 and 'CIVITAI_SHORTCUT_HTTP_TIMEOUT' in done.err

    def test_the_key_by_its_own_name(self, program):
        program.environment['CIVITAI_API_KEY'] = 'key-of-the-environment'
        done = program.run('config', 'set', 'civitai_api_key', 'another-key')
        assert done.code == 0 and 'CIVITAI_API_KEY' in done.err

    def test_otherwise_nothing_is_said_of_it(self, program):
        assert 'variable' not in program.run('config', 'set', 'http_retries', '1').err
        assert 'variable' not in program.run('config', 'set', 'http_max_retries', '1').err
