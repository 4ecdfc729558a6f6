"""What becomes of the record of a model with each answer of Civitai."""

import json
from dataclasses import replace

import pytest

from civitai_manager_libs.demo.field_faults import spoil_fields
from civitai_manager_libs.domain.record import answered, missing, of_version, with_version
from civitai_manager_libs.domain.shortcut_joining import joined

from .support.recorded import NEEDS_SAMPLES, SAMPLES

ADDRESS = 'https://civitai.com/api/v1/models/7'
PICTURE = 'https://image.civitai.com/xG1n/{0}-2222-4333-8444-555555555555/{1}/{2}.jpeg'
ONE, TWO, THREE = ('aaaaaaaa', 'bbbbbbbb', 'cccccccc')


def version(number, **changes):
    return {
        'id': number,
        'name': f'v{number}',
        'publishedAt': f'2025-01-{number:02}T00:00:00.000Z',
        'trainedWords': ['word'],
        'files': [{'id': number * 10, 'name': 'a.safetensors', 'hashes': {'SHA256': 'AB'}}],
        'images': [{'url': PICTURE.format(ONE, 'original=true', number), 'nsfwLevel': 1}],
        **changes,
    }


def body(*versions, **changes):
    return {
        'id': 7,
        'name': 'Moss',
        'description': '<p>green</p>',
        'type': 'LORA',
        'nsfw': False,
        'nsfwLevel': 1,
        'tags': ['moss'],
        'creator': {'username': 'ann', 'image': None},
        'stats': {'downloadCount': 5, 'thumbsUpCount': 2},
        'allowCommercialUse': ['Image'],
        'modelVersions': list(versions),
        **changes,
    }


def record(*versions, **changes):
    return answered(None, 7, body(*versions, **changes), ADDRESS, 100.0)


def again(before, later, now=200.0):
    return answered(before, 7, later, ADDRESS, now)


class TestTimes:
    def test_a_first_answer(self):
        first = record(version(1))
        assert (first.model_id, first.address, first.fetched, first.checked) == (
            *(7, ADDRESS),
            *(100.0, 100.0),
        )
        assert first.gone is None and first.withdrawn == frozenset()
        assert first.model.name == 'Moss' and first.model.version(1).files[0].id == 10

    def test_gone_and_back(self):
        gone = missing(record(version(1)), 150.0)
        assert (gone.gone, gone.checked, gone.fetched) == (150.0, 150.0, 100.0)
        still = missing(gone, 180.0)
        assert (still.gone, still.checked) == (150.0, 180.0)
        assert still.body == record(version(1)).body
        assert again(still, body(version(1))).gone is None


class TestNothingIsLost:
    @pytest.mark.parametrize('nothing', [None, '', [], {}])
    @pytest.mark.parametrize('name', ['name', 'description', 'tags', 'creator', 'modelVersions'])
    def test_empty_fields(self, name, nothing):
        first = record(version(1))
        later = again(first, body(version(1), **{name: nothing}))
        assert later.body[name] == first.body[name] and later.withdrawn == frozenset()

    def test_nothing_but_an_id(self):
        first = record(version(1), version(2))
        assert again(first, {'id': 7}).body == {**first.body}

    @pytest.mark.parametrize('junk', ['x', 7, {'a': 1}, [None, 'x', 3, [], {'name': 'no id'}]])
    @pytest.mark.parametrize('name', ['modelVersions', 'files', 'images'])
    def test_no_list_at_all(self, name, junk):
        first = record(version(1))
        changed = {name: junk} if name == 'modelVersions' else {}
        inner = version(1) if changed else version(1, **{name: junk})
        assert again(first, body(inner, **changed)).body == first.body

    @pytest.mark.parametrize('variant', ['nulls', 'missing', 'empty_hashes'])
    def test_spoilt_fields(self, variant):
        whole = body(version(1), version(2))
        first = answered(None, 7, whole, ADDRESS, 100.0)
        later = again(first, spoil_fields(whole, variant))
        assert later.body == first.body

    def test_versions_no_longer_listed_stay_behind_the_others(self):
        first = record(version(3), version(2), version(1))
        later = again(first, body(version(4), version(2, name='renamed')))
        assert [one['id'] for one in later.body['modelVersions']] == [4, 2, 3, 1]
        assert later.withdrawn == {3, 1}
        assert later.model.version(3).trained_words == ['word']
        assert later.model.version(2).name == 'renamed'
        third = again(later, body(version(3)), 300.0)
        assert third.withdrawn == {4, 2, 1}

    def test_an_archived_model_keeps_its_files(self):
        bare = version(1, files=[])
        later = again(record(version(1)), body(bare, mode='Archived'))
        assert later.model.removed and later.model.version(1).files[0].sha256 == 'ab'

    def test_one_taken_down_keeps_its_pictures(self):
        later = again(record(version(1)), body(version(1, images=[]), mode='TakenDown'))
        assert later.model.version(1).images

    def test_pictures_that_are_left_out_stay_behind(self):
        shown = [{'url': PICTURE.format(one, 'original=true', 1)} for one in (ONE, TWO, THREE)]
        first = record(version(1, images=shown))
        clamped = [{'url': PICTURE.format(TWO, 'width=450', 9), 'nsfwLevel': 1}]
        images = again(first, body(version(1, images=clamped))).body['modelVersions'][0]['images']
        assert [one['url'] for one in images] == [
            clamped[0]['url'],
            shown[0]['url'],
            shown[2]['url'],
        ]

    def test_pictures_made_anew_replace_the_old(self):
        fresh = [{'url': PICTURE.format(THREE, 'original=true', 1), 'nsfwLevel': 1}]
        later = again(record(version(1)), body(version(1, images=fresh)))
        assert later.body['modelVersions'][0]['images'] == fresh


