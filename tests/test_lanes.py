"""One file over several connections at once."""

import random
import threading

import pytest

from civitai_manager_libs.domain.transfer import TransferState
from civitai_manager_libs.moving.mover import Stopped
from civitai_manager_libs.moving.part import PartFile

from .support.ranged import MIB, Ranged

CONTENT = random.Random(8).randbytes(8 * MIB)
OTHER = random.Random(9).randbytes(8 * MIB)


@pytest.fixture
def run(fetching, odd_server):
    """``run(answer)``: fetch over four connections without any promise; the bytes."""

    def do(answer, connections=4, **order):
        if connections:
            fetching.over(connections)
        server = odd_server(answer)
        order.setdefault('hashed', False)
        return fetching(url=server.url + '/file', **order).path.read_bytes()

    return do


@pytest.fixture
def written(monkeypatch):
    """All pieces that are put into a part, as (offset, end)."""
    pieces, real = [], PartFile.write

    def write(part, offset, piece):
        pieces.append((offset, offset + len(piece)))
        real(part, offset, piece)

    monkeypatch.setattr(PartFile, 'write', write)
    return pieces


def most(fetching):
    """How many connections have moved at once."""
    return max(progress.connections for progress in fetching.seen)


def assert_once(pieces, size):
    """No byte was put on the disk twice."""
    assert sum(end - begin for begin, end in pieces) == size


class TestTogether:
    @pytest.mark.parametrize('connections', [2, 4, 8])
    def test_every_byte_once(self, run, fetching, written, connections):
        storage = Ranged(CONTENT)
        assert run(storage, connections) == CONTENT
        assert_once(written, len(CONTENT))
        assert 2 <= most(fetching) <= connections and len(storage.asked) >= connections
        assert storage.asked[0] == (None, None) and (None, None) not in storage.asked[1:]
        last = fetching.seen[-1]
        assert last.received == last.hashed == last.total == len(CONTENT)

    @pytest.mark.parametrize('connections, floor', [(1, 1), (4, len(CONTENT) + 1)])
    def test_a_small_file_needs_one(self, run, fetching, connections, floor):
        fetching.over(connections, parallel_from=floor)
        storage = Ranged(CONTENT)
        assert run(storage, connections=None) == CONTENT
        assert storage.asked == [(None, None)] and most(fetching) == 1

    @pytest.mark.parametrize('etag, connections', [(None, 1), ('W/"a"', 1), ('"a"', 4)])
    def test_parts_that_cannot_be_told_from_anothers_come_over_one(
        self, run, fetching, etag, connections
    ):
        storage = Ranged(CONTENT, etag)
        assert run(storage) == CONTENT
        assert (len(storage.asked) == 1) is (connections == 1)

    @pytest.mark.parametrize('content', [b'', b'x', CONTENT[:700_000]])
    def test_very_little(self, run, content):
        assert run(Ranged(content)) == content

    def test_nobody_knows_how_much(self, run, fetching):
        assert run(lambda handler: handler.reply_until_closed(CONTENT, ETag='"a"')) == CONTENT
        assert most(fetching) == 1

    def test_the_end_is_shared(self, run, written):
        """What is left to a connection that is slow goes to those that are free."""
        slow = threading.Event()

        def special(handler, start, end):
            if handler.number != 1:
                return False
            storage.answer(handler, start, end, pause=lambda: slow.wait(0.1))
            return True

        storage = Ranged(CONTENT, special=special)
        assert run(storage) == CONTENT
        slow.set()
        start, end = storage.asked[1]
        assert storage.sent[1] < ((end or len(CONTENT)) - start) // 2 + MIB // 2
        assert_once(written, len(CONTENT))

    def test_more_and_fewer_while_it_moves(self, run, fetching):
        """1, then 4, then 1 again, without a new beginning."""
        pause, seen = threading.Event(), []

        def special(handler, start, end):
            storage.answer(handler, start, end, pause=lambda: pause.wait(0.01))
            return True

        def watch(progress):
            stage = 4 if MIB < progress.received < 5 * MIB else 1
            if seen[-1:] != [stage]:
                seen.append(stage)
                fetching.over(stage)

        storage = Ranged(CONTENT, special=special)
        fetching.over(1)
        fetching.watch = watch
        assert run(storage, connections=None) == CONTENT
        assert seen == [1, 4, 1] and most(fetching) == 4
        assert [one.connections for one in fetching.seen if one.received > 7.5 * MIB][-1] <= 1
        received = [one.received for one in fetching.seen]
        assert received == sorted(received)


class TestResuming:
    RANGES = ((0, 700_000), (2 * MIB, 3 * MIB + 5), (5 * MIB, 7 * MIB))

    def begun(self, fetching):
        with PartFile(fetching.final, 'a file') as part:
            part.adopt(TransferState('a file', len(CONTENT), '"a"'))
            for begin, end in self.RANGES:
                part.write(begin, CONTENT[begin:end])

    @pytest.mark.parametrize('connections', [1, 4])
    def test_only_what_lacks_is_asked_for(self, run, fetching, written, connections):
        self.begun(fetching)
        written.clear()
        storage = Ranged(CONTENT)
        assert run(storage, connections) == CONTENT
        have = sum(end - begin for begin, end in self.RANGES)
        assert_once(written, len(CONTENT) - have)
        asked = [(start, end or len(CONTENT)) for start, end in storage.asked]
        for begin, end in self.RANGES:
            assert all(stop <= begin or start >= end for start, stop in asked), asked
        assert (None, None) not in storage.asked

    @pytest.mark.parametrize('connections', [1, 4])
    def test_of_a_file_that_was_replaced_nothing_is_kept(self, run, fetching, connections):
        self.begun(fetching)
        assert run(Ranged(OTHER, '"b"'), connections) == OTHER

    def test_a_run_that_was_stopped_leaves_what_can_be_gone_on_from(self, run, fetching, written):
        storage = Ranged(CONTENT)

        def watch(progress):
            if progress.received > 3 * MIB:
                fetching.stop.set()

        fetching.watch = watch
        with pytest.raises(Stopped):
            run(storage)
        assert fetching.names == ['model.safetensors.part', 'model.safetensors.part.json']
        fetching.watch = None
        fetching.stop.clear()
        assert run(storage) == CONTENT
        assert_once(written, len(CONTENT))
