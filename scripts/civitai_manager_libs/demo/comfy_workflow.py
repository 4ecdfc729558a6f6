"""What ComfyUI writes into a picture: the graph it ran and the graph as it stood on the canvas."""

from __future__ import annotations

import json
from typing import Any

_ORDER = ('4', '10', '6', '7', '5', '3', '8', '9')


def comfy_chunks(meta: dict[str, Any], checkpoint: str, adapter: str) -> dict[str, str]:
    """The PNG chunks ``prompt`` and ``workflow`` of a picture made as flat ``meta`` says, with the
    files ``checkpoint`` and ``adapter``.
    """
    graph = _graph(meta, checkpoint, adapter)
    nodes = [
        {
            'id': int(number),
            'type': graph[number]['class_type'],
            'pos': [place * 260, 120],
            'widgets_values': [
                value for value in graph[number]['inputs'].values() if not isinstance(value, list)
            ],
        }
        for place, number in enumerate(_ORDER)
    ]
    canvas = {'last_node_id': 10, 'nodes': nodes, 'links': [], 'version': 0.4}
    return {
        'prompt': json.dumps(graph, ensure_ascii=False),
        'workflow': json.dumps(canvas, ensure_ascii=False),
    }


def comfy_meta(meta: dict[str, Any], chunks: dict[str, str]) -> dict[str, Any]:
    """The API's ``meta`` for that picture: few plain fields, and both graphs as one text
    (civitai-api.md section 8).
    """
    names = ('prompt', 'negativePrompt', 'seed', 'steps', 'sampler', 'cfgScale')
    graphs = {name: json.loads(text) for name, text in chunks.items()}
    width, height = _size(meta)
    return {
        **{name: meta[name] for name in names},
        'width': width,
        'height': height,
        'comfy': json.dumps(graphs, ensure_ascii=False),
    }


def _size(meta: dict[str, Any]) -> tuple[int, int]:
    width, _, height = str(meta['Size']).partition('x')
    return int(width), int(height)


def _graph(meta: dict[str, Any], checkpoint: str, adapter: str) -> dict[str, Any]:
    width, height = _size(meta)
    plain = str(meta['prompt']).partition(' <lora:')[0]
    sampling = {
        'seed': meta['seed'],
        'steps': meta['steps'],
        'cfg': meta['cfgScale'],
        'sampler_name': 'dpmpp_2m',
        'scheduler': 'karras',
        'denoise': 1.0,
        'model': ['10', 0],
        'positive': ['6', 0],
        'negative': ['7', 0],
        'latent_image': ['5', 0],
    }
    weights = {'strength_model': 0.8, 'strength_clip': 0.8, 'model': ['4', 0], 'clip': ['4', 1]}
    latent = {'width': width, 'height': height, 'batch_size': 1}
    return {
        '3': _node('KSampler', sampling),
        '4': _node('CheckpointLoaderSimple', {'ckpt_name': checkpoint}),
        '5': _node('EmptyLatentImage', latent),
        '6': _node('CLIPTextEncode', {'text': plain, 'clip': ['10', 1]}),
        '7': _node('CLIPTextEncode', {'text': meta['negativePrompt'], 'clip': ['10', 1]}),
        '8': _node('VAEDecode', {'samples': ['3', 0], 'vae': ['4', 2]}),
        '9': _node('SaveImage', {'filename_prefix': 'demo', 'images': ['8', 0]}),
        '10': _node('LoraLoader', {'lora_name': adapter, **weights}),
    }


def _node(kind: str, inputs: dict[str, Any]) -> dict[str, Any]:
    return {'class_type': kind, 'inputs': inputs}
