"""Real safetensors files: 8 bytes of header length, a JSON header, then the tensors.

The header carries the metadata that training tools write (kohya `ss_*`, `modelspec.*`).
"""

from __future__ import annotations

import json
import random
import struct
from typing import Any

from .contents import StampedContent

_TENSOR_NAMES = {
    'Checkpoint': 'model.diffusion_model.input_blocks.{0}.transformer_blocks.0.attn2.to_q.weight',
    'LORA': 'lora_unet_down_blocks_1_attentions_{0}_proj_in.lora_down.weight',
    'LoCon': 'lycoris_down_blocks_1_resnets_{0}_conv1.lora_mid.weight',
    'DoRA': 'lora_unet_mid_block_attentions_{0}_to_q.dora_scale',
    'TextualInversion': 'emb_params_{0}',
    'VAE': 'decoder.up.{0}.block.0.conv1.weight',
    'Controlnet': 'control_model.input_blocks.{0}.0.op.weight',
    'Upscaler': 'body.{0}.rdb1.conv1.weight',
    'MotionModule': 'down_blocks.{0}.motion_modules.0.temporal_transformer.proj_in.weight',
}
_HALF_FLOAT = 2
_ROW = 1024

_ARCHITECTURES = {
    'SD 1.5': ('stable-diffusion-v1', 'sd_v1', '512x512'),
    'Pony': ('stable-diffusion-xl-v1-base', 'sdxl_base_v1-0', '1024x1024'),
    'Illustrious': ('stable-diffusion-xl-v1-base', 'sdxl_base_v1-0', '1024x1024'),
    'SDXL 1.0': ('stable-diffusion-xl-v1-base', 'sdxl_base_v1-0', '1024x1024'),
    'Flux.1 D': ('Flux.1-dev', 'flux1', '1024x1024'),
}


def training_metadata(
    kind: str, name: str, title: str, author: str, base_model: str, words: list[str], seed: int
) -> dict[str, str]:
    """`__metadata__` of a file of model type `kind`: text values only, as the format demands."""
    architecture, family, resolution = _ARCHITECTURES.get(base_model, _ARCHITECTURES['SDXL 1.0'])
    adapter = {'LORA': '/lora', 'LoCon': '/lycoris', 'DoRA': '/lora'}.get(kind, '')
    metadata = {
        'modelspec.sai_model_spec': '1.0.0',
        'modelspec.architecture': architecture + adapter,
        'modelspec.implementation': 'https://github.com/Stability-AI/generative-models',
        'modelspec.title': title,
        'modelspec.author': author,
        'modelspec.resolution': resolution,
        'modelspec.date': f'2026-0{1 + seed % 6}-{10 + seed % 18}T08:30:00',
        'format': 'pt',
    }
    if adapter:
        metadata.update(_kohya_metadata(name, family, words, seed))
    return metadata


def _kohya_metadata(name: str, family: str, words: list[str], seed: int) -> dict[str, str]:
    chance = random.Random(seed)
    pictures, dim = chance.randrange(20, 90), chance.choice((8, 16, 32))
    tags = {word: pictures for word in words[:4]}
    tags.update({tag: chance.randrange(2, pictures) for tag in ('solo', 'scenery', 'soft light')})
    values: dict[str, Any] = {
        'ss_output_name': name.rsplit('.', 1)[0],
        'ss_base_model_version': family,
        'ss_sd_model_name': 'base.safetensors',
        'ss_network_module': 'networks.lora',
        'ss_network_dim': dim,
        'ss_network_alpha': dim // 2,
        'ss_num_train_images': pictures,
        'ss_num_epochs': 10,
        'ss_epoch': 10,
        'ss_steps': pictures * 40,
        'ss_learning_rate': 0.0001,
        'ss_optimizer': 'AdamW8bit',
        'ss_resolution': '(1024, 1024)',
        'ss_clip_skip': 2,
        'ss_seed': seed,
        'ss_mixed_precision': 'fp16',
        'ss_tag_frequency': json.dumps({f'10_{words[0] if words else "style"}': tags}),
        'ss_training_started_at': f'{1760000000 + seed * 997}.25',
    }
    return {key: str(value) for key, value in values.items()}


def _header_bytes(kind: str, body_size: int, metadata: dict[str, str]) -> bytes:
    """Length word and JSON header for half-float tensors that fill exactly `body_size` bytes."""
    pattern = _TENSOR_NAMES.get(kind, _TENSOR_NAMES['Checkpoint'])
    rows = 256 if body_size > (16 << 20) else 16
    tensor_size = rows * _ROW * _HALF_FLOAT
    header: dict[str, Any] = {'__metadata__': metadata}
    position = 0
    for index in range(body_size // tensor_size):
        header[pattern.format(index)] = {
            'dtype': 'F16',
            'shape': [rows, _ROW],
            'data_offsets': [position, position + tensor_size],
        }
        position += tensor_size
    if position < body_size:
        header[pattern.format('rest')] = {
            'dtype': 'F16',
            'shape': [(body_size - position) // _HALF_FLOAT],
            'data_offsets': [position, body_size],
        }
    text = json.dumps(header, ensure_ascii=False, separators=(',', ':')).encode('utf-8')
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text


def safetensors_content(
    kind: str, seed: int, body_size: int, metadata: dict[str, str]
) -> StampedContent:
    """A safetensors file of model type `kind` with `body_size` bytes of tensors (made even)."""
    even = max(body_size - body_size % _HALF_FLOAT, _HALF_FLOAT)
    return StampedContent(seed, even, lambda: _header_bytes(kind, even, metadata))
