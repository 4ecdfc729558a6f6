"""How fast one host is asked: places, spacing and rests, over all threads."""

import threading

import pytest

from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.pace import Pace
from civitai_manager_libs.store.hosts import Hosts
from civitai_manager_libs.store.slots import Slots


class Crowd:
    """An answer that counts how many requests are with the server at once."""

    def __init__(self, hold=0.02):
        self._lock = threading.Lock()
        self._hold = threading.Event()
        self._seconds = hold
        self.now = self.most = 0

    def __call__(self, handler):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self._hold.wait(self._seconds)
        with self._lock:
            self.now -= 1
        handler.reply(200, b'{}')


def one():
    return 1


def ask_from(threads, calls, call):
    """Run ``call`` ``calls`` times in each of so many threads at once."""
    gate = threading.Barrier(threads)

    def work():
        gate.wait()
        for _ in range(calls):
            call()

    running = [threading.Thread(target=work) for _ in range(threads)]
    [thread.start() for thread in running]
    [thread.join(60) for thread in running]
    assert not any(thread.is_alive() for thread in running)


class TestClient:
    @pytest.mark.parametrize('at_once', [1, 2, 5])
    def test_never_more_at_once_than_allowed(self, fresh_settings, odd_server, at_once):
        crowd = Crowd()
        server = odd_server(crowd)
        fresh_settings(max_concurrent_requests=at_once)
        client = CivitaiHttpClient()
        ask_from(32, 1, lambda: client.fetch_json('GET', server.url + '/x'))
        assert crowd.most == at_once and len(server.seen) == 32
        client.close()

    def test_a_changed_bound_holds_at_once(self, fresh_settings, odd_server):
        crowd = Crowd()
        server = odd_server(crowd)
        client = CivitaiHttpClient()
        for at_once in (4, 1):
            fresh_settings(max_concurrent_requests=at_once)
            crowd.most = 0
            ask_from(8, 2, lambda: client.fetch_json('GET', server.url))
            assert crowd.most == at_once

    def test_starts_are_apart(self, fresh_settings, demo):
        fresh_settings(request_delay=0.1, max_concurrent_requests=8)
        client = CivitaiHttpClient()
        url = f'{demo.base_url}/api/v1/models?limit=1'
        ask_from(4, 2, lambda: client.fetch_json('GET', url))
        times = sorted(record.time for record in demo.requests)
        # The server notes a request a little after it was sent, so single gaps may look shorter.
        assert times[-1] - times[0] >= 0.1 * 7 - 0.05

    def test_a_failed_request_gives_its_place_back(self, fresh_settings, demo):
        fresh_settings(max_concurrent_requests=1, http_max_retries=0)
        client = CivitaiHttpClient()
        demo.faults.add('drop', side='api', times=3)
        for _ in range(3):
            assert client.get_json(f'{demo.base_url}/api/v1/models') is None
        assert client.get_json(f'{demo.base_url}/api/v1/models?limit=1')


class TestPace:
    def test_hosts_do_not_wait_for_each_other(self):
        pace = Pace()
        with pace.turn('a', one, 60.0, 5.0), pace.turn('b', one, 60.0, 5.0):
            pass

    def test_a_rest_holds_and_ends(self):
        now = [100.0]
        pace = Pace(clock=lambda: now[0])
        pace.hold('a', 30)
        pace.hold('a', 5)
        entered = threading.Event()

        def enter():
            with pace.turn('a', one, 0, 5.0):
                entered.set()

        waiting = threading.Thread(target=enter, daemon=True)
        waiting.start()
        assert not entered.wait(0.1)
        now[0] += 29
        pace.hold('a', 0)
        assert not entered.wait(0.1)
        now[0] += 1.5
        pace.hold('a', 0)
        assert entered.wait(60)
        waiting.join()

    @pytest.mark.parametrize('shared', [False, True], ids=['alone', 'with others'])
    def test_who_waits_already_hears_of_a_larger_bound(self, tmp_path, shared):
        pace, bound, entered = Pace(), [1], threading.Event()
        if shared:
            pace.share(Hosts(), Slots(tmp_path))

        def enter():
            with pace.turn('a', lambda: bound[0], 0.0, 5.0):
                entered.set()

        with pace.turn('a', lambda: bound[0], 0.0, 5.0):
            waiting = threading.Thread(target=enter, daemon=True)
            waiting.start()
            assert not entered.wait(0.1)
            bound[0] = 2
            assert entered.wait(60)
        waiting.join()

    def test_a_place_is_given_back_whatever_happens(self):
        pace = Pace()
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                with pace.turn('a', one, 0, 5.0):
                    raise ZeroDivisionError
        with pace.turn('a', one, 0, 5.0):
            pass
