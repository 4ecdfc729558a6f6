"""The forms of the other programs: Fooocus, NovelAI, SwarmUI, SD.Next, InvokeAI."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.generation_texts import read_texts
from tests.support.generation_pictures import A1111

FOOOCUS = {
    **{'base_model': 'jugger', 'base_model_hash': 'aeb7e9e689', 'clip_skip': 2},
    **{'guidance_scale': 4, 'metadata_scheme': 'fooocus', 'performance': 'Speed'},
    **{'prompt': 'a fish', 'negative_prompt': 'a dog', 'resolution': '(768, 1280)'},
    **{'loras': [['fur.safetensors', 0.5, 'dcb69cd2497f'], []], 'sampler': 'dpmpp_2m'},
    **{'scheduler': 'karras', 'seed': str(2**63 + 9), 'steps': 30, 'vae': 'Default (model)'},
    **{'refiner_model': 'None', 'refiner_switch': 0.5, 'version': 'Fooocus v2.4.3'},
}
SWARM = {
    'sui_image_params': {
        **{'prompt': 'a fox', 'negativeprompt': 'a dog', 'model': 'SDXL/base.safetensors'},
        **{'seed': 2**60 + 1, 'steps': 20, 'cfgscale': 7.5, 'width': 1024, 'height': 768},
        **{'sampler': 'euler', 'scheduler': 'normal', 'clipstopatlayer': -2},
        **{'loras': ['x/fur'], 'loraweights': ['0.6'], 'swarm_version': '0.9.7.1'},
    },
    'sui_models': [{'name': 'base.safetensors', 'param': 'model', 'hash': '0x' + 'ab' * 32}],
    'sui_extra_data': {'date': '2025-01-01'},
}
INVOKE = {
    **{'positive_prompt': 'a fox', 'negative_prompt': 'a dog', 'seed': 2**60 + 1, 'steps': 30},
    **{'cfg_scale': 7.5, 'scheduler': 'euler', 'width': 512, 'height': 640, 'clip_skip': 0},
    **{'model': {'name': 'base', 'hash': 'blake3:0123', 'base': 'sdxl'}, 'app_version': '4.2'},
    **{'loras': [{'model': {'name': 'fur'}, 'weight': 0.4}], 'vae': None, 'strength': 0.7},
}


def mentions(data):
    return [(one.kind, one.name, one.hash, one.weight) for one in data.resources]


class TestFooocus:
    def test_its_own_scheme(self):
        texts = {'parameters': json.dumps(FOOOCUS), 'fooocus_scheme': 'fooocus'}
        data = read_texts(texts)
        assert (data.source, data.prompt, data.negative_prompt) == ('fooocus', 'a fish', 'a dog')
        assert (data.seed, data.width, data.height, data.vae) == (2**63 + 9, 768, 1280, '')
        assert (data.steps, data.cfg_scale, data.clip_skip) == (30, 4.0, 2)
        assert mentions(data) == [
            ('Checkpoint', 'jugger', 'aeb7e9e689', None),
            ('LORA', 'fur', 'dcb69cd2497f', 0.5),
        ]
        assert data.other == {'Performance': 'Speed', 'Version': 'Fooocus v2.4.3'}
        assert data.raw == texts and data.reason == ''

    def test_in_the_comment_of_a_jpeg_and_of_older_versions(self):
        old = {**FOOOCUS, 'lora_combined_1': 'old.safetensors : 0.7', 'refiner_model': 'r.ckpt'}
        data = read_texts({'UserComment': json.dumps(old), 'Software': 'Fooocus v2.1'})
        assert (data.source, data.other['Refiner']) == ('fooocus', 'r')
        assert ('LORA', 'old', '', 0.7) in mentions(data)

    def test_its_scheme_of_a1111(self):
        data = read_texts({'parameters': A1111, 'fooocus_scheme': 'a1111'})
        assert (data.source, data.prompt) == ('fooocus', 'photo of a duck')


class TestNovelAI:
    COMMENT = {
        **{'steps': 28, 'sampler': 'k_euler', 'seed': 4000000000, 'scale': 5.0, 'uc': 'bad'},
        **{'width': 832, 'height': 1216, 'noise_schedule': 'karras', 'cfg_rescale': 0.2},
    }

    def test_chunks(self):
        texts = {'Software': 'NovelAI', 'Description': 'a fox', 'Source': 'NovelAI Diffusion V4'}
        data = read_texts({**texts, 'Comment': json.dumps(self.COMMENT)})
        assert (data.source, data.prompt, data.negative_prompt) == ('novelai', 'a fox', 'bad')
        assert (data.steps, data.sampler, data.schedule) == (28, 'k_euler', 'karras')
        assert (data.width, data.height, data.seed) == (832, 1216, 4000000000)
        assert (data.model, data.resources) == ('NovelAI Diffusion V4', ())
        assert data.other == {'CFG Rescale': '0.2'}

    def test_all_in_the_comment_of_a_webp(self):
        outer = {'Software': 'NovelAI', 'Comment': json.dumps({**self.COMMENT, 'prompt': 'a fox'})}
        data = read_texts({'UserComment': json.dumps(outer)})
        assert (data.source, data.prompt, data.seed) == ('novelai', 'a fox', 4000000000)

    def test_prompts_of_version_four(self):
        caption = {'base_caption': 'two people', 'char_captions': [{'char_caption': 'a girl'}]}
        comment = {**self.COMMENT, 'v4_prompt': {'caption': caption}, 'uc': ''}
        comment['v4_negative_prompt'] = {'caption': {'base_caption': 'bad', 'char_captions': 5}}
        data = read_texts({'Software': 'NovelAI', 'Comment': json.dumps(comment)})
        assert (data.prompt, data.negative_prompt) == ('two people, a girl', 'bad')

    def test_a_damaged_comment(self):
        assert read_texts({'Software': 'NovelAI', 'Comment': '{"steps"'}).reason == 'broken'


class TestSwarmUI:
    @pytest.mark.parametrize('field', ['parameters', 'UserComment'])
    def test_its_object(self, field):
        data = read_texts({field: json.dumps(SWARM)})
        assert (data.source, data.prompt, data.negative_prompt) == ('swarmui', 'a fox', 'a dog')
        assert (data.seed, data.steps, data.cfg_scale) == (2**60 + 1, 20, 7.5)
        assert (data.width, data.height, data.clip_skip) == (1024, 768, 2)
        assert (data.model, data.model_hash) == ('base', 'ab' * 32)
        assert mentions(data) == [('Checkpoint', 'base', 'ab' * 32, None), ('LORA', 'fur', '', 0.6)]
        assert data.other == {'Version': '0.9.7.1'}

    def test_lists_written_as_text(self):
        given = {'prompt': 'a', 'loras': 'one,two', 'loraweights': '0.5'}
        data = read_texts({'parameters': json.dumps({'sui_image_params': given})})
        assert mentions(data) == [('LORA', 'one', '', 0.5), ('LORA', 'two', '', 1.0)]


class TestInvokeAI:
    def test_the_newest_form(self):
        data = read_texts({'invokeai_metadata': json.dumps(INVOKE)})
        assert (data.source, data.prompt, data.negative_prompt) == ('invokeai', 'a fox', 'a dog')
        assert (data.seed, data.steps, data.sampler) == (2**60 + 1, 30, 'euler')
        assert (data.width, data.height, data.model, data.denoising) == (512, 640, 'base', 0.7)
        assert mentions(data) == [('Checkpoint', 'base', '', None), ('LORA', 'fur', '', 0.4)]

    def test_version_three_names_models_otherwise(self):
        given = {**INVOKE, 'model': {'model_name': 'base'}}
        given['loras'] = [{'lora': {'model_name': 'fur'}, 'weight': 0.4}]
        data = read_texts({'invokeai_metadata': json.dumps(given)})
        assert mentions(data)[1] == ('LORA', 'fur', '', 0.4)

    def test_version_two(self):
        image = {'prompt': [{'prompt': 'a fox [a dog]', 'weight': 1.0}], 'steps': 50}
        image.update(cfg_scale=7.5, seed=9, width=512, height=512, sampler='k_euler_a')
        given = {'model_weights': 'stable-diffusion-1.5', 'model_hash': 'cc6cb27103417325ff94f52b'}
        data = read_texts({'sd-metadata': json.dumps({**given, 'image': image}), 'Dream': 'x'})
        assert (data.prompt, data.negative_prompt) == ('a fox', 'a dog')
        assert (data.steps, data.seed, data.model) == (50, 9, 'stable-diffusion-1.5')

    def test_version_one(self):
        data = read_texts(
            {'Dream': '"a fox, -x [a dog]" -s 50 -S 123 -W 512 -H 640 -C 7.5 -A k_lms'}
        )
        assert (data.prompt, data.negative_prompt) == ('a fox, -x', 'a dog')
        assert (data.steps, data.seed, data.width, data.height) == (50, 123, 512, 640)
        assert (data.cfg_scale, data.sampler) == (7.5, 'k_lms')

    def test_damage(self):
        assert read_texts({'invokeai_metadata': '{"positive_prompt": "a'}).reason == 'broken'


class TestOthers:
    def test_sdnext(self):
        line = (
            'Steps: 8, Size: 64x64, Sampler: UniPC, Seed: 4, App: SD.Next, Model: m, Clip skip: 1'
        )
        data = read_texts({'parameters': f'a\nNegative prompt: \n{line}'})
        assert (data.source, data.sampler, data.clip_skip) == ('sdnext', 'UniPC', 1)

    def test_infotext_beside_a_graph(self):
        graph = {
            '1': {
                'class_type': 'KSampler',
                'inputs': {'steps': 3, 'seed': 1, 'positive': 'g', 'scheduler': 'karras'},
            }
        }
        data = read_texts({'parameters': A1111, 'prompt': json.dumps(graph)})
        assert (data.source, data.prompt, data.seed) == ('comfyui', 'photo of a duck', 235284042)
        assert data.schedule == 'karras'

    def test_a_graph_with_what_was_asked_of_the_generator_of_civitai(self):
        graph = {
            '1': {'class_type': 'KSampler', 'inputs': {'steps': 3, 'seed': 1, 'positive': 'g'}},
            'extraMetadata': json.dumps(
                {'prompt': 'asked', 'resources': [{'modelVersionId': 31, 'strength': 0.5}]}
            ),
        }
        data = read_texts({'UserComment': json.dumps(graph)})
        assert (data.source, data.prompt, data.steps) == ('comfyui', 'asked', 3)
        assert [(one.version_id, one.weight) for one in data.resources] == [(31, 0.5)]

    @pytest.mark.parametrize('field', ['Make', 'ImageDescription', 'Model'])
    def test_graphs_in_fields_of_exif(self, field):
        graph = {
            '1': {'class_type': 'KSampler', 'inputs': {'steps': 3, 'seed': 1, 'positive': 'g'}}
        }
        data = read_texts({field: f'Prompt:{json.dumps(graph)}'})
        assert (data.source, data.prompt) == ('comfyui', 'g')

    def test_remarks_of_people_and_cameras_are_no_prompts(self):
        for texts in (
            {'ImageDescription': 'The sea: a boat'},
            {'UserComment': 'Hello', 'Make': 'Canon', 'Model': 'EOS'},
            {'comment': 'CREATOR: gd-jpeg v1.0'},
            {'Description': 'a picture', 'Software': 'gimp'},
            {},
        ):
            data = read_texts(texts)
            assert data.empty and data.reason in ('none', 'unknown')

    def test_programs_that_we_do_not_know(self):
        assert read_texts({'parameters': '{"something": 1}'}).reason == 'unknown'
        assert read_texts({'parameters': '{"prompt'}).reason == 'broken'
        assert read_texts({'parameters': '{"negative_prompt": "b", "seed": 4}'}).seed == 4


KEYS = [
    *('parameters', 'UserComment', 'Comment', 'prompt', 'workflow', 'invokeai_metadata', 'Dream'),
    *('sd-metadata', 'Software', 'Make', 'ImageDescription', 'Description', 'fooocus_scheme'),
]
fragments = st.sampled_from(
    [json.dumps(one) for one in (FOOOCUS, SWARM, INVOKE, TestNovelAI.COMMENT)]
    + [A1111, 'NovelAI', 'prompt:{', 'Steps: 1', '[[', '{"a": {"class_type": "KSampler"}}']
)
cut = st.builds(
    lambda text, start, end: text[start:end],
    fragments,
    st.integers(0, 60),
    st.none() | st.integers(),
)
inner = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=9), one, max_size=3),
)
spoiled = st.builds(
    lambda base, key, value: json.dumps({**base, key: value}),
    st.sampled_from([FOOOCUS, SWARM, INVOKE, SWARM['sui_image_params'], TestNovelAI.COMMENT]),
    st.sampled_from([*FOOOCUS, *SWARM, *INVOKE, *TestNovelAI.COMMENT]),
    inner,
)


@given(st.dictionaries(st.sampled_from(KEYS), cut | spoiled | st.text() | fragments, max_size=5))
def test_no_texts_make_it_raise(texts):
    data = read_texts(texts)
    assert isinstance(data, GenerationData)
    assert data.raw == texts
    assert data.empty == bool(data.reason)
