"""The demo catalogue's bytes: valid files, right hashes, real pictures with generation data."""

import hashlib
import io
import json
import struct
import time
import zipfile
import zlib
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image

from civitai_manager_libs.demo import SPECIAL, DemoCatalogue
from civitai_manager_libs.demo.contents import BuiltContent, hashes_of


@pytest.fixture(scope='module')
def demo():
    with DemoCatalogue() as running:
        yield running


def fetch(demo, version_id, **query):
    """The file as a client gets it: redirect by hand, storage without headers."""
    address = f'{demo.base_url}/api/download/models/{version_id}'
    first = requests.get(address, params={**query, 'token': demo.key}, allow_redirects=False)
    assert first.status_code == 307, first.text
    return requests.get(first.headers['Location'])


def all_files(demo):
    for model in demo.models:
        for version in model['modelVersions']:
            for file in version['files']:
                yield model, version, file


def read_safetensors(data):
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop('__metadata__')
    end = 0
    for tensor in header.values():
        start, stop = tensor['data_offsets']
        items = 1
        for edge in tensor['shape']:
            items *= edge
        assert tensor['dtype'] == 'F16' and stop - start == items * 2 and start == end
        end = stop
    assert end == len(data) - 8 - length
    return metadata, length


def test_every_small_file_has_the_announced_bytes(demo):
    seen = set()
    for _, _, file in all_files(demo):
        if file['id'] == SPECIAL['big'].file_id or not file['hashes']:
            continue
        data, hashes = demo.file_bytes(file['id']), file['hashes']
        assert file['sizeKB'] * 1024 == len(data)
        assert hashes['SHA256'] == hashlib.sha256(data).hexdigest().upper()
        assert hashes['AutoV2'] == hashes['SHA256'][:10]
        assert hashes['CRC32'] == struct.pack('<I', zlib.crc32(data)).hex().upper()
        assert ('AutoV1' in hashes) == (len(data) >= 2 << 20)
        if 'AutoV1' in hashes:
            part = data[1 << 20 : (1 << 20) + 65536]
            assert hashes['AutoV1'] == hashlib.sha256(part).hexdigest().upper()[:8]
        if file['name'].endswith('.safetensors'):
            _, length = read_safetensors(data)
            body = hashlib.sha256(data[8 + length :]).hexdigest().upper()
            assert hashes['AutoV3'] == body[:12]
        seen.add(hashes['SHA256'])
    assert len(seen) > 35


def test_crc32_is_in_the_order_of_the_site():
    assert hashes_of(BuiltContent('vector', lambda: b'hello world'))['CRC32'] == '85114A0D'


def test_other_kinds_are_real_too(demo):
    with zipfile.ZipFile(io.BytesIO(demo.file_bytes(SPECIAL['danger'].file_id))) as checkpoint:
        assert 'archive/data.pkl' in checkpoint.namelist() and checkpoint.testzip() is None
    with zipfile.ZipFile(io.BytesIO(demo.file_bytes(SPECIAL['training_data'].file_id))) as data:
        assert '001.txt' in data.namelist() and data.testzip() is None
    assert b'model:' in demo.file_bytes(SPECIAL['config'].file_id)


def test_training_metadata(demo):
    data = fetch(demo, SPECIAL['two_versions'].version_id).content
    metadata, _ = read_safetensors(data)
    assert all(isinstance(value, str) for value in metadata.values())
    assert metadata['ss_network_module'] == 'networks.lora'
    assert 'silktide' in metadata['ss_tag_frequency']
    assert metadata['modelspec.title'] == '絲線潮汐 Silk Tide'


def test_big_file_is_quick_and_right(demo):
    place = SPECIAL['big']
    began = time.monotonic()
    hashes = demo.file_hashes(place.file_id)
    assert time.monotonic() - began < 60
    first = requests.get(
        f'{demo.base_url}/api/download/models/{place.version_id}', allow_redirects=False
    )
    digest, size = hashlib.sha256(), 0
    with requests.get(first.headers['Location'], stream=True) as answer:
        for block in answer.iter_content(1 << 20):
            digest.update(block)
            size += len(block)
    assert size >= 256 << 20 and digest.hexdigest().upper() == hashes['SHA256']


