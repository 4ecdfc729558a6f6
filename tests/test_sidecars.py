"""The files beside a model: there when it is complete, right, and nobody's own words lost."""

import json
import os
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.task import State

from .support.beside import ENDINGS, MOSS, MOSS_NAME, a1111_prompt, beside, read, sdnext_version
from .support.command import eventually, files_below
from .test_engine import assert_whole

VERSION_ID = SPECIAL['plain'].version_id
ALL = sorted(f'LORA/{MOSS_NAME}{ending}' for ending in ENDINGS)
MODEL_PATH = f'/api/v1/models/{MOSS}'
VERSION_PATH = f'/api/v1/model-versions/{VERSION_ID}'


def done(writing, text=MOSS, **order):
    [task] = writing.fetch(text, **order)
    assert task.state is State.DONE, (task.error_code, task.error_details)
    return task


def lay(writing, ending, content):
    """Put a file of a person beside where the model will be; gives its path."""
    path = writing.downloads / 'LORA' / (MOSS_NAME + ending)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def codes(task):
    return [(note.code, note.details['beside']) for note in task.notes]


class TestWhatIsWritten:
    def test_all_three(self, demo, writing):
        task = done(writing)
        assert_whole(demo, task)
        assert files_below(writing.downloads) == ALL and task.notes == ()

    def test_what_a1111_reads(self, writing):
        task = done(writing)
        prompt, description, generation = a1111_prompt(task.path)
        words = ', '.join(read(beside(task, '.civitai.info'))['trainedWords'])
        assert words and prompt == f'<lora:{MOSS_NAME}:default> {words}'
        assert description and '<' not in description and generation == 'SD1'

    def test_what_sdnext_reads(self, demo, writing):
        task = done(writing)
        user = read(beside(task, '.json'))
        model = next(model for model in demo.models if model['id'] == int(MOSS))
        assert sdnext_version(task.path, task.sha256)['id'] == VERSION_ID
        assert {key: user[key] for key in ('id', 'name', 'type', 'tags')} == {
            key: model[key] for key in ('id', 'name', 'type', 'tags')
        }
        assert user['sha256'] == task.sha256 and user['modelVersionId'] == VERSION_ID

    def test_an_older_version_is_not_taken_for_the_newest(self, writing):
        task = done(writing, 'civitai:1003@2006')
        assert sdnext_version(task.path, task.sha256)['id'] == 2006
        assert sdnext_version(task.path)['id'] == 2006
        assert [one['id'] for one in read(beside(task, '.json'))['modelVersions']] == [2006, 2005]

    def test_what_civitai_helper_and_lora_manager_read(self, demo, writing):
        info = read(beside(done(writing), '.civitai.info'))
        model = next(model for model in demo.models if model['id'] == int(MOSS))
        assert (info['id'], info['modelId']) == (VERSION_ID, int(MOSS))
        assert info['model']['description'] == model['description']
        assert info['model']['tags'] == model['tags']
        assert info['model']['allowDerivatives'] == model['allowDerivatives']
        assert info['creator']['username'] == model['creator']['username']
        assert info['files'][0]['hashes']['SHA256'] == demo.file_hashes(3012)['SHA256']

    def test_a_name_that_is_not_english(self, writing):
        task = done(writing, str(SPECIAL['odd_name'].model_id))
        content = beside(task, '.json').read_bytes()
        assert '星塵' in content.decode('utf-8') and b'\\u' not in content

    def test_an_embedding_has_them_too(self, writing):
        task = done(writing, '1007')
        assert read(beside(task, '.json'))['type'] == 'TextualInversion'

    def test_a_vae_is_known_by_what_hosts_take_for_its_base(self, writing):
        done(writing, '1009')
        assert 'VAE/morningDew.vae.json' in files_below(writing.downloads)


