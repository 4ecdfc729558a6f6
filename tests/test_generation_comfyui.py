"""Graphs of ComfyUI: the ways from the sampler to what a person wants to know."""

import json

from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.generation_comfyui import read_comfyui
from tests.support.graphs import SAMPLING, basic, mentions, node


def test_a_plain_graph():
    data = read_comfyui(json.dumps(basic()))
    assert (data.prompt, data.negative_prompt) == ('a fox', 'a dog')
    assert (data.seed, data.steps, data.cfg_scale) == (5, 20, 7.0)
    assert (data.sampler, data.schedule, data.denoising) == ('euler', 'karras', None)
    assert (data.width, data.height, data.model, data.vae) == (832, 1216, 'base', 'sdxl_vae')
    assert mentions(data) == [
        ('Checkpoint', 'base', None),
        ('LORA', 'fur', 0.8),
        ('VAE', 'sdxl_vae', None),
    ]


def test_values_and_texts_from_other_nodes():
    graph = basic(**{'6': node('CLIPTextEncode', text=['20', 0], clip=['4', 1])})
    graph['3']['inputs'].update(seed=['21', 0], steps=['22', 0])
    graph['20'] = node('StringConcatenate', string_a=['23', 0], string_b='b', delimiter=', ')
    graph['23'] = node('PrimitiveStringMultiline', value='a')
    graph['21'] = node('Seed (rgthree)', seed=2**60 + 1)
    graph['22'] = node('Reroute', **{'': ['24', 0]})
    graph['22']['inputs'] = {'value': ['24', 0]}
    graph['24'] = node('INTConstant', value=31)
    data = read_comfyui(graph)
    assert (data.prompt, data.seed, data.steps) == ('a, b', 2**60 + 1, 31)


def test_the_advanced_sampler_and_the_texts_of_sdxl():
    graph = basic(**{'6': node('CLIPTextEncodeSDXL', text_g='g', text_l='l', clip=['4', 1])})
    inputs = graph['3']['inputs']
    inputs['noise_seed'] = inputs.pop('seed') + 1
    inputs.update(start_at_step=0, end_at_step=12)
    graph['3']['class_type'] = 'KSamplerAdvanced'
    data = read_comfyui(graph)
    assert (data.seed, data.prompt) == (6, 'g, l')
    assert data.other['End at step'] == '12'


def test_the_first_of_two_passes():
    graph = basic()
    graph['30'] = node(
        'KSampler',
        **{**SAMPLING, 'seed': 99, 'steps': 8},
        denoise=0.4,
        model=['4', 0],
        positive=['6', 0],
        negative=['7', 0],
        latent_image=['31', 0],
    )
    graph['31'] = node('LatentUpscaleBy', samples=['3', 0], scale_by=1.5)
    graph['8']['inputs']['samples'] = ['30', 0]
    data = read_comfyui(graph)
    assert (data.seed, data.steps, data.width) == (5, 20, 832)


def flux(guider, **more):
    return {
        '1': node(
            'SamplerCustomAdvanced',
            noise=['2', 0],
            guider=['3', 0],
            sampler=['4', 0],
            sigmas=['5', 0],
            latent_image=['6', 0],
        ),
        '2': node('RandomNoise', noise_seed=77),
        '3': guider,
        '4': node('KSamplerSelect', sampler_name='euler'),
        '5': node('BasicScheduler', scheduler='simple', steps=28, denoise=1.0, model=['7', 0]),
        '6': node('EmptySD3LatentImage', width=1024, height=768, batch_size=1),
        '7': node('UNETLoader', unet_name='flux1-dev.safetensors', weight_dtype='default'),
        '8': node('FluxGuidance', guidance=3.5, conditioning=['9', 0]),
        '9': node('CLIPTextEncodeFlux', clip_l='short', t5xxl='long words', clip=['10', 0]),
        '10': node('DualCLIPLoader', clip_name1='a', clip_name2='b'),
        '12': node('VAEDecode', samples=['1', 0]),
        '13': node('SaveImage', images=['12', 0]),
        **more,
    }


