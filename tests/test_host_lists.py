"""A model that has come into a host's folder appears there without a restart."""

import threading

import pytest

from civitai_manager_libs import notify
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import HostFailed
from civitai_manager_libs.host.base import Feature
from civitai_manager_libs.library.host_lists import HostLists
from tests.support.made_up_host import MadeUpHost
from tests.support.rows import task


@pytest.fixture
def bench(tmp_path):
    """A host as ``host``, its ``lists``, whose reading waits in ``jobs``."""
    host, jobs = MadeUpHost(tmp_path), []
    lists = HostLists(host, jobs.append, gathering=0)
    lists.host, lists.jobs = host, jobs
    return lists


def done(lists, name='models/Lora/a.safetensors', **values):
    path = str(lists.host.root / name)
    lists.hear(task(State.DONE, path=path, **{'model_type': 'LORA', **values}))


def told():
    return [one for one in notify.board.since(0) if one.cause == 'host-lists']


def test_many_files_are_one_reading_of_each_list(bench):
    for number in range(50):
        done(bench, f'models/Lora/{number}.safetensors')
    done(bench, 'models/VAE/a.vae.safetensors', model_type='Checkpoint')
    assert len(bench.jobs) == 1 and bench.host.asked == []
    bench.jobs.pop()()
    assert bench.host.asked == [('refresh', 'LORA'), ('refresh', 'VAE')]
    done(bench)
    bench.jobs.pop()()
    assert bench.host.asked[2:] == [('refresh', 'LORA')]


def test_what_the_host_does_not_read_is_no_reason(bench):
    done(bench, 'downloads/a.zip')
    bench.hear(task(State.RUNNING, path=None, model_type='LORA'))
    bench.hear(task(State.FAILED, path=None, model_type='LORA'))
    assert bench.jobs == []


def test_a_host_that_cannot_is_left_alone(bench):
    bench.host.lacks[Feature.LISTS] = 'host.standalone'
    done(bench)
    assert bench.jobs == []


def test_what_comes_while_it_reads_is_read_after(bench):
    ended = bench.host.refresh

    def refresh(kind):
        ended(kind)
        if len(bench.host.asked) == 1:
            done(bench, 'models/VAE/b.safetensors', model_type='VAE')

    bench.host.refresh = refresh
    done(bench)
    bench.jobs.pop()()
    assert bench.jobs == []
    assert bench.host.asked == [('refresh', 'LORA'), ('refresh', 'VAE')]


def test_a_failure_is_told_and_does_not_keep_the_other_lists(bench):
    bench.host.refusals['refresh'] = HostFailed(feature='lists', reason='KeyError')
    done(bench, 'models/Stable-diffusion/a.ckpt', model_type='Checkpoint')
    done(bench)
    bench.jobs.pop()()
    assert len(bench.host.asked) == 2
    (notice,) = told()
    assert notice.key == 'error.host_failed' and notice.level == 'warning'
    bench.host.refusals.clear()
    done(bench)
    bench.jobs.pop()()
    assert told() == []


def test_it_goes_on_in_a_thread_of_its_own(tmp_path):
    host, read = MadeUpHost(tmp_path), threading.Event()
    host.refresh = lambda kind: read.set()
    lists = HostLists(host, gathering=0)
    lists.host = host
    done(lists)
    assert read.wait(60)
