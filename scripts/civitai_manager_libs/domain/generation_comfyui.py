"""Graphs of ComfyUI: from the sampler to its texts, models and size.

``prompt`` is what was run: nodes by id with inputs; ``workflow`` is what the person saw, and is
used when there is no prompt. The first pass counts where there are several: the one that begins
with an empty latent, else the one behind all others. The models of every pass are resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .generation import GenerationData
from .generation_graph import Graph, Node
from .generation_networks import networks_of
from .generation_values import (
    amount,
    json_object,
    json_of,
    model_name,
    pixels,
    plain,
    prompt_text,
    real_number,
    shown,
    whole_number,
)
from .generation_workflow import prompt_of
from .used_resources import resources_of

_SAMPLING = ('noise', 'guider', 'sampler', 'sigmas', 'basic_pipe', 'context', 'pipe', 'sdxl_tuple')
_STEPS = ('steps', 'sigmas', 'guider', 'sampler_name', 'noise_seed')
_POSITIVE = ('positive', 'conditioning', 'cond1', 'positive_cond', 'text_embeds')
_NEGATIVE = ('negative', 'negative_cond', 'text_embeds')
_MODELS = (
    *('ckpt_name', 'unet_name', 'base_ckpt_name', 'checkpoint', 'model_name', 'gguf_name'),
    *('diffusion_model', 'ckpt'),
)
_CONTROLNETS = ('control_net_name',)
_WIDTHS = (('width', 'height'), ('empty_latent_width', 'empty_latent_height'))
_NOT_MODELS = ('upscale', 'detector', 'sam', 'controlnet', 'ipadapter', 'clipvision', 'style')
_NO_SIZE_THROUGH = ('model', 'clip', 'vae', 'positive', 'negative', 'pixels', 'image', 'images')


def read_comfyui(prompt: object, workflow: object = None) -> GenerationData:
    """What a graph says, from JSON or decoded. Never raises: without a sampler the reason is
    ``none``, with JSON that cannot be read ``broken``.
    """
    graph = Graph(json_object(prompt))
    if not graph.nodes:
        graph = Graph(prompt_of(json_object(workflow)))
    if not graph.nodes:
        given = [one for one in (prompt, workflow) if isinstance(one, str) and one.strip()]
        broken = any(json_of(one) is None for one in given)
        return GenerationData(source='comfyui', reason='broken' if broken else 'none')
    samplers = _samplers(graph)
    if not samplers:
        return GenerationData(source='comfyui', reason='none')
    return _read(graph, samplers)


def _samplers(graph: Graph) -> list[Node]:
    """The samplers, those that led to a picture before others, but that of the first pass before
    all.
    """
    reached = dict.fromkeys((*graph.upstream(graph.ends()), *graph.nodes.values()))
    samplers = [node for node in reached if _is_sampler(node)]
    first = [node for node in samplers if _is_empty(graph, node)][:1]
    if not first:  # a picture is painted over: the last one on the way back is fed by no other
        first = [node for node in graph.upstream(samplers[:1]) if _is_sampler(node)][-1:]
    return list(dict.fromkeys([*first, *samplers]))


def _is_sampler(node: Node) -> bool:
    inputs = node.inputs
    drawn = sum(name in inputs for name in _STEPS) >= 2
    fed = any(name in inputs for name in (*_POSITIVE, 'guider', 'basic_pipe', 'pipe', 'context'))
    named = 'sampler' in node.kind.lower() and 'select' not in node.kind.lower()
    return fed and (drawn or (named and any(name in inputs for name in ('seed', *_STEPS))))


def _is_empty(graph: Graph, sampler: Node) -> bool:
    for name in ('latent_image', 'latent', 'samples', 'optional_latent'):
        node = graph.linked(sampler, name)
        if node is not None:
            return (
                any(width in node.inputs for width, _ in _WIDTHS) and 'samples' not in node.inputs
            )
    return False


def _read(graph: Graph, samplers: list[Node]) -> GenerationData:
    sampler = samplers[0]
    parts = _parts(graph, [sampler])
    prompt = prompt_text(_prompt(graph, parts, _POSITIVE, 'positive'))
    negative = prompt_text(_prompt(graph, parts, _NEGATIVE, 'negative'))
    behind = list(_models(graph, parts))
    model = graph.first((node for node in behind if _loads(node)), _MODELS)
    vae = graph.first(graph.upstream([*graph.ends(), *parts]), ('vae_name',))
    width, height = _size(graph, sampler)
    mentions: dict[str, Any] = {
        **{'Model': plain(model), 'VAE': model_name(vae), 'negativePrompt': negative},
        'resources': [*networks_of(graph, behind), *_further(graph, samplers, behind)],
    }
    return GenerationData(
        source='comfyui',
        prompt=prompt,
        negative_prompt=negative,
        steps=amount(graph.first(parts, ('steps',))),
        sampler=plain(graph.first(parts, ('sampler_name', 'sampler'))).strip(),
        schedule=plain(graph.first(parts, ('scheduler', 'schedule'))).strip(),
        cfg_scale=real_number(graph.first(parts, ('cfg', 'cfg_scale', 'cfg_conds'))),
        seed=whole_number(graph.first(parts, ('seed', 'noise_seed'))),
        width=width,
        height=height,
        clip_skip=_clip_skip(graph, sampler),
        denoising=_denoising(graph, parts),
        model=model_name(model),
        vae=model_name(vae),
        other=_other(graph, parts),
        resources=resources_of(mentions, prompt),
    )


def _parts(graph: Graph, samplers: list[Node]) -> list[Node]:
    """The samplers, and the nodes that hold their values."""
    return list(graph.upstream(samplers, lambda name: name in _SAMPLING))


def _further(graph: Graph, samplers: list[Node], behind: list[Node]) -> list[dict[str, Any]]:
    """The models and networks of later passes (a refiner), and the ControlNets of all."""
    known = {node.id for node in behind}
    later = [node for node in _models(graph, _parts(graph, samplers)) if node.id not in known]
    models = (graph.first([node], _MODELS) for node in later if _loads(node))
    controls = (graph.first([node], _CONTROLNETS) for node in graph.upstream(samplers))
    return [
        *({'type': 'checkpoint', 'name': name} for name in models if name),
        *networks_of(graph, later),
        *({'type': 'controlnet', 'name': name} for name in controls if name),
    ]


def _prompt(graph: Graph, parts: list[Node], names: tuple[str, ...], polarity: str) -> str:
    for node in parts:
        for name in names:
            if name in node.inputs:
                value = node.inputs[name]
                return value if isinstance(value, str) else _linked(graph, node, name, polarity)
    for node in parts:  # a bundle that carries models and texts together
        for name in ('basic_pipe', 'pipe', 'context', 'sdxl_tuple'):
            found = _linked(graph, node, name, polarity)
            if found:
                return found
    return ''


def _linked(graph: Graph, node: Node, name: str, polarity: str) -> str:
    return graph.text(graph.linked(node, name), polarity)


def _models(graph: Graph, parts: list[Node]) -> Iterator[Node]:
    """The loaders and changers of the model that was sampled, nearest first; where the way to it
    is not to be seen, everything that the sampler depends on.
    """
    starts = [
        graph.linked(node, name) for node in parts for name in ('model', 'unet', 'base_model')
    ]
    if any(starts):
        return graph.upstream(starts)
    return graph.upstream(parts)


def _loads(node: Node) -> bool:
    kind = node.kind.lower()
    return not any(word in kind for word in _NOT_MODELS)


def _size(graph: Graph, sampler: Node) -> tuple[int | None, int | None]:
    starts = [
        graph.linked(sampler, name)
        for name in ('latent_image', 'latent', 'samples', 'optional_latent')
    ]
    for node in graph.upstream(starts, lambda name: name not in _NO_SIZE_THROUGH):
        for names in _WIDTHS:
            width, height = (pixels(graph.value(node, name)) for name in names)
            if width and height:
                return width, height
    return None, None


def _clip_skip(graph: Graph, sampler: Node) -> int | None:
    """ComfyUI stops at layer -2 where A1111 skips 2."""
    names = ('stop_at_clip_layer', 'clip_skip')
    found = whole_number(graph.first(graph.upstream([sampler]), names))
    return -found if found is not None and -100 <= found < 0 else None


def _denoising(graph: Graph, parts: list[Node]) -> float | None:
    """1.0 is what nothing else begins with, and says nothing."""
    found = real_number(graph.first(parts, ('denoise',)))
    return found if found is not None and found != 1.0 else None


def _other(graph: Graph, parts: list[Node]) -> dict[str, str]:
    guided = graph.upstream([graph.linked(node, name) for node in parts for name in _POSITIVE])
    guidance = graph.first((node for node in guided if node.kind == 'FluxGuidance'), ('guidance',))
    values: Mapping[str, Any] = {
        'Distilled CFG Scale': guidance,
        'Start at step': graph.first(parts, ('start_at_step',)),
        'End at step': graph.first(parts, ('end_at_step',)),
    }
    return {name: shown(value) for name, value in values.items() if shown(value)}