class TestWhenNothingIsWritten:
    def test_before_the_model_is_complete(self, demo, writing):
        demo.faults.add('throttle', path=FILES, bytes_per_second=400_000)
        [task] = writing.order(MOSS)
        writing.engine.start()
        writing.reached(task, State.RUNNING, received=100_000)
        writing.engine.pause([task.id])
        eventually(lambda: writing.released(task))
        assert all('.part' in name for name in files_below(writing.downloads))
        demo.faults.clear()
        writing.engine.resume([task.id])
        writing.engine.wait([task.id])
        assert files_below(writing.downloads) == ALL

    def test_after_a_failed_verification(self, demo, writing):
        demo.faults.add('wrong_bytes', path=FILES)
        [task] = writing.fetch(MOSS)
        assert task.error_code == 'hash_mismatch'
        assert not set(files_below(writing.downloads)) & set(ALL)

    def test_by_the_setting(self, bench):
        task = done(bench)
        assert files_below(bench.downloads) == [f'LORA/{MOSS_NAME}.safetensors']
        assert not task.notes

    def test_by_the_order(self, writing):
        done(writing, sidecars=False)
        assert files_below(writing.downloads) == [f'LORA/{MOSS_NAME}.safetensors']

    def test_for_a_file_from_elsewhere(self, odd_server, writing):
        server = odd_server(lambda handler: handler.reply(200, b'x' * 1000))
        done(writing, f'{server.url}/x.safetensors', folder=str(writing.downloads))
        assert files_below(writing.downloads) == ['x.safetensors']
        assert len(server.seen) <= 2

    @pytest.mark.parametrize('file_id', [3004, 3010, 3025])
    def test_for_configurations_archives_and_training_data(self, demo, writing, file_id):
        version = {3004: 2001, 3010: 2005, 3025: 2019}[file_id]
        link = f'https://civitai.com/api/download/models/{version}?fileId={file_id}'
        demo.requests.clear()
        done(writing, link)
        assert len(files_below(writing.downloads)) == 1


class TestAPersonsOwn:
    def test_words_are_kept_and_facts_are_added(self, writing):
        mine = {
            'description': 'my moss',
            'activation text': 'mossy',
            'preferred weight': 0.65,
            'notes': 'use with care',
            'sd version': 'SD2',
            'negative text': 'sand',
            'my own key': [1, 2],
        }
        path = lay(writing, '.json', mine)
        done(writing)
        user = read(path)
        assert {key: user[key] for key in mine} == mine
        assert user['modelVersionId'] == VERSION_ID and user['modelVersions']

    def test_what_the_editor_of_a1111_saves_empty_is_filled(self, writing):
        empty = {'description': '', 'sd version': 'SD1', 'activation text': '', 'notes': ''}
        path = lay(writing, '.json', {**empty, 'preferred weight': 0})
        done(writing)
        assert read(path)['activation text'] and read(path)['description']

    @pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-32'])
    def test_in_any_encoding_that_can_be_told(self, writing, encoding):
        path = lay(
            writing, '.json', json.dumps({'notes': '筆記'}, ensure_ascii=False).encode(encoding)
        )
        task = done(writing)
        assert read(path)['notes'] == '筆記' and read(path)['modelId'] == int(MOSS)
        assert task.notes == ()

    @pytest.mark.parametrize('ending', ['.json', '.civitai.info'])
    @pytest.mark.parametrize(
        'content', [b'{"notes": "half', b'[1, 2]', b'"text"', b'\xb5\xa7\xb0O', b'[' * 100_000]
    )
    def test_what_cannot_be_read_is_left_as_it_is(self, writing, ending, content):
        path = lay(writing, ending, content)
        task = done(writing)
        assert path.read_bytes() == content
        assert codes(task) == [('sidecar_unreadable', path.name)]
        assert files_below(writing.downloads) == ALL

    def test_an_empty_file_holds_nothing_of_anybody(self, writing):
        path = lay(writing, '.json', b'')
        assert done(writing).notes == () and read(path)['modelId'] == int(MOSS)

    def test_other_tools_information_is_completed(self, writing):
        path = lay(
            writing, '.civitai.info', {'id': VERSION_ID, 'extensions': {'x': 1}, 'files': []}
        )
        done(writing)
        info = read(path)
        assert info['extensions'] == {'x': 1} and info['files'] and info['model']['tags']

    @pytest.mark.parametrize('name', ['.preview.png', '.png', '.jpg', '.preview.webp', '.jpeg'])
    def test_their_picture_stays_the_only_one(self, demo, writing, name):
        path = lay(writing, name, b'mine')
        task = done(writing)
        assert path.read_bytes() == b'mine' and task.notes == ()
        pictures = [one for one in files_below(writing.downloads) if one.endswith(ENDINGS[2])]
        assert pictures == ([f'LORA/{MOSS_NAME}.preview.png'] if name == '.preview.png' else [])

    def test_downloaded_again_all_of_it_is_still_there(self, writing):
        task = done(writing)
        user = beside(task, '.json')
        user.write_text(json.dumps({**read(user), 'notes': 'mine', 'activation text': 'moss!'}))
        Path(task.path).unlink()
        done(writing)
        assert (read(user)['notes'], read(user)['activation text']) == ('mine', 'moss!')

    @pytest.mark.skipif(os.name == 'nt', reason='links need rights there')
    def test_a_link_stays_a_link(self, writing, home):
        target = home / 'elsewhere.json'
        target.write_text('{"notes": "mine"}')
        path = lay(writing, '.json', b'')
        path.unlink()
        path.symlink_to(target)
        done(writing)
        assert path.is_symlink() and read(target)['notes'] == 'mine' and read(target)['modelId']


