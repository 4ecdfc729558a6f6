"""Which folder a file belongs in, by the model's type, the file's type and the layout of the host.

Three layouts: ``a1111`` (A1111, Forge and their relatives; also SD.Next's names where its settings
are not known), ``comfyui`` (names of its ``folder_paths.py``) and ``own`` (one folder a kind under
the download folder, or what the settings say). Folders that belong to another extension's own
directory are not used: creating them would keep that extension from being installed. A host that
knows better gives its folders in ``host_folders``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import SettingInvalid
from .naming import FOLDER_LIMIT, name_key, safe_name, safe_relative, split_extension

Layout = Literal['a1111', 'comfyui', 'own']
LAYOUTS: tuple[Layout, ...] = ('a1111', 'comfyui', 'own')
TRAINING_DATA = 'Training Data'
ARCHIVE_EXTENSIONS = ('.zip', '.rar', '.7z', '.tar', '.tar.gz', '.tar.xz', '.tar.bz2', '.gz')
_ABSOLUTE = re.compile(r'[A-Za-z]:[\\/]|[\\/]')

# civitai-api.md section 11, ModelType; what the site calls by another name stands behind it.
KINDS = (
    *(
        'Checkpoint',
        'LORA',
        'LoCon',
        'DoRA',
        'TextualInversion',
        'Hypernetwork',
        'AestheticGradient',
    ),
    *('Controlnet', 'Upscaler', 'MotionModule', 'VAE', 'TextEncoder', 'UNet', 'CLIPVision', 'CLIP'),
    *(
        'Poses',
        'Wildcards',
        'Workflows',
        'Detection',
        'VisionLanguage',
        'LLM',
        'Other',
        TRAINING_DATA,
    ),
)
_MODEL_KINDS = {kind.lower(): kind for kind in KINDS} | {
    'comfyworkflows': 'Workflows',
    'lycoris': 'LoCon',
    'embedding': 'TextualInversion',
}
_FILE_KINDS = {
    'vae': 'VAE',
    'text encoder': 'TextEncoder',
    'vision encoder': 'CLIPVision',
    'clipvision': 'CLIPVision',
    'unet': 'UNet',
    'diffusion model': 'UNet',
    'controlnet': 'Controlnet',
    'upscaler': 'Upscaler',
    'enhancement lora': 'LORA',
    'workflow': 'Workflows',
    'training data': TRAINING_DATA,
}
_A1111 = {
    'Checkpoint': 'models/Stable-diffusion',
    'UNet': 'models/Stable-diffusion',
    'LORA': 'models/Lora',
    'LoCon': 'models/Lora',
    'DoRA': 'models/Lora',
    'TextualInversion': 'embeddings',
    'Hypernetwork': 'models/hypernetworks',
    'AestheticGradient': 'models/aesthetic_embeddings',
    'VAE': 'models/VAE',
    'Controlnet': 'models/ControlNet',
    'Upscaler': 'models/ESRGAN',
    'TextEncoder': 'models/text_encoder',
    'CLIP': 'models/text_encoder',
    'CLIPVision': 'models/clip_vision',
    'MotionModule': 'models/AnimateDiff',
    'Detection': 'models/adetailer',
    'Poses': 'models/Poses',
    'LLM': 'models/LLM',
    'VisionLanguage': 'models/LLM',
}
_COMFYUI = {
    'Checkpoint': 'models/checkpoints',
    'UNet': 'models/diffusion_models',
    'LORA': 'models/loras',
    'LoCon': 'models/loras',
    'DoRA': 'models/loras',
    'TextualInversion': 'models/embeddings',
    'Hypernetwork': 'models/hypernetworks',
    'VAE': 'models/vae',
    'Controlnet': 'models/controlnet',
    'Upscaler': 'models/upscale_models',
    'TextEncoder': 'models/text_encoders',
    'CLIP': 'models/text_encoders',
    'CLIPVision': 'models/clip_vision',
    'MotionModule': 'models/animatediff_models',
    'Detection': 'models/ultralytics/bbox',
    'LLM': 'models/LLM',
    'VisionLanguage': 'models/LLM',
    'Workflows': 'user/default/workflows',
}
_HOST_TREES: Mapping[str, Mapping[str, str]] = {'a1111': _A1111, 'comfyui': _COMFYUI}


@dataclass(frozen=True)
class Folder:
    """``root`` as the settings or the host write it, and the safe parts below; the caller joins."""

    root: str
    parts: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Equal for two that are one folder on a system that does not tell case apart."""
        return name_key('/'.join((self.root.rstrip('/\\'), *self.parts)).replace('\\', '/'))


@dataclass(frozen=True)
class Kind:
    """What a file is to a host.

    ``scanned`` is False for what no host reads as it is (archives, training data).
    """

    name: str
    scanned: bool = True


def kind_of(model_type: str, file_type: str, file_name: str, file_format: str | None) -> Kind:
    """The kind of a file: by the file's own type where that says so, else by the model's.

    Unknown types are kept. GGUF weights of a checkpoint hold the diffusion model alone and are
    read from that folder only.
    """
    extension = split_extension(file_name)[1].lower()
    name = _FILE_KINDS.get(file_type.strip().lower()) or _model_kind(model_type)
    if name == 'Checkpoint' and 'gguf' in (extension.lstrip('.'), (file_format or '').lower()):
        name = 'UNet'
    packed = extension in ARCHIVE_EXTENSIONS or file_type.strip().lower() == 'archive'
    return Kind(name, scanned=not packed and name != TRAINING_DATA)


def folder_for(
    kind: Kind,
    layout: str,
    *,
    root: str,
    download_root: str,
    own_folders: Mapping[str, str] | None = None,
    host_folders: Mapping[str, str] | None = None,
) -> Folder:
    """The folder of ``kind``.

    ``root`` is the folder of the WebUI or of ComfyUI, ``download_root`` our own. ``own_folders``
    (layout ``own``) and ``host_folders`` (the others) name folders by kind in any case: absolute,
    or relative to the download folder and to ``root``. What a host does not scan, and kinds a
    layout has no folder for, go below the download folder. Raises SettingInvalid for an unknown
    layout or a relative folder that leaves its root.
    """
    if layout not in LAYOUTS:
        raise SettingInvalid(key='layout', value=layout[:200], allowed=', '.join(LAYOUTS))
    below_downloads = Folder(download_root, (safe_name(kind.name, limit=FOLDER_LIMIT),))
    if not kind.scanned:
        return below_downloads
    if layout == 'own':
        chosen = _by_kind(own_folders or {}, kind.name)
        return _chosen(chosen, download_root, 'own_folders') if chosen else below_downloads
    named = _by_kind(host_folders or {}, kind.name)
    if named:
        return _chosen(named, root, 'host_folders')
    tree = _HOST_TREES[layout]
    return Folder(root, tuple(tree[kind.name].split('/'))) if kind.name in tree else below_downloads


def _model_kind(model_type: str) -> str:
    return _MODEL_KINDS.get(model_type.strip().lower(), model_type.strip() or 'Other')


def _by_kind(folders: Mapping[str, str], kind: str) -> str | None:
    found = {_model_kind(name).lower(): folder for name, folder in folders.items()}
    return (found.get(kind.lower()) or '').strip() or None


def _chosen(folder: str, root: str, key: str) -> Folder:
    if _ABSOLUTE.match(folder):
        return Folder(folder)
    return Folder(root, safe_relative(folder, key=key))
