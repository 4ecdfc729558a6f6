"""The models that nodes of ComfyUI load, in the many ways they are written down."""

import pytest

from civitai_manager_libs.domain.generation_comfyui import read_comfyui
from tests.support.graphs import SAMPLING, basic, mentions, node, text


def test_efficiency_nodes():
    graph = {
        '1': node(
            'KSampler (Efficient)',
            **SAMPLING,
            denoise=1.0,
            model=['2', 0],
            positive=['2', 1],
            negative=['2', 2],
            latent_image=['2', 3],
        ),
        '2': node(
            'Efficient Loader',
            ckpt_name='base.safetensors',
            vae_name='Baked VAE',
            positive='a fox',
            negative='a dog',
            lora_name='None',
            clip_skip=-2,
            empty_latent_width=640,
            empty_latent_height=960,
            lora_stack=['3', 0],
        ),
        '3': node(
            'LoRA Stacker',
            input_mode='simple',
            lora_count=2,
            lora_name_1='one.safetensors',
            lora_wt_1=0.5,
            lora_name_2='two.safetensors',
            lora_wt_2=0.25,
            lora_name_3='unused.safetensors',
            lora_wt_3=1.0,
        ),
    }
    data = read_comfyui(graph)
    assert (data.prompt, data.negative_prompt) == ('a fox', 'a dog')
    assert (data.width, data.height, data.clip_skip, data.vae) == (640, 960, 2, '')
    assert mentions(data) == [
        ('Checkpoint', 'base', None),
        ('LORA', 'one', 0.5),
        ('LORA', 'two', 0.25),
    ]


@pytest.mark.parametrize(
    'loader',
    [
        node(
            'Power Lora Loader (rgthree)',
            model=['4', 0],
            lora_1={'on': True, 'lora': 'fur.safetensors', 'strength': 0.3},
            lora_2={'on': False, 'lora': 'off.safetensors', 'strength': 1},
        ),
        node(
            'CR LoRA Stack',
            model=['4', 0],
            switch_1='On',
            lora_name_1='fur.safetensors',
            model_weight_1=0.3,
            switch_2='Off',
            lora_name_2='off.safetensors',
            model_weight_2=1,
        ),
        node(
            'Lora Loader (LoraManager)',
            model=['4', 0],
            loras={
                '__value__': [
                    {'name': 'fur', 'strength': '0.3', 'active': True},
                    {'name': 'off', 'strength': 1, 'active': False},
                ]
            },
        ),
    ],
    ids=['rgthree', 'CR', 'manager'],
)
def test_stacks_of_networks(loader):
    data = read_comfyui(basic(**{'10': loader}))
    assert ('LORA', 'fur', 0.3) in mentions(data)
    assert 'off' not in {one.name for one in data.resources}


def test_embeddings_and_models_of_civitai_by_air():
    graph = basic(**{'7': text('embedding:easy, (embedding:bad:1.2)')})
    graph['4']['inputs']['ckpt_name'] = 'urn:air:sdxl:checkpoint:civitai:101055@128078'
    data = read_comfyui(graph)
    assert {one.name for one in data.resources} >= {'easy', 'bad'}
    assert 128078 in {one.version_id for one in data.resources}
