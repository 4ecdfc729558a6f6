"""Eight connections, a server that breaks off all the time, stops and new runs: the file comes out
right, and nothing is left running.

The seed is printed with a failure; ``CIVITAI_TEST_SEED=N`` begins with that one.
"""

import contextlib
import hashlib
import os
import random
import threading
import time

import pytest

from civitai_manager_libs.moving.mover import Stopped
from civitai_manager_libs.moving.part import PartFile

from .support.command import eventually
from .support.ranged import MIB, Ranged

FIRST = int(os.environ.get('CIVITAI_TEST_SEED', '1'))
ROUNDS = int(os.environ.get('CIVITAI_TEST_ROUNDS', '12'))
OURS = ('part-lane', 'part-keeper', 'hash-follower')


class Moods:
    """What the server does with a request, by chance."""

    def __init__(self, seed, troubles):
        self.chance = random.Random(seed)
        self.left = troubles
        self.lock = threading.Lock()
        self.pause = threading.Event()

    def __call__(self, storage, handler, start, end):
        with self.lock:
            chance = random.Random(self.chance.random())
            good = self.left <= 0 or chance.random() < 0.4
            self.left -= 0 if good else 1
        if good:
            return False
        kind = chance.choice(['cut', 'cut', 'slow', 'busy', 'ignore', 'short', 'silent', 'drop'])
        if kind == 'busy':
            handler.reply(chance.choice([503, 429, 500]), b'no', Retry_After='0')
        elif kind == 'ignore':
            handler.reply(200, storage.content, ETag=storage.etag)
        elif kind == 'short' and start is not None:
            last = min(end or len(storage.content), start + chance.randint(1, MIB))
            storage.answer(handler, start, last)
        elif kind == 'slow':
            storage.answer(handler, start, end, pause=lambda: self.pause.wait(0.003))
        elif kind == 'drop':
            handler.close_connection = True
        else:
            storage.answer(handler, start, end, cut=chance.randint(0, 2 * MIB))
            self.pause.wait(0.3 if kind == 'silent' else 0)
        return True


@pytest.fixture
def doubles(monkeypatch):
    """What was put into a part although it was there already."""
    found, write = [], PartFile.write

    def put(part, offset, piece):
        end = offset + len(piece)
        if any(begin < end and offset < last for begin, last in part.state.finished):
            found.append((offset, end, part.state.finished))
        write(part, offset, piece)

    monkeypatch.setattr(PartFile, 'write', put)
    return found


def one_round(seed, fetching, odd_server):
    """Fetch one file to its end, with stops in between and perhaps another version of it."""
    chance = random.Random(seed)
    content = random.Random(seed).randbytes(chance.choice([0, 1, 300_000, 5 * MIB, 9 * MIB]))
    storage = Ranged(content)
    moods = Moods(seed, troubles=chance.randint(0, 40))
    other = content[::-1]
    replaced_at = chance.randint(1, 30) if chance.random() < 0.3 else None

    def special(handler, start, end):
        if handler.number == replaced_at:
            storage.content, storage.etag = other, '"b"'
        return moods(storage, handler, start, end)

    storage.special = special
    server = odd_server(storage)
    hashes = (
        (('SHA256', hashlib.sha256(content).hexdigest()),)
        if replaced_at is None and chance.random() < 0.5
        else ()
    )
    before = len(fetching.names)
    fetching.final = fetching.folder / f'{seed}.bin'
    stops = chance.randint(0, 3)
    while True:
        fetching.over(8, retries=20, piece=chance.choice([4096, 1 << 16, MIB]))
        fetching.stop.clear()
        at = chance.randint(0, len(content)) if stops else len(content) + 1
        stops -= 1

        def watch(progress, at=at):
            if progress.received >= at:
                fetching.stop.set()
            elif chance.random() < 0.01:
                fetching.over(chance.randint(1, 8), retries=20)

        fetching.watch = watch
        with contextlib.suppress(Stopped):
            fetched = fetching(url=server.url + '/file', hashed=False, hashes=hashes)
            break
    got = fetched.path.read_bytes()
    assert got in ((content,) if replaced_at is None else (content, other)), 'joined wrongly'
    assert fetched.sha256 == hashlib.sha256(got).hexdigest(), 'hashed wrongly'
    assert len(fetching.names) == before + 1
    eventually(lambda: not left_running(), 'everything ends')


def left_running():
    """Threads of transfers that are alive."""
    return [thread.name for thread in threading.enumerate() if thread.name in OURS]


def test_random_days(fetching, odd_server, fresh_settings, doubles):
    fresh_settings(http_timeout=5.0)
    for seed in range(FIRST, FIRST + ROUNDS):
        try:
            one_round(seed, fetching, odd_server)
            assert doubles == []
        except BaseException:
            print(f'seed {seed}')
            raise


@pytest.mark.parametrize('limit', [0, 16])
def test_waiting_costs_nothing(fetching, odd_server, fresh_settings, limit):
    """Two seconds of silence, or of waiting for a speed limit, need no processor to speak of."""
    fresh_settings(download_speed_limit_kb=limit)
    content, let_go = random.Random(5).randbytes(4 * MIB), threading.Event()
    storage = Ranged(content)

    def special(handler, start, end):
        storage.answer(handler, start, end, pause=lambda: limit or let_go.wait(60))
        return True

    storage.special = special
    fetching.over(8)
    timer = threading.Timer(2.0, fetching.stop.set)
    timer.start()
    began = time.process_time()
    try:
        with pytest.raises(Stopped):
            fetching(url=odd_server(storage).url + '/file', hashed=False)
    finally:
        used = time.process_time() - began
        let_go.set()
        timer.join()
    assert used < 1.2  # of the 2.0 s that one who does not rest would take
