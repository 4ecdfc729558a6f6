"""The large picture of a page over a gallery that a test makes up."""

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from civitai_manager_libs.domain.gallery import read_gallery_picture
from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.infotext import write_infotext
from civitai_manager_libs.errors import ShortcutError
from civitai_manager_libs.images.resources import ResourceList, ResourceRow, ResourceState
from civitai_manager_libs.ui.drops import Drops
from civitai_manager_libs.ui.picture_around import PictureSurroundings
from civitai_manager_libs.ui.picture_detail import PictureDetail

HOSTILE = '<img src=x onerror="document.title=1">'
MADE = GenerationData(
    source='a1111',
    prompt='layered desert dunes at dusk, <lora:silk_tide_flux:0.6>, soft grain',
    negative_prompt='text, watermark, easynegative',
    steps=28,
    sampler='DPM++ 2M',
    schedule='Karras',
    cfg_scale=5.5,
    seed=9007199254740995,
    clip_skip=2,
    width=1024,
    height=1280,
    model='aurora_xl_v20',
    other={'Hires upscale': '2', 'Version': 'v1.10.1'},
)
ROWS = (
    ResourceRow('Checkpoint', 'Aurora XL', ResourceState.INSTALLED, 'v2.0'),
    ResourceRow(
        'LORA',
        'Silk Tide',
        ResourceState.AVAILABLE,
        'v1.1',
        weight=0.6,
        size=328_000_000,
        model_id=1,
        version_id=11,
    ),
    ResourceRow(
        'VAE',
        'lumen_vae',
        ResourceState.AVAILABLE,
        'fp16',
        size=335_000_000,
        model_id=2,
        version_id=22,
    ),
    ResourceRow('TextualInversion', 'easynegative', ResourceState.INSTALLED, certain=False),
    ResourceRow('LORA', 'nobody_knows', ResourceState.MISSING),
    ResourceRow('LORA', 'later', ResourceState.UNSURE, problem=ShortcutError(reason='offline')),
)


def gallery_picture(number=1, **more):
    """A picture as a gallery lists it, without generation data."""
    return read_gallery_picture(
        {
            'id': number,
            'url': f'https://image.example/{number}.jpeg',
            'width': 1024,
            'height': 1280,
            'nsfwLevel': 'None',
            'browsingLevel': 1,
            'username': 'lumenfield',
            'createdAt': '2026-11-18T10:00:00.000Z',
            'stats': {'likeCount': 1200, 'heartCount': 84},
            'type': 'image',
            **more,
        }
    )


class MadeUpGallery:
    """Answers what the test puts here; an error is raised. ``asked`` is what it was asked for."""

    def __init__(self):
        self.asked = []
        self.made = MADE
        self.rows = ROWS
        self.tasks = [1, 2]
        self.results = []

    def _given(self, asked, answer):
        self.asked.append(asked)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def generation(self, picture):
        return self._given(('generation', picture.id), self.made)

    def resources(self, data, version_ids=()):
        rows = self._given(('resources', tuple(version_ids)), self.rows)
        return ResourceList(tuple(rows))

    def fetch_missing(self, rows):
        return self._given(('fetch', [row.name for row in rows]), self.tasks)

    def infotext(self, data):
        return write_infotext(data)

    def generate(self, data):
        return self._given(('generate', data.seed), self.results)


class MadeUpPictures:
    """Addresses that say what they stand for."""

    def __init__(self):
        self.broken = set()

    def still(self, picture, width):
        return None if 'elsewhere' in picture.url else f'/still/{picture.id}/{width}'

    def video(self, url):
        return f'/video/{url.rpartition("/")[2]}'

    def local(self, path, width=None):
        return f'/local/{Path(path).name}'

    def failed(self, url, width=0):
        return url in self.broken

    def forget(self, url):
        self.broken.discard(url)


@pytest.fixture
def detail_bench(fresh_settings):
    """A detail as ``detail`` over a ``gallery``; what takes a while waits in ``jobs`` until
    ``work()``.
    """
    made = SimpleNamespace(gallery=MadeUpGallery(), pictures=MadeUpPictures(), jobs=[])
    made.drops = Drops(lambda content: msgspec.structs.replace(MADE, prompt='dropped words'))
    made.settings = fresh_settings

    def work():
        while made.jobs:
            made.jobs.pop(0)()

    def build(**around):
        surroundings = PictureSurroundings(
            made.pictures, made.drops, generating=made.jobs.append, **around
        )
        made.detail = PictureDetail(made.gallery, made.jobs.append, surroundings)
        return made.detail

    made.work, made.build = work, build
    build()
    return made
