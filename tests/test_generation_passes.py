"""Graphs of ComfyUI in which a picture goes through several samplers, or begins with a picture."""

import pytest

from civitai_manager_libs.domain.generation_comfyui import read_comfyui
from tests.support.graphs import SAMPLING, basic, mentions, node, text

FIRST = {'model': ['4', 0], 'positive': ['6', 0], 'negative': ['7', 0]}
FROM_A_PICTURE = {
    '5': node('VAEEncode', pixels=['30', 0], vae=['4', 2]),
    '30': node('LoadImage', image='example.png'),
}


def detailed(**changed):
    """A picture whose faces are painted again."""
    detailer = node(
        'FaceDetailer',
        **{**SAMPLING, 'seed': 77, 'steps': 12},
        **{**FIRST, 'image': ['8', 0], 'denoise': 0.4, 'bbox_detector': ['41', 0]},
    )
    found = node('UltralyticsDetectorProvider', model_name='bbox/face_yolov8m.pt')
    save = node('SaveImage', images=['40', 0], filename_prefix='x')
    return basic(**{'40': detailer, '41': found, '9': save}, **changed)


def refined(**changed):
    """Two checkpoints one after the other."""
    common = {'steps': 25, 'cfg': 8.0, 'sampler_name': 'euler', 'scheduler': 'normal'}
    base = {**FIRST, 'noise_seed': 721897303308196, 'start_at_step': 0, 'end_at_step': 20}
    refiner = {'noise_seed': 0, 'start_at_step': 20, 'end_at_step': 10000, 'model': ['12', 0]}
    after = {'positive': ['15', 0], 'negative': ['16', 0], 'latent_image': ['3', 0]}
    nodes = {
        '3': node('KSamplerAdvanced', **common, **base, latent_image=['5', 0]),
        '8': node('VAEDecode', samples=['14', 0], vae=['12', 2]),
        '12': node('CheckpointLoaderSimple', ckpt_name='refiner.safetensors'),
        '14': node('KSamplerAdvanced', **common, **refiner, **after),
        '15': text('a fox', '12'),
        '16': text('a dog', '12'),
    }
    return basic(**nodes, **changed)


@pytest.mark.parametrize('begins', [{}, FROM_A_PICTURE], ids=['with noise', 'with a picture'])
def test_a_face_painted_again_is_not_the_first_pass(begins):
    data = read_comfyui(detailed(**begins))
    assert (data.seed, data.steps, data.denoising) == (5, 20, None)


@pytest.mark.parametrize('begins', [{}, FROM_A_PICTURE], ids=['with noise', 'with a picture'])
def test_the_refiner_comes_second(begins):
    data = read_comfyui(refined(**begins))
    assert (data.seed, data.steps, data.model) == (721897303308196, 25, 'base')
    checkpoints = [one for one in mentions(data) if one[0] == 'Checkpoint']
    assert checkpoints == [('Checkpoint', 'base', None), ('Checkpoint', 'refiner', None)]


def test_networks_of_every_pass_are_resources():
    low = node('LoraLoaderModelOnly', lora_name='low.safetensors', strength_model=0.6)
    low['inputs']['model'] = ['12', 0]
    graph = refined(**{'50': low})
    graph['14']['inputs']['model'] = ['50', 0]
    graph['3']['inputs']['model'] = ['10', 0]
    networks = [one for one in mentions(read_comfyui(graph)) if one[0] == 'LORA']
    assert networks == [('LORA', 'fur', 0.8), ('LORA', 'low', 0.6)]


def test_a_controlnet_is_a_resource():
    texts = {'positive': ['6', 0], 'negative': ['7', 0]}
    applied = node('ControlNetApplyAdvanced', strength=0.9, **texts, control_net=['14', 0])
    loader = node('ControlNetLoader', control_net_name='sd15\\control_openpose.safetensors')
    graph = basic(**{'13': applied, '14': loader})
    graph['3']['inputs'].update(positive=['13', 0], negative=['13', 1])
    data = read_comfyui(graph)
    assert (data.prompt, data.negative_prompt) == ('a fox', 'a dog')
    assert mentions(data)[-1] == ('Controlnet', 'control_openpose', None)


@pytest.mark.parametrize(
    ('switch', 'expected'),
    [
        (node('ImpactSwitch', select=2, sel_mode=False, input1=['51', 0], input2=['52', 0]), 'two'),
        (node('ImpactSwitch', select=['53', 0], input1=['51', 0], input2=['52', 0]), 'one'),
        (node('CR Text Input Switch', Input=2, text1=['51', 0], text2='three'), 'three'),
        (node('ImpactSwitch', select=9, input1=['51', 0], input2=['52', 0]), 'one, two'),
    ],
)
def test_of_a_switch_the_chosen_text(switch, expected):
    texts = {'51': node('Text Multiline', text='one'), '52': node('Text Multiline', text='two')}
    graph = basic(**{'50': switch, **texts, '53': node('PrimitiveInt', value=1)})
    graph['6']['inputs']['text'] = ['50', 0]
    assert read_comfyui(graph).prompt == expected
