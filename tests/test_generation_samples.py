"""Pictures and answers recorded from the world are read whole and right."""

import json
from pathlib import Path

import pytest

from civitai_manager_libs.domain.gallery import read_gallery_picture
from civitai_manager_libs.domain.generation_api import from_api
from civitai_manager_libs.images.reading import read_generation

SAMPLES = Path(__file__).resolve().parents[2] / 'shared' / 'civitai-samples'
pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason='needs ../shared: recorded pictures and answers'
)

DUCK = {
    **{'source': 'a1111', 'prompt': 'photo of a duck', 'negative_prompt': 'monochrome'},
    **{'steps': 15, 'sampler': 'UniPC', 'cfg_scale': 5.0, 'seed': 235284042, 'width': 512},
    **{'height': 400, 'model': 'realistic_realisticVisionV20_v20', 'model_hash': 'c0d1994c73'},
    'reason': '',
}
PICTURES = {
    'a1111-parameters.png': DUCK,
    'a1111-parameters-after-idat.png': DUCK,
    'a1111-usercomment.jpg': DUCK,
    'comfyui-prompt-workflow.png': {
        'source': 'comfyui',
        'prompt': 'photograph of victorian woman with wings, sky clouds, meadow grass',
        'negative_prompt': 'watermark, text',
        **{'steps': 20, 'sampler': 'sample_dpmpp_2m', 'schedule': 'normal', 'cfg_scale': 8.0},
        **{'seed': 280823642470253, 'denoising': 0.8700000000000001, 'width': None},
        **{'model': 'v1-5-pruned-emaonly', 'reason': ''},
    },
    'comfyui-icon-192.png': {'source': 'comfyui', 'prompt': '', 'empty': True, 'reason': 'none'},
    'fooocus-json-parameters.png': {
        **{'source': 'fooocus', 'prompt': 'a smiling goldfish', 'negative_prompt': ''},
        **{'steps': 30, 'sampler': 'dpmpp_2m_sde_gpu', 'schedule': 'karras', 'cfg_scale': 4.0},
        **{'seed': 6952411511246973023, 'width': 768, 'height': 1280, 'clip_skip': 2, 'vae': ''},
        **{'model': 'juggernautXL_v8Rundiffusion', 'model_hash': 'aeb7e9e689', 'reason': ''},
    },
    'novelai-comment.png': {
        **{'source': 'novelai', 'prompt': 'masterpiece, best quality,  cat, space, icon'},
        **{'steps': 50, 'sampler': 'k_euler_ancestral', 'cfg_scale': 10.0, 'seed': 2253955223},
        **{'denoising': 0.4, 'model': 'Stable Diffusion 1D44365E', 'reason': ''},
    },
    'no-metadata.png': {'source': '', 'empty': True, 'reason': 'none'},
    'sdnext-usercomment-rose.jpg': {
        **{'source': 'sdnext', 'prompt': 'single rose on white background', 'steps': 32},
        **{'negative_prompt': '', 'cfg_scale': 6.0, 'seed': 376885285, 'width': 256},
        **{'height': 256, 'model': 'amused-256', 'reason': ''},
    },
    'sdnext-usercomment-paintnet-robot.jpg': {
        **{'source': 'sdnext', 'prompt': 'photo of a cute robot with a dark background'},
        **{'steps': 20, 'sampler': 'Default', 'cfg_scale': 6.0, 'seed': 3693352615},
        **{'width': 1024, 'height': 1024, 'model': 'sdxl_sdxl-base-0.9', 'model_hash': '4b64ace6'},
    },
}


def test_every_recorded_picture_is_expected():
    assert {path.name for path in (SAMPLES / 'images').iterdir()} == set(PICTURES)


@pytest.mark.parametrize('name', PICTURES)
def test_a_recorded_picture(name):
    path = SAMPLES / 'images' / name
    data = read_generation(path)
    assert {field: getattr(data, field) for field in PICTURES[name]} == PICTURES[name]
    assert read_generation(path.read_bytes()) == data


def test_what_stands_in_a_recorded_picture_is_kept_raw():
    raw = read_generation(SAMPLES / 'images' / 'comfyui-prompt-workflow.png').raw
    assert set(raw) == {'prompt', 'workflow'}
    assert json.loads(raw['prompt'])['3']['inputs']['seed'] == 280823642470253
    robot = read_generation(SAMPLES / 'images' / 'sdnext-usercomment-paintnet-robot.jpg')
    assert robot.raw['Software'] == 'paint.net 5.0'
    assert robot.other == {
        **{'Latent sampler': 'Default', 'Version': '0a083c2', 'Parser': 'Full parser'}
    }


def recorded(name):
    return json.loads((SAMPLES / name).read_text(encoding='utf-8'))


def mentions(data):
    return [(one.kind, one.name, one.hash, one.weight) for one in data.resources]


class TestAnswers:
    def test_steampunk_horse(self):
        data = from_api(recorded('meta-shapes.json')[0]['meta'])
        assert data.prompt.startswith('Volumetric Lighting') and data.seed == 3351508344
        assert (data.steps, data.sampler, data.cfg_scale) == (31, 'DPM++ 2M Karras', 7.0)
        assert (data.width, data.height, data.model) == (1024, 768, 'deliberate_v3')
        assert data.other['Style Selector Style'] == 'Volumetric Lighting'
        assert mentions(data) == [
            ('Checkpoint', 'deliberate_v3', 'aadddd3d75', None),
            ('LORA', 'FF-Midj-Rise-v0564', 'dcb69cd2497f', 1.0),
        ]

    def test_samurai(self):
        data = from_api(recorded('meta-shapes.json')[1]['meta'])
        assert (data.width, data.height, data.clip_skip) == (1081, 1580, 2)
        assert data.other['Batch size'] == '4'
        assert ('LORA', 'Avarice_v0.4', 'faa5d8790e', 0.5) in mentions(data)

    def test_little_and_nothing(self):
        little = from_api(recorded('meta-shapes.json')[2]['meta'])
        assert (little.seed, little.steps, little.resources) == (340428674029795, 35, ())
        assert from_api(recorded('meta-shapes.json')[3]['meta']).reason == 'none'

    def test_the_page_of_2023(self):
        item = recorded('images-page-2023-flat-meta.json')['items'][0]
        data = from_api(item['meta'])
        assert (data.seed, data.clip_skip, data.denoising) == (234871805, 2, 0.4)
        assert (data.width, data.height, data.model) == (512, 768, 'Meina')
        assert data.other == {'Hires upscale': '2', 'Hires upscaler': '4x-AnimeSharp'}
        assert ('LORA', 'setsunaTokage_v10', '', 0.6) in mentions(data)

    def test_the_nested_item_of_2026(self):
        item = recorded('images-item-2026-nested-meta.json')
        data = from_api(item['meta'])
        assert (data.model, data.model_hash) == ('anima-preview', '41fa7b7861')
        assert (data.schedule, data.cfg_scale, data.clip_skip) == ('SGM Uniform', 4.0, 2)
        assert (data.width, data.height) == (832, 1216)
        assert ('LORA', 'mygoooo_anima_grok_lokr_v02', '95d20eda2f', None) in mentions(data)
        picture = read_gallery_picture({**item, 'url': 'https://image.civitai.com/a/b/c.jpeg'})
        assert picture is not None and from_api(picture.meta) == data
