"""What servers and lines do to a picture, and what becomes of it."""

import threading

import pytest

from civitai_manager_libs.domain.sites import host_of
from civitai_manager_libs.errors import (
    BodyCut,
    ConnectionFailed,
    Gone,
    HostResting,
    LoginPage,
    NotFound,
    RateLimited,
    RequestRefused,
    ServerTrouble,
    TimedOut,
    UnexpectedBody,
)
from civitai_manager_libs.fetching import receive
from civitai_manager_libs.fetching.receive import PictureOrder, receive_picture
from civitai_manager_libs.fetching.turns import PictureTurns
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.store.hosts import Hosts

from .support.served_pictures import encoded, in_turn, left, served

PICTURE = encoded('PNG', (300, 200))


@pytest.fixture(autouse=True)
def turns(monkeypatch):
    made = PictureTurns()
    monkeypatch.setattr(receive, 'turns', made)
    return made


@pytest.fixture
def client(fresh_settings):
    fresh_settings(http_max_retries=2)
    made = CivitaiHttpClient()
    made.monitor = HttpMonitor()
    yield made
    made.close()


def first(*answers):
    """Each answer once, then the picture for ever."""
    return in_turn(*answers, served(PICTURE))


def status(code, **headers):
    return lambda handler: handler.reply(code, b'no', **headers)


def cut(handler):
    handler.reply(body=PICTURE[:5000], length=len(PICTURE), Content_Type='image/png')
    handler.close_connection = True


def torn(handler):
    handler.reply_until_closed(PICTURE[:5000])


def drop(handler):
    handler.close_connection = True


class TestPassingTrouble:
    @pytest.mark.parametrize(
        'answer', [cut, torn, drop, status(500), status(503), status(429), status(408)]
    )
    def test_passes(self, client, odd_server, place, waits, answer):
        server = odd_server(first(answer, answer))
        found = receive_picture(client, server.url, place)
        assert found.path.read_bytes() == PICTURE and left(place) == ['101.png']
        assert len(server.seen) == 3 and len(waits) == 2
        assert client.monitor.get_performance_report()['retries'] == 2

    @pytest.mark.parametrize(
        'answer, kind',
        [
            (cut, BodyCut),
            (torn, BodyCut),
            (drop, ConnectionFailed),
            (status(500), ServerTrouble),
            (status(429), RateLimited),
        ],
    )
    def test_that_stays_is_said_after_the_retries_of_the_settings(
        self, client, odd_server, place, waits, answer, kind
    ):
        server = odd_server(answer)
        with pytest.raises(kind):
            receive_picture(client, server.url, place)
        assert len(server.seen) == 3 and left(place) == []

    def test_an_order_has_retries_of_its_own(self, client, odd_server, place, waits):
        server = odd_server(status(500))
        with pytest.raises(ServerTrouble):
            receive_picture(client, server.url, place, PictureOrder(retries=4))
        assert len(server.seen) == 5

    def test_silence_longer_than_was_told(self, client, odd_server, place, waits):
        go_on = threading.Event()
        server = odd_server(lambda handler: go_on.wait(30))
        with pytest.raises(TimedOut) as silent:
            receive_picture(client, server.url, place, PictureOrder(timeout=0.2, retries=0))
        go_on.set()
        assert silent.value.details['seconds'] == 0.2

    def test_a_timeout_of_the_client_wins(self, fresh_settings, odd_server, place, waits):
        go_on = threading.Event()
        server = odd_server(lambda handler: go_on.wait(30))
        client = CivitaiHttpClient(timeout=0.1)
        with pytest.raises(TimedOut) as silent:
            receive_picture(client, server.url, place, PictureOrder(timeout=25.0, retries=0))
        go_on.set()
        client.close()
        assert silent.value.details['seconds'] == 0.1


