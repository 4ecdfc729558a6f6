"""Several connections at once to a server that misbehaves on some of them or on all."""

import socket
import struct
import threading
from dataclasses import replace

import pytest

from civitai_manager_libs.moving.part import PartFile

from .support.ranged import CONTENT, MIB, OTHER, once


def reset(handler):
    """End the connection with RST."""
    linger = struct.pack('ii', 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.wfile.flush()
    handler.connection.close()


def whole_instead(storage, handler, start, end):
    handler.reply(200, CONTENT, ETag=storage.etag)
    return True


class TestRanges:
    def test_ignored_always(self, several):
        def special(storage, handler, start, end):
            return start is not None and whole_instead(storage, handler, start, end)

        content, storage = several(special)
        assert content == CONTENT and len(storage.asked) <= 8

    def test_ignored_once(self, several):
        content, storage = several(once(whole_instead))
        assert content == CONTENT and (None, None) not in storage.asked[1:]

    @pytest.mark.parametrize('finished', [(), ((0, 1000),), ((MIB, 2 * MIB),)])
    def test_ignored_when_the_first_asks(self, several, fetching, finished):
        """The first answer of a run to a request for a part is all of the file."""
        with PartFile(fetching.final, 'a file') as part:
            part.adopt(state_of(part, '"a"'))
            for begin, end in finished:
                part.write(begin, CONTENT[begin:end])
        content, _ = several(once(whole_instead))
        assert content == CONTENT

    @pytest.mark.parametrize(
        'told',
        [
            {'Content_Range': f'bytes 5-{MIB}/{len(CONTENT)}', 'ETag': '"a"'},
            {'Content_Range': f'bytes 0-{MIB}/{len(CONTENT) + 1}', 'ETag': '"a"'},
            {'Content_Range': 'nonsense', 'ETag': '"a"'},
            {'ETag': '"b"'},
        ],
    )
    def test_a_range_of_something_else_on_one_connection(self, several, told):
        def special(storage, handler, start, end):
            handler.reply(206, OTHER[:MIB], **told)
            return True

        assert several(once(special))[0] == CONTENT

    def test_a_range_that_is_longer_than_asked_for(self, several):
        def special(storage, handler, start, end):
            return end is not None and (storage.answer(handler, start, None) or True)

        assert several(special)[0] == CONTENT

    def test_ranges_in_portions(self, several):
        def special(storage, handler, start, end):
            last = min((end or len(CONTENT)), (start or 0) + 300_000)
            return start is not None and (storage.answer(handler, start, last) or True)

        assert several(special)[0] == CONTENT

    def test_416_once(self, several):
        def special(storage, handler, start, end):
            handler.reply(416, Content_Range=f'bytes */{len(CONTENT)}')
            return True

        assert several(once(special))[0] == CONTENT


class TestBreaks:
    def test_one_is_cut(self, several):
        def special(storage, handler, start, end):
            storage.answer(handler, start, end, cut=200_000)
            return True

        content, storage = several(once(special))
        assert content == CONTENT and (None, None) not in storage.asked[1:]

    @pytest.mark.parametrize('times', [4, 12])
    def test_all_are_reset(self, several, times):
        def special(storage, handler, start, end):
            if handler.number > times:
                return False
            first, last = start or 0, end or len(CONTENT)
            handler.send_response(200 if start is None else 206)
            if start is not None:
                handler.send_header('Content-Range', f'bytes {first}-{last - 1}/{len(CONTENT)}')
            handler.send_header('ETag', storage.etag)
            handler.send_header('Content-Length', str(last - first))
            handler.end_headers()
            storage.send(handler, CONTENT[first : first + 150_000])
            reset(handler)
            return True

        assert several(special)[0] == CONTENT

    def test_every_answer_is_cut(self, several):
        def special(storage, handler, start, end):
            storage.answer(handler, start, end, cut=500_000)
            return True

        content, storage = several(special)
        assert content == CONTENT and len(storage.asked) < 60

    def test_the_file_is_replaced_while_all_move(self, several):
        def special(storage, handler, start, end):
            if handler.number == 4:
                storage.content, storage.etag = OTHER, '"b"'
            return False

        content, storage = several(special)  # three may have been enough on a slow machine
        assert content == storage.content

    def test_and_again_and_again(self, several):
        """Two versions in turns are never put together."""

        def special(storage, handler, start, end):
            odd = handler.number % 2
            storage.content, storage.etag = (OTHER, '"b"') if odd else (CONTENT, '"a"')
            return False

        assert several(special)[0] in (CONTENT, OTHER)


class TestRefusals:
    @pytest.mark.parametrize('status', [403, 404])
    def test_of_the_last_connection_that_had_an_answer_before(self, several, status):
        """The server still counts connections that were given back a moment ago."""
        places, late = threading.Semaphore(4), []

        def special(storage, handler, start, end):
            if not places.acquire(blocking=False):
                handler.reply(status, b'no')
                return True
            storage.answer(handler, start, end)
            late.append(threading.Timer(0.1, places.release))
            late[-1].start()
            return True

        assert several(special, rules={'first_wait': 0.5})[0] == CONTENT

    @pytest.mark.parametrize('status', [429, 503, 403, 404, 500])
    @pytest.mark.parametrize('wait', ['0', None])
    def test_of_more_than_two_connections(self, several, fetching, status, wait):
        """Two are enough, and the server is not asked for more of them all the time."""
        places = threading.Semaphore(2)
        pause = threading.Event()

        def special(storage, handler, start, end):
            if not places.acquire(blocking=False):
                handler.reply(status, b'no', **({'Retry_After': wait} if wait else {}))
                return True
            try:
                storage.answer(handler, start, end, pause=lambda: pause.wait(0.005))
            finally:
                places.release()
            return True

        content, storage = several(special)
        assert content == CONTENT and len(storage.asked) < 40
        assert max(progress.connections for progress in fetching.seen) <= 3

    def test_a_page_on_one_connection(self, several):
        def special(storage, handler, start, end):
            handler.reply(200, b'<!DOCTYPE html><html>busy</html>', Content_Type='text/html')
            return True

        assert several(once(special))[0] == CONTENT

    def test_a_page_on_all_but_the_first(self, several, fetching):
        """They are given up, and the first one goes on."""
        pause = threading.Event()

        def special(storage, handler, start, end):
            if handler.number > 3:
                return False
            if start is None:
                storage.answer(handler, start, end, pause=lambda: pause.wait(0.01))
                return True
            handler.reply(200, b'<!DOCTYPE html><html>busy</html>', Content_Type='text/html')
            return True

        content, storage = several(special)
        assert content == CONTENT and len(storage.asked) <= 8


def state_of(part, etag):
    """What is known of CONTENT before any of it has come."""
    return replace(part.state, size=len(CONTENT), validator=etag)
