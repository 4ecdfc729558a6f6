"""What is found in each host by looking for it: folders, language, places, what can be had."""

import os
from pathlib import Path

import pytest

from civitai_manager_libs.host.base import Feature
from civitai_manager_libs.host.webui import WebuiHost

FLAVOURS = ['a1111', 'reforge', 'classic', 'forge', 'sdnext']


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_every_path_is_absolute_and_below_the_host(host_modules, flavour, home):
    made = host_modules(flavour)
    host = WebuiHost()
    assert host.root == made.root
    assert host.places.home == made.root / 'civitai-shortcut'
    assert host.places.config_file.parent == host.places.home
    folders = [folder for found in host.folders().values() for folder in found]
    assert folders and all(folder.is_relative_to(made.root) for folder in folders)


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_no_secret_lies_where_the_host_serves_files(host_modules, flavour, home):
    made = host_modules(flavour)
    assert not WebuiHost().places.secrets.is_relative_to(made.root)


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_the_usual_kinds_go_where_the_host_looks(host_modules, flavour):
    made = host_modules(flavour)
    folders = WebuiHost().folders()
    assert folders['Checkpoint'][0] == made.root / 'models/Stable-diffusion'
    assert folders['LORA'][0] == folders['LoCon'][0] == made.root / 'models/Lora'
    assert folders['VAE'][0] == made.root / 'models/VAE'
    assert folders['TextualInversion'] == (made.root / made.flavour.embeddings,)


def test_a_kind_that_the_host_does_not_know_is_left_out(host_modules):
    host_modules('classic')
    assert 'Hypernetwork' not in WebuiHost().folders()


def test_added_folders_stand_behind_the_hosts_own(host_modules, tmp_path):
    added = [str(tmp_path / name) for name in ('more', 'most')]
    made = host_modules('a1111', ckpt_dir=added[0], ckpt_dirs=added)
    own = made.root / 'models/Stable-diffusion'
    assert WebuiHost().folders()['Checkpoint'] == (own, *map(Path, added))


def test_another_lora_folder_replaces_the_usual_one(host_modules, tmp_path):
    host_modules('a1111', lora_dir=str(tmp_path / 'loras'))
    assert WebuiHost().folders()['LORA'] == (tmp_path / 'loras',)


def test_a_link_stays_the_path_that_the_host_knows(host_modules, tmp_path):
    made = host_modules('a1111')
    usual = made.root / 'models/Lora'
    usual.rmdir()
    (tmp_path / 'disk').mkdir()
    usual.symlink_to(tmp_path / 'disk', target_is_directory=True)
    assert WebuiHost().folders()['LORA'] == (usual,)


def test_what_few_hosts_read_counts_only_when_it_is_there(host_modules):
    made = host_modules('forge')
    assert 'TextEncoder' not in WebuiHost().folders()
    (made.root / 'models/text_encoder').mkdir()
    assert WebuiHost().folders()['TextEncoder'] == (made.root / 'models/text_encoder',)


def test_relative_folders_are_seen_from_the_host_wherever_we_stand(
    host_modules, monkeypatch, tmp_path
):
    made = host_modules('sdnext')
    monkeypatch.chdir(tmp_path)
    assert made.cmd_opts.lora_dir == 'models/Lora'
    assert WebuiHost().folders()['LORA'] == (made.root / 'models/Lora',)


@pytest.mark.parametrize(
    'chosen, language',
    [
        ('None', None),
        ('', None),
        ('Auto', None),
        ('zh_TW', 'zh-TW'),
        ('zh-Hant (Stable)', 'zh-Hant'),
        ('ja_JP', 'ja-JP'),
        ('chinese-traditional', 'zh'),
        ('all-in-one', None),
    ],
)
def test_the_language_is_that_of_the_hosts_localization(host_modules, chosen, language):
    host_modules('a1111').opts.data['localization'] = chosen
    assert WebuiHost().language() == language


@pytest.mark.parametrize('flavour', FLAVOURS)
def test_everything_can_be_had_in_every_host(host_modules, flavour):
    host_modules(flavour)
    assert {feature: WebuiHost().missing(feature) for feature in Feature} == dict.fromkeys(Feature)
    assert WebuiHost().sends() == ('txt2img', 'img2img', 'inpaint', 'extras')


def test_without_what_it_hangs_on_each_feature_says_why(host_modules):
    made = host_modules('a1111')
    made.put('generation_parameters_copypaste')
    made.put('sd_models')
    made.put('sd_vae')
    made.put('ui_extra_networks', extra_pages=[])
    made.put('shared', cmd_opts=made.cmd_opts)
    made.cmd_opts.nowebui = True
    missing = {feature: WebuiHost().missing(feature) for feature in Feature}
    assert missing == {
        Feature.LISTS: None,  # the list of LoRA is an extension's own
        Feature.CHECKPOINT: 'host.no_checkpoint',
        Feature.VAE: 'host.no_vae',
        Feature.PROMPT: 'host.no_prompts',
        Feature.SEND: 'host.no_send',
    }
    assert WebuiHost().sends() == ()


def test_modules_that_do_not_load_are_not_there(host_modules):
    made = host_modules('a1111')
    made.put('sd_models', __getattr__=_broken)
    assert WebuiHost().missing(Feature.CHECKPOINT) == 'host.no_checkpoint'
    assert os.path.isabs(WebuiHost().root)


def _broken(name):
    raise AttributeError(name)
