"""Ways through a graph of ComfyUI: nodes by their id, whose inputs are values or links to other
nodes. Every walk is bounded and goes through each node once, so that circles do no harm; nodes of
unknown kinds are passed through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_MOST_NODES = 20_000
_DEEPEST = 60
_VALUE_NAMES = (
    *('value', 'Value', 'seed', 'noise_seed', 'int', 'float', 'number', 'text', 'string'),
    *('String', 'a', 'input', 'any', 'source'),
)
_TEXT_NAMES = (
    *('populated_text', 'text', 'text_g', 'text_l', 'clip_g', 'clip_l', 't5xxl', 'prompt'),
    *('string', 'String', 'value', 'wildcard_text', 'text1', 'text2'),
    *('text_a', 'text_b', 'text_c', 'text_d', 'string_a', 'string_b', 'string_c'),
    *('text_0', 'any', 'any_02', 'source', 'input', 'anything'),
)
_CHOICES = ('select', 'Input')
_MOST_CHOICES = 1000
_NO_TEXT = frozenset(
    (
        *('model', 'clip', 'vae', 'image', 'images', 'pixels', 'samples', 'latent', 'latent_image'),
        *('control_net', 'mask', 'clip_vision', 'clip_vision_output', 'reference_latent', 'noise'),
        *('sampler', 'sigmas', 'seed', 'width', 'height', 'delimiter', 'strength', 'lora_stack'),
        *('style_model', 'start_percent', 'end_percent'),
    )
)


class Node:
    """One node: its id, its kind (``class_type``) and its inputs."""

    __slots__ = ('id', 'inputs', 'kind')

    def __init__(self, node_id: str, kind: str, inputs: dict[str, Any]) -> None:
        self.id = node_id
        self.kind = kind
        self.inputs = inputs

    def links(self) -> Iterator[tuple[str, str]]:
        """Names of inputs and the ids of the nodes that they come from."""
        for name, value in self.inputs.items():
            target = link_of(value)
            if target is not None:
                yield name, target


def link_of(value: object) -> str | None:
    """The id of the node that an input is linked to, None for a plain value."""
    if isinstance(value, (list, tuple)) and len(value) == 2 and isinstance(value[0], (str, int)):
        if isinstance(value[1], int) and not isinstance(value[0], bool):
            return str(value[0])
    return None


class Graph:
    """The nodes of ComfyUI's ``prompt``; what is no node in it is left out."""

    def __init__(self, prompt: Mapping[str, Any]) -> None:
        self.nodes: dict[str, Node] = {}
        for node_id, node in list(prompt.items())[:_MOST_NODES]:
            if isinstance(node, Mapping) and isinstance(node.get('class_type'), str):
                inputs = node.get('inputs')
                plain = dict(inputs) if isinstance(inputs, Mapping) else {}
                self.nodes[str(node_id)] = Node(str(node_id), node['class_type'], plain)

    def linked(self, node: Node, name: str) -> Node | None:
        """The node that the input ``name`` comes from."""
        target = link_of(node.inputs.get(name))
        return self.nodes.get(target) if target is not None else None

    def upstream(
        self, starts: Iterable[Node | None], through: Callable[[str], bool] | None = None
    ) -> Iterator[Node]:
        """The nodes of ``starts`` and all they depend on, nearest first; ``through`` says by which
        inputs to go.
        """
        waiting = [node for node in starts if node is not None]
        seen = {node.id for node in waiting}
        for node in waiting:  # grows while it is walked
            yield node
            for name, target in node.links():
                found = self.nodes.get(target)
                if found and target not in seen and (through is None or through(name)):
                    seen.add(target)
                    waiting.append(found)

    def ends(self) -> list[Node]:
        """The nodes that nothing depends on, savers of pictures first."""
        used = {target for node in self.nodes.values() for _, target in node.links()}
        ends = [node for node in self.nodes.values() if node.id not in used]
        return sorted(ends, key=lambda node: 'save' not in node.kind.lower())

    def value(self, node: Node, name: str) -> Any:
        """The plain value of an input, also where another node holds it; None for none."""
        seen: set[tuple[str, str]] = set()
        for _ in range(_DEEPEST):
            given = node.inputs.get(name)
            target = link_of(given)
            if target is None:
                return None if isinstance(given, (list, tuple, Mapping)) else given
            if (node.id, name) in seen or target not in self.nodes:
                return None
            seen.add((node.id, name))
            node = self.nodes[target]
            names = (name, *_VALUE_NAMES)
            name = next((one for one in names if node.inputs.get(one) is not None), '')
        return None

    def first(self, nodes: Iterable[Node], names: Iterable[str]) -> Any:
        """The first plain value of ``names`` in ``nodes``; a name nearer the front of the nodes
        wins.
        """
        names = tuple(names)
        for node in nodes:
            for name in names:
                found = self.value(node, name) if name in node.inputs else None
                if found is not None and found != '':
                    return found
        return None

    def text(self, node: Node | None, polarity: str) -> str:
        """The prompt that reaches ``node``; ``polarity`` (``positive``, ``negative``) chooses where
        a node passes both.
        """
        found: list[str] = []
        self._texts(node, polarity, found, set(), 0)
        return ', '.join(dict.fromkeys(part.strip() for part in found if part.strip()))

    def _names(self, node: Node) -> tuple[str, ...]:
        number = next((self.value(node, one) for one in _CHOICES if one in node.inputs), None)
        return _names_of_texts(node, number)

    def _texts(
        self, node: Node | None, polarity: str, found: list[str], seen: set[str], depth: int
    ) -> None:
        if node is None or node.id in seen or depth > _DEEPEST:
            return
        seen.add(node.id)
        if node.kind == 'ConditioningZeroOut':
            return
        own = (polarity, f'{polarity}_prompt', f'text_{polarity}')
        names = tuple(name for name in own if name in node.inputs)[:1] or self._names(node)
        for name in names:
            value = node.inputs.get(name)
            if isinstance(value, str):
                found.append(value)
            else:
                target = link_of(value)
                if target is not None:
                    self._texts(self.nodes.get(target), polarity, found, seen, depth + 1)


def _names_of_texts(node: Node, number: Any) -> tuple[str, ...]:
    """The inputs of a node that may lead to its text: those that are named so, else all links that
    do not carry something else. Of a text and its wildcards only the text; of a switch that which
    is the ``number`` of its choice.
    """
    inputs = node.inputs
    if inputs.get('populated_text'):
        return ('populated_text',)
    chosen = _chosen(inputs, number)
    if chosen:
        return chosen
    named = tuple(
        name
        for name in _TEXT_NAMES
        if isinstance(inputs.get(name), str) or link_of(inputs.get(name)) is not None
    )
    if named:
        return named
    return tuple(name for name, _ in node.links() if name not in _NO_TEXT)


def _chosen(inputs: Mapping[str, Any], number: Any) -> tuple[str, ...]:
    """The input of a switch (Impact Pack, Comfyroll) that its ``number`` is of."""
    if not isinstance(number, int) or not 0 <= number < _MOST_CHOICES:
        return ()
    return tuple(name for name in (f'input{number}', f'text{number}') if name in inputs)[:1]
