"""Stopping while a server has fallen silent."""

import threading

import pytest

from civitai_manager_libs.fetching import receive
from civitai_manager_libs.fetching.receive import PictureOrder, end_stopped, receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.moving.mover import Stopped

from .support.command import eventually
from .support.served_pictures import encoded, served

PICTURE = encoded('PNG', (1200, 900))


class Silence:
    """A server that says the first bytes of a picture and then nothing, until ``go_on`` is set."""

    def __init__(self, start):
        self.go_on = threading.Event()
        self.first = len(PICTURE)
        self.url = start(self._answer).url + '/1.png'
        self.silent = threading.Event()

    def _answer(self, handler):
        if self.first is not None:
            handler.send_response(200)
            handler.send_header('Content-Length', str(len(PICTURE)))
            handler.end_headers()
            handler.wfile.write(PICTURE[: self.first])
        self.silent.set()
        self.go_on.wait(60)
        handler.close_connection = True


class Call(threading.Thread):
    """One picture fetched in a thread; ``error`` is what came of it."""

    def __init__(self, url, place, **order):
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.client = CivitaiHttpClient()
        self.given = (url, place, PictureOrder(stopped=self.stopped, timeout=60.0, **order))
        self.error = None

    def run(self):
        try:
            receive_picture(self.client, *self.given)
        except BaseException as error:
            self.error = error


@pytest.fixture
def silence(odd_server, fresh_settings):
    made = Silence(odd_server)
    yield made
    made.go_on.set()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / 'pictures'
    made.mkdir()
    return made


@pytest.mark.parametrize('first', [0, 1000, 50_000], ids=['head', 'beginning', 'middle'])
def test_within_an_answer_it_ends_at_once_and_leaves_nothing(silence, folder, first):
    silence.first = first
    call = Call(silence.url, folder / 'a')
    call.start()
    assert silence.silent.wait(30)
    if first > 10_000:
        eventually((folder / '.a.part').exists, 'bytes on the disk')
    call.stopped.set()
    end_stopped()
    call.join(30)
    assert isinstance(call.error, Stopped) and list(folder.iterdir()) == []
    assert receive.turns.active == 0 and not silence.go_on.is_set()


def test_before_an_answer_it_lets_go_of_its_turn(silence, folder):
    silence.first = None
    call = Call(silence.url, folder / 'a')
    call.start()
    assert silence.silent.wait(30) and receive.turns.active == 1
    end_stopped()
    assert receive.turns.active == 1  # nobody has stopped it
    call.stopped.set()
    end_stopped()
    assert receive.turns.active == 0
    silence.go_on.set()
    call.join(30)
    assert isinstance(call.error, Stopped) and receive.turns.active == 0


def test_before_the_answer_to_a_second_attempt_no_part_stays(
    silence, folder, odd_server, fresh_settings
):
    """Another picture may come to the same place meanwhile, and is left alone."""
    fresh_settings(http_retry_delay=0.0)
    asked = []

    def answer(handler):
        asked.append(handler.path)
        if len(asked) == 1:
            handler.send_response(200)
            handler.send_header('Content-Length', str(len(PICTURE)))
            handler.end_headers()
            handler.wfile.write(PICTURE[:50_000])
        else:
            silence.silent.set()
            silence.go_on.wait(60)
        handler.close_connection = True

    call = Call(odd_server(answer).url, folder / 'a')
    call.start()
    assert silence.silent.wait(30) and (folder / '.a.part').exists()
    call.stopped.set()
    end_stopped()
    assert list(folder.iterdir()) == []
    (folder / '.a.part').write_bytes(b'of another')
    silence.go_on.set()
    call.join(30)
    assert isinstance(call.error, Stopped)
    assert (folder / '.a.part').read_bytes() == b'of another'


def test_others_go_on(silence, folder, odd_server):
    silence.first = 50_000
    stopped, other = Call(silence.url, folder / 'a'), Call(silence.url, folder / 'b')
    for call in (stopped, other):
        call.start()
    eventually(lambda: len(list(folder.iterdir())) == 2, 'both on their way')
    stopped.stopped.set()
    end_stopped()
    stopped.join(30)
    assert isinstance(stopped.error, Stopped) and other.is_alive()
    url = odd_server(served(PICTURE)).url
    assert receive_picture(stopped.client, url, folder / 'c').path.is_file()
    assert other.is_alive()
