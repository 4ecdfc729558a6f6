"""``images inspect`` and ``images resources``: what pictures say of their making."""

import pytest

from civitai_manager_libs.demo import GALLERY_PICTURES, TWIN


@pytest.fixture
def saved(program):
    """Has pictures of the gallery on the disk, by name; gives the path of one."""

    def save(name):
        number = GALLERY_PICTURES.get(name, TWIN)
        done = program.run('images', '--image-id', number, '--metadata', 'none', '--json')
        [entry] = done.json['images']
        return entry['path']

    return save


class TestInspect:
    @pytest.mark.parametrize('option', ['--out', '--metadata', '--max-concurrent', '--limit'])
    def test_what_only_a_download_knows_is_refused(self, program, option):
        value = {'--out': 'here', '--metadata': 'txt'}.get(option, '3')
        done = program.run('images', option, value, 'inspect', 'a.png')
        assert done.code == 2 and 'reads pictures' in done.err

    def test_a_text_that_can_be_pasted(self, program, saved):
        done = program.run('images', 'inspect', saved('long_seed'))
        assert done.code == 0 and 'written by a1111' in done.out
        assert f'Seed: {2**63 + 12_345}' in done.out and 'Negative prompt: ' in done.out
        assert '  LORA        silk_tide_v12 ' in done.out

    def test_everything_as_a_document(self, program, saved):
        path = saved('comfyui')
        done = program.run('images', 'inspect', path, '--json')
        [picture] = done.json['pictures']
        assert picture['file'] == path and picture['source'] == 'comfyui'
        assert picture['error'] is None and picture['steps'] and picture['raw']
        assert {one['kind'] for one in picture['resources']} == {'Checkpoint', 'LORA'}

    def test_what_says_nothing_is_no_failure_and_what_cannot_be_read_is_one(self, program, saved):
        torn = program.cwd / 'torn.txt'
        torn.write_text('no picture')
        done = program.run('images', 'inspect', saved('no_data'), torn, program.cwd / 'gone.png')
        assert done.code == 2 and 'says nothing' in done.out
        assert 'torn.txt is no picture' in done.err and 'gone.png' in done.err
        alone = program.run('images', 'inspect', saved('no_data'), '--json')
        assert alone.code == 0 and alone.json['pictures'][0]['reason'] == 'none'
        broken = program.run('images', '--json', 'inspect', torn).json['pictures'][0]
        assert broken['error']['code'] == 'no_picture_file'


class TestResources:
    def test_of_a_picture_at_civitai(self, program):
        done = program.run('images', 'resources', GALLERY_PICTURES['on_site'], '--json')
        rows = done.json['resources']
        assert done.code == 0 and done.json['missing'] == 3 and done.json['bytes'] > 0
        kinds = {row['kind']: row['version_id'] for row in rows}
        assert kinds == {'Checkpoint': 2001, 'LORA': 2005, 'TextualInversion': 2010}
        assert {row['state'] for row in rows} == {'available'}

    def test_what_is_here_is_found(self, program, saved):
        path = saved('long_seed')
        assert program.run('download', '1003@2005').code == 0
        rows = program.run('images', 'resources', path, '--json').json['resources']
        states = {row['version_id']: row['state'] for row in rows}
        assert states[2005] == 'installed' and states[2001] == 'available'
        words = program.run('images', 'resources', path)
        assert 'silk_tide_v12.safetensors' in words.out and 'To download: ' in words.out

    def test_data_that_only_the_original_has(self, program):
        number = GALLERY_PICTURES['hidden_data']
        rows = program.run('images', 'resources', number, '--json').json['resources']
        assert {2001, 2005} <= {row['version_id'] for row in rows}

    def test_a_picture_that_names_none(self, program, saved):
        done = program.run('images', 'resources', saved('no_data'))
        assert done.code == 0 and 'Names no models' in done.out

    def test_pictures_that_are_not_there(self, program):
        assert program.run('images', 'resources', 999_999_999).code == 4
        assert program.run('images', 'resources', 'gone.png').code == 2