class TestWhatIsNew:
    def test_what_is_said_is_taken(self):
        later = again(
            record(version(1)),
            body(
                version(1, files=[{'id': 99, 'name': 'b.safetensors'}]),
                name='Lichen',
                tags=['lichen'],
                nsfw=True,
                nsfwLevel=28,
                stats={'downloadCount': None, 'thumbsUpCount': 3},
            ),
        )
        model = later.model
        assert (model.name, model.tags, model.nsfw, model.nsfw_level) == (
            *('Lichen', ['lichen']),
            *(True, 28),
        )
        assert model.stats.download_count is None and model.stats.thumbs_up_count == 3
        assert [file.id for file in model.version(1).files] == [99]

    def test_a_licence_that_allows_nothing_any_more(self):
        assert (
            again(record(version(1)), body(allowCommercialUse=[])).model.allow_commercial_use == ()
        )

    def test_states_that_ended(self):
        ends = {'availability': 'EarlyAccess', 'earlyAccessDeadline': '2026-01-01T00:00:00Z'}
        first = record(version(1, **ends), mode='Archived')
        assert first.model.removed and first.model.version(1).early_access
        later = again(first, body(version(1)))
        assert not later.model.removed
        assert not later.model.version(1).early_access
        assert later.model.version(1).early_access_ends_at is None

    def test_the_answers_themselves_are_not_changed(self):
        first, later = body(version(1), version(2)), body(version(2, files=[]))
        before = json.dumps([first, later])
        again(answered(None, 7, first, ADDRESS, 1.0), later)
        assert json.dumps([first, later]) == before


class TestVersionsAlone:
    def test_one_that_the_model_does_not_list_yet(self):
        joined = with_version(record(version(3), version(1)), version(2))
        assert [one['id'] for one in joined.body['modelVersions']] == [3, 2, 1]
        assert [one['id'] for one in with_version(record(), version(2)).body['modelVersions']] == [
            2
        ]

    def test_one_that_it_lists(self):
        joined = with_version(record(version(3), version(2)), version(2, files=[], air='urn:x'))
        assert [one['id'] for one in joined.body['modelVersions']] == [3, 2]
        assert joined.model.version(2).air == 'urn:x' and joined.model.version(2).files

    def test_a_model_of_which_nothing_else_answers(self):
        alone = version(2, modelId=7, model={'name': 'Moss', 'type': 'LORA', 'nsfw': True})
        made = of_version(alone, ADDRESS, 5.0)
        assert made.model_id == 7 and made.model.name == 'Moss' and made.model.nsfw
        assert made.model.version(2).files[0].id == 20

    @pytest.mark.parametrize('number', [None, 'x', True, 0, -1, 1.5])
    def test_one_that_does_not_say_whose_it_is(self, number):
        assert of_version(version(2, modelId=number), ADDRESS, 5.0) is None


@NEEDS_SAMPLES
@pytest.mark.parametrize(
    'path', sorted(SAMPLES.glob('model-[0-9b]*.json')), ids=lambda one: one.stem
)
def test_recorded_answers_lose_nothing_and_stay_as_they_are(path):
    whole = json.loads(path.read_text(encoding='utf-8'))
    number = whole['id']
    first = answered(None, number, whole, ADDRESS, 1.0)
    assert answered(first, number, whole, ADDRESS, 2.0).body == first.body
    for shorter in ({'id': number}, {**whole, 'modelVersions': []}, spoil_fields(whole, 'nulls')):
        later = answered(first, number, shorter, ADDRESS, 3.0)
        assert later.model.description == first.model.description
        assert later.model.tags == first.model.tags
        for one in first.model.model_versions:
            kept = later.model.version(one.id)
            assert [file.hashes for file in kept.files] == [file.hashes for file in one.files]
            assert [picture.url for picture in kept.images] == [
                picture.url for picture in one.images
            ]
            assert kept.trained_words == one.trained_words


def test_answers_that_nest_without_end():
    """Whatever a server sends, laying answers over each other has an end."""

    def nested(value):
        for _ in range(900):
            value = {'a': value}
        return value

    later = again(record(extra=nested(1)), body(extra=nested(2)))
    assert later.body['extra'] == nested(2)


def test_an_empty_list_in_a_file_says_nothing_of_the_versions():
    later = replace(record(), checked=500.0)
    whole = joined(record(version(1)), later)
    assert (whole.checked, whole.withdrawn) == (500.0, frozenset())
    assert [one.id for one in whole.model.model_versions] == [1]
    assert joined(None, later) == later
