"""A catalogue with more models than fit on a page, some with names that mean harm."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from civitai_manager_libs.demo import DemoCatalogue
from tests.support.page import Served

_SETTINGS = {
    'REQUEST_DELAY': '0',
    'HTTP_RETRY_DELAY': '0.05',
    'HTTP_MAX_RETRIES': '0',
    'HTTP_CACHE_ENABLED': 'false',
}
MANY = 130
FIRST = 1_000
HOSTILE = (
    '<img src=x onerror="window.harmed=1">',
    '"><script>window.harmed=1</script>',
    "' onmouseover='window.harmed=1' x='",
    '\u202egnp.exe \U0001f9ff ' + 'W' * 200,
)


def record(number):
    """One model as Civitai lists it; every fifth has only pictures rated X."""
    name = HOSTILE[number] if number < len(HOSTILE) else f'Model {number:03}'
    level = 8 if number % 5 == 4 else 1
    address = f'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/a-{number}/width=450/{number}.jpeg'
    file = {
        'id': FIRST + number,
        'name': f'm{number}.safetensors',
        'type': 'Model',
        'sizeKB': 100.0,
        'metadata': {'format': 'SafeTensor'},
        'downloadUrl': f'https://civitai.com/api/download/models/{FIRST + number}',
        'primary': True,
    }
    version = {
        'id': FIRST + number,
        'name': 'v1',
        'baseModel': 'SDXL 1.0',
        'publishedAt': (datetime.now(timezone.utc) - timedelta(days=2)).isoformat(),
        'files': [file],
        'images': [{'url': address, 'nsfwLevel': level, 'width': 400, 'height': 500}],
    }
    return {
        'id': FIRST + number,
        'name': name,
        'type': 'LORA',
        'nsfwLevel': 9 if level == 8 else 1,
        'creator': {'username': HOSTILE[0] if number == 1 else f'maker{number % 7}'},
        'tags': [HOSTILE[1], 'style'] if number == 1 else ['style'],
        'stats': {'downloadCount': 10_000 - number, 'thumbsUpCount': 5},
        'modelVersions': [version],
    }


@pytest.fixture(scope='module')
def many_demo(tmp_path_factory):
    """A demo catalogue of these models."""
    folder = tmp_path_factory.mktemp('many')
    listed = {'items': [record(number) for number in range(MANY)], 'metadata': {}}
    (folder / 'models-list-page-1.json').write_text(json.dumps(listed), encoding='utf-8')
    with DemoCatalogue(catalogue=folder) as running:
        assert not running.skipped
        yield running


@pytest.fixture
def many_served(many_demo, tmp_path):
    """A page of its own over them, in English; no answer is taken from the cache."""
    running = Served(many_demo, tmp_path / 'many', 'en', settings=_SETTINGS)
    yield running
    running.end()


@pytest.fixture
def many_faults(many_demo):
    """Faults that go when the test ends."""
    yield many_demo.faults.add
    many_demo.faults.clear()
