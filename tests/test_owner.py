"""Who moves a download, and whether that process is still there."""

import os
import platform
import subprocess
import sys

import psutil
import pytest

from civitai_manager_libs.domain.task import State, Task
from civitai_manager_libs.transfers import owner
from civitai_manager_libs.transfers.owner import is_alive, this_process

from .support.engine import new_download

NOW = 1_000_000.0


def owned(by, heartbeat=None):
    return Task(id=1, state=State.RUNNING, order=new_download(), owner=by, heartbeat=heartbeat)


def test_this_process_is_alive_whatever_its_heartbeat():
    assert is_alive(owned(this_process(), heartbeat=0.0), NOW)
    assert this_process() == this_process()


def test_another_process_lives_until_it_ends():
    child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)
    started = int(psutil.Process(child.pid).create_time())
    name = f'{platform.node()}:{child.pid}:{started}'
    assert is_alive(owned(name), NOW)
    child.communicate(b'\n')
    assert not is_alive(owned(name), NOW)


def test_a_number_that_another_process_has_got_meanwhile():
    started = int(psutil.Process().create_time())
    assert not is_alive(owned(f'{platform.node()}:{os.getpid()}:{started - 60}'), NOW)


def test_a_start_time_that_moved_with_the_clock():
    started = int(psutil.Process().create_time())
    assert is_alive(owned(f'{platform.node()}:{os.getpid()}:{started - 1}'), NOW)


def test_another_machine_is_judged_by_its_heartbeat():
    assert is_alive(owned('elsewhere:1:1', NOW - 29), NOW)
    assert not is_alive(owned('elsewhere:1:1', NOW - 31), NOW)
    assert not is_alive(owned('elsewhere:1:1'), NOW)


@pytest.mark.parametrize('name', [None, '', 'nonsense', '::', f'{platform.node()}:x:1'])
def test_nobody(name):
    assert not is_alive(owned(name, NOW), NOW)


def test_a_process_that_we_may_not_look_at_exists(monkeypatch):
    def refuse(number):
        raise psutil.AccessDenied(number)

    monkeypatch.setattr(owner.psutil, 'Process', refuse)
    assert is_alive(owned(f'{platform.node()}:1:1'), NOW)
