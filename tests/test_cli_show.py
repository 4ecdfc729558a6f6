"""``show``: one model or version, with what of it is here."""

import json

import pytest

from civitai_manager_libs.demo import SPECIAL


@pytest.fixture
def program(terminal):
    """The program, in this process."""
    return terminal


def test_a_version_with_its_files(demo, program):
    done = program.run('show', 'https://civitai.com/models/1001', '--json')
    assert done.code == 0, done
    shown = done.json
    assert shown['model']['name'] == '極光幻境 XL' and shown['model']['creator'] == 'aurora_atelier'
    assert shown['version']['id'] == 2001 and shown['version']['early_access'] is False
    files = {file['id']: file for file in shown['version']['files']}
    assert set(files) == {3001, 3002, 3003, 3004, 3005}
    assert files[3003]['risk'] == 'danger' and files[3001]['risk'] is None
    assert files[3001]['primary'] and not files[3002]['primary']
    assert files[3001]['hashes']['SHA256'] == demo.file_hashes(3001)['SHA256']
    assert abs(files[3001]['bytes'] - len(demo.file_bytes(3001))) < 1024
    assert [version['id'] for version in shown['versions']] == [2001, 2002]
    assert all(file['installed'] is None for file in files.values())


def test_what_is_installed(program):
    program.run('download', '1004')
    [file] = program.run('show', '1004', '--json').json['version']['files']
    path = program.downloads / 'LORA' / 'moss_garden_v1.safetensors'
    assert file['installed'] == str(path)
    assert str(path) in program.run('show', '1004').out
    path.unlink()
    assert str(path) not in program.run('show', '1004').out


def test_in_words(program):
    out = program.run('show', '1003@2006').out
    assert '絲線潮汐 Silk Tide' in out and 'v1.0' in out and 'silktide' in out
    assert 'v1.2 退潮 (2005)' in out


def test_by_hash_and_by_another_version(demo, program):
    shown = program.run('show', demo.file_hashes(3002)['SHA256'], '--json').json
    assert shown['version']['id'] == 2001
    assert program.run('show', '2006', '--json').json['version']['id'] == 2006


def test_early_access_and_archived(program):
    early = program.run('show', str(SPECIAL['early_access'].model_id), '--json').json
    assert early['version']['early_access'] is True
    archived = program.run('show', str(SPECIAL['archived'].model_id), '--json')
    assert archived.code == 0 and archived.json['model']['removed'] is True
    assert archived.json['version']['files'] == []


@pytest.mark.parametrize(
    'text, code', [('99', 4), ('nonsense', 2), ('https://civitai.com/posts/1', 2), ('', 2)]
)
def test_what_cannot_be_shown(program, text, code):
    done = program.run('show', text, '--json')
    assert done.code == code and done.err and 'Traceback' not in done.err
    error = json.loads(done.out)['error']
    assert error['code'] and error['message'] in done.err


@pytest.mark.parametrize('variant', ['nulls', 'missing', 'unknown_enums', 'empty_hashes', 'extra'])
def test_odd_records(demo, program, variant):
    demo.faults.add('fields', variant=variant)
    done = program.run('show', '1001')
    assert done.code == 0 and 'Traceback' not in done.err, done


def test_the_licence_and_since_when(program):
    shown = program.run('show', '1001', '--json').json
    assert shown['model']['licence']['derivatives'] is True
    assert shown['offline'] is False and shown['since'] and shown['gone_since'] is None
    assert shown['saved'] is None
    assert 'licence, allowed' in program.run('--lang', 'en', 'show', '1001').out


def test_what_is_saved(program):
    program.run('shortcut', 'add', '1004')
    program.run('shortcut', 'note', '1004', '給庭院用')
    saved = program.run('show', '1004', '--json').json['saved']
    assert saved['note'] == '給庭院用' and saved['favourite'] is False
    assert '給庭院用' in program.run('show', '1004').out


def test_gone_and_without_a_network(demo, program):
    whole = program.run('show', '1001', '--json').json
    demo.faults.add('status', status=404, path='/models/1001')
    gone = program.run('show', '1001', '--json', http_cache_enabled=False)
    assert gone.code == 0 and gone.json['gone_since'] and gone.json['version'] == whole['version']
    demo.stop()
    away = program.run('show', '1001@2002', '--json', http_cache_enabled=False)
    assert away.code == 0 and away.json['offline'] is True and away.json['since'] == whole['since']
    assert away.json['version']['id'] == 2002
    assert away.json['problem']['code'] == 'connection_failed'
    assert program.run('show', '1002', http_max_retries=0).code == 5


def test_versions_that_are_listed_no_more(demo, program):
    program.run('show', '1003', '--json')
    body = '{"id": 1003, "name": "", "modelVersions": [{"id": 2006, "files": []}]}'
    demo.faults.add('status', status=200, path='/models/1003', body=body)
    shown = program.run('show', '1003@2005', '--json', http_cache_enabled=False).json
    assert shown['model']['name'] == '絲線潮汐 Silk Tide' and shown['version']['withdrawn'] is True
    assert shown['version']['files'] and [one['id'] for one in shown['versions']] == [2006, 2005]
