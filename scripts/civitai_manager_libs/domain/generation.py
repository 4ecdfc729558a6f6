"""How a picture was made, whoever wrote it down: one type for all programs and for the API."""

from __future__ import annotations

from typing import Any

import msgspec


class UsedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a picture was made with, as far as the picture says.

    ``kind`` is a ModelType of the API (Checkpoint, LORA, TextualInversion, VAE, ...), ``hash`` is
    in lower case without ``0x``, of any length (AutoV2 has 10 digits, AutoV3 12, SHA256 64).
    """

    kind: str
    name: str = ''
    hash: str = ''
    version_id: int | None = None
    weight: float | None = None


class GenerationData(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture says of its making; what it does not say is empty or None.

    ``source`` is the program that wrote it (``a1111``, ``comfyui``, ``fooocus``, ``novelai``,
    ``swarmui``, ``sdnext``, ``invokeai``, ``civitai`` for data of the API) or empty. ``seed`` is a
    whole number of any size. ``other`` are further parameters by the names that A1111 gives them,
    in the order they stood; ``raw`` is everything as it was found, by the name of the chunk or
    field. ``reason`` says why it is empty: ``none`` (nothing in it), ``unknown`` (of a program that
    we do not know), ``broken`` (cannot be read), ``no_picture``.
    """

    source: str = ''
    prompt: str = ''
    negative_prompt: str = ''
    steps: int | None = None
    sampler: str = ''
    schedule: str = ''
    cfg_scale: float | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    clip_skip: int | None = None
    denoising: float | None = None
    model: str = ''
    model_hash: str = ''
    vae: str = ''
    other: dict[str, str] = {}
    resources: tuple[UsedResource, ...] = ()
    raw: dict[str, Any] = {}
    reason: str = ''

    @property
    def empty(self) -> bool:
        """Whether nothing is known that somebody could look at or use."""
        said = (self.prompt, self.negative_prompt, self.sampler, self.model, self.other)
        return not any(said) and self.steps is None and self.seed is None and not self.resources
