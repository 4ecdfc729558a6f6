"""Folders by kind for the three layouts."""

import pytest
from civitai_manager_libs.domain.folders import (
    KINDS,
    LAYOUTS,
    TRAINING_DATA,
    Folder,
    Kind,
    folder_for,
    kind_of,
)
from civitai_manager_libs.errors import SettingInvalid
from hypothesis import given
from hypothesis import strategies as st

ROOTS = {'root': '/host', 'download_root': '/downloads'}


def place(kind, layout, **more):
    folder = folder_for(kind if isinstance(kind, Kind) else Kind(kind), layout, **ROOTS, **more)
    return '/'.join((folder.root, *folder.parts))


@pytest.mark.parametrize(
    ('kind', 'a1111', 'comfyui'),
    [
        ('Checkpoint', 'models/Stable-diffusion', 'models/checkpoints'),
        ('UNet', 'models/Stable-diffusion', 'models/diffusion_models'),
        ('LORA', 'models/Lora', 'models/loras'),
        ('LoCon', 'models/Lora', 'models/loras'),
        ('DoRA', 'models/Lora', 'models/loras'),
        ('TextualInversion', 'embeddings', 'models/embeddings'),
        ('Hypernetwork', 'models/hypernetworks', 'models/hypernetworks'),
        ('VAE', 'models/VAE', 'models/vae'),
        ('Controlnet', 'models/ControlNet', 'models/controlnet'),
        ('Upscaler', 'models/ESRGAN', 'models/upscale_models'),
        ('TextEncoder', 'models/text_encoder', 'models/text_encoders'),
        ('CLIP', 'models/text_encoder', 'models/text_encoders'),
        ('CLIPVision', 'models/clip_vision', 'models/clip_vision'),
        ('Detection', 'models/adetailer', 'models/ultralytics/bbox'),
        ('MotionModule', 'models/AnimateDiff', 'models/animatediff_models'),
    ],
)
def test_host_trees(kind, a1111, comfyui):
    assert place(kind, 'a1111') == f'/host/{a1111}'
    assert place(kind, 'comfyui') == f'/host/{comfyui}'
    assert place(kind, 'own') == f'/downloads/{kind}'


def test_workflows_go_where_comfyui_lists_them():
    assert place('Workflows', 'comfyui') == '/host/user/default/workflows'
    assert place('Workflows', 'a1111') == '/downloads/Workflows'


@pytest.mark.parametrize('layout', LAYOUTS)
def test_what_no_host_reads_goes_below_the_downloads(layout):
    for kind in (Kind('LORA', scanned=False), Kind(TRAINING_DATA, scanned=False)):
        assert place(kind, layout) == f'/downloads/{kind.name}'
    assert place('Something New', layout) == '/downloads/Something New'
    assert place('../x/CON', layout) == '/downloads/_x_CON'