class TestTwoModelsOfOneName:
    @pytest.mark.parametrize('ending, key', [('.json', 'modelVersionId'), ('.civitai.info', 'id')])
    def test_the_others_files_are_left_alone(self, writing, ending, key):
        lay(writing, '.ckpt', b'another model')
        path = lay(writing, ending, {key: 77, 'notes': 'of the other'})
        task = done(writing)
        assert read(path) == {key: 77, 'notes': 'of the other'}
        assert [note.code for note in task.notes] == ['sidecar_taken']
        assert task.notes[0].details['owner'] == MOSS_NAME + '.ckpt'
        assert len(files_below(writing.downloads)) == 3

    def test_files_of_one_that_is_gone_are_taken_over(self, writing):
        path = lay(writing, '.json', {'modelVersionId': 77, 'notes': 'mine'})
        assert done(writing).notes == ()
        assert read(path)['modelVersionId'] == VERSION_ID and read(path)['notes'] == 'mine'

    def test_files_of_the_same_version_are_shared(self, writing):
        lay(writing, '.ckpt', b'the same in another format')
        path = lay(writing, '.json', {'modelVersionId': VERSION_ID, 'sha256': 'of the other'})
        assert done(writing).notes == ()
        assert read(path)['sha256'] == 'of the other' and read(path)['modelVersions']


class TestWhatGoesWrong:
    def test_a_model_that_cannot_be_read(self, demo, writing):
        [task] = writing.order(MOSS)
        demo.faults.add('status', path=MODEL_PATH, status=404)
        writing.engine.start()
        [task] = writing.engine.wait([task.id])
        assert task.state is State.DONE and task.notes == ()
        assert files_below(writing.downloads) == ALL
        info = read(beside(task, '.civitai.info'))
        assert info['model']['type'] == 'LORA' and 'creator' not in info
        assert sdnext_version(task.path, task.sha256)['id'] == VERSION_ID

    @pytest.mark.parametrize('status, code', [(404, 'not_found'), (503, 'server_trouble')])
    def test_a_version_that_cannot_be_read_is_a_note(self, demo, writing, status, code):
        [task] = writing.order(MOSS)
        demo.faults.add('status', path=VERSION_PATH, status=status)
        writing.engine.start()
        [task] = writing.engine.wait([task.id])
        assert_whole(demo, task)
        assert codes(task) == [(code, MOSS_NAME + '.civitai.info')] and task.error_code is None
        assert files_below(writing.downloads) == [f'LORA/{MOSS_NAME}.safetensors']

    def test_trouble_with_the_model_is_a_note_and_the_rest_is_written(self, demo, writing):
        [task] = writing.order(MOSS)
        demo.faults.add('status', path=MODEL_PATH, status=500)
        writing.engine.start()
        [task] = writing.engine.wait([task.id])
        assert codes(task) == [('server_trouble', MOSS_NAME + '.json')]
        assert files_below(writing.downloads) == ALL

    def test_a_note_goes_when_it_works_the_next_time(self, demo, writing):
        [task] = writing.order(MOSS)
        demo.faults.add('status', path=VERSION_PATH, status=404)
        writing.engine.start()
        [task] = writing.engine.wait([task.id])
        assert task.notes
        demo.faults.clear()
        Path(task.path).unlink()
        assert done(writing).notes == ()

    def test_a_folder_in_the_place_of_a_file(self, writing):
        lay(writing, '.preview', b'').unlink()
        (writing.downloads / 'LORA' / f'{MOSS_NAME}.json').mkdir()
        assert codes(done(writing)) == [('sidecar_unreadable', f'{MOSS_NAME}.json')]
        assert len(files_below(writing.downloads)) == 3

    @pytest.mark.parametrize('variant', ['nulls', 'missing', 'unknown_enums', 'extra', 'huge_ints'])
    def test_fields_of_odd_shapes(self, demo, writing, variant):
        [task] = writing.order(MOSS)
        demo.faults.add('fields', path='/api/v1/', variant=variant)
        writing.engine.start()
        [task] = writing.engine.wait([task.id])
        assert_whole(demo, task)
        assert not [note for note in task.notes if note.code == 'unexpected'], task.notes
        assert read(beside(task, '.json'))['modelVersionId'] == VERSION_ID