def test_blocks_by_offset_agree_with_the_whole(demo):
    number = SPECIAL['big'].file_id
    for start, stop in ((0, 10), (1 << 20, (1 << 20) + 99), (5_000_001, 7_500_003)):
        wide = demo.file_bytes(number, max(start - 1000, 0), stop + 1000)
        offset = start - max(start - 1000, 0)
        assert demo.file_bytes(number, start, stop) == wide[offset : offset + stop - start]


def test_start_is_quick_and_models_are_many():
    took = []
    for _ in range(3):  # the machine may be busy for once
        began = time.monotonic()
        with DemoCatalogue() as running:
            took.append(time.monotonic() - began)
            kinds = {model['type'] for model in running.models}
    assert min(took) < 1.5
    wanted = {'Checkpoint', 'LORA', 'LoCon', 'DoRA', 'TextualInversion', 'Hypernetwork', 'VAE'}
    wanted |= {'Controlnet', 'Upscaler', 'MotionModule', 'Poses', 'Wildcards', 'Workflows', 'Other'}
    assert wanted <= kinds


def test_special_ids_exist(demo):
    models = {model['id']: model for model in demo.models}
    assert min(models) == 1001
    for name, place in SPECIAL.items():
        versions = {one['id']: one for one in models[place.model_id]['modelVersions']}
        files = [file['id'] for file in versions[place.version_id]['files']]
        assert files == [] if name == 'archived' else place.file_id in files


def test_all_shapes_of_commercial_use(demo):
    shapes = [model['allowCommercialUse'] for model in demo.models]
    assert any(isinstance(one, list) for one in shapes)
    assert any(isinstance(one, str) and one.startswith('{') for one in shapes)
    assert any(isinstance(one, str) and one.isalpha() for one in shapes)


def read_parameters(image):
    if image.format == 'PNG':
        return image.info.get('parameters')
    comment = image.getexif().get_ifd(0x8769).get(0x9286)
    return comment and comment[8:].decode('utf-16-be')


def test_pictures_carry_generation_data_and_obey_width(demo):
    version = requests.get(f'{demo.base_url}/api/v1/model-versions/2001').json()
    formats = set()
    for entry in version['images']:
        original = Image.open(io.BytesIO(requests.get(entry['url']).content))
        assert original.size == (entry['width'], entry['height'])
        formats.add(original.format)
        text = read_parameters(original)
        if entry['meta'] is None:
            assert not text
            continue
        assert text.startswith(entry['meta']['prompt'])
        assert f"Seed: {entry['meta']['seed']}" in text and 'Model hash: ' in text
        small = requests.get(entry['url'].replace('original=true', 'width=300'))
        assert Image.open(io.BytesIO(small.content)).size[0] == 320
    assert formats >= {'PNG', 'JPEG'}


def test_lora_pictures_name_the_lora(demo):
    version = requests.get(f'{demo.base_url}/api/v1/model-versions/2005').json()
    auto = {file['hashes'].get('AutoV3', '').lower() for file in version['files']}
    metas = [entry['meta'] for entry in version['images'] if entry['meta']]
    assert metas
    for meta in metas:
        assert '<lora:silk_tide_v12:' in meta['prompt']
        assert meta['hashes']['lora:silk_tide_v12'] in auto


def test_video_preview(demo):
    version = requests.get(f"{demo.base_url}/api/v1/model-versions/{SPECIAL['video'].version_id}")
    entry = version.json()['images'][0]
    assert entry['type'] == 'video' and urlsplit(entry['url']).path.endswith('.mp4')
    answer = requests.get(entry['url'])
    assert answer.headers['Content-Type'] == 'video/mp4' and answer.content[4:8] == b'ftyp'
    still = entry['url'].replace('original=true', 'anim=false,transcode=true,width=450')
    picture = requests.get(still.replace('.mp4', '.jpeg'))
    assert Image.open(io.BytesIO(picture.content)).format == 'JPEG'
