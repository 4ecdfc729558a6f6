"""Workflows of ComfyUI, which are read where nothing says what was run."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.domain.generation_comfyui import read_comfyui


def workflow_node(number, kind, values, inputs=(), **more):
    listed = [{'name': name, 'link': link} for name, link in inputs]
    return {'id': number, 'type': kind, 'widgets_values': values, 'inputs': listed, **more}


TEXTS = [
    workflow_node(6, 'CLIPTextEncode', ['a fox']),
    workflow_node(7, 'CLIPTextEncode', ['a dog']),
    workflow_node(5, 'EmptyLatentImage', [832, 1216, 1]),
    workflow_node(4, 'CheckpointLoaderSimple', ['base.safetensors']),
]
SAMPLER = workflow_node(
    3,
    'KSampler',
    [5, 'randomize', 20, 7, 'euler', 'karras', 1],
    [('model', 1), ('positive', 2), ('negative', 3), ('latent_image', 4)],
)
LINKS = [
    [1, 4, 0, 3, 0, 'MODEL'],
    [2, 6, 0, 3, 1, 'CONDITIONING'],
    [3, 7, 0, 3, 2, 'CONDITIONING'],
    [4, 5, 0, 3, 3, 'LATENT'],
]


def test_a_workflow_without_a_prompt():
    muted = workflow_node(90, 'KSampler', [1, '', 2, 3, 'x', 'y', 1], mode=4)
    data = read_comfyui(None, {'nodes': [*TEXTS, SAMPLER, muted], 'links': LINKS})
    assert (data.prompt, data.negative_prompt, data.model) == ('a fox', 'a dog', 'base')
    assert (data.seed, data.steps, data.width, data.height) == (5, 20, 832, 1216)


def test_a_workflow_with_a_subgraph():
    inner = {
        'id': 'aaaa-bbbb',
        'nodes': [TEXTS[0], TEXTS[1]],
        'links': [
            {'id': 1, 'origin_id': 6, 'origin_slot': 0, 'target_id': -20, 'target_slot': 0},
            {'id': 2, 'origin_id': 7, 'origin_slot': 0, 'target_id': -20, 'target_slot': 1},
        ],
        'outputs': [{'linkIds': [1]}, {'linkIds': [2]}],
    }
    links = [LINKS[0], [2, 80, 0, 3, 1, '*'], [3, 80, 1, 3, 2, '*'], LINKS[3]]
    nodes = [workflow_node(80, 'aaaa-bbbb', []), TEXTS[2], TEXTS[3], SAMPLER]
    data = read_comfyui(
        '', json.dumps({'nodes': nodes, 'links': links, 'definitions': {'subgraphs': [inner]}})
    )
    assert (data.prompt, data.negative_prompt, data.seed) == ('a fox', 'a dog', 5)


def test_a_subgraph_many_times_within_itself():
    many = [workflow_node(number, 'x', []) for number in range(500)]
    inner = {'id': 'x', 'nodes': many, 'links': [], 'outputs': []}
    given = {'nodes': [workflow_node(1, 'x', [])], 'definitions': {'subgraphs': [inner]}}
    assert read_comfyui(None, given).reason == 'none'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(['subgraphs', 'nodes', 'id', 'linkIds']), inner, max_size=3),
    max_leaves=8,
)
workflow_nodes = st.lists(
    st.dictionaries(
        st.sampled_from(['id', 'type', 'widgets_values', 'inputs', 'mode']),
        values | st.lists(st.dictionaries(st.sampled_from(['name', 'link']), values)),
    )
)


@settings(max_examples=40)
@given(workflow_nodes, st.lists(values | st.lists(st.integers(0, 5), min_size=5)), values)
def test_no_workflow_makes_it_raise(nodes_given, links, definitions):
    given_workflow = {'nodes': nodes_given, 'links': links, 'definitions': definitions}
    assert isinstance(read_comfyui(None, given_workflow), GenerationData)