def test_custom_sampling_with_a_basic_guider():
    data = read_comfyui(flux(node('BasicGuider', model=['7', 0], conditioning=['8', 0])))
    assert (data.seed, data.steps, data.sampler, data.schedule) == (77, 28, 'euler', 'simple')
    assert (data.prompt, data.negative_prompt) == ('short, long words', '')
    assert (data.model, data.width, data.height) == ('flux1-dev', 1024, 768)
    assert data.other['Distilled CFG Scale'] == '3.5'


def test_custom_sampling_with_a_cfg_guider():
    guider = node('CFGGuider', cfg=4.5, model=['7', 0], positive=['8', 0], negative=['14', 0])
    data = read_comfyui(flux(guider, **{'14': node('CLIPTextEncode', text='bad')}))
    assert (data.cfg_scale, data.negative_prompt) == (4.5, 'bad')


def test_a_negative_prompt_that_was_zeroed_out_is_none():
    graph = basic(**{'7': node('ConditioningZeroOut', conditioning=['6', 0])})
    assert read_comfyui(graph).negative_prompt == ''


def test_controlnet_passes_both_texts_through():
    graph = basic()
    graph['40'] = node(
        'ControlNetApplyAdvanced',
        positive=['6', 0],
        negative=['7', 0],
        control_net=['41', 0],
        image=['42', 0],
        strength=1.0,
    )
    graph['41'] = node('ControlNetLoader', control_net_name='canny')
    graph['42'] = node('LoadImage', image='x.png')
    graph['3']['inputs'].update(positive=['40', 0], negative=['40', 1])
    data = read_comfyui(graph)
    assert (data.prompt, data.negative_prompt) == ('a fox', 'a dog')


def test_unknown_nodes_on_every_way():
    graph = basic()
    graph['50'] = node('ModelPatcherOfTomorrow', model=['10', 0], strange={'a': [1, 2]})
    graph['51'] = node('ConditioningThing', conditioning_in=['6', 0], extra=[[1, 2], 3])
    graph['3']['inputs'].update(model=['50', 0], positive=['51', 0])
    data = read_comfyui(graph)
    assert (data.prompt, data.model) == ('a fox', 'base')


def test_circles_and_links_to_nowhere():
    graph = basic(**{'6': node('CLIPTextEncode', text=['60', 0], clip=['4', 1])})
    graph['60'] = node('A', text=['61', 0])
    graph['61'] = node('B', text=['60', 0], value=['61', 0])
    graph['10']['inputs']['model'] = ['10', 0]
    graph['3']['inputs'].update(seed=['61', 0], latent_image=['gone', 0])
    data = read_comfyui(graph)
    assert (data.prompt, data.seed, data.steps) == ('', None, 20)


def test_nan_in_the_json():
    given = json.dumps(basic(**{'70': node('LoadImage', image='x')}))
    given = given.replace('"image": "x"', '"image": "x", "is_changed": [NaN, Infinity]')
    assert read_comfyui(given).prompt == 'a fox'


def test_without_a_sampler_and_with_damage():
    assert read_comfyui({'1': node('LoadImage', image='x')}).reason == 'none'
    assert read_comfyui('{"1": {"class_type"').reason == 'broken'
    assert read_comfyui('[' * 100_000).reason == 'broken'
    assert read_comfyui('{}', None).reason == 'none'


def test_subgraphs_as_they_are_run():
    graph = {f'57:{name}' if name in '67' else name: one for name, one in basic().items()}
    graph['3']['inputs'].update(positive=['57:6', 0], negative=['57:7', 0])
    assert read_comfyui(graph).prompt == 'a fox'


names = st.sampled_from(
    [
        *SAMPLING,
        'positive',
        'negative',
        'model',
        'text',
        'value',
        'loras',
        'lora_name',
        'lora_1',
        'guider',
        'sigmas',
        'latent_image',
        'ckpt_name',
        'width',
        'height',
        'lora_count',
        'on',
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.tuples(st.sampled_from(['1', '2', '3', 4, True]), st.integers(0, 2)).map(list),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
nodes = st.fixed_dictionaries(
    {
        'class_type': st.sampled_from(['KSampler', 'X', 'FluxGuidance', 'SaveImage', 5]),
        'inputs': st.dictionaries(names, values, max_size=8) | values,
    }
)


@given(st.dictionaries(st.sampled_from(['1', '2', '3', '4']), nodes | values), values)
def test_no_graph_makes_it_raise(prompt, workflow):
    assert isinstance(read_comfyui(prompt, workflow), GenerationData)
