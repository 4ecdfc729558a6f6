"""Answers that no decent server gives, and what the transfer makes of them."""

import threading

import pytest

from civitai_manager_libs import errors
from civitai_manager_libs.moving.mover import Mover, Stopped
from civitai_manager_libs.moving.opening import MoveRules
from civitai_manager_libs.moving.part import PartFile
from civitai_manager_libs.moving.promise import Promise

CONTENT = bytes(range(256)) * 1000
OTHER = CONTENT[::-1]
SIZE = len(CONTENT)


def span(first, last=SIZE - 1, total=SIZE):
    return {'Content_Range': f'bytes {first}-{last}/{total}', 'ETag': '"a"'}


def asked_from(handler):
    text = handler.headers.get('Range')
    return int(text[6:-1]) if text else 0


class Script:
    """Cuts the first answer after 100 000 bytes; the rest is up to ``rest(handler, start)``."""

    def __init__(self, rest, **told):
        self.rest = rest
        self.told = {'ETag': '"a"', **told}
        self.calls = 0

    def __call__(self, handler):
        self.calls += 1
        if self.calls > 30:
            handler.reply(404)
        elif self.calls == 1:
            handler.reply(200, CONTENT[:100_000], length=SIZE, **self.told)
            handler.close_connection = True
        else:
            self.rest(handler, asked_from(handler))


@pytest.fixture
def run(fetching, odd_server):
    """``run(script)``: fetch without any promise; the bytes and the server."""

    def do(script, **order):
        server = odd_server(script)
        fetched = fetching(url=server.url + '/file', hashed=False, **order)
        return fetched.path.read_bytes(), server

    return do


class TestRanges:
    def test_a_server_that_sends_the_range_in_portions(self, run):
        def rest(handler, start):
            end = min(start + 30_000, SIZE)
            handler.reply(206, CONTENT[start:end], **span(start, end - 1))

        content, server = run(Script(rest))
        assert content == CONTENT and len(server.seen) == 7

    def test_an_empty_range_again_and_again(self, run, fetching):
        script = Script(lambda handler, start: handler.reply(206, b'', **span(start)))
        with pytest.raises(errors.BodyCut):
            run(script)
        assert script.calls <= 6
        assert fetching.names == ['model.safetensors.part', 'model.safetensors.part.json']

    def test_a_range_that_is_longer_than_the_file(self, run):
        def rest(handler, start):
            handler.send_response(206)
            for name, value in span(start).items():
                handler.send_header(name.replace('_', '-'), value)
            handler.send_header('Connection', 'close')
            handler.end_headers()
            handler.wfile.write(CONTENT[start:] + b'and more')
            handler.close_connection = True

        content, _ = run(Script(rest))
        assert content == CONTENT

    @pytest.mark.parametrize(
        'told',
        [
            {'Content_Range': f'bytes 5-{SIZE - 1}/{SIZE}', 'ETag': '"a"'},
            {'Content_Range': f'bytes 100000-{SIZE}/{SIZE + 1}', 'ETag': '"a"'},
            {'Content_Range': f'bytes 100000-{SIZE - 1}/{SIZE}', 'ETag': '"b"'},
            {'Content_Range': f'bytes 100000-{SIZE - 1}/{SIZE}'},
            {'Content_Range': 'nonsense', 'ETag': '"a"'},
            {'ETag': '"a"'},
        ],
    )
    def test_a_range_of_something_else_is_not_appended(self, run, told):
        def rest(handler, start):
            if start:
                handler.reply(206, OTHER[start:], **told)
            else:
                handler.reply(200, OTHER, ETag='"b"')

        content, server = run(Script(rest))
        assert content == OTHER
        assert [headers.get('Range') for _, _, headers in server.seen] == [
            None,
            'bytes=100000-',
            None,
        ]

    def test_a_weak_etag_is_no_reason_to_append(self, run):
        def rest(handler, start):
            assert start == 0
            handler.reply(200, OTHER, ETag='W/"a"')

        content, server = run(Script(rest, ETag='W/"a"'))
        assert content == OTHER and 'If-Range' not in server.seen[1][2]

    @pytest.mark.parametrize('status', [206, 416])
    def test_an_answer_to_a_question_nobody_asked(self, run, fetching, status):
        with pytest.raises(errors.ApiError):
            run(lambda handler: handler.reply(status, CONTENT, **span(0)))
        assert fetching.names == []

    def test_416_for_ever(self, run, fetching):
        def rest(handler, start):
            handler.reply(416 if start else 503, Content_Range=f'bytes */{SIZE}')

        with pytest.raises(errors.ServerTrouble):
            run(Script(rest))
        assert 'model.safetensors' not in fetching.names


