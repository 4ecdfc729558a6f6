"""What hosts read of the files beside a model, as their own code does it, and an engine that writes
them.
"""

import json
import os
from pathlib import Path

import pytest

from civitai_manager_libs.demo import SPECIAL

MOSS = str(SPECIAL['plain'].model_id)
MOSS_NAME = 'moss_garden_v1'
ENDINGS = ('.civitai.info', '.json', '.preview.png', '.safetensors')


def beside(task, ending):
    """The path of the file of ``task`` that ends in ``ending``."""
    return Path(os.path.splitext(task.path)[0] + ending)


def read(path):
    """A JSON file as UTF-8 without a mark, as the hosts open it."""
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def a1111_prompt(model_path):
    """What A1111, Forge and reForge put into the prompt when the card of a LoRA is clicked, and the
    description and generation they show: they read ``base.json``.
    """
    base = os.path.splitext(model_path)[0]
    user = read(base + '.json')
    weight = user.get('preferred weight', 0.0)
    prompt = f'<lora:{os.path.basename(base)}:{weight or "default"}>'
    if user.get('activation text'):
        prompt += ' ' + user['activation text']
    return prompt, user['description'], user['sd version']


def sdnext_version(model_path, sha256=None):
    """The version SD.Next takes ``base.json`` to speak of: the one with a file whose hash begins
    like ours, else the first.
    """
    versions = read(os.path.splitext(model_path)[0] + '.json')['modelVersions']
    for version in versions if sha256 else ():
        for file in version.get('files', []):
            if any(value.startswith(sha256[:8].upper()) for value in file['hashes'].values()):
                return version
    return versions[0]


@pytest.fixture
def writing(bench, fresh_settings):
    """The engine of ``bench``, which writes beside models and fetches nothing of its own accord."""
    fresh_settings(write_sidecars=True)
    return bench
