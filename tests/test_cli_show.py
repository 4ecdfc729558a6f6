"""``show``: one model or version, with what of it is here."""

import json

import pytest

from civitai_manager_libs.demo import SPECIAL


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
