"""The networks (LoRA and the like) that nodes of ComfyUI load, in the many ways they are written
down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .generation_graph import Graph, Node

_NAME = re.compile(r'(lora|lora_name|lora_name_|lora_)(\d{0,2})')
_WEIGHTS = (
    *('strength_model', 'strength', 'model_weight', 'lora_model_strength', 'model_str', 'lora_wt'),
    *('strength_clip', 'weight'),
)
_MOST = 200


def networks_of(graph: Graph, nodes: Iterable[Node]) -> list[dict[str, Any]]:
    """``{'type': 'lora', 'name': ..., 'weight': ...}`` of every network that ``nodes`` switch on,
    in the order in which they are applied.
    """
    found: list[dict[str, Any]] = []
    for node in nodes:
        found = [*_of_node(graph, node), *found][:_MOST]
    return found


def _of_node(graph: Graph, node: Node) -> Iterator[dict[str, Any]]:
    for name, value in list(node.inputs.items())[:1000]:
        match = _NAME.fullmatch(name)
        if isinstance(value, Mapping) and 'lora' in value:  # Power Lora Loader of rgthree
            if value.get('on', True):
                yield _network(value['lora'], value.get('strength'))
        elif match and isinstance(value, (str, list)) and _is_on(node, match.group(2)):
            yield _network(graph.value(node, name), _weight(graph, node, match.group(2)))
    yield from _listed(node.inputs.get('loras'))


def _listed(value: object) -> Iterator[dict[str, Any]]:
    """The list of the Lora Manager: entries with ``active``, perhaps in ``__value__``."""
    entries = value.get('__value__') if isinstance(value, Mapping) else value
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and entry.get('active', True) is True:
            yield _network(entry.get('name'), entry.get('strength'))


def _network(name: object, weight: object) -> dict[str, Any]:
    entry = {'type': 'lora', 'name': name if isinstance(name, str) else ''}
    return entry if weight is None else {**entry, 'weight': weight}


def _is_on(node: Node, number: str) -> bool:
    switch = node.inputs.get(f'switch_{number}', True)
    count = node.inputs.get('lora_count')
    beyond = isinstance(count, int) and number != '' and int(number) > count
    return switch not in ('Off', False, 'off') and not beyond


def _weight(graph: Graph, node: Node, number: str) -> Any:
    for name in _WEIGHTS:
        full = f'{name}_{number}' if number else name
        if full in node.inputs:
            return graph.value(node, full)
    return None
