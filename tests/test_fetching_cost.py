"""What a picture must not cost: connections of its own, work of the database."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from civitai_manager_libs.domain.sites import host_of
from civitai_manager_libs.errors import HostResting
from civitai_manager_libs.fetching.receive import receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.net.redirect import FileRequest
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.hosts import HostStore

from .support.served_pictures import encoded, served

MANY = 24
PICTURE = encoded('PNG')


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient()
    made.monitor = HttpMonitor()
    yield made
    made.close()


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / 'some.db')
    yield made
    made.close()


def fetch_all(client, url, folder, count):
    def one(number):
        return receive_picture(client, f'{url}/{number}.png', folder / str(number))

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(count)))


def test_connections_are_kept_for_as_many_as_come_at_once(
    client, odd_server, tmp_path, fresh_settings
):
    fresh_settings(images_max_concurrent=MANY, http_pool_maxsize=1)
    together, connections = threading.Barrier(MANY, timeout=30), set()

    def answer(handler):
        connections.add(handler.client_address)
        together.wait()  # so many are open at once each time
        handler.reply(body=PICTURE, Content_Type='image/png')

    server = odd_server(answer)
    assert len(fetch_all(client, server.url, tmp_path, 4 * MANY)) == 4 * MANY
    assert len(server.seen) == 4 * MANY and len(connections) == MANY


def test_the_database_is_not_asked_for_every_one(client, odd_server, tmp_path, database):
    now, statements = [1000.0], []
    client.pace.share(HostStore(database, lambda: now[0]), None)
    event.listen(database._engine, 'before_cursor_execute', lambda *said: statements.append(said))
    server = odd_server(served(PICTURE))
    fetch_all(client, server.url, tmp_path, 20)
    assert len(statements) < 10
    report = client.monitor.get_performance_report()
    assert report['by_kind']['image']['requests'] == 20
    assert report['total_bytes_downloaded'] == 20 * len(PICTURE)


def test_what_another_process_has_learnt_is_known_half_a_second_later(
    client, odd_server, tmp_path, database
):
    now = [1000.0]
    server = odd_server(served(PICTURE))
    client.pace.share(HostStore(database, lambda: now[0]), None)
    request = FileRequest(server.url + '/a.png')
    client.open_file(request, kind='image').close()
    other = CivitaiHttpClient()
    other.pace.share(HostStore(database), None)
    other.rest(host_of(server.url), 'image', 30.0)
    other.close()
    now[0] += 0.6
    with pytest.raises(HostResting):
        client.open_file(request, kind='image')


def test_what_this_process_has_learnt_is_known_at_once(client, odd_server, database):
    server = odd_server(served(PICTURE))
    client.pace.share(HostStore(database, lambda: 1000.0), None)
    request = FileRequest(server.url + '/a.png')
    client.open_file(request, kind='image').close()
    client.rest(host_of(server.url), 'image', 30.0)
    with pytest.raises(HostResting):
        client.open_file(request, kind='image')


@pytest.mark.parametrize('said', [b'', b'<a href="there">moved</a>'])
def test_a_redirect_does_not_cost_a_connection(client, odd_server, tmp_path, said):
    connections = []

    def answer(handler):
        connections.append(handler.client_address)
        if handler.path.endswith('/there'):
            handler.reply(body=PICTURE, Content_Type='image/png')
        else:
            handler.reply(302, said, Location=handler.path + '/there')

    server = odd_server(answer)
    for number in range(3):
        receive_picture(client, f'{server.url}/{number}', tmp_path / str(number))
    assert len(connections) == 6 and len(set(connections)) == 1