class TestFinal:
    @pytest.mark.parametrize(
        'answer, kind',
        [
            (status(404), NotFound),
            (status(410), Gone),
            (status(400), RequestRefused),
            (served(b'<!doctype html><p>hello', type='text/html'), UnexpectedBody),
            (served(b'{"error": "x"}', type='application/json'), UnexpectedBody),
            (served(b'<html><p>hello', type='image/png'), UnexpectedBody),
        ],
    )
    def test_is_asked_once(self, client, odd_server, place, waits, answer, kind):
        server = odd_server(answer)
        with pytest.raises(kind):
            receive_picture(client, server.url, place)
        assert len(server.seen) == 1 and left(place) == [] and waits == []

    def test_a_login_page_of_the_site(self, client, odd_server, place, waits, fresh_settings):
        server = odd_server(served(b'<!doctype html><p>log in', type='text/html'))
        fresh_settings(civitai_base_url=server.url)
        with pytest.raises(LoginPage):
            receive_picture(client, server.url + '/a.png', place)
        assert len(server.seen) == 1 and left(place) == []

    def test_what_the_site_sends_to_where_it_is_not(
        self, client, odd_server, place, waits, fresh_settings
    ):
        storage = odd_server(status(404))
        site = odd_server(status(302, Location=storage.url + '/a.png'))
        fresh_settings(civitai_base_url=site.url)
        with pytest.raises(ServerTrouble):
            receive_picture(client, site.url + '/a.png', place)
        assert len(storage.seen) == 1

    @pytest.mark.parametrize('address', ['ftp://a.example/x', 'file:///etc/passwd', 'x', 'http://'])
    def test_what_is_no_address(self, client, place, waits, address):
        with pytest.raises(RequestRefused):
            receive_picture(client, address, place)
        assert left(place) == []


class TestWhenTheHostAsksForARest:
    def test_its_wait_is_kept(self, client, odd_server, place, waits):
        server = odd_server(first(status(503, Retry_After='7')))
        receive_picture(client, server.url, place)
        assert waits == [7.0]

    def test_a_long_one_is_not(self, client, odd_server, place, waits):
        server = odd_server(status(429, Retry_After='100'))
        with pytest.raises(RateLimited):
            receive_picture(client, server.url, place)
        assert len(server.seen) == 1 and waits == []

    def test_the_others_wait_too_and_lose_no_attempt(self, client, odd_server, place, monkeypatch):
        server = odd_server(served(PICTURE))
        host, seen = host_of(server.url), []
        client.rest(host, 'image', 30.0)

        def sleep(_, seconds):
            seen.append(seconds)
            assert server.seen == []
            if len(seen) == 3:
                client.pace.share(Hosts(), None)  # the rest is over

        monkeypatch.setattr(receive._Receiving, '_sleep', sleep)
        receive_picture(client, server.url, place, PictureOrder(retries=0))
        assert len(server.seen) == 1 and len(seen) == 3 and all(20 < wait <= 30 for wait in seen)

    def test_but_not_for_ever(self, client, odd_server, place, waits):
        server = odd_server(served(PICTURE))
        client.rest(host_of(server.url), 'image', 50.0)
        with pytest.raises(HostResting):
            receive_picture(client, server.url, place)
        assert server.seen == [] and 2 <= len(waits) <= 3

    def test_one_that_is_down_is_left_alone(self, client, odd_server, place, waits, fresh_settings):
        fresh_settings(http_max_retries=0, images_max_concurrent=1)
        server = odd_server(status(500))
        for _ in range(5):
            with pytest.raises(ServerTrouble):
                receive_picture(client, server.url, place)
        with pytest.raises(HostResting):
            receive_picture(client, server.url, place)
        assert len(server.seen) == 5 and waits == []

    def test_a_burst_of_as_many_as_may_come_at_once_does_not_close_it(
        self, client, odd_server, place, waits, fresh_settings
    ):
        fresh_settings(http_max_retries=0, images_max_concurrent=20)
        server = odd_server(status(500))
        for _ in range(20):
            with pytest.raises(ServerTrouble):
                receive_picture(client, server.url, place)
        assert len(server.seen) == 20

    def test_less_comes_at_once_afterwards(self, client, odd_server, place, waits, turns):
        allowed = turns.allowed
        receive_picture(client, odd_server(first(status(503))).url, place)
        assert turns.allowed == allowed // 2 and turns.active == 0
