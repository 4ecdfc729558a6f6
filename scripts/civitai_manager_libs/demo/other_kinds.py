"""Files that are not safetensors: pickled checkpoints, archives, configurations, workflows."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

from PIL import Image, ImageDraw

from .contents import BLOCK_SIZE, BuiltContent, noise_bytes

_ZIP_TIME = (2026, 1, 15, 12, 0, 0)

_CONFIG = '''model:
  base_learning_rate: 1.0e-04
  target: ldm.models.diffusion.ddpm.LatentDiffusion
  params:
    linear_start: 0.00085
    linear_end: 0.0120
    timesteps: 1000
    first_stage_key: "jpg"
    cond_stage_key: "txt"
    image_size: 64
    channels: 4
    scale_factor: 0.18215
    # seed {seed}
'''


def _zip_bytes(members: dict[str, bytes]) -> bytes:
    """A stored (not compressed) zip whose bytes depend on the members only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.create_system = 3
            archive.writestr(info, data)
    return buffer.getvalue()


def _filling(seed: int, size: int, prefix: str) -> dict[str, bytes]:
    """Members named prefix0, prefix1, ... that hold `size` bytes in all."""
    members = {}
    for index, start in enumerate(range(0, max(size, 64), BLOCK_SIZE)):
        members[f'{prefix}{index}'] = noise_bytes(
            seed + index, min(max(size, 64) - start, BLOCK_SIZE)
        )
    return members


def pickle_content(seed: int, size: int) -> BuiltContent:
    """A torch-style checkpoint: a zip with `archive/data.pkl` and storages; harmless to load."""

    def build() -> bytes:
        data = pickle.dumps({'epoch': 10, 'global_step': seed, 'state_dict': {}}, protocol=2)
        members = {'archive/data.pkl': data, 'archive/version': b'3\n'}
        return _zip_bytes({**members, **_filling(seed, size, 'archive/data/')})

    return BuiltContent(f'pickle-{seed}-{size}', build)


def training_data_content(seed: int, size: int) -> BuiltContent:
    """A training set: numbered pictures with captions, filled up to about `size` bytes."""

    def build() -> bytes:
        members: dict[str, bytes] = {}
        for index in range(4):
            members[f'{index + 1:03}.png'] = _tiny_picture(seed + index)
            members[f'{index + 1:03}.txt'] = b'scenery, soft light, no humans'
        return _zip_bytes({**members, **_filling(seed, size, 'latents/')})

    return BuiltContent(f'training-{seed}-{size}', build)


def archive_content(seed: int, size: int, kind: str) -> BuiltContent:
    """A zip as people publish for Poses, Wildcards, Workflows and other types."""

    def build() -> bytes:
        members = {'README.txt': '請先閱讀 Please read me first\n'.encode('utf-8')}
        if kind == 'Wildcards':
            members['colors.txt'] = 'crimson\nteal\n琥珀\nivory\n'.encode('utf-8')
            members['places.txt'] = 'harbor\nmoss garden\n古城\n'.encode('utf-8')
        elif kind == 'Workflows':
            members['workflow.json'] = _workflow_bytes(seed)
        else:
            for index in range(3):
                members[f'poses/{index + 1:02}.png'] = _tiny_picture(seed + index)
        return _zip_bytes({**members, **_filling(seed, size, 'extra/')})

    return BuiltContent(f'archive-{kind}-{seed}-{size}', build)


def config_content(seed: int) -> BuiltContent:
    """A yaml model configuration of about half a KiB."""
    return BuiltContent(f'config-{seed}', lambda: _CONFIG.format(seed=seed).encode('utf-8'))


def workflow_content(seed: int) -> BuiltContent:
    """A ComfyUI workflow as JSON."""
    return BuiltContent(f'workflow-{seed}', lambda: _workflow_bytes(seed))


def raw_content(seed: int, size: int) -> BuiltContent:
    """Plain bytes for formats that nobody here needs to open (about `size` bytes)."""

    def build() -> bytes:
        return b''.join(_filling(seed, size, '').values())

    return BuiltContent(f'raw-{seed}-{size}', build)


def _workflow_bytes(seed: int) -> bytes:
    nodes = [
        {'id': 1, 'type': 'CheckpointLoaderSimple', 'widgets_values': ['aurora.safetensors']},
        {'id': 2, 'type': 'KSampler', 'widgets_values': [seed, 'fixed', 28, 6.5, 'euler']},
        {'id': 3, 'type': 'SaveImage', 'widgets_values': ['poster']},
    ]
    return json.dumps({'last_node_id': 3, 'nodes': nodes, 'links': [], 'version': 0.4}).encode()


def _tiny_picture(seed: int) -> bytes:
    """A 64 by 64 PNG with a disc on a plain ground."""
    image = Image.new('RGB', (64, 64), ((seed * 53) % 200 + 40, (seed * 97) % 200 + 40, 160))
    ImageDraw.Draw(image).ellipse((12, 12, 52, 52), fill=(240, (seed * 31) % 200 + 40, 90))
    buffer = io.BytesIO()
    image.save(buffer, 'PNG')
    return buffer.getvalue()
