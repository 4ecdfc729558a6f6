"""The buffers of single transfers: all of them are counted, and none is forgotten, however it
ends.
"""

import threading

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.demo import FILES
from civitai_manager_libs.memory import guard
from civitai_manager_libs.moving import lane as lane_module
from civitai_manager_libs.moving import lanes as lanes_module
from civitai_manager_libs.moving.lane import buffers_of
from civitai_manager_libs.moving.mover import Stopped

from .support.command import eventually
from .support.memory import MIB, held, nothing_is_held
from .support.ranged import CONTENT, OTHER, Ranged, once


@pytest.fixture
def small(fresh_settings):
    """At most 16 MiB."""
    fresh_settings(http_max_memory_usage_mb=16)


class InThread(threading.Thread):
    """``call()`` in a thread; ``result`` or ``error`` is what came of it."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call = call
        self.result = self.error = None
        self.start()

    def run(self):
        try:
            self.result = self.call()
        except Exception as error:
            self.error = error

    def ended(self):
        self.join(20)
        assert not self.is_alive()
        return self


class TestHowMuch:
    @pytest.fixture
    def over(self, fetching, odd_server):
        """``over(connections, piece)``: fetch CONTENT so."""

        def do(connections, piece):
            fetching.over(connections, piece=piece)
            server = odd_server(Ranged(CONTENT))
            fetched = fetching(url=server.url + '/file', hashed=False)
            assert fetched.path.read_bytes() == CONTENT

        return do

    @pytest.mark.parametrize('connections', [1, 2, 4, 8])
    @pytest.mark.parametrize('piece', [4096, MIB, 16 * MIB])
    def test_no_more_than_was_promised(self, over, fetching, watched, connections, piece):
        over(connections, piece)
        assert MIB < watched.most <= buffers_of(fetching.rules()) <= 25 * MIB
        assert watched.together == 1
        nothing_is_held()

    def test_a_small_file_has_one_connection(self, fetching):
        rules = fetching.rules()
        fetching.over(4, parallel_from=8 * MIB)
        many = fetching.rules()
        assert buffers_of(many, 8 * MIB) == buffers_of(many) == 13 * MIB
        assert buffers_of(many, 8 * MIB - 1) == 4 * MIB
        assert buffers_of(rules) == 13 * MIB  # one that has the room of four

    def test_counted_for_each_buffer_and_never_for_a_piece(self, over, fetching, watched):
        counted = []
        changed = watched.changed
        watched.changed = lambda room: counted.append(room) or changed(room)
        over(1, 4096)
        assert len(fetching.seen) > 100 and len(counted) < 20


class TestWaiting:
    def test_stopped_while_it_waits(self, small, fetching, occupied):
        occupied(16 * MIB)
        run = InThread(fetching)
        eventually(lambda: guard.waiting == 1)
        assert fetching.demo.requests.of('storage') == [] and not held()
        fetching.stop.set()
        assert isinstance(run.ended().error, Stopped)
        assert guard.waiting == 0 and fetching.names == []

    def test_what_had_arrived_stays(self, small, fetching, occupied):
        fetching.watch = lambda progress: fetching.stop.set() if progress.received else None
        with pytest.raises(Stopped):
            fetching()
        fetching.stop.clear()
        fetching.watch = None
        names = fetching.names
        occupied(16 * MIB)
        run = InThread(fetching)
        eventually(lambda: guard.waiting == 1)
        fetching.stop.set()
        assert isinstance(run.ended().error, Stopped) and fetching.names == names != []

    @pytest.mark.parametrize('how', ['download_file', 'download_file_with_resume'])
    def test_a_download_of_the_client(self, small, demo, fetching, occupied, odd_server, how):
        server = odd_server(Ranged(CONTENT))
        other = occupied(16 * MIB)
        call = getattr(fetching.client, how)
        run = InThread(lambda: call(server.url + '/file', str(fetching.final)))
        eventually(lambda: guard.waiting == 1)
        assert server.seen == []
        other.close()
        assert run.ended().result is True and fetching.final.read_bytes() == CONTENT


class TestNoneIsForgotten:
    def test_a_server_that_refuses(self, fetching, odd_server):
        server = odd_server(lambda handler: handler.reply(404))
        with pytest.raises(errors.NotFound):
            fetching(url=server.url + '/file', hashed=False)
        nothing_is_held()

    def test_a_body_that_breaks_again_and_again(self, demo, fetching):
        demo.faults.add('cut', path=FILES, after=1000)
        demo.faults.add('ignore_range', path=FILES)
        with pytest.raises(errors.BodyCut):
            fetching()
        nothing_is_held()

    def test_wrong_bytes(self, demo, fetching):
        demo.faults.add('wrong_bytes', path=FILES)
        with pytest.raises(errors.HashMismatch):
            fetching()
        nothing_is_held()

    def test_a_file_that_changes(self, several):
        def changes(storage, handler, start, end):
            storage.content, storage.etag = OTHER, '"b"'
            return False

        content, _ = several(once(changes))
        assert content == OTHER
        nothing_is_held()

    def test_a_file_whose_ranges_are_ignored(self, several):
        def whole(storage, handler, start, end):
            storage.answer(handler, None, None)
            return True

        content, _ = several(whole)
        assert content == CONTENT
        nothing_is_held()

    def test_one_that_is_stopped_while_the_server_is_silent(self, fetching, odd_server):
        """The lane that waits for an answer is left alone, and has its buffer until then."""
        let_go = threading.Event()
        server = odd_server(lambda handler: handler.reply(404 if let_go.wait(60) else 500))
        run = InThread(lambda: fetching(url=server.url + '/file', hashed=False))
        eventually(lambda: server.seen)
        fetching.stop.set()
        assert isinstance(run.ended().error, Stopped)
        assert held() > 0
        with guard.room('other') as other:
            assert other.take(MIB)
        let_go.set()
        nothing_is_held()

    @pytest.mark.parametrize('where', ['first', 'later'])
    def test_no_memory_for_a_buffer(self, several, monkeypatch, where):
        """It ends the transfer instead of leaving it without anybody who works."""
        made = []

        def scarce(size):
            made.append(size)
            if len(made) > (where == 'later'):
                raise MemoryError
            return bytearray(size)

        monkeypatch.setattr(lane_module, 'bytearray', scarce, raising=False)
        with pytest.raises(MemoryError):
            several(lambda *_: False)
        nothing_is_held()

    def test_a_lane_that_cannot_begin(self, several, monkeypatch):
        def broken(crew, number):
            raise ZeroDivisionError

        monkeypatch.setattr(lanes_module, 'Lane', broken)
        with pytest.raises(ZeroDivisionError):
            several(lambda *_: False)
        nothing_is_held()
