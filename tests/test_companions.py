"""What a model brings along: its VAE and its configuration, once, where hosts look for them."""

from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.models import read_version
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.transfers.companions import queue_companions
from civitai_manager_libs.transfers.intact import is_intact

from .support.beside import beside, read
from .support.command import files_below
from .support.engine import new_download
from .test_engine import assert_whole

AURORA = str(SPECIAL['many_files'].model_id)
CONFIG, VAE = SPECIAL['config'].file_id, SPECIAL['vae_file'].file_id
NAMES = [
    'Checkpoint/auroraDreamXL_v20.safetensors',
    'Checkpoint/auroraDreamXL_v20.yaml',
    'VAE/auroraDreamXL.vae.safetensors',
]


@pytest.fixture
def bringing(bench, fresh_settings):
    """The engine of ``bench``, which fetches what belongs to a model and writes nothing."""
    fresh_settings(download_companions=True)
    return bench


def test_they_follow_their_model(demo, bringing):
    [model, config, vae] = bringing.fetch(AURORA)
    for task in (model, config, vae):
        assert_whole(demo, task)
    assert model.parent_id is None and config.parent_id == vae.parent_id == model.id
    assert [config.order.file_id, vae.order.file_id] == [CONFIG, VAE]
    assert files_below(bringing.downloads) == sorted(NAMES)
    assert model.notes == config.notes == vae.notes == ()


def test_followers_are_written_beside_too_and_bring_nothing(bringing, fresh_settings):
    fresh_settings(write_sidecars=True)
    [_, config, vae] = bringing.fetch(AURORA)
    assert read(beside(vae, '.json'))['sha256'] == vae.sha256
    assert 'VAE/auroraDreamXL.vae.preview.png' in files_below(bringing.downloads)
    assert config.notes == () and len(bringing.engine.snapshot().tasks) == 3


def test_a_folder_that_the_person_named_is_theirs_too(bringing, home):
    folder = home / 'mine'
    bringing.fetch(AURORA, folder=str(folder))
    assert files_below(folder) == sorted(Path(name).name for name in NAMES)
    assert files_below(bringing.downloads) == []


def test_the_configuration_is_called_like_the_weights(bringing, home):
    """A host reads ``<weights>.yaml`` and no other."""
    tasks = bringing.fetch(AURORA, folder=str(home / 'mine'), file_name='aurora.safetensors')
    names = sorted(Path(task.path).name for task in tasks)
    assert names == ['aurora.safetensors', 'aurora.yaml', 'auroraDreamXL.vae.safetensors']


def test_also_when_the_weights_got_a_number(bringing):
    taken = bringing.downloads / 'Checkpoint' / 'auroraDreamXL_v20.safetensors'
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b'another file of that name')
    names = sorted(Path(task.path).name for task in bringing.fetch(AURORA))
    assert names[1:] == ['auroraDreamXL_v20 (2).safetensors', 'auroraDreamXL_v20 (2).yaml']


@pytest.mark.parametrize(
    'text, files',
    [
        ('https://civitai.com/api/download/models/2001?fileId=3005', 1),  # the VAE itself
        ('https://civitai.com/api/download/models/2001?fileId=3004', 1),  # the configuration
        ('1004', 1),
        ('civitai:1001@2002', 1),  # a version without any
        ('1003', 1),  # training data stays where it is
    ],
)
def test_what_brings_nothing(bringing, text, files):
    assert len(bringing.fetch(text)) == files
    assert len(bringing.engine.snapshot().tasks) == files


@pytest.mark.parametrize('order', [{'sidecars': False}, {}])
def test_by_order_or_setting_nothing_comes_along(bringing, fresh_settings, order):
    fresh_settings(download_companions=bool(order))
    assert len(bringing.fetch(AURORA, **order)) == 1


def test_with_all_files_each_is_there_once(demo, bringing):
    tasks = bringing.fetch(AURORA, all_files=True)
    assert sorted(task.order.file_id for task in tasks) == [3001, 3002, CONFIG, VAE]
    assert len(bringing.engine.snapshot().tasks) == 4


def test_a_second_file_of_the_version_does_not_bring_them_again(demo, bringing):
    bringing.fetch(AURORA)
    link = f'https://civitai.com/api/download/models/2001?fileId={SPECIAL["pruned"].file_id}'
    assert len(bringing.fetch(link)) == 1
    asked = [record.path for record in demo.requests.of('storage') if FILES in record.path]
    assert len(asked) == len(set(asked)) == 4
    assert len(files_below(bringing.downloads)) == 4


def test_what_somebody_has_cancelled_stays_cancelled(demo, bringing):
    [config] = bringing.order('https://civitai.com/api/download/models/2001?fileId=3004')
    bringing.engine.cancel([config.id])
    tasks = bringing.fetch(AURORA)
    assert [task.order.file_id for task in tasks] == [3001, VAE]
    assert bringing.store.get(config.id).state is State.CANCELLED


def test_one_that_fails_leaves_the_model_as_it_is(demo, bringing):
    demo.faults.add('status', path=f'fileId={VAE}', status=410)
    [model, config, vae] = bringing.fetch(AURORA)
    assert (model.state, config.state, vae.state) == (State.DONE, State.DONE, State.FAILED)
    assert model.notes == () and model.error_code is None


def test_priority_goes_with_them(bringing):
    tasks = bringing.fetch(AURORA, priority=7, connections=2)
    assert [(task.order.priority, task.order.connections) for task in tasks] == [(7, 2)] * 3


@pytest.mark.parametrize(
    'name, scan, follows',
    [
        ('x.vae.safetensors', 'Success', True),
        ('x.vae.safetensors', 'Danger', False),
        ('x.vae.pt', 'Success', False),
    ],
)
def test_risky_ones_are_left_to_who_asks_for_them(bringing, name, scan, follows):
    version = read_version(
        {
            'id': 9,
            'files': [
                {'id': 1, 'name': 'x.safetensors', 'type': 'Model'},
                {'id': 2, 'name': name, 'type': 'VAE', 'pickleScanResult': scan},
            ],
        }
    )
    [task] = bringing.store.add([new_download(version_id=9, file_id=1)], is_intact)
    path = Path(task.order.folder) / 'x.safetensors'
    planner = bringing.engine.planner
    for _ in range(2):
        followers = queue_companions(task, path, None, version, planner, bringing.store)
        assert [one.order.file_id for one in followers] == [2] * follows
    assert len(bringing.store.all()) == 1 + follows
