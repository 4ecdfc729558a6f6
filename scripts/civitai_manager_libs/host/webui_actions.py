"""What a WebUI does for us: reads its lists again, loads a checkpoint, uses a VAE.

Each host lists its models somewhere else; whatever of it is there is asked, the cards of extra
networks first, for reading them reads the list below as well.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import HostFailed
from . import webui_modules as modules
from .base import Feature

_CARDS: Mapping[str, tuple[str, ...]] = {
    'Checkpoint': ('checkpoints', 'model'),
    'LORA': ('lora', 'lycoris'),
    'TextualInversion': ('textual inversion', 'embedding'),
    'Hypernetwork': ('hypernetworks', 'hypernetwork'),
    'VAE': ('vae',),
    'Wildcards': ('wildcards',),
}
_LISTS: Mapping[str, tuple[str, ...]] = {
    'Checkpoint': (
        'shared_items.refresh_checkpoints',
        'shared.refresh_checkpoints',
        'sd_models.list_models',
    ),
    'LORA': ('lora.lora_load.list_available_networks', 'lora.networks.list_available_networks'),
    'TextualInversion': ('sd_hijack.model_hijack.embedding_db.load_textual_inversion_embeddings',),
    'Hypernetwork': ('shared.reload_hypernetworks',),
    'VAE': ('sd_vae.refresh_vae_list', 'shared_items.refresh_vae_list'),
    'Upscaler': ('modelloader.load_upscalers',),
}
_AS = {'LoCon': 'LORA', 'DoRA': 'LORA', 'UNet': 'Checkpoint', 'CLIP': 'TextEncoder'}
_OF_ENTRY = frozenset({'Checkpoint', 'VAE', 'TextEncoder'})
_CHECKPOINT, _VAE = 'sd_model_checkpoint', 'sd_vae'
_BESIDE = 'forge_additional_modules'


def has_lists() -> bool:
    """Whether the host can read the list of any kind again."""
    return any(_readers(kind) for kind in {*_CARDS, *_LISTS})


def refresh(kind: str) -> None:
    """Read the list of ``kind`` again; nothing happens for what the host has no list of."""
    for reader in _readers(_AS.get(kind, kind)):
        forced = 'force_reload' in _parameters(reader)
        reader(**({'force_reload': True} if forced else {}))


def _readers(kind: str) -> list[Callable[..., Any]]:
    found = [page.refresh for page in _cards(kind)]
    entry = getattr(_entry(), 'refresh_models', None)
    if kind in _OF_ENTRY and callable(entry):
        found.append(entry)
    if not found:
        own = [modules.function(*_LISTS.get(kind, ()))]
        if kind == 'LORA':
            own = [getattr(modules.loaded('networks'), 'list_available_networks', None), *own]
        found = [one for one in own if callable(one)][:1]
    return found


def _cards(kind: str) -> Iterator[Any]:
    pages = modules.find('ui_extra_networks.extra_pages', 'shared.extra_networks') or ()
    for page in pages:
        name = str(getattr(page, 'name', '') or getattr(page, 'title', '')).lower()
        if name in _CARDS.get(kind, ()) and callable(getattr(page, 'refresh', None)):
            yield page


# --- what is used --------------------------------------------------------------------------------


def has_checkpoints() -> bool:
    """Whether a checkpoint can be chosen from outside."""
    chosen = modules.option(_CHECKPOINT) is not None
    return chosen and isinstance(modules.find('sd_models.checkpoints_list'), dict) and _can_set()


def load_checkpoint(file: Path) -> None:
    """Load the checkpoint at ``file``, which may be newer than the host's list of them."""
    name = _listed(file, 'Checkpoint', _checkpoints)
    if name is None:
        raise HostFailed(feature=Feature.CHECKPOINT.value, reason=file.name)
    change = getattr(_entry(), 'checkpoint_change', None)
    if callable(change):
        change(name, **_preset(change))
    else:
        _choose(_CHECKPOINT, name, Feature.CHECKPOINT, 'sd_models.reload_model_weights')


def has_vaes() -> bool:
    """Whether a VAE can be chosen from outside."""
    if callable(getattr(_entry(), 'modules_change', None)):
        return True
    chosen = modules.option(_VAE) is not None
    return chosen and isinstance(modules.find('sd_vae.vae_dict'), dict) and _can_set()


def use_vae(file: Path) -> None:
    """Use the VAE at ``file`` from now on. Where it stands in one list with text encoders, those
    stay chosen.
    """
    change = getattr(_entry(), 'modules_change', None)
    if callable(change):
        refresh('VAE')
        others = [path for path in modules.texts(modules.option(_BESIDE)) if not _is_vae(path)]
        change([*others, str(file)], **_preset(change))
        return
    name = _listed(file, 'VAE', lambda: modules.find('sd_vae.vae_dict') or {})
    if name is None:
        raise HostFailed(feature=Feature.VAE.value, reason=file.name)
    _choose(_VAE, name, Feature.VAE, 'sd_vae.reload_vae_weights')


def _checkpoints() -> dict[str, str]:
    listed = modules.find('sd_models.checkpoints_list') or {}
    return {title: str(getattr(info, 'filename', '')) for title, info in listed.items()}


def _listed(file: Path, kind: str, listed: Callable[[], Mapping[str, Any]]) -> str | None:
    """What the host calls ``file``, also when it has not seen it yet."""
    for again in (False, True):
        if again:
            refresh(kind)
        for name, path in listed().items():
            if _is_same(str(path), file):
                return name
    return None


def _is_same(path: str, file: Path) -> bool:
    try:
        return os.path.samefile(path, file)
    except (OSError, ValueError):
        return False


def _is_vae(path: str) -> bool:
    return any(part.lower() == 'vae' for part in Path(path).parts[:-1])


def _choose(key: str, name: str, feature: Feature, apply: str) -> None:
    """Set the host's option ``key`` as its own page does. Loading hangs on the option, or is the
    function ``apply``.
    """
    options = modules.find('shared.opts')
    options.set(key, name)
    if modules.option(key) != name:  # it takes back what it could not load
        raise HostFailed(feature=feature.value, reason=name)
    label = getattr(options, 'data_labels', {}).get(key)
    load = modules.function(apply)
    if getattr(label, 'onchange', None) is None and load is not None:
        load()
    file = modules.find('shared.config_filename')
    options.save(*([file] if file else []))


def _can_set() -> bool:
    return modules.function('shared.opts.set') is not None


def _entry() -> Any:
    """Where Forge and those after it choose what is loaded."""
    return modules.loaded('modules_forge.main_entry')


def _preset(change: Callable[..., Any]) -> dict[str, Any]:
    """Some keep what is chosen for each preset."""
    wanted = _parameters(change).get('preset')
    if wanted is None or wanted.default is not inspect.Parameter.empty:
        return {}
    return {'preset': modules.option('forge_preset')}


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
