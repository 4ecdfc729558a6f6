"""Generation data of the API in all shapes that were seen, and in some that were not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.generation_api import from_api
from civitai_manager_libs.domain.generation_values import json_of, whole_number
from civitai_manager_libs.domain.infotext import read_infotext, write_infotext

FLAT = {
    **{'prompt': 'a fox', 'negativePrompt': 'a dog', 'seed': 7, 'steps': 20, 'cfgScale': 6.5},
    **{'sampler': 'Euler a', 'Size': '640x960', 'clipSkip': 2, 'Model': 'base'},
}
GRAPH = {
    '3': {
        'class_type': 'KSampler',
        'inputs': {
            **{'seed': 2**60 + 1, 'steps': 9, 'cfg': 3.5, 'sampler_name': 'euler', 'denoise': 1},
            **{'positive': ['6', 0], 'negative': ['7', 0], 'latent_image': ['5', 0]},
        },
    },
    '5': {'class_type': 'EmptyLatentImage', 'inputs': {'width': 512, 'height': 640}},
    '6': {'class_type': 'CLIPTextEncode', 'inputs': {'text': 'of the graph'}},
    '7': {'class_type': 'CLIPTextEncode', 'inputs': {'text': 'unwanted'}},
}


class TestShapes:
    def test_flat(self):
        data = from_api(FLAT)
        assert data == GenerationData(
            source='civitai',
            prompt='a fox',
            negative_prompt='a dog',
            seed=7,
            steps=20,
            cfg_scale=6.5,
            sampler='Euler a',
            width=640,
            height=960,
            clip_skip=2,
            model='base',
            resources=data.resources,
            raw=FLAT,
        )
        assert [one.name for one in data.resources] == ['base']

    def test_nested_once_and_twice(self):
        nested = {'id': 5, 'meta': FLAT}
        assert from_api(nested) == from_api({'id': 5, 'meta': nested}) == from_api(FLAT)

    @pytest.mark.parametrize('meta', [None, {}, {'id': 5, 'meta': None}, {'id': 5, 'meta': {}}])
    def test_null_and_empty(self, meta):
        data = from_api(meta)
        assert data.empty and data.reason == 'none'

    @pytest.mark.parametrize('meta', [[], 5, True, 'words', '[1]', b'x'])
    def test_what_is_no_object(self, meta):
        data = from_api(meta)
        assert data.empty and data.reason == 'unknown'

    def test_as_text(self):
        assert from_api(json.dumps(FLAT)) == from_api(FLAT)

    def test_names_as_a1111_has_them(self):
        data = from_api(
            {
                **{
                    'Prompt': 'a',
                    'Negative prompt': 'b',
                    'Steps': '9',
                    'CFG scale': '7',
                    'Seed': '3',
                },
                **{'Clip skip': '2', 'Schedule type': 'Karras', 'Denoising strength': '0.4'},
                **{'width': '64', 'height': 32.0, 'VAE': 'v.pt', 'Model hash': 'abcdef0123'},
            }
        )
        assert (data.prompt, data.negative_prompt, data.steps, data.cfg_scale) == ('a', 'b', 9, 7.0)
        assert (data.seed, data.clip_skip, data.schedule, data.denoising) == (3, 2, 'Karras', 0.4)
        assert (data.width, data.height, data.vae, data.model_hash) == (
            64,
            32,
            'v.pt',
            'abcdef0123',
        )
        assert data.other == {}

    def test_values_of_wrong_kinds_are_left_out(self):
        data = from_api(
            {
                **{
                    'prompt': ['a', 'b'],
                    'steps': 'many',
                    'seed': True,
                    'cfgScale': [],
                    'sampler': 5,
                },
                **{'Size': '0x9', 'width': -4, 'Model': {'name': 'm.safetensors'}, 'Version': 1.0},
            }
        )
        assert (data.prompt, data.steps, data.seed, data.cfg_scale) == ('a, b', None, None, None)
        assert (data.sampler, data.width, data.model) == ('', None, 'm')
        assert data.other == {'Version': '1'}

    def test_halves_of_signs_do_not_get_out(self):
        data = from_api(json.loads('{"prompt": "a \\ud83d b \\ud83d\\ude00", "x": "\\udc00"}'))
        assert data.prompt == 'a \ufffd b \U0001f600'
        data.other['x'].encode()


class TestSeeds:
    @pytest.mark.parametrize('seed', [2**53 + 1, 2**64 + 3, 10**39 + 7, -1, 0])
    def test_whole_and_as_text(self, seed):
        assert from_api({'seed': seed}).seed == from_api({'seed': str(seed)}).seed == seed
        assert from_api(f'{{"seed": {seed}}}').seed == seed

    def test_written_with_an_exponent(self):
        assert from_api('{"seed": 1.2e19}').seed == 12 * 10**18
        assert from_api('{"seed": 9.007199254740993e15}').seed == 2**53 + 1
        assert from_api({'seed': '1.2E+19'}).seed == 12 * 10**18
        assert from_api({'seed': 1.2e19}).seed == 12 * 10**18

    def test_what_is_no_seed(self):
        for seed in ('1.5', 'x', '', 1.5, float('nan'), float('inf'), '9' * 200, '1e999', [], {}):
            assert from_api({'seed': seed, 'prompt': 'a'}).seed is None

    @given(st.integers(-(10**90), 10**90))
    def test_any_number_stays_what_it_is(self, number):
        assert whole_number(number) == whole_number(str(number)) == json_of(str(number)) == number


class TestComfy:
    @pytest.mark.parametrize('outer', [json.dumps, dict], ids=['text', 'object'])
    @pytest.mark.parametrize('inner', [json.dumps, dict], ids=['text', 'object'])
    def test_a_graph_fills_what_is_open(self, outer, inner):
        meta = {'prompt': 'asked for', 'comfy': outer({'prompt': inner(GRAPH), 'workflow': {}})}
        data = from_api(meta)
        assert (data.source, data.prompt, data.negative_prompt) == (
            'civitai',
            'asked for',
            'unwanted',
        )
        assert (data.seed, data.steps, data.width, data.height) == (2**60 + 1, 9, 512, 640)
        assert 'comfy' not in data.other and data.raw == meta

    @pytest.mark.parametrize('comfy', ['{', '[]', 5, {'prompt': 3}, '{"prompt": "{"}', None])
    def test_a_damaged_graph_takes_nothing_away(self, comfy):
        data = from_api({'prompt': 'a', 'comfy': comfy})
        assert (data.prompt, data.reason) == ('a', '')


def test_what_the_api_says_can_be_pasted():
    meta = {
        **FLAT,
        'hashes': {'model': 'aadddd3d75', 'lora:x': 'dcb69cd2497f'},
        'civitaiResources': [{'type': 'lora', 'modelVersionId': 31, 'weight': 0.5}],
        'resources': [{'type': 'lora', 'name': 'x', 'hash': 'dcb69cd2497f'}],
        'Hires upscaler': 'a, b: c',
    }
    data = from_api(meta)
    again = read_infotext(write_infotext(data))
    assert again.other == data.other
    assert again.resources == data.resources
    for field in ('prompt', 'negative_prompt', 'seed', 'steps', 'cfg_scale', 'width', 'clip_skip'):
        assert getattr(again, field) == getattr(data, field)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from([*FLAT, 'comfy', 'hashes', 'resources', 'x']), inner, max_size=6
    ),
    max_leaves=20,
)


@given(anything)
def test_nothing_makes_it_raise(meta):
    data = from_api(meta)
    assert isinstance(data, GenerationData)
    assert data.empty == bool(data.reason)
    write_infotext(data).encode()
