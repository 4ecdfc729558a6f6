"""``images`` with lists of Civitai: what is saved where, what is said, how it ends."""

import json

import pytest
from PIL import Image

from civitai_manager_libs.demo import GALLERY, GALLERY_PICTURES, PICTURES

from .support.command import eventually, files_below, sent
from .support.disks import small_disk

VERSION = ('images', '--version-id', GALLERY.version_id, '--sort', 'oldest')
ENTRY = {'image_id', 'path', 'metadata_path', 'state', 'error'}


def pictures(folder):
    """The files below ``folder`` that are no data."""
    return [one for one in files_below(folder) if not one.endswith(('.json', '.txt'))]


class TestLists:
    def test_the_document_is_the_pictures_in_their_order(self, program):
        done = program.run(*VERSION, '--limit', 5, '--json')
        assert done.code == 0, done
        assert set(done.json) == {'images', 'next_cursor'} and done.json['next_cursor']
        entries = done.json['images']
        assert [set(entry) for entry in entries] == [ENTRY] * 5
        assert {entry['state'] for entry in entries} == {'done'}
        for entry in entries:
            data = json.loads(open(entry['metadata_path'], encoding='utf-8').read())
            assert str(entry['image_id']) in entry['path'] and data

    def test_the_cursor_goes_on_where_the_last_call_ended(self, program):
        first = program.run(*VERSION, '--limit', 4, '--json').json
        second = program.run(*VERSION, '--limit', 4, '--cursor', first['next_cursor'], '--json')
        both = [entry['image_id'] for entry in first['images'] + second.json['images']]
        together = program.run(*VERSION, '--limit', 8, '--json').json['images']
        assert both == [entry['image_id'] for entry in together] and len(set(both)) == 8

    def test_to_the_end_there_is_no_cursor(self, program):
        done = program.run(
            'images', '--post-id', 60_003, '--limit', 0, '--json', '--nsfw', 'none,x'
        )
        assert done.code == 0 and done.json['next_cursor'] is None
        asked = program.demo.requests.of('api', '/api/v1/images')[-1].query
        assert asked['postId'] == ['60003'] and asked['browsingLevel'] == ['25']

    def test_the_levels_of_the_settings_unless_others_are_named(self, program):
        program.demo.faults.add('any_level')
        usual = program.run(*VERSION, '--limit', 0, '--json', '--metadata', 'none')
        levels = {GALLERY_PICTURES['unrated'], GALLERY_PICTURES['blocked']}
        found = {entry['image_id'] for entry in usual.json['images']}
        assert len(found) > 120 and not found & levels
        named = program.run(
            *VERSION, '--limit', 0, '--nsfw', 'None,Soft,Mature,X', '--json', '--metadata', 'none'
        )
        more = {entry['image_id'] for entry in named.json['images']}
        assert more > found and more & levels == {GALLERY_PICTURES['unrated']}

    def test_one_picture_whatever_its_rating(self, program):
        number = GALLERY_PICTURES['unrated']
        done = program.run('images', '--image-id', number)
        assert done.code == 0 and done.out.strip().endswith('.png')
        again = program.run('images', '--image-id', number)
        assert 'there already' in again.out

    def test_what_a_person_has_posted(self, program):
        done = program.run('images', '--username', 'night_sketcher', '--limit', 3, '--json')
        assert len(done.json['images']) == 3
        asked = program.demo.requests.of('api', '/api/v1/images')[0].query
        assert asked['username'] == ['night_sketcher'] and asked['limit'] == ['3']

    @pytest.mark.parametrize('sort, said', [('liked', True), ('oldest', False), (None, False)])
    def test_a_sort_that_a_model_does_not_know_is_said(self, program, sort, said):
        more = ('--sort', sort) if sort else ()
        done = program.run('images', '--model-id', GALLERY.model_id, '--limit', 1, *more)
        assert done.code == 0 and ('newest first' in done.err) is said


