"""When Ctrl-C and a polite kill are heard."""

import contextlib
import signal
import sys
import threading
import time

import pytest

from civitai_manager_libs.cli import interrupts
from civitai_manager_libs.cli.interrupts import Interrupts

pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='platform: signals of POSIX')
WORK = '''
def work(number, seconds):
    signal.raise_signal(number)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done.append(time.monotonic())
    done.append('whole')
'''


@pytest.fixture
def listening():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Interrupts().listen()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def work_of(module):
    """``work(number, seconds)`` as if ``module`` had it, and what it has done."""
    names = {'__name__': module, 'signal': signal, 'time': time, 'done': []}
    exec(WORK, names)
    return names['work'], names['done']


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_at_once_in_the_midst_of_our_own_work(listening, number):
    work, done = work_of('civitai_manager_libs.downloader')
    with pytest.raises(KeyboardInterrupt):
        work(number, 5.0)
    assert done == []


@pytest.mark.parametrize('module', ['sqlalchemy', 'sqlalchemy.pool.impl'])
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_when_the_database_has_done_its_work(listening, number, module):
    work, done = work_of(module)
    with pytest.raises(KeyboardInterrupt):
        work(number, 0.1)
        time.sleep(5.0)  # a signal ends this early
    assert done[-1] == 'whole'


def test_what_takes_too_long_is_not_waited_for(listening, monkeypatch):
    monkeypatch.setattr(interrupts, '_PATIENCE', 0.1)
    work, done = work_of('sqlalchemy')
    with pytest.raises(KeyboardInterrupt):
        work(signal.SIGINT, 20.0)
    assert done and done[-1] != 'whole'


def test_once_for_each_signal(listening):
    work, _ = work_of('sqlalchemy')
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            work(signal.SIGINT, 0.05)
            time.sleep(5.0)
        time.sleep(0.1)  # nothing comes behind it


class Door:
    """Somebody comes in, or goes out, just when the signal comes."""

    def __init__(self, entering):
        self.entering = entering
        self.inside = False

    def __enter__(self):
        self.inside = True
        if self.entering:
            signal.raise_signal(signal.SIGINT)
        return self

    def __exit__(self, *error):
        if not self.entering:
            signal.raise_signal(signal.SIGINT)
        self.inside = False


@pytest.mark.parametrize('entering', [True, False])
def test_who_comes_in_goes_out_again(listening, entering):
    door = Door(entering)
    with pytest.raises(KeyboardInterrupt):
        with door:
            time.sleep(5.0 if entering else 0.0)
        time.sleep(5.0)
    assert not door.inside


def test_a_lock_is_not_kept(listening):
    for _ in range(80):
        changed, got = threading.Condition(), []
        hit = threading.Timer(0.001, signal.raise_signal, [signal.SIGINT])
        other = threading.Thread(target=lambda: got.append(changed.acquire(timeout=1)))
        with contextlib.suppress(KeyboardInterrupt):
            hit.start()
            while True:
                with changed:
                    pass
        hit.join()
        other.start()
        other.join()
        assert got == [True]


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        Interrupts().listen()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminated)
