"""The hash that follows a file while it arrives, in whatever order."""

import hashlib
import os
import random
import threading

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from civitai_manager_libs import errors
from civitai_manager_libs.domain.transfer import TransferState
from civitai_manager_libs.moving.digests import Digests
from civitai_manager_libs.moving.follower import HashFollower


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'file'


@pytest.fixture
def follow(path):
    """``follow()``: a follower of ``path``."""
    made = []

    def start():
        made.append(HashFollower(path, Digests()))
        return made[-1]

    yield start
    for follower in made:
        follower.close()


def sha(content):
    return hashlib.sha256(content).hexdigest()


class TestFile:
    def test_that_grows_and_begins_anew(self, path, follow):
        path.write_bytes(b'a' * 3_000_000)
        follower = follow()
        follower.advance(1_500_000)
        assert follower.wait(3_000_000, 0.05) is None
        follower.restart()
        path.write_bytes(b'b' * 10)
        follower.advance(10)
        assert follower.wait(10, 5).sha256 == sha(b'b' * 10)

    def test_that_is_shorter_than_promised(self, path, follow):
        path.write_bytes(b'a')
        follower = follow()
        follower.advance(10)
        with pytest.raises(errors.NotWritable):
            follower.wait(10, 5)
        assert not follower.lend(10, bytearray(5), 5, lambda buffer: None)

    def test_that_is_not_there(self, path, follow):
        with pytest.raises(errors.NotWritable):
            follow().wait(10, 5)

    def test_of_nothing(self, path, follow):
        path.write_bytes(b'')
        assert follow().wait(0, 5).sha256 == sha(b'')


class TestLending:
    def test_bytes_in_order_are_not_read_back(self, path, follow):
        """What stands in the file is something else, so it cannot have been looked at."""
        path.write_bytes(b'?' * 300)
        follower, back = follow(), []
        for at in range(0, 300, 100):
            assert follower.lend(at, bytearray(b'a' * 120), 100, back.append)
            follower.advance(at + 100)
        assert follower.wait(300, 5).sha256 == sha(b'a' * 300)
        follower.close()
        assert len(back) == 3

    def test_nothing_is_taken_out_of_order(self, path, follow):
        path.write_bytes(b'x' * 300)
        follower = follow()
        assert not follower.lend(100, bytearray(100), 100, lambda buffer: None)
        follower.advance(100)
        assert not follower.lend(0, bytearray(100), 100, lambda buffer: None)

    def test_it_waits_until_all_of_a_lent_buffer_is_final(self, path, follow):
        path.write_bytes(b'?' * 100)
        follower, back = follow(), []
        assert follower.lend(0, bytearray(b'a' * 100), 100, back.append)
        follower.advance(50)
        assert follower.wait(100, 0.1) is None and back == []
        follower.advance(100)
        assert follower.wait(100, 5).sha256 == sha(b'a' * 100)

    def test_everything_comes_back_at_a_new_beginning_and_at_the_end(self, path, follow):
        path.write_bytes(b'')
        follower, back = follow(), []
        assert follower.lend(0, bytearray(10), 10, back.append)
        follower.restart()
        assert len(back) == 1
        assert follower.lend(0, bytearray(10), 10, back.append)
        follower.close()
        assert len(back) == 2
        assert not follower.lend(0, bytearray(10), 10, back.append)


class Lane:
    """What puts blocks of ``content`` into a file, and lends the buffers they came in. A buffer
    that has come back is spoilt at once: nobody may look at it any more.
    """

    def __init__(self, handle, follower):
        self.handle = handle
        self.follower = follower
        self.out = 0
        self.lock = threading.Lock()

    def put(self, offset, piece, lend):
        buffer = bytearray(piece) + b'beyond'
        os.pwrite(self.handle, piece, offset)
        if lend:
            with self.lock:
                self.out += 1
            if not self.follower.lend(offset, buffer, len(piece), self.take_back):
                self.take_back(buffer)
            else:
                event('lent')

    def take_back(self, buffer):
        buffer[:] = b'\xff' * len(buffer)
        with self.lock:
            self.out -= 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 400_000), st.integers(1, 5), st.integers(0, 2))
def test_any_order_gives_the_right_hash(tmp_path_factory, seed, size, lanes, restarts):
    chance = random.Random(seed)
    path = tmp_path_factory.mktemp('follower') / 'file'
    path.write_bytes(b'')
    handle = os.open(path, os.O_RDWR)
    follower = HashFollower(path, Digests(('CRC32',)))
    lane = Lane(handle, follower)
    try:
        for _ in range(restarts):
            fill(lane, chance, chance.randbytes(size), lanes, chance.random())
            follower.restart()
            os.ftruncate(handle, 0)
        content = chance.randbytes(size)
        fill(lane, chance, content, lanes, 1.0)
        digests = follower.wait(size, 20)
        assert digests.sha256 == sha(content) and follower.hashed == size
    finally:
        follower.close()
        os.close(handle)
    assert lane.out == 0, 'a buffer has not come back'
    assert not any(thread is follower._thread for thread in threading.enumerate())


def fill(lane, chance, content, lanes, share):
    """Put the first ``share`` of the pieces of ``content``, several of them growing at a time."""
    size, state = len(content), TransferState('x', len(content))
    bounds = sorted({0, size, *(chance.randint(0, size) for _ in range(lanes - 1))})
    growing = [[begin, end] for begin, end in zip(bounds, bounds[1:])]
    steps = 0
    while growing and (share == 1.0 or steps < share * 40):
        steps += 1
        piece = chance.choice(growing)
        end = min(piece[1], piece[0] + chance.randint(1, 60_000))
        lane.put(piece[0], content[piece[0] : end], chance.random() < 0.8)
        state = state.with_range(piece[0], end)
        lane.follower.advance(state.first_gap)
        piece[0] = end
        growing = [one for one in growing if one[0] < one[1]]
