"""Sixty-four threads on one client: nothing lost, nobody stuck, every bound held.

``CIVITAI_TEST_CROWD_SECONDS`` makes it last longer than the few seconds of every day.
"""

import os
import threading
import time

from civitai_manager_libs.errors import ApiError
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.monitoring import HttpMonitor

SECONDS = float(os.environ.get('CIVITAI_TEST_CROWD_SECONDS', '4'))
THREADS = 64
AT_ONCE = 3


class Counter:
    """A server that counts what reaches it: in all, at once, and over how many connections."""

    def __init__(self):
        self.lock = threading.Lock()
        self.all = self.now = self.most = 0
        self.connections = set()

    def __call__(self, handler):
        with self.lock:
            self.all += 1
            number = self.all
            self.now += 1
            self.most = max(self.most, self.now)
            self.connections.add(handler.client_address)
        time.sleep(0.001)
        with self.lock:
            self.now -= 1
        handler.reply(503 if number % 7 == 0 else 200, b'{}')


def test_many_threads_share_one_client(fresh_settings, odd_server):
    counter, asked, failed = Counter(), [0] * THREADS, [0] * THREADS
    server = odd_server(counter)
    fresh_settings(max_concurrent_requests=AT_ONCE, request_delay=0.0, http_max_retries=0)
    client = CivitaiHttpClient()
    client.monitor = HttpMonitor()
    together = threading.Barrier(THREADS)

    def work(number):
        together.wait(60)
        end = time.monotonic() + SECONDS
        while not asked[number] or time.monotonic() < end:
            asked[number] += 1
            try:
                client.fetch_json('GET', server.url)
            except ApiError:
                failed[number] += 1

    threads = [threading.Thread(target=work, args=[number]) for number in range(THREADS)]
    [thread.start() for thread in threads]
    [thread.join(SECONDS + 120) for thread in threads]
    assert not any(thread.is_alive() for thread in threads)
    assert counter.most <= AT_ONCE and len(counter.connections) <= AT_ONCE
    assert min(asked) > 0 and sum(failed) > 0
    assert counter.all == sum(asked) == client._stats['total_requests']
    assert sum(failed) == client._stats['failed_requests'] == counter.all // 7
    report = client.monitor.get_performance_report()
    assert report['total_requests'] == counter.all
    assert report['failed_requests'] == sum(failed)
    client.close()
