"""The demo catalogue's API side against the contract of the real one."""

import re

import pytest
import requests

from civitai_manager_libs.demo import DEMO_KEY, SPECIAL, DemoCatalogue

BEARER = {'Authorization': f'Bearer {DEMO_KEY}'}


@pytest.fixture(scope='module')
def demo():
    with DemoCatalogue() as running:
        yield running


def get(demo, path, status=200, headers=None, **query):
    answer = requests.get(f'{demo.base_url}/api/v1{path}', params=query, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def ids(body):
    return [item['id'] for item in body['items']]


def test_list_follows_cursors_to_the_end(demo):
    seen, query = [], {'limit': 7, 'sort': 'Newest'}
    while True:
        body = get(demo, '/models', **query)
        seen += ids(body)
        if not body['metadata'].get('nextCursor'):
            break
        follow = requests.get(body['metadata']['nextPage']).json()
        query['cursor'] = body['metadata']['nextCursor']
        assert ids(follow) == ids(get(demo, '/models', **query))
    assert len(seen) == len(set(seen)) > 24
    assert SPECIAL['mature'].model_id not in seen


def test_list_filters(demo):
    both = get(demo, '/models', types=['LORA', 'LoCon'])['items']
    assert {item['type'] for item in both} == {'LORA', 'LoCon'}
    get(demo, '/models', 400, types='LORA,LoCon')
    assert ids(get(demo, '/models', query='neon harbor')) == [1002]
    assert ids(get(demo, '/models', query='苔庭')) == [1004]
    assert ids(get(demo, '/models', ids='1004,1003', sort='Oldest')) == [1004, 1003]
    assert get(demo, '/models', baseModels='No Such Base')['items'] == []
    bases = get(demo, '/models', baseModels='Illustrious')['items']
    assert {v['baseModel'] for m in bases for v in m['modelVersions']} == {'Illustrious'}
    assert len(get(demo, '/models', tag='no such tag')['items']) > 24
    assert all('style' in item['tags'] for item in get(demo, '/models', tag='style')['items'])
    authored = get(demo, '/models', username='Silk Studio')['items']
    assert {item['creator']['username'] for item in authored} == {'silk_studio'}
    assert get(demo, '/models', 404, username='nobody') == {'message': 'User not found'}


def test_list_limits_and_pages(demo):
    get(demo, '/models', 400, limit=101)
    assert get(demo, '/models', limit='')['items'] == []
    assert 'use cursors' in get(demo, '/models', 429, limit=100, page=11)['error']
    get(demo, '/models', 400, query='x', page=2)
    first, second = (get(demo, '/models', limit=5, page=n) for n in (1, 2))
    assert ids(first) == ids(second) and second['metadata']['currentPage'] == 2
    following = requests.get(first['metadata']['nextPage']).json()
    assert not set(ids(following)) & set(ids(first))
    get(demo, '/models', 400, cursor='76:341:146864')
    get(demo, '/models', 400, nsfw='perhaps')
    get(demo, '/models', 401, favorites='false')


def test_levels_of_lists(demo):
    assert SPECIAL['mature'].model_id in ids(get(demo, '/models', nsfw='true'))
    plain = get(demo, '/models', ids='1001')['items'][0]['modelVersions'][0]['images']
    every = get(demo, '/models', ids='1001', nsfw='true')['items'][0]['modelVersions'][0]['images']
    assert {one['nsfwLevel'] for one in plain} == {1} and len(every) > len(plain)


def test_by_id_differs_from_the_list(demo):
    listed = get(demo, '/models', ids='1003')['items'][0]['modelVersions'][1]
    single = get(demo, '/models/1003')['modelVersions'][1]
    assert listed['description'] is None and 'description' not in single
    assert listed['files'][0]['metadata']['size'] is None
    assert 'size' not in single['files'][0]['metadata']
    assert 'id' in listed['images'][0] and 'id' not in single['images'][0]
    assert 'supportsGeneration' in listed and single['status'] == 'Published'
    assert get(demo, '/models/999', 404) == {'error': 'No model with id 999'}
    get(demo, '/models/abc', 400)
    archived = get(demo, f"/models/{SPECIAL['archived'].model_id}")
    assert archived['mode'] == 'Archived' and archived['modelVersions'][0]['files'] == []
    assert 'downloadUrl' not in archived['modelVersions'][0]


def test_version_by_id(demo):
    body = get(demo, '/model-versions/2001')
    assert body['modelId'] == 1001 and body['air'] == 'urn:air:sdxl:checkpoint:civitai:1001@2001'
    assert [file['primary'] for file in body['files']] == [True, False, False, False, False]
    assert not body['files'][0]['scannedAt'].endswith('Z')
    assert body['downloadUrl'] == f'{demo.base_url}/api/download/models/2001'
    assert body['files'][2]['downloadUrl'].endswith(
        '?type=Model&format=PickleTensor&size=full&fp=fp16'
    )
    assert body['images'][0]['metadata']['width'] == body['images'][0]['width']
    assert get(demo, '/model-versions/9999', 404) == {'error': 'Model not found'}
    get(demo, '/model-versions/0', 400)
    mini = get(demo, '/model-versions/mini/2001', modelFileId=3005)
    assert mini['fileName'] == 'auroraDreamXL.vae.safetensors'


def test_unusual_files(demo):
    unscanned = get(demo, f"/model-versions/{SPECIAL['unscanned'].version_id}")['files'][0]
    assert unscanned['hashes'] == {} and unscanned['pickleScanResult'] == 'Pending'
    twins = get(demo, f"/model-versions/{SPECIAL['same_name'].version_id}")['files']
    assert twins[0]['name'] == twins[1]['name']
    none = get(demo, '/models', ids=SPECIAL['no_primary'].model_id)['items'][0]
    assert not any('primary' in file for file in none['modelVersions'][0]['files'])
    odd = get(demo, f"/models/{SPECIAL['odd_name'].model_id}")['name']
    assert all(sign in odd for sign in '/\\:*🚀')
    lost = get(demo, f"/models/{SPECIAL['no_creator'].model_id}")
    assert 'creator' not in lost and lost['stats']['downloadCount'] is None


def test_by_hash(demo):
    file = get(demo, '/model-versions/2005')['files'][0]
    for kind in ('SHA256', 'AutoV1', 'AutoV2', 'AutoV3', 'CRC32'):
        found = get(demo, f"/model-versions/by-hash/{file['hashes'][kind].lower()}")
        assert found['id'] == 2005 and found['files'][0]['scannedAt'].endswith('Z')
    get(demo, '/model-versions/by-hash/ABCDEF012345', 404)


def test_by_hash_in_bulk(demo):
    address = f'{demo.base_url}/api/v1/model-versions/by-hash'
    full = [get(demo, f'/model-versions/{n}')['files'][0]['hashes']['SHA256'] for n in (2005, 2007)]
    entries = requests.post(address, json=[*full, 'F' * 64]).json()
    assert {entry['id'] for entry in entries} == {2005, 2007}
    assert entries[0]['downloadUrl'].startswith('https://undefined/api/download/models/')
    assert requests.post(address, json=[full[0], 'short']).status_code == 400
    assert requests.post(address, data='{').status_code == 400
    rows = requests.post(f'{address}/ids', json=[full[0].lower()]).json()
    assert rows == [{'modelVersionId': 2005, 'modelId': 1003, 'hash': full[0]}]


def test_images(demo):
    flat = get(demo, '/images', modelVersionId=2001, withMeta='true')['items']
    nested = get(demo, '/images', modelId=1001, withMeta='true')['items']
    assert any('prompt' in (item['meta'] or {}) for item in flat)
    assert all(set(item['meta']) == {'id', 'meta'} for item in nested)
    assert all(item['meta'] is None for item in get(demo, '/images', modelId=1001)['items'])
    forced = get(demo, '/images', modelId=1001, withMeta='true', flatMeta='true')['items']
    assert not any(set(item['meta'] or {}) == {'id', 'meta'} for item in forced)
    one = get(demo, '/images', imageId=flat[0]['id'])['items']
    assert [item['id'] for item in one] == [flat[0]['id']]
    post = get(demo, '/images', postId=flat[0]['postId'])['items']
    assert {item['postId'] for item in post} == {flat[0]['postId']}
    assert re.search(r'/original=true/[0-9a-f-]{36}\.jpeg$', flat[0]['url'])
    assert get(demo, '/images', imageId=1) == {'items': [], 'metadata': {}}
    authors = get(demo, '/images', username='night_sketcher')['items']
    assert authors and {item['username'] for item in authors} == {'night_sketcher'}
    get(demo, '/images', 400, limit=201)
    assert get(demo, f"/posts/{flat[0]['postId']}")['images']


def test_image_levels_and_pages(demo):
    def levels(**query):
        items, cursor = [], None
        while True:
            body = get(demo, '/images', limit=200, cursor=cursor, **query)
            items += body['items']
            cursor = body['metadata'].get('nextCursor')
            if cursor is None:
                return {item['browsingLevel'] for item in items}

    every = {0, 1, 2, 4, 8, 16}
    assert levels(browsingLevel=31, nsfw='None') == levels(nsfw='X') == every
    assert levels() == levels(nsfw='false') == levels(nsfw='None') == {1}
    assert levels(nsfw='Soft') == {1, 2}
    assert levels(nsfw='Mature') == {1, 2, 4}
    assert levels(nsfw='true') == {4, 8, 16, 32}
    seen, cursor = [], None
    while True:
        body = get(demo, '/images', limit=40, cursor=cursor)
        seen += ids(body)
        cursor = body['metadata'].get('nextCursor')
        if not cursor:
            break
    assert len(seen) == len(set(seen)) > 100


def test_key(demo):
    assert get(demo, '/me', 401) == {'error': 'Unauthorized'}
    get(demo, '/me', 401, headers={'Authorization': 'Bearer wrong'})
    assert get(demo, '/me', headers=BEARER)['username'] == 'demo_visitor'
    get(demo, '/me', token=DEMO_KEY)
    get(demo, '/me', 401, headers={'Authorization': 'Bearer wrong'}, token=DEMO_KEY)
    get(demo, '/models', headers={'Authorization': 'Bearer wrong'}, limit=1)
    page = get(demo, '/models', limit=1, token=DEMO_KEY)['metadata']['nextPage']
    assert f'token={DEMO_KEY}' in page


def test_small_ones_and_pages_for_people(demo):
    assert 'LORA' in get(demo, '/enums')['ModelType']
    tags = get(demo, '/tags', limit=3, page=2)
    assert tags['metadata']['currentPage'] == 2 and len(tags['items']) == 3
    assert get(demo, '/creators', query='silk')['items'][0]['username'] == 'silk_studio'
    assert get(demo, '/users', query='harbor')['items'][0]['username'] == 'harbor_lab'
    for path in ('/login', '/models/1001', '/'):
        page = requests.get(demo.base_url + path)
        assert page.status_code == 200 and 'text/html' in page.headers['Content-Type']
    assert requests.post(f'{demo.base_url}/api/v1/models').status_code == 405


def test_log_and_links(demo):
    demo.requests.clear()
    get(demo, '/models', limit=1, types=['LORA', 'VAE'], headers=BEARER)
    (record,) = demo.requests.of(side='api', path_prefix='/api/v1/models')
    assert record.query['types'] == ['LORA', 'VAE'] and record.status == 200
    assert record.headers['authorization'] == BEARER['Authorization']
    assert all(link.url.startswith('https://civitai.com/models/1') for link in demo.links)
