"""A ComfyUI workflow, as the person saw it, turned into the prompt that would be run: widgets get
their names, links go from node to node, the nodes inside subgraphs stand beside the others.

Only widgets of ComfyUI's own nodes and of the best known others have names here; a workflow does
not carry them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]

_SAMPLING = ('sampler_name', 'scheduler')
_WIDGETS: dict[str, tuple[str, ...]] = {
    'KSampler': ('seed', '', 'steps', 'cfg', *_SAMPLING, 'denoise'),
    'KSampler (Efficient)': ('seed', '', 'steps', 'cfg', *_SAMPLING, 'denoise'),
    'KSamplerAdvanced': (
        *('add_noise', 'noise_seed', '', 'steps', 'cfg', *_SAMPLING, 'start_at_step'),
        *('end_at_step', ''),
    ),
    'SamplerCustom': ('add_noise', 'noise_seed', '', 'cfg'),
    'RandomNoise': ('noise_seed',),
    'KSamplerSelect': ('sampler_name',),
    'BasicScheduler': ('scheduler', 'steps', 'denoise'),
    'CFGGuider': ('cfg',),
    'FluxGuidance': ('guidance',),
    'CLIPTextEncode': ('text',),
    'CLIPTextEncodeFlux': ('clip_l', 't5xxl', 'guidance'),
    'CheckpointLoaderSimple': ('ckpt_name',),
    'CheckpointLoader': ('config_name', 'ckpt_name'),
    'UNETLoader': ('unet_name',),
    'UnetLoaderGGUF': ('unet_name',),
    'LoraLoader': ('lora_name', 'strength_model', 'strength_clip'),
    'LoraLoaderModelOnly': ('lora_name', 'strength_model'),
    'VAELoader': ('vae_name',),
    'EmptyLatentImage': ('width', 'height', 'batch_size'),
    'EmptySD3LatentImage': ('width', 'height', 'batch_size'),
    'CLIPSetLastLayer': ('stop_at_clip_layer',),
    'PrimitiveNode': ('value',),
    'PrimitiveInt': ('value',),
    'PrimitiveFloat': ('value',),
    'PrimitiveString': ('value',),
    'PrimitiveStringMultiline': ('value',),
}
_MUTED = (2, 4)
_MOST_NODES = 20_000
_DEEPEST = 6
_INPUTS = '-10'  # the id of what stands for the inputs inside a subgraph


def prompt_of(workflow: Mapping[str, Any]) -> Json:
    """Nodes by id with ``class_type`` and ``inputs``; ``{}`` when it is no workflow."""
    inner = workflow.get('definitions')
    listed = inner.get('subgraphs') if isinstance(inner, Mapping) else None
    known = {str(one.get('id')): one for one in _objects(listed) if isinstance(one.get('id'), str)}
    flattened = _Flattened(known)
    flattened.add(workflow, '', {}, 0)
    return flattened.nodes


class _Flattened:
    """The nodes of a graph and of the subgraphs in it; after so many it takes no more."""

    def __init__(self, known: Mapping[str, Mapping[str, Any]]) -> None:
        self.nodes: Json = {}
        self._known = known
        self._left = _MOST_NODES

    def add(
        self, graph: Mapping[str, Any], prefix: str, outside: Mapping[int, Any], depth: int
    ) -> dict[int, Any]:
        """Adds the nodes of ``graph`` and gives what its outputs come from, by their number.
        ``outside`` is what its inputs come from.
        """
        links = _links(graph)
        inner: dict[str, dict[int, Any]] = {}

        def source(link: object) -> Any:
            origin, slot = links.get(str(link), (None, 0))
            if origin is None:
                return None
            if origin == _INPUTS:
                return outside.get(slot)
            return inner[origin].get(slot) if origin in inner else [prefix + origin, slot]

        nodes = [node for node in _objects(graph.get('nodes')) if node.get('mode') not in _MUTED]
        nodes = nodes[: max(0, self._left)]
        self._left -= len(nodes)
        for node in nodes:
            subgraph = self._known.get(str(node.get('type')))
            if subgraph is not None and depth < _DEEPEST:
                given = enumerate(_objects(node.get('inputs')))
                sources = {number: source(one.get('link')) for number, one in given}
                name = str(node.get('id'))
                inner[name] = self.add(subgraph, f'{prefix}{name}:', sources, depth + 1)
        for node in nodes:
            if str(node.get('id')) not in inner:
                self.nodes[f'{prefix}{node.get("id")}'] = _run(node, source)
        return {
            number: source(link)
            for number, one in enumerate(_objects(graph.get('outputs')))
            for link in _list(one.get('linkIds'))
        }


def _run(node: Mapping[str, Any], source: Callable[[object], Any]) -> Json:
    """A node as it would be run."""
    inputs = _widgets(node)
    for one in _objects(node.get('inputs')):
        linked = source(one.get('link'))
        if linked is not None:
            inputs[str(one.get('name'))] = linked
    return {'class_type': str(node.get('type')), 'inputs': inputs}


def _widgets(node: Mapping[str, Any]) -> Json:
    values = node.get('widgets_values')
    if isinstance(values, Mapping):
        return dict(values)
    if not isinstance(values, list):
        return {}
    names = _WIDGETS.get(str(node.get('type')))
    if names is None:
        # Long texts are prompts in most of the nodes that we do not know.
        texts = [value for value in values if isinstance(value, str) and ' ' in value.strip()]
        return {'text': max(texts, key=len)} if texts else {}
    return {name: value for name, value in zip(names, values) if name}


def _links(graph: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Origin and slot of each link: ``[id, origin, slot, target, slot, type]`` or an object."""
    found: dict[str, tuple[str, int]] = {}
    for link in _list(graph.get('links')):
        if isinstance(link, list) and len(link) >= 5 and isinstance(link[2], int):
            found[str(link[0])] = (str(link[1]), link[2])
        elif isinstance(link, Mapping) and isinstance(link.get('origin_slot'), int):
            found[str(link.get('id'))] = (str(link.get('origin_id')), link['origin_slot'])
    return found


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, Mapping)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