class TestLengths:
    @pytest.mark.parametrize('length', ['-5', 'many', '9' * 5000])
    def test_nonsense_as_length(self, run, length):
        def answer(handler):
            handler.send_response(200)
            handler.send_header('Content-Length', length)
            handler.end_headers()
            handler.wfile.write(CONTENT)
            handler.close_connection = True

        content, _ = run(answer)
        assert content == CONTENT

    def test_nothing_at_all(self, run):
        assert run(lambda handler: handler.reply(200, b''))[0] == b''
        assert run(lambda handler: handler.reply_until_closed(b''))[0] == b''

    def test_a_body_that_ends_with_its_connection(self, run):
        assert run(lambda handler: handler.reply_until_closed(CONTENT))[0] == CONTENT

    def test_stopping_such_a_body_does_not_make_it_whole(self, run, fetching):
        let_go = threading.Event()

        def answer(handler):
            handler.reply_until_closed(CONTENT[:100_000])
            while not fetching.seen:
                let_go.wait(0.01)
            let_go.wait(0.2)  # by now the client waits for the rest
            fetching.stop.set()
            let_go.wait(60)

        try:
            with pytest.raises(Stopped):
                run(answer)
        finally:
            let_go.set()
        assert 'model.safetensors' not in fetching.names


class Answering:
    """A body of one piece, then silence until somebody ends it."""

    status, host, headers = 200, 'host', {}

    def __init__(self):
        self.aborted = threading.Event()
        self.pieces = [b'x' * 1000]

    def read_into(self, room):
        if self.pieces:
            piece = self.pieces.pop()
            room[: len(piece)] = piece
            return len(piece)
        assert self.aborted.wait(60)
        return 0

    def abort(self):
        self.aborted.set()

    def close(self):
        self.abort()


class TestKeeper:
    """The thread that saves and tells once a second."""

    def mover(self, part, body, pulse=None, floor=0):
        rules = MoveRules(1 << 20, 0, 0.0, True, floor)
        return Mover(
            part,
            lambda *_: body,
            lambda: rules,
            threading.Event(),
            lambda progress: None,
            Promise(),
            pulse,
        )

    def test_what_fails_in_it_ends_the_transfer(self, tmp_path):
        def pulse(progress):
            raise ZeroDivisionError('of the caller')

        with PartFile(tmp_path / 'x', 'x') as part:
            with pytest.raises(ZeroDivisionError):
                self.mover(part, Answering(), pulse).run()

    def test_a_store_that_is_locked_ends_the_transfer(self, tmp_path):
        def pulse(progress):
            raise errors.StoreLocked(path='db')

        with PartFile(tmp_path / 'x', 'x') as part:
            with pytest.raises(errors.StoreLocked):
                self.mover(part, Answering(), pulse).run()

    def test_it_goes_on_telling_where_we_are(self, tmp_path):
        told, body = [], Answering()

        def pulse(progress):
            told.append(progress)
            if len(told) == 2:
                body.pieces.append(b'y' * 500)
                body.abort()

        with PartFile(tmp_path / 'x', 'x') as part:
            size, _ = self.mover(part, body, pulse).run()
        assert size in (1000, 1500) and len(told) == 2
        assert told[0].received == 1000 and told[0].total is None