class TestPlaces:
    def test_folder_template_and_form_of_the_data(self, program, tmp_path):
        done = program.run(
            *(*VERSION, '--limit', 3, '--out', tmp_path / 'mine', '--metadata', 'txt'),
            *('--template', '{nsfw_level}/{creator}/{post_id}-{id}'),
        )
        assert done.code == 0 and '3 of 3' in done.out
        found = files_below(tmp_path / 'mine')
        assert [name for name in found if name.endswith('.txt')]
        assert 'None/night_sketcher/60000-600000.png' in found
        assert not (program.data / 'images').exists()

    def test_without_data(self, program):
        done = program.run(*VERSION, '--limit', 3, '--metadata', 'none', '--json')
        assert {entry['metadata_path'] for entry in done.json['images']} == {None}
        assert len(files_below(program.data / 'images')) == 3

    def test_a_template_that_cannot_be_used(self, program):
        done = program.run(*VERSION, '--template', '../{id}')
        assert done.code == 2 and 'images.path_template' in done.err
        assert not len(program.demo.requests)


class TestFailures:
    def test_one_of_five(self, program):
        program.demo.faults.add('status', side='storage', path=PICTURES, status=404, times=1)
        done = program.run(*VERSION, '--limit', 5, '--json', http_max_retries=0)
        assert done.code in (4, 5) and 'Failed: ' in done.err
        failed = [entry for entry in done.json['images'] if entry['state'] == 'failed']
        assert len(failed) == 1 and failed[0]['error']['message'] and failed[0]['path'] is None
        assert len(pictures(program.data / 'images')) == 4
        again = program.run(*VERSION, '--limit', 5)
        assert again.code == 0 and 'already: 4' in again.out

    def test_a_list_that_breaks_off(self, program):
        """What came before is there, and the cursor leads on from it."""
        program.demo.faults.add('status', path='cursor=', status=500)
        done = program.run(*VERSION, '--limit', 250, '--nsfw', 'soft', '--json', http_max_retries=0)
        whole = program.run(*VERSION, '--limit', 0, '--nsfw', 'soft', '--json')
        assert whole.code == 0 and done.code == 0  # one page held all of it
        broken = program.run(*VERSION, '--limit', 201, '--json', http_max_retries=0)
        assert broken.code == 5 and len(broken.json['images']) == 101
        assert broken.json['next_cursor'] and broken.err.strip()

    def test_nothing_there(self, program):
        for arguments in (('--model-id', 999), ('--image-id', 999), ('--username', 'nobody')):
            assert program.run('images', *arguments).code == 4, arguments

    @pytest.mark.parametrize(
        'arguments',
        [
            (),
            ('--model-id', '1', '--post-id', '2'),
            ('--model-id', '0'),
            ('--model-id', '1', '--limit', '-1'),
            ('--model-id', '1', '--nsfw', 'adult'),
            ('--model-id', '1', '--max-concurrent', '0'),
            ('--from', 'list', '--limit', '3'),
            ('--model-id', '1', 'inspect', 'a.png'),
            ('inspect',),
        ],
    )
    def test_wrong_usage(self, program, arguments):
        done = program.run('images', *arguments)
        assert done.code == 2 and done.err and not done.out

    def test_less_room_than_is_to_stay_free(self, program):
        done = program.run(*VERSION, '--limit', 3, '--json', minimum_free_space_mb=1 << 20)
        assert done.code == 7 and pictures(program.data / 'images') == []
        assert None not in [entry['error'] for entry in done.json['images']]

    def test_a_full_disk(self, program, tmp_path):
        with small_disk(tmp_path / 'small', 1) as disk:
            done = program.run(*VERSION, '--limit', 60, '--json', '--out', disk)
            assert done.code == 7, done
            ended = [entry['path'] for entry in done.json['images'] if entry['state'] == 'done']
            for path in ended:
                if not path.endswith('.mp4'):
                    Image.open(path).load()
            assert len(pictures(disk)) == len(ended) < 60


def test_interrupted_nothing_torn_is_left(program):
    program.demo.faults.add('throttle', path=PICTURES, bytes_per_second=20_000)
    running = program.start(*VERSION, '--limit', 40, '--json')
    eventually(lambda: sent(program.demo, PICTURES) > 10_000, 'some bytes')
    running.send_signal(2)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    entries = json.loads(out)['images']
    done = [entry['path'] for entry in entries if entry['state'] == 'done']
    left = [str(program.data / 'images' / one) for one in pictures(program.data / 'images')]
    assert sorted(left) == sorted(done) and len(done) < len(entries) == 40