@pytest.mark.parametrize(
    ('model_type', 'file_type', 'name', 'file_format', 'expected'),
    [
        ('Checkpoint', 'Model', 'a.safetensors', 'SafeTensor', Kind('Checkpoint')),
        ('Checkpoint', 'Pruned Model', 'a.ckpt', None, Kind('Checkpoint')),
        ('Checkpoint', 'VAE', 'a.vae.pt', None, Kind('VAE')),
        ('Checkpoint', 'UNet', 'a.safetensors', None, Kind('UNet')),
        ('Checkpoint', 'Diffusion Model', 'a.safetensors', None, Kind('UNet')),
        ('Checkpoint', 'Model', 'a.gguf', None, Kind('UNet')),
        ('Checkpoint', 'Text Encoder', 'a.safetensors', None, Kind('TextEncoder')),
        ('Checkpoint', 'Vision Encoder', 'a.safetensors', None, Kind('CLIPVision')),
        ('Checkpoint', 'CLIPVision', 'a.safetensors', None, Kind('CLIPVision')),
        ('Checkpoint', 'ControlNet', 'a.safetensors', None, Kind('Controlnet')),
        ('Checkpoint', 'Upscaler', 'a.pth', None, Kind('Upscaler')),
        ('Checkpoint', 'Enhancement LoRA', 'a.safetensors', None, Kind('LORA')),
        ('Checkpoint', 'Workflow', 'a.json', None, Kind('Workflows')),
        ('Checkpoint', 'Config', 'a.yaml', None, Kind('Checkpoint')),
        ('TextualInversion', 'Negative', 'a.pt', None, Kind('TextualInversion')),
        ('LORA', 'Training Data', 'a.zip', 'Other', Kind(TRAINING_DATA, scanned=False)),
        ('Poses', 'Archive', 'a.zip', 'Other', Kind('Poses', scanned=False)),
        ('LORA', 'Model', 'a.ZIP', 'Other', Kind('LORA', scanned=False)),
        ('ComfyWorkflows', 'Model', 'a.json', None, Kind('Workflows')),
        ('lycoris', 'Model', 'a.safetensors', None, Kind('LoCon')),
        ('VAE', 'Model', 'a.safetensors', None, Kind('VAE')),
        ('Hologram', 'Hologram File', 'a.holo', None, Kind('Hologram')),
        ('', '', '', None, Kind('Other')),
    ],
)
def test_kind(model_type, file_type, name, file_format, expected):
    assert kind_of(model_type, file_type, name, file_format) == expected


def test_own_folders():
    own = {'lora': 'my/loras', 'LyCORIS': '/sd/models/Lora', 'VAE': 'D:\\sd\\VAE', 'Poses': ' '}
    assert place('LORA', 'own', own_folders=own) == '/downloads/my/loras'
    assert folder_for(Kind('LoCon'), 'own', **ROOTS, own_folders=own) == Folder('/sd/models/Lora')
    assert folder_for(Kind('VAE'), 'own', **ROOTS, own_folders=own) == Folder('D:\\sd\\VAE')
    assert place('Poses', 'own', own_folders=own) == '/downloads/Poses'
    assert place('LORA', 'a1111', own_folders=own) == '/host/models/Lora'
    assert place(Kind('LoCon', scanned=False), 'own', own_folders=own) == '/downloads/LoCon'
    for bad in ('../up', '~/x', 'C:x'):
        with pytest.raises(SettingInvalid):
            place('LORA', 'own', own_folders={'LORA': bad})


def test_a_host_that_knows_better():
    host = {'TextualInversion': 'models/embeddings', 'LORA': '/elsewhere/Lora'}
    assert place('TextualInversion', 'a1111', host_folders=host) == '/host/models/embeddings'
    assert place('LORA', 'a1111', host_folders=host) == '/elsewhere/Lora'
    assert place('VAE', 'a1111', host_folders=host) == '/host/models/VAE'


def test_unknown_layout():
    with pytest.raises(SettingInvalid):
        place('LORA', 'invoke')


def test_key_tells_folders_apart_as_every_system_does():
    assert Folder('/sd/', ('Lora', 'A')).key == Folder('\\sd', ('lora', 'a')).key
    assert Folder('/sd', ('a',)).key != Folder('/sd', ('b',)).key
    assert Folder('/sd/a').key == Folder('/sd', ('a',)).key


@given(st.sampled_from(LAYOUTS), st.text(), st.text(), st.text())
def test_no_type_fails_or_leaves_its_root(layout, model_type, file_type, name):
    folder = folder_for(kind_of(model_type, file_type, name, None), layout, **ROOTS)
    assert folder.root in ROOTS.values()
    assert folder.parts and not any(
        set(part) & set('/\\:') or part == '..' for part in folder.parts
    )


def test_every_kind_has_a_place_of_its_own_layout():
    assert len({place(kind, 'own') for kind in KINDS}) == len(KINDS)
