"""Which program that makes pictures a folder is, told by what lies in it. Pure.

The layouts are those of :mod:`.folders`; SD.Next and Forge Classic keep embeddings among the models
(hosts.md, Folders).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from .folders import Layout

EXTENSIONS = ('.safetensors', '.sft', '.ckpt', '.pt', '.pth', '.gguf', '.bin')
"""How the names of model files end."""

_TELLING = re.compile(
    r'stable|diffusion|^sd|webui|forge|comfy|matrix|pinokio|portable|^(ai|api|app|data|packages)$'
)
_WITHOUT = re.compile(
    r'^[.$]|^(windows|program files.*|programdata|recovery|system volume information|appdata'
    r'|library|applications|proc|sys|dev|run|tmp|snap|lost\+found|node_modules|site-packages|venv'
    r'|models|extensions|outputs?|__pycache__)$'
)


@dataclass(frozen=True)
class Program:
    """A program as people call it, and how it lays out its folders."""

    name: str
    layout: Layout


_A1111 = Program('Stable Diffusion WebUI', 'a1111')
_FORGE = Program('Stable Diffusion WebUI Forge', 'a1111')
_REFORGE = Program('Stable Diffusion WebUI reForge', 'a1111')
_CLASSIC = Program('Stable Diffusion WebUI Forge Classic', 'a1111')
_NEO = Program('Stable Diffusion WebUI Forge Neo', 'a1111')
_SDNEXT = Program('SD.Next', 'a1111')
_COMFYUI = Program('ComfyUI', 'comfyui')


def program_in(names: Collection[str], about: str = '') -> Program | None:
    """The program whose folder holds files and folders of those ``names``; None for any other
    folder. ``about`` is how its readme begins, which tells apart what looks alike.
    """
    inside = {name.lower() for name in names}
    if inside >= {'folder_paths.py', 'comfy'} or inside >= {'custom_nodes', 'models', 'user'}:
        return _COMFYUI
    if not inside >= {'webui.py', 'modules'}:
        return None
    if 'modules_forge' in inside:
        return _kind_of_forge(inside, re.sub(r'[\s_-]', '', about.lower()))
    return _SDNEXT if 'installer.py' in inside else _A1111


def _kind_of_forge(inside: Collection[str], about: str) -> Program:
    if 'reforge' in about:
        return _REFORGE
    if 'forgeneo' in about:
        return _NEO
    if 'forgeclassic' in about:
        return _CLASSIC
    return _FORGE if 'backend' in inside else _REFORGE


def may_lead_to_one(name: str) -> bool:
    """Whether a folder called ``name`` may be, or hold, such a program at all."""
    return not _WITHOUT.search(name.lower())


def sounds_like_one(name: str) -> bool:
    """Whether a folder called ``name`` is worth a look at what the folders in it hold, too."""
    return may_lead_to_one(name) and bool(_TELLING.search(name.lower()))
