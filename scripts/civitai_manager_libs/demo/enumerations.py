"""The enumerations that the server checks and tells (civitai-api.md section 11)."""

from __future__ import annotations

MODEL_TYPES = tuple(
    'Checkpoint TextualInversion Hypernetwork AestheticGradient LORA LoCon DoRA Controlnet '
    'Upscaler MotionModule VAE TextEncoder UNet CLIPVision Poses Wildcards Workflows '
    'ComfyWorkflows Detection VisionLanguage CLIP LLM Other'.split()
)
FILE_TYPES = (
    'Model',
    'Text Encoder',
    'Vision Encoder',
    'Pruned Model',
    'Negative',
    'Training Data',
    'VAE',
    'Config',
    'Archive',
    'UNet',
    'Diffusion Model',
    'CLIPVision',
    'ControlNet',
    'Workflow',
    'Upscaler',
    'Enhancement LoRA',
    'Other',
)
FILE_FORMATS = ('SafeTensor', 'PickleTensor', 'GGUF', 'Diffusers', 'Core ML', 'ONNX', 'Other')
FILE_SIZES = ('full', 'pruned')
MODEL_SORTS = (
    'Highest Rated',
    'Most Downloaded',
    'Most Liked',
    'Most Discussed',
    'Most Collected',
    'Most Images',
    'Newest',
    'Oldest',
)
IMAGE_SORTS = (
    'Most Reactions',
    'Most Comments',
    'Most Collected',
    'Newest',
    'Oldest',
    'Random',
)
PERIODS = {'Day': 1, 'Week': 7, 'Month': 31, 'Year': 366, 'AllTime': None}
CHECKPOINT_TYPES = ('Trained', 'Merge')
BASE_MODEL_TYPES = ('Standard', 'Inpainting', 'Refiner', 'Pix2Pix')
BASE_MODELS = (
    'Anima',
    'AuraFlow',
    'Chroma',
    'Flux.1 S',
    'Flux.1 D',
    'Flux.1 Krea',
    'Flux.1 Kontext',
    'Flux.2 D',
    'HiDream',
    'Hunyuan 1',
    'Illustrious',
    'Kolors',
    'LTXV',
    'Lumina',
    'NoobAI',
    'Other',
    'PixArt a',
    'Pony',
    'Pony V7',
    'Qwen',
    'Stable Cascade',
    'SD 1.4',
    'SD 1.5',
    'SD 1.5 LCM',
    'SD 1.5 Hyper',
    'SD 2.0',
    'SD 2.1',
    'SD 3',
    'SD 3.5',
    'SDXL 1.0',
    'SDXL Lightning',
    'SDXL Turbo',
    'SVD',
    'Upscaler',
    'Wan Video',
    'ZImageTurbo',
)
IMAGE_LEVEL_MASKS = {'None': 1, 'Soft': 3, 'Mature': 7, 'X': 31, 'Blocked': 63}
LEVEL_WORDS = {1: 'None', 2: 'Soft', 4: 'Mature', 8: 'X', 16: 'X', 32: 'Blocked'}

ENUMS = {
    'ModelType': list(MODEL_TYPES),
    'ModelFileType': list(FILE_TYPES),
    'ActiveBaseModel': [name for name in BASE_MODELS if not name.startswith('SD 2')],
    'BaseModel': list(BASE_MODELS),
    'BaseModelType': list(BASE_MODEL_TYPES),
}
