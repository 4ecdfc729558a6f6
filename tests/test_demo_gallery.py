"""The demo catalogue's gallery: many people's pictures with everything that real ones have."""

import io
import json
from collections import Counter

import pytest
import requests
from PIL import Image

from civitai_manager_libs.demo import (
    GALLERY,
    GALLERY_PICTURES,
    PICTURES,
    SPECIAL,
    TWIN,
    DemoCatalogue,
)


@pytest.fixture(scope='module')
def demo():
    with DemoCatalogue() as running:
        yield running


@pytest.fixture
def faulty(demo):
    """The same with its faults switched off afterwards."""
    yield demo
    demo.faults.clear()


def listed(demo, **query):
    address = f'{demo.base_url}/api/v1/images'
    answer = requests.get(address, params={'limit': 200, **query}, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()['items']


def gallery(demo, **query):
    return listed(demo, **{'modelVersionId': GALLERY.version_id, 'browsingLevel': 63, **query})


def one(demo, name, **query):
    number = GALLERY_PICTURES.get(name, TWIN)
    [item] = listed(demo, imageId=number, browsingLevel=63, withMeta='true', **query)
    return item


def content(item):
    return requests.get(item['url'], timeout=10).content


def opened(item):
    return Image.open(io.BytesIO(content(item)))


class TestListing:
    def test_many_pictures_of_several_people_over_several_posts(self, demo):
        items = gallery(demo)
        assert len(items) > 150 and len({item['postId'] for item in items}) > 40
        people = Counter(item['username'] for item in items)
        assert len(people) >= 6 and None in people
        assert {item['browsingLevel'] for item in items} == {0, 1, 2, 4, 8, 16, 32}
        assert {item['type'] for item in items} == {'image', 'video'}
        assert len(gallery(demo, browsingLevel=3)) > 120

    def test_what_nobody_rated_reads_like_a_safe_one(self, demo):
        item = one(demo, 'unrated')
        assert (item['browsingLevel'], item['nsfwLevel'], item['nsfw']) == (0, 'None', False)

    def test_most_liked_first_by_what_the_items_say(self, demo):
        def liked(item):
            names = ('likeCount', 'heartCount', 'laughCount', 'cryCount')
            return sum(item['stats'][name] for name in names)

        counts = [liked(item) for item in gallery(demo)]
        assert counts == sorted(counts, reverse=True) and len(set(counts)) > 20

    def test_a_model_alone_knows_no_counts(self, demo):
        model = listed(demo, modelId=GALLERY.model_id, browsingLevel=31)
        dates = [item['createdAt'] for item in model]
        assert dates == sorted(dates, reverse=True)
        oldest = listed(demo, modelId=GALLERY.model_id, browsingLevel=31, sort='Oldest')
        assert [item['createdAt'] for item in oldest] == dates[::-1]

    def test_a_period_is_counted_back_from_now(self, demo):
        old = SPECIAL['pickle_embedding'].version_id
        assert listed(demo, modelVersionId=old, browsingLevel=31)
        assert not listed(demo, modelVersionId=old, browsingLevel=31, period='Week')

    def test_previews_are_the_author_s_alone(self, demo):
        address = f'{demo.base_url}/api/v1/model-versions/{GALLERY.version_id}'
        assert len(requests.get(address, timeout=10).json()['images']) == 4

    def test_levels_that_were_not_asked_for(self, faulty):
        faulty.faults.add('any_level', times=1)
        assert {item['browsingLevel'] for item in gallery(faulty, browsingLevel=1)} > {0, 1, 32}
        assert {item['browsingLevel'] for item in gallery(faulty, browsingLevel=1)} == {1}


class TestGenerationData:
    def test_it_is_given_when_asked_for_and_hidden_by_some(self, demo):
        assert not any(item['meta'] for item in gallery(demo))
        metas = [item['meta'] for item in gallery(demo, withMeta='true')]
        assert None in metas and sum(meta is not None for meta in metas) > 100

    def test_the_models_it_names_are_in_this_catalogue(self, demo):
        hashes = {
            value.lower()
            for model in demo.models
            for version in model['modelVersions']
            for file in version['files']
            for value in file['hashes'].values()
        }
        metas = [item['meta'] or {} for item in gallery(demo, withMeta='true')]
        named = {value for meta in metas for value in meta.get('hashes', {}).values()}
        assert len(named & hashes) >= 5 and len(named - hashes) == 1
        versions = {
            row['modelVersionId']
            for row in one(demo, 'on_site')['meta']['meta']['civitaiResources']
        }
        known = {version['id'] for model in demo.models for version in model['modelVersions']}
        assert len(versions) == 3 and versions <= known

    def test_originals_of_comfyui(self, demo):
        item = one(demo, 'comfyui', flatMeta='true')
        chunks = opened(item).info
        graphs = json.loads(item['meta']['comfy'])
        assert graphs['prompt'] == json.loads(chunks['prompt'])
        assert graphs['workflow'] == json.loads(chunks['workflow'])

    def test_originals_that_say_more_or_no_more_than_the_api(self, demo):
        for name, said in (('no_data', False), ('hidden_data', True)):
            item = one(demo, name, flatMeta='true')
            assert item['meta'] is None and ('parameters' in opened(item).info) is said

    def test_a_seed_that_no_float_can_hold(self, demo):
        meta = one(demo, 'long_seed', flatMeta='true')['meta']
        assert meta['seed'] > 2**63 and int(float(meta['seed'])) != meta['seed']
        assert f"Seed: {meta['seed']}," in opened(one(demo, 'long_seed')).info['parameters']


class TestFiles:
    def test_real_formats_behind_one_extension(self, demo):
        items = [item for item in gallery(demo, sort='Oldest') if item['type'] == 'image'][:12]
        assert {item['url'].rpartition('.')[2] for item in items} == {'jpeg'}
        assert {opened(item).format for item in items} == {'PNG', 'JPEG', 'WEBP'}
        assert opened(one(demo, 'gif')).format == 'GIF'

    def test_twins(self, demo):
        first, same, near = (one(demo, name) for name in ('', 'exact_twin', 'near_twin'))
        assert content(first) == content(same) != content(near)
        assert len({item['url'] for item in (first, same, near)}) == 3
        small = [opened(item).convert('L').resize((16, 24)).tobytes() for item in (first, near)]
        assert max(abs(one - other) for one, other in zip(*small, strict=True)) < 16

    def test_parts_of_a_picture(self, demo):
        url, whole = one(demo, 'gif')['url'], content(one(demo, 'gif'))
        part = requests.get(url, headers={'Range': 'bytes=100-'}, timeout=10)
        assert part.status_code == 206 and part.content == whole[100:]
        assert part.headers['Content-Range'] == f'bytes 100-{len(whole) - 1}/{len(whole)}'
        headers = {'Range': 'bytes=100-', 'If-Range': '"another"'}
        assert requests.get(url, headers=headers, timeout=10).content == whole
        beyond = {'Range': f'bytes={len(whole)}-'}
        assert requests.get(url, headers=beyond, timeout=10).status_code == 416

    def test_what_goes_wrong_with_files_goes_wrong_with_pictures(self, faulty):
        item = one(faulty, 'gif')
        whole = content(item)
        faulty.faults.add('cut', path=PICTURES, after=1000, times=1)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            content(item)
        faulty.faults.add('wrong_bytes', path=PICTURES, times=1)
        spoilt = content(item)
        assert len(spoilt) == len(whole) and spoilt != whole
        faulty.faults.add('html_200', path=PICTURES, times=1)
        assert content(item).lstrip().startswith(b'<')
        faulty.faults.add('status', side='storage', path=PICTURES, status=503, times=1)
        assert requests.get(item['url'], timeout=10).status_code == 503
        faulty.faults.add('stall', path=PICTURES, after=10, seconds=30, times=1)
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(item['url'], timeout=2)
        faulty.faults.add('throttle', path=PICTURES, bytes_per_second=10_000_000, times=1)
        assert content(item) == whole and not faulty.faults.active()
