"""The whole main job on recorded answers of Civitai: from its link to verified files."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from civitai_manager_libs.demo import DemoCatalogue
from civitai_manager_libs.domain.target_types import FileFilter
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import Gone, PickleRefused, exit_code_of

from .support.command import files_below
from .support.recorded import EARLY_ACCESS, NEEDS_SAMPLES, PICKLED, SAMPLES
from .test_engine import assert_whole

pytestmark = NEEDS_SAMPLES
LAYOUTS = ('own', 'a1111', 'comfyui')

FOLDERS = {
    # kind: one folder for each layout, below the download folder ('own') and the host's folder
    'Checkpoint': ('Checkpoint', 'models/Stable-diffusion', 'models/checkpoints'),
    'LORA': ('LORA', 'models/Lora', 'models/loras'),
    'LoCon': ('LoCon', 'models/Lora', 'models/loras'),
    'DoRA': ('DoRA', 'models/Lora', 'models/loras'),
    'TextualInversion': ('TextualInversion', 'embeddings', 'models/embeddings'),
    'Hypernetwork': ('Hypernetwork', 'models/hypernetworks', 'models/hypernetworks'),
    'Controlnet': ('Controlnet', 'models/ControlNet', 'models/controlnet'),
    'VAE': ('VAE', 'models/VAE', 'models/vae'),
}


@pytest.fixture
def demo(recorded):
    return recorded


@pytest.fixture(params=LAYOUTS)
def layout(request, bench, home):
    """A host of each kind; files that no host reads go below the download folder."""
    bench.rules = replace(bench.rules, layout=request.param, root=str(home / 'host'))
    return request.param


def folder_of(model, file, layout, home):
    """Where a recorded file belongs, said without asking the program."""
    if file['name'].endswith('.zip'):
        kind = 'Training Data' if file['type'] == 'Training Data' else model['type']
        return home / 'downloads' / kind
    kind = 'VAE' if file['type'] == 'VAE' else model['type']
    root = home / ('downloads' if layout == 'own' else 'host')
    return root / FOLDERS[kind][LAYOUTS.index(layout)]


def is_pickled(file):
    return file['name'].endswith(('.ckpt', '.pt'))


def assert_right(demo, tasks, wanted, layout, home):
    """``tasks`` have put ``wanted``, pairs of model and file, whole into their folders."""
    assert sorted(task.order.file_id for task in tasks) == sorted(f['id'] for _, f in wanted)
    places = {file['id']: folder_of(model, file, layout, home) for model, file in wanted}
    for task in tasks:
        assert_whole(demo, task)
        assert task.verified and Path(task.path).parent == places[task.order.file_id]
    assert len({task.path for task in tasks}) == len(tasks)
    lying = files_below(home / 'downloads') + files_below(home / 'host')
    assert len(lying) == len(tasks), lying


def test_every_model_from_its_link(demo, bench, layout, home):
    wanted, tasks = [], []
    for model in demo.models:
        if model['id'] in PICKLED or model['id'] == EARLY_ACCESS:
            continue
        files = model['modelVersions'][0]['files']
        primary = [file for file in files if file.get('primary')]
        wanted.append((model, primary[0]))
        tasks += bench.order(f'https://civitai.com/models/{model["id"]}')
    bench.engine.start()
    tasks = bench.engine.wait([task.id for task in tasks])
    assert len(wanted) >= 16
    assert_right(demo, tasks, wanted, layout, home)


def test_every_version_with_all_its_files(demo, bench, layout, home):
    wanted, tasks = [], []
    for model in demo.models:
        if model['id'] in PICKLED or model['id'] == EARLY_ACCESS:
            continue
        files = [file for version in model['modelVersions'] for file in version['files']]
        wanted += [(model, file) for file in files if not is_pickled(file)]
        link = f'https://civitai.com/models/{model["id"]}'
        tasks += bench.order(link, all_versions=True, all_files=True)
    bench.engine.start()
    tasks = bench.engine.wait([task.id for task in tasks])
    assert len(wanted) >= 30
    assert_right(demo, tasks, wanted, layout, home)


def test_every_version_by_its_own_link(demo, bench, home):
    seen = 0
    for model in demo.models:
        for version in model['modelVersions']:
            link = f'https://civitai.com/models/{model["id"]}?modelVersionId={version["id"]}'
            if all(is_pickled(file) for file in version['files']):
                with pytest.raises(PickleRefused):
                    bench.order(link)
            elif model['id'] != EARLY_ACCESS:
                [task] = bench.order(link)
                assert task.order.version_id == version['id']
                seen += 1
    bench.engine.start()
    tasks = bench.engine.wait([task.id for task in bench.engine.snapshot().tasks])
    assert len(tasks) == seen
    for task in tasks:
        assert_whole(demo, task)


@pytest.mark.parametrize('model_id, file_id', PICKLED.items())
def test_pickled_files_only_when_asked_for(demo, bench, model_id, file_id, home):
    with pytest.raises(PickleRefused) as caught:
        bench.order(f'https://civitai.com/models/{model_id}')
    assert caught.value.details['file_id'] == file_id
    for options in ({'all_files': True}, {'all_versions': True}):
        with pytest.raises(PickleRefused):
            bench.order(str(model_id), **options)
    assert bench.engine.snapshot().tasks == ()
    [task] = bench.fetch(str(model_id), wanted=FileFilter(file_id=file_id))
    assert_whole(demo, task)


def test_a_file_that_the_scanner_calls_dangerous_only_when_asked_for(demo, bench):
    link = 'https://civitai.com/models/23?modelVersionId=23'
    with pytest.raises(PickleRefused) as caught:
        bench.order(link)
    assert caught.value.details == {
        'file': 'arcaneDiffusion_v1.ckpt',
        'reason': 'danger',
        'file_id': 476,
    }
    [task] = bench.fetch(link, wanted=FileFilter(file_id=476))
    assert_whole(demo, task)
    assert 'warning.danger' in task.order.warnings


def test_a_link_of_an_embedding_with_a_pickled_older_version(bench):
    tasks = bench.fetch('https://civitai.com/models/7808', all_versions=True)
    assert [Path(task.path).name for task in tasks] == ['easynegative.safetensors']


def test_early_access_is_refused(bench, home):
    [task] = bench.fetch(f'https://civitai.com/models/{EARLY_ACCESS}')
    assert (task.state, task.error_code) == (State.FAILED, 'early_access')
    assert exit_code_of(task.error_code) == 3
    assert files_below(home / 'downloads') == []


@pytest.mark.parametrize('mode', ['Archived', 'TakenDown'])
def test_what_was_taken_away_is_refused(tmp_path, program, mode):
    """A recorded model as the API gives it once it is archived: no files, no link."""
    folder = tmp_path / 'archived'
    folder.mkdir()
    for path in SAMPLES.glob('model-23906*.json'):
        record = {**json.loads(path.read_text(encoding='utf-8')), 'mode': mode}
        for version in record['modelVersions']:
            version['files'] = []
            version.pop('downloadUrl', None)
        (folder / path.name).write_text(json.dumps(record), encoding='utf-8')
    with DemoCatalogue(catalogue=folder) as archive:
        program.environment['CIVITAI_SHORTCUT_CIVITAI_BASE_URL'] = archive.base_url
        done = program.run('download', 'https://civitai.com/models/23906', '--json')
    assert done.code == 4, done
    assert done.downloads[0]['error']['code'] == Gone.code and program.files() == []


def test_by_hash(demo, bench):
    """Each recorded weight file is found again by the hash of its bytes."""
    for model in demo.models[:8]:
        if model['id'] == EARLY_ACCESS:
            continue
        file = model['modelVersions'][0]['files'][0]
        [task] = bench.order(demo.file_hashes(file['id'])['SHA256'])
        assert task.order.file_id == file['id']


def test_the_command_itself(demo, program):
    done = program.run('download', 'https://civitai.com/models/11821', '--all-versions', '--json')
    assert done.code == 0, done
    assert len(program.files()) == 2 and all(entry['verified'] for entry in done.downloads)
