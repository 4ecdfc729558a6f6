"""The files beside models of recorded answers of Civitai, read as hosts read them."""

import html
import re
from pathlib import Path

import pytest
from PIL import Image

from civitai_manager_libs.domain.task import State

from .support.beside import a1111_prompt, beside, read, sdnext_version
from .support.command import files_below
from .support.recorded import EARLY_ACCESS, NEEDS_SAMPLES, PICKLED

pytestmark = NEEDS_SAMPLES
GENERATIONS = {'SD 1.5': 'SD1', 'SD 2.1': 'SD2', 'SD 2.1 768': 'SD2', 'Illustrious': 'SDXL'}


@pytest.fixture
def demo(recorded):
    return recorded


def words_of(markup):
    """The words of a description, told apart from its tags in another way than the program does."""
    return re.findall(r'\w+', html.unescape(re.sub(r'<[^>]*>', ' ', markup or '')))


def test_every_model_has_what_its_hosts_read(demo, writing):
    models = [
        model for model in demo.models if model['id'] not in PICKLED and model['id'] != EARLY_ACCESS
    ]
    tasks = {model['id']: writing.order(str(model['id']))[0] for model in models}
    writing.engine.start()
    tasks = {
        task.order.model_id: task
        for task in writing.engine.wait([task.id for task in tasks.values()])
    }
    seen = 0
    for model in models:
        task = tasks[model['id']]
        assert task.state is State.DONE and task.notes == (), task
        if task.path.endswith('.zip'):
            assert not beside(task, '.json').exists()
            continue
        seen += 1
        assert_right(model, task)
    assert seen >= 12


def assert_right(model, task):
    version = next(one for one in model['modelVersions'] if one['id'] == task.order.version_id)
    prompt, description, generation = a1111_prompt(task.path)
    for word in version.get('trainedWords') or []:
        for part in re.sub(r'<[^>]*>', ' ', word).replace(',', ' ').split():
            assert part in prompt
    assert prompt.count('<lora:') == 1
    assert words_of(description) == words_of(model.get('description') or version.get('description'))
    assert generation == GENERATIONS[version['baseModel']]
    assert sdnext_version(task.path, task.sha256)['id'] == version['id']
    info = read(beside(task, '.civitai.info'))
    assert (info['id'], info['modelId']) == (version['id'], model['id'])
    assert info['model']['name'] == model['name'] and info['model']['type'] == model['type']
    assert all(isinstance(tag, str) for tag in info['model']['tags'])
    assert any(file['hashes'].get('SHA256', '').lower() == task.sha256 for file in info['files'])
    picture = beside(task, '.preview.png')
    safe = [one for one in version['images'] if one.get('nsfwLevel') in (1, 2, 'None')]
    if safe or picture.exists():
        with Image.open(picture) as found:
            assert found.format == 'PNG' and max(found.size) <= 1024


def test_a_checkpoint_with_a_vae_brings_it(bench, fresh_settings):
    fresh_settings(write_sidecars=True, download_companions=True)
    tasks = bench.fetch('74049')
    assert len(tasks) == 2 and all(task.state is State.DONE for task in tasks)
    assert Path(tasks[1].path).parent.name == 'VAE'
    assert read(beside(tasks[1], '.json'))['modelId'] == 74049
    assert len(files_below(bench.downloads)) == 6  # its recorded pictures are adult ones


def test_a_checkpoint_with_a_configuration_brings_it_beside_itself(bench, fresh_settings, demo):
    fresh_settings(download_companions=True)
    model = next(model for model in demo.models if model['id'] == 4618)
    version = next(
        one
        for one in model['modelVersions']
        if any(file['type'] == 'Config' for file in one['files'])
    )
    tasks = bench.fetch(f'https://civitai.com/models/4618?modelVersionId={version["id"]}')
    config = next(task for task in tasks if task.path.endswith('.yaml'))
    weights = next(task for task in tasks if task.parent_id is None)
    assert Path(config.path).with_suffix('') == Path(weights.path).with_suffix('')
