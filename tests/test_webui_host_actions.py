"""What hosts do for us: lists read again, a checkpoint loaded, a VAE used."""

import pytest

from civitai_manager_libs.errors import HostFailed, HostLacks
from civitai_manager_libs.host.webui import WebuiHost

FLAVOURS = ['a1111', 'reforge', 'classic', 'forge', 'sdnext']
WITH_OPTION = [flavour for flavour in FLAVOURS if flavour != 'forge']


def add(made, below):
    file = made.root / below
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b'weights')
    return file


@pytest.mark.parametrize('flavour', FLAVOURS)
@pytest.mark.parametrize(
    'kind, below, listed',
    [
        ('Checkpoint', 'models/Stable-diffusion/new.safetensors', 'checkpoints'),
        ('LORA', 'models/Lora/sub/new.safetensors', 'loras'),
        ('DoRA', 'models/Lora/new.safetensors', 'loras'),
        ('VAE', 'models/VAE/new.safetensors', 'vaes'),
    ],
)
def test_a_new_file_is_listed_after_a_refresh(host_modules, flavour, kind, below, listed):
    made = host_modules(flavour)
    add(made, below)
    assert made.lists[listed] == {}
    WebuiHost().refresh(kind)
    assert [name.split('/')[-1] for name in made.lists[listed]] == ['new.safetensors']


def test_one_refresh_reads_a_list_once(host_modules):
    made = host_modules('a1111')
    WebuiHost().refresh('LORA')
    assert made.asked == ['list loras']


def test_a_kind_without_a_list_needs_none(host_modules):
    made = host_modules('a1111')
    WebuiHost().refresh('Poses')
    assert made.asked == []


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_a_checkpoint_that_just_came_is_loaded(host_modules, flavour):
    made = host_modules(flavour)
    file = add(made, 'models/Stable-diffusion/sub/new.safetensors')
    WebuiHost().load_checkpoint(file)
    assert made.asked[-1] == 'load checkpoint sub/new.safetensors'


@pytest.mark.parametrize('flavour', WITH_OPTION)
def test_what_was_chosen_is_kept_for_the_next_start(host_modules, flavour):
    made = host_modules(flavour)
    WebuiHost().load_checkpoint(add(made, 'models/Stable-diffusion/new.safetensors'))
    assert 'new.safetensors' in (made.root / 'config.json').read_text()


@pytest.mark.parametrize('flavour', WITH_OPTION)
def test_a_vae_is_used(host_modules, flavour):
    made = host_modules(flavour)
    WebuiHost().use_vae(add(made, 'models/VAE/clear.safetensors'))
    assert made.asked[-1] == 'use vae clear.safetensors'


def test_a_vae_leaves_the_text_encoders_that_were_chosen(host_modules):
    made = host_modules('forge')
    encoder = str(made.root / 'models/text_encoder/clip.safetensors')
    old = str(made.root / 'models/VAE/old.safetensors')
    made.opts.data['forge_additional_modules'] = [encoder, old]
    WebuiHost().use_vae(add(made, 'models/VAE/clear.safetensors'))
    assert made.asked[-1] == "modules ['clip.safetensors', 'clear.safetensors']"


def test_a_file_outside_the_hosts_folders_is_refused(host_modules, tmp_path):
    made = host_modules('a1111')
    (tmp_path / 'other.safetensors').write_bytes(b'weights')
    with pytest.raises(HostFailed) as raised:
        WebuiHost().load_checkpoint(tmp_path / 'other.safetensors')
    assert raised.value.details['reason'] == 'other.safetensors'
    assert not [line for line in made.asked if line.startswith('load')]


def test_what_the_host_raises_says_what_it_was(host_modules):
    made = host_modules('a1111')

    def fail():
        raise RuntimeError('out of memory')

    made.opts.data_labels['sd_model_checkpoint'].onchange = None
    made.put('sd_models', checkpoints_list=made.lists['checkpoints'], reload_model_weights=fail)
    with pytest.raises(HostFailed) as raised:
        WebuiHost().load_checkpoint(add(made, 'models/Stable-diffusion/new.safetensors'))
    assert raised.value.details == {
        'feature': 'checkpoint',
        'reason': 'RuntimeError: out of memory',
    }


def test_a_choice_that_the_host_takes_back_has_failed(host_modules):
    made = host_modules('a1111')

    def fail():
        raise RuntimeError('broken file')

    made.opts.data_labels['sd_model_checkpoint'].onchange = fail
    with pytest.raises(HostFailed):
        WebuiHost().load_checkpoint(add(made, 'models/Stable-diffusion/new.safetensors'))
    assert made.opts.sd_model_checkpoint == ''


def test_what_the_host_lacks_is_refused_before_anything_happens(host_modules):
    made = host_modules('a1111')
    file = add(made, 'models/VAE/clear.safetensors')
    made.put('sd_vae')
    with pytest.raises(HostLacks):
        WebuiHost().use_vae(file)
    assert made.asked == []
