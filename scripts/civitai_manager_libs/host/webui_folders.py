"""Where a WebUI keeps its things, and which folders it reads models from (hosts.md, Folders)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import webui_modules as modules


@dataclass(frozen=True)
class _Source:
    """Where folders of one kind are named: arguments of the start, options of the host's settings,
    and the usual folder below that of the models, which only counts for those that do not say
    themselves (``below``), or besides what they say (``always``).
    """

    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    below: str = ''
    always: bool = False


_LORA = _Source(('lora_dir', 'lora_dirs'), ('lora_dir',), 'Lora')
_CHECKPOINT = _Source(('ckpt_dir', 'ckpt_dirs'), ('ckpt_dir',), 'Stable-diffusion', always=True)
_TEXT = _Source(('text_encoder_dir', 'text_encoder_dirs'), ('te_dir',), 'text_encoder')
_SOURCES: Mapping[str, _Source] = {
    'Checkpoint': _CHECKPOINT,
    'UNet': _Source((), ('unet_dir',)),
    'LORA': _LORA,
    'LoCon': _Source((*_LORA.arguments, 'lyco_dir_backcompat', 'lyco_dir'), _LORA.options, 'Lora'),
    'DoRA': _LORA,
    'TextualInversion': _Source(('embeddings_dir', 'embeddings_dirs'), ('embeddings_dir',)),
    'Hypernetwork': _Source(('hypernetwork_dir',), ('hypernetwork_dir',)),
    'VAE': _Source(('vae_dir', 'vae_dirs'), ('vae_dir',), 'VAE', always=True),
    'Upscaler': _Source(('esrgan_models_path',), ('esrgan_models_path',), 'ESRGAN'),
    'Controlnet': _Source(
        ('controlnet_dir', 'controlnet_dirs'), ('control_net_models_path',), 'ControlNet'
    ),
    'TextEncoder': _TEXT,
    'CLIP': _TEXT,
    'Wildcards': _Source((), ('wildcards_dir',)),
}
# What few hosts read: named only when somebody has made the folder.
_ONLY_IF_THERE = frozenset({'Controlnet', 'TextEncoder', 'CLIP'})


def data_folder() -> Path:
    """The host's folder of data, which is its program's folder unless somebody moved it."""
    for name in ('data_path', 'script_path'):
        for path in modules.texts(modules.find(f'paths.{name}', f'paths_internal.{name}')):
            return _absolute(path)
    return Path(os.getcwd())


def models_folder() -> Path:
    """The host's folder of models."""
    found = modules.texts(modules.find('paths.models_path', 'paths_internal.models_path'))
    return _absolute(next(found, 'models'))


def model_folders() -> dict[str, tuple[Path, ...]]:
    """By kind the folders that the host reads, its own first. Links stay as they are."""
    found = {kind: tuple(_once(_of_kind(kind, source))) for kind, source in _SOURCES.items()}
    return {kind: folders for kind, folders in found.items() if folders}


def _of_kind(kind: str, source: _Source) -> Iterator[Path]:
    named = [_absolute(path) for path in modules.texts(*map(modules.option, source.options))]
    added = [_absolute(path) for path in modules.texts(*map(modules.argument, source.arguments))]
    usual = models_folder() / source.below if source.below else None
    # A host that has the folder in its settings reads that one, and not the usual one.
    if usual is not None and not named and (source.always or not added):
        if kind not in _ONLY_IF_THERE or usual.is_dir():
            yield usual
    yield from named
    yield from (folder for folder in added if not _is_leftover(folder, kind))


def _is_leftover(folder: Path, kind: str) -> bool:
    """A default that the host names and nobody has: LyCORIS of old hosts."""
    return kind == 'LoCon' and folder.name == 'LyCORIS' and not folder.is_dir()


def _once(folders: Iterator[Path]) -> Iterator[Path]:
    seen: set[str] = set()
    for folder in folders:
        key = os.path.normcase(folder)
        if key not in seen:
            seen.add(key)
            yield folder


def _absolute(path: str) -> Path:
    """``path`` seen from the host's program folder, which one host writes its paths relative to."""
    base = next(modules.texts(modules.find('paths.script_path', 'paths_internal.script_path')), '')
    expanded = os.path.expanduser(path)
    return Path(os.path.abspath(os.path.join(base or os.getcwd(), expanded)))
